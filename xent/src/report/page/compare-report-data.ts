/** What the page of a comparison shows, collected batch by batch in memory that does not grow with the text. */
import { checkBatch, checkSnapshot, type ReportBatch } from "./collect/batches.js";
import { DoublingHistogram, type DoublingHistogramSnapshot } from "./collect/doubling-histogram.js";
import { ExtremeTokens, type ExtremeTokensSnapshot } from "./collect/extreme-tokens.js";
import { Histogram, type HistogramSnapshot } from "./collect/histogram.js";
import { ShortText, type ShortTextSnapshot } from "./collect/short-text.js";
import { TextBuckets, type TextBucketsSnapshot } from "./collect/text-buckets.js";

/** Nats: four bins a decade from 1e-10 to 100, all nearly as wide on a logarithmic axis. Literals: no power is computed. */
const KL_EDGES = [
  ...Array.from({ length: 12 }, (_, decade) => decade - 10).flatMap((exponent) =>
    ["1", "1.8", "3.2", "5.6"].map((step) => Number(`${step}e${exponent}`)),
  ),
  100,
];

/** Sums of each bucket; least and greatest are of the divergences. */
const SUMS = ["kl", "sameTop", "difference", "squaredDifference"] as const;

/** What one token is shown with. */
export type DivergingFigure = "baseLogProb" | "otherLogProb" | "sameTop";

const KIND = "compare report";
const FORM = 1;

export interface CompareReportOptions {
  /** Rows with this target are ignored. Default -100. */
  readonly ignoreIndex?: number;
}

/** The next rows' columns, as `compareLogits` gives them. */
export interface CompareReportBatch extends ReportBatch {
  /** Nats; NaN where either row has no distribution. */
  readonly klDivergences: ArrayLike<number>;
  readonly baseLogProbs: ArrayLike<number>;
  readonly otherLogProbs: ArrayLike<number>;
  readonly sameTop: ArrayLike<number>;
}

/** Plain data, of which JSON keeps every bit: `restore` goes on where it was taken. */
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
 * Collects what {@link compareReportPage} shows. Rows come once each and in order; how they are cut into batches, and whether the
 * collector went through `snapshot` and `restore` between two of them, does not change a byte of the page.
 *
 * Rows whose divergence is NaN or infinite, or where either loss is infinite, are counted and in no chart along the text.
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

  /** @throws TypeError when `snapshot` is none of a comparison's report, or of another version's form */
  static restore(snapshot: CompareReportSnapshot): CompareReportData {
    checkSnapshot(snapshot, KIND, FORM);
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
   * Adds the next rows; the arrays are read and not kept.
   * @throws RangeError when they are not the next rows or a column has another length; nothing was added then
   */
  add(batch: CompareReportBatch): void {
    const { targets, klDivergences, baseLogProbs, otherLogProbs, sameTop, texts } = batch;
    checkBatch(batch, this.#buckets.rows, { klDivergences, baseLogProbs, otherLogProbs, sameTop });
    for (let index = 0; index < targets.length; index++) {
      const id = targets[index] as number;
      const text = texts?.[index] ?? null;
      this.#addRow({ id, text }, id === this.#ignoreIndex, klDivergences[index] as number, {
        baseLogProb: baseLogProbs[index] as number,
        otherLogProb: otherLogProbs[index] as number,
        sameTop: sameTop[index] as number,
      });
    }
  }

  /** What the page shows. */
  read() {
    return {
      rows: this.#buckets.rows,
      tokens: this.#tokens,
      nanTokens: this.#nanTokens,
      /** Infinite divergences, or losses. */
      infiniteTokens: this.#infiniteTokens,
      /** Rows a bucket. */
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

export type CompareReportContents = ReturnType<CompareReportData["read"]>;
