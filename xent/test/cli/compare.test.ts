import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compareLogits, createEngine, mergeComparisons } from "wasm-cross-entropy";
import { asIntegers, asLogits } from "../../src/files/tensor.js";
import { openTensorFile } from "../../src/files/tensor-file.js";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";

const folder = temporaryFolder();
const F32 = "examples/data/devil.f32.safetensors";
const INT8 = "examples/data/devil.int8.safetensors";

const logits = { dtype: "F32", shape: [3, 4], data: Float32Array.of(2, 1, 0.5, 0, 0, 0, 0, 0, 9, 9, 9, 9) };
const targets = { dtype: "I64", shape: [3], data: BigInt64Array.of(0n, 3n, -100n) };
const shifted = { ...logits, data: logits.data.map((x, index) => x + (index % 3) / 4) };
const base = folder.write("base.safetensors", safetensorsBytes({ logits, targets }));
const other = folder.write("other.safetensors", safetensorsBytes({ logits: shifted }));

const json = async (...argv: string[]) => {
  const { code, stdout, stderr } = await runHere(["compare", ...argv, "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Record<string, number>;
};

describe("on the engine", () => {
  const real = { loadEngine: async () => createEngine };

  test("--json: the bits of compareLogits' totals, and the run's own properties", async () => {
    const outcome = await runHere(["compare", F32, INT8, "--json"], { seams: { ...real, batchBytes: 40 * 4096 * 4 } });
    expect([outcome.code, outcome.stderr]).toEqual([0, ""]);
    const report = JSON.parse(outcome.stdout);
    const files = [await openTensorFile(F32), await openTensorFile(INT8)] as const;
    const [first, second] = files.map((file) => asLogits(file.find("logits", ""), "logits").readAll() as Float32Array);
    const ids = asIntegers(files[0].find("targets", ""), "targets").readAll() as Int32Array;
    const { sums: _, nanTokens: nanRows, ...totals } = compareLogits(first as Float32Array, second as Float32Array, ids).totals;
    for (const file of files) file.close();
    expect(report).toEqual({ ...totals, nanRows, infiniteRows: 0, rows: 246, classes: 4096, seconds: expect.any(Number) });
    for (const name of ["tokens", "meanKl", "meanKlStderr", "medianKl", "maxKl", "klPercentiles", "perplexityRatio", "sameTop"]) {
      expect(report).toHaveProperty(name);
    }
  });

  test("the table", async () => {
    const { stdout } = await runHere(["compare", F32, INT8], { seams: real });
    const groups = stdout.replace(/\d\S* s\n$/, "TIME s\n").split("\n\n");
    expect(groups.map((group) => group.split("\n").length)).toEqual([9, 14, 15, 2]);
    expect(groups[0]).toBe(`rows                   246
classes                4096
base perplexity        59.327 ± 10.263
other perplexity       59.358 ± 10.266
perplexity ratio       1.0005 ± 0.0024
ln of the ratio        0.00053028 ± 0.00244519
perplexity difference  0.031468 ± 0.145115
correlation of losses  99.99 %
same top token         97.15 % ± 1.06 %`);
    expect(groups[1]?.split("\n").slice(0, 2)).toEqual([
      "mean KL divergence     0.00082336 ± 0.00003110 nats",
      "maximum                0.0027536",
    ]);
    expect(groups[1]).toContain("\n75 %                   0.0010370\nmedian                 0.00075359\n25 %  ");
    expect(groups[3]).toBe("wall time              TIME s\n");
  });
});

test("separate targets, other names, one file for both, models of different types", async () => {
  const { seconds: _, ...wanted } = await json(base, other);
  expect(wanted).toMatchObject({ rows: 3, tokens: 2, classes: 4, sameTop: 0.5 });
  const ids = folder.write("ids.npy", npyBytes(npyDict("<i2", [3]), Int16Array.of(0, 3, -100)));
  const npy = (name: string, data: Float32Array) => folder.write(name, npyBytes(npyDict("<f4", [3, 4]), data));
  expect(await json(npy("a.npy", logits.data), npy("b.npy", shifted.data), "--targets", ids)).toMatchObject(wanted);
  const both = folder.write("both.safetensors", safetensorsBytes({ a: logits, b: shifted, ids: targets }));
  const names = ["--logits-name", "a", "--other-name", "b", "--targets-name", "ids"];
  expect(await json(both, both, ...names)).toMatchObject(wanted);
  const wide = { ...shifted, dtype: "F64", data: Float64Array.from(shifted.data) };
  expect(await json(base, folder.write("wide.safetensors", safetensorsBytes({ logits: wide })))).toMatchObject(wanted);
});

test("--sums adds the input of mergeComparisons", async () => {
  const whole = await json(base, other, "--sums");
  const merged = mergeComparisons([whole as never]);
  expect(whole).toMatchObject({ meanKl: merged.meanKl, klPercentiles: merged.klPercentiles });
});

test.each([1, 2, 3, 4, 5])("the first row with a NaN divergence is no ignored row, in batches of %i", async (batchRows) => {
  const data = Float32Array.from({ length: 20 }, (_, index) => ([1, 13, 17].includes(index) ? Number.NaN : index % 4));
  const targets = { dtype: "I64", shape: [5], data: BigInt64Array.of(-100n, 0n, -100n, 2n, 3n) };
  const file = folder.write("nan.safetensors", safetensorsBytes({ logits: { dtype: "F32", shape: [5, 4], data }, targets }));
  const { stderr } = await runHere(["compare", file, file], { seams: { batchBytes: batchRows * 16 } });
  expect(stderr).toContain("2 of 5 rows have a NaN divergence, the first is row 3, where class 1 is NaN; ");
});

test("NaN rows of either model are counted, and reported after the totals", async () => {
  const spoiled = { ...shifted, data: shifted.data.with(5, Number.NaN) };
  const file = folder.write("nan.safetensors", safetensorsBytes({ logits: spoiled }));
  const { code, stdout, stderr } = await runHere(["compare", base, file, "--json"]);
  expect([code, JSON.parse(stdout)]).toEqual([2, expect.objectContaining({ nanRows: 1, meanKl: null, tokens: 2 })]);
  expect(stderr).toBe(
    `xent: ${file}: tensor "logits": 1 of 3 rows have a NaN divergence, the first is row 1, ` +
      "where class 1 is NaN; fix the logits at their source, " +
      "or set the targets of these rows to the ignore index (-100)\n",
  );
});

test("an infinite divergence is counted", async () => {
  const masked = { ...shifted, data: shifted.data.with(2, Number.NEGATIVE_INFINITY) };
  const file = folder.write("masked.safetensors", safetensorsBytes({ logits: masked }));
  expect(await json(base, file)).toMatchObject({ nanRows: 0, infiniteRows: 1, meanKl: null });
});

describe("input that cannot be compared: nothing on stdout, one line on stderr, exit code 2", () => {
  const refused = async (...argv: string[]) => {
    const { code, stdout, stderr } = await runHere(["compare", ...argv]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^xent: [^\n]+\n$/);
    return stderr.slice("xent: ".length, -1);
  };

  test("rows or classes that do not match", async () => {
    const narrow = { dtype: "F32", shape: [4, 3], data: logits.data };
    const file = folder.write("narrow.safetensors", safetensorsBytes({ logits: narrow }));
    expect(await refused(base, file)).toBe(
      `${file}: tensor "logits": expected logits [3,4], like ${base}: tensor "logits", got [4,3]`,
    );
  });

  test("missing or out-of-range targets, a truncated file", async () => {
    expect(await refused(other, base)).toBe(`${other}: has no tensor "targets"; it has "logits": choose one with --targets-name`);
    const wrong = { ...targets, data: BigInt64Array.of(0n, 4n, 1n) };
    const file = folder.write("wrong.safetensors", safetensorsBytes({ logits, targets: wrong }));
    expect(await refused(file, other)).toMatch(/row 1: expected a target in 0..3 or the ignore index \(-100\), got 4$/);
    const bytes = readFileSync(base);
    const short = folder.write("short.safetensors", bytes.subarray(0, -5));
    expect(await refused(short, other)).toBe(
      `${short}: truncated: expected ${bytes.length} bytes, got ${bytes.length - 5}; copy or download it again`,
    );
  });

  test.each([
    [["a"], "missing required argument 'OTHER'; see xent compare --help"],
    [["a", "b", "c"], "too many arguments for 'compare'. Expected 2 arguments but got 3; see xent compare --help"],
    [["a", "b", "--top", "2"], "unknown option '--top'; see xent compare --help"],
    [["no/such/file", "b"], "no/such/file: no such file; check the path"],
  ])("%j", async (argv, message) => {
    expect(await refused(...argv)).toBe(message);
  });
});
