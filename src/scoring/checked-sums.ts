/** Checks of counts and exact sums that merging is given. */
import { wrongType, wrongValue } from "../errors.js";
import { type ExactSum, jointScatter, LARGEST_TERM, mergeExact, roundExact } from "./exact-sum.js";

/** Some sums are of rounded terms, so two of them may contradict each other by this factor, and by what underflows. */
export const SLACK = 1e-12;
export const UNDERFLOW = 1e-290;

export function objectOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}

export function countOf(name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  if (!Number.isSafeInteger(value) || value < 0) throw wrongValue(name, "a whole number >= 0", value);
  return value;
}

export function atMost(name: string, count: number, most: number, what: string): void {
  if (count > most) throw wrongValue(name, `at most ${most}, the number of ${what}`, count);
}

export function finiteNumber(name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  if (!Number.isFinite(value)) throw wrongValue(name, "a finite number", value);
  return value;
}

/**
 * An exact sum over `tokens` tokens, each term a product of at most `factors` numbers that exact sums take. Its partials are those
 * of a canonical sum: each is at most half the last bit of the next, so there are fewer than 42.
 */
export function sumOf(name: string, value: unknown, tokens: number, factors: 1 | 2): ExactSum {
  const { partials, ...counts } = objectOf(name, value);
  const nan = countOf(`${name}.nan`, counts.nan);
  const infinite = countOf(`${name}.infinite`, counts.infinite);
  atMost(`${name}.nan`, nan, tokens, "tokens");
  atMost(`${name}.infinite`, infinite, tokens - nan, "other tokens");
  if (!Array.isArray(partials)) throw wrongType(`${name}.partials`, "an array of numbers", partials);
  let most = (tokens - nan - infinite) * LARGEST_TERM ** factors;
  for (let index = partials.length - 1; index >= 0; index--) {
    const part = finiteNumber(`${name}.partials[${index}]`, partials[index]);
    if (part === 0 || Math.abs(part) > most) {
      throw wrongValue(`${name}.partials[${index}]`, `a part of an exact sum, not 0 and at most ${most}`, part);
    }
    most = Math.abs(part) * 2 ** -53;
  }
  return { partials: partials as number[], nan, infinite };
}

export function finitePart({ partials }: ExactSum): ExactSum {
  return { partials, nan: 0, infinite: 0 };
}

export function checkNotNegative(name: string, sum: ExactSum): void {
  const total = roundExact(finitePart(sum));
  if (total < 0) throw wrongValue(name, "a sum >= 0", total);
}

/** n x squares >= (sum)^2, and squares <= (sum)^2 if no term is negative. */
export function checkSquares(
  name: string,
  squares: ExactSum,
  sum: ExactSum,
  tokens: number,
  sumName: string,
  isSigned = false,
): void {
  for (const count of ["nan", "infinite"] as const) {
    if (squares[count] !== sum[count]) {
      throw wrongValue(`${name}.${count}`, `${sum[count]}, as ${sumName} has`, squares[count]);
    }
  }
  const terms = finitePart(sum);
  const [total, square] = [roundExact(terms), roundExact(finitePart(squares))];
  const scatter = jointScatter(tokens - sum.nan - sum.infinite, terms, terms, finitePart(squares));
  if (scatter < -SLACK * total * total - UNDERFLOW) {
    throw wrongValue(name, `squares that go with ${sumName}, ${total}`, square);
  }
  if (square > (1 + SLACK) * total * total + UNDERFLOW && !isSigned) {
    throw wrongValue(name, `at most the square of ${sumName}, ${total}`, square);
  }
}

/** Losses of tokens that are among those of `all`. */
export function checkPart(name: string, nats: ExactSum, all: ExactSum): void {
  atMost(`${name}.nan`, nats.nan, all.nan, "NaN losses of all tokens");
  atMost(`${name}.infinite`, nats.infinite, all.infinite, "infinite losses of all tokens");
  checkNotNegative(name, nats);
  const others = mergeExact(finitePart(all), { ...finitePart(nats), partials: nats.partials.map((part) => -part) });
  if (roundExact(others) < 0) throw wrongValue(name, "at most the nats of all tokens", roundExact(finitePart(nats)));
}
