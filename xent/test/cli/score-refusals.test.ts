import { describe, expect, test } from "vitest";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";

const folder = temporaryFolder();

/** Three rows of four classes; the last target is ignored. */
const small = {
  logits: { dtype: "F32", shape: [3, 4], data: Float32Array.of(2, 1, 0.5, 0, 0, 0, 0, 0, 9, 9, 9, 9) },
  targets: { dtype: "I64", shape: [3], data: BigInt64Array.of(0n, 3n, -100n) },
};
const smallFile = folder.write("small.safetensors", safetensorsBytes(small));

describe("input that cannot be scored: nothing on stdout, one line on stderr, exit code 2", () => {
  const refused = async (argv: string[]) => {
    const { code, stdout, stderr } = await runHere(["score", ...argv]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^xent: [^\n]+\n$/);
    return stderr.slice("xent: ".length, -1);
  };
  const variant = (change: Partial<Record<"logits" | "targets" | "token_bytes", object>>, name = "variant.safetensors") =>
    folder.write(name, safetensorsBytes({ ...small, ...change } as typeof small));

  test("targets out of range name row and value", async () => {
    for (const [value, dtype, data] of [
      ["4", "I64", BigInt64Array.of(0n, 4n, -100n)],
      ["-1", "I8", Int8Array.of(0, -1, 1)],
      ["18446744073709551615", "U64", BigUint64Array.of(0n, 18446744073709551615n, 0n)],
    ] as const) {
      const file = variant({ targets: { dtype, shape: [3], data } });
      expect(await refused([file])).toBe(
        `${file}: tensor "targets": row 1: expected a target in 0..3 or the ignore index (-100), got ${value}`,
      );
    }
  });

  test("shapes that do not match", async () => {
    const two = variant({ targets: { dtype: "I64", shape: [2], data: BigInt64Array.of(0n, 1n) } });
    const expected = `${two}: tensor "targets": expected 3 targets, one per row of the logits [3,4], got 2`;
    const remedy = "leave it out (logits[..., :-1, :]), or give all input ids with --shift 1";
    expect(await refused([two])).toBe(`${expected}: the last row predicts a next token that is not there; ${remedy}`);
    const one = variant({ targets: { dtype: "I64", shape: [1], data: BigInt64Array.of(0n) } });
    expect(await refused([one])).toBe(`${one}: tensor "targets": expected 3 targets, one per row of the logits [3,4], got 1`);
    const flat = variant({ logits: { ...small.logits, shape: [12] } });
    expect(await refused([flat])).toBe(`${flat}: tensor "logits": expected logits of shape [rows, classes], got [12]`);
    const none = variant({ logits: { dtype: "F32", shape: [0, 4], data: new Float32Array(0) } });
    expect(await refused([none])).toBe(`${none}: tensor "logits": has shape [0,4], so there is nothing to score`);
  });

  test("token bytes that are too few, negative or missing", async () => {
    const few = variant({ token_bytes: { dtype: "I32", shape: [3], data: Int32Array.of(1, 1, 1) } });
    expect(await refused([few])).toBe(
      `${few}: tensor "token_bytes": has 3 entries, but ${few}: tensor "logits" has 4 classes in use; ` +
        "if the vocabulary is padded, give --classes 3",
    );
    const many = variant({ token_bytes: { dtype: "I32", shape: [5], data: Int32Array.of(1, 1, 1, 1, 1) } });
    expect(await refused([many])).toBe(
      `${many}: tensor "token_bytes": has 5 entries, but ${many}: tensor "logits" has 4 classes in use; ` +
        "give one byte count per class, or --classes without those of the padding",
    );
    const negative = variant({ token_bytes: { dtype: "I32", shape: [4], data: Int32Array.of(1, 1, -2, 1) } });
    expect(await refused([negative])).toBe(
      `${negative}: tensor "token_bytes": entry 2: expected a number of bytes in 0..2147483647, got -2`,
    );
    expect(await refused([smallFile, "--token-bytes-name", "sizes"])).toBe(
      `${smallFile}: has no tensor "sizes"; it has "logits", "targets": choose one with --token-bytes-name`,
    );
  });

  test("a missing tensor, a wrong dtype, a file of one array", async () => {
    expect(await refused([smallFile, "--logits-name", "scores"])).toBe(
      `${smallFile}: has no tensor "scores"; it has "logits", "targets": choose one with --logits-name`,
    );
    expect(await refused([smallFile, "--targets-name", "logits"])).toMatch(/targets of dtype F32 cannot be read/);
    const npy = folder.write("alone.npy", npyBytes(npyDict("<f4", [3, 4]), small.logits.data));
    expect(await refused([npy])).toBe(`${npy}: contains only one array; give the targets with --targets FILE`);
    const big = folder.write("big.npy", npyBytes(npyDict(">f4", [3, 4]), small.logits.data));
    expect(await refused(["--logits", big, "--targets", smallFile])).toBe(
      `${big}: is big-endian (>f4); convert with np.save(path, a.astype(a.dtype.newbyteorder('<')))`,
    );
  });

  test("--top above the number of classes", async () => {
    expect(await refused([smallFile, "--top", "5"])).toBe("--top: expected at most 4, the number of classes, got 5");
  });

  test.each([
    [[], "expected a file of logits; see xent score --help"],
    [["a", "b"], "a: no such file; check the path"],
    [["a", "--logits", "b"], "expected either LOGITS or --logits, got both"],
    [["--targets", "a"], "expected a file of logits; see xent score --help"],
    [["a", "--top", "101"], '--top: expected an integer in 0..100, got "101"'],
    [["a", "--threads", "0"], '--threads: expected an integer in 1..512, got "0"'],
    [["a", "--tokens", "t.txt"], '--tokens: expected a file that ends in .jsonl, .csv or .parquet, got "t.txt"'],
    [["a", "--sums"], "--sums: expected --json as well"],
    [["--logits", "--targets", "b"], '--logits: expected a value, got "--targets"; for a file of that name give ./--targets'],
    [["a", "--targets="], '--targets: expected a value, got ""'],
    [["a", "--softcap"], "option '--softcap <C>' argument missing; see xent score --help"],
    [["a", "--softcap", "0"], '--softcap: expected a number in [1e-30, 1e30], got "0"'],
    [["a", "--softcap", "Infinity"], '--softcap: expected a number in [1e-30, 1e30], got "Infinity"'],
    [["a", "--temperature", "hot"], '--temperature: expected a number in [1e-30, 1e30], got "hot"'],
    [["a", "--temperature", "-1"], '--temperature: expected a number in [1e-30, 1e30], got "-1"'],
    [["a", "--ignore-index", "1.5"], '--ignore-index: expected a whole number, got "1.5"'],
    [["a", "--json=yes"], "unknown option '--json=yes'; see xent score --help"],
    [["a", "--sofcap", "1"], "unknown option '--sofcap' (Did you mean --softcap?); see xent score --help"],
    [["a", "-x"], "unknown option '-x'; see xent score --help"],
    [["no/such/file"], "no/such/file: no such file; check the path"],
  ])("%j", async (argv, message) => {
    expect(await refused(argv)).toBe(message);
  });

  const numbers = {
    "--ignore-index": "a whole number",
    "--softcap": "a number in [1e-30, 1e30]",
    "--temperature": "a number in [1e-30, 1e30]",
    "--threads": "an integer in 1..512",
    "--top": "an integer in 0..100",
  };
  test.each(Object.entries(numbers))("%s: a blank is no number", async (option, expected) => {
    for (const blank of ["", " ", "\t\n"]) {
      expect(await refused([smallFile, `${option}=${blank}`])).toBe(
        `${option}: expected ${expected}, got ${JSON.stringify(blank)}`,
      );
    }
  });
});
