/** A number as JSON keeps it: every finite one as it is, the others by name. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity";

/** @returns what {@link fromJson} turns into `value` again; -0 becomes 0, as in JSON itself */
export function toJson(value: number): JsonNumber {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return value + 0;
  return value > 0 ? "Infinity" : "-Infinity";
}

export function fromJson(value: JsonNumber): number {
  return Number(value);
}
