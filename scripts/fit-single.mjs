// Computes the coefficients of assembly/math/exp-single.ts and log-single.ts (scripts/remez.mjs).
// Run: node scripts/fit-single.mjs
import { fitRounded, printCoefficients } from "./remez.mjs";

/** (e^r - 1 - r) / r^2, from its series. */
function beyondLinear(r) {
  let sum = 0;
  let term = 0.5;
  for (let k = 3; k < 30; k++) {
    sum += term;
    term *= r / k;
  }
  return sum;
}

/** (2 atanh s - 2 s) / (s z), z = s^2, from its series. */
function beyondTwice(z) {
  let sum = 0;
  let term = 2;
  for (let k = 3; k < 120; k += 2) {
    sum += term / k;
    term *= z;
  }
  return sum;
}

const half = Math.LN2 / 2;
// absolute error: e^r - 1 - r itself is used for small r, and has to keep its digits there
const exp = fitRounded({ target: beyondLinear, weight: () => 1, low: -half, high: half, terms: 5 });
console.log(`P(r), |r| <= ln(2) / 2: greatest error ${exp.worst.toExponential(2)}`);
printCoefficients("P", 0, exp.coefficients);

// relative to 2 atanh s, which contains z Q / 2
const weight = (z) => z / 2;
const wide = fitRounded({ target: beyondTwice, weight, low: 0, high: 1 / 9, terms: 4 });
console.log(`Q(z), z <= 1/9: greatest relative error of the logarithm ${wide.worst.toExponential(2)}`);
printCoefficients("Q", 0, wide.coefficients);

const s = (Math.SQRT2 - 1) / (Math.SQRT2 + 1);
const narrow = fitRounded({ target: beyondTwice, weight, low: 0, high: s * s, terms: 3 });
console.log(`Q(z), z <= ${(s * s).toFixed(5)}: greatest relative error of the logarithm ${narrow.worst.toExponential(2)}`);
printCoefficients("R", 0, narrow.coefficients);
