/** Collects the data of a score's page batch by batch, in memory that does not grow with the text. */
import { checkBatch, checkSnapshot, type ReportBatch } from "./collect/batches.js";
import { Calibration, type CalibrationSnapshot } from "./collect/calibration.js";
import { ExtremeTokens, type ExtremeTokensSnapshot } from "./collect/extreme-tokens.js";
import { Histogram, type HistogramSnapshot } from "./collect/histogram.js";
import { ShortText, type ShortTextSnapshot } from "./collect/short-text.js";
import {
  bucketsOf,
  checkBuckets,
  extremesOf,
  histogramOf,
  isCount,
  isFiniteNumber,
  isText,
  listOf,
  objectOf,
  SHORT_TEXT,
  tupleOf,
} from "./collect/snapshots.js";
import { TextBuckets, type TextBucketsSnapshot } from "./collect/text-buckets.js";

/** Bits: from 0 to 32 in steps of one half. A uniform guess among 4 billion classes costs 32 bits. */
const LOSS_EDGES = Array.from({ length: 65 }, (_, index) => index / 2);

/** Sums of each bucket; `least` and `greatest` refer to the bits. */
const SUMS = ["bits", "squaredBits", "entropyBits"] as const;

/** Figures listed for a surprising token. */
export type SurprisingFigure = "rank" | "topId" | "topLogProb";

/** The page shows how often the target is among the best 1, 5, 10 and 100 classes. */
const RANKS = [1, 5, 10, 100] as const;

const KIND = "score report";
const FORM = 1;

export interface ScoreReportOptions {
  /** Rows with this target are ignored. Default -100. */
  readonly ignoreIndex?: number;
}

/** The columns of the next rows, as returned by `scoreTokens`. */
export interface ScoreReportBatch extends ReportBatch {
  /** Nats; NaN if the row has no distribution. */
  readonly logProbs: ArrayLike<number>;
  /** 1 is the best. */
  readonly ranks: ArrayLike<number>;
  /** Nats. */
  readonly entropies: ArrayLike<number>;
  readonly isGreedy: ArrayLike<number>;
  /** The best classes of each row, the same number for every row. Without them there is no calibration chart. */
  readonly topIds?: ArrayLike<number> | undefined;
  readonly topLogProbs?: ArrayLike<number> | undefined;
}

/** Plain data that JSON keeps exactly. `restore` continues from it. */
export interface ScoreReportSnapshot {
  readonly kind: typeof KIND;
  readonly form: number;
  readonly ignoreIndex: number;
  readonly counts: readonly number[];
  readonly ranks: readonly number[];
  readonly buckets: TextBucketsSnapshot;
  readonly losses: HistogramSnapshot;
  readonly calibration: CalibrationSnapshot;
  readonly surprising: ExtremeTokensSnapshot<SurprisingFigure>;
  readonly text: ShortTextSnapshot;
}

/**
 * Collects the data of {@link scoreReportPage}. Rows must be added once each, in order. Neither the size of the batches nor a
 * `snapshot` and `restore` between two of them changes a byte of the page.
 *
 * NaN and infinite losses are counted but appear in no chart of losses; infinite ones are among the most surprising tokens.
 */
export class ScoreReportData {
  readonly #ignoreIndex: number;
  #tokens = 0;
  #nanTokens = 0;
  #infiniteTokens = 0;
  readonly #ranks = RANKS.map(() => 0);
  #buckets = new TextBuckets(SUMS);
  #losses = new Histogram(LOSS_EDGES);
  #calibration = new Calibration();
  #surprising = new ExtremeTokens<SurprisingFigure>();
  #text = new ShortText();

  private constructor(ignoreIndex: number) {
    this.#ignoreIndex = ignoreIndex;
  }

  static create({ ignoreIndex = -100 }: ScoreReportOptions = {}): ScoreReportData {
    return new ScoreReportData(ignoreIndex);
  }

  /** @throws TypeError when `snapshot` is not of a score's report, or has another version's form */
  static restore(snapshot: ScoreReportSnapshot): ScoreReportData {
    checkSnapshot(snapshot, KIND, FORM);
    checkScoreSnapshot(snapshot);
    const restored = new ScoreReportData(snapshot.ignoreIndex);
    [restored.#tokens = 0, restored.#nanTokens = 0, restored.#infiniteTokens = 0] = snapshot.counts;
    restored.#ranks.splice(0, RANKS.length, ...snapshot.ranks);
    restored.#buckets = TextBuckets.restore(SUMS, snapshot.buckets);
    restored.#losses = Histogram.restore(LOSS_EDGES, snapshot.losses);
    restored.#calibration = Calibration.restore(snapshot.calibration);
    restored.#surprising = ExtremeTokens.restore(snapshot.surprising);
    restored.#text = ShortText.restore(snapshot.text);
    return restored;
  }

  /**
   * Adds the next rows. The arrays are read and not kept.
   * @throws RangeError when the batch does not start at the next row, or a column has another length. Nothing is added then.
   */
  add(batch: ScoreReportBatch): void {
    const { targets, logProbs, ranks, entropies, isGreedy, topIds, topLogProbs, texts } = batch;
    checkBatch(batch, this.#buckets.rows, { logProbs, ranks, entropies, isGreedy });
    const topK = checkTop(targets.length, topIds, topLogProbs);
    for (let index = 0; index < targets.length; index++) {
      const id = targets[index];
      const top = topK > 0 ? { topId: topIds?.[index * topK], topLogProb: topLogProbs?.[index * topK] } : {};
      this.#addRow({
        id,
        text: texts?.[index] ?? null,
        isIgnored: id === this.#ignoreIndex,
        bits: (0 - logProbs[index]) / Math.LN2,
        rank: ranks[index],
        entropyBits: entropies[index] / Math.LN2,
        isGreedy: isGreedy[index] === 1,
        topId: top.topId ?? -1,
        topLogProb: top.topLogProb ?? Number.NaN,
      });
    }
  }

  /** Returns the data of the page. */
  read() {
    return {
      rows: this.#buckets.rows,
      tokens: this.#tokens,
      nanTokens: this.#nanTokens,
      infiniteTokens: this.#infiniteTokens,
      /** Number of tokens whose target is among the best `rank` classes. */
      amongBest: RANKS.map((rank, index) => ({ rank, tokens: this.#ranks[index] })),
      /** Rows per bucket. */
      width: this.#buckets.width,
      buckets: this.#buckets.read(),
      losses: this.#losses,
      calibration: this.#calibration.bins(),
      surprising: this.#surprising.read(),
      text: this.#text.read(),
    };
  }

  snapshot(): ScoreReportSnapshot {
    return {
      ...{ kind: KIND, form: FORM, ignoreIndex: this.#ignoreIndex },
      counts: [this.#tokens, this.#nanTokens, this.#infiniteTokens],
      ranks: [...this.#ranks],
      buckets: this.#buckets.snapshot(),
      losses: this.#losses.snapshot(),
      calibration: this.#calibration.snapshot(),
      surprising: this.#surprising.snapshot(),
      text: this.#text.snapshot(),
    };
  }

  #addRow({ id, text, isIgnored, bits, rank, entropyBits, isGreedy, topId, topLogProb }: ScoredRow): void {
    const row = this.#buckets.rows;
    const kept = isIgnored || !this.#surprising.wants(bits) ? undefined : { value: bits, figures: { rank, topId, topLogProb } };
    this.#surprising.add(row, { id, text }, kept);
    this.#text.add(text, isIgnored ? undefined : bits);
    if (isIgnored) {
      this.#buckets.skip();
      return;
    }
    this.#tokens++;
    // a row with NaN has rank 0
    for (const [index, best] of RANKS.entries())
      if (rank >= 1 && rank <= best) this.#ranks[index] = (this.#ranks[index] ?? 0) + 1;
    if (!Number.isNaN(topLogProb)) this.#calibration.add(Math.exp(topLogProb), isGreedy);
    if (Number.isFinite(bits)) {
      this.#buckets.add(bits, bits * bits, entropyBits);
      this.#losses.add(bits);
      return;
    }
    if (Number.isNaN(bits)) this.#nanTokens++;
    else this.#infiniteTokens++;
    this.#buckets.addBroken();
  }
}

const SNAPSHOT = objectOf({
  ...{ kind: isText, form: isCount, ignoreIndex: isFiniteNumber },
  counts: listOf(isCount, 3),
  ranks: listOf(isCount, RANKS.length),
  buckets: bucketsOf(SUMS.length),
  losses: histogramOf(LOSS_EDGES.length - 1),
  calibration: listOf(tupleOf(isCount, isFiniteNumber, isCount), 10),
  surprising: extremesOf(["rank", "topId", "topLogProb"]),
  text: SHORT_TEXT,
});

/** @throws RangeError for a snapshot that no report has made */
function checkScoreSnapshot(snapshot: ScoreReportSnapshot): void {
  if (!SNAPSHOT(snapshot)) throw new RangeError(`snapshot: expected the members of a ${KIND}`);
  const { counts, ranks, buckets, losses, calibration, text } = snapshot;
  checkBuckets(buckets, counts, text);
  const [tokens = 0, nan = 0, infinite = 0] = counts;
  const inBins = losses.counts.reduce((sum, count) => sum + count, losses.below + losses.above);
  const isAscending = [...ranks, tokens].every((count, index) => index === 0 || count >= (ranks[index - 1] ?? 0));
  const hasHits = calibration.every(([all, , hits]) => hits <= all);
  if (inBins !== tokens - nan - infinite || !isAscending || !hasHits) {
    throw new RangeError(`snapshot: expected the counts of ${tokens} tokens`);
  }
}

/** One row of a batch. */
interface ScoredRow {
  readonly id: number;
  readonly text: string | null;
  readonly isIgnored: boolean;
  readonly bits: number;
  readonly rank: number;
  readonly entropyBits: number;
  readonly isGreedy: boolean;
  /** -1 if the best classes are unknown. */
  readonly topId: number;
  /** NaN if the best classes are unknown. */
  readonly topLogProb: number;
}

export type ScoreReportContents = ReturnType<ScoreReportData["read"]>;

/**
 * @returns the number of best classes per row
 * @throws RangeError when the two arrays differ in length, or the length is not a multiple of the number of rows
 */
function checkTop(rows: number, topIds: ArrayLike<number> | undefined, topLogProbs: ArrayLike<number> | undefined): number {
  if ((topIds?.length ?? 0) !== (topLogProbs?.length ?? 0)) {
    throw new RangeError(
      `batch.topLogProbs: expected ${topIds?.length ?? 0} entries, like topIds, got ${topLogProbs?.length ?? 0}`,
    );
  }
  const topK = rows === 0 ? 0 : (topIds?.length ?? 0) / rows;
  if (!Number.isInteger(topK)) {
    throw new RangeError(
      `batch.topIds: expected a multiple of ${rows} entries, the same number per target, got ${topIds?.length ?? 0}`,
    );
  }
  return topK;
}
