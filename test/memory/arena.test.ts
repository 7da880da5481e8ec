/** The allocator against a model without free lists: only the live ranges and the memory granted so far. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Arena } from "../../src/memory/arena.js";

const PAGE = 65536;
const ALIGNMENT = 64;
const SLACK = 32;

interface Range {
  readonly start: number;
  readonly end: number;
}

type Step = { readonly allocate: number } | { readonly free: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ allocate: fc.oneof(fc.nat(300), fc.nat(40_000), fc.constantFrom(0, 32, 33, 65_504, 65_505)) }),
  },
  { weight: 2, arbitrary: fc.record({ free: fc.nat(1000) }) },
);

/** Grants pages at increasing addresses. Before each growth in `gaps`, someone else takes a page of the memory. */
function pages(
  most: number,
  gaps: ReadonlySet<number> = new Set(),
): { granted: Range[]; grow: (bytes: number) => Range | undefined } {
  const granted: Range[] = [];
  let next = PAGE;
  return {
    granted,
    grow: (bytes) => {
      const size = Math.ceil(bytes / PAGE) * PAGE;
      if (granted.reduce((total, range) => total + range.end - range.start, 0) + size > most * PAGE) return undefined;
      if (gaps.has(granted.length)) next += PAGE;
      const range = { start: next, end: next + size };
      next = range.end;
      granted.push(range);
      return range;
    },
  };
}

/** The parts of `granted` that no live range covers; adjacent ranges count as one. */
function holesOf(granted: readonly Range[], live: readonly Range[]): Range[] {
  const holes: Range[] = [];
  for (const { start, end } of joined(granted)) {
    let at = start;
    for (const range of joined(live)) {
      if (range.start < start || range.start >= end) continue;
      if (range.start > at) holes.push({ start: at, end: range.start });
      at = range.end;
    }
    if (at < end) holes.push({ start: at, end });
  }
  return holes;
}

function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last?.end === range.start) result[result.length - 1] = { start: last.start, end: range.end };
    else result.push(range);
  }
  return result;
}

function bytesIn(ranges: readonly Range[]): number {
  return ranges.reduce((total, { start, end }) => total + end - start, 0);
}

describe("Arena", () => {
  it("returns aligned ranges that never overlap, reuses freed memory before it grows, and reports when it is full", () => {
    const property = fc.property(fc.array(step, { maxLength: 60 }), fc.uniqueArray(fc.nat(6)), (steps, gaps) => {
      const { granted, grow } = pages(8, new Set(gaps));
      const live: Range[] = [];
      let growths = 0;
      const arena = new Arena((bytes) => {
        growths++;
        return grow(bytes);
      });
      for (const step of steps) {
        if ("free" in step) {
          const [range] = live.splice(step.free % Math.max(1, live.length), 1);
          if (range) expect(arena.free(range.start)).toBe(true);
          continue;
        }
        const needed = Math.ceil((step.allocate + SLACK) / ALIGNMENT) * ALIGNMENT;
        const fits = holesOf(granted, live).some((hole) => hole.end - hole.start >= needed);
        const growthsBefore = growths;
        const taken = arena.takenBytes;
        let start: number;
        try {
          start = arena.allocate(step.allocate);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          expect(fits, "full though a hole was large enough").toBe(false);
          expect(arena.takenBytes).toBe(taken);
          continue;
        }
        const range = { start, end: start + needed };
        expect(growths - growthsBefore, "growths").toBe(fits ? 0 : 1);
        expect(start % ALIGNMENT).toBe(0);
        expect(joined(granted).some((page) => page.start <= start && range.end <= page.end)).toBe(true);
        for (const other of live) expect(range.end <= other.start || other.end <= range.start, "overlap").toBe(true);
        live.push(range);
        expect(arena.holds(start, step.allocate)).toBe(true);
        expect(arena.takenBytes).toBe(bytesIn(live));
        expect(arena.freeBytes).toBe(bytesIn(granted) - bytesIn(live));
      }
      for (const { start } of live) expect(arena.free(start)).toBe(true);
      expect([arena.takenBytes, arena.freeBytes]).toEqual([0, bytesIn(granted)]);
      // all free ranges are merged again: the longest one can be allocated whole
      const longest = Math.max(0, ...holesOf(granted, []).map((hole) => hole.end - hole.start));
      const growthsBefore = growths;
      if (longest > 0) arena.allocate(longest - SLACK);
      expect(growths).toBe(growthsBefore);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("reserves 32 bytes past each array for the kernels' reads", () => {
    const arena = new Arena(pages(1).grow);
    const first = arena.allocate(32);
    const second = arena.allocate(33);
    const third = arena.allocate(0);
    expect([second - first, third - second]).toEqual([64, 128]);
  });

  it("reports whether any byte of a range is free", () => {
    const arena = new Arena(pages(1).grow);
    const [a, b, c] = [96, 96, 96].map((bytes) => arena.allocate(bytes));
    arena.free(b);
    const free = [b, c - 1, c + 128, 2 * PAGE - 1];
    const other = [a, b - 1, c, c + 127, 2 * PAGE, PAGE - 1];
    expect([...free, ...other].filter((at) => arena.isFree(at, at + 1))).toEqual(free);
    const wider = [arena.isFree(a, b), arena.isFree(a, b + 1), arena.isFree(c - 1, c + 128), arena.isFree(c, c + 128)];
    expect(wider).toEqual([false, true, true, false]);
    expect(arena.isFree(a, 2 * PAGE)).toBe(true);
  });

  it("leaves nothing free between two arrays where a third fills the hole exactly", () => {
    const arena = new Arena(pages(1).grow);
    const [a, b, c] = [96, 96, 96].map((bytes) => arena.allocate(bytes));
    arena.free(b);
    expect(arena.allocate(96)).toBe(b);
    expect(arena.isFree(a, c + 128)).toBe(false);
  });

  it("uses the first free range that is large enough", () => {
    const arena = new Arena(pages(1).grow);
    const starts = [1, 1, 1, 1, 1].map(() => arena.allocate(96));
    arena.free(starts[1]);
    arena.free(starts[3]);
    expect(arena.allocate(96)).toBe(starts[1]);
    expect(arena.allocate(97)).toBeGreaterThan(starts[4]);
    expect(arena.allocate(96)).toBe(starts[3]);
  });

  it.each([
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])("joins neighbours freed in the order %i, %i, %i", (...order) => {
    const arena = new Arena(pages(1).grow);
    const starts = [0, 0, 0].map(() => arena.allocate(1000));
    for (const which of order) arena.free(starts[which]);
    expect(arena.freeBytes).toBe(PAGE);
    expect(arena.allocate(PAGE - SLACK)).toBe(starts[0]);
  });

  it("reports used and free bytes when the memory is full, and allocates nothing", () => {
    const arena = new Arena(pages(1).grow);
    const start = arena.allocate(96);
    const full = new RangeError(
      "allocate: expected room for 65505 bytes, got a memory that is full (128 bytes taken, 65408 free)",
    );
    expect(() => arena.allocate(65505)).toThrow(full);
    expect([arena.takenBytes, arena.freeBytes]).toEqual([128, 65408]);
    arena.free(start);
    expect(arena.allocate(PAGE - SLACK)).toBe(start);
    expect(() => arena.allocate(0)).toThrow(
      new RangeError("allocate: expected room for 0 bytes, got a memory that is full (65536 bytes taken, 0 free)"),
    );
  });

  it("does not free an address twice, or one that it did not allocate", () => {
    const arena = new Arena(pages(1).grow);
    const start = arena.allocate(96);
    expect(arena.free(start + 64)).toBe(false);
    expect(arena.free(start)).toBe(true);
    expect(arena.free(start)).toBe(false);
    expect(arena.free(0)).toBe(false);
    expect(arena.freeBytes).toBe(PAGE);
  });

  it("holds: whether a live array starts at an address and has that many bytes", () => {
    const arena = new Arena(pages(1).grow);
    const start = arena.allocate(96);
    expect([arena.holds(start, 100), arena.holds(start, 128), arena.holds(start, 129)]).toEqual([true, true, false]);
    expect(arena.holds(start + 4, 10)).toBe(false);
    arena.free(start);
    expect(arena.holds(start, 100)).toBe(false);
  });
});
