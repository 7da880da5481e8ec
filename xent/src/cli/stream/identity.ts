import { createHash } from "node:crypto";
import { readUpTo } from "../../files/byte-source.js";
import { type InputFile, withFetched } from "../../files/input-file.js";

/** Everything that a run's results depend on: names for the user, and values. Runs with equal identities give equal results. */
export type Identity = Readonly<Record<string, string>>;

/** Covers the header of a file with a few tensors, and some of its elements. */
const HASHED_BYTES = 65_536;

/**
 * Detects another file of the same name, and a changed file, without reading all of it.
 * @param number of the file within the run, because two files may have the same name
 */
export async function fileIdentity(file: InputFile, number: number): Promise<Identity> {
  const name = `file ${number}, ${file.title},`;
  const start = await withFetched(() => readUpTo(file, 0, HASHED_BYTES));
  return {
    [`${name} size`]: `${file.size} bytes`,
    [`${name} last change`]: file.version,
    [`${name} hash of its beginning`]: createHash("sha256").update(start).digest("hex").slice(0, 16),
  };
}

/**
 * @param where says where each of the two is from
 * @returns one text per difference; none when the identities are equal
 */
export function differences(
  expected: Identity,
  got: Identity,
  where: readonly [string, string] = ["in the checkpoint", "now"],
): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
  return names
    .filter((name) => expected[name] !== got[name])
    .map((name) => `${name}: ${expected[name] ?? "none"} ${where[0]}, ${got[name] ?? "none"} ${where[1]}`);
}

/** Lists as many differences as fit into an error. */
export function listed(different: readonly string[]): string {
  let shown = 1;
  while (shown < different.length && different.slice(0, shown + 1).join("; ").length < 150) shown++;
  const more = different.length - shown;
  return `${different.slice(0, shown).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
