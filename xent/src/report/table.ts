import { displayWidth, padEnd, padStart } from "./text.js";

/** @returns lines of `name  value`, with aligned values */
export function nameValueLines(pairs: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => displayWidth(name)));
  return pairs.map(([name, value]) => `${padEnd(name, width)}  ${value}`.trimEnd());
}

/** The heading of a column and the alignment of its cells. */
export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
}

/**
 * @param cells one array per line, one text per column; only the last column may contain terminal sequences
 * @returns aligned lines, headings first
 */
export function tableLines(columns: readonly Column[], cells: readonly (readonly string[])[]): string[] {
  const all = [columns.map((column) => column.heading), ...cells];
  const widths = columns.map((_, index) => Math.max(...all.map((line) => displayWidth(line[index] ?? ""))));
  const last = columns.length - 1;
  return all.map((line) =>
    columns
      .map(({ align }, index) => {
        const text = line[index] ?? "";
        if (align === "right") return padStart(text, widths[index] ?? 0);
        return index === last ? text : padEnd(text, widths[index] ?? 0);
      })
      .join("  ")
      .trimEnd(),
  );
}
