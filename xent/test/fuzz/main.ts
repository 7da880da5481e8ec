import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { differenceOf } from "./compare-verdicts.js";
import { demand } from "./fault.js";
import { FORMATS, type Format, FUZZERS, written } from "./fuzzers.js";
import { Oracle } from "./oracle.js";
import { record } from "./recorded.js";
import { verdictOf } from "./verdict.js";

/** The long form of the fuzzers; scripts/fuzz.mjs says how it is run. */

/** Memory of this process that no input may exceed, the generators' garbage included. */
const MOST_MEMORY = 600e6;

/** Files per format whose verdicts are recorded. */
const RECORDED = 500;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    count: { type: "string", default: "Infinity" },
    only: { type: "string" },
    oracle: { type: "string" },
    record: { type: "string" },
  },
});

interface Tally {
  inputs: number;
  read: number;
  seconds: number;
  /** Findings by what they say, numbers left out, with the first seed. */
  readonly findings: Map<string, { count: number; seed: number; message: string }>;
}

const scratch = mkdtempSync(join(tmpdir(), "xent-fuzz-"));
const kept = join(scratch, "findings");

async function fuzz(name: string, seconds: number, first: number, oracle: Oracle | undefined): Promise<Tally> {
  const tally: Tally = { inputs: 0, read: 0, seconds: 0, findings: new Map() };
  const folder = join(scratch, name);
  mkdirSync(folder);
  const begun = performance.now();
  for (let seed = first; tally.inputs < Number(values.count) && tally.seconds < seconds; seed++) {
    try {
      const outcome = await (FUZZERS[name] as (typeof FUZZERS)[string])(seed, folder);
      if (outcome === "read") tally.read++;
      if (oracle !== undefined && name in FORMATS) await compareWith(oracle, folder, name as Format, seed);
      demand(process.memoryUsage.rss() < MOST_MEMORY, "more memory than any input may take", String(process.memoryUsage.rss()));
    } catch (error) {
      note(tally, name, seed, folder, error);
    }
    tally.inputs++;
    tally.seconds = (performance.now() - begun) / 1000;
    if (name in FORMATS) rmSync(join(folder, `${seed}.${name}`), { force: true });
  }
  rmSync(folder, { recursive: true });
  return tally;
}

async function compareWith(oracle: Oracle, folder: string, format: Format, seed: number): Promise<void> {
  const { path } = written(folder, format, seed);
  const difference = differenceOf(await verdictOf(path), await oracle.verdictOf(path));
  demand(difference === undefined, String(difference));
}

/** Prints the first finding of each kind, and keeps its files. */
function note({ findings }: Tally, name: string, seed: number, folder: string, error: unknown): void {
  const message = (error instanceof Error && error.name !== "Fault" ? error.stack : undefined) ?? String(error);
  const kind = kindOf(message.replaceAll(scratch, ""));
  const known = findings.get(kind);
  findings.set(kind, { count: (known?.count ?? 0) + 1, seed: known?.seed ?? seed, message });
  if (known !== undefined) return;
  const place = join(kept, `${name}-${seed}`);
  cpSync(folder, place, { recursive: true, verbatimSymlinks: true });
  process.stdout.write(
    `\n${name}, seed ${seed}: ${message}\n  files: ${place}\n  again: npm run fuzz -- --only ${name} --seed ${seed} --count 1\n\n`,
  );
}

/** What is left of a message without names, numbers and examples. */
function kindOf(message: string): string {
  const plain = message.replace(/"[^"]*"/g, '""').replace(/\b[A-Z][A-Z0-9_]+\[[^\]]*\]:\S+/g, "TENSOR");
  return plain.replace(/\d+/g, "0").slice(0, 120);
}

async function main(): Promise<void> {
  if (values.record !== undefined) {
    const oracle = new Oracle(values.record);
    for (const format of Object.keys(FORMATS) as Format[]) await record(format, RECORDED, scratch, oracle);
    oracle.close();
    return;
  }
  const names = Object.keys(FUZZERS).filter((name) => values.only === undefined || values.only.split(",").includes(name));
  if (names.length === 0) throw new Error(`--only: expected some of ${Object.keys(FUZZERS).join()}, got ${values.only}`);
  const oracle = values.oracle === undefined ? undefined : new Oracle(values.oracle);
  const seed = Number(values.seed);
  process.stdout.write(`seed ${seed}\n`);
  let total = 0;
  let found = 0;
  for (const name of names) {
    const { inputs, read, seconds, findings } = await fuzz(name, Number(values.seconds) / names.length, seed, oracle);
    const faults = Array.from(findings.values()).reduce((sum, { count }) => sum + count, 0);
    total += inputs;
    found += faults;
    process.stdout.write(
      `${name.padEnd(12)} ${String(inputs).padStart(8)} inputs  ${String(Math.round(inputs / seconds)).padStart(6)} per second  ` +
        `${String(read).padStart(8)} read  ${String(inputs - read - faults).padStart(8)} refused  ${faults} findings of ${findings.size} kinds\n`,
    );
  }
  oracle?.close();
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${total} inputs, ${found} findings, at most ${peak} MB of memory\n`);
  if (found === 0) rmSync(scratch, { recursive: true, force: true });
  else process.exitCode = 1;
}

await main();
