/** Ranges of code points that steer a terminal, but for the line feed. */
const STEERING = [
  [0, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0x61c, 0x61c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
] as const;

/** The first code point of a text that steers a terminal. */
export function steering(text: string): number | undefined {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0).find((code) =>
    STEERING.some(([from, to]) => code >= from && code <= to),
  );
}
