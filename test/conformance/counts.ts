/** How many cases and gradients there were of each kind, as a table. */
import type { GradientKind, Kind, Plan } from "./rules.js";

interface Counts {
  cases: number;
  readonly kinds: Record<Kind, number>;
  readonly gradients: Record<GradientKind, number>;
  readonly targetGradients: Record<GradientKind, number>;
}

export class CountTable {
  readonly #suites = new Map<string, Counts>();

  add(suite: string, { kind, gradients }: Plan): void {
    const counts = this.of(suite);
    counts.cases++;
    counts.kinds[kind]++;
    for (const gradient of gradients) {
      const isOfTargets = gradient.name === "targetGrad" || (gradient.name === undefined && gradient.input > 0);
      const column = isOfTargets ? counts.targetGradients : counts.gradients;
      column[gradient.kind]++;
    }
  }

  of(suite: string): Counts {
    const counts = this.#suites.get(suite) ?? newCounts();
    this.#suites.set(suite, counts);
    return counts;
  }

  format(checksErrors: boolean): string {
    const columns: readonly (readonly [string, (counts: Counts) => number])[] = [
      ["cases", ({ cases }) => cases],
      ["values run", ({ kinds }) => kinds.run],
      [checksErrors ? "errors run" : "errors not checked", ({ kinds }) => kinds.error],
      ["departures", ({ kinds }) => kinds.departure],
      ["left out: f16, bf16", ({ kinds }) => kinds.half],
      ["function", ({ kinds }) => kinds.function],
      ["other op", ({ kinds }) => kinds["other op"]],
      ["| gradients run", ({ gradients }) => gradients.run],
      ["departures", ({ gradients }) => gradients.departure],
      ["left out: function", ({ gradients }) => gradients.function],
      ["has none", ({ gradients }) => gradients["no function"]],
      ["| of targets run", ({ targetGradients }) => targetGradients.run],
      ["departures", ({ targetGradients }) => targetGradients.departure],
      ["left out", ({ targetGradients }) => targetGradients.function],
      ["has none", ({ targetGradients }) => targetGradients["no function"]],
    ];
    const all = [...this.#suites.values()];
    const lines = [
      ["suite", ...columns.map(([title]) => title)],
      ...[...this.#suites].map(([suite, counts]) => [suite, ...columns.map(([, count]) => String(count(counts)))]),
      ["total", ...columns.map(([, count]) => String(all.reduce((sum, counts) => sum + count(counts), 0)))],
    ];
    return alignColumns(lines);
  }
}

function newCounts(): Counts {
  const none: Record<GradientKind, number> = { run: 0, departure: 0, function: 0, "no function": 0 };
  return {
    cases: 0,
    kinds: { run: 0, error: 0, departure: 0, half: 0, function: 0, "other op": 0, unknown: 0 },
    gradients: { ...none },
    targetGradients: { ...none },
  };
}

/** The first column to the left, numbers to the right. */
function alignColumns(lines: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...lines.map((line) => (line[column] as string).length));
  return lines
    .map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i)))).join("  "))
    .join("\n");
}
