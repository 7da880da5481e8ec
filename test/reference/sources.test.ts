/** The libraries' formulas, term by term, for numbers of moderate size, where they lose no digits. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { jsDivLossValueAndGrad, logSoftmax, polyLoss, sigmoidFocalLoss, softmax } from "../../src/reference/index.js";
import { Random, settings } from "../losses/random.js";
import { expectClose } from "../support/expect-close.js";

const tolerance = { atol: 1e-12, rtol: 1e-11 };

function withNormals(check: (random: Random, a: Float64Array, b: Float64Array) => void): void {
  const property = fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 12 }), (seed, length) => {
    const random = new Random(seed);
    check(random, Float64Array.from(random.normals(length, 2)), Float64Array.from(random.normals(length, 2)));
  });
  fc.assert(property, settings(100));
}

describe("the reference agrees with the sources' formulas", () => {
  it("torchvision.ops.sigmoid_focal_loss: ce (1 - p_t)^gamma, times alpha_t", () => {
    withNormals((random, logits) => {
      const targets = logits.map(() => random.uniform());
      const [alpha, gamma] = [random.uniform(), 4 * random.uniform()];
      const expected = logits.map((x, i) => {
        const y = targets[i];
        const p = 1 / (1 + Math.exp(-x));
        const ce = Math.max(x, 0) - x * y + Math.log(1 + Math.exp(-Math.abs(x)));
        const pt = p * y + (1 - p) * (1 - y);
        return (alpha * y + (1 - alpha) * (1 - y)) * ce * (1 - pt) ** gamma;
      });
      expectClose(sigmoidFocalLoss(logits, targets, { alpha, gamma, reduction: "none" }), expected, tolerance, "value");
    });
  });

  it("optax.losses.poly_loss_cross_entropy: cross-entropy + epsilon sum(labels (1 - softmax))", () => {
    withNormals((random, logits) => {
      const labels = Float64Array.from(random.distributions(1, logits.length));
      const p = softmax(logits);
      const logP = logSoftmax(logits);
      const epsilon = 4 * random.uniform() - 1;
      const sum = (term: (c: number) => number): number => labels.reduce((total, label, c) => total + label * term(c), 0);
      const expected = sum((c) => -logP[c]) + epsilon * sum((c) => 1 - p[c]);
      expectClose(polyLoss(logits, labels, { shape: [1, logits.length], epsilon }), expected, tolerance, "value");
    });
  });

  it("Liger's JSD kernel: loss and dX, over the number of rows", () => {
    withNormals((random, a, b) => {
      const [x, y] = [logSoftmax(a), logSoftmax(b)];
      const beta = [0, 1, 0.5, random.uniform()][random.integer(4)];
      const losses: number[] = [];
      const dX = x.map((logQ, c) => {
        const logP = y[c];
        const [q, p] = [Math.exp(logQ), Math.exp(logP)];
        if (beta === 0) {
          losses.push(p * (logP - logQ));
          return -p;
        }
        if (beta === 1) {
          const loss = q * (logQ - logP);
          losses.push(loss);
          return loss + q;
        }
        const m = beta * p + (1 - beta) * q;
        losses.push(beta * p * logP + (1 - beta) * q * logQ - m * Math.log(m));
        return (1 - beta) * q * (logQ - Math.log(m));
      });
      const total = losses.reduce((sum, loss) => sum + loss, 0);
      // the same row three times: the sum over the rows, divided by 3
      const thrice = (row: Float64Array): Float64Array => Float64Array.of(...row, ...row, ...row);
      const { value, grad } = jsDivLossValueAndGrad(thrice(x), thrice(y), { shape: [3, x.length], beta });
      expectClose(value, total, tolerance, "value");
      expectClose(
        grad,
        thrice(dX).map((slope) => slope / 3),
        tolerance,
        "grad",
      );
    });
  });
});
