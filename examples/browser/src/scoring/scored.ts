import type { ScoreTotals, TokenScores } from "wasm-cross-entropy";

/** Number of most probable tokens shown per position. */
export const TOP = 5;

/** Most tokens drawn. The totals cover all tokens of a longer text or file. */
export const MOST_SHOWN = 4096;

/** The target of a row that is not scored: scoreTokens' default `ignoreIndex`. */
export const IGNORED = -100;

/** A class and its probability. */
export interface Expected {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
}

/** The figures shown for a token. */
export interface ScoredToken {
  readonly id: number;
  readonly text: string;
  /** Log-probability in nats. */
  readonly logProb: number;
  /** Surprisal in bits. */
  readonly bits: number;
  /** Rank among all classes; 1 is the most probable one. */
  readonly rank: number;
  /** Entropy of the row in bits: the expected surprisal. */
  readonly entropy: number;
  readonly top: readonly Expected[];
}

/** Rows of logits and their targets. */
export interface LogitRows {
  readonly logits: Float32Array;
  readonly targets: Int32Array;
  readonly rows: number;
  readonly classes: number;
}

/** A part of a text or file. */
export interface ScoredPart {
  /** The part's tokens, without ignored ones and without those after about the first MOST_SHOWN. */
  readonly tokens: readonly ScoredToken[];
  /** Totals of this and all earlier parts. */
  readonly totals: ScoreTotals;
  /** Rows scored so far. */
  readonly done: number;
  /** Total number of rows. */
  readonly of: number;
  /** Number of classes. */
  readonly classes: number;
  /** The part's rows, if the logits are f32. */
  readonly rows: LogitRows | undefined;
}

/** Receives the parts of a text or file as they are scored. */
export type OnPart = (part: ScoredPart) => void;

/** A file of logits does not contain the texts of its classes. */
const textOf = (id: number) => `${id} `;

/**
 * Collects the tokens of a scoreTokens call, without ignored ones.
 * @param targets the target that each row was scored against
 * @param most greatest number of tokens
 */
export function tokensOf(scores: TokenScores, targets: Int32Array, most: number): ScoredToken[] {
  const { logProbs, ranks, entropies, topIds = [], topLogProbs = [] } = scores;
  const topK = topIds.length / targets.length;
  const tokens: ScoredToken[] = [];
  for (const [row, id] of targets.entries()) {
    if (tokens.length >= most) break;
    if (id === IGNORED) continue;
    const top: Expected[] = [];
    for (let i = row * topK; i < (row + 1) * topK; i++) {
      top.push({ id: topIds[i], text: textOf(topIds[i]), probability: Math.exp(topLogProbs[i]) });
    }
    tokens.push({
      id,
      text: textOf(id),
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
