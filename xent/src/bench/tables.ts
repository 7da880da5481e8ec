/** The contents of the tables, for the terminal and for the documents (markdown). */
import type { Column } from "../report/table.js";
import { errorText, quartiles, threeDigits } from "./format.js";
import type { Figures, LineFigures, Result } from "./types.js";

export interface Table {
  readonly columns: readonly Column[];
  readonly lines: readonly (readonly string[])[];
}

const left = (heading: string): Column => ({ heading, align: "left" });
const right = (heading: string): Column => ({ heading, align: "right" });

/** @returns the label of the baseline */
export function baselineOf(result: Result): string {
  return result.shapes[0].contenders[0].label;
}

/** The summary: one line per contender or one per shape, as the suite chooses. */
export function summaryTable(result: Result): Table {
  return result.options.linePer === "contender" ? tableOfContenders(result) : tableOfShapes(result);
}

/** One line per contender, for suites with many: `times the baseline (ns per element)` at each shape, and the worst errors. */
function tableOfContenders({ shapes }: Result): Table {
  const errors = (["rowError", "gradError"] as const).filter((error) =>
    shapes.some(({ contenders }) => contenders.some((figures) => figures[error] !== undefined)),
  );
  return {
    columns: [
      left("contender"),
      ...shapes.map((line) => right(lineName(line))),
      ...errors.map((error) => right(error === "rowError" ? "row error" : "gradient error")),
    ],
    lines: summed(shapes[0]).map(({ id, label }) => {
      const figures = shapes.map(({ contenders }) => contenders.find((other) => other.id === id) as Figures);
      return [
        label,
        ...figures.map(({ ratio, nsPerElement }) => `${threeDigits(ratio.median)}x (${threeDigits(nsPerElement.median)})`),
        ...errors.map((error) => errorText(Math.max(...figures.map((at) => at[error] ?? 0)))),
      ];
    }),
  };
}

/**
 * One line per group and shape: the baseline's ns per element, `times the baseline (ns per element)` of each other contender, and
 * the comparisons.
 */
function tableOfShapes(result: Result): Table {
  const [baseline, ...others] = summed(result.shapes[0]);
  const { comparisons = [] } = result.shapes[0];
  return {
    columns: [
      lineColumn(result),
      right(`${baseline.label}, ns`),
      ...[...others, ...comparisons].map(({ label }) => right(label)),
    ],
    lines: result.shapes.map((line) => {
      const [{ nsPerElement }, ...faster] = summed(line);
      return [
        lineName(line),
        threeDigits(nsPerElement.median),
        ...faster.map((figures) => `${threeDigits(figures.ratio.median)}x (${threeDigits(figures.nsPerElement.median)})`),
        ...(line.comparisons ?? []).map(({ ratio }) => threeDigits(ratio.median)),
      ];
    }),
  };
}

function summed({ contenders }: LineFigures): Figures[] {
  return contenders.filter(({ detail }) => !detail);
}

/** All figures: one line per contender, group and shape. */
export function detailTable(result: Result): Table {
  const withGradients = result.shapes.some(({ contenders }) => contenders.some(({ gradError }) => gradError !== undefined));
  return {
    columns: [
      lineColumn(result),
      left("contender"),
      right("ns/element"),
      right("quartiles"),
      right(`x ${baselineOf(result)}`),
      right("quartiles"),
      right("Gelement/s"),
      right("GB/s"),
      right("row error"),
      ...(withGradients ? [right("gradient error")] : []),
    ],
    lines: result.shapes.flatMap((line) =>
      line.contenders.map((figures, index) => [
        index === 0 ? lineName(line) : "",
        figures.label,
        threeDigits(figures.nsPerElement.median),
        quartiles(figures.nsPerElement),
        threeDigits(figures.ratio.median),
        quartiles(figures.ratio),
        threeDigits(figures.elementsPerSecond / 1e9),
        threeDigits(figures.gigabytesPerSecond),
        errorText(figures.rowError),
        ...(withGradients ? [errorText(figures.gradError)] : []),
      ]),
    ),
  };
}

/**
 * The comparisons with their quartiles.
 * @returns undefined for a suite without comparisons
 */
export function comparisonTable(result: Result): Table | undefined {
  const { comparisons } = result.shapes[0];
  if (!comparisons) return undefined;
  return {
    columns: [lineColumn(result), ...comparisons.flatMap(({ label }) => [right(label), right("quartiles")])],
    lines: result.shapes.map((line) => [
      lineName(line),
      ...(line.comparisons ?? []).flatMap(({ ratio }) => [threeDigits(ratio.median), quartiles(ratio)]),
    ]),
  };
}

function lineColumn({ options }: Result): Column {
  return left(options.lines ?? "rows x classes");
}

function lineName({ rows, classes, label }: LineFigures): string {
  return label ?? `${rows} x ${classes}`;
}
