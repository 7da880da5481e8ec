/** Real logits: scoreTokens and compareLogits against totals that were computed independently, in f64. */
import { expect, it } from "vitest";
import type { ScoreTokensOptions } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { eachBackend } from "../losses/each-backend.js";
import { passage } from "./f64-losses.js";

const base = passage("devil");
const int8 = passage("devil", "int8");

/** Checks |actual / expected - 1| of each total. */
function expectNear(
  actual: object,
  expected: Readonly<Record<string, number>>,
  names: Readonly<Record<string, string>>,
  most: number,
) {
  for (const [own, other] of Object.entries(names)) {
    const value = (actual as Readonly<Record<string, number>>)[own];
    expect(Math.abs(value / expected[other] - 1), own).toBeLessThan(most);
  }
}

const TOTALS = {
  tokens: "tokens",
  bytes: "bytes",
  nats: "nats",
  perplexity: "perplexity",
  perplexityStderr: "perplexity_stderr",
  bitsPerToken: "bits_per_token",
  bitsPerByte: "bits_per_byte",
  accuracy: "accuracy",
};

function median(values: Iterable<number>): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

it("the reference agrees with the independently computed totals", () => {
  for (const { logits, targets, tokenBytes, expected } of [base, int8]) {
    expectNear(reference.scoreTokens(logits, targets, { tokenBytes }).totals, expected, TOTALS, 1e-12);
  }
});

eachBackend("a passage", (functions) => {
  it.each([
    ["f32", base],
    ["int8", int8],
  ])("scoreTokens of the %s model", (_, { logits, targets, tokenBytes, expected }) => {
    const options: ScoreTokensOptions = { tokenBytes };
    const { totals, entropies, ranks } = functions.scoreTokens(logits, targets, options);
    expectNear(totals, expected, TOTALS, 1e-7);
    const meanEntropy = entropies.reduce((sum, x) => sum + x, 0) / entropies.length;
    expect(Math.abs(meanEntropy / (expected.mean_entropy as number) - 1)).toBeLessThan(1e-6);
    expect(median(ranks)).toBe(expected.median_rank);
  });

  it("compareLogits of both models", () => {
    const { totals } = functions.compareLogits(base.logits, int8.logits, base.targets);
    expectNear(totals, base.compared, { meanKl: "mean_kl", medianKl: "median_kl", maxKl: "max_kl", sameTop: "same_top" }, 1e-9);
    expectNear(totals, base.expected, { basePerplexity: "perplexity", basePerplexityStderr: "perplexity_stderr" }, 1e-9);
    expectNear(totals, int8.expected, { otherPerplexity: "perplexity", otherPerplexityStderr: "perplexity_stderr" }, 1e-9);
    const { sums: _, ...figures } = totals;
    const { totals: expected } = reference.compareLogits(base.logits, int8.logits, base.targets);
    expect(Object.keys(figures)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) {
      const got = figures[name as keyof typeof figures];
      const pairs =
        typeof value === "number" ? [[got, value]] : Object.entries(value).map(([p, v]) => [(got as typeof value)[p], v]);
      for (const [actual, wanted] of pairs as [number, number][]) {
        expect(Math.abs(actual - wanted), `${name}: ${actual}, ${wanted}`).toBeLessThanOrEqual(1e-13 + 1e-8 * Math.abs(wanted));
      }
    }
  });
});
