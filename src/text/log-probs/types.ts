/** A token with its log-probability, wherever it came from. */
export interface TokenLogProb {
  readonly text: string;
  /** UTF-8 bytes; a part of a character for some tokens. Absent if the source does not give them. */
  readonly bytes?: readonly number[] | undefined;
  readonly id?: number | undefined;
  /** In nats; NaN where there is none, as for the first token of a prompt. */
  readonly logProb: number;
  /** 1 for the most probable token. */
  readonly rank?: number | undefined;
  /** The most probable tokens at this position. */
  readonly top?: readonly TopLogProb[] | undefined;
}

/** One of the most probable tokens at a position. */
export interface TopLogProb {
  readonly text: string;
  readonly bytes?: readonly number[] | undefined;
  readonly id?: number | undefined;
  readonly logProb: number;
}

/** The tokens of one choice, or of one prompt. */
export interface TokenLogProbs {
  readonly tokens: readonly TokenLogProb[];
}
