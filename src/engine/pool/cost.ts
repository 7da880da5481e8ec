/** How much work wakes the workers, and where the caller runs smaller jobs. A job's kind estimates its time (kind.ts). */
import { isSharedBuffer } from "../../values.js";
import type { Job } from "../job.js";
import { type Kind, mapArrays } from "../kind.js";
import { viewOf } from "./places.js";

/**
 * Estimated time in nanoseconds below which the caller runs a job itself. Waking a worker takes 60 to 100 us, and so does waking
 * the caller; on a virtual machine both take 300 to 600 us. With one worker that must be negligible, with several the workers
 * must gain more than it costs (bench: engine).
 */
const LEAST_FOR_ONE = 9_000_000;
/** The same in a page, which must keep drawing frames. */
const LEAST_IN_PAGE = 2_000_000;
const LEAST_FOR_SEVERAL = 1_500_000;

/** Time from which on workers are woken. `mayCompute` as in Host. */
export function leastTime(threads: number, mayCompute: boolean): number {
  if (threads > 1) return LEAST_FOR_SEVERAL;
  return mayCompute ? LEAST_FOR_ONE : LEAST_IN_PAGE;
}

/** Whether workers should run a job of `time` nanoseconds. */
export function isWorthWaking(time: number, least: number): boolean {
  return time > 0 && time >= least;
}

/** Time below which looking for a job's arrays, at 150 to 350 ns, costs more than it gains. */
const SHORT = 2000;

/**
 * Whether the caller should run a small job in the plain functions' memory, which is not shared: on Node 24, copying JavaScript's
 * own arrays to unshared memory takes half as long as copying them to shared memory (docs/performance.md).
 */
export function isForUnsharedMemory(time: number, kind: Kind, job: Job): boolean {
  if (time <= SHORT) return false;
  let isAll = true;
  mapArrays(kind, job, (array, { rows }) => {
    if (array && rows && isSharedBuffer(viewOf(array).buffer)) isAll = false;
    return array;
  });
  return isAll;
}

/** Milliseconds for which the caller copies and computes before it returns to the event loop. */
export const TURN = 8;
