/** What someone added to Object.prototype changes no result: options, tensors and totals are read without it. */
import { afterEach, describe, expect, it } from "vitest";
import * as functionOptions from "../../src/arguments/function-options.js";
import * as deterministic from "../../src/deterministic.js";
import * as plain from "../../src/index.js";
import {
  createLocalEngine,
  crossEntropy,
  mergeScores,
  multipleChoice,
  perplexity,
  scoreLogProbs,
  scoreTokens,
} from "../../src/index.js";
import { bitsOf, callsOf, difference, makeCall } from "../support/calls.js";
import { wakefulEngine } from "../support/engines.js";

const added: string[] = [];

/** Adds members to Object.prototype, enumerable ones as a faulty merge does. */
function pollute(members: Readonly<Record<string, unknown>>, enumerable = true): void {
  for (const [name, value] of Object.entries(members)) {
    const descriptor = Object.assign(Object.create(null), { value, enumerable, configurable: true, writable: true });
    Object.defineProperty(Object.prototype, name, descriptor);
    added.push(name);
  }
}

afterEach(() => {
  for (const name of added.splice(0)) delete (Object.prototype as unknown as Record<string, unknown>)[name];
});

/** A value for every option there is, each of which would change a result or be refused. */
const OPTIONS: Record<string, unknown> = {};
for (const table of Object.values(functionOptions)) {
  if (typeof table === "object" && table !== null) for (const name of Object.keys(table)) OPTIONS[name] = 0.375;
}
Object.assign(OPTIONS, {
  reduction: "sum",
  shape: [1, 2],
  axis: 0,
  targetGrad: true,
  logTarget: true,
  topK: 1,
  tokenBytes: [1],
  shift: 1,
  documents: [1],
});

/** Members of tensors, engines' options, totals, and of what the platform reads from descriptors. */
const OTHERS = {
  ...{ data: [1, 2], dims: [1, 2], type: "float16", signal: new AbortController().signal },
  ...{ threads: 7, deterministic: true, memory: {}, maximumMemory: 1, module: {}, workerUrl: "nowhere" },
  ...{ isGreedy: [1], sequences: [1], owners: [1], kept: [0], owner: 1, size: 3 },
  ...{ targets: [0], bytes: [1], maximum: 1, shared: false, base: 5, execArgv: ["--nothing"], once: false },
};

describe.each([true, false])("Object.prototype with members of the options' names, enumerable: %s", (enumerable) => {
  it("changes no function, nor an engine", async () => {
    const calls = callsOf([4, 6, 9], -1, 3);
    const expected = calls.map((call) => bitsOf(makeCall(plain, call)));
    const sure = calls.map((call) => bitsOf(makeCall(deterministic, call)));
    pollute({ ...OPTIONS, ...OTHERS }, enumerable);
    using local = createLocalEngine();
    await using pool = await wakefulEngine({ threads: 1 });
    const [fromPlain, fromDeterministic, fromLocal, fromPool] = [plain, deterministic, local, pool].map((functions) =>
      calls.map((call) => makeCall(functions, call)),
    ) as [unknown[], unknown[], unknown[], unknown[]];
    const settled = await Promise.all(fromPool);
    using array = local.allocate("float32", 3);
    const loss = local.crossEntropy(array, 0);
    const threads = pool.info().threads;
    for (const name of added.splice(0)) delete (Object.prototype as unknown as Record<string, unknown>)[name];
    expect(loss).toBeCloseTo(Math.log(3), 6);
    expect(threads).toBe(1);
    for (const [i, { name, variant }] of calls.entries()) {
      for (const result of [fromPlain, fromLocal, settled]) {
        expect(difference(result[i], expected[i] as never), `${name} ${variant}`).toBeUndefined();
      }
      expect(difference(fromDeterministic[i], sure[i] as never), `${name} ${variant}`).toBeUndefined();
    }
  });

  it("changes no tensor, no total and no descriptor", () => {
    const data = Float32Array.of(2, 1, 0.5, 0.5, 2.5, 1);
    const expected = crossEntropy(data, [0, 1]);
    const { totals } = scoreTokens(data, [0, 1]);
    const logProbs = [-1, -2];
    const scored = [undefined, { documents: [1, 2] }].map((options) => scoreLogProbs(logProbs, options));
    pollute({ ...OPTIONS, ...OTHERS, text: { bytes: 3, nats: 1 }, correct: 1, get: () => 1, set: () => {} }, enumerable);
    using local = createLocalEngine();
    using array = local.allocate("float32", 6);
    array.set(data);
    const values = [
      crossEntropy({ data, dims: [2, 3] }, { data: Int32Array.of(0, 1), dims: [2] }),
      crossEntropy({ data, shape: [2, 3] } as never, [0, 1]),
      local.crossEntropy(array, [0, 1]),
    ];
    const merged = mergeScores([{ sums: totals.sums }]);
    const scoredAgain = [undefined, { documents: [1, 2] }].map((options) => scoreLogProbs(logProbs, options));
    const remerged = scored.map((one) => mergeScores([{ sums: one.totals.sums }]));
    const choice = multipleChoice({ logProbs: [-2, -1] });
    const refused = [() => perplexity({} as never), () => crossEntropy({} as never, [0, 1])].map((call) => {
      try {
        return call();
      } catch (error) {
        return (error as Error).name;
      }
    });
    for (const name of added.splice(0)) delete (Object.prototype as unknown as Record<string, unknown>)[name];
    expect(values).toEqual([expected, expected, expected]);
    expect(merged).toEqual(totals);
    expect(scoredAgain).toEqual(scored);
    expect(remerged).toEqual(scored.map((one) => one.totals));
    expect(choice).toEqual({ choice: 1 });
    expect(refused).toEqual(["TypeError", "TypeError"]);
  });
});

describe("options of a class, or that inherit from other options", () => {
  const data = Float32Array.of(2, 1, 0.5, 0.5, 2.5, 1);

  it("count with what they inherit, on engines too", async () => {
    class Options {
      get reduction(): "sum" {
        return "sum";
      }
    }
    const expected = crossEntropy(data, [0, 1], { reduction: "sum" });
    await using pool = await wakefulEngine({ threads: 1 });
    const { signal } = new AbortController();
    for (const options of [
      new Options(),
      Object.create({ reduction: "sum" }),
      Object.assign(Object.create(null), { reduction: "sum" }),
    ]) {
      expect(crossEntropy(data, [0, 1], options)).toBe(expected);
      expect(await pool.crossEntropy(data, [0, 1], options)).toBeCloseTo(expected, 6);
      expect(await pool.crossEntropy(data, [0, 1], Object.assign(options, { signal }))).toBeCloseTo(expected, 6);
    }
  });
});
