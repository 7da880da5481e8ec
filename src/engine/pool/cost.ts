/** From how much work on workers are woken. What a job takes, its kind says (kind.ts). */

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

/** Milliseconds that the caller copies and computes before the event loop has its turn. */
export const TURN = 8;
