/** Collects the data of a comparison's page batch by batch, in memory that does not grow with the text. */
import { checkBatch, checkSnapshot, type ReportBatch } from "./collect/batches.js";
import { DoublingHistogram, type DoublingHistogramSnapshot } from "./collect/doubling-histogram.js";
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

/** Nats: four bins per decade from 1e-10 to 100, nearly equal on a logarithmic axis. Parsed from decimal, not computed. */
const KL_EDGES = [
  ...Array.from({ length: 12 }, (_, decade) => decade - 10).flatMap((exponent) =>
    ["1", "1.8", "3.2", "5.6"].map((step) => Number(`${step}e${exponent}`)),
  ),
  100,
];

/** Sums of each bucket; `least` and `greatest` refer to the divergences. */
const SUMS = ["kl", "sameTop", "difference", "squaredDifference"] as const;

/** Figures listed for a diverging token. */
export type DivergingFigure = "baseLogProb" | "otherLogProb" | "sameTop";

const KIND = "compare report";
const FORM = 1;

export interface CompareReportOptions {
  /** Rows with this target are ignored. Default -100. */
  readonly ignoreIndex?: number;
}

/** The columns of the next rows, as returned by `compareLogits`. */
export interface CompareReportBatch extends ReportBatch {
  /** Nats; NaN if either model's row has no distribution. */
  readonly klDivergences: ArrayLike<number>;
  readonly baseLogProbs: ArrayLike<number>;
  readonly otherLogProbs: ArrayLike<number>;
  readonly sameTop: ArrayLike<number>;
}

/** Plain data that JSON keeps exactly. `restore` continues from it. */
export interface CompareReportSnapshot {
  readonly kind: typeof KIND;
  readonly form: number;
  readonly ignoreIndex: number;
  readonly counts: readonly number[];
  readonly buckets: TextBucketsSnapshot;
  readonly divergences: HistogramSnapshot;
  readonly changes: DoublingHistogramSnapshot;
  readonly diverging: ExtremeTokensSnapshot<DivergingFigure>;
  readonly text: ShortTextSnapshot;
}

/**
 * Collects the data of {@link compareReportPage}. Rows must be added once each, in order. Neither the size of the batches nor a
 * `snapshot` and `restore` between two of them changes a byte of the page.
 *
 * Rows with a NaN or infinite divergence, or an infinite loss of either model, are counted but appear in no chart along the text.
 */
export class CompareReportData {
  readonly #ignoreIndex: number;
  #tokens = 0;
  #nanTokens = 0;
  #infiniteTokens = 0;
  #buckets = new TextBuckets(SUMS);
  #divergences = new Histogram(KL_EDGES);
  #changes = new DoublingHistogram();
  #diverging = new ExtremeTokens<DivergingFigure>();
  #text = new ShortText();

  private constructor(ignoreIndex: number) {
    this.#ignoreIndex = ignoreIndex;
  }

  static create({ ignoreIndex = -100 }: CompareReportOptions = {}): CompareReportData {
    return new CompareReportData(ignoreIndex);
  }

  /** @throws TypeError when `snapshot` is not of a comparison's report, or has another version's form */
  static restore(snapshot: CompareReportSnapshot): CompareReportData {
    checkSnapshot(snapshot, KIND, FORM);
    if (!SNAPSHOT(snapshot)) throw new RangeError(`snapshot: expected the members of a ${KIND}`);
    checkBuckets(snapshot.buckets, snapshot.counts, snapshot.text);
    const restored = new CompareReportData(snapshot.ignoreIndex);
    [restored.#tokens = 0, restored.#nanTokens = 0, restored.#infiniteTokens = 0] = snapshot.counts;
    restored.#buckets = TextBuckets.restore(SUMS, snapshot.buckets);
    restored.#divergences = Histogram.restore(KL_EDGES, snapshot.divergences);
    restored.#changes = DoublingHistogram.restore(snapshot.changes);
    restored.#diverging = ExtremeTokens.restore(snapshot.diverging);
    restored.#text = ShortText.restore(snapshot.text);
    return restored;
  }

  /**
   * Adds the next rows. The arrays are read and not kept.
   * @throws RangeError when the batch does not start at the next row, or a column has another length. Nothing is added then.
   */
  add(batch: CompareReportBatch): void {
    const { targets, klDivergences, baseLogProbs, otherLogProbs, sameTop, texts } = batch;
    checkBatch(batch, this.#buckets.rows, { klDivergences, baseLogProbs, otherLogProbs, sameTop });
    for (let index = 0; index < targets.length; index++) {
      const id = targets[index];
      const text = texts?.[index] ?? null;
      this.#addRow({ id, text }, id === this.#ignoreIndex, klDivergences[index], {
        baseLogProb: baseLogProbs[index],
        otherLogProb: otherLogProbs[index],
        sameTop: sameTop[index],
      });
    }
  }

  /** Returns the data of the page. */
  read() {
    return {
      rows: this.#buckets.rows,
      tokens: this.#tokens,
      nanTokens: this.#nanTokens,
      /** Rows with an infinite divergence or loss. */
      infiniteTokens: this.#infiniteTokens,
      /** Rows per bucket. */
      width: this.#buckets.width,
      buckets: this.#buckets.read(),
      divergences: this.#divergences,
      changes: this.#changes.bins(),
      diverging: this.#diverging.read(),
      text: this.#text.read(),
    };
  }

  snapshot(): CompareReportSnapshot {
    return {
      ...{ kind: KIND, form: FORM, ignoreIndex: this.#ignoreIndex },
      counts: [this.#tokens, this.#nanTokens, this.#infiniteTokens],
      buckets: this.#buckets.snapshot(),
      divergences: this.#divergences.snapshot(),
      changes: this.#changes.snapshot(),
      diverging: this.#diverging.snapshot(),
      text: this.#text.snapshot(),
    };
  }

  #addRow(
    token: { readonly id: number; readonly text: string | null },
    isIgnored: boolean,
    kl: number,
    figures: Readonly<Record<DivergingFigure, number>>,
  ): void {
    const kept = isIgnored || !this.#diverging.wants(kl) ? undefined : { value: kl, figures };
    this.#diverging.add(this.#buckets.rows, token, kept);
    this.#text.add(token.text, isIgnored ? undefined : kl);
    if (isIgnored) {
      this.#buckets.skip();
      return;
    }
    this.#tokens++;
    const { baseLogProb, otherLogProb, sameTop } = figures;
    const change = Math.exp(otherLogProb) - Math.exp(baseLogProb);
    if (!Number.isNaN(change)) this.#changes.add(change);
    if (Number.isFinite(kl)) this.#divergences.add(kl);
    const difference = baseLogProb - otherLogProb;
    if (Number.isFinite(kl) && Number.isFinite(difference)) {
      this.#buckets.add(kl, sameTop, difference, difference * difference);
      return;
    }
    if (Number.isNaN(kl)) this.#nanTokens++;
    else this.#infiniteTokens++;
    this.#buckets.addBroken();
  }
}

const isBin = (bin: unknown) => Number.isSafeInteger(bin) && Math.abs(bin as number) <= 2048;

const SNAPSHOT = objectOf({
  ...{ kind: isText, form: isCount, ignoreIndex: isFiniteNumber },
  counts: listOf(isCount, 3),
  buckets: bucketsOf(SUMS.length),
  divergences: histogramOf(KL_EDGES.length - 1),
  changes: objectOf({
    width: (width) => isFiniteNumber(width) && (width as number) > 0,
    counts: listOf(tupleOf(isBin, isCount)),
  }),
  diverging: extremesOf(["baseLogProb", "otherLogProb", "sameTop"]),
  text: SHORT_TEXT,
});

export type CompareReportContents = ReturnType<CompareReportData["read"]>;
