import type { FloatData, IntegerData, IntegerTensor, NumberData } from "../arguments/types.js";
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf } from "../values.js";
import { BatchSum } from "./batch-sum.js";
import { emptySum, roundExact } from "./exact-sum.js";
import { byteCount, checkIntegers, checkKeys, checkLength, checkLoss, checkNats, checkNumber } from "./token-table.js";

/** Totals of a text: the sum of its losses, and its length in bytes. */
export interface NatsAndBytes {
  /** Sum of the losses, in nats. */
  readonly nats: number;
  /** Length of the text, in bytes. */
  readonly bytes: number;
}

/** The loss of each token, and the length of its text. */
export interface TokenNatsAndBytes {
  /** One loss per token, in nats. */
  readonly nats: NumberData;
  /** Bytes of each token's text; 0 for tokens without text. */
  readonly bytes: IntegerTensor;
}

/** The loss and the id of each token; the bytes come from a table over the vocabulary. */
export interface TokenNatsAndTargets {
  /** One loss per token, in nats. */
  readonly nats: NumberData;
  /** One id per token. Tokens with a negative id, or with `ignoreIndex`, do not count. */
  readonly targets: IntegerTensor;
  /** Bytes of each id of the vocabulary; 0 for special tokens. */
  readonly tokenBytes: IntegerTensor;
  /** A further id that does not count. */
  readonly ignoreIndex?: number | undefined;
}

/**
 * Bits per byte: a loss that is comparable between models with different tokenizers.
 *
 * ```text
 * bits per byte = nats / (ln 2 x bytes)
 * ```
 *
 * Takes totals, or arrays with one entry per token. With arrays, tokens of 0 bytes (special or ignored tokens) count neither
 * nats nor bytes, as in nanochat; their losses are not read and may be NaN. A total of 0 bytes gives Infinity. The sum of the
 * losses is exact and rounded once. Nothing is copied.
 *
 * @param input - `{ nats, bytes }`: totals, or arrays with one entry per token; or `{ nats, targets, tokenBytes, ignoreIndex? }`
 * with the bytes of each id of the vocabulary.
 * @returns Bits per byte, or Infinity for 0 bytes.
 * @throws TypeError when an argument is missing or unknown, or is not a number or an array of numbers
 * @throws RangeError when lengths differ, nats that count are negative (log-probabilities have to be negated) or not finite, a
 * number of bytes is negative or fractional, or an id is outside the table
 * Source: nanochat, `evaluate_bpb`.
 *
 * @example
 * ```ts
 * import { bitsPerByte } from "wasm-cross-entropy";
 *
 * bitsPerByte({ nats: 1004.4331868217507, bytes: 696 }); // => 2.082027
 * bitsPerByte({ nats: [Math.LN2, 9, Math.LN2], bytes: [1, 0, 3] }); // => 0.5
 * bitsPerByte({ nats: [Math.LN2, 9, Math.LN2], targets: [2, 0, 1], tokenBytes: [0, 3, 1] }); // => 0.5
 * ```
 */
export function bitsPerByte(totals: NatsAndBytes): number;
export function bitsPerByte(tokens: TokenNatsAndBytes): number;
export function bitsPerByte(tokens: TokenNatsAndTargets): number;
export function bitsPerByte(input: NatsAndBytes | TokenNatsAndBytes | TokenNatsAndTargets): number {
  if (typeof input !== "object" || input === null) {
    throw wrongType("bitsPerByte", "{ nats, bytes } or { nats, targets, tokenBytes }", input);
  }
  if (fieldOf(input as TokenNatsAndTargets, "targets") !== undefined) return overTable(input as TokenNatsAndTargets);
  checkKeys("bitsPerByte", input, ["nats", "bytes"]);
  const nats = fieldOf(input, "nats");
  const bytes = fieldOf(input as NatsAndBytes, "bytes");
  if (typeof nats === "number") return overTotals(checkLoss("nats", nats), bytes);
  return overTokens(nats, checkIntegers("bytes", bytes));
}

/** Bytes of the token `targets[index]`; 0 for an ignored token (a negative id, or `ignoreIndex`). */
export function bytesOfTarget(targets: IntegerData, index: number, tokenBytes: IntegerData, ignoreIndex?: number): number {
  const value: unknown = targets[index];
  const id = typeof value === "bigint" ? Number(value) : value;
  if (typeof id !== "number") throw wrongType(`targets[${index}]`, "an id", value);
  if (!Number.isInteger(id)) throw wrongValue(`targets[${index}]`, "a whole number", id);
  if (id < 0 || id === ignoreIndex) return 0;
  if (id >= tokenBytes.length) {
    const expected = `an id below ${tokenBytes.length} (tokenBytes.length), or a negative one`;
    throw wrongValue(`targets[${index}]`, expected, id);
  }
  return byteCount("tokenBytes", tokenBytes, id);
}

function overTotals(nats: number, bytes: unknown): number {
  const total = checkNumber("bytes", bytes);
  // Fractions are allowed: mean nats over mean bytes is the same ratio as that of the totals.
  if (!Number.isFinite(total) || total < 0) throw wrongValue("bytes", "a number >= 0", total);
  return ratio(nats, total);
}

function overTokens(natsInput: unknown, bytes: IntegerData): number {
  const nats = checkNats("nats", natsInput);
  checkLength("bytes", bytes.length, "nats", nats.length);
  return sum(nats, (index) => byteCount("bytes", bytes, index));
}

function overTable(input: TokenNatsAndTargets): number {
  checkKeys("bitsPerByte", input, ["nats", "targets", "tokenBytes", "ignoreIndex"]);
  const nats = checkNats("nats", fieldOf(input, "nats"));
  const targets = checkIntegers("targets", fieldOf(input, "targets"));
  const tokenBytes = checkIntegers("tokenBytes", fieldOf(input, "tokenBytes"));
  const ignoreIndex = fieldOf(input, "ignoreIndex");
  if (ignoreIndex !== undefined && !Number.isInteger(ignoreIndex)) {
    throw wrongValue("ignoreIndex", "a whole number", ignoreIndex);
  }
  checkLength("targets", targets.length, "nats", nats.length);
  return sum(nats, (index) => bytesOfTarget(targets, index, tokenBytes, ignoreIndex));
}

function sum(nats: FloatData, bytesAt: (index: number) => number): number {
  const total = emptySum();
  const collected = new BatchSum(total);
  let bytes = 0;
  for (let index = 0; index < nats.length; index++) {
    const count = bytesAt(index);
    if (count === 0) continue;
    collected.add(checkLoss(`nats[${index}]`, nats[index]));
    bytes += count;
  }
  collected.flush();
  return ratio(roundExact(total), bytes);
}

function ratio(nats: number, bytes: number): number {
  return bytes === 0 ? Number.POSITIVE_INFINITY : nats / (Math.LN2 * bytes);
}
