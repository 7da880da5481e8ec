/** Values of unknown type, by the names of their members. */

export type Members = Readonly<Record<string, unknown>>;

/** The value with its members; undefined for a value that has none. Models and tokenizers of transformers.js are functions. */
export function membersOf(value: unknown): Members | undefined {
  const isHolder = (typeof value === "object" && value !== null) || typeof value === "function";
  return isHolder ? (value as Members) : undefined;
}
