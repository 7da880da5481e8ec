/** Checks what a page's data is restored from: it may have been changed since it was written. */

/** Tells whether a value has a form. */
export type Form = (value: unknown) => boolean;

export const isCount: Form = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const isFiniteNumber: Form = (value) => Number.isFinite(value);

/** A `JsonNumber`. */
export const isNumber: Form = (value) =>
  isFiniteNumber(value) || value === "NaN" || value === "Infinity" || value === "-Infinity";

export const isNull: Form = (value) => value === null;
export const isText: Form = (value) => typeof value === "string";

export const either =
  (...forms: readonly Form[]): Form =>
  (value) =>
    forms.some((form) => form(value));

/** @param length undefined: any */
export const listOf =
  (form: Form, length?: number): Form =>
  (value) =>
    Array.isArray(value) && (length === undefined || value.length === length) && value.every(form);

export const tupleOf =
  (...forms: readonly Form[]): Form =>
  (value) =>
    Array.isArray(value) && value.length === forms.length && forms.every((form, index) => form(value[index]));

export const objectOf =
  (members: Readonly<Record<string, Form>>): Form =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const names = Object.keys(value);
    const isMember = (name: string) => members[name]?.((value as Readonly<Record<string, unknown>>)[name]) === true;
    return names.length === Object.keys(members).length && names.every(isMember);
  };

/** What every token of a list has. */
const TOKEN = { id: isFiniteNumber, text: either(isNull, isText) };

/** Of `ExtremeTokens`. */
export const extremesOf = (figures: readonly string[]): Form =>
  objectOf({
    recent: listOf(objectOf(TOKEN)),
    tokens: listOf(
      objectOf({
        ...TOKEN,
        row: isCount,
        value: isNumber,
        figures: objectOf(Object.fromEntries(figures.map((name) => [name, isNumber]))),
        before: listOf(objectOf(TOKEN)),
        after: listOf(objectOf(TOKEN)),
      }),
    ),
  });

/** Of `TextBuckets`, with so many sums. */
export const bucketsOf = (sums: number): Form =>
  objectOf({ rows: isCount, width: isCount, buckets: listOf(listOf(isNumber, 4 + sums)) });

/** Of `Histogram`. */
export const histogramOf = (bins: number): Form => objectOf({ below: isCount, counts: listOf(isCount, bins), above: isCount });

/** Of `ShortText`. */
export const SHORT_TEXT: Form = either(isNull, listOf(tupleOf(isText, either(isNull, isNumber))));

/**
 * Checks that buckets have the rows that are counted beside them, and a kept text too.
 * @param counts the tokens, and how many of them have NaN and an infinite value
 * @throws RangeError
 */
export function checkBuckets(
  { rows, width, buckets }: { readonly rows: number; readonly width: number; readonly buckets: readonly (readonly unknown[])[] },
  [tokens = 0, nan = 0, infinite = 0]: readonly number[],
  text: readonly unknown[] | null,
): void {
  const sum = (at: number) => buckets.reduce((total, bucket) => total + Number(bucket[at]), 0);
  const isKept = text === null || text.length === rows;
  const isWhole = isKept && Number.isInteger(Math.log2(width)) && buckets.length === Math.ceil(rows / width);
  if (isWhole && sum(0) === tokens - nan - infinite && sum(1) === nan + infinite) return;
  throw new RangeError("snapshot: expected the buckets and the text of its rows");
}
