/**
 * The entropies of a tile's rows: their statistics made with the exponentials kept, so that exp is computed once, and a second sum
 * over these (see assembly/rows/softmax-entropy.ts).
 */
import { BLOCK, FEW_CLASSES, GRADIENT_ELEMENTS, GROUP_SLACK } from "../../memory/constants.js";
import { SCORE_PARTS } from "../../memory/gradient-parts.js";
import type { Workspace } from "./workspace.js";

/** What the kernels of a tile's rows begin with: address, rows, classes, elements from row to row. */
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
   * Max and rest of a segment of rows, in their columns (the first segment's) or in `nextMax` and `nextRest`; the entropies' sums,
   * joined with those of the segments before.
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
      // in groups of four rows, each relative to its maximum
      const grouped = exps;
      exps = this.#place(rows * classes);
      [refs, refStride] = [max, 1];
      kernels.ungroupRows(grouped, rows, classes, exps, classes);
    }
    const sums = [isFirst ? 0 : at.max, at.entropySum, at.entropyDot] as const;
    kernels.softmaxEntropyRows(address, rows, classes, stride, exps, classes, refs, refStride, ...target, max, rest, ...sums);
  }

  /** Leaves the entropies in a column of f64. */
  finish(rows: number, out: number): void {
    const { kernels, layout: at } = this.#workspace;
    kernels.softmaxEntropyFinish(rows, this.#temperature, at.max, at.entropySum, at.entropyDot, out);
  }

  /** The address of a place for so many exponentials. Places are taken in turn, for the reason that Exponentials.begin tells. */
  #place(elements: number): number {
    const size = Math.ceil((elements + GROUP_SLACK) / 4) * 4;
    if (SCORE_PARTS.exponentials + this.#nextPlace + size > GRADIENT_ELEMENTS) this.#nextPlace = 0;
    const place = SCORE_PARTS.exponentials + this.#nextPlace;
    this.#nextPlace += size;
    return this.#workspace.layout.gradient + place * 4;
  }
}
