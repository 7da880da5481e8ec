import { INTEGER_DTYPES, isOneOf, LOGIT_DTYPES } from "../../../../xent/build/files/dtypes.js";
import { InputError } from "../../../../xent/build/files/input-error.js";
import { labelOf, type TensorEntry } from "../../../../xent/build/files/tensor.js";

/** The tensors that are scored. */
export interface ChosenTensors {
  readonly logits: TensorEntry;
  readonly targets: TensorEntry;
  /** Bytes of each class's text. */
  readonly tokenBytes: TensorEntry | undefined;
}

/**
 * Logits and targets among the tensors of the files: by their names, else the only ones of a fitting type.
 * @throws InputError that lists what is there, when it is not clear which they are
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
  const wanted = role === "logits" ? `floats: ${LOGIT_DTYPES.join(", ")}` : "integers, one for each row of the logits";
  throw new InputError(
    `${role}: expected one tensor named "${role}", or only one of ${wanted}; got ${present}. Choose or drop the files together`,
  );
}
