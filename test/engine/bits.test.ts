/** An engine gives the plain functions' results to the bit: any number of threads, arrays anywhere. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import type { Engine } from "../../src/index.js";
import { settings } from "../losses/random.js";
import { type Bits, bitsOf, type Call, callsOf, difference, makeCall } from "../support/calls.js";
import { callOn, type Placing, wakefulEngine, watchedHost } from "../support/engines.js";
import { isLong } from "../support/long.js";

const PLACINGS: readonly Placing[] = ["plain", "engine", "shared"];

/** Threads on machines of some processors, with callers that compute parts of a job and such that only copy. */
const ENGINES: readonly (readonly [threads: number, processors: number, mayCompute: boolean])[] = [
  [1, 2, true],
  [2, 2, true],
  [3, 8, true],
  [3, 8, false],
  [5, 8, true],
];

const engines = new Map<string, Engine>();
for (const [threads, processors, mayCompute] of ENGINES) {
  const host = watchedHost({ threads: () => processors, mayCompute });
  const name = `${threads} threads on ${processors} processors, the caller ${mayCompute ? "computes" : "only copies"}`;
  engines.set(name, await wakefulEngine({ threads, deterministic: true }, host));
}
afterAll(() => Promise.all(Array.from(engines.values(), (engine) => engine.close())));

function expectSame(actual: unknown, expected: Bits, what: string): void {
  expect(difference(actual, expected), what).toBeUndefined();
}

/** Calls, and what the plain functions make of them. */
interface Known {
  readonly calls: readonly Call[];
  readonly expected: readonly Bits[];
}

function known(shape: readonly number[], axis: number, seed: number): Known {
  const calls = callsOf(shape, axis, seed);
  return { calls, expected: calls.map((call) => bitsOf(makeCall(deterministic, call))) };
}

/** Every call on an engine, all at once, each against the plain function. */
async function expectSameAsPlain(engine: Engine, { calls, expected }: Known, placing: Placing, what: string): Promise<void> {
  const results = await Promise.all(calls.map((call) => callOn(engine, call, placing)));
  for (const [i, { name, variant }] of calls.entries()) {
    expectSame(results[i], expected[i] as Bits, `${name} (${variant}), ${placing} arrays, ${what}`);
  }
  expect(engine.info().takenBytes, "memory that calls have left taken").toBe(0);
}

const shapes: readonly (readonly [shape: readonly number[], axis: number, what: string])[] = [
  [[1, 3], -1, "less than a tile"],
  [[3500, 10], -1, "few classes: rows in groups of eight"],
  [[60, 50, 3], 1, "outer indices, several a tile"],
  [[2, 20000], -1, "two rows, each more than a tile"],
  [[700, 129], -1, "several tiles"],
  [[18, 4000], -1, "a few rows a tile"],
  [[3, 65600], -1, "rows of two segments"],
  [[1, 140000], -1, "one row of three segments, fewer parts than threads"],
  [[1, 132000, 2], 1, "columns of three segments"],
  [[2, 11, 3000], 1, "outer indices of several tiles"],
];
const isLarge = (shape: readonly number[]): boolean => shape.reduce((product, size) => product * size, 1) > 20_000;
const largeShapes = shapes.filter(([shape]) => isLarge(shape));

/**
 * Engines and placings of a shape: all of them for small arrays. For large arrays each placing on one engine, another one for each
 * shape, so that five shapes meet all pairs; `npm run test:long` runs all pairs for each shape.
 */
function pairsOf(shape: readonly number[]): readonly (readonly [engine: string, placing: Placing])[] {
  const names = Array.from(engines.keys());
  const turn = PLACINGS.length * largeShapes.findIndex(([large]) => large === shape);
  if (turn < 0 || isLong) return names.flatMap((name) => PLACINGS.map((placing) => [name, placing] as const));
  return PLACINGS.map((placing, i) => [names[(turn + i) % names.length] as string, placing]);
}

describe.each(shapes)("%j, axis %i: %s", (shape, axis) => {
  let plain: Known;
  beforeAll(() => {
    plain = known(shape, axis, 7);
  });

  it.each(pairsOf(shape))("%s, %s arrays", async (name, placing) => {
    await expectSameAsPlain(engines.get(name) as Engine, plain, placing, `[${shape.join(", ")}]`);
  });
});

it("large shapes meet every placing on every engine", () => {
  const pairs = new Set(largeShapes.flatMap(([shape]) => pairsOf(shape).map((pair) => pair.join())));
  expect(pairs.size).toBe(ENGINES.length * PLACINGS.length);
});

it("random shapes", async () => {
  const sizes = fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 2, max: 300 })),
    fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 40000, max: 100000 })),
  );
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(1e6), fc.constantFrom(...PLACINGS), async (shape, seed, placing) => {
      const plain = known(shape, -1, seed);
      for (const [i, [name, engine]] of Array.from(engines).entries()) {
        // three of the five, in turn
        if (!isLong && (seed + i) % 5 > 2) continue;
        await expectSameAsPlain(engine, plain, placing, `[${shape.join(", ")}], seed ${seed}, ${name}`);
      }
    }),
    settings(6),
  );
});

describe("what one call leaves behind does not touch the next one", () => {
  it.each(PLACINGS)("any function before any other, %s arrays", async (placing) => {
    const engine = engines.get("2 threads on 2 processors, the caller computes") as Engine;
    const { calls, expected } = known([2, 66000], -1, 3);
    const poison = callsOf([37, 300], -1, 4).map((call) => ({
      ...call,
      args: call.args.map((arg, i) => (i === 0 ? (arg as Float32Array).map((x) => (x > 1 ? Number.NaN : x)) : arg)),
    }));
    const poisons = poison.filter(
      ({ name }) => !/^(entropy|.*Between|.*Divergence|binaryCrossEntropy(ValueAndGrad)?)$/.test(name),
    );
    for (const [i, call] of calls.entries()) {
      await callOn(engine, poisons[i % poisons.length] as Call, placing);
      expectSame(await callOn(engine, call, placing), expected[i] as Bits, `${call.name} after ${i}`);
    }
  });
});
