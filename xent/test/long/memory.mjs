// node xent/test/long/memory.mjs [GIGABYTES]: the memory of xent on a sparse file of 8 GB, with a table and a page.
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { xent } from "../../../bench/files/processes.mjs";

const [gigabytes = 8] = process.argv.slice(2).map(Number);
const LIMIT = 300e6;
const classes = 151_936;
const rows = Math.ceil((gigabytes * 1e9) / (classes * 2));
const folder = mkdtempSync(join(tmpdir(), "xent-memory-"));
try {
  const path = join(folder, "large.safetensors");
  const bytes = rows * classes * 2;
  const header = {
    logits: { dtype: "BF16", shape: [rows, classes], data_offsets: [0, bytes] },
    targets: { dtype: "I32", shape: [rows], data_offsets: [bytes, bytes + rows * 4] },
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const descriptor = openSync(path, "w");
  writeSync(descriptor, Buffer.concat([length, text]));
  ftruncateSync(descriptor, 8 + text.length + bytes + rows * 4);
  closeSync(descriptor);
  let failed = false;
  for (const table of ["csv", "parquet"]) {
    const outputs = [
      "--tokens",
      join(folder, `t.${table}`),
      "--report",
      join(folder, "r.html"),
      "--checkpoint",
      join(folder, "c"),
    ];
    const {
      code,
      stderr,
      peakBytes = Number.NaN,
      seconds,
    } = await xent(["score", path, "--top", "5", "--json", "--threads", "2", ...outputs]);
    console.log(
      `${(statSync(path).size / 1e9).toFixed(2)} GB, ${rows} rows, .${table}: ${(peakBytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(0)} s, code ${code}${stderr}`,
    );
    failed ||= code !== 0 || !(peakBytes < LIMIT);
  }
  process.exitCode = failed ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
