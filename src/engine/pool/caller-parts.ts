/**
 * Parts that the caller computes itself: from its own arrays, as the plain functions do, without copying them before the workers.
 * On two processors a caller that only copies leaves a worker too few of them, and one that only waits leaves its own idle.
 */
import type { Job } from "../job.js";
import { type JobArray, type Kind, mapArrays, type Use } from "../kind.js";
import type { Workspace } from "../tiles/workspace.js";
import type { PoolMemory } from "./memory.js";
import { runRowPart } from "./part-runner.js";
import { partRange } from "./partition.js";
import { arrayAt, elementsOf, type Place, slice, viewOf } from "./places.js";
import type { RowWork } from "./published.js";
import { checkThere } from "./staging.js";

interface Given {
  readonly array: JobArray;
  readonly length: number;
}

export class CallerParts {
  /** Apart from the pool's memory: copying to a shared one is slow where the two differ in their alignment. */
  readonly #workspace: Workspace;
  readonly #memory: PoolMemory;
  readonly #kind: Kind;
  readonly #staged: Job;
  readonly #work: RowWork;
  /** The caller's arrays, in the order in which mapArrays comes by. */
  readonly #given: (Given | null)[] = [];

  constructor(workspace: Workspace, memory: PoolMemory, kind: Kind, job: Job, staged: Job, work: RowWork) {
    this.#workspace = workspace;
    this.#memory = memory;
    this.#kind = kind;
    this.#staged = staged;
    this.#work = work;
    mapArrays(kind, job, (array) => {
      this.#given.push(array && { array, length: viewOf(array).length });
      return array;
    });
  }

  /** @throws TypeError when an array was detached; Error as PartRunner's `run`. */
  run(part: number): void {
    const { from, to } = partRange(this.#work.partition, part);
    const given = this.#given.values();
    const job = mapArrays(this.#kind, this.#staged, (place, use) => {
      const own = given.next().value;
      return own ? (this.#array(own, place as unknown as Place, use, from, to) as unknown as typeof place) : place;
    });
    runRowPart(this.#workspace, this.#memory.buffer(), this.#kind, job, this.#work, { from, to, origin: from });
  }

  #array(
    { array, length }: Given,
    { type, at, length: placed, buffer, ring }: Place,
    use: Use,
    from: number,
    to: number,
  ): JobArray {
    checkThere({ view: viewOf(array), length });
    if (use.rows) return slice(array, ...elementsOf(use, { from, to }, length));
    // what is copied back as a whole has to be whole there
    const isStaged = use.role === "write" && buffer === undefined && !ring;
    return isStaged ? arrayAt(this.#memory.buffer(), type, at, placed) : array;
  }
}
