/** Checks of the sums that merging is given: plain data, perhaps from a file. Only sums that a run can have made pass. */
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf } from "../values.js";
import { BatchSum } from "./batch-sum.js";
import { COMPARISON_SUMS, type ComparisonState, DOCUMENT_SUMS } from "./comparison-state.js";
import { type DocumentSum, type DocumentSums, sumOfDocuments } from "./document-sums.js";
import { canonicalSum, type ExactSum, emptySum, jointScatter, LARGEST_TERM, mergeExact, roundExact } from "./exact-sum.js";
import type { ScoreState } from "./totals.js";

/** Some sums are of rounded terms, so two of them may contradict each other by this factor, and by what underflows. */
const SLACK = 1e-12;
const UNDERFLOW = 1e-290;

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

/** The losses of each document, and those of its tokens that have bytes. */
function scoreDocuments(name: string, value: unknown, state: ScoreState): NonNullable<ScoreState["documents"]> {
  const given = objectOf(name, value);
  const nats = documentSums(`${name}.nats`, given.nats, state.tokens, state.nats, "losses");
  checkDocumentSquares(`${name}.nats`, nats, state.squares);
  const { text } = state;
  if (text === undefined) {
    const ofText = fieldOf(given, "text");
    if (ofText !== undefined) throw wrongValue(`${name}.text`, "none, as the text's bytes are unknown", ofText);
    return { nats, text };
  }
  const ofText = documentSums(`${name}.text`, given.text, text.bytes, text.nats, "losses");
  const owners = new Map(nats.map((document) => [document.owner, document]));
  for (const [index, document] of ofText.entries()) {
    const at = `${name}.text[${index}]`;
    const all = owners.get(document.owner);
    if (all === undefined) throw wrongValue(`${at}.owner`, "a document with tokens", document.owner);
    checkPart(`${at}.sum`, document.sum, all.sum);
  }
  return { nats, text: ofText };
}

function textState(name: string, value: unknown, tokens: number, all: ExactSum): NonNullable<ScoreState["text"]> {
  const given = objectOf(name, value);
  const bytes = countOf(`${name}.bytes`, given.bytes);
  // every token that counts here has a byte or more
  const nats = sumOf(`${name}.nats`, given.nats, Math.min(bytes, tokens), 1);
  checkPart(`${name}.nats`, nats, all);
  return { bytes, nats };
}

/** Losses of tokens that are among those of `all`. */
function checkPart(name: string, nats: ExactSum, all: ExactSum): void {
  atMost(`${name}.nan`, nats.nan, all.nan, "NaN losses of all tokens");
  atMost(`${name}.infinite`, nats.infinite, all.infinite, "infinite losses of all tokens");
  checkNotNegative(name, nats);
  const others = mergeExact(finitePart(all), { ...finitePart(nats), partials: nats.partials.map((part) => -part) });
  if (roundExact(others) < 0) throw wrongValue(name, "at most the nats of all tokens", roundExact(finitePart(nats)));
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
  const state: ComparisonState = { tokens, sameTop, sums, klValues, changeValues, documents: undefined };
  const documents = fieldOf(given, "documents");
  if (documents !== undefined) state.documents = comparisonDocuments(`${name}.documents`, documents, state);
  return state;
}

function comparisonDocuments(
  name: string,
  value: unknown,
  { tokens, sums }: ComparisonState,
): NonNullable<ComparisonState["documents"]> {
  const given = objectOf(name, value);
  const [differences, kl] = DOCUMENT_SUMS.map((sum) => {
    const documents = documentSums(`${name}.${sum}`, given[sum], tokens, sums[sum], "any");
    checkDocumentSquares(`${name}.${sum}`, documents, sums[`${sum === "kl" ? "kl" : "difference"}Squares`], true);
    return documents;
  }) as [DocumentSums, DocumentSums];
  const sizes = (documents: DocumentSums): string => documents.map(({ owner, size }) => `${owner}:${size}`).join();
  if (sizes(differences) !== sizes(kl)) throw wrongValue(`${name}.kl`, "the documents of differences", "others");
  return { differences, kl };
}

/** Sums per document, in the order of their owners, that add up to `sum` over `size` tokens or bytes. */
function documentSums(name: string, value: unknown, size: number, sum: ExactSum, terms: "losses" | "any"): DocumentSums {
  if (!Array.isArray(value)) throw wrongType(name, "an array of documents", value);
  let rest = size;
  const documents: DocumentSum[] = [];
  for (const [index, entry] of value.entries()) {
    const at = `${name}[${index}]`;
    const given = objectOf(at, entry);
    const { owner } = given;
    if (typeof owner !== "number") throw wrongType(`${at}.owner`, "a number", owner);
    if (!Number.isSafeInteger(owner)) throw wrongValue(`${at}.owner`, "a whole number", owner);
    const before = documents.at(-1);
    if (before && owner <= before.owner) throw wrongValue(`${at}.owner`, `more than the ${before.owner} before it`, owner);
    const own = countOf(`${at}.size`, given.size);
    if (own === 0) throw wrongValue(`${at}.size`, "at least 1", own);
    atMost(`${at}.size`, own, rest, "tokens or bytes that are left");
    rest -= own;
    const document: DocumentSum = { owner, size: own, sum: sumOf(`${at}.sum`, given.sum, own, terms === "losses" ? 1 : 2) };
    if (terms === "losses") checkNotNegative(`${at}.sum`, document.sum);
    documents.push(document);
  }
  if (rest > 0) throw wrongValue(name, `documents of ${size} tokens or bytes in all`, size - rest);
  const [own, given] = [canonicalSum(sumOfDocuments(documents)), canonicalSum(sum)];
  if (JSON.stringify(own) !== JSON.stringify(given)) {
    throw wrongValue(name, `sums that add up to that of all documents, ${roundExact(given)}`, roundExact(own));
  }
  return documents;
}

/** sum_d L_d^2 / n_d <= squares, as in checkSquares for each document, and squares <= sum_d L_d^2 if no term is negative. */
function checkDocumentSquares(name: string, documents: DocumentSums, squares: ExactSum, isSigned = false): void {
  const given = roundExact(finitePart(squares));
  let least = 0;
  let most = 0;
  for (const { size, sum } of documents) {
    const square = roundExact(finitePart(sum)) ** 2;
    // a document without finite terms has the square 0
    least += square / Math.max(1, size - sum.nan - sum.infinite);
    most += square;
  }
  const bound = given < least ? least : most;
  if (least > (1 + SLACK) * given + UNDERFLOW || (given > (1 + SLACK) * most + UNDERFLOW && !isSigned)) {
    throw wrongValue(name, `sums that go with the squares, ${given}`, bound);
  }
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
