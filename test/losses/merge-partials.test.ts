/** mergePartials and crossEntropyFromPartial: many shards, partials in shared memory, and invalid arguments. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crossEntropyFromPartial, type LogSumExpPartial, logSumExpPartial, mergePartials } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { detached, expectRefusal } from "../arguments/refusal.js";
import { expectSameBits, expectWithin } from "./compare.js";
import { Random, settings } from "./random.js";

type Anything = never;

/** Rows of normal logits, cut at random into a given number of shards. */
function shardsOf(seed: number, rows: number, classes: number, count: number) {
  const random = new Random(seed);
  const scale = 0.1 + 30 * random.uniform() ** 2;
  const logits = random.normals(rows * classes, scale);
  const targets = random.classes(rows, classes);
  for (let row = 0; row < rows; row++) if (random.uniform() < 0.2) targets[row] = -100;
  const cuts = Array.from({ length: count - 1 }, () => random.integer(classes + 1)).sort((a, b) => a - b);
  const starts = [0, ...cuts, classes];
  const shards = Array.from({ length: count }, (_, i) => {
    const [first, end] = [starts[i], starts[i + 1]];
    const values = Array.from({ length: rows * (end - first) }, (_, at) => {
      const width = end - first;
      return logits[Math.floor(at / width) * classes + first + (at % width)];
    });
    return logSumExpPartial(values, targets, { shape: [rows, end - first], firstClass: first });
  });
  return { logits, targets, shards };
}

/** Merges partials by a random tree of calls. */
function treeOf(partials: readonly LogSumExpPartial[], random: Random): LogSumExpPartial {
  const left = [...partials];
  while (left.length > 1) {
    const taken = Array.from({ length: Math.min(left.length, 1 + random.integer(3)) }, () => {
      return left.splice(random.integer(left.length), 1)[0] as LogSumExpPartial;
    });
    left.push(mergePartials(taken));
  }
  return left[0] as LogSumExpPartial;
}

describe("mergePartials", () => {
  it("any number of shards in any tree of merges: the reference's losses to 1e-12", () => {
    const plans = fc.record({
      seed: fc.nat(1e6),
      rows: fc.integer({ min: 1, max: 7 }),
      classes: fc.integer({ min: 1, max: 60 }),
      count: fc.integer({ min: 1, max: 9 }),
    });
    const property = fc.property(plans, ({ seed, rows, classes, count }) => {
      const { logits, targets, shards } = shardsOf(seed, rows, classes, count);
      const exact = reference.crossEntropy(logits, targets, { reduction: "none" });
      const merged = treeOf(shards, new Random(seed + 1));
      const losses = crossEntropyFromPartial(merged, { reduction: "none" });
      expectWithin(losses, exact, (i) => 1e-12 * exact[i], "losses");
      const atOnce = reference.mergePartials(shards);
      expectSameBits(merged.max, atOnce.max, "max");
      expectWithin(merged.rest, atOnce.rest, (i) => 1e-12 * atOnce.rest[i], "rest");
      for (const name of ["targets", "targetLogit", "hasTarget"] as const) expect(merged[name]).toEqual(atOnce[name]);
    });
    fc.assert(property, settings(300));
  });

  it("a single partial is returned equal, in new arrays; arguments are not changed", () => {
    const { shards } = shardsOf(3, 4, 20, 3);
    const before = structuredClone(shards);
    const [one] = shards as [LogSumExpPartial];
    const copy = mergePartials([one]);
    expect(copy).toEqual(one);
    for (const name of ["max", "rest", "targets", "targetLogit", "hasTarget"] as const) expect(copy[name]).not.toBe(one[name]);
    mergePartials(shards);
    expect(shards).toEqual(before);
    expect(mergePartials(before)).toEqual(mergePartials(Object.freeze(shards)));
  });

  it("partials in shared memory", () => {
    const { shards } = shardsOf(4, 4, 20, 3);
    const shared = shards.map((partial) => {
      const max = new Float64Array(new SharedArrayBuffer(32));
      max.set(partial.max);
      return { ...partial, max };
    });
    expect(mergePartials(shared)).toEqual(mergePartials(shards));
  });
});

const RANGE = "[0, 2147483646]";
const partial = (): LogSumExpPartial => logSumExpPartial([1, 2, 3, 4], [0, 5], { shape: [2, 2] });
const other = (): LogSumExpPartial => logSumExpPartial([1, 2, 3, 4], [0, 5], { shape: [2, 2], firstClass: 4 });

/** An invalid member of a partial of two rows: a name, the value, the error class, and the end of the message. */
type Malformed = readonly [what: string, value: () => unknown, errorClass: typeof TypeError | typeof RangeError, message: string];

/** Numbers that no shard has, with the row and the member that the error names. */
const numbers = (member: string, values: readonly number[], row: string, expected: string, named = member): Malformed => [
  `${member} ${values.join(", ")}`,
  () => ({ ...partial(), [member]: Float64Array.from(values) }),
  RangeError,
  `.${named}[${row}]: expected ${expected}`,
];

const malformed: readonly Malformed[] = [
  ["undefined", () => undefined, TypeError, ": expected a partial of logSumExpPartial, got undefined"],
  ["null", () => null, TypeError, ": expected a partial of logSumExpPartial, got null"],
  ["a number", () => 3, TypeError, ": expected a partial of logSumExpPartial, got 3"],
  ["a typed array", () => new Float64Array(2), TypeError, ": expected a partial of logSumExpPartial, got Float64Array(2)"],
  ["a list", () => [partial()], TypeError, ": expected a partial of logSumExpPartial, got an array of 1"],
  ["an object", () => ({}), TypeError, ".max: expected a Float64Array, got undefined"],
  [
    "max in f32",
    () => ({ ...partial(), max: new Float32Array(2) }),
    TypeError,
    ".max: expected a Float64Array, got Float32Array(2)",
  ],
  [
    "rest as a list, as JSON would have it",
    () => ({ ...partial(), rest: [1, 2] }),
    TypeError,
    ".rest: expected a Float64Array of 2 elements, got an array of 2",
  ],
  [
    "rest too short",
    () => ({ ...partial(), rest: new Float64Array(1) }),
    RangeError,
    ".rest: expected 2 elements, as max has, got 1",
  ],
  [
    "targets alone null",
    () => ({ ...partial(), targets: null }),
    TypeError,
    ".targets: expected an Int32Array of 2 elements, got null",
  ],
  [
    "targets as floats",
    () => ({ ...partial(), targets: Float64Array.of(0, 5) }),
    TypeError,
    ".targets: expected an Int32Array of 2 elements, got Float64Array(2)",
  ],
  [
    "targetLogit too long",
    () => ({ ...partial(), targetLogit: new Float64Array(3) }),
    RangeError,
    ".targetLogit: expected 2 elements, as max has, got 3",
  ],
  [
    "hasTarget missing",
    () => ({ ...partial(), hasTarget: undefined }),
    TypeError,
    ".hasTarget: expected a Uint8Array of 2 elements, got undefined",
  ],
  [
    "hasTarget of 2",
    () => ({ ...partial(), hasTarget: Uint8Array.of(1, 2) }),
    RangeError,
    ".hasTarget[1]: expected 0 or 1, got 2",
  ],
  numbers("rest", [-1, 1], "0", "a finite number >= 0, got -1"),
  numbers("rest", [Number.POSITIVE_INFINITY, 1], "0", "a finite number >= 0, got Infinity"),
  numbers("rest", [1, Number.NaN], "1", "a finite number >= 0, got NaN"),
  numbers("max", [2, Number.NEGATIVE_INFINITY], "1", `0, since max is infinite, got ${partial().rest[1]}`, "rest"),
  numbers("max", [2, Number.NaN], "1", `NaN, as max has, got ${partial().rest[1]}`, "rest"),
  numbers("targetLogit", [3, Number.NaN], "0", "at most max, 2, got 3"),
  numbers("targetLogit", [Number.NaN, Number.NaN], "0", "a number, got NaN"),
  [
    "a target of -2",
    () => ({ ...partial(), targets: Int32Array.of(0, -2) }),
    RangeError,
    ".targets[1]: expected a class, or -1 for an ignored row, got -2",
  ],
  [
    "an ignored row that has a target",
    () => ({ ...partial(), targets: Int32Array.of(-1, 5) }),
    RangeError,
    ".hasTarget[0]: expected 0 for an ignored row, got 1",
  ],
  [
    "max transferred",
    () => ({ ...partial(), max: detached(new Float64Array(2)) }),
    TypeError,
    ".max: expected an array with data, got a detached Float64Array (its buffer was transferred)",
  ],
];

describe("bad partials", () => {
  it.each(malformed)("%s", (_, value, errorClass, message) => {
    expectRefusal(() => crossEntropyFromPartial(value() as Anything), errorClass, `partial${message}`);
    expectRefusal(() => mergePartials([value()] as Anything), errorClass, `partials[0]${message}`);
    expectRefusal(() => mergePartials([partial(), value()] as Anything), errorClass, `partials[1]${message}`);
  });

  it("not an array, an empty array, a hole", () => {
    const list = "partials: expected an array of partials";
    expectRefusal(() => mergePartials(undefined as Anything), TypeError, `${list}, got undefined`);
    expectRefusal(() => mergePartials(partial() as Anything), TypeError, `${list}, got an object`);
    expectRefusal(() => mergePartials([]), RangeError, "partials: expected at least one partial, got none");
    const hole = "partials[0]: expected a partial of logSumExpPartial, got undefined";
    expectRefusal(() => mergePartials(new Array(2)), TypeError, hole);
  });

  it("unequal numbers of rows", () => {
    const three = logSumExpPartial([1, 2, 3], [0, 5, 1], { shape: [3, 1], firstClass: 4 });
    expectRefusal(
      () => mergePartials([partial(), other(), three]),
      RangeError,
      "partials[2]: expected 2 rows, as partials[0] has, got 3",
    );
  });

  it("different targets, different ignored rows, targets in only some partials", () => {
    const as = (targets: number[] | undefined): LogSumExpPartial => {
      return logSumExpPartial([1, 2, 3, 4], targets, { shape: [2, 2], firstClass: 4 });
    };
    const message = (got: number): string => `partials[1].targets[1]: expected 5, as in partials[0], got ${got}`;
    expectRefusal(() => mergePartials([partial(), as([0, 4])]), RangeError, message(4));
    expectRefusal(() => mergePartials([partial(), as([0, -100])]), RangeError, message(-1));
    const without = "partials[1].targets: expected an Int32Array, as partials[0] has, got null";
    expectRefusal(() => mergePartials([partial(), as(undefined)]), TypeError, without);
    const withTargets = "partials[1].targets: expected null, as partials[0] has, got Int32Array(2)";
    expectRefusal(() => mergePartials([as(undefined), partial()]), TypeError, withTargets);
  });

  it("two shards that both have a row's target: a shard twice, or a forgotten firstClass", () => {
    const has = (i: number): string => `expected 0, since partials[${i}] already has the row's target, class 0, got 1`;
    expectRefusal(() => mergePartials([partial(), partial()]), RangeError, `partials[1].hasTarget[0]: ${has(0)}`);
    expectRefusal(() => mergePartials([other(), partial(), partial()]), RangeError, `partials[2].hasTarget[0]: ${has(1)}`);
    const merged = mergePartials([partial(), other()]);
    expectRefusal(() => mergePartials([merged, partial()]), RangeError, `partials[1].hasTarget[0]: ${has(0)}`);
  });

  it("a row whose target is in no shard", () => {
    const message = "partial.hasTarget[1]: expected 1, from the shard of the row's target, class 5, got 0";
    expectRefusal(() => crossEntropyFromPartial(partial()), RangeError, message);
    expectRefusal(() => crossEntropyFromPartial(mergePartials([partial()]), { reduction: "none" }), RangeError, message);
    expect(crossEntropyFromPartial(mergePartials([partial(), other()]))).toBeGreaterThan(0);
  });

  it("losses of partials without targets", () => {
    const message = "partial.targets: expected an Int32Array: call logSumExpPartial with targets, got null";
    expectRefusal(() => crossEntropyFromPartial(logSumExpPartial([1, 2])), TypeError, message);
  });

  it("options of crossEntropyFromPartial", () => {
    const refuse = (options: unknown, errorClass: typeof TypeError | typeof RangeError, message: string): void => {
      const whole = mergePartials([partial(), other()]);
      expectRefusal(() => crossEntropyFromPartial(whole, options as Anything), errorClass, message);
    };
    refuse(3, TypeError, "options: expected an object, got 3");
    refuse({ softcap: 3 }, TypeError, "options.softcap: expected one of reduction, zLoss, emptyMean, got an unknown option");
    refuse({ reduction: "max" }, RangeError, 'options.reduction: expected one of "mean", "sum", "none", got "max"');
    refuse({ zLoss: -1 }, RangeError, "options.zLoss: expected a finite number >= 0, got -1");
    refuse({ emptyMean: "0" }, TypeError, 'options.emptyMean: expected a number, got "0"');
  });
});

describe("logSumExpPartial rejects", () => {
  const refuse = (options: unknown, errorClass: typeof TypeError | typeof RangeError, message: string): void => {
    expectRefusal(() => logSumExpPartial([1, 2], 0, options as Anything), errorClass, message);
  };

  it("an invalid firstClass", () => {
    refuse({ firstClass: -1 }, RangeError, `options.firstClass: expected an integer in ${RANGE}, got -1`);
    refuse({ firstClass: 2 ** 31 - 1 }, RangeError, `options.firstClass: expected an integer in ${RANGE}, got 2147483647`);
    refuse({ firstClass: 0.5 }, RangeError, "options.firstClass: expected an integer, got 0.5");
    refuse({ firstClass: "4" }, TypeError, 'options.firstClass: expected an integer, got "4"');
    const last = logSumExpPartial([1, 2], 2 ** 31 - 1, { firstClass: 2 ** 31 - 2 });
    expect(last.targetLogit).toEqual(Float64Array.of(2));
  });

  it("targets that cannot be classes of any vocabulary", () => {
    const range = "targets[0]: expected 0..2147483647 or ignoreIndex (-100)";
    expectRefusal(() => logSumExpPartial([1, 2], -1), RangeError, `${range}, got -1`);
    expectRefusal(() => logSumExpPartial([1, 2], 2 ** 31), RangeError, `${range}, got 2147483648`);
    expectRefusal(() => logSumExpPartial([1, 2], Int32Array.of(-5)), RangeError, `${range}, got -5`);
    expectRefusal(() => logSumExpPartial([1, 2], BigInt64Array.of(2n ** 40n)), RangeError, `${range}, got 1099511627776n`);
    expectRefusal(
      () => logSumExpPartial([1, 2], Float32Array.of(0) as Anything),
      TypeError,
      "targets: expected class indices in an integer typed array, an array of numbers or a tensor object { data, dims | shape }, got Float32Array(1)",
    );
  });
});
