import type { Breaks, Draw } from "./draw.js";

/** Values that stand where others are expected. */
export const ODD_VALUES = [
  "null",
  "true",
  "0",
  "-1",
  "1.5",
  "1e400",
  "9007199254740993",
  '""',
  '"x"',
  "[]",
  "{}",
  "[[]]",
  '{"a":1}',
  "NaN",
  "01",
  "-0",
] as const;

/** A copy of a JSON text with one thing changed: a value, a key, a bracket, a number. */
export function changedJson(draw: Draw, json: string): string {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[[\]{},:]/g) ?? [];
  const at = draw.integer(tokens.length);
  const token = tokens[at] ?? "";
  const isNumber = /^-?\d/.test(token);
  const changed = draw.pick<() => readonly string[]>([
    () => [draw.pick(ODD_VALUES)],
    () => [],
    () => [token, token],
    () => (isNumber ? [String(Number(token) + draw.pick([1, -1, 0.5, 1e9, -1e9]))] : [draw.pick(ODD_VALUES)]),
    () => (isNumber ? [String(-Number(token))] : [`"${draw.integer(100)}"`]),
    () => (isNumber ? [`${draw.oddSize()}`] : [token, ",", draw.pick(ODD_VALUES)]),
    () => [tokens[draw.integer(tokens.length)] ?? ""],
  ])();
  return [...tokens.slice(0, at), ...changed, ...tokens.slice(at + 1)].join("");
}

/** Bytes of a text in one of the encodings that editors write. */
export function encoded(draw: Draw, breaks: Breaks, text: string): Uint8Array {
  const utf16 = Buffer.from(`\ufeff${text}`, "utf16le");
  const form = draw.pick(["utf8", "utf8", "bom", "le", "be"]);
  const bytes =
    form === "utf8"
      ? Buffer.from(text)
      : form === "bom"
        ? Buffer.from(`\ufeff${text}`)
        : form === "le"
          ? utf16
          : Buffer.from(utf16).swap16();
  return breaks.of("encoding", bytes, () =>
    draw.pick([Buffer.from(text, "latin1"), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from([0xff])])]),
  );
}
