/** The training of examples/train, short and small: both losses must teach the model the same. */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { countedBits } from "../../examples/train/counts.mjs";
import { FAST, type Loss, REFERENCE } from "../../examples/train/loss.mjs";
import { ByteModel } from "../../examples/train/model.mjs";
import { parseOptions, UsageError } from "../../examples/train/options.mjs";
import { seeded } from "../../examples/train/random.mjs";
import { sampleLines } from "../../examples/train/sample.mjs";
import { readText } from "../../examples/train/text.mjs";
import { DEFAULTS, Training } from "../../examples/train/training.mjs";

const SMALL = { ...DEFAULTS, steps: 200, batch: 32, context: 4, embedding: 12, hidden: 48, rate: 0.01 };
/** A look at every n-th held-out byte. */
const EVERY = 8;
const MAIN = fileURLToPath(new URL("../../examples/train/main.mjs", import.meta.url));
const text = readText();

function trained(loss: Loss, settings = SMALL): Training {
  const training = new Training(text, settings, loss);
  for (let step = 0; step < settings.steps; step++) training.step();
  return training;
}

describe("a short training", () => {
  const fast = trained(FAST);
  const reference = trained(REFERENCE);

  it("begins where all bytes are alike and learns more than which bytes are frequent", () => {
    expect(Math.abs(new Training(text, SMALL, FAST).heldOutBits(EVERY) - 8)).toBeLessThan(0.1);
    const known = countedBits(text, 0);
    expect(fast.heldOutBits(EVERY)).toBeLessThan(known - 0.8);
    expect(reference.heldOutBits(EVERY)).toBeLessThan(known - 0.8);
  });

  // 2 % is what the example promises of the whole training; so short a one has hardly drifted
  it("ends where the same training with the f64 reference ends", () => {
    expect(Math.abs(fast.heldOutBits() / reference.heldOutBits() - 1)).toBeLessThan(1e-4);
    expect(fast.model.weights).not.toEqual(reference.model.weights); // f32 and f64 it was, not one of them twice
  });

  it("gives the same numbers for the same seed, others for another", () => {
    expect(trained(FAST).model.weights).toEqual(fast.model.weights);
    expect(trained(FAST, { ...SMALL, seed: 2 }).model.weights).not.toEqual(fast.model.weights);
  });

  it("lets the model write printable lines that begin with the prompt", () => {
    const lines = sampleLines(fast.model, SMALL, "And God");
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/^And God[ -~]*$/);
  });
});

describe("the two losses", () => {
  // Adam hides a gradient that is wrong by a factor: a training would not tell
  it("have the same value and gradient", () => {
    const random = seeded(5);
    const logits = Float32Array.from({ length: 12 * 256 }, () => 8 * random() - 4);
    const targets = Int32Array.from({ length: 12 }, () => Math.floor(256 * random()));
    const grads = [new Float32Array(logits.length), new Float32Array(logits.length)] as const;
    const mean = FAST.meanAndGrad(logits, targets, grads[0]);
    expect(Math.abs(mean - REFERENCE.meanAndGrad(logits, targets, grads[1]))).toBeLessThan(1e-6);
    expect(Math.max(...grads[0].map((grad, i) => Math.abs(grad - grads[1][i])))).toBeLessThan(1e-7);
    targets.fill(-100, 5);
    expect(Math.abs(FAST.sum(logits, targets) - REFERENCE.sum(logits, targets))).toBeLessThan(1e-5);
  });
});

describe("the gradients of the model's weights", () => {
  it("are the slopes of the loss", () => {
    const sizes = { context: 4, embedding: 8, hidden: 8, batch: 8 };
    const model = new ByteModel(sizes, seeded(3));
    const contexts = Uint8Array.from({ length: sizes.batch * sizes.context }, (_, i) => (i * 7) % 5);
    const targets = Int32Array.from({ length: sizes.batch }, (_, i) => (i * 11) % 256);
    const logitsGrad = new Float32Array(model.logits.length);
    const loss = () => {
      model.forward(contexts);
      return REFERENCE.meanAndGrad(model.logits, targets, logitsGrad);
    };
    loss();
    model.backward(contexts, logitsGrad);

    // weights are f32: a step far smaller would drown in their rounding
    const STEP = 2 ** -7;
    for (let i = 0; i < model.weights.length; i += 13) {
      const weight = model.weights[i];
      model.weights[i] = weight + STEP;
      const above = loss();
      model.weights[i] = weight - STEP;
      const below = loss();
      model.weights[i] = weight;
      const slope = (above - below) / (2 * STEP);
      expect(Math.abs(model.gradients[i] - slope), `weight ${i}`).toBeLessThan(1e-5 + 1e-3 * Math.abs(slope));
    }
  });
});

describe("a model that counts", () => {
  it("gives a certainty its few bits", () => {
    const bytes = new Uint8Array(20_000).fill(97);
    expect(countedBits({ bytes, trained: 18_000 }, 1)).toBeLessThan(0.001);
  });
});

describe("options of the example", () => {
  it.each([
    [[], DEFAULTS],
    [["--steps", "10", "--batch", "8", "--seed", "0"], { ...DEFAULTS, steps: 10, batch: 8, seed: 0 }],
  ])("%j", (args, settings) => {
    expect(parseOptions(args)).toEqual({ settings, reference: false, json: false, help: false });
  });

  it.each([
    [["--stepz", "10"], "Unknown option '--stepz'"],
    [["10"], "Unexpected argument '10'"],
    [["--steps", "0"], '--steps: expected an integer from 1, got "0"'],
    [["--steps", "1e3"], '--steps: expected an integer from 1, got "1e3"'],
    [["--batch", "6"], "--batch: expected a multiple of 4, got 6"],
    [["--seed=-1"], '--seed: expected an integer from 0, got "-1"'],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});

describe("the command", () => {
  it("prints JSON and nothing else on stdout", () => {
    const stdout = execFileSync(process.execPath, [MAIN, "--steps", "4", "--json"], { encoding: "utf8", stdio: "pipe" });
    expect(JSON.parse(stdout)).toMatchObject({ loss: "wasm-cross-entropy", steps: 4, stepsDone: 4, heldOutBytes: 19_687 });
  });

  it("ends with exit code 2 and one line of what is wrong before the usage", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "--batch", "6"], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^--batch: expected a multiple of 4, got 6\n\nUsage: /);
  });
});
