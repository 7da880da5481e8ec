import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { differenceOf } from "./compare-verdicts.js";
import { demand } from "./fault.js";
import { type Format, written } from "./fuzzers.js";
import type { Oracle } from "./oracle.js";
import { type Verdict, verdictOf } from "./verdict.js";

/** The verdicts of another reader on the files of seeds 1, 2, ... */
interface Recorded {
  readonly reader: string;
  /** Hash of all files, one after another: a change of the generator asks for a new recording. */
  readonly files: string;
  readonly verdicts: readonly Verdict[];
}

const pathOf = (format: Format) => `xent/test/fuzz/verdicts/${format}.jsonl`;

/** Records the verdicts on the files of seeds 1 to `count`. */
export async function record(format: Format, count: number, folder: string, oracle: Oracle): Promise<void> {
  const hash = createHash("sha256");
  const lines: string[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const { path, made } = written(folder, format, seed);
    hash.update(made.bytes);
    lines.push(JSON.stringify(await oracle.verdictOf(path)));
    rmSync(path);
  }
  const head = JSON.stringify({ reader: await oracle.versions(), files: hash.digest("hex") });
  writeFileSync(pathOf(format), `${[head, ...lines].join("\n")}\n`);
}

/**
 * Compares xent's verdicts with the recorded ones.
 * @returns the number of files
 * @throws Fault for the first that differs
 */
export async function compareRecorded(format: Format, folder: string): Promise<number> {
  const { files, verdicts } = recordedOf(format);
  const hash = createHash("sha256");
  for (const [index, other] of verdicts.entries()) {
    const { path, made } = written(folder, format, index + 1);
    hash.update(made.bytes);
    const difference = differenceOf(await verdictOf(path), other);
    demand(difference === undefined, `${format}, seed ${index + 1} (${made.broken.join(", ")}): ${difference}`);
    rmSync(join(path));
  }
  demand(hash.digest("hex") === files, "the seeds make other files than those recorded: npm run fuzz -- --record PYTHON");
  return verdicts.length;
}

function recordedOf(format: Format): Recorded {
  const [head = "{}", ...lines] = readFileSync(pathOf(format), "utf8").trimEnd().split("\n");
  return { ...JSON.parse(head), verdicts: lines.map((line) => JSON.parse(line) as Verdict) };
}
