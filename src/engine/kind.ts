/**
 * What an engine asks of a kind of job. One file per kind (kinds/) holds the job's interface and the answers. A task carries its
 * kind, so that a bundle holds the kinds of the functions that it calls and no others; workers, which get jobs as messages, find
 * a kind by its name (kinds/all.ts).
 */
import type { Rows } from "../memory/tiles.js";
import type { ColumnName, Columns, Totals } from "./columns.js";
import type { FloatArray, GradientPlan, Job, Outside, Sums } from "./job.js";
import type { RowRange } from "./tiles/run-rows.js";
import type { Workspace } from "./tiles/workspace.js";

export interface Kind<J extends Job = Job> {
  readonly name: string;
  /** Rows of a tile, where not the layout alone decides: parts of a job are whole tiles. */
  readonly tileRows?: number;
  /** What a pool runs before the job where nothing may be written unless all elements are in [0, 1]. */
  check?(job: J): { readonly kind: Kind; readonly job: Job } | undefined;
  /** Runs whole tiles of rows. Returns the first element outside [0, 1] where probabilities are required. */
  run(workspace: Workspace, job: J, columns: Columns, range: RowRange): Outside | undefined;
  /** The job with each of its arrays replaced by what `read` or `write` returns for it. */
  arrays(job: J, read: VisitArray, write: VisitArray): J;
  /** Roughly what a job takes on one thread, in nanoseconds (docs/performance.md; Zen 4). */
  nanoseconds(job: J): number;
  readonly reduction: Reduction<J>;
}

/** What rows leave in columns of f64, to be added up in the order of the rows, and the sums made of it. */
export interface Reduction<J extends Job> {
  /** Columns that rows leave something in; none where every row's result goes to the caller. */
  columns(job: J): readonly ColumnName[];
  /** Entries that the first `rows` rows leave in a column. */
  entries(job: J, rows: number): number;
  sums(job: J, totals: Totals): Sums;
}

/** Of kinds whose rows leave nothing to add up. */
export const NO_REDUCTION: Reduction<Job> = {
  columns: () => [],
  entries: () => 0,
  sums: () => ({ loss: 0, weight: 0, z: 0, kept: 0 }),
};

export type JobArray = FloatArray | Int32Array | Uint8Array;

/**
 * `rows` is how the array's rows lie, which may come in windows; without it the array is needed as a whole (classes of rows,
 * weights, one value per row).
 */
export type VisitArray = <A extends JobArray | null>(array: A, rows?: Rows | null) => A;

export interface Use {
  readonly role: "read" | "write";
  readonly rows: Rows | null;
}

/** The job with every array replaced by what `visit` returns for it. */
export function mapArrays(kind: Kind, job: Job, visit: <A extends JobArray | null>(array: A, use: Use) => A): Job {
  return kind.arrays(
    job,
    (array, rows = null) => visit(array, { role: "read", rows }),
    (array, rows = null) => visit(array, { role: "write", rows }),
  );
}

/** The arrays of a gradient of rows. */
export function planArrays(
  plan: GradientPlan | null,
  layout: Rows,
  targetLayout: Rows,
  read: VisitArray,
  write: VisitArray,
): GradientPlan | null {
  return (
    plan && {
      ...plan,
      out: write(plan.out, layout),
      targetOut: write(plan.targetOut, targetLayout),
      upstream: read(plan.upstream),
    }
  );
}

/** Time of a job by its elements; a gradient adds a third. */
export function timeOfElements({ layout }: Job, perElement: number, gradient: object | null = null): number {
  return layout.rows * layout.classes * perElement * (gradient ? 1.3 : 1);
}
