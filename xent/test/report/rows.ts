/** Made-up columns of scores and comparisons, and pages of them. */

import { addComparisons, emptyComparison } from "../../../src/scoring/comparison-state.js";
import { comparisonTotals } from "../../../src/scoring/comparison-totals.js";
import { addScores, emptyScores, totalsOf } from "../../../src/scoring/totals.js";
import { ExactRandom } from "../../../test/support/exact-random.js";
import {
  CompareReportData,
  compareReportPage,
  type ReportMeta,
  ScoreReportData,
  scoreReportPage,
} from "../../src/report/page/index.js";

export const IGNORED = -100;
const TEXTS = [" the", "\n", "<b>", " &amp;", "\ud800", "ü", "", "“x”"];

export interface ScoreRows {
  readonly targets: Int32Array;
  readonly texts: readonly string[] | undefined;
  readonly logProbs: Float64Array;
  readonly ranks: Int32Array;
  readonly entropies: Float64Array;
  readonly isGreedy: Uint8Array;
  readonly topIds: Int32Array;
  readonly topLogProbs: Float64Array;
}

export interface CompareRows {
  readonly targets: Int32Array;
  readonly texts: readonly string[] | undefined;
  readonly klDivergences: Float64Array;
  readonly baseLogProbs: Float64Array;
  readonly otherLogProbs: Float64Array;
  readonly sameTop: Uint8Array;
}

/** Draws the kind of a row: one in eight is ignored, NaN or infinite. */
function kindOf(random: ExactRandom): "ignored" | "nan" | "infinite" | "finite" {
  return (["ignored", "nan", "infinite"] as const)[random.integer(24)] ?? "finite";
}

const nats = (random: ExactRandom): number => random.integer(4000) / 256;

export function scoreRows(rows: number, seed: number, hasTexts = true): ScoreRows {
  const random = new ExactRandom(seed);
  const columns = {
    targets: new Int32Array(rows),
    logProbs: new Float64Array(rows),
    ranks: new Int32Array(rows),
    entropies: new Float64Array(rows),
    isGreedy: new Uint8Array(rows),
    topIds: new Int32Array(rows),
    topLogProbs: new Float64Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const kind = kindOf(random);
    const isBroken = kind === "nan" || kind === "ignored";
    const loss = kind === "infinite" ? Number.POSITIVE_INFINITY : nats(random);
    columns.targets[row] = kind === "ignored" ? IGNORED : random.integer(TEXTS.length);
    columns.logProbs[row] = isBroken ? Number.NaN : -loss;
    columns.ranks[row] = isBroken ? 0 : 1 + random.integer(200);
    columns.entropies[row] = isBroken ? Number.NaN : nats(random);
    columns.isGreedy[row] = columns.ranks[row] === 1 ? 1 : 0;
    columns.topIds[row] = isBroken ? -1 : random.integer(TEXTS.length);
    columns.topLogProbs[row] = isBroken ? Number.NaN : -random.integer(512) / 128;
  }
  return { ...columns, texts: textsOf(columns.targets, hasTexts) };
}

export function compareRows(rows: number, seed: number, hasTexts = true): CompareRows {
  const random = new ExactRandom(seed);
  const columns = {
    targets: new Int32Array(rows),
    klDivergences: new Float64Array(rows),
    baseLogProbs: new Float64Array(rows),
    otherLogProbs: new Float64Array(rows),
    sameTop: new Uint8Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const kind = kindOf(random);
    const isBroken = kind === "nan" || kind === "ignored";
    const base = nats(random);
    const kl = random.uniform() ** 8;
    columns.targets[row] = kind === "ignored" ? IGNORED : random.integer(TEXTS.length);
    columns.klDivergences[row] = isBroken ? Number.NaN : kind === "infinite" ? Number.POSITIVE_INFINITY : kl;
    columns.baseLogProbs[row] = isBroken ? Number.NaN : -base;
    columns.otherLogProbs[row] = isBroken ? Number.NaN : -base * (0.75 + random.uniform() / 2);
    columns.sameTop[row] = isBroken ? 0 : random.integer(8) > 0 ? 1 : 0;
  }
  return { ...columns, texts: textsOf(columns.targets, hasTexts) };
}

function textsOf(targets: Int32Array, hasTexts: boolean): string[] | undefined {
  return hasTexts ? Array.from(targets, (id) => TEXTS[id] ?? "·") : undefined;
}

/** A range of rows as a batch. */
export function batchOf<Columns extends ScoreRows | CompareRows>(columns: Columns, from: number, to: number) {
  const cut = Object.entries(columns).map(([name, column]) => [name, column?.slice(from, to)]);
  return { firstRow: from, ...(Object.fromEntries(cut) as Columns) };
}

/** A cut between batches, and whether the collector goes through JSON there. */
export type Cut = readonly [row: number, restores: boolean];

export function scoreData(rows: ScoreRows, cuts: readonly Cut[] = []): ScoreReportData {
  let data = ScoreReportData.create();
  for (const { from, to, restores } of partsOf(rows.targets.length, cuts)) {
    data.add(batchOf(rows, from, to));
    if (restores) data = ScoreReportData.restore(JSON.parse(JSON.stringify(data.snapshot())));
  }
  return data;
}

export function compareData(rows: CompareRows, cuts: readonly Cut[] = []): CompareReportData {
  let data = CompareReportData.create();
  for (const { from, to, restores } of partsOf(rows.targets.length, cuts)) {
    data.add(batchOf(rows, from, to));
    if (restores) data = CompareReportData.restore(JSON.parse(JSON.stringify(data.snapshot())));
  }
  return data;
}

function partsOf(rows: number, cuts: readonly Cut[]): { from: number; to: number; restores: boolean }[] {
  const sorted: Cut[] = [...cuts.filter(([row]) => row <= rows)].sort(([a], [b]) => a - b);
  let from = 0;
  return [...sorted, [rows, false] as const].map(([to, restores]) => {
    const part = { from, to, restores };
    from = to;
    return part;
  });
}

const META: ReportMeta = { title: "A test", facts: [["source", "made up"]] };

const keptOf = (targets: Int32Array): Uint8Array => Uint8Array.from(targets, (target) => (target === IGNORED ? 0 : 1));

export function scorePage(rows: ScoreRows, cuts?: readonly Cut[], meta: Partial<ReportMeta> = {}): string {
  const state = emptyScores({ bytes: false });
  addScores(state, { nats: rows.logProbs.map((logProb) => 0 - logProb), greedy: rows.isGreedy, kept: keptOf(rows.targets) });
  return scoreReportPage(scoreData(rows, cuts), totalsOf(state), { ...META, ...meta });
}

export function comparePage(rows: CompareRows, cuts?: readonly Cut[], meta: Partial<ReportMeta> = {}): string {
  const state = emptyComparison();
  addComparisons(state, rows, keptOf(rows.targets));
  return compareReportPage(compareData(rows, cuts), comparisonTotals(state), { ...META, ...meta });
}
