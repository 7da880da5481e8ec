/**
 * Softcap: out = c tanh(x / c), applied to the logits before everything else (Gemma 2; nanochat's c = 15).
 *
 * Reads and writes `count` f32 rounded up to whole vectors; `out` may be `logits`. -inf gives -c as in PyTorch, NaN stays NaN.
 * Error: 7 ulp of the result, 4.5e-7 cap. Tests: test/kernels/tanh.test.ts.
 */
import { VECTOR } from "../math/lanes";
import { tanhLanes } from "../math/tanh";

/** out = cap tanh(logits / cap), `count` elements rounded up to four. */
export function softcap(logits: usize, count: i32, cap: f32, out: usize): void {
  const c = f32x4.splat(cap);
  for (let i = 0; i < count; i += 4) {
    v128.store(out, f32x4.mul(c, tanhLanes(f32x4.div(v128.load(logits), c))));
    logits += VECTOR;
    out += VECTOR;
  }
}
