import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FORMATS, type Format, FUZZERS } from "./fuzzers.js";
import { compareRecorded } from "./recorded.js";

/** The short form of `npm run fuzz`: the same inputs in every run. */

const scratch = mkdtempSync(join(tmpdir(), "xent-fuzz-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function folder(name: string): string {
  const path = join(scratch, name);
  mkdirSync(path, { recursive: true });
  return path;
}

test.each(Object.keys(FORMATS) as Format[])("%s is read and refused as by numpy or safetensors", async (format) => {
  expect(await compareRecorded(format, folder(format))).toBe(500);
});

/** Inputs per fuzzer: about half a second of each. */
const INPUTS = { shards: 60, tokens: 200, checkpoints: 50, sums: 200, arguments: 80, inputs: 60 };

test.each(Object.entries(INPUTS))("%s: %i inputs are used or refused in one line", async (name, count) => {
  const outcomes = { read: 0, refused: 0 };
  for (let seed = 1; seed <= count; seed++) {
    try {
      outcomes[await (FUZZERS[name] as (typeof FUZZERS)[string])(seed, folder(name))]++;
    } catch (error) {
      throw new Error(`seed ${seed}: npm run fuzz -- --only ${name} --seed ${seed} --count 1`, { cause: error });
    }
  }
  // a fuzzer that makes only bad inputs, or only good ones, finds nothing
  expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(0);
});
