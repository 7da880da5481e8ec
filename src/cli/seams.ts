import type { Info } from "../index.js";
import type { RowLogits, RowScores, ScoreRowsOptions } from "../losses/score-rows.js";

/** What the commands take from the rest of the package, so that tests can put something else in its place. */

/** As `scoreRows` of the package; targets come as i32, which every class number fits. */
export type ScoreRows = (logits: RowLogits, targets: Int32Array, options: ScoreRowsOptions) => RowScores;

export interface Seams {
  /** Loaded when a command needs it: `--help` starts no engine. */
  readonly loadScoreRows: () => Promise<ScoreRows>;
  readonly loadInfo: () => Promise<() => Info>;
}

/** The package itself. */
export const packageSeams: Seams = {
  loadScoreRows: async () => (await import("../losses/score-rows.js")).scoreRows,
  loadInfo: async () => (await import("../index.js")).info,
};

/** The parts of `process` that the commands use. */
export interface Terminal {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
  getColorDepth?(env?: object): number;
}
