/**
 * out = x^gamma = e^(gamma log x) for x >= 0 and gamma > 0, f32. 0 gives 0; NaN and numbers below 0 give NaN.
 *
 * e^y turns a relative error of y = gamma log x into one |y| times as large, so the result's is about 1.5e-7 (1 + gamma |log x|).
 * Reads and writes `count` f32 rounded up to four; `out` may be x. `scratch` has two blocks and must not overlap x.
 * Tests: test/losses/element-accuracy.test.ts, through the focal loss.
 */
import { expOfPartsPass, expParts } from "./exp-single";
import { VECTOR, constant, keepBeforeLoop, opaqueZero } from "./lanes";
import { R0, R1, R2, REST, logBesideK, logParts } from "./log-single";
import { BLOCK_BYTES } from "./passes";

export function powPass(x: usize, gamma: f64, count: i32, out: usize, scratch: usize): void {
  const k = scratch + BLOCK_BYTES;
  logParts(x, count, scratch, k);
  const zero = opaqueZero(count);
  const two = constant(2.0, zero);
  const rest = constant(REST, zero);
  const r0 = constant(R0, zero);
  const r1 = constant(R1, zero);
  const r2 = constant(R2, zero);
  const least = f32x4.splat(-Infinity);
  const gammas = f32x4.splat(<f32>gamma);
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const ks = v128.load(k + at);
    const log = f32x4.add(ks, logBesideK(v128.load(scratch + at), ks, two, rest, r0, r1, r2));
    const exact = v128.bitselect(least, log, f32x4.eq(v128.load(x + at), zero));
    v128.store(scratch + at, f32x4.mul(gammas, exact));
  }
  keepBeforeLoop(v128.xor(v128.xor(two, rest), v128.xor(r0, v128.xor(r1, r2))));
  expParts(scratch, count, 0, scratch, k);
  expOfPartsPass(scratch, k, count, out);
}
