/** Checks of options objects: unknown names, numbers and their ranges, words. */
import { describe, wrongType, wrongValue } from "../errors.js";

/** An entry for each option of a type. */
type Known<Options> = { readonly [Name in keyof Options]-?: unknown };

const NOTHING_FURTHER = {};

/**
 * The options object itself, or an empty one.
 *
 * @throws TypeError when it is not an object, or has a name that is neither in `known` nor in `further`.
 */
export function checkOptions<Options extends object>(options: Options | undefined, known: Known<Options>): Partial<Options>;
export function checkOptions<Options extends object, Further extends object>(
  options: (Options & Further) | undefined,
  known: Known<Options>,
  further: Known<Further>,
): Partial<Options & Further>;
export function checkOptions<Options extends object>(
  options: Options | undefined,
  known: object,
  further: object = NOTHING_FURTHER,
): Partial<Options> {
  if (options === undefined) return {};
  if (options === null || typeof options !== "object" || Array.isArray(options) || ArrayBuffer.isView(options)) {
    throw wrongType("options", "an object", options);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name) || Object.hasOwn(further, name)) continue;
    const names = [...Object.keys(known), ...Object.keys(further)].join(", ");
    throw new TypeError(`options.${name}: expected one of ${names}, got an unknown option`);
  }
  return options;
}

/** The allowed range of a number, as a test and as text for the error. */
export interface NumberRange {
  readonly expected: string;
  allows(value: number): boolean;
}

export const anyNumber: NumberRange = { expected: "a number", allows: () => true };
export const finite: NumberRange = { expected: "a finite number", allows: Number.isFinite };
export const unitInterval: NumberRange = { expected: "a number in [0, 1]", allows: (value) => value >= 0 && value <= 1 };
/** Divisors that keep f32 arithmetic within its range. */
export const scale: NumberRange = {
  expected: "a number in [1e-30, 1e30]",
  allows: (value) => value >= 1e-30 && value <= 1e30,
};
export const notNegative: NumberRange = {
  expected: "a finite number >= 0",
  allows: (value) => value >= 0 && value < Number.POSITIVE_INFINITY,
};
export const integer: NumberRange = { expected: "an integer", allows: Number.isSafeInteger };

/**
 * A numeric option, or its default.
 *
 * @throws TypeError when it is not a number, RangeError when it is outside its range.
 */
export function numberOption(name: string, value: unknown, range: NumberRange, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number") throw wrongType(`options.${name}`, range.expected, value);
  if (!range.allows(value)) throw wrongValue(`options.${name}`, range.expected, value);
  return value;
}

/**
 * A switch, off by default.
 *
 * @throws TypeError when it is not a boolean.
 */
export function booleanOption(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== "boolean") throw wrongType(`options.${name}`, "a boolean", value);
  return value;
}

/**
 * One of a few words; the first is the default.
 *
 * @throws TypeError when it is not a string, RangeError when it is another word.
 */
export function wordOption<Word extends string>(name: string, value: unknown, words: readonly [Word, ...Word[]]): Word {
  if (value === undefined) return words[0];
  const expected = `one of ${words.map((word) => `"${word}"`).join(", ")}`;
  if (typeof value !== "string") throw wrongType(`options.${name}`, expected, value);
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw wrongValue(`options.${name}`, expected, describe(value));
  return word;
}
