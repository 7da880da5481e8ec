import type { ScoreTotals, TokenScores } from "wasm-cross-entropy";

/** How many of the tokens that the model expected most are shown. */
export const TOP = 5;

/** Most tokens that are drawn: of a larger file or text the totals tell the rest. */
export const MOST_SHOWN = 4096;

/** What a row of the target array says when the row is not to be scored: scoreTokens' default `ignoreIndex`. */
export const IGNORED = -100;

/** A class and its probability. */
export interface Expected {
  readonly id: number;
  readonly probability: number;
}

/** What is shown of a token. */
export interface ScoredToken {
  readonly id: number;
  /** In nats. */
  readonly logProb: number;
  /** In bits: how surprised the model was. */
  readonly bits: number;
  /** Its place among all classes, 1 being the one that was expected most. */
  readonly rank: number;
  /** In bits: how surprised the model expected to be. */
  readonly entropy: number;
  readonly top: readonly Expected[];
}

/** Rows of logits and what they are scored against. */
export interface LogitRows {
  readonly logits: Float32Array;
  readonly targets: Int32Array;
  readonly rows: number;
  readonly classes: number;
}

/** A part of a text or file. */
export interface ScoredPart {
  /** The part's tokens, ignored ones left out; none beyond the first MOST_SHOWN or so. */
  readonly tokens: readonly ScoredToken[];
  /** Of everything up to its end. */
  readonly totals: ScoreTotals;
  /** Rows scored so far. */
  readonly done: number;
  /** Rows in all. */
  readonly of: number;
  /** Classes that each token was one of. */
  readonly classes: number;
  /** Its rows, where the logits are f32. */
  readonly rows: LogitRows | undefined;
}

/**
 * The tokens of a call of scoreTokens, ignored ones left out.
 * @param targets one a row, as the rows were scored
 * @param most how many of them
 */
export function tokensOf(scores: TokenScores, targets: Int32Array, most: number): ScoredToken[] {
  const { logProbs, ranks, entropies, topIds = [], topLogProbs = [] } = scores;
  const topK = topIds.length / targets.length;
  const tokens: ScoredToken[] = [];
  for (const [row, id] of targets.entries()) {
    if (tokens.length >= most) break;
    if (id === IGNORED) continue;
    const top: Expected[] = [];
    for (let i = row * topK; i < (row + 1) * topK; i++) top.push({ id: topIds[i], probability: Math.exp(topLogProbs[i]) });
    tokens.push({
      id,
      logProb: logProbs[row],
      // 0 - x: a certain token has 0 bits, not -0
      bits: 0 - logProbs[row] / Math.LN2,
      rank: ranks[row],
      entropy: entropies[row] / Math.LN2,
      top,
    });
  }
  return tokens;
}
