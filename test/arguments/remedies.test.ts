/** Likely mistakes are told with their remedy, wherever they can be made; and every error is one short line that names its argument. */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { TASKS } from "../../src/functions.js";
import * as functions from "../../src/index.js";
import { Random, settings } from "../losses/random.js";

type Anything = never;
type Call = (...args: readonly unknown[]) => unknown;

const own = functions as unknown as Readonly<Record<string, Call>>;
const local = functions.createLocalEngine();
const pool = await functions.createEngine({ threads: 1 });
afterAll(() => pool.close());

async function refusal(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error;
    return expect.fail(`expected a TypeError or RangeError, got ${String(error)}`);
  }
  return expect.fail("expected an error, got a value");
}

/** The same error from the plain function and from both kinds of engines. */
async function refusals(name: string, ...args: readonly unknown[]): Promise<string> {
  const errors = await Promise.all([own, local, pool].map((on) => refusal(() => (on as typeof own)[name]?.(...args))));
  const [first] = errors as [Error];
  for (const error of errors) expect([error.name, error.message]).toEqual([first.name, first.message]);
  return first.message;
}

const classLosses = ["crossEntropy", "crossEntropyValueAndGrad", "polyLoss", "polyLossValueAndGrad"];
const indexed = ["nllLoss", "nllLossValueAndGrad", "scoreTokens", "logSumExpPartial"];
const rowFunctions = [...classLosses, ...indexed];
/** logSumExpPartial's targets are classes of the whole vocabulary, whose size it does not know. */
const wholeRows = rowFunctions.filter((name) => name !== "logSumExpPartial");
const binary = ["binaryCrossEntropy", "binaryCrossEntropyWithLogits", "sigmoidFocalLoss"].flatMap((name) => [
  name,
  `${name}ValueAndGrad`,
]);
/** Every function, by the number of its arrays. */
const all = Object.entries(TASKS).map(([name, [optionsAt]]) => ({ name, optionsAt }));

const logits = (): Float32Array => new Float32Array(12);
const tensor = (dims: readonly number[], Data: new (length: number) => unknown = Float32Array): object => ({
  data: new Data(dims.reduce((product, size) => product * size, 1)),
  dims,
});

describe("targets of rows", () => {
  /** The message for logits of these dims. Scores of logits with a sequence axis demand a shift. */
  function refusedOf(name: string, dims: readonly number[], targets: unknown): Promise<string> {
    const arrays = name === "compareLogits" ? [tensor(dims), tensor(dims)] : [tensor(dims)];
    const isScore = name === "compareLogits" || name === "scoreTokens";
    return refusals(name, ...arrays, targets, ...(isScore ? [{ shift: 0 }] : []));
  }

  it.each([...rowFunctions, "compareLogits"])("%s: channels-first logits", async (name) => {
    const remedy = "(for classes on axis 1 pass axis: 1)";
    expect(await refusedOf(name, [2, 3, 4, 5], tensor([2, 4, 5], BigInt64Array))).toContain(remedy);
    expect(await refusedOf(name, [2, 3, 4, 5], new Int32Array(40))).toContain(remedy);
    expect(await refusedOf(name, [2, 3, 4], new Int32Array(8))).toContain(remedy);
    // the same number of rows in another shape
    expect(await refusedOf(name, [2, 3, 4, 3], tensor([2, 4, 3], Int32Array))).toContain(remedy);
  });

  it.each(rowFunctions)("%s: class labels in floats", async (name) => {
    const remedy = (of: string) => `(class indices go in an integer array: Int32Array.from(${of}))`;
    expect(await refusals(name, tensor([2, 6]), Float32Array.of(0, 1))).toContain(remedy("targets"));
    expect(await refusals(name, logits(), Float64Array.of(0, 1))).toContain(remedy("targets"));
    expect(await refusals(name, tensor([2, 6]), { data: Float32Array.of(0, 1), dims: [2] })).toContain(remedy("targets.data"));
  });

  it.each([...rowFunctions, "compareLogits"])(
    "%s: one-hot rows, ids that are not shifted, lists in lists, text",
    async (name) => {
      const oneHot = Int32Array.of(0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0);
      expect(await refusedOf(name, [2, 6], oneHot)).toContain("(one-hot rows are probabilities: put them in a Float32Array)");
      const shift = "(for a target less than rows pass the model's input ids with shift: 1)";
      expect(await refusedOf(name, [1, 5, 6], tensor([1, 4], BigInt64Array))).toContain(shift);
      expect(await refusedOf(name, [2, 5, 6], new Int32Array(8))).toContain(shift);
      expect(await refusedOf(name, [5, 6], [1, 2, 3, 4])).toContain(shift);
      const nested = [new Array(2).fill(0), new Array(2).fill(1)];
      expect(await refusedOf(name, [2, 2, 6], nested)).toContain(
        "(flatten: targets.flat(), one list of numbers, with shape: [2, 2])",
      );
      expect(await refusedOf(name, [2, 6], ["0", "1"])).toContain("(convert: targets.map(Number))");
    },
  );

  it("flat logits with a row more than targets", async () => {
    expect(await refusals("crossEntropy", new Float32Array(40), new Int32Array(7))).toContain("with shift: 1)");
  });

  it("one-hot rows for flat logits", async () => {
    expect(await refusals("crossEntropy", new Float32Array(4), Int32Array.of(0, 1, 1, 0))).toContain("(one-hot rows are");
  });

  it.each(wholeRows)("%s: classes from 1, padding", async (name) => {
    const remedy = async (targets: unknown) => / got \S+ \((.*)\)$/.exec(await refusals(name, tensor([2, 6]), targets))?.[1];
    for (const one of [[0, 6], Int32Array.of(0, 6), BigInt64Array.of(0n, 6n)])
      expect(await remedy(one)).toBe("classes count from 0");
    for (const one of [[0, -1], Int8Array.of(0, -1), BigInt64Array.of(0n, -1n)])
      expect(await remedy(one)).toBe("for padding pass ignoreIndex: -1");
    expect(await remedy(Uint8Array.of(0, 255))).toBe("for padding pass ignoreIndex: 255");
    expect(await remedy([0, 7])).toBe(undefined);
    expect(await remedy([0, Number.NaN])).toBe(undefined);
  });
});

describe.each(all)("the arrays of $name", ({ name, optionsAt }) => {
  const good = (): unknown[] => Array.from({ length: optionsAt }, () => logits());
  const ofFirst = (value: unknown): Promise<string> => refusals(name, value, ...good().slice(1));

  it("tensors of other libraries, promises, a model's output, lists in lists", async () => {
    const shape = [2, 6];
    expect(await ofFirst({ data: () => logits(), shape })).toMatch(
      / \(await (\w+)\.data\(\) and pass the values with shape: \1\.shape\)$/,
    );
    expect(await ofFirst(Promise.resolve(logits()))).toMatch(/ \(await \w+\)$/);
    expect(await ofFirst({ logits: { data: logits(), dims: shape }, past_key_values: {} })).toMatch(/ \(pass output\.logits\)$/);
    expect(
      await ofFirst([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toMatch(/ \(flatten: \w+\.flat\(\), one list of numbers, with shape: \[2, 3\]\)$/);
    expect(await ofFirst([logits()])).toMatch(/with shape: \[1, 12\]\)$/);
    const onGpu = {
      dims: shape,
      location: "gpu-buffer",
      get data(): Float32Array {
        throw new Error("The data is not on CPU. Use `getData()` to download GPU data to CPU");
      },
      getData: () => Promise.resolve(logits()),
    };
    expect(await ofFirst(onGpu)).toMatch(/not on CPU.* \(if it is on the GPU: await \w+\.getData\(\)\)$/);
    expect(await ofFirst({ dims: shape, data: undefined, getData: onGpu.getData })).toMatch(
      / \(if it is on the GPU: await \w+\.getData\(\)\)$/,
    );
  });

  it("integers for floats", async () => {
    expect(await ofFirst(new Uint8Array(12))).toMatch(/ \(convert: Float32Array\.from\(\w+\)\)$/);
    expect(await ofFirst(new BigInt64Array(12))).toMatch(/ \(convert: Float32Array\.from\(\w+, Number\)\)$/);
    expect(await ofFirst(new Uint16Array(12))).toMatch(/ \(16-bit floats: \{ data, dims, type: "float16" or "bfloat16" \}\)$/);
  });
});

describe("binary targets", () => {
  it.each(binary)("%s: masks of integers and booleans", async (name) => {
    const floats = Float32Array.of(0.5, 0.5);
    for (const mask of [Uint8Array.of(0, 1), Int32Array.of(0, 1), new Uint8ClampedArray(2)]) {
      expect(await refusals(name, floats, mask)).toContain("(convert: Float32Array.from(targets))");
    }
    expect(await refusals(name, floats, [true, false])).toBe(
      "targets[0]: expected a number, got true (convert: targets.map(Number))",
    );
  });
});

describe("names of options", () => {
  const meant: readonly (readonly [given: string, meant: string | undefined])[] = [
    ["lableSmoothing", "labelSmoothing"],
    ["labelsmoothing", "labelSmoothing"],
    ["label_smoothing", "labelSmoothing"],
    ["ignore_index", "ignoreIndex"],
    ["ignoreIndx", "ignoreIndex"],
    ["size_average", "reduction"],
    ["reduce", "reduction"],
    ["dim", "axis"],
    ["z_loss", "zLoss"],
    ["lse_square_scale", "zLoss"],
    ["logit_softcap", "softcap"],
    ["final_logit_softcapping", "softcap"],
    ["class_weights", "weight"],
    ["temprature", "temperature"],
    ["shap", "shape"],
    ["posWeight", undefined],
    ["topK", undefined],
  ];

  it.each(meant)("%s of crossEntropy: %s", async (given, name) => {
    const message = await refusals("crossEntropy", logits(), [0, 1], { [given]: 1 });
    expect(/ \(did you mean (\w+)\?\)$/.exec(message)?.[1]).toBe(name);
  });

  it("of other functions: their own options alone", async () => {
    expect(await refusals("klDivLoss", logits(), logits(), { log_target: true })).toContain("(did you mean logTarget?)");
    expect(await refusals("nllLoss", tensor([2, 6]), [0, 1], { log_target: true })).not.toContain("did you mean");
    expect(await refusals("binaryCrossEntropyWithLogits", logits(), logits(), { pos_weight: [1] })).toContain("posWeight?)");
    expect(await refusals("scoreTokens", tensor([2, 6]), [0, 1], { topk: 1 })).toContain("(did you mean topK?)");
    expect((await refusal(() => functions.createEngine({ worker_url: "" } as Anything))).message).toContain("workerUrl?)");
    expect((await refusal(() => functions.createLocalEngine({ determinstic: true } as Anything))).message).toContain(
      "deterministic?)",
    );
  });

  it("words: another case", async () => {
    expect(await refusals("crossEntropy", logits(), [0, 1], { reduction: "Mean" })).toContain("(did you mean mean?)");
  });
});

/** Not one of these is right for any array argument. */
const wrong = fc.oneof(
  fc.string({ unit: "binary", maxLength: 500 }),
  fc.constantFrom<unknown>(null, true, Symbol("x"), () => 1, new Map(), new DataView(new ArrayBuffer(8)), /x/, new Date(0)),
  fc.constantFrom<unknown>([[1], [2]], ["\u202e\n\u001b[31m"], [undefined], [{}], { data: null }, { data: "a".repeat(1000) }),
  fc.array(fc.string({ unit: "binary" }), { minLength: 1 }),
  fc.string({ unit: "binary", maxLength: 400 }).map((name) => Object.defineProperty({}, "constructor", { value: { name } })),
  fc
    .array(fc.integer({ min: -5, max: 9 }), { minLength: 1, maxLength: 900 })
    .map((dims) => ({ data: new Float32Array(0), dims: [...dims, 7, 1.5] })),
  fc.bigInt({ min: 10n ** 300n, max: 10n ** 400n }).map((value) => ({ data: [value], dims: [1] })),
);

describe("every error of a wrong argument", () => {
  const isPlain = (message: string): boolean => message.length <= 300 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(message);

  it.each(all)("$name: a TypeError or RangeError of one line that names the argument", ({ name, optionsAt }) => {
    const property = fc.property(wrong, fc.nat(optionsAt - 1), (value, at) => {
      const args = Array.from({ length: optionsAt }, () => logits() as unknown);
      args[at] = value;
      const error = thrownBy(() => (own[name] as Call)(...args, {}));
      expect(error.message).toMatch(/^[\w.]+(\[\d+\])?: expected .*, got |…/u);
      expect(isPlain(error.message), error.message).toBe(true);
    });
    fc.assert(property, settings(60));
  });

  it.each(all)("$name: an unknown option of any name", ({ name, optionsAt }) => {
    const property = fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 400 }), wrong, (option, value) => {
      const args = Array.from({ length: optionsAt }, () => logits());
      const error = thrownBy(() => (own[name] as Call)(...args, { [`?${option}`]: value }));
      expect(error.message.startsWith("options.?")).toBe(true);
      expect(isPlain(error.message), error.message).toBe(true);
    });
    fc.assert(property, settings(30));
  });

  it("shapes of any length", () => {
    const random = new Random(1);
    const shape = Array.from({ length: 5000 }, () => 1 + random.integer(9));
    expect(isPlain(thrownBy(() => functions.crossEntropy(logits(), [0], { shape })).message)).toBe(true);
  });
});

function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error;
    throw error;
  }
  return expect.fail("expected an error, got a value");
}
