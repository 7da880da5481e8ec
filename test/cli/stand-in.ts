import { run } from "../../src/cli/run.js";
import type { ScoreRows, Seams, Terminal } from "../../src/cli/seams.js";
import { decodeHalves } from "../../src/reference/half.js";

/** `scoreRows` from the formulas in f64, so that the command line is tested apart from the kernels. */
export const standInScoreRows: ScoreRows = (logits, targets, options) => {
  const { classes, ignoreIndex = -100, softcap, temperature = 1 } = options;
  const rows = targets.length;
  const values = "data" in logits ? decodeHalves(logits) : logits;
  const result = { losses: new Float64Array(rows), greedy: new Uint8Array(rows), kept: new Uint8Array(rows) };
  for (let row = 0; row < rows; row++) {
    const target = targets[row] as number;
    if (target === ignoreIndex) continue;
    const x = Array.from(values.subarray(row * classes, (row + 1) * classes), (value) => {
      const capped = softcap === undefined ? value : softcap * Math.tanh(value / softcap);
      return capped / temperature;
    });
    const max = Math.max(...x);
    const sum = x.reduce((total, value) => total + Math.exp(value - max), 0);
    const own = x[target] as number;
    result.losses[row] = Math.log(sum) + (max - own);
    result.greedy[row] = x.indexOf(max) === target ? 1 : 0;
    result.kept[row] = 1;
  }
  return result;
};

export const standIn: Seams = {
  loadScoreRows: async () => standInScoreRows,
  loadInfo: async () => () => ({ version: "9.9.9", variant: "plain", relaxedSimd: false, memoryBytes: 4_194_304 }),
  loadBench: async () => ({
    measure: async (how, progress) => {
      progress("round 1");
      return {
        schema: 1,
        name: "stand-in",
        title: "stand-in",
        date: "2026-01-01T00:00:00.000Z",
        environment: how.environment,
        options: { ...how.settings, input: how.shapes?.map(({ rows, classes }) => `${rows}x${classes}`).join() ?? "usual" },
        missing: {},
        shapes: [],
      };
    },
    text: ({ options }) => `${options.input}: ${options.rounds} rounds of ${options.minTime} s\n`,
  }),
};

/** What a run of the command line printed, and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line inside this process on the stand-in. */
export async function runHere(argv: readonly string[], more: Partial<RunOptions> = {}): Promise<Outcome> {
  const printed = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    isTTY: more.isTTY ?? false,
    getColorDepth: () => 24,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const terminal: Terminal = { stdout: stream("stdout"), stderr: stream("stderr"), env: more.env ?? {} };
  const code = await run(argv, terminal, { ...standIn, ...more.seams });
  return { code, ...printed };
}

interface RunOptions {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly seams: Partial<Seams>;
}
