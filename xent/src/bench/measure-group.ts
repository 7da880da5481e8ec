import { checkGrad, checkRows, checkValue } from "./check.js";
import { figuresOf } from "./figures.js";
import { takeTurns, warmUp } from "./rounds.js";
import { timesOver } from "./statistics.js";
import type {
  Contender,
  Expected,
  FloatType,
  Group,
  LineFigures,
  MakeSampler,
  Opened,
  Problem,
  Sampled,
  Settings,
} from "./types.js";

/** A problem and its expected results. */
export interface Task {
  readonly problem: Problem;
  expected(type: FloatType): Expected;
}

/** A contender that passed its first check and is ready to be timed. */
interface Entrant {
  readonly contender: Contender;
  readonly version: string | undefined;
  readonly rowError: number | undefined;
  readonly gradError: number | undefined;
  readonly sampler: Sampled;
  /** @param value the last value that the timed call returned */
  check(value: number): Promise<number | undefined>;
}

/**
 * Measures a group at one shape: opens and checks every contender, warms all of them up, then lets them take turns.
 * @param group contains only contenders that can run here, the baseline first
 * @throws Error when the error of a contender's result is above its bound
 */
export async function measureGroup(
  { contenders, comparisons = [] }: Group,
  { problem, ...task }: Task,
  { settings, makeSampler }: { settings: Settings; makeSampler: MakeSampler },
  progress: (step: string) => void,
): Promise<Pick<LineFigures, "warmUpRounds" | "contenders" | "comparisons">> {
  const open: Opened[] = [];
  const entrants: Entrant[] = [];
  try {
    for (const contender of contenders) {
      progress(`reference of ${contender.label}`);
      const expected = task.expected(contender.type ?? "float32");
      progress(`check of ${contender.label}`);
      const opened = await contender.open(problem);
      open.push(opened);
      const { label, bound } = contender;
      const rowError = opened.rowLosses && checkRows(label, await opened.rowLosses(), expected.rows, bound);
      const check = async (value: number) => {
        checkValue(label, value, expected, bound);
        return opened.grad && checkGrad(label, await opened.grad.read(), expected.grad, problem.classes, contender.gradBound);
      };
      const gradError = await check(await opened.run());
      // cleared, so that the check at the end sees only what the timed calls wrote
      await opened.grad?.clear();
      const { minTime } = settings;
      const sampler = opened.sampler?.(minTime) ?? makeSampler(label, opened.run, { async: contender.async ?? false, minTime });
      entrants.push({ contender, version: opened.version, rowError, gradError, sampler, check });
    }

    const samplers = entrants.map((entrant) => entrant.sampler);
    progress("warm-up");
    const warmUpRounds = await warmUp(samplers, settings.warmUpRounds);
    const { rounds } = settings;
    const samples = await takeTurns(samplers, rounds, (round) => progress(`round ${round + 1} of ${rounds}`));

    // checked again: the timed calls must have been right too
    for (const { sampler, check } of entrants) await check(sampler.lastValue);
    const figures = entrants.map(({ contender, version, rowError, gradError }, index) =>
      figuresOf(contender, problem, { version, rowError, gradError, samples: samples[index], baseline: samples[0] }),
    );
    const samplesOf = (id: string) => samples[contenders.findIndex((contender) => contender.id === id)];
    const compared = comparisons
      .filter(({ of, over }) => samplesOf(of) && samplesOf(over))
      .map(({ label, of, over }) => ({ label, ratio: timesOver(samplesOf(of), samplesOf(over)) }));
    return { warmUpRounds, contenders: figures, ...(compared.length > 0 && { comparisons: compared }) };
  } finally {
    for (const opened of open) await opened.close();
  }
}
