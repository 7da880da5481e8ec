import { errorLine } from "../one-line.js";

/** An output cannot be written, for example because the disk is full or the folder is missing. The message is one line. */
export class OutputError extends Error {
  override readonly name: string = "OutputError";

  constructor(path: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(errorLine(`${path}: cannot be written: ${reason}`), { cause });
  }
}
