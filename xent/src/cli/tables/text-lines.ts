import type { Cell, Column } from "./table-shape.js";

/** A table as lines of text. */
export interface TextLines {
  readonly head: string;
  line(cells: readonly Cell[]): string;
}

/** One JSON object a line; what is no number in JSON (NaN, the infinities) is null. */
export function jsonLines(columns: readonly Column[]): TextLines {
  const keys = columns.map(({ name }, index) => `${index === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  return {
    head: "",
    line: (cells) => `${cells.map((cell, index) => `${keys[index]}${JSON.stringify(cell)}`).join("")}}\n`,
  };
}

/** RFC 4180 but for the line ends, which are those of Unix; lists with spaces between; empty cells are empty. */
export function csvLines(columns: readonly Column[]): TextLines {
  return {
    head: `${columns.map(({ name }) => name).join(",")}\n`,
    line: (cells) => `${cells.map(csvCell).join(",")}\n`,
  };
}

function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "object") return cell.join(" ");
  if (typeof cell !== "string") return String(cell);
  // an empty text in quotes, to tell it from no text
  return cell === "" || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
