import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder, type WrittenTensor } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

/** Which classes, targets and documents count: --classes, --mask, --documents. */

const folder = temporaryFolder();
const [ROWS, V, PADDED] = [6, 4, 7];
const IDS = [1, 0, 3, 2, 3, 1];
const OWNERS = [5, 5, 2, 2, 2, 9];
const value = (row: number, column: number) => 2 * Math.cos((row * V + column) * 1.3);

/** Columns beyond the vocabulary hold logits that would win. */
const logits = (columns: number, scale = 1): WrittenTensor => ({
  dtype: "F32",
  shape: [ROWS, columns],
  data: Float32Array.from({ length: ROWS * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return column < V ? scale * value(row, column) : 30;
  }),
});
const integers = (values: readonly number[], shape: readonly number[] = [values.length]): WrittenTensor => ({
  dtype: "I64",
  shape,
  data: BigInt64Array.from(values, BigInt),
});
const targets = integers(IDS);
let files = 0;
const put = (tensors: Readonly<Record<string, WrittenTensor>>) =>
  folder.write(`f${files++}.safetensors`, safetensorsBytes(tensors));
const putNpy = (name: string, values: readonly number[]) =>
  folder.write(name, npyBytes(npyDict("<i8", [values.length]), BigInt64Array.from(values, BigInt)));

/** Runs in batches of two rows. */
async function results(...argv: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await runHere([...argv, "--json", "--sums"], { seams: { batchBytes: 2 * PADDED * 4 } });
  expect([code, stderr]).toEqual([0, ""]);
  const { seconds: _, ...json } = JSON.parse(stdout);
  return json;
}
async function refused(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(argv);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr;
}

const plain = put({ logits: logits(V), targets });
const padded = put({ logits: logits(PADDED), targets });

describe("--classes", () => {
  test("leaves out the padding of a vocabulary", async () => {
    const want = await results("score", plain);
    expect(want["accuracy"]).not.toBe((await results("score", padded))["accuracy"]);
    expect(await results("score", padded, "--classes", "4")).toEqual(want);
  });

  test("compares vocabularies of two widths; without it they are refused", async () => {
    const [narrow, wide] = [put({ logits: logits(V, 0.5) }), put({ logits: logits(PADDED, 0.5) })];
    const want = await results("compare", plain, narrow);
    for (const [base, other] of [
      [plain, wide],
      [padded, narrow],
      [padded, wide],
    ] as const) {
      expect(await results("compare", base, other, "--classes", "4")).toEqual(want);
    }
    expect(await refused("compare", plain, wide)).toContain(
      "got [6,7]; if one vocabulary is padded, give the number of classes in use: --classes 4, or fewer if both are",
    );
    expect(await refused("compare", plain, wide, "--classes", "5")).toContain("--classes: expected at most 4, the columns of");
  });

  test("fits token bytes, and targets stay below it", async () => {
    const bytes = put({ token_bytes: integers([1, 2, 3, 4]) });
    expect(await refused("score", padded, "--token-bytes", bytes)).toContain(
      "has 7 classes in use; if the vocabulary is padded, give --classes 4",
    );
    const { bytes: counted } = await results("score", padded, "--token-bytes", bytes, "--classes", "4");
    expect(counted).toBe(2 + 1 + 4 + 3 + 4 + 2);
    expect(await refused("score", padded, "--classes", "3")).toContain("row 2: expected a target in 0..2");
  });
});

describe("--mask", () => {
  const counted = [1, 0, 1, 1, 0, 1];
  const masked = put({ logits: logits(V), targets: integers(IDS.map((id, row) => (counted[row] === 0 ? -100 : id))) });

  test.each<[string, WrittenTensor]>([
    ["integers", integers(counted)],
    ["booleans", { dtype: "BOOL", shape: [ROWS], data: Uint8Array.from(counted) }],
  ])("of %s leaves out targets, whose values then do not matter", async (_, mask) => {
    const ids = integers(IDS.map((id, row) => (counted[row] === 0 ? 99 : id)));
    const file = put({ logits: logits(V), targets: ids, mask });
    expect(await results("score", file, "--mask", "mask")).toEqual(await results("score", masked));
    const other = put({ logits: logits(V, 0.5) });
    expect(await results("compare", file, other, "--mask", "mask")).toEqual(await results("compare", masked, other));
  });

  test("is read at the target; an attention mask at the row as well", async () => {
    const shape = [2, 3];
    const three = { ...logits(V), shape: [2, 3, V] };
    // padding on the left: the token that follows it has no context
    const seen = integers([0, 1, 1, 1, 1, 1], shape);
    const file = put({ logits: three, targets: integers(IDS, shape), loss_mask: seen, attention_mask: seen });
    const next = (ids: readonly number[]) => put({ logits: three, targets: integers(ids, shape) });
    const shifted = ["--shift", "1"];
    const want = { shift: 1, tokens: 4 };
    expect(await results("score", file, ...shifted, "--mask", "loss_mask")).toEqual({
      ...(await results("score", next([0, 3, -100, 3, 1, -100]))),
      ...want,
    });
    expect(await results("score", file, ...shifted, "--mask", "attention_mask")).toEqual({
      ...(await results("score", next([-100, 3, -100, 3, 1, -100]))),
      ...{ ...want, tokens: 3 },
    });
  });

  test("of a .npy, of another length, of floats, of nothing left", async () => {
    const mask = putNpy("mask.npy", counted);
    expect(await results("score", plain, "--mask", mask)).toEqual(await results("score", masked));
    const ids = putNpy("ids.npy", IDS);
    expect(await refused("score", plain, "--targets", ids, "--mask", "mask")).toContain(
      "ids.npy contains only the targets; give a",
    );
    const short = put({ logits: logits(V), targets, mask: integers([1, 1]), none: integers(IDS.map(() => 0)) });
    expect(await refused("score", short, "--mask", "mask")).toMatch(
      /"mask": expected 6 entries, one per target of .*, got 2 \(\[2\]\)/,
    );
    expect(await refused("score", short, "--mask", "logits")).toContain("expected 6 entries");
    expect(await refused("score", short, "--mask", "mist")).toContain('has no tensor "mist"');
    const { code, stderr } = await runHere(["score", short, "--mask", "none"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("leaves none of 6 targets, so there is nothing to score; check --mask"),
    ]);
  });
});

describe("--documents", () => {
  const bytes = integers([1, 2, 3, 4]);
  const file = put({ logits: logits(V), targets, doc: integers(OWNERS), token_bytes: bytes });

  test("clusters the errors by document, at any batch size, and says so in the table", async () => {
    const got = await results("score", file, "--documents", "doc");
    const scores = await standInEngine().scoreTokens(logits(V).data as Float32Array, Int32Array.from(IDS), {
      shape: [ROWS, V],
    });
    const nats = Array.from(scores.logProbs, (logProb) => -logProb);
    const mean = nats.reduce((a, b) => a + b) / ROWS;
    const parts = [5, 2, 9].map((owner) => nats.reduce((sum, loss, row) => (OWNERS[row] === owner ? sum + loss - mean : sum), 0));
    const error = Math.sqrt((3 / 2) * parts.reduce((sum, part) => sum + part * part, 0)) / ROWS;
    expect(got).toMatchObject({ documents: 3, perplexityClusteredStderr: expect.closeTo(Math.exp(mean) * error, 10) });
    const { stdout } = await runHere(["score", file, "--documents", "doc"]);
    expect(stdout).toMatch(/^documents +3; errors clustered by document: perplexity ± \d+\.\d+, bits per byte ± 0\.\d+$/m);
  });

  test("of compare", async () => {
    const other = put({ logits: logits(V, 0.5) });
    const got = await results("compare", file, other, "--documents", "doc");
    expect(got).toMatchObject({ documents: 3, meanKlClusteredStderr: expect.closeTo(0.05, 0) });
    expect((await runHere(["compare", file, other, "--documents", "doc"])).stdout).toMatch(
      /^documents +3; errors clustered by document: mean KL ± \S+, perplexity ratio ± \S+$/m,
    );
  });

  test("an interrupted run goes on with the same bits, but not with other documents", async () => {
    for (const [command, ...rest] of [["score"], ["compare", put({ logits: logits(V, 0.5) })]]) {
      const argv = [command as string, file, ...rest, "--documents", "doc"];
      const signals = new EventEmitter();
      const loadEngine = async () => async () => standInEngine(() => void signals.emit("SIGINT", "SIGINT"));
      const checkpoint = ["--checkpoint", folder.path("stopped")];
      const seams = { loadEngine, batchBytes: 2 * V * 4 };
      expect((await runHere([...argv, ...checkpoint], { signals, seams })).code).toBe(130);
      const without = [...argv.slice(0, -2), ...checkpoint, "--resume"];
      expect(await refused(...without)).toContain("--documents: ");
      const resumed = await results(...argv, ...checkpoint, "--resume");
      expect(resumed).toEqual(await results(...argv));
    }
  });

  test("numbers that no f64 holds", async () => {
    const hashes = {
      dtype: "I64",
      shape: [ROWS],
      data: BigInt64Array.from(OWNERS, (owner) => BigInt(owner) + 2n ** 60n),
    } as const;
    const path = put({ logits: logits(V), targets, doc: hashes });
    expect(await refused("score", path, "--documents", "doc")).toMatch(
      /"doc": row 0: expected a whole number below 2\^53, got 1152921504606846981; number the documents: 0, 1, 2/,
    );
  });
});
