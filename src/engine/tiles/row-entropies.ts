/**
 * The entropies of a tile's rows. The statistics keep the exponentials, so that exp is computed once; a second pass sums over
 * them (see assembly/rows/softmax-entropy.ts).
 */
import { BLOCK, FEW_CLASSES, GRADIENT_ELEMENTS, GROUP_SLACK } from "../../memory/constants.js";
import { SCORE_PARTS } from "../../memory/gradient-parts.js";
import type { Workspace } from "./workspace.js";

/** The leading arguments of a row kernel; `stride` is in elements. */
export type LoadedRows = readonly [address: number, rows: number, classes: number, stride: number];

export class RowEntropies {
  readonly #workspace: Workspace;
  readonly #temperature: number;
  readonly #ignoreIndex: number;
  #nextPlace = 0;

  constructor(workspace: Workspace, temperature: number, ignoreIndex: number) {
    this.#workspace = workspace;
    this.#temperature = temperature;
    this.#ignoreIndex = ignoreIndex;
  }

  /**
   * Writes max and rest of a segment to their columns (first segment) or to `nextMax` and `nextRest` (later segments). Adds the
   * segment to the entropy sums.
   */
  measure(loaded: LoadedRows, isFirst: boolean): void {
    const { kernels, layout: at } = this.#workspace;
    const [address, rows, classes, stride] = loaded;
    const max = isFirst ? at.max : at.nextMax;
    const rest = isFirst ? at.rest : at.nextRest;
    const target = [at.target, this.#ignoreIndex, this.#temperature] as const;
    let exps = this.#place(rows * classes);
    let [refs, refStride] = [at.refs, Math.ceil(classes / BLOCK)];
    kernels.expRows(address, rows, classes, stride, ...target, max, rest, exps, classes, refs, refStride, at.expScratch);
    if (classes <= FEW_CLASSES) {
      // the exponentials are in groups of four rows, each row relative to its own maximum
      const grouped = exps;
      exps = this.#place(rows * classes);
      [refs, refStride] = [max, 1];
      kernels.ungroupRows(grouped, rows, classes, exps, classes);
    }
    const sums = [isFirst ? 0 : at.max, at.entropySum, at.entropyDot] as const;
    kernels.softmaxEntropyRows(address, rows, classes, stride, exps, classes, refs, refStride, ...target, max, rest, ...sums);
  }

  /** Writes the entropies to a column of f64. */
  finish(rows: number, out: number): void {
    const { kernels, layout: at } = this.#workspace;
    kernels.softmaxEntropyFinish(rows, this.#temperature, at.max, at.entropySum, at.entropyDot, out);
  }

  /** Returns the address of a place for `elements` exponentials. Takes places in turn; Exponentials.begin explains why. */
  #place(elements: number): number {
    const size = Math.ceil((elements + GROUP_SLACK) / 4) * 4;
    if (SCORE_PARTS.exponentials + this.#nextPlace + size > GRADIENT_ELEMENTS) this.#nextPlace = 0;
    const place = SCORE_PARTS.exponentials + this.#nextPlace;
    this.#nextPlace += size;
    return this.#workspace.layout.gradient + place * 4;
  }
}
