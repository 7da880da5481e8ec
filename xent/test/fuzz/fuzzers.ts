import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Draw, type Made } from "./draw.js";
import { demand, type Outcome } from "./fault.js";
import { fuzzCheckpoints } from "./fuzz-checkpoints.js";
import { fuzzArguments, fuzzInputs } from "./fuzz-commands.js";
import { fuzzShards, fuzzTokens } from "./fuzz-json.js";
import { fuzzSums } from "./fuzz-sums.js";
import { makeDamagedNpy } from "./make-npy.js";
import { makeDamagedSafetensors } from "./make-safetensors.js";
import { makeDamagedZip } from "./make-zip.js";
import { type Verdict, verdictOf } from "./verdict.js";

/** Formats that another reader reads too, whose verdicts are recorded (verdicts/README.md). */
export const FORMATS = { npy: makeDamagedNpy, npz: makeDamagedZip, safetensors: makeDamagedSafetensors } as const;

export type Format = keyof typeof FORMATS;

/** Writes the file of a seed; the same seed gives the same bytes. */
export function written(folder: string, format: Format, seed: number): { readonly path: string; readonly made: Made } {
  const made = FORMATS[format](new Draw(seed));
  const path = join(folder, `${seed}.${format}`);
  writeFileSync(path, made.bytes);
  return { path, made };
}

/** Makes the input of a seed in a folder, has it read, and throws a Fault for what may not happen. */
type Fuzzer = (seed: number, folder: string) => Outcome | Promise<Outcome>;

const ofFormat =
  (format: Format): Fuzzer =>
  async (seed, folder) => {
    const { path, made } = written(folder, format, seed);
    const verdict = await verdictOf(path);
    if (made.broken.length === 0) demand(isRead(verdict), "refuses a valid file", verdict);
    return isRead(verdict) ? "read" : "refused";
  };

function isRead(verdict: Verdict): boolean {
  return typeof verdict !== "string" && !Object.values(verdict).some((text) => text.startsWith("!"));
}

const drawn =
  (fuzz: (draw: Draw, folder: string) => Outcome | Promise<Outcome>): Fuzzer =>
  (seed, folder) =>
    fuzz(new Draw(seed), folder);

/** By name, for --only. */
export const FUZZERS: Readonly<Record<string, Fuzzer>> = {
  npy: ofFormat("npy"),
  npz: ofFormat("npz"),
  safetensors: ofFormat("safetensors"),
  shards: drawn(fuzzShards),
  tokens: drawn(fuzzTokens),
  checkpoints: drawn(fuzzCheckpoints),
  sums: drawn(fuzzSums),
  arguments: drawn(fuzzArguments),
  inputs: drawn(fuzzInputs),
};
