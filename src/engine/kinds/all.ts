/** Looks kinds up by name, for workers, which receive jobs as messages. */
import { KINDS } from "../../generated/kinds.js";
import type { Kind } from "../kind.js";

const BY_NAME = new Map(KINDS.map((kind) => [kind.name, kind]));

export function kindNamed(name: string): Kind {
  const kind = BY_NAME.get(name);
  if (!kind) throw new Error(`wasm-cross-entropy: no kind of job is called ${name}`);
  return kind;
}
