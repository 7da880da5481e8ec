import type { Axis } from "../svg/scales.js";

/** The x axis of charts along the text. */
export function textAxis(rows: number): Axis {
  return { title: "position in the text, tokens", from: 0, to: rows };
}

/** @returns "1 token", "2 tokens", "12,345 tokens" */
export function counted(count: number, singular: string): string {
  return `${grouped(count)} ${singular}${count === 1 ? "" : "s"}`;
}

/** @returns a whole number with commas between thousands, independent of the machine's locale */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
