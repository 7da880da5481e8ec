/**
 * The inner functions applied to arrays, for the tests and for scripts/ulp.mjs, which scans every float in the range of exp.
 */
import { C1, C2, C3, C4, C5, LOG2E, SHIFTER, addExp2, lowPart, lowestFor } from "./exp";
import { expOfPartsPass, expParts } from "./exp-single";
import { VECTOR, constant, keepBeforeLoop, opaqueZero } from "./lanes";
import { logLanes } from "./log";
import { R0, R1, R2, REST, logBesideK, logParts } from "./log-single";

/** For tests: f32 out[i] = exp(x[i]) for x <= 0, as the kernels compute it; `count` f32 rounded up to whole vectors. */
export function expLanes(x: usize, count: i32, out: usize): void {
  const zero = opaqueZero(count);
  const s = constant(<f32>LOG2E, zero);
  const sLow = constant(lowPart(LOG2E), zero);
  const lowest = constant(lowestFor(LOG2E), zero);
  const none = constant(0.0, zero);
  const shifter = constant(SHIFTER, zero);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  for (let i = 0; i < count; i += 4) {
    v128.store(out, addExp2(none, v128.load(x), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5));
    x += VECTOR;
    out += VECTOR;
  }
}

/** For tests: f64 out[i] = log(x[i]); `count` elements rounded up to two. */
export function logDouble(x: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i += 2) {
    v128.store(out, logLanes(v128.load(x)));
    x += VECTOR;
    out += VECTOR;
  }
}

/** For tests: f32 out[i] = e^x[i] for any x; `count` f32 rounded up to four, `scratch` as long. */
export function expSingle(x: usize, count: i32, out: usize, scratch: usize): void {
  expParts(x, count, 0, out, scratch);
  expOfPartsPass(out, scratch, count, out);
}

/** For tests: f32 out[i] = log(x[i]), -104.7 or -Infinity at 0; `count` f32 rounded up to four, `scratch` as long. */
export function logSingle(x: usize, count: i32, out: usize, scratch: usize): void {
  logParts(x, count, out, scratch);
  const zero = opaqueZero(count);
  const two = constant(2.0, zero);
  const rest = constant(REST, zero);
  const r0 = constant(R0, zero);
  const r1 = constant(R1, zero);
  const r2 = constant(R2, zero);
  for (let i = 0; i < count; i += 4) {
    const k = v128.load(scratch);
    v128.store(out, f32x4.add(k, logBesideK(v128.load(out), k, two, rest, r0, r1, r2)));
    out += VECTOR;
    scratch += VECTOR;
  }
  keepBeforeLoop(v128.xor(v128.xor(two, rest), v128.xor(r0, v128.xor(r1, r2))));
}
