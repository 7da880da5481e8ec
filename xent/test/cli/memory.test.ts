import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { xent } from "../../../bench/files/processes.mjs";
import { temporaryFolder, withHeader } from "../files/written.js";

const folder = temporaryFolder();

// a sparse file takes no disk space, except on Windows
test.skipIf(process.platform === "win32")("memory does not grow with the file: 1.2 GB in less than 300 MB", async () => {
  const [rows, classes] = [4000, 151_936];
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
});
