/** PyTorch on the CPU, in a `python3` that has it: native code for the processor's widest SIMD. See torch-host.py. */
import { fileURLToPath } from "node:url";
import { remoteContender } from "../../harness/remote.mjs";

/** Not measured here: the bound of the other native code, with a margin, because its sums and p - 1 are f32 too. */
const BOUND = 1e-5;
const GRAD_BOUND = 1e-3;

const host = fileURLToPath(new URL("../torch-host.py", import.meta.url));

/**
 * @param {"forward" | "gradient"} task
 * @param {number} threads
 */
function torch(task, threads) {
  const suffix = threads === 1 ? { id: "", label: "" } : { id: `-${threads}`, label: `, ${threads} threads` };
  return remoteContender(
    {
      id: `torch${suffix.id}`,
      label: `PyTorch${suffix.label}`,
      data: "memory",
      peer: "PyTorch",
      bound: BOUND,
      gradBound: GRAD_BOUND,
    },
    {
      command: "python3",
      args: [host, task, String(threads)],
      // the libraries below torch size their thread pools when they load
      env: { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
    },
    { gradient: task === "gradient" },
  );
}

/** @param {"forward" | "gradient"} task */
export function torchContenders(task) {
  return [1, 2].map((threads) => torch(task, threads));
}
