import { wrongUse } from "../errors.js";
import { type Members, membersOf } from "./members.js";

/** The tensor's data, brought over from a GPU if it is there. */
export async function dataOf(name: string, tensor: Members): Promise<unknown> {
  const { location } = tensor;
  if (location === undefined || location === "cpu") return tensor["data"];
  const holder = [tensor, membersOf(tensor["ort_tensor"])].find((candidate) => typeof candidate?.["getData"] === "function");
  if (holder !== undefined) return (holder["getData"] as () => Promise<unknown>).call(holder);
  throw wrongUse(name, "data on the CPU", `data at ${String(location)}`, "tensor.getData() is missing");
}

/** Frees what the model left on the GPU: transformers.js keeps each call's keys and values there until somebody does. */
export async function freeOnGpu(outputs: Members): Promise<void> {
  for (const tensor of Object.values(outputs).map(membersOf)) {
    const dispose = tensor?.["dispose"];
    if (tensor?.["location"] === "gpu-buffer" && typeof dispose === "function") await dispose.call(tensor);
  }
}
