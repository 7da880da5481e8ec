import type { ScoreBatch } from "../score-batch.js";
import { IGNORED } from "../stream/target-rows.js";
import { type Cell, type Column, firstColumns, type TableShape } from "./table-shape.js";

export interface ScoreTableOptions {
  readonly ignoreIndex: number;
  readonly topK: number;
  /** Returns the text of a row's target; undefined without a passage. */
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

/** One line per row of the logits. An ignored row has no scores; a row with NaN has no rank and no greatest logits. */
export function scoreTableShape({ ignoreIndex, topK, textOf }: ScoreTableOptions): TableShape<ScoreBatch> {
  const scores = topK > 0 ? [...SCORES, ...TOP] : SCORES;
  const empty: readonly Cell[] = scores.map(() => null);
  return {
    columns: [...firstColumns(textOf !== undefined), ...scores],
    cells({ firstRow, targets, scores: given }, index) {
      const row = firstRow + index;
      const target = targets[index];
      const texts = textOf === undefined ? [] : [textOf(row)];
      if (target === IGNORED) return [row, ignoreIndex, ...texts, ...empty];
      const rank = given.ranks[index];
      const top = topOf(given, index, topK);
      return [
        ...[row, target],
        ...texts,
        given.logProbs[index],
        rank === 0 ? null : rank,
        given.isGreedy[index] === 1,
        given.entropies[index],
        ...(rank === 0 ? top.map(() => null) : top),
      ];
    },
  };
}

/** Ids and log-probabilities of a row's greatest logits; empty for topK = 0, even if they were computed for a report. */
function topOf({ topIds, topLogProbs }: ScoreBatch["scores"], index: number, topK: number): number[][] {
  if (topK === 0 || topIds === undefined || topLogProbs === undefined) return [];
  const [from, to] = [index * topK, (index + 1) * topK];
  return [Array.from(topIds.subarray(from, to)), Array.from(topLogProbs.subarray(from, to))];
}
