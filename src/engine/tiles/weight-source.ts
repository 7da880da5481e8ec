/**
 * Loads element weights for the kernels, which take one per element. An array with one weight per element is read in place or
 * copied. Broadcast weights are expanded into a tile, chunk by chunk. If they repeat within the length of a chunk, they are
 * expanded once, and each chunk reads from its position in the pattern.
 */

import { ELEMENT_CHUNK, PATTERN_ELEMENTS } from "../../memory/constants.js";
import { ELEMENT_PARTS } from "../../memory/gradient-parts.js";
import { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/** Weights of an array with these axes: element (i_0, i_1, ...) has the weight data[sum of i_k stride_k]. */
export interface BroadcastWeights {
  readonly data: Float32Array | Float64Array;
  readonly axes: readonly { readonly size: number; readonly stride: number }[];
}

/** Runs shorter than this are written element by element: a call of `fill` or `set` costs about as much. */
const SHORT_RUN = 16;

export class WeightSource {
  /** Address of the loaded elements' first weight. */
  address = 0;
  readonly #workspace: Workspace;
  readonly #weights: BroadcastWeights;
  readonly #tile: "weight" | "posWeight";
  readonly #dense: TileSource | null;
  /** Elements after which the weights repeat; 0 if they do not repeat within a chunk. */
  readonly #period: number;
  /** Elements that the expanded pattern has to cover: a chunk from any position in the first period. */
  readonly #needed: number;
  #isSpread = false;

  constructor(workspace: Workspace, weights: BroadcastWeights, length: number, tile: "weight" | "posWeight") {
    this.#workspace = workspace;
    this.#weights = weights;
    this.#tile = tile;
    const flat = { rows: 1, classes: length, inner: 1, stride: length };
    this.#dense = weights.data.length === length ? new TileSource(workspace, weights.data, flat, tile) : null;
    const period = weights.axes[0]?.stride === 0 ? length / weights.axes[0].size : length;
    this.#period = period <= PATTERN_ELEMENTS - ELEMENT_CHUNK ? period : 0;
    this.#needed = period + Math.min(length, ELEMENT_CHUNK);
  }

  /** Loads the weights of `count` elements from `first` on to `address`. */
  load(first: number, count: number): void {
    if (this.#dense) {
      this.#dense.load(0, 1, first, count);
      this.address = this.#dense.address;
      return;
    }
    const part = ELEMENT_PARTS[this.#tile];
    const start = this.#workspace.layout.gradient + part * 4;
    const tile = this.#workspace.views().gradient.subarray(part, part + PATTERN_ELEMENTS);
    if (this.#period === 0) {
      spread(this.#weights, first, tile, 0, count);
      this.address = start;
      return;
    }
    if (!this.#isSpread) {
      spread(this.#weights, 0, tile, 0, this.#period);
      // doubles the pattern until it covers the needed length
      for (let length = this.#period; length < this.#needed; length *= 2) {
        tile.copyWithin(length, 0, Math.min(length, this.#needed - length));
      }
      this.#isSpread = true;
    }
    this.address = start + (first % this.#period) * 4;
  }
}

/** Writes the weights of `count` elements from `first` on to tile[to ..], one run of the last axis at a time. */
function spread({ data, axes }: BroadcastWeights, first: number, tile: Float32Array, to: number, count: number): void {
  const { size, stride } = axes.at(-1) ?? { size: 1, stride: 0 };
  for (let done = 0; done < count; ) {
    const within = (first + done) % size;
    const length = Math.min(size - within, count - done);
    const from = offsetOf(axes, Math.floor((first + done) / size)) + within * stride;
    writeRun(data, from, stride, tile, to + done, length);
    done += length;
  }
}

/** Offset of a run's first weight. `index` counts runs in row-major order of all axes but the last. */
function offsetOf(axes: BroadcastWeights["axes"], index: number): number {
  let offset = 0;
  let rest = index;
  for (let axis = axes.length - 2; axis >= 0; axis--) {
    const { size, stride } = axes[axis] as BroadcastWeights["axes"][number];
    offset += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return offset;
}

function writeRun(
  data: BroadcastWeights["data"],
  from: number,
  stride: number,
  tile: Float32Array,
  to: number,
  length: number,
): void {
  if (length < SHORT_RUN) {
    for (let i = 0; i < length; i++) tile[to + i] = data[from + i * stride];
  } else if (stride === 0) tile.fill(data[from], to, to + length);
  else tile.set(data.subarray(from, from + length), to);
}
