/**
 * Work dealt by classes, where there are fewer tiles of rows than threads: statistics of segments first, joined by the caller in
 * their order as one thread joins them; then, where elements have results, those, segment by segment again.
 */
import { SEGMENT } from "../../memory/layout.js";
import type { Rows } from "../../memory/tiles.js";
import { ColumnSums } from "../columns.js";
import type { Job, RowJob, Sums } from "../job.js";
import { isElementJob, programOf } from "../run-job.js";
import type { RowRange } from "../tiles/row-program.js";
import type { CallSite, Phase, Work } from "./call.js";
import { segmentsOf, tilesOf } from "./partition.js";
import { elementsOf } from "./places.js";
import type { Publication } from "./publication.js";
import type { SegmentWork as PublishedWork } from "./published.js";
import { joinSegments, RECORD_BYTES, saveResult } from "./segment-records.js";
import { Staging, type Units } from "./staging.js";

/** Jobs whose kernels join a row's segments in the pass that computes them. */
const JOINED_AT_ONCE: readonly Job["kind"][] = ["crossEntropyDetails", "scoreTokens", "compareLogits"];

/**
 * Whether a job's rows can be cut. Not those of details and scores, whose sums are joined in the pass that computes them, nor the
 * poly loss of distributions, which reads each row a second time for its value.
 */
export function canCut(job: Job): job is RowJob {
  if (isElementJob(job) || job.kind === "nll" || JOINED_AT_ONCE.includes(job.kind)) return false;
  if (job.kind === "crossEntropy" && job.poly !== 0 && !job.targets) return false;
  return job.layout.classes > SEGMENT;
}

interface SegmentUnits extends Units {
  /** Parts that have their input when a unit has been brought. */
  readyAfter(unit: number): number;
}

export class SegmentWork implements Work {
  readonly #site: CallSite;
  readonly #job: RowJob;
  readonly #tiles: readonly RowRange[];
  readonly #segments: number;
  readonly #units: SegmentUnits;
  readonly #sums = new ColumnSums();
  #staging: Staging | undefined;
  #records = 0;
  #brought = 0;
  #isMeasured = false;

  constructor(site: CallSite, job: RowJob) {
    this.#site = site;
    this.#job = job;
    this.#tiles = tilesOf(job.layout);
    this.#segments = segmentsOf(job.layout);
    this.#units =
      job.layout.inner === 1 ? pieces(this.#tiles, this.#segments, job.layout) : outers(this.#tiles, this.#segments, job.layout);
  }

  start(): Phase {
    const staging = new Staging(this.#site.memory, this.#job, this.#units);
    this.#staging = staging;
    this.#records = staging.allocate(this.#tiles.length * this.#segments * RECORD_BYTES);
    return this.#phase("measure", staging.isFed ? 0 : this.#parts);
  }

  copy(publication: Publication, deadline: number): boolean {
    const staging = this.#staging as Staging;
    while (staging.isFed && this.#brought < this.#units.count) {
      if (performance.now() > deadline) return false;
      staging.bring(this.#brought);
      publication.ready(this.#units.readyAfter(this.#brought));
      this.#brought++;
    }
    return true;
  }

  next(): Phase | Sums {
    if (!this.#isMeasured) {
      this.#isMeasured = true;
      if (this.#finishRows()) return this.#phase("apply", this.#parts);
    }
    this.#staging?.takeRest(false);
    return this.#sums.sums(this.#job);
  }

  free(): void {
    this.#staging?.free();
  }

  get #parts(): number {
    return this.#tiles.length * this.#segments;
  }

  /** Joins what the segments told and finishes the rows, all on the caller's own columns; true when elements have results too. */
  #finishRows(): boolean {
    const { workspace } = this.#site.memory;
    const job = this.#job.kind === "crossEntropy" ? { ...this.#job, gradient: null } : this.#job;
    const program = programOf(workspace, job, this.#sums, 0, false);
    for (const [tile, { from, to }] of this.#tiles.entries()) {
      if (!program.begin(from, to - from)) continue;
      joinSegments(workspace, program, to - from, this.#segments, this.#records + tile * this.#segments * RECORD_BYTES);
      program.finish(from, to - from);
      // a tile's statistics are joined: its records are free
      saveResult(workspace, to - from, this.#records + tile * RECORD_BYTES);
    }
    return program.applies || (this.#job.kind === "crossEntropy" && this.#job.gradient !== null);
  }

  #phase(kind: PublishedWork["kind"], ready: number): Phase {
    const staging = this.#staging as Staging;
    const work = { kind, tiles: this.#tiles, segments: this.#segments, records: this.#records };
    const { threads: workers } = this.#site;
    return { published: { job: staging.job, work }, buffers: staging.buffers, parts: this.#parts, ready, workers };
  }
}

/** Segment by segment: each is a part's input. */
function pieces(tiles: readonly RowRange[], segments: number, { classes }: Rows): SegmentUnits {
  return {
    count: tiles.length * segments,
    windows: 0,
    elements: () => 0,
    range: ({ rows }, unit, length) => {
      const { from } = tiles[Math.floor(unit / segments)] as RowRange;
      const first = (unit % segments) * SEGMENT;
      const start = from * (rows as Rows).stride + first;
      return [start, Math.min(length, start + Math.min(SEGMENT, classes - first))];
    },
    readyAfter: (unit) => unit + 1,
  };
}

/** Outer indices as a whole, whose rows lie beside each other. */
function outers(tiles: readonly RowRange[], segments: number, { rows, inner }: Rows): SegmentUnits {
  return {
    count: rows / inner,
    windows: 0,
    elements: () => 0,
    range: (use, unit, length) => elementsOf(use, { from: unit * inner, to: (unit + 1) * inner }, length),
    readyAfter: (unit) => segments * tiles.filter(({ from }) => from < (unit + 1) * inner).length,
  };
}
