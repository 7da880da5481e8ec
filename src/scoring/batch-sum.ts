import { addExact, addExactProduct, type ExactSum } from "./exact-sum.js";

/**
 * Adds many numbers to an exact sum, several times faster than one by one.
 *
 * Each number is split into digits: a multiple of 2^-10, one of 2^-40, and so on. Digits of the same place are integers times
 * that power of two, so their f64 sum is exact while it stays below 2^53 units. Only these sums are added to the exact sum.
 * Adding 1.5 x 2^(52 - 10) and subtracting it again rounds to a multiple of 2^-10, and so on for the other places.
 */
const PLACES: readonly number[] = [-10, -40, -70, -100, -130].map((exponent) => 1.5 * 2 ** (52 + exponent));

/** Numbers below 2^26 have digits of at most 2^36 units, so 2^16 of them stay below 2^53. Larger numbers are added one by one. */
const LIMIT = 2 ** 26;
const MOST_NUMBERS = 2 ** 16;

/** Products of numbers below this are below LIMIT. */
const FACTOR_LIMIT = 2 ** 13;

/** 2^27 + 1 splits an f64 into two halves of 26 bits, whose products are exact (T. J. Dekker 1971). */
const SPLITTER = 134217729;

/** Collects numbers for an exact sum. Call `flush` before reading the sum. */
export class BatchSum {
  readonly #sum: ExactSum;
  readonly #digits = new Float64Array(PLACES.length);
  #numbers = 0;

  constructor(sum: ExactSum) {
    this.#sum = sum;
  }

  /** Adds `value`, exactly. */
  add(value: number): void {
    // the negated comparison is also true for NaN
    if (!(Math.abs(value) < LIMIT)) {
      addExact(this.#sum, value);
      return;
    }
    const digits = this.#digits;
    let rest = value;
    for (let place = 0; rest !== 0 && place < PLACES.length; place++) {
      const rounder = PLACES[place];
      const digit = rest + rounder - rounder;
      digits[place] = digits[place] + digit;
      rest -= digit;
    }
    if (rest !== 0) addExact(this.#sum, rest);
    if (++this.#numbers === MOST_NUMBERS) this.flush();
  }

  /** Adds value^2, exactly. */
  addSquare(value: number): void {
    this.addProduct(value, value);
  }

  /** Adds a x b, exactly, unless the product is so small that its low part underflows: then the error is below 1e-300. */
  addProduct(a: number, b: number): void {
    if (!(Math.abs(a) < FACTOR_LIMIT && Math.abs(b) < FACTOR_LIMIT)) {
      addExactProduct(this.#sum, a, b);
      return;
    }
    const product = a * b;
    const [aScaled, bScaled] = [a * SPLITTER, b * SPLITTER];
    const [aHigh, bHigh] = [aScaled - (aScaled - a), bScaled - (bScaled - b)];
    const [aLow, bLow] = [a - aHigh, b - bHigh];
    this.add(product);
    this.add(aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow));
  }

  /** Adds the collected digits to the exact sum. */
  flush(): void {
    for (const digit of this.#digits) addExact(this.#sum, digit);
    this.#digits.fill(0);
    this.#numbers = 0;
  }
}
