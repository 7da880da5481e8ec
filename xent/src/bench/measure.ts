import { measureGroup, type Task } from "./measure-group.js";
import type {
  Contender,
  Environment,
  Expected,
  FloatType,
  Group,
  LineFigures,
  MakeSampler,
  Result,
  Settings,
  Shape,
  Source,
  Suite,
} from "./types.js";

export interface HowToMeasure {
  /** Shapes to measure instead of the suite's. */
  readonly shapes?: readonly Shape[] | undefined;
  /** Builds of the kernels to measure. */
  readonly variant: "plain" | "relaxed" | "both";
  readonly settings: Settings;
  readonly environment: Environment;
  readonly makeSampler: MakeSampler;
}

/**
 * Measures a suite, shape by shape and group by group. Runs in Node and in browsers: the caller passes environment and clock.
 * @throws Error when the error of a contender's result is above its bound, when no contender can run here, or when the suite
 * compares with other libraries and none of them can run here
 */
export async function measureSuite(suite: Suite, how: HowToMeasure, progress: (text: string) => void): Promise<Result> {
  const { shapes = suite.shapes, variant, settings, environment } = how;
  const date = new Date().toISOString();
  const { groups, missing } = await ableToRun(suite.groups, variant);
  if (groups.length === 0) throw new Error(`${suite.name}: nothing of it can run here, ${Object.values(missing)[0]}`);
  if (withPeers(suite.groups) && !withPeers(groups)) {
    throw new Error(`${suite.name}: no other library can run here, ${[...new Set(Object.values(missing))].join("; ")}`);
  }

  const measured: LineFigures[] = [];
  for (const shape of shapes) {
    let task: Task | undefined;
    for (const [index, group] of groups.entries()) {
      const label = labelOf(shape, group, shapes.length);
      const tell = (step: string) => progress(`${suite.name}, ${label ?? `${shape.rows} x ${shape.classes}`}: ${step}`);
      tell("input");
      if (!task || group.source !== groups[index - 1].source) task = taskOf(group.source, shape);
      const figures = await measureGroup(group, task, how, tell);
      measured.push({ rows: shape.rows, classes: shape.classes, ...(label !== undefined && { label }), ...figures });
    }
  }
  const { name, title, input, labels, linePer } = suite;
  const lines = labels === undefined || shapes.length === 1 ? labels : `rows x classes, ${labels}`;
  const options: Result["options"] = {
    ...settings,
    input,
    ...(lines !== undefined && { lines }),
    ...(linePer && { linePer }),
  };
  return { schema: 1, name, title, date, environment, options, missing, shapes: measured };
}

function withPeers(groups: readonly Group[]): boolean {
  return groups.some(({ contenders }) => contenders.some(({ peer }) => peer !== undefined));
}

/** @returns the non-empty groups of selected contenders that can run here, and the reason of each one that cannot */
async function ableToRun(
  groups: readonly Group[],
  variant: HowToMeasure["variant"],
): Promise<{ groups: Group[]; missing: Record<string, string> }> {
  const missing: Record<string, string> = {};
  const able: Group[] = [];
  for (const group of groups) {
    const contenders: Contender[] = [];
    for (const contender of group.contenders) {
      if (variant !== "both" && contender.variant !== undefined && contender.variant !== variant) continue;
      const why = await contender.missing();
      if (why === undefined) contenders.push(contender);
      else missing[contender.id] = why;
    }
    if (contenders.length > 0) able.push({ ...group, contenders });
  }
  return { groups: able, missing };
}

/** @param shapes number of shapes of the run */
function labelOf({ rows, classes }: Shape, { label }: Group, shapes: number): string | undefined {
  return label === undefined || shapes === 1 ? label : `${rows} x ${classes}, ${label}`;
}

/** The problem of a source and its expected results. They take the reference seconds, so they are computed once per type. */
function taskOf(source: Source, shape: Shape): Task {
  const problem = source.problem(shape);
  const known = new Map<FloatType, Expected>();
  return {
    problem,
    expected: (type) => {
      const expected = known.get(type) ?? source.expected(problem, type);
      known.set(type, expected);
      return expected;
    },
  };
}
