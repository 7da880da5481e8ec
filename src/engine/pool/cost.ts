/** From how much work on workers are woken, and where the caller runs smaller jobs. What a job takes, its kind says (kind.ts). */
import type { Job } from "../job.js";
import { type Kind, mapArrays } from "../kind.js";
import { viewOf } from "./places.js";

/**
 * Nanoseconds below which the caller runs a job itself. A worker takes 60 to 100 us to wake, and so does the caller, on a virtual
 * machine 300 to 600 together: with one worker that must not be felt, with several there must be something to gain (bench: engine).
 */
const LEAST_FOR_ONE = 9_000_000;
/** The same in a page, which has frames to draw. */
const LEAST_IN_PAGE = 2_000_000;
const LEAST_FOR_SEVERAL = 1_500_000;

/** Nanoseconds of work that workers are woken for; `mayCompute` as a Host's. */
export function leastTime(threads: number, mayCompute: boolean): number {
  if (threads > 1) return LEAST_FOR_SEVERAL;
  return mayCompute ? LEAST_FOR_ONE : LEAST_IN_PAGE;
}

/** Whether workers should run a job of so many nanoseconds or more. */
export function isWorthWaking(time: number, least: number): boolean {
  return time > 0 && time >= least;
}

/** Nanoseconds below which it is not worth asking where a job's arrays are, which takes 60. */
const SHORT = 2000;

/**
 * Whether the caller should run a small job in the plain functions' memory, which is not shared: copying JavaScript's own arrays
 * to it takes half of what copying to a shared one takes on Node 24 (docs/performance.md).
 */
export function isForUnsharedMemory(time: number, kind: Kind, job: Job): boolean {
  if (time <= SHORT) return false;
  let isAll = true;
  mapArrays(kind, job, (array, { rows }) => {
    if (array && rows && !(viewOf(array).buffer instanceof ArrayBuffer)) isAll = false;
    return array;
  });
  return isAll;
}

/** Milliseconds that the caller copies and computes before the event loop has its turn. */
export const TURN = 8;
