/**
 * JavaScript's view of an engine's scratch region: the layout, the kernels, and typed arrays over the tiles and columns.
 *
 * Growing an unshared memory detaches these arrays. Every use therefore goes through `views()`, which recreates detached arrays
 * and otherwise costs one comparison.
 */
import { isHalf } from "../../half.js";
import type { Arena } from "../../memory/arena.js";
import { ELEMENT_CHUNK, GRADIENT_ELEMENTS, PIECE, SEGMENT, TILE_ELEMENTS, TILE_ROWS } from "../../memory/constants.js";
import { copyShared } from "../../memory/copy-shared.js";
import { type Layout, layoutAt } from "../../memory/layout.js";
import { isFloat64, isSharedBuffer } from "../../values.js";
import { isShared, type Kernels } from "../../wasm/module.js";
import type { FloatArray } from "../job.js";

/** Bytes past the end of an array that the kernels may read. */
const SLACK = 28;

/** Parts of the scratch region that hold f32 elements of an argument or a result. */
export type TileName = "tileA" | "tileB" | "panel" | "weight" | "posWeight" | "gradient";

export interface Views extends Readonly<Record<TileName, Float32Array>> {
  /** The start of tile A. */
  readonly piece: Float32Array;
  readonly target: Int32Array;
  readonly max: Float32Array;
  readonly rest: Float64Array;
  readonly nextMax: Float32Array;
  readonly nextRest: Float64Array;
  readonly targetLogit: Float32Array;
  readonly rowWeight: Float64Array;
  readonly upstream: Float64Array;
  readonly mass: Float64Array;
  readonly share: Float32Array;
  readonly whole: Float32Array;
  readonly rank: Int32Array;
  readonly loss: Float64Array;
  readonly z: Float64Array;
}

/** Where a job takes memory of its own, until it gives it back. */
export type Rooms = Pick<Arena, "allocate" | "free">;

export class Workspace {
  /** May be replaced by a larger set between jobs (BuildRunner), so every job reads it at its start. */
  kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly layout: Layout;
  /** Whether the memory is shared; copies then use copyShared. */
  readonly isShared: boolean;
  /** Memory for a job that needs more than the tiles. */
  readonly rooms: Rooms;
  readonly #olderBuffers = new WeakSet<ArrayBufferLike>();
  /** The memory's buffer when it was last read, because reading it takes 30 ns; and its size then, a lower bound. */
  #buffer: ArrayBufferLike | undefined;
  #leastBytes = 0;
  #views: Views | undefined;
  #words: Partial<Record<TileName, Uint16Array>> = {};

  constructor(kernels: Kernels, memory: WebAssembly.Memory, base: number, rooms: Rooms) {
    this.kernels = kernels;
    this.memory = memory;
    this.rooms = rooms;
    this.layout = layoutAt(base);
    this.isShared = isShared(memory);
    this.keepBuffer();
  }

  views(): Views {
    // a detached array has length 0
    if (this.#views && this.#views.loss.length > 0) return this.#views;
    const at = this.layout;
    const buffer = this.keepBuffer();
    this.#views = {
      tileA: new Float32Array(buffer, at.tileA, TILE_ELEMENTS),
      tileB: new Float32Array(buffer, at.tileB, TILE_ELEMENTS),
      panel: new Float32Array(buffer, at.panel, TILE_ELEMENTS),
      weight: new Float32Array(buffer, at.weight, SEGMENT),
      posWeight: new Float32Array(buffer, at.posWeight, ELEMENT_CHUNK),
      gradient: new Float32Array(buffer, at.gradient, GRADIENT_ELEMENTS),
      piece: new Float32Array(buffer, at.tileA, PIECE),
      target: new Int32Array(buffer, at.target, TILE_ROWS),
      max: new Float32Array(buffer, at.max, TILE_ROWS),
      rest: new Float64Array(buffer, at.rest, TILE_ROWS),
      nextMax: new Float32Array(buffer, at.nextMax, TILE_ROWS),
      nextRest: new Float64Array(buffer, at.nextRest, TILE_ROWS),
      targetLogit: new Float32Array(buffer, at.targetLogit, TILE_ROWS),
      mass: new Float64Array(buffer, at.mass, TILE_ROWS),
      share: new Float32Array(buffer, at.share, TILE_ROWS),
      whole: new Float32Array(buffer, at.whole, TILE_ROWS),
      upstream: new Float64Array(buffer, at.upstream, TILE_ROWS),
      rowWeight: new Float64Array(buffer, at.rowWeight, TILE_ROWS),
      rank: new Int32Array(buffer, at.rank, TILE_ROWS),
      loss: new Float64Array(buffer, at.loss, TILE_ROWS),
      z: new Float64Array(buffer, at.z, TILE_ROWS),
    };
    return this.#views;
  }

  /** A tile as 16-bit words, two per element. */
  words(tile: TileName): Uint16Array {
    const { buffer, byteOffset, length } = this.views()[tile];
    const known = this.#words[tile];
    if (known?.buffer === buffer) return known;
    const words = new Uint16Array(buffer, byteOffset, 2 * length);
    this.#words[tile] = words;
    return words;
  }

  /** Copies `source` to target[at ..]; one of the two is on this memory. */
  copy<T extends Float32Array | Uint16Array>(target: T, at: number, source: T): void {
    if (this.isShared) copyShared(at === 0 ? target : (target.subarray(at) as T), source);
    else if (at === 0) target.set(source);
    else target.set(source, at);
  }

  /** Address of `array` (or of its words) if the kernels can read it in place, slack included; else -1. */
  addressOf(array: FloatArray): number {
    if (isFloat64(array)) return -1;
    const view = isHalf(array) ? array.words : array;
    if (!this.isOwn(view.buffer)) return -1;
    const end = view.byteOffset + view.byteLength + SLACK;
    return end <= this.#leastBytes || end <= this.memory.buffer.byteLength ? view.byteOffset : -1;
  }

  /** Whether `buffer` is a current or earlier buffer object of this memory. */
  isOwn(buffer: ArrayBufferLike): boolean {
    // The most common cases first: an unshared buffer is never on a shared memory, nor a shared one on an unshared memory.
    if (buffer === this.#buffer && this.isShared) return true;
    if (isSharedBuffer(buffer) !== this.isShared) return false;
    if (this.#olderBuffers.has(buffer)) return true;
    if (buffer !== this.memory.buffer) return false;
    // remembered: when the memory grows next, it is still a buffer of this memory
    this.keepBuffer();
    return true;
  }

  /** Registers a buffer object that another thread created over this memory's bytes. */
  adopt(buffer: ArrayBufferLike): void {
    this.#olderBuffers.add(buffer);
  }

  /**
   * Remembers the memory's current buffer object. A shared memory gets a new one over the same bytes when it grows, and in V8
   * also when any other shared memory grows. Arrays on an older buffer object still belong to this memory.
   */
  keepBuffer(): ArrayBufferLike {
    const { buffer } = this.memory;
    this.#buffer = buffer;
    this.#leastBytes = buffer.byteLength;
    if (this.isShared) this.#olderBuffers.add(buffer);
    return buffer;
  }
}
