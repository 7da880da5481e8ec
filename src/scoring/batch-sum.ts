import { addExact, addExactProduct, type ExactSum } from "./exact-sum.js";

/**
 * Adds many numbers to an exact sum, several times faster than one by one.
 *
 * Each number is cut into digits: multiples of 2^-10, of 2^-40, and so on. Digits of one place are integers times that
 * power of two, so their f64 sum is exact as long as it stays below 2^53 of them; only these sums go to the exact sum.
 * Adding 1.5 x 2^(52 - 10) and taking it away again rounds to multiples of 2^-10: it leaves no bit below.
 */
const PLACES: readonly number[] = [-10, -40, -70, -100, -130].map((exponent) => 1.5 * 2 ** (52 + exponent));

/** Numbers below 2^26 have digits below 2^36 units; 2^16 of them stay below 2^53. Others are added one by one. */
const LIMIT = 2 ** 26;
const MOST_NUMBERS = 2 ** 16;

/** Products of numbers below this are below LIMIT. */
const FACTOR_LIMIT = 2 ** 13;

/** 2^27 + 1: splits an f64 into halves of 26 bits (T. J. Dekker 1971), whose products are exact. */
const SPLITTER = 134217729;

/** Numbers on their way into an exact sum: `flush` when done, before the sum is read. */
export class BatchSum {
  readonly #sum: ExactSum;
  readonly #digits = new Float64Array(PLACES.length);
  #numbers = 0;

  constructor(sum: ExactSum) {
    this.#sum = sum;
  }

  /** Adds `value`, exactly. */
  add(value: number): void {
    // written so that NaN takes this way, too
    if (!(Math.abs(value) < LIMIT)) {
      addExact(this.#sum, value);
      return;
    }
    const digits = this.#digits;
    let rest = value;
    for (let place = 0; rest !== 0 && place < PLACES.length; place++) {
      const rounder = PLACES[place] as number;
      const digit = rest + rounder - rounder;
      digits[place] = (digits[place] as number) + digit;
      rest -= digit;
    }
    if (rest !== 0) addExact(this.#sum, rest);
    if (++this.#numbers === MOST_NUMBERS) this.flush();
  }

  /** Adds value^2, exactly. */
  addSquare(value: number): void {
    this.addProduct(value, value);
  }

  /** Adds a x b, exactly (error below 1e-300 where the product is that small). */
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

  /** Hands over what was collected. */
  flush(): void {
    for (const digit of this.#digits) addExact(this.#sum, digit);
    this.#digits.fill(0);
    this.#numbers = 0;
  }
}
