import { InputError } from "./input-error.js";

/** One line per system error code: the problem and its remedy. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "no such file; check the path",
  ENOTDIR: "no such file; a part of the path is not a folder",
  EACCES: "permission denied; check its permissions",
  EPERM: "permission denied; check its permissions",
  EISDIR: "is a folder; give a file",
  ELOOP: "cannot be reached: its symbolic links lead in a circle; give the file itself",
  ENAMETOOLONG: "no such file; the name is too long for a file",
  EMFILE: "too many open files; raise the limit (ulimit -n)",
  ENFILE: "too many open files on this machine; close other programs",
  EIO: "cannot be read from its disk (EIO); copy the file to another disk",
};

/** @returns an InputError for a system error: the path, the problem and its remedy in one line */
export function refusal(path: string, error: unknown): InputError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = error instanceof Error ? error.message : String(error);
  return new InputError(`${path}: ${ADVICE[code] ?? `cannot be read (${reason})`}`, { cause: error });
}

/**
 * Runs a file operation.
 * @throws InputError when the operation throws
 */
export function attempt<Result>(path: string, operation: () => Result): Result {
  try {
    return operation();
  } catch (error) {
    throw refusal(path, error);
  }
}
