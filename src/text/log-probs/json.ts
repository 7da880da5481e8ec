import { wrongType } from "../../errors.js";

/** Checked reading of JSON: each error names the place. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectAt(path: string, value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw wrongType(path, "an object", value);
}

export function arrayAt(path: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongType(path, "an array", value);
}

export function stringAt(path: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw wrongType(path, "a string", value);
}

/** A log-probability: null, which JSON has for -inf and for none, is NaN. */
export function logProbAt(path: string, value: unknown): number {
  if (value === null) return Number.NaN;
  if (typeof value === "number") return value;
  throw wrongType(path, "a log-probability or null", value);
}

/** Bytes, or undefined for null and for a source that gives none. */
export function bytesAt(path: string, value: unknown): readonly number[] | undefined {
  if (value === null || value === undefined) return undefined;
  const bytes = arrayAt(path, value);
  const wrong = bytes.findIndex((byte) => !Number.isInteger(byte) || Number(byte) < 0 || Number(byte) > 255);
  if (wrong >= 0) throw wrongType(`${path}[${wrong}]`, "a byte", bytes[wrong]);
  return bytes as readonly number[];
}

export function idAt(path: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrongType(path, "a token id", value);
}
