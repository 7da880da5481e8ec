/** A number in JSON: finite values as numbers, the others as strings. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

/** @returns a JSON value from which {@link fromJson} restores `value` exactly, except that -0 becomes 0, as in JSON itself */
export function toJson(value: number): JsonNumber {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return value + 0;
  return value > 0 ? "Infinity" : "-Infinity";
}

export function fromJson(value: JsonNumber): number {
  return Number(value);
}
