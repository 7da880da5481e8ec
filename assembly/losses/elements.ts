/**
 * Losses with one value per element, and their gradients, block by block (math/passes.ts):
 *
 *   loss[i] = w_i l(x_i, y_i),   grad[i] = scale u_i w_i dl / dx,   targetGrad[i] = scale u_i w_i dl / dy
 *
 * `kind` selects l; w are the weights and u the upstream gradients (0 pointers: none). `a` and `b` are
 * parameters of the kind: alpha and gamma of the focal loss, beta (as `a`) of the Jensen-Shannon divergence. Only binary
 * cross-entropy with logits reads `posWeight`. `sum` (0: none) receives the sum of the losses in f64.
 *
 * Reads `count` f32 of x and y, and of weight, posWeight and upstream where they are given. Writes exactly `count` f32 of loss
 * and, where they are given, of grad (which may be x) and targetGrad (which may be y). `scratch` has ELEMENT_SCRATCH_BYTES.
 * Tests: those of each kind, and test/kernels/elements.test.ts.
 */
import { ELEMENT_BLOCK, ELEMENT_SCRATCH_BYTES } from "../../src/memory/constants";
import { rowSum } from "../rows/row-sum";
import { BLOCK_BYTES, multiplyPass } from "../math/passes";
import { binaryCrossEntropyBlock } from "./binary-cross-entropy";
import { binaryCrossEntropyWithLogitsBlock } from "./binary-cross-entropy-with-logits";
import { jsDivBlock } from "./js-div-loss";
import { klDivBlock, klDivLogBlock, klDivMend } from "./kl-div-loss";
import { sigmoidFocalBlock } from "./sigmoid-focal-loss";

// The kinds. The build writes them to src/wasm/generated/kernels.ts for the callers.
const BINARY_CROSS_ENTROPY: i32 = 0;
const BINARY_CROSS_ENTROPY_WITH_LOGITS: i32 = 1;
const KL_DIV_LOSS: i32 = 2;
const KL_DIV_LOSS_OF_LOGS: i32 = 3;
const SIGMOID_FOCAL_LOSS: i32 = 4;
const JS_DIV_LOSS: i32 = 5;

/** After a block's temporary arrays: v y, then the pads, which hold the last one to three elements of each array as a vector. */
const PAD_BYTES: usize = 16;
const PADS: usize = ELEMENT_SCRATCH_BYTES - 8 * PAD_BYTES;
const POSITIVE: usize = PADS - BLOCK_BYTES;

/**
 * f32 loss[i] = w_i l(x_i, y_i), one value per element, l the loss of `kind`; where addresses are given also
 * f32 gradients and f64 sum.
 */
export function elementLoss(
  kind: i32, x: usize, y: usize, count: i32, weight: usize, posWeight: usize, upstream: usize, scale: f32, a: f64, b: f64,
  loss: usize, grad: usize, targetGrad: usize, sum: usize, scratch: usize,
): void {
  const isMended = sum != 0 && kind == KL_DIV_LOSS && grad != x && !targetGrad;
  losses(
    kind, x, y, count, weight, posWeight, upstream, scale, a, b, loss, grad, targetGrad, isMended, scratch,
  );
  if (!sum) return;
  store<f64>(sum, 0.0);
  rowSum(loss, 1, count, count, sum);
  const total = load<f64>(sum);
  if (!isMended || total == total) return;
  klDivMend(x, y, count, loss);
  store<f64>(sum, 0.0);
  rowSum(loss, 1, count, count, sum);
}

function losses(
  kind: i32, x: usize, y: usize, count: i32, weight: usize, posWeight: usize, upstream: usize, scale: f32, a: f64, b: f64,
  loss: usize, grad: usize, targetGrad: usize, isMended: bool, scratch: usize,
): void {
  let left = count;
  while (left >= 4) {
    const taken = left < ELEMENT_BLOCK ? left & ~3 : ELEMENT_BLOCK;
    const bytes = <usize>taken << 2;
    block(kind, x, y, taken, weight, posWeight, upstream, scale, a, b, loss, grad, targetGrad, isMended, scratch);
    x += bytes;
    y += bytes;
    loss += bytes;
    if (weight) weight += bytes;
    if (posWeight) posWeight += bytes;
    if (upstream) upstream += bytes;
    if (grad) grad += bytes;
    if (targetGrad) targetGrad += bytes;
    left -= taken;
  }
  if (left == 0) return;
  const pads = scratch + PADS;
  block(
    kind, padded(x, left, pads), padded(y, left, pads + PAD_BYTES), 4, padded(weight, left, pads + 2 * PAD_BYTES),
    padded(posWeight, left, pads + 3 * PAD_BYTES), padded(upstream, left, pads + 4 * PAD_BYTES), scale, a, b,
    pads + 5 * PAD_BYTES, grad ? pads + 6 * PAD_BYTES : 0, targetGrad ? pads + 7 * PAD_BYTES : 0, isMended, scratch,
  );
  copyFew(pads + 5 * PAD_BYTES, left, loss);
  if (grad) copyFew(pads + 6 * PAD_BYTES, left, grad);
  if (targetGrad) copyFew(pads + 7 * PAD_BYTES, left, targetGrad);
}

function block(
  kind: i32, x: usize, y: usize, count: i32, weight: usize, posWeight: usize, upstream: usize, scale: f32, a: f64, b: f64,
  loss: usize, grad: usize, targetGrad: usize, isMended: bool, scratch: usize,
): void {
  if (kind == BINARY_CROSS_ENTROPY) binaryCrossEntropyBlock(x, y, count, scale, loss, grad, targetGrad, scratch);
  else if (kind == BINARY_CROSS_ENTROPY_WITH_LOGITS) {
    let positive = y;
    if (posWeight) {
      positive = scratch + POSITIVE;
      multiplyPass(y, posWeight, count, positive);
    }
    binaryCrossEntropyWithLogitsBlock(x, y, positive, posWeight, count, scale, loss, grad, targetGrad, scratch);
  } else if (kind == KL_DIV_LOSS) klDivBlock(x, y, count, scale, loss, grad, targetGrad, isMended, scratch);
  else if (kind == KL_DIV_LOSS_OF_LOGS) klDivLogBlock(x, y, count, scale, loss, grad, targetGrad, scratch);
  else if (kind == SIGMOID_FOCAL_LOSS) sigmoidFocalBlock(x, y, count, a, b, scale, loss, grad, scratch);
  else if (kind == JS_DIV_LOSS) jsDivBlock(x, y, count, a, scale, loss, grad, scratch);
  else unreachable();
  if (weight) {
    multiplyPass(loss, weight, count, loss);
    if (grad) multiplyPass(grad, weight, count, grad);
    if (targetGrad) multiplyPass(targetGrad, weight, count, targetGrad);
  }
  if (upstream) {
    if (grad) multiplyPass(grad, upstream, count, grad);
    if (targetGrad) multiplyPass(targetGrad, upstream, count, targetGrad);
  }
}

/** Copies `count` (1..3) f32 to `pad` and returns `pad`; a null `x` stays null. */
function padded(x: usize, count: i32, pad: usize): usize {
  if (!x) return 0;
  copyFew(x, count, pad);
  return pad;
}

function copyFew(from: usize, count: i32, to: usize): void {
  const end = from + (<usize>count << 2);
  while (from < end) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += 4;
  }
}
