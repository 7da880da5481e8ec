/** What the page of a score shows, collected batch by batch in memory that does not grow with the text. */
import { checkBatch, checkSnapshot, type ReportBatch } from "./collect/batches.js";
import { Calibration, type CalibrationSnapshot } from "./collect/calibration.js";
import { ExtremeTokens, type ExtremeTokensSnapshot } from "./collect/extreme-tokens.js";
import { Histogram, type HistogramSnapshot } from "./collect/histogram.js";
import { ShortText, type ShortTextSnapshot } from "./collect/short-text.js";
import { TextBuckets, type TextBucketsSnapshot } from "./collect/text-buckets.js";

/** Bits: from 0 to 32 by halves. A class chosen blindly among 4 billion is at the end. */
const LOSS_EDGES = Array.from({ length: 65 }, (_, index) => index / 2);

/** Sums of each bucket; least and greatest are of the bits. */
const SUMS = ["bits", "squaredBits", "entropyBits"] as const;

/** What one surprising token is shown with. */
export type SurprisingFigure = "rank" | "topId" | "topLogProb";

/** Targets among the best 1, 5, 10 and 100 classes. */
const RANKS = [1, 5, 10, 100] as const;

const KIND = "score report";
const FORM = 1;

export interface ScoreReportOptions {
  /** Rows with this target are ignored. Default -100. */
  readonly ignoreIndex?: number;
}

/** The next rows' columns, as `scoreTokens` gives them. */
export interface ScoreReportBatch extends ReportBatch {
  /** Nats; NaN where the row has no distribution. */
  readonly logProbs: ArrayLike<number>;
  /** 1 is the best. */
  readonly ranks: ArrayLike<number>;
  /** Nats. */
  readonly entropies: ArrayLike<number>;
  readonly isGreedy: ArrayLike<number>;
  /** The best classes of each row, as many a row as there are entries a target; without them there is no calibration. */
  readonly topIds?: ArrayLike<number> | undefined;
  readonly topLogProbs?: ArrayLike<number> | undefined;
}

/** Plain data, of which JSON keeps every bit: `restore` goes on where it was taken. */
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
 * Collects what {@link scoreReportPage} shows. Rows come once each and in order; how they are cut into batches, and whether the
 * collector went through `snapshot` and `restore` between two of them, does not change a byte of the page.
 *
 * Losses that are NaN or infinite are counted, and in no chart but the list of the most surprising tokens (infinite ones).
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

  /** @throws TypeError when `snapshot` is none of a score's report, or of another version's form */
  static restore(snapshot: ScoreReportSnapshot): ScoreReportData {
    checkSnapshot(snapshot, KIND, FORM);
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
   * Adds the next rows; the arrays are read and not kept.
   * @throws RangeError when they are not the next rows or a column has another length; nothing was added then
   */
  add(batch: ScoreReportBatch): void {
    const { targets, logProbs, ranks, entropies, isGreedy, topIds, topLogProbs, texts } = batch;
    checkBatch(batch, this.#buckets.rows, { logProbs, ranks, entropies, isGreedy });
    const topK = checkTop(targets.length, topIds, topLogProbs);
    for (let index = 0; index < targets.length; index++) {
      const id = targets[index] as number;
      const top = topK > 0 ? { topId: topIds?.[index * topK], topLogProb: topLogProbs?.[index * topK] } : {};
      this.#addRow({
        id,
        text: texts?.[index] ?? null,
        isIgnored: id === this.#ignoreIndex,
        bits: (0 - (logProbs[index] as number)) / Math.LN2,
        rank: ranks[index] as number,
        entropyBits: (entropies[index] as number) / Math.LN2,
        isGreedy: isGreedy[index] === 1,
        topId: top.topId ?? -1,
        topLogProb: top.topLogProb ?? Number.NaN,
      });
    }
  }

  /** What the page shows. */
  read() {
    return {
      rows: this.#buckets.rows,
      tokens: this.#tokens,
      nanTokens: this.#nanTokens,
      infiniteTokens: this.#infiniteTokens,
      /** Tokens whose target is among the best so many classes. */
      amongBest: RANKS.map((rank, index) => ({ rank, tokens: this.#ranks[index] as number })),
      /** Rows a bucket. */
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

/** One row of a batch. */
interface ScoredRow {
  readonly id: number;
  readonly text: string | null;
  readonly isIgnored: boolean;
  readonly bits: number;
  readonly rank: number;
  readonly entropyBits: number;
  readonly isGreedy: boolean;
  /** -1, and NaN, where the best classes are not known. */
  readonly topId: number;
  readonly topLogProb: number;
}

export type ScoreReportContents = ReturnType<ScoreReportData["read"]>;

/** @returns how many best classes there are a row */
function checkTop(rows: number, topIds: ArrayLike<number> | undefined, topLogProbs: ArrayLike<number> | undefined): number {
  if ((topIds?.length ?? 0) !== (topLogProbs?.length ?? 0)) {
    throw new RangeError(
      `batch.topLogProbs: expected ${topIds?.length ?? 0} entries, as topIds, got ${topLogProbs?.length ?? 0}`,
    );
  }
  const topK = rows === 0 ? 0 : (topIds?.length ?? 0) / rows;
  if (!Number.isInteger(topK)) {
    throw new RangeError(`batch.topIds: expected a multiple of ${rows} entries, as many a target, got ${topIds?.length ?? 0}`);
  }
  return topK;
}
