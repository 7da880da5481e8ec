/**
 * Losses of one value an element, and their gradients, block by block (math/passes.ts):
 *
 *   loss[i] = w_i l(x_i, y_i),   grad[i] = scale u_i w_i dl / dx,   targetGrad[i] = scale u_i w_i dl / dy
 *
 * with l by `kind` (src/memory/constants.ts), w the weights and u the upstream gradients, each 0 for none. `a` and `b` are the kind's own numbers:
 * alpha and gamma of the focal loss, beta of the Jensen-Shannon divergence. `posWeight` belongs to binary cross-entropy with logits alone.
 *
 * `sum` (0: none) takes their sum in f64.
 *
 * Reads `count` f32 of x, y and of weight, posWeight, upstream where they are given; writes `count` f32 of loss and, where they are
 * given, of grad (which may be x) and targetGrad (which may be y): not a byte more. `scratch` has ELEMENT_SCRATCH_BYTES. Tests: the kinds'
 * own, and test/kernels/elements.test.ts.
 */
import {
  BINARY_CROSS_ENTROPY, BINARY_CROSS_ENTROPY_WITH_LOGITS, ELEMENT_BLOCK, ELEMENT_SCRATCH_BYTES, KL_DIV_LOSS, KL_DIV_LOSS_OF_LOGS,
  SIGMOID_FOCAL_LOSS,
} from "../../src/memory/constants";
import { rowSum } from "../rows/row-sum";
import { BLOCK_BYTES, multiplyPass } from "../math/passes";
import { binaryCrossEntropyBlock } from "./binary-cross-entropy";
import { binaryCrossEntropyWithLogitsBlock } from "./binary-cross-entropy-with-logits";
import { jsDivBlock } from "./js-div-loss";
import { klDivBlock, klDivLogBlock, klDivMend } from "./kl-div-loss";
import { sigmoidFocalBlock } from "./sigmoid-focal-loss";

/** Behind a block's temporary arrays v y, and the last elements of each array, up to three, padded to four. */
const PAD_BYTES: usize = 16;
const PADS: usize = ELEMENT_SCRATCH_BYTES - 8 * PAD_BYTES;
const POSITIVE: usize = PADS - BLOCK_BYTES;

/** f32 loss and, where an address is given, grad and targetGrad of a loss of one value per element; f64 sum. */
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
  else jsDivBlock(x, y, count, a, scale, loss, grad, scratch);
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

/** Copies `count` (1..3) f32 to `pad`, which is the result; 0 stays 0. */
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
