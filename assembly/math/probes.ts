/**
 * The inner functions over arrays, for the tests and for scripts/exp-ulp.mjs, which scans every float of the exp's range.
 */
import { C1, C2, C3, C4, C5, LOG2E, SHIFTER, addExp2, lowPart, lowestFor } from "./exp";
import { VECTOR, constant, opaqueZero } from "./lanes";
import { logLanes } from "./log";

/** out[i] = exp(x[i]) for x <= 0, as the kernels compute it; `count` f32 rounded up to whole vectors. */
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

/** out[i] = log(x[i]); `count` f64 rounded up to two. */
export function logDouble(x: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i += 2) {
    v128.store(out, logLanes(v128.load(x)));
    x += VECTOR;
    out += VECTOR;
  }
}
