import { mergeComparisons, mergeScores } from "../../../src/scoring/merge-totals.js";
import { standInEngine } from "../cli/stand-in.js";
import type { Draw } from "./draw.js";
import { demand, type Outcome } from "./fault.js";
import { changedJson } from "./json-forms.js";

type Totals = ReturnType<typeof mergeScores> | ReturnType<typeof mergeComparisons>;
type Merge = (parts: readonly unknown[]) => Totals;

const MERGES: readonly [Merge, Merge] = [mergeScores as Merge, mergeComparisons as Merge];

/** Sums as another machine may have sent them: they are refused by name, or give possible totals, the same in any order. */
export async function fuzzSums(draw: Draw): Promise<Outcome> {
  const which = draw.pick([0, 1]);
  const merge = MERGES[which] as Merge;
  const good = await sumsOf(draw, which);
  let json = JSON.stringify(await sumsOf(draw, which));
  for (let count = draw.integer(4); count > 0; count--) json = changedJson(draw, json);
  let part: unknown;
  try {
    part = JSON.parse(json);
  } catch {
    return "refused";
  }
  const results = [[part], [good, part], [part, good]].map((parts) => merged(merge, parts, json));
  const [own, before, after] = results;
  demand((own === undefined) === (before === undefined) || /documents|bytes/.test(json), "refuses sums only beside others", json);
  demand(JSON.stringify(before) === JSON.stringify(after), "other totals in another order", json);
  for (const totals of results) if (totals !== undefined) checkPossible(totals, json);
  return own === undefined ? "refused" : "read";
}

/** The totals, or undefined when the sums are refused. */
function merged(merge: Merge, parts: readonly unknown[], json: string): Totals | undefined {
  try {
    return merge(parts);
  } catch (error) {
    const isNamed =
      (error instanceof TypeError || error instanceof RangeError) && /^(parts|merge(Scores|Comparisons))\b/.test(error.message);
    demand(isNamed, `an error that does not name the sums: ${error instanceof Error ? error.stack : String(error)}`, json);
    demand(
      (error as Error).message.length <= 300 && !/\n/.test((error as Error).message),
      "a long error",
      (error as Error).message,
    );
    return undefined;
  }
}

function checkPossible(totals: Totals, json: string): void {
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  const isShare = (value: number) => Number.isNaN(value) || (value >= 0 && value <= 1);
  demand(isCount(totals.tokens) && totals.nanTokens <= totals.tokens, "impossible counts", json);
  if ("accuracy" in totals) {
    demand(isShare(totals.accuracy) && !(totals.perplexity < 1), "impossible totals", json);
    demand(totals.bytes === undefined || isCount(totals.bytes), "impossible bytes", json);
  } else demand(isShare(totals.sameTop as number), "impossible totals", json);
}

/** Sums of a few tokens, NaN and infinite losses among them. */
async function sumsOf(draw: Draw, which: number): Promise<{ sums: Totals["sums"] }> {
  const [rows, classes] = [1 + draw.integer(5), 2 + draw.integer(3)];
  const logits = () =>
    Float32Array.from({ length: rows * classes }, () =>
      draw.chance(0.03) ? draw.pick([Number.NaN, Number.NEGATIVE_INFINITY]) : draw.uniform() * 9 - 4,
    );
  const targets = Int32Array.from({ length: rows }, () => draw.integer(classes));
  const engine = standInEngine();
  const options = { shape: [rows, classes], ignoreIndex: -100 };
  const { totals } =
    which === 0
      ? await engine.scoreTokens(logits(), targets, options)
      : await engine.compareLogits(logits(), logits(), targets, options);
  return { sums: totals.sums };
}
