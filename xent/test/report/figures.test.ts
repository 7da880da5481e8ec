/** The figures of the pages against a loop over the logits in f64. */
import { expect, test } from "vitest";
import { compareLogits, scoreTokens } from "wasm-cross-entropy/deterministic";
import { ExactRandom } from "../../../test/support/exact-random.js";
import { CompareReportData, compareReportPage, ScoreReportData, scoreReportPage } from "../../src/report/page/index.js";
import { cellsOf, numbersIn, numeralsIn, pairsOf, sectionOf } from "./read-page.js";
import { IGNORED } from "./rows.js";

const ROWS = 900;
const CLASSES = 37;
const META = { title: "Figures", facts: [] };
const random = new ExactRandom(11);
const base = random.logits(ROWS * CLASSES, 2);
const other = base.map((logit) => logit + (random.uniform() - 0.5) / 2);
const targets = random.classes(ROWS, CLASSES);

/** Log-probabilities of a row. */
function logSoftmax(logits: Float32Array, row: number): number[] {
  const own = Array.from(logits.subarray(row * CLASSES, (row + 1) * CLASSES));
  const most = Math.max(...own);
  const logSum = most + Math.log(own.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
  return own.map((logit) => logit - logSum);
}

const kept = Array.from(targets.keys()).filter((row) => targets[row] !== IGNORED);
const rowsOf = (logits: Float32Array) =>
  kept.map((row) => {
    const logProbs = logSoftmax(logits, row);
    const logProb = logProbs[targets[row]];
    const greatest = Math.max(...logProbs);
    return {
      row,
      logProbs,
      logProb,
      rank: 1 + logProbs.filter((one) => one > logProb).length,
      best: Math.exp(greatest),
      greatest,
    };
  });
const own = rowsOf(base);
const others = rowsOf(other);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const stderr = (values: readonly number[]): number =>
  Math.sqrt((mean(values.map((value) => value * value)) - mean(values) ** 2) / (values.length - 1));

/** Half a unit of the last digit shown, plus the figure's f32 error. */
function toleranceOf(shown: string, value: number): number {
  const [digits = "", exponent = "0"] = shown.split("e");
  const decimals = digits.split(".")[1]?.length ?? 0;
  return 0.5 * 10 ** (Number(exponent) - decimals) + 2e-6 * Math.abs(value);
}

/** Expects the first numbers of a text to be these, to the digits shown. */
function expectShown(text: string | undefined, expected: readonly number[]): void {
  const found = numeralsIn(text ?? "");
  expect(found.length, text).toBeGreaterThanOrEqual(expected.length);
  for (const [index, value] of expected.entries()) {
    const shown = found[index] as string;
    expect(Math.abs(Number(shown) - value), `${text}: ${value}`).toBeLessThanOrEqual(toleranceOf(shown, value));
  }
}

test("score: totals, histogram, calibration and the most surprising tokens", () => {
  const scores = scoreTokens(base, targets, { topK: 1 });
  const data = ScoreReportData.create();
  data.add({ firstRow: 0, targets, ...scores });
  const page = scoreReportPage(data, scores.totals, META);

  const losses = own.map(({ logProb }) => -logProb);
  const bits = losses.map((loss) => loss / Math.LN2);
  const perplexity = Math.exp(mean(losses));
  const pairs = pairsOf(page);
  expect(pairs["rows"]).toBe(`${ROWS} (${ROWS - kept.length} ignored)`);
  expectShown(pairs["total loss"], [mean(losses) * kept.length]);
  expectShown(pairs["perplexity"], [perplexity, perplexity * stderr(losses)]);
  expectShown(pairs["bits per token"], [mean(bits)]);
  const hits = own.filter(({ rank }) => rank === 1).length;
  expectShown(pairs["accuracy"], [(100 * hits) / kept.length]);
  for (const best of [5, 10]) {
    const share = own.filter(({ rank }) => rank <= best).length / kept.length;
    expect(pairs[`target among the best ${best}`]).toBe(`${(100 * share).toFixed(2)} %`);
  }

  const bins = cellsOf(sectionOf(page, "losses")).map((cells) => numbersIn(cells.join(" ")));
  expect(bins.reduce((sum, [, , tokens]) => sum + (tokens as number), 0)).toBe(kept.length);
  for (const [from, to, tokens] of bins) {
    expect(tokens).toBe(bits.filter((one) => one >= (from as number) && one < (to as number)).length);
  }

  const calibration = cellsOf(sectionOf(page, "calibration"));
  expect(calibration.length).toBeGreaterThan(5);
  for (const [range = "", tokens, expected, observed] of calibration) {
    const [from = 0, to = 0] = numbersIn(range);
    const inRange = own.filter(({ best }) => best >= from / 100 && best < to / 100);
    expect(tokens).toBe(String(inRange.length));
    expectShown(expected, [100 * mean(inRange.map(({ best }) => best))]);
    expectShown(observed, [100 * mean(inRange.map(({ rank }) => (rank === 1 ? 1 : 0)))]);
  }

  const worst = [...own].sort((a, b) => a.logProb - b.logProb).slice(0, 20);
  const listed = cellsOf(sectionOf(page, "surprising"));
  expect(listed.map(([, row]) => Number(row))).toEqual(worst.map(({ row }) => row));
  expect(listed.map(([, , token]) => token)).toEqual(worst.map(({ row }) => `#${targets[row]}`));
  expect(listed.map(([, , , rank]) => Number(rank))).toEqual(worst.map(({ rank }) => rank));
  for (const [index, [found, , , , instead]] of listed.entries()) {
    const { logProb, logProbs, greatest, best } = worst[index] as (typeof worst)[number];
    expectShown(found, [-logProb / Math.LN2]);
    expect(instead?.split(" ")[0]).toBe(`#${logProbs.indexOf(greatest)}`);
    expectShown(instead?.split(" ")[1], [100 * best]);
  }
});

test("score: the running perplexity ends at that of the whole text", () => {
  const scores = scoreTokens(base, targets);
  const data = ScoreReportData.create();
  data.add({ firstRow: 0, targets, ...scores });
  const page = scoreReportPage(data, scores.totals, META);
  const { perplexity, perplexityStderr } = scores.totals;
  expectShown(sectionOf(page, "perplexity").split("at the end ")[1], [perplexity, perplexityStderr]);
  // without the best classes there is no calibration chart
  expect(page).not.toContain('id="calibration"');
});

test("score: a row without a distribution is a miss, at every rank", () => {
  const scores = scoreTokens(Float32Array.of(2, 1, Number.NaN, 1), [0, 0], { topK: 1 });
  const data = ScoreReportData.create();
  data.add({ firstRow: 0, targets: [0, 0], ...scores });
  const pairs = pairsOf(scoreReportPage(data, scores.totals, META));
  expect([5, 10, 100].map((best) => pairs[`target among the best ${best}`])).toEqual(["50.00 %", "50.00 %", "50.00 %"]);
  expect(pairs["perplexity"]).toBe("NaN ± NaN");
});

test("compare: totals, both histograms and the most diverging tokens", () => {
  const comparison = compareLogits(base, other, targets);
  const data = CompareReportData.create();
  data.add({ firstRow: 0, targets, ...comparison });
  const page = compareReportPage(data, comparison.totals, META);

  const divergences = own.map(({ row, logProbs }, index) => {
    const against = (others[index] as (typeof others)[number]).logProbs;
    const kl = logProbs.reduce((sum, logProb, at) => sum + Math.exp(logProb) * (logProb - against[at]), 0);
    return { row, kl };
  });
  const kls = divergences.map(({ kl }) => kl);
  const changes = own.map(({ logProb }, index) => Math.exp((others[index] as { logProb: number }).logProb) - Math.exp(logProb));
  const pairs = pairsOf(page);
  expectShown(pairs["mean KL divergence"], [mean(kls), stderr(kls)]);
  expectShown(pairs["mean change of probability"], [100 * mean(changes), 100 * stderr(changes)]);
  expectShown(pairs["RMS change of probability"], [100 * Math.sqrt(mean(changes.map((change) => change ** 2)))]);
  const ratio = Math.exp(mean(own.map(({ logProb }, index) => logProb - (others[index] as { logProb: number }).logProb)));
  expectShown(pairs["perplexity ratio"], [ratio]);
  expectShown(sectionOf(page, "ratio").split("at the end ")[1], [ratio]);

  const spread = cellsOf(sectionOf(page, "divergences")).map((cells) => numbersIn(cells.join(" ")));
  for (const [from, to, tokens] of spread) {
    expect(tokens).toBe(kls.filter((kl) => kl >= (from as number) && kl < (to as number)).length);
  }
  const bars = cellsOf(sectionOf(page, "changes")).map((cells) => numbersIn(cells.join(" ").replaceAll("−", "-")));
  const drawn = bars.reduce((sum, [, , tokens]) => sum + (tokens as number), 0);
  expect(drawn).toBeGreaterThanOrEqual(0.998 * kept.length - 1);
  const positive = bars.filter(([from]) => (from as number) >= 0).reduce((sum, [, , tokens]) => sum + (tokens as number), 0);
  const outside = kept.length - drawn;
  expect(Math.abs(positive - changes.filter((change) => change >= 0).length)).toBeLessThanOrEqual(outside);

  const worst = [...divergences].sort((a, b) => b.kl - a.kl).slice(0, 20);
  expect(cellsOf(sectionOf(page, "diverging")).map(([, row]) => Number(row))).toEqual(worst.map(({ row }) => row));
});
