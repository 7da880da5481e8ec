/** Makes token texts safe to print: no token can move the cursor, colour the terminal or change the writing direction. */
import { UNPRINTABLE } from "../one-line.js";

const NAMED: Readonly<Record<string, string>> = { "\n": "↵", "\r": "␍", "\t": "⇥" };

/** @returns `text` on one line, with signs for line breaks and tabs, and replacement characters for other control characters */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => NAMED[character] ?? "\ufffd");
}

/** Characters that terminals draw two cells wide: East Asian scripts, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Marks drawn over the character before them. */
const COMBINING = /^[\p{Mn}\p{Me}\u200b-\u200d]/u;

/** @returns the number of terminal cells of a printable `text` */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (COMBINING.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** @returns `text`, padded with spaces on the left to `width` cells */
export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** @returns `text`, padded with spaces on the right to `width` cells */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}
