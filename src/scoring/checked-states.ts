/** Checks of the sums that merging is given: plain data, perhaps from a file. Only sums that a run can have made pass. */
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf } from "../values.js";
import { BatchSum } from "./batch-sum.js";
import { COMPARISON_SUMS, type ComparisonState } from "./comparison-state.js";
import { canonicalSum, type ExactSum, emptySum, jointScatter, LARGEST_TERM, mergeExact, roundExact } from "./exact-sum.js";
import type { ScoreState } from "./totals.js";

/** Some sums are of rounded terms, so two of them may contradict each other by this factor, and by what underflows. */
const SLACK = 1e-12;
const UNDERFLOW = 1e-290;

export function scoreState(name: string, value: unknown): ScoreState {
  const given = objectOf(name, value);
  const tokens = countOf(`${name}.tokens`, given.tokens);
  const correct = countOf(`${name}.correct`, given.correct);
  const nats = sumOf(`${name}.nats`, given.nats, tokens, 1);
  const squares = sumOf(`${name}.squares`, given.squares, tokens, 2);
  // a token with a NaN loss is a miss
  atMost(`${name}.correct`, correct, tokens - nats.nan, "tokens with a loss");
  checkNotNegative(`${name}.nats`, nats);
  checkSquares(`${name}.squares`, squares, nats, tokens, "nats");
  const state: ScoreState = { tokens, correct, nats, squares };
  const text = fieldOf(given, "text");
  if (text !== undefined) state.text = textState(`${name}.text`, text, state);
  return state;
}

function textState(name: string, value: unknown, { tokens, nats: all }: ScoreState): NonNullable<ScoreState["text"]> {
  const given = objectOf(name, value);
  const bytes = countOf(`${name}.bytes`, given.bytes);
  // every token that counts here has a byte or more
  const nats = sumOf(`${name}.nats`, given.nats, Math.min(bytes, tokens), 1);
  atMost(`${name}.nats.nan`, nats.nan, all.nan, "NaN losses of all tokens");
  atMost(`${name}.nats.infinite`, nats.infinite, all.infinite, "infinite losses of all tokens");
  checkNotNegative(`${name}.nats`, nats);
  const others = mergeExact(finitePart(all), { ...finitePart(nats), partials: nats.partials.map((part) => -part) });
  if (roundExact(others) < 0) throw wrongValue(`${name}.nats`, "at most the nats of all tokens", roundExact(finitePart(nats)));
  return { bytes, nats };
}

/** Sums of terms of either sign, or of terms whose sign their values show, and the sums of the terms' squares. */
const SIGNED_SQUARES = [
  ["differences", "differenceSquares"],
  ["kl", "klSquares"],
  ["changes", "changeSquares"],
] as const;

/** Sums of terms >= 0, and the sums of the terms' squares. */
const SQUARES = [
  ["base", "baseSquares"],
  ["other", "otherSquares"],
  ["changeSquares", "changeFourths"],
] as const;

export function comparisonState(name: string, value: unknown): ComparisonState {
  const given = objectOf(name, value);
  const tokens = countOf(`${name}.tokens`, given.tokens);
  const sameTop = countOf(`${name}.sameTop`, given.sameTop);
  const givenSums = objectOf(`${name}.sums`, given.sums);
  const checked = COMPARISON_SUMS.map((sum) => [sum, sumOf(`${name}.sums.${sum}`, givenSums[sum], tokens, 2)]);
  const sums = Object.fromEntries(checked) as ComparisonState["sums"];
  // a token with a NaN divergence has no top class in one of the models
  atMost(`${name}.sameTop`, sameTop, tokens - sums.kl.nan, "tokens with a divergence");
  for (const [sum] of SQUARES) checkNotNegative(`${name}.sums.${sum}`, sums[sum]);
  for (const [sum, squares] of SQUARES) checkSquares(`${name}.sums.${squares}`, sums[squares], sums[sum], tokens, sum);
  for (const [sum, squares] of SIGNED_SQUARES) {
    checkSquares(`${name}.sums.${squares}`, sums[squares], sums[sum], tokens, sum, true);
  }
  checkProducts(`${name}.sums.products`, sums, tokens);
  // rounding may leave a divergence of 0 slightly negative
  const klValues = valuesOf(`${name}.klValues`, given.klValues, -1e-9, Number.MAX_VALUE, sums.kl, tokens);
  const changeValues = valuesOf(`${name}.changeValues`, given.changeValues, -1, 1, sums.changes, tokens);
  return { tokens, sameTop, sums, klValues, changeValues };
}

/**
 * An exact sum over `tokens` tokens, each term a product of at most `factors` numbers that exact sums take. Its partials are those
 * of a canonical sum: each is at most half the last bit of the next, so there are fewer than 42.
 */
function sumOf(name: string, value: unknown, tokens: number, factors: 1 | 2): ExactSum {
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

function finitePart({ partials }: ExactSum): ExactSum {
  return { partials, nan: 0, infinite: 0 };
}

function checkNotNegative(name: string, sum: ExactSum): void {
  const total = roundExact(finitePart(sum));
  if (total < 0) throw wrongValue(name, "a sum >= 0", total);
}

/** n x squares >= (sum)^2, and squares <= (sum)^2 if no term is negative. */
function checkSquares(name: string, squares: ExactSum, sum: ExactSum, tokens: number, sumName: string, isSigned = false): void {
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

/** The correlation of the losses is at most 1. */
function checkProducts(name: string, { base, other, products, baseSquares, otherSquares }: Sums, tokens: number): void {
  const joint = jointScatter(tokens, base, other, products);
  const scatters = jointScatter(tokens, base, base, baseSquares) ** 0.5 * jointScatter(tokens, other, other, otherSquares) ** 0.5;
  const scale = roundExact(base) * roundExact(other);
  // NaN where a loss is NaN or infinite
  if (Math.abs(joint) > scatters * (1 + SLACK) + SLACK * scale + UNDERFLOW) {
    throw wrongValue(name, "products that go with base and other", roundExact(products));
  }
}

type Sums = ComparisonState["sums"];

/** The finite terms of a sum, one per token. */
function valuesOf(name: string, value: unknown, least: number, most: number, sum: ExactSum, tokens: number): number[] {
  if (!Array.isArray(value)) throw wrongType(name, "an array of numbers", value);
  const count = tokens - sum.nan - sum.infinite;
  if (value.length !== count) throw wrongValue(name, `${count} values, as many as tokens with a finite one`, `${value.length}`);
  const total = emptySum();
  const collected = new BatchSum(total);
  for (const [index, entry] of value.entries()) {
    const number = finiteNumber(`${name}[${index}]`, entry);
    if (number < least || number > most) throw wrongValue(`${name}[${index}]`, `a number in [${least}, ${most}]`, number);
    collected.add(number);
  }
  collected.flush();
  const [own, given] = [canonicalSum(total), canonicalSum(finitePart(sum))];
  if (own.partials.join() !== given.partials.join()) {
    throw wrongValue(name, `values that add up to their sum, ${roundExact(given)}`, `${roundExact(own)}`);
  }
  return value as number[];
}

export function objectOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}

function countOf(name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  if (!Number.isSafeInteger(value) || value < 0) throw wrongValue(name, "a whole number >= 0", value);
  return value;
}

function atMost(name: string, count: number, most: number, what: string): void {
  if (count > most) throw wrongValue(name, `at most ${most}, the number of ${what}`, count);
}

function finiteNumber(name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  if (!Number.isFinite(value)) throw wrongValue(name, "a finite number", value);
  return value;
}
