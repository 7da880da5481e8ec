/** A result that cannot be written: the disk is full, the folder is not there. The message is one line. */
export class OutputError extends Error {
  override readonly name: string = "OutputError";

  constructor(path: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${path}: cannot be written: ${reason}`, { cause });
  }
}
