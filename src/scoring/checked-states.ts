/** Checks of the sums that merging is given: plain data, perhaps from a file. Only sums that a run can have made pass. */
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf } from "../values.js";
import { BatchSum } from "./batch-sum.js";
import { comparisonDocuments, scoreDocuments } from "./checked-documents.js";
import {
  atMost,
  checkNotNegative,
  checkPart,
  checkSquares,
  countOf,
  finiteNumber,
  finitePart,
  objectOf,
  SLACK,
  sumOf,
  UNDERFLOW,
} from "./checked-sums.js";
import { COMPARISON_SUMS, type ComparisonState, LEAST_DIVERGENCE } from "./comparison-state.js";
import { canonicalSum, type ExactSum, emptySum, jointScatter, roundExact } from "./exact-sum.js";
import type { ScoreState } from "./totals.js";

export function scoreState(name: string, value: unknown): ScoreState {
  const given = objectOf(name, value);
  const tokens = countOf(`${name}.tokens`, given.tokens);
  // a run knows the hits of no tokens
  const correct = given.correct === null && tokens > 0 ? null : countOf(`${name}.correct`, given.correct);
  const nats = sumOf(`${name}.nats`, given.nats, tokens, 1);
  const squares = sumOf(`${name}.squares`, given.squares, tokens, 2);
  // a token with a NaN loss is a miss
  if (correct !== null) atMost(`${name}.correct`, correct, tokens - nats.nan, "tokens with a loss");
  checkNotNegative(`${name}.nats`, nats);
  checkSquares(`${name}.squares`, squares, nats, tokens, "nats");
  const givenText = fieldOf(given, "text");
  const text = givenText === undefined ? undefined : textState(`${name}.text`, givenText, tokens, nats);
  const state: ScoreState = { tokens, correct, nats, squares, text, documents: undefined };
  const documents = fieldOf(given, "documents");
  if (documents !== undefined) state.documents = scoreDocuments(`${name}.documents`, documents, state);
  return state;
}

function textState(name: string, value: unknown, tokens: number, all: ExactSum): NonNullable<ScoreState["text"]> {
  const given = objectOf(name, value);
  const bytes = countOf(`${name}.bytes`, given.bytes);
  // every token that counts here has a byte or more
  const nats = sumOf(`${name}.nats`, given.nats, Math.min(bytes, tokens), 1);
  checkPart(`${name}.nats`, nats, all);
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
  // those from probabilities that do not add up to 1 may be negative (llama.cpp's), and rounding may leave a 0 so
  const klValues = valuesOf(`${name}.klValues`, given.klValues, LEAST_DIVERGENCE, Number.MAX_VALUE, sums.kl, tokens);
  const changeValues = valuesOf(`${name}.changeValues`, given.changeValues, -1, 1, sums.changes, tokens);
  const state: ComparisonState = { tokens, sameTop, sums, klValues, changeValues, documents: undefined };
  const documents = fieldOf(given, "documents");
  if (documents !== undefined) state.documents = comparisonDocuments(`${name}.documents`, documents, state);
  return state;
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
