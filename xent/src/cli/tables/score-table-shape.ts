import type { ScoreBatch } from "../score-batch.js";
import { IGNORED } from "../stream/target-rows.js";
import { type Cell, type Column, firstColumns, type TableShape } from "./table-shape.js";

export interface ScoreTableOptions {
  readonly ignoreIndex: number;
  readonly topK: number;
  /** Text of a row's target. */
  readonly textOf: ((row: number) => string) | undefined;
}

const SCORES: readonly Column[] = [
  { name: "logProb", kind: "double" },
  { name: "rank", kind: "integer" },
  { name: "isGreedy", kind: "boolean" },
  { name: "entropy", kind: "float" },
];
const TOP: readonly Column[] = [
  { name: "topIds", kind: "integers" },
  { name: "topLogProbs", kind: "floats" },
];

/** A row each of the logits' rows; those that are ignored have no scores, those with NaN no rank. */
export function scoreTableShape({ ignoreIndex, topK, textOf }: ScoreTableOptions): TableShape<ScoreBatch> {
  const scores = topK > 0 ? [...SCORES, ...TOP] : SCORES;
  const empty: readonly Cell[] = scores.map(() => null);
  return {
    columns: [...firstColumns(textOf !== undefined), ...scores],
    cells({ firstRow, targets, scores: given }, index) {
      const row = firstRow + index;
      const target = targets[index] as number;
      const texts = textOf === undefined ? [] : [textOf(row)];
      if (target === IGNORED) return [row, ignoreIndex, ...texts, ...empty];
      const rank = given.ranks[index] as number;
      const top = topOf(given, index, topK);
      return [
        ...[row, target],
        ...texts,
        given.logProbs[index] as number,
        rank === 0 ? null : rank,
        given.isGreedy[index] === 1,
        given.entropies[index] as number,
        ...(rank === 0 ? top.map(() => null) : top),
      ];
    },
  };
}

/** The greatest logits' ids and log-probabilities. There may be some though the table wants none: a report does. */
function topOf({ topIds, topLogProbs }: ScoreBatch["scores"], index: number, topK: number): number[][] {
  if (topK === 0 || topIds === undefined || topLogProbs === undefined) return [];
  const [from, to] = [index * topK, (index + 1) * topK];
  return [Array.from(topIds.subarray(from, to)), Array.from(topLogProbs.subarray(from, to))];
}
