import type { ScoreTotals } from "wasm-cross-entropy";
import type { ScoreReport } from "../report/score-table.js";

/** What a report says besides the totals. */
type About = Pick<ScoreReport, "rows" | "classes" | "shift" | "seconds" | "shard" | "partial">;

/** @returns the results that `xent score` and `xent merge` print, in the order of their JSON */
export function scoreReport(all: ScoreTotals, { rows, classes, shift, seconds, shard, partial }: About): ScoreReport {
  const { sums: _, nanTokens: nanRows, infiniteTokens: infiniteRows, ...totals } = all;
  return {
    ...totals,
    ...{ rows, classes, ...(shift !== undefined && { shift }) },
    ...{ meanLoss: totals.nats / totals.tokens, nanRows, infiniteRows, seconds },
    ...(shard && { shard }),
    ...(partial && { partial }),
  };
}
