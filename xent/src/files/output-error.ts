import { errorLine } from "../one-line.js";

/** System errors in words. Of the others the system's own text is shown. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "permission denied; check the rights of the file and its folder",
  EPERM: "permission denied; check the rights of the file and its folder",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota of the disk is used up",
  EFBIG: "the file has reached the largest size that is allowed (ulimit -f)",
  ENAMETOOLONG: "the name is too long: while the file is unfinished, 40 characters are added to it",
  EMFILE: "too many open files; raise the limit (ulimit -n)",
};

/** An output cannot be written, for example because the disk is full or the folder is missing. The message is one line. */
export class OutputError extends Error {
  override readonly name: string = "OutputError";

  constructor(path: string, cause: unknown) {
    super(errorLine(`${path}: cannot be written: ${reasonOf(cause)}`), { cause });
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause ? String(cause.code) : "";
  const known = REASONS[code];
  return known === undefined ? cause.message : `${code}: ${known}`;
}
