import type { Verdict } from "./verdict.js";

/** Files that xent refuses although the other reader reads them, by xent's error, and why. */
const STRICTER: readonly (readonly [error: RegExp, reason: string])[] = [
  [/is big-endian/, "xent converts no bytes; the error says how to convert"],
  [/is in Fortran order/, "rows are read by ranges; the error says how to convert"],
  [/has dtype '|contains records|not a string; the file/, "not an array of numbers that xent can score"],
  [/it contains more than one array/, "bytes after the array: numpy ignores them, and the second of two arrays with them"],
  [/is too large for any file/, "a size above 2^53 in an array without elements"],
  [/not a tuple of whole numbers/, "sizes in forms that numpy never writes, such as 0x6, 1_0 or True"],
  [
    /whose 'fortran_order' is|has a header that is not a dict/,
    "Python that numpy evaluates and never writes: comments, brackets",
  ],
  [
    /expected a "dtype"|does not begin with "\{"/,
    "forms that serde reads and nobody writes: an entry as an array, a space before the header",
  ],
  [/gives the key .* twice/, "readers differ on which of two counts"],
  [/is damaged: expected the CRC-32/, "zipfile checks the sum only of members that are read to their end"],
  [
    /is stored in|cannot inflate|ends at byte|is not at byte/,
    "a member whose lengths or place do not fit: zipfile reads what is there",
  ],
  [/is compressed by method/, "xent reads stored and deflated members, as np.savez writes them"],
  [
    /is truncated or damaged \(|has \d+ members and a directory/,
    "an archive whose parts do not meet: zipfile looks for what may be meant",
  ],
  [/nests more than 127 levels|at most 64 whole numbers|has \d+ sizes, at most 64/, "bounds (xent/docs/files.md)"],
];

/** Files that xent reads although the other reader refuses them, by that reader's error, and why. */
const LAXER: readonly (readonly [error: RegExp, reason: string])[] = [
  [/unknown variant `/, "a dtype of a later version: the file's other tensors can be read all the same"],
  [/^!ValueError: Cannot parse header: .*\dL[,)]/, "Python 2's sizes in a header of version 3, which Python 2 never wrote"],
  [/malformed node or string/, "an unreadable value whose key follows once more: the last one counts"],
  [/cannot reshape array of size 0/, "an array without elements whose other sizes multiply to more than 64 bits"],
  [/overflow computing buffer size/, "a tensor without elements whose other sizes multiply to more than 64 bits"],
  [/contains pickled \(object\) data/, "numpy knows archives by their first bytes alone, xent by the file's ending too"],
];

/** What differs between xent's verdict and another reader's, unless it is known and harmless. */
export function differenceOf(ours: Verdict, other: Verdict): string | undefined {
  if (typeof ours === "string") {
    const isRead = typeof other !== "string" && Object.values(other).some((text) => !text.startsWith("!"));
    return isRead && !isKnown(STRICTER, ours)
      ? `xent refuses what is read elsewhere: ${ours} (${JSON.stringify(other)})`
      : undefined;
  }
  for (const [name, own] of Object.entries(ours)) {
    const theirs = typeof other === "string" ? other : (other[name] ?? "!no such array");
    const difference = differenceOfTensor(own, theirs);
    if (difference !== undefined) return `${JSON.stringify(name)}: ${difference}`;
  }
  const missing = typeof other === "string" ? undefined : Object.keys(other).find((name) => !Object.hasOwn(ours, name));
  const lost = missing === undefined ? "!" : (other as Readonly<Record<string, string>>)[missing];
  return lost?.startsWith("!") ? undefined : `xent does not see ${JSON.stringify(missing)}: ${lost}`;
}

function differenceOfTensor(own: string, theirs: string): string | undefined {
  // a dtype whose bytes xent does not count
  if (own.endsWith(":?") && theirs.startsWith(own.slice(0, -1))) return undefined;
  if (own === theirs || (own.startsWith("!") && theirs.startsWith("!"))) return undefined;
  if (own.startsWith("!")) return isKnown(STRICTER, own) ? undefined : `xent refuses what is read elsewhere: ${own} (${theirs})`;
  if (theirs.startsWith("!"))
    return isKnown(LAXER, theirs) ? undefined : `xent reads what is refused elsewhere: ${own} (${theirs})`;
  return `other numbers: ${own}, expected ${theirs}`;
}

function isKnown(list: readonly (readonly [error: RegExp, reason: string])[], message: string): boolean {
  return list.some(([error]) => error.test(message));
}
