import { InputError } from "./input-error.js";

/** What to do about the system's errors. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "no such file; check the path",
  ENOTDIR: "no such file; a part of the path is not a folder",
  EACCES: "may not be read; check its permissions",
  EPERM: "may not be read; check its permissions",
  EISDIR: "is a folder; give a file",
  EMFILE: "too many open files; raise the limit (ulimit -n)",
};

/** @returns the error for what the system refused: the path, and in one line what to do */
export function refusal(path: string, error: unknown): InputError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = error instanceof Error ? error.message : String(error);
  return new InputError(`${path}: ${ADVICE[code] ?? `cannot be read (${reason})`}`, { cause: error });
}

/**
 * Runs a file operation.
 * @throws InputError when the system refuses it
 */
export function attempt<Result>(path: string, operation: () => Result): Result {
  try {
    return operation();
  } catch (error) {
    throw refusal(path, error);
  }
}
