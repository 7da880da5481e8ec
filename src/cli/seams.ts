/** What the commands take from the rest of the package, so that tests can put something else in its place. */

/** Options of scoring a batch of rows. */
export interface ScoreRowsOptions {
  readonly classes: number;
  readonly ignoreIndex?: number;
  readonly softcap?: number;
  readonly temperature?: number;
  readonly deterministic?: boolean;
}

/** One entry a row. */
export interface RowScores {
  /** Nats; 0 for ignored rows, NaN where the row has NaN or +inf. */
  readonly losses: Float64Array;
  /** 1 where the target's logit is the row's greatest. */
  readonly greedy: Uint8Array;
  /** 0 where the row is ignored. */
  readonly kept: Uint8Array;
}

export type ScoreRows = (
  logits: Float32Array | Float64Array,
  targets: Int32Array,
  options: ScoreRowsOptions,
) => RowScores;

/** What the package tells about the engine that it runs on. */
export interface EngineInfo {
  readonly version: string;
  readonly variant: "plain" | "relaxed";
  readonly relaxedSimd: boolean;
  /** WASM memory in use, in bytes. */
  readonly memoryBytes: number;
}

export interface Seams {
  /** Loaded when a command needs it: `--help` starts no engine. */
  readonly loadScoreRows: () => Promise<ScoreRows>;
  readonly loadInfo: () => Promise<() => EngineInfo>;
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
