/** What the documents say of bench:files, from a made up result; and the file that it generates. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { writeLargeFile } from "../../bench/files/large-file.mjs";
import { type FilesResult, filesSection } from "../../bench/harness/files-section.mjs";
import { asIntegers, asLogits } from "../../xent/src/files/tensor.js";
import { openTensorFile } from "../../xent/src/files/tensor-file.js";
import { temporaryFolder } from "../../xent/test/files/written.js";

const folder = temporaryFolder();
const spread = (median: number) => ({ median, q1: median, q3: median });

const result: FilesResult = {
  ...{ schema: 1, name: "files", date: "2026-01-02T00:00:00.000Z", missing: { numpy: "no python" } },
  environment: {
    ...{ cpu: "CPU", cores: 2, load: 0, platform: "linux x64" },
    runtime: { name: "node", version: "24.0.0", major: 24, v8: "13", flags: [] },
    package: { version: "0.1.0", commit: null, modified: null },
  },
  options: { bytes: 8e9, rows: 26_328, partRows: 3291, classes: 151_936, rounds: 3 },
  contenders: [
    { label: "cat", bytes: 8_000_342_016, seconds: spread(1.6), gigabytesPerSecond: 5, peakBytes: null },
    { label: "loop", bytes: 3291 * 303_872, seconds: spread(8), gigabytesPerSecond: 0.125, peakBytes: 150_400_000 },
  ],
  interrupted: { rowsDone: 13_164, peakBytes: 1 },
};

it("has a line for each contender, and says who is missing", () => {
  const text = filesSection([result]);
  expect(text).toContain("26328 rows of 151936 classes in bfloat16, 8.00 GB. Node 24.0.0, all threads of 2 on CPU");
  expect(text).toContain("| cat  | 26328 |    1.60 |  5.00 |                 |");
  expect(text).toContain("| loop |  3291 |    8.00 | 0.125 |             150 |");
  expect(text).toContain("interruption at row 13164 and --resume. Not run: numpy (no python).");
});

it("says that there is no result, and what makes one", () => {
  expect(filesSection([])).toBe("Not measured yet: `npm run bench:files`.");
});

it("generates the same rows each time, and those of a longer file first", async () => {
  const paths = [folder.path("long.safetensors"), folder.path("short.safetensors"), folder.path("again.safetensors")] as const;
  const [long, short, again] = paths;
  await writeLargeFile(long, { rows: 20, classes: 501 });
  await writeLargeFile(short, { rows: 7, classes: 501 });
  await writeLargeFile(again, { rows: 20, classes: 501 });
  expect(readFileSync(again).equals(readFileSync(long))).toBe(true);
  const [whole, part] = [await openTensorFile(long), await openTensorFile(short)];
  const logits = [whole, part].map((file) => asLogits(file.find("logits", ""), "logits").readRows(0, 7));
  expect(logits[1]).toEqual(logits[0]);
  expect(new Set(logits[0]).size).toBeGreaterThan(300);
  const targets = [whole, part].map((file) => asIntegers(file.find("targets", ""), "targets").readElements(0, 7));
  expect(targets[1]).toEqual(targets[0]);
  whole.close();
  part.close();
});
