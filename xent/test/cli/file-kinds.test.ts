import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wordsOf } from "../../../test/support/halves.js";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder } from "../files/written.js";
import { zipBytes } from "../files/written-zip.js";
import { runHere } from "./stand-in.js";

/** The same text in every kind of file gives the same totals. */

const folder = temporaryFolder();
const [ROWS, CLASSES] = [7, 4];
// numbers that bfloat16 holds exactly
const values = Float32Array.from({ length: ROWS * CLASSES }, (_, index) => ((index * 7) % 9) / 4 - 1);
const ids = Array.from({ length: ROWS }, (_, row) => (row * 3) % CLASSES);
const tokenBytes = { dtype: "U8", shape: [CLASSES], data: Uint8Array.of(1, 2, 3, 4) };

const LOGITS = {
  F32: { data: values, descr: "<f4" },
  F64: { data: Float64Array.from(values), descr: "<f8" },
  F16: { data: wordsOf(values, "float16"), descr: "<f2" },
  BF16: { data: wordsOf(values, "bfloat16"), descr: undefined },
} as const;
const TARGETS = {
  I32: { data: Int32Array.from(ids), descr: "<i4" },
  I64: { data: BigInt64Array.from(ids, BigInt), descr: "<i8" },
  U16: { data: Uint16Array.from(ids), descr: "<u2" },
  U32: { data: Uint32Array.from(ids), descr: "<u4" },
} as const;

async function totals(...argv: string[]): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await runHere(["score", ...argv, "--json"], { seams: { batchBytes: 3 * CLASSES * 2 } });
  expect([code, stderr]).toEqual([0, ""]);
  return { ...JSON.parse(stdout), seconds: 0 };
}

/** Rows [from, to). */
const rowsOf = (from: number, to: number) => ({
  logits: { dtype: "F32", shape: [to - from, CLASSES], data: values.slice(from * CLASSES, to * CLASSES) },
  targets: { dtype: "I32", shape: [to - from], data: TARGETS.I32.data.slice(from, to) },
});
const whole = folder.write("whole.safetensors", safetensorsBytes({ ...rowsOf(0, ROWS), token_bytes: tokenBytes }));
const expected = totals(whole);

const kinds = Object.keys(LOGITS).flatMap((logits) => Object.keys(TARGETS).map((targets) => [logits, targets] as const));

test.each(kinds as [keyof typeof LOGITS, keyof typeof TARGETS][])("logits %s, targets %s", async (logitType, targetType) => {
  const { data: logits, descr } = LOGITS[logitType];
  const { data: targets, descr: targetDescr } = TARGETS[targetType];
  const tensors = {
    logits: { dtype: logitType, shape: [ROWS, CLASSES], data: logits },
    targets: { dtype: targetType, shape: [ROWS], data: targets },
    token_bytes: tokenBytes,
  };
  expect(await totals(folder.write("kind.safetensors", safetensorsBytes(tensors)))).toEqual(await expected);
  if (descr === undefined) return;
  const arrays = {
    logits: npyBytes(npyDict(descr, [ROWS, CLASSES]), logits),
    targets: npyBytes(npyDict(targetDescr, [ROWS]), targets),
    token_bytes: npyBytes(npyDict("|u1", [CLASSES]), tokenBytes.data),
  };
  const [first, second, third] = Object.entries(arrays).map(([name, bytes]) => folder.write(`${name}.npy`, bytes)) as [
    string,
    string,
    string,
  ];
  expect(await totals(first, "--targets", second, "--token-bytes", third)).toEqual(await expected);
  for (const deflated of [false, true]) {
    const members = Object.entries(arrays).map(([name, data]) => ({ name: `${name}.npy`, data, deflated }));
    expect(await totals(folder.write("kind.npz", zipBytes(members, deflated)))).toEqual(await expected);
  }
});

test("shards: a folder, and its index", async () => {
  const path = folder.path("shards");
  mkdirSync(path);
  const cuts = [0, 2, 3, ROWS];
  for (const [part, from] of cuts.slice(0, -1).entries()) {
    const bytes = safetensorsBytes({ ...rowsOf(from, cuts[part + 1]), ...(part === 0 && { token_bytes: tokenBytes }) });
    writeFileSync(join(path, `model-${part + 8}.safetensors`), bytes);
  }
  expect(await totals(path)).toEqual(await expected);
  const weightMap = Object.fromEntries([8, 9, 10].map((part) => [`part ${part}`, `model-${part}.safetensors`]));
  const index = join(path, "model.safetensors.index.json");
  writeFileSync(index, JSON.stringify({ weight_map: weightMap }));
  expect(await totals(index)).toEqual(await expected);
  expect(await totals(path)).toEqual(await expected);
});
