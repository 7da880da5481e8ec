/**
 * A small allocator over ranges of a WebAssembly memory: first fit in address order, neighbours joined on free. It only keeps the
 * books; the owner of the memory grows it (`grow`).
 */
import { wrongValue } from "../errors.js";

const ALIGNMENT = 64;
/** Kernels read up to 28 bytes past an array. */
const SLACK = 32;

interface Range {
  start: number;
  end: number;
}

export class Arena {
  readonly #free: Range[] = [];
  readonly #taken = new Map<number, Range>();
  readonly #grow: (bytes: number) => Range | undefined;

  /** `grow` adds at least `bytes` bytes and returns the new range, or undefined when the memory cannot grow. */
  constructor(grow: (bytes: number) => Range | undefined) {
    this.#grow = grow;
  }

  /** Allocated bytes, slack included. */
  get takenBytes(): number {
    let total = 0;
    for (const range of this.#taken.values()) total += range.end - range.start;
    return total;
  }

  /** Bytes that can be allocated without growing. */
  get freeBytes(): number {
    return this.#free.reduce((total, range) => total + range.end - range.start, 0);
  }

  /**
   * Allocates `bytes` bytes, aligned to 64 and with slack after them, and returns their start.
   *
   * @throws RangeError when neither the free ranges nor growth have room; nothing is allocated then.
   */
  allocate(bytes: number): number {
    const size = Math.ceil((bytes + SLACK) / ALIGNMENT) * ALIGNMENT;
    let range = this.#firstFit(size);
    if (!range) {
      const grown = this.#grow(size);
      if (grown) this.#release(grown);
      range = this.#firstFit(size);
    }
    if (!range) {
      throw wrongValue(
        "allocate",
        `room for ${bytes} bytes`,
        `a memory that is full (${this.takenBytes} bytes taken, ${this.freeBytes} free)`,
      );
    }
    const start = range.start;
    range.start += size;
    if (range.start === range.end) this.#free.splice(this.#free.indexOf(range), 1);
    this.#taken.set(start, { start, end: start + size });
    return start;
  }

  /** Frees the allocation that starts at `start`; false when there is none. */
  free(start: number): boolean {
    const range = this.#taken.get(start);
    if (!range) return false;
    this.#taken.delete(start);
    this.#release(range);
    return true;
  }

  /** Whether an allocation starts at `start` and has at least `bytes` bytes. */
  holds(start: number, bytes: number): boolean {
    const range = this.#taken.get(start);
    return range !== undefined && range.start + bytes <= range.end;
  }

  /** Whether any of these bytes are free: freed, or never allocated. */
  isFree(start: number, end: number): boolean {
    return this.#free.some((range) => range.start < end && start < range.end);
  }

  #firstFit(size: number): Range | undefined {
    return this.#free.find((range) => range.end - range.start >= size);
  }

  #release(range: Range): void {
    let at = this.#free.findIndex((other) => other.start > range.start);
    if (at < 0) at = this.#free.length;
    this.#free.splice(at, 0, { start: range.start, end: range.end });
    this.#joinWithNext(at);
    this.#joinWithNext(at - 1);
  }

  #joinWithNext(at: number): void {
    const range = this.#free[at];
    const next = this.#free[at + 1];
    if (!range || !next || range.end !== next.start) return;
    range.end = next.end;
    this.#free.splice(at + 1, 1);
  }
}
