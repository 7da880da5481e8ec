import { INTEGER_DTYPES, isOneOf, LOGIT_DTYPES } from "../../../../xent/build/files/dtypes.js";
import { InputError } from "../../../../xent/build/files/input-error.js";
import { labelOf, type TensorEntry } from "../../../../xent/build/files/tensor.js";

/** The tensors to score. */
export interface ChosenTensors {
  readonly logits: TensorEntry;
  readonly targets: TensorEntry;
  /** Byte count of each class's text. */
  readonly tokenBytes: TensorEntry | undefined;
}

/**
 * Chooses the logits and the targets among the tensors of the files: by name, else the only tensor of a suitable type.
 * @throws InputError that lists the tensors present, when the choice is ambiguous or a tensor is missing
 */
export function chooseTensors(tensors: readonly TensorEntry[]): ChosenTensors {
  const named = (wanted: string) => tensors.find(({ name }) => name === wanted);
  const tokenBytes = named("token_bytes");
  const logits = named("logits") ?? only(tensors, "logits", ({ dtype }) => isOneOf(dtype, LOGIT_DTYPES));
  const targets =
    named("targets") ?? only(tensors, "targets", (tensor) => tensor !== tokenBytes && isOneOf(tensor.dtype, INTEGER_DTYPES));
  return { logits, targets, tokenBytes };
}

function only(tensors: readonly TensorEntry[], role: "logits" | "targets", fits: (tensor: TensorEntry) => boolean): TensorEntry {
  const [tensor, ...others] = tensors.filter(fits);
  if (tensor && others.length === 0) return tensor;
  const present = tensors.map((entry) => `${labelOf(entry)} (${entry.dtype} [${entry.shape}])`).join(", ") || "none";
  const wanted = role === "logits" ? `floats: ${LOGIT_DTYPES.join(", ")}` : "integers, one per row of the logits";
  throw new InputError(
    `${role}: expected one tensor named "${role}", or only one of ${wanted}; got ${present}. Choose or drop the files together`,
  );
}
