import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ByteFile } from "../../files/byte-file.js";
import { readUpTo } from "../../files/byte-source.js";

/** What a run's results depend on, by what people call it. Two runs with the same are the same run. */
export type Identity = Readonly<Record<string, string>>;

/** Enough for the header of a file of a few tensors, and for some of its numbers. */
const HASHED_BYTES = 65_536;

/**
 * What tells a file from another of that name, and from itself after a change, without reading it.
 * @param number of the file among those of the run, which may have the same name
 */
export function fileIdentity(file: ByteFile, number: number): Identity {
  const name = `file ${number}, ${basename(file.path)},`;
  const start = readUpTo(file, 0, HASHED_BYTES);
  return {
    [`${name} size`]: `${file.size} bytes`,
    [`${name} last change`]: new Date(file.modified).toISOString(),
    [`${name} hash of its beginning`]: createHash("sha256").update(start).digest("hex").slice(0, 16),
  };
}

/** @returns what differs, in words: nothing when they are the same */
export function differences(expected: Identity, got: Identity): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
  return names
    .filter((name) => expected[name] !== got[name])
    .map((name) => `${name}: there ${expected[name] ?? "none"}, here ${got[name] ?? "none"}`);
}
