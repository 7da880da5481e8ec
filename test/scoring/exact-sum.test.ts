import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BatchSum } from "../../src/scoring/batch-sum.js";
import {
  addExact,
  addExactProduct,
  canonicalSum,
  type ExactSum,
  emptySum,
  jointScatter,
  mergeExact,
  roundExact,
  scatter,
} from "../../src/scoring/exact-sum.js";

function sumOf(values: Iterable<number>): ExactSum {
  const sum = emptySum();
  for (const value of values) addExact(sum, value);
  return sum;
}

function batchSumOf(values: Iterable<number>): ExactSum {
  const sum = emptySum();
  const batch = new BatchSum(sum);
  for (const value of values) batch.add(value);
  batch.flush();
  return sum;
}

/** `value` x 2^1074, an integer for every f64. */
function asInteger(value: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0];
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = exponent === 0n ? fraction : ((1n << 52n) | fraction) << (exponent - 1n);
  return bits >> 63n === 0n ? magnitude : -magnitude;
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + asInteger(value), 0n);

/** Losses of every magnitude, and numbers at the edges of BatchSum's digits. */
const finite = fc.oneof(
  fc.double({ min: 0, max: 40, noNaN: true }),
  fc.double({ min: -1e-30, max: 1e-30, noNaN: true }),
  fc.double({ min: -1e80, max: 1e80, noNaN: true }),
  fc.integer({ min: -140, max: 70 }).map((exponent) => 2 ** exponent),
  fc.integer({ min: -140, max: 70 }).map((exponent) => -(2 ** exponent) * (1 + 2 ** -52)),
);
const values = fc.array(finite, { maxLength: 60 });

describe("an exact sum", () => {
  test("is exact: its partials equal the integer sum, one by one or in batches", () => {
    fc.assert(
      fc.property(values, (numbers) => {
        expect(total(sumOf(numbers).partials)).toBe(total(numbers));
        expect(total(batchSumOf(numbers).partials)).toBe(total(numbers));
      }),
    );
  });

  test("rounds to the nearest f64", () => {
    fc.assert(
      fc.property(values, (numbers) => {
        const exact = total(numbers);
        const rounded = roundExact(sumOf(numbers));
        const distance = (value: number) => {
          const difference = asInteger(value) - exact;
          return difference < 0n ? -difference : difference;
        };
        const bits = new BigInt64Array(Float64Array.of(rounded).buffer);
        for (const step of [-1n, 1n]) {
          const neighbour = new Float64Array(BigInt64Array.of(bits[0] + step).buffer)[0];
          if (Number.isFinite(neighbour)) expect(distance(rounded) <= distance(neighbour)).toBe(true);
        }
      }),
    );
  });

  test("keeps what plain addition loses, and breaks ties by the next partial", () => {
    expect(roundExact(sumOf([1e100, 1, -1e100]))).toBe(1);
    expect(roundExact(sumOf(Array.from({ length: 10 }, () => 0.1)))).toBe(1);
    expect(roundExact(sumOf([1, 2 ** -53]))).toBe(1);
    expect(roundExact(sumOf([1, 2 ** -53, 2 ** -200]))).toBe(1 + 2 ** -52);
    expect(roundExact(sumOf([1 + 2 ** -52, 2 ** -53, -(2 ** -200)]))).toBe(1 + 2 ** -52);
  });

  test("has the same bits in any order and any grouping", () => {
    const shuffled = values.chain((numbers) =>
      fc.tuple(
        fc.constant(numbers),
        fc.shuffledSubarray(numbers, { minLength: numbers.length, maxLength: numbers.length }),
        fc.nat(numbers.length),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([numbers, other, cut]) => {
        const merged = mergeExact(batchSumOf(other.slice(0, cut)), sumOf(other.slice(cut)));
        expect(roundExact(merged)).toBe(roundExact(sumOf(numbers)));
      }),
    );
  });

  test("has one canonical form, however it was added", () => {
    fc.assert(
      fc.property(values, fc.nat(60), (numbers, cut) => {
        const canonical = canonicalSum(sumOf(numbers));
        expect(total(canonical.partials)).toBe(total(numbers));
        const merged = mergeExact(batchSumOf(numbers.slice(cut).reverse()), sumOf(numbers.slice(0, cut)));
        expect(canonicalSum(merged)).toEqual(canonical);
        expect(roundExact(canonical)).toBe(roundExact(merged));
      }),
    );
    expect(canonicalSum(sumOf([1, Number.NaN, 1e200]))).toEqual({ partials: [1], nan: 1, infinite: 1 });
  });

  test("merging changes neither part", () => {
    const [a, b] = [sumOf([1e20, 1]), sumOf([1, 1e-20])];
    const before = JSON.stringify([a, b]);
    mergeExact(a, b);
    expect(JSON.stringify([a, b])).toBe(before);
  });

  test("more numbers than a batch holds", () => {
    const many = Array.from({ length: 2 ** 16 + 5 }, (_, index) => 1 / (index + 1));
    expect(total(batchSumOf(many).partials)).toBe(total(many));
    // the largest digits of a batch: their sum exceeds f64's exact integers unless it is flushed in time
    const large = Array.from({ length: 2 ** 18 + 1 }, () => 2 ** 26 - 2 ** -10);
    expect(total(batchSumOf(large).partials)).toBe(asInteger(2 ** 26 - 2 ** -10) * BigInt(large.length));
  });

  test("NaN and infinities are counted, and JSON keeps them", () => {
    const round = (numbers: number[]) => roundExact(JSON.parse(JSON.stringify(batchSumOf(numbers))));
    expect(round([1, Number.NaN, 2])).toBeNaN();
    expect(round([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(round([Number.NaN, Number.POSITIVE_INFINITY])).toBeNaN();
    expect(round([1e200])).toBe(Number.POSITIVE_INFINITY);
    expect(roundExact(emptySum())).toBe(0);
  });
});

describe("exact products", () => {
  // integers of products would need 2 x 1074 fraction bits; numbers near 1 lose none of them
  const factor = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => (Math.abs(value) < 1e-6 ? 0 : value));

  test("are summed without rounding", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(factor, factor), { maxLength: 20 }), (pairs) => {
        const sum = emptySum();
        for (const [a, b] of pairs) addExactProduct(sum, a, b);
        const exact = pairs.reduce((before, [a, b]) => before + asInteger(a) * asInteger(b), 0n);
        expect(total(sum.partials) << 1074n).toBe(exact);
      }),
    );
  });

  test("products and squares in batches too", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(factor, factor), { maxLength: 20 }), (pairs) => {
        const sum = emptySum();
        const batch = new BatchSum(sum);
        for (const [a, b] of pairs) {
          batch.addProduct(a, b);
          batch.addSquare(a);
        }
        batch.flush();
        const exact = pairs.reduce((before, [a, b]) => before + asInteger(a) * (asInteger(b) + asInteger(a)), 0n);
        expect(total(sum.partials) << 1074n).toBe(exact);
      }),
    );
  });

  test("the joint scatter is n^2 times the covariance, without cancellation errors", () => {
    const of = (a: number[], b: number[]) => {
      const products = emptySum();
      for (const [i, value] of a.entries()) addExactProduct(products, value, b[i]);
      return jointScatter(a.length, sumOf(a), sumOf(b), products);
    };
    expect(of([1, 2, 3], [2, 4, 6])).toBe(12);
    expect(of([1, 2, 3], [3, 2, 1])).toBe(-6);
    expect(of([1e6, 1e6 + 1], [1, 1 + 2 ** -40])).toBe(2 ** -40);
    expect(of([1, 2], [5, 5])).toBe(0);
    expect(of([1, 2], [Number.POSITIVE_INFINITY, 5])).toBeNaN();
  });

  test("the scatter of equal values is 0, and that of nearly equal values is accurate", () => {
    const scatterOf = (numbers: number[]) => {
      const squares = emptySum();
      for (const value of numbers) addExactProduct(squares, value, value);
      return scatter(numbers.length, sumOf(numbers), squares);
    };
    expect(scatterOf([10.82490511970208, 10.82490511970208, 10.82490511970208])).toBe(0);
    expect(scatterOf([1, 1 + 2 ** -40])).toBe(2 ** -80);
    expect(scatterOf([1e6, 1e6 + 1, 1e6 + 2])).toBe(6);
    expect(scatterOf([1, Number.NaN])).toBeNaN();
  });
});

test("a product with a number beyond 2^400 counts as infinite, whichever of the two it is", () => {
  for (const [a, b] of [
    [2 ** 401, 1],
    [1, -(2 ** 401)],
  ] as const) {
    const sum = emptySum();
    addExactProduct(sum, a, b);
    expect(sum).toEqual({ ...emptySum(), infinite: 1 });
  }
});
