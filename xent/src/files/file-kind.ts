import { type BigIntStats, statSync } from "node:fs";

/** @returns the device and the file number: equal for two paths that lead to the same file, whatever their spelling or links */
export function idOf({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): string {
  return `${dev}:${ino}`;
}

/** @returns what a path leads to, after following its links: undefined for a regular file, else its kind for an error */
export function kindOf(stats: BigIntStats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** @returns the file's data, or undefined when there is nothing at the path, or nothing that can be reached */
export function statIfThere(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
