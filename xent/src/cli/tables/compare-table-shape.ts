import type { CompareBatch } from "../compare-batch.js";
import { IGNORED } from "../stream/target-rows.js";
import { type Column, firstColumns, type TableShape } from "./table-shape.js";

export interface CompareTableOptions {
  readonly ignoreIndex: number;
  /** Returns the text of a row's target; undefined without a passage. */
  readonly textOf: ((row: number) => string) | undefined;
}

const COMPARED: readonly Column[] = [
  { name: "klDivergence", kind: "double" },
  { name: "baseLogProb", kind: "double" },
  { name: "otherLogProb", kind: "double" },
  { name: "sameTop", kind: "boolean" },
];

/** One line per row of the logits. An ignored row has only its row number, target and text. */
export function compareTableShape({ ignoreIndex, textOf }: CompareTableOptions): TableShape<CompareBatch> {
  return {
    columns: [...firstColumns(textOf !== undefined), ...COMPARED],
    cells({ firstRow, targets, compared }, index) {
      const row = firstRow + index;
      const target = targets[index];
      const texts = textOf === undefined ? [] : [textOf(row)];
      if (target === IGNORED) return [row, ignoreIndex, ...texts, null, null, null, null];
      return [
        ...[row, target],
        ...texts,
        compared.klDivergences[index],
        compared.baseLogProbs[index],
        compared.otherLogProbs[index],
        compared.sameTop[index] === 1,
      ];
    },
  };
}
