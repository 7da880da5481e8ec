import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { xent } from "../../../bench/files/processes.mjs";
import { isLong } from "../../../test/support/long.js";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder, withHeader } from "../files/written.js";
import { zipBytes } from "../files/written-zip.js";

const folder = temporaryFolder();

// a sparse file takes no disk space, except on Windows
test.skipIf(process.platform === "win32")(
  `memory does not grow with the file: ${isLong ? 1.2 : 0.5} GB in less than 300 MB`,
  async () => {
    const [rows, classes] = [isLong ? 4000 : 1600, 151_936];
    const bytes = rows * classes * 2;
    const path = folder.path("large.safetensors");
    const header = {
      logits: { dtype: "BF16", shape: [rows, classes], data_offsets: [0, bytes] },
      targets: { dtype: "I32", shape: [rows], data_offsets: [bytes, bytes + rows * 4] },
    };
    const head = withHeader(JSON.stringify(header));
    const descriptor = openSync(path, "w");
    writeSync(descriptor, head);
    ftruncateSync(descriptor, head.length + bytes + rows * 4);
    closeSync(descriptor);
    const { code, stdout, stderr, peakBytes } = await xent(["score", path, "--json", "--threads", "2"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ tokens: rows, accuracy: 1 });
    expect(JSON.parse(stdout).meanLoss).toBeCloseTo(Math.log(classes), 6);
    expect(peakBytes).toBeGreaterThan(30e6);
    expect(peakBytes).toBeLessThan(300e6);
  },
);

const good = {
  logits: { dtype: "F32", shape: [1, 2], data: Float32Array.of(1, 2) },
  targets: { dtype: "I8", shape: [1], data: Int8Array.of(1) },
};
const TENSORS = isLong ? 1e6 : 1e5;
const empty = { dtype: "U8", shape: [0], data_offsets: [9, 9] };
/** A deflated row of 200 MB of zeros. */
const bomb = () =>
  zipBytes([{ name: "logits.npy", data: npyBytes(npyDict("<f4", [1, 5e7]), new Float32Array(5e7)), deflated: true }]);

test.each<readonly [name: string, bytes: () => Uint8Array, code: number, says: RegExp]>([
  [
    `${TENSORS} empty tensors`,
    () =>
      safetensorsBytes(good, (header) => ({
        ...header,
        ...Object.fromEntries(Array.from({ length: TENSORS }, (_, i) => [`t${i}`, empty])),
      })),
    0,
    /^$/,
  ],
  ["a header of five million brackets", () => withHeader(`{"a":${"[".repeat(5e6)}`), 2, /nests more than 127 levels deep/],
  ["a header of nine million sizes", () => withHeader(`{"a":{"shape":[${"0,".repeat(9e6)}0]}}`), 2, /expected a "dtype"/],
  ["an archive of a row of 200 MB", bomb, 2, /has rows of 50000000 classes, 200000000 bytes each; at most 33554432 are read/],
])("a crafted file costs little: %s", async (name, bytes, code, says) => {
  const got = await xent(["score", folder.write(`${name}.bin`, bytes()), "--json", "--threads", "1"]);
  expect([got.code, got.stderr]).toEqual([code, expect.stringMatching(says)]);
  expect(got.peakBytes).toBeLessThan(300e6);
});
