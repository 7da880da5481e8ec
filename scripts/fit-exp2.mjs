// Computes the coefficients of assembly/math/exp.ts: 2^f on [-1/2, 1/2] as 1 + f (c1 + f (c2 + ... c5)) with the least maximum
// relative error (scripts/remez.mjs on (2^f - 1) / f with weight |f| / 2^f).
// Run: node scripts/fit-exp2.mjs [degree]
import { fitRounded, printCoefficients } from "./remez.mjs";

const degree = Number(process.argv[2] ?? 5);

const { coefficients, worst } = fitRounded({
  // (2^f - 1) / f without cancellation
  target: (f) => (f === 0 ? Math.LN2 : Math.expm1(f * Math.LN2) / f),
  weight: (f) => Math.abs(f) / 2 ** f,
  low: -0.5,
  high: 0.5,
  terms: degree,
});
printCoefficients("c", 1, coefficients);
console.log(`greatest relative error of the polynomial: ${worst.toExponential(3)} (2^${Math.log2(worst).toFixed(2)})`);
