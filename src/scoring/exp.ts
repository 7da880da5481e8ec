/**
 * e^x in f64 from additions and products only, so that scores have the same bits in every JavaScript engine. (The last bit of
 * Math.exp differs between versions of V8.)
 *
 *   n = round(x log2 e),   r = (x - n hi) - n lo,   hi + lo = ln 2, hi of 32 bits, so that n hi is exact
 *   e^r by its series to degree 13 (relative remainder 4e-18),   e^x = 2^n e^r
 *
 * Within 2 ulp of Math.exp, 3 ulp for results below 2^-1022 (test/scoring/exp.test.ts). NaN, infinities, overflow and underflow
 * are as in Math.exp.
 */
const LN2_HIGH = 0.6931471803691238; // 0x1.62e42feep-1
const LN2_LOW = 1.9082149292705877e-10; // 0x1.a39ef35793c76p-33

/** 1 / k! for k = 13 down to 0. */
const SERIES = [
  1.6059043836821613e-10, 2.08767569878681e-9, 2.505210838544172e-8, 2.755731922398589e-7, 2.7557319223985893e-6,
  2.48015873015873e-5, 1.984126984126984e-4, 1.388888888888889e-3, 8.333333333333333e-3, 4.1666666666666664e-2,
  0.16666666666666666, 0.5, 1, 1,
];

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Index of the word that holds the exponent; depends on the byte order. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

export function exp(x: number): number {
  if (!(x > -746)) return Number.isNaN(x) ? x : 0;
  if (x > 710) return Number.POSITIVE_INFINITY;
  const n = Math.round(x * Math.LOG2E);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let power = 0;
  for (const coefficient of SERIES) power = power * r + coefficient;
  // in two steps, because 2^n alone may be out of range when the product is not
  const half = Math.trunc(n / 2);
  return power * powerOfTwo(half) * powerOfTwo(n - half);
}

/** 2^n for n in -1022 .. 1023. */
function powerOfTwo(n: number): number {
  words[HIGH] = (n + 1023) << 20;
  return double[0];
}
