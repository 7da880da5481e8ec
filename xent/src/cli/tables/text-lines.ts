import type { Cell, Column } from "./table-shape.js";

/** A table as lines of text. */
export interface TextLines {
  readonly head: string;
  line(cells: readonly Cell[]): string;
  /** How the line of a row begins. */
  startOf(row: number): string;
}

/** One JSON object per line. NaN and infinities become null. */
export function jsonLines(columns: readonly Column[]): TextLines {
  const keys = columns.map(({ name }, index) => `${index === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  return {
    head: "",
    line: (cells) => `${cells.map((cell, index) => `${keys[index]}${JSON.stringify(cell)}`).join("")}}\n`,
    startOf: (row) => `${keys[0]}${row},`,
  };
}

/**
 * CSV as in RFC 4180, but with line feeds alone. Lists are separated by spaces; an empty cell is an empty field. A text that a
 * spreadsheet could run as a formula gets an apostrophe in front, which tells the spreadsheet that it is text. So does a text that
 * begins with an apostrophe: who removes one from the front of every text has the texts as they were.
 */
export function csvLines(columns: readonly Column[]): TextLines {
  return {
    head: `${columns.map(({ name }) => name).join(",")}\n`,
    line: (cells) => `${cells.map(csvCell).join(",")}\n`,
    startOf: (row) => `${row},`,
  };
}

/** First characters of formulas, their full-width forms included (OWASP, "CSV Injection"), and the apostrophe. */
const FORMULA = /^['=+\-@\t\r＝＋－＠]/u;

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "object") return cell.join(" ");
  if (typeof cell !== "string") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  // an empty text is quoted, to differ from an empty cell
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
