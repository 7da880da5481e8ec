/** Makes texts from files, folders and arguments safe to print on a terminal. */

/** Control characters, line separators and the marks that change the writing direction. */
export const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const UNPRINTABLES = new RegExp(`${UNPRINTABLE.source}+`, "gu");

/** The most characters of an error. */
const LONGEST = 300;

/** The end of an error says what to do, so that a long one is cut in its middle. */
const END = 140;

/** @returns `text` on one line, with spaces for unprintable characters */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLES, " ");
}

/** @returns an error's text on one line of at most 300 characters */
export function errorLine(text: string): string {
  const line = oneLine(text);
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - END - 3).trimEnd()}...${line.slice(-END)}`;
}

/** @returns `value` as one line of JSON; unprintable characters of its texts are escaped, as JSON allows for every character */
export function jsonLine(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value).replace(UNPRINTABLE, escaped)}\n`;
}
