/** Checks of options objects: unknown names, numbers and their ranges, words. */
import { describe, wrongType, wrongUse, wrongValue } from "../errors.js";
import { fieldBelowRoot } from "../values.js";
import { nameRemedy } from "./remedies.js";

/** An entry for each option of a type. */
type Known<Options> = { readonly [Name in keyof Options]-?: unknown };

const NOTHING_FURTHER = {};

/**
 * Options as they are read. They inherit nothing, so a reader never finds what someone added to Object.prototype. (Objects of
 * Object.create(null) are hash tables in V8, and slow.)
 */
class Given {
  [name: string]: unknown;
}
Object.setPrototypeOf(Given.prototype, null);

const NOT_GIVEN = Object.freeze(new Given());

/**
 * The options: own properties, and what a class or another object that `options` inherits from has of the known names.
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
  if (options === undefined) return NOT_GIVEN as Partial<Options>;
  if (options === null || typeof options !== "object" || Array.isArray(options) || ArrayBuffer.isView(options)) {
    throw wrongType("options", "an object", options);
  }
  const given = new Given();
  // faster than Object.keys, which makes an array; inherited names are read below
  for (const name in options) {
    if (!Object.hasOwn(options, name)) continue;
    if (Object.hasOwn(known, name) || Object.hasOwn(further, name)) {
      given[name] = options[name];
      continue;
    }
    const names = [...Object.keys(known), ...Object.keys(further)];
    // a name may be of any length
    throw wrongUse(`options.${name.slice(0, 40)}`, `one of ${names.join(", ")}`, "an unknown option", nameRemedy(name, names));
  }
  if (Object.getPrototypeOf(options) !== Object.prototype) {
    for (const name of [...Object.keys(known), ...Object.keys(further)] as (keyof Options & string)[]) {
      given[name] = fieldBelowRoot(options, name);
    }
  }
  return given as Partial<Options>;
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
  if (word === undefined) throw wrongValue(`options.${name}`, expected, describe(value), nameRemedy(value, words));
  return word;
}
