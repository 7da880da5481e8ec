/**
 * The interface between engines and kinds of jobs. Each kind has a file in kinds/ with its job interface and its implementation.
 * A task references its kind, so a bundle includes only the kinds of the functions it calls. Workers receive jobs as messages
 * and look the kind up by name (kinds/all.ts).
 */
import type { Rows } from "../memory/tiles.js";
import type { ColumnName, Columns, Totals } from "./columns.js";
import type { FloatArray, GradientPlan, Job, Outside, Sums } from "./job.js";
import type { RowRange } from "./tiles/run-rows.js";
import type { Workspace } from "./tiles/workspace.js";

export interface Kind<J extends Job = Job> {
  readonly name: string;
  /** Rows per tile when they do not follow from the layout. Parts of a job are whole tiles. */
  readonly tileRows?: number;
  /** The job that a pool runs first when nothing may be written unless all elements are in [0, 1]. */
  check?(job: J): { readonly kind: Kind; readonly job: Job } | undefined;
  /** Runs whole tiles of rows. Returns the first element outside [0, 1] if the loss requires probabilities. */
  run(workspace: Workspace, job: J, columns: Columns, range: RowRange): Outside | undefined;
  /** Returns the job with each of its arrays replaced by the result of `read` or `write`. */
  arrays(job: J, read: VisitArray, write: VisitArray): J;
  /** Estimated time of the job on one thread, in nanoseconds (docs/performance.md; Zen 4). */
  nanoseconds(job: J): number;
  readonly reduction: Reduction<J>;
}

/** The columns that a kind fills (columns.ts), and the sums computed from their totals. */
export interface Reduction<J extends Job> {
  /** Columns that need a sum; none when the caller gets the result of each row. */
  columns(job: J): readonly ColumnName[];
  /** Number of entries in a column for the first `rows` rows. */
  entries(job: J, rows: number): number;
  sums(job: J, totals: Totals): Sums;
}

/** For kinds without a reduction. */
export const NO_REDUCTION: Reduction<Job> = {
  columns: () => [],
  entries: () => 0,
  sums: () => ({ loss: 0, weight: 0, z: 0, kept: 0, keptWeight: 0 }),
};

export type JobArray = FloatArray | Int32Array | Uint8Array;

/**
 * Called for each array of a job. `rows` is the layout of an array that may be passed in windows of rows. Without `rows` the
 * whole array is needed (targets, weights, one value per row).
 */
export type VisitArray = <A extends JobArray | null>(array: A, rows?: Rows | null) => A;

export interface Use {
  readonly role: "read" | "write";
  readonly rows: Rows | null;
}

/** Returns the job with each of its arrays replaced by the result of `visit`. */
export function mapArrays(kind: Kind, job: Job, visit: <A extends JobArray | null>(array: A, use: Use) => A): Job {
  return kind.arrays(
    job,
    (array, rows = null) => visit(array, { role: "read", rows }),
    (array, rows = null) => visit(array, { role: "write", rows }),
  );
}

/** Maps the arrays of a gradient plan, as `arrays` of a kind. */
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

/** Estimated time from the number of elements, in nanoseconds; a gradient adds 30 %. */
export function timeOfElements({ layout }: Job, perElement: number, gradient: object | null = null): number {
  return layout.rows * layout.classes * perElement * (gradient ? 1.3 : 1);
}
