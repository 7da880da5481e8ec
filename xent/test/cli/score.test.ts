import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mergeScores } from "wasm-cross-entropy";
import type { MergeableScores } from "../../../src/scoring/merge-totals.js";
import { numbersOf, wordsOf } from "../../../test/support/halves.js";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

const folder = temporaryFolder();
const DEVIL = "examples/data/devil.f32.safetensors";

/** Three rows of four classes; the last target is ignored. */
const small = {
  logits: { dtype: "F32", shape: [3, 4], data: Float32Array.of(2, 1, 0.5, 0, 0, 0, 0, 0, 9, 9, 9, 9) },
  targets: { dtype: "I64", shape: [3], data: BigInt64Array.of(0n, 3n, -100n) },
};
const smallFile = folder.write("small.safetensors", safetensorsBytes(small));
/** -log softmax([2, 1, .5, 0])[0], log 4 */
const smallLosses = [Math.log(1 + Math.exp(-1) + Math.exp(-1.5) + Math.exp(-2)), Math.log(4)];

const json = async (...argv: string[]) => {
  const { code, stdout, stderr } = await runHere(["score", ...argv, "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Record<string, number>;
};

describe("totals", () => {
  test("--json prints one line: the totals, and the run's own properties", async () => {
    const { code, stdout, stderr } = await runHere(["score", DEVIL, "--json"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const report = JSON.parse(stdout);
    expect(Object.keys(report)).toEqual([
      "tokens",
      "bytes",
      "nats",
      "perplexity",
      "perplexityStderr",
      "bitsPerToken",
      "bitsPerByte",
      "accuracy",
      "accuracyStderr",
      "rows",
      "classes",
      "meanLoss",
      "nanRows",
      "infiniteRows",
      "seconds",
    ]);
    expect(report).toMatchObject({ tokens: 246, bytes: 696, rows: 246, classes: 4096, nanRows: 0, infiniteRows: 0 });
    expect(report.seconds).toBeGreaterThan(0);
    const { f32 } = JSON.parse(readFileSync("examples/data/devil.expected.json", "utf8"));
    expect(report.meanLoss).toBeCloseTo(f32.mean, 9);
    expect(report.perplexity).toBeCloseTo(f32.perplexity, 7);
    expect(report.bitsPerByte).toBeCloseTo(f32.bits_per_byte, 9);
  });

  test.each(["float16", "bfloat16"] as const)("%s logits give the scores of the same values in F32", async (type) => {
    const data = wordsOf(small.logits.data, type);
    const tensors = { ...small, logits: { dtype: type === "float16" ? "F16" : "BF16", shape: [3, 4], data } };
    const plain = { ...small, logits: { ...small.logits, data: numbersOf(data, type) } };
    const file = folder.write(`${type}.safetensors`, safetensorsBytes(tensors));
    const expected = await json(folder.write(`${type}-plain.safetensors`, safetensorsBytes(plain)));
    expect(await json(file)).toEqual({ ...expected, seconds: expect.any(Number) });
    if (type === "bfloat16") return;
    const logits = folder.write("half.npy", npyBytes(npyDict("<f2", [3, 4]), data));
    const targets = folder.write("half-ids.npy", npyBytes(npyDict("<i8", [3]), small.targets.data));
    expect(await json("--logits", logits, "--targets", targets)).toEqual({ ...expected, seconds: expect.any(Number) });
  });

  test("the table", async () => {
    const { stdout } = await runHere(["score", DEVIL]);
    expect(stdout.replace(/\d\S* s\n/, "TIME s\n")).toBe(`rows            246
classes         4096
mean loss       4.08306 nats
total nats      1004.433187
perplexity      59.3268 ± 10.2626
bits per token  5.89061
bits per byte   2.08203 (696 bytes)
accuracy        23.17 % ± 2.70 %
wall time       TIME s
`);
  });

  test("ignored rows are counted separately; without token bytes there are no bits per byte", async () => {
    const { stdout } = await runHere(["score", smallFile]);
    expect(stdout).toMatch(/^rows {12}3 \(1 ignored\)\n/);
    expect(stdout).not.toContain("byte");
    const report = await json(smallFile);
    // all classes tie: the first class is the hit, and the target is the last
    expect(report).toMatchObject({ rows: 3, tokens: 2, classes: 4, accuracy: 0.5 });
    expect(report["bytes"]).toBeUndefined();
    expect(report["nats"]).toBeCloseTo(smallLosses[0] + smallLosses[1], 12);
  });

  test("options are passed to the kernels", async () => {
    const seen: unknown[] = [];
    const loadEngine = async () => async (engineOptions: object) => {
      seen.push(engineOptions);
      return standInEngine((_, options) => void seen.push(options));
    };
    const argv = ["score", smallFile, "--softcap", "15", "--temperature=2.5", "--deterministic", "--threads", "3", "--top", "2"];
    await runHere(argv, { seams: { loadEngine } });
    await runHere(["score", smallFile], { seams: { loadEngine } });
    expect(seen).toEqual([
      { threads: 3, deterministic: true },
      { shape: [3, 4], ignoreIndex: -100, topK: 2, softcap: 15, temperature: 2.5 },
      { deterministic: false },
      { shape: [3, 4], ignoreIndex: -100, topK: 0 },
    ]);
  });

  test("--sums adds the input of mergeScores: merged shards have the bits of the whole text", async () => {
    const shard = (rows: readonly number[]) => {
      const data = Float32Array.from(rows.flatMap((row) => [...small.logits.data.subarray(row * 4, row * 4 + 4)]));
      const targets = BigInt64Array.from(rows, (row) => small.targets.data[row]);
      const shape = [rows.length];
      const logits = { dtype: "F32", shape: [...shape, 4], data };
      return safetensorsBytes({ logits, targets: { dtype: "I64", shape, data: targets } });
    };
    const part = async (rows: readonly number[]) =>
      (await json(folder.write("shard.safetensors", shard(rows)), "--sums")) as unknown as MergeableScores;
    const parts = [await part([2, 1]), await part([0])];
    const { sums: _, nanTokens: __, infiniteTokens: ___, ...merged } = mergeScores(parts);
    expect(await json(smallFile)).toMatchObject({ ...merged });
  });

  test("--ignore-index accepts negative numbers and class ids", async () => {
    const with3 = await json(smallFile, "--ignore-index", "3").catch((error: Error) => error.message);
    expect(with3).toMatch(/expected \[ 2/); // row 2 is -100, now out of range
    const data = Uint32Array.of(0, 3, 4_294_967_295);
    const file = folder.write("u32.safetensors", safetensorsBytes({ ...small, targets: { dtype: "U32", shape: [3], data } }));
    expect(await json(file, "--ignore-index", "4294967295")).toMatchObject({ tokens: 2 });
    expect(await json(folder.write("minus.safetensors", safetensorsBytes(minusOne)), "--ignore-index", "-1")).toMatchObject({
      tokens: 2,
    });
  });

  const minusOne = { ...small, targets: { dtype: "I32", shape: [3], data: Int32Array.of(0, 3, -1) } };

  test("separate files of either kind, other names, every shape with one target per row", async () => {
    const wanted = await json(smallFile);
    const logits = folder.write("logits.npy", npyBytes(npyDict("<f4", [3, 4]), small.logits.data));
    const targets = folder.write("targets.npy", npyBytes(npyDict("<i2", [3]), Int16Array.of(0, 3, -100)));
    const named = folder.write(
      "named.safetensors",
      safetensorsBytes({
        x: { ...small.logits, shape: [1, 3, 4] },
        y: { ...small.targets, shape: [1, 3] },
        b: { dtype: "U8", shape: [4], data: Uint8Array.of(2, 0, 0, 0) },
      }),
    );
    const { seconds: _, ...totals } = wanted;
    expect(await json("--logits", logits, "--targets", targets)).toMatchObject(totals);
    expect(await json(named, "--logits-name", "x", "--targets-name", "y")).toMatchObject(totals);
    expect(await json("--logits", logits, "--targets", named, "--targets-name=y")).toMatchObject(totals);
    expect(await json(logits, "--targets", targets)).toMatchObject(totals);
    expect(await json(smallFile, "--targets", targets)).toMatchObject(totals);
    const bytes = await json("--logits", logits, "--targets", targets, "--token-bytes", named, "--token-bytes-name", "b");
    expect(bytes).toMatchObject({ ...totals, bytes: 2 });
    // the second token has 0 bytes, so its nats do not count here
    expect(bytes["bitsPerByte"]).toBeCloseTo(smallLosses[0] / (Math.LN2 * 2), 12);
  });

  test("f64 logits are passed on unchanged", async () => {
    const data = Float64Array.from(small.logits.data);
    const file = folder.write("f64.safetensors", safetensorsBytes({ ...small, logits: { dtype: "F64", shape: [3, 4], data } }));
    expect((await json(file))["nats"]).toBe((await json(smallFile))["nats"]);
  });
});

describe("NaN totals are explained after the totals, with exit code 2", () => {
  const spoiled = (row: number, value: number) => {
    const data = small.logits.data.slice();
    data[row * 4 + 1] = value;
    return folder.write("spoiled.safetensors", safetensorsBytes({ ...small, logits: { ...small.logits, data } }));
  };

  test("NaN logits", async () => {
    const file = spoiled(1, Number.NaN);
    const { code, stdout, stderr } = await runHere(["score", file]);
    expect(code).toBe(2);
    expect(stdout).toContain("perplexity      NaN ± NaN\n");
    expect(stderr).toBe(
      `xent: ${file}: tensor "logits": 1 of 3 rows have a NaN loss, the first is row 1, where class 1 is NaN; ` +
        "fix the logits at their source, or set the targets of these rows to the ignore index (-100)\n",
    );
    const report = JSON.parse((await runHere(["score", file, "--json"])).stdout);
    expect(report).toMatchObject({ nats: null, meanLoss: null, nanRows: 1, tokens: 2, accuracy: 0.5 });
  });

  const half = (words: readonly number[]) => Uint16Array.from(words);
  const rowsOf: readonly [string, string, Float32Array | Uint16Array][] = [
    ["class 2 is NaN", "F32", Float32Array.of(1, Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY)],
    ["class 3 is +inf", "F32", Float32Array.of(1, Number.NEGATIVE_INFINITY, 2, Number.POSITIVE_INFINITY)],
    ["every class is -inf", "F32", new Float32Array(4).fill(Number.NEGATIVE_INFINITY)],
    ["class 1 is NaN", "F16", half([0x7bff, 0xfe00, 0x7c00, 0])],
    ["class 2 is +inf", "F16", half([0x7bff, 0xfc00, 0x7c00, 0])],
    ["every class is -inf", "F16", half([0xfc00, 0xfc00, 0xfc00, 0xfc00])],
    ["class 1 is NaN", "BF16", half([0x7f7f, 0x7f81, 0x7f80, 0])],
    ["class 2 is +inf", "BF16", half([0x7f7f, 0xff80, 0x7f80, 0])],
    ["every class is -inf", "BF16", half([0xff80, 0xff80, 0xff80, 0xff80])],
  ];
  test.each(rowsOf)("a row where %s (%s)", async (cause, dtype, row) => {
    const data = new (row.constructor as typeof Float32Array)(12);
    data.set(row as Float32Array, 4);
    const file = folder.write("cause.safetensors", safetensorsBytes({ ...small, logits: { dtype, shape: [3, 4], data } }));
    const { code, stderr } = await runHere(["score", file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`the first is row 1, where ${cause}; fix the logits`)]);
  });

  test("a cause far along a long row", async () => {
    const data = new Float32Array(2 * 70_000);
    data[70_000 + 69_999] = Number.POSITIVE_INFINITY;
    const targets = { dtype: "I64", shape: [2], data: BigInt64Array.of(0n, 0n) };
    const file = folder.write(
      "long.safetensors",
      safetensorsBytes({ logits: { dtype: "F32", shape: [2, 70_000], data }, targets }),
    );
    expect((await runHere(["score", file])).stderr).toContain("the first is row 1, where class 69999 is +inf; ");
  });

  test.each([1, 2, 3, 4, 5])("the first row with a NaN loss is no ignored row, in batches of %i", async (batchRows) => {
    const data = Float32Array.from({ length: 20 }, (_, index) => ([1, 13, 17].includes(index) ? Number.NaN : index % 4));
    const targets = { dtype: "I64", shape: [5], data: BigInt64Array.of(-100n, 0n, -100n, 2n, 3n) };
    const file = folder.write("nan.safetensors", safetensorsBytes({ logits: { dtype: "F32", shape: [5, 4], data }, targets }));
    const { stderr } = await runHere(["score", file], { seams: { batchBytes: batchRows * 16 } });
    expect(stderr).toContain("2 of 5 rows have a NaN loss, the first is row 3, where class 1 is NaN; ");
  });

  test("NaN in an ignored row does not matter", async () => {
    expect((await runHere(["score", spoiled(2, Number.NaN)])).code).toBe(0);
  });

  test("an infinite loss is counted", async () => {
    const data = small.logits.data.slice();
    data[0] = Number.NEGATIVE_INFINITY;
    const file = folder.write("inf.safetensors", safetensorsBytes({ ...small, logits: { ...small.logits, data } }));
    expect(await json(file)).toMatchObject({ nats: null, nanRows: 0, infiniteRows: 1 });
    expect((await runHere(["score", file])).stdout).toContain("perplexity      Infinity ± NaN\n");
  });

  test("all rows ignored", async () => {
    const targets = { dtype: "I64", shape: [3], data: BigInt64Array.of(-100n, -100n, -100n) };
    const file = folder.write("ignored.safetensors", safetensorsBytes({ ...small, targets }));
    const { code, stdout, stderr } = await runHere(["score", file]);
    expect(code).toBe(2);
    expect(stdout).toContain("mean loss       NaN nats\n");
    expect(stderr).toBe(
      `xent: ${file}: tensor "targets": all 3 targets are the ignore index (-100), ` +
        "so there is nothing to score; check --ignore-index\n",
    );
  });
});
