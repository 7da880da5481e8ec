/** What the tables hold, for a terminal (print) and for the documents (markdown). */
import type { Column } from "../report/table.js";
import { errorText, quartiles, threeDigits } from "./format.js";
import type { Figures, LineFigures, Result } from "./types.js";

export interface Table {
  readonly columns: readonly Column[];
  readonly lines: readonly (readonly string[])[];
}

const left = (heading: string): Column => ({ heading, align: "left" });
const right = (heading: string): Column => ({ heading, align: "right" });

/** @returns what the contenders are compared with */
export function baselineOf(result: Result): string {
  return result.shapes[0].contenders[0].label;
}

/** The summary, in the direction that its suite says. */
export function summaryTable(result: Result): Table {
  return result.options.linePer === "contender" ? tableOfContenders(result) : tableOfShapes(result);
}

/** A line a contender, where there are many: at each shape `times the baseline (ns an element)`, and the worst of the errors. */
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
 * A line a group and shape: the baseline's ns an element, of each other contender `times the baseline (ns an element)`, and
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

/** Everything: a line a contender. */
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
 * @returns nothing for a suite without
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
