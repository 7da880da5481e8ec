/**
 * Whether a job's rows, and what is written for their elements, are in JavaScript's own memory. Such a job that is too small for
 * workers runs where the plain functions run: copying to their unshared memory takes half of what copying to a shared one takes.
 */
import type { Job } from "../job.js";
import { type Kind, mapArrays } from "../kind.js";
import { viewOf } from "./places.js";

export function isOutside(kind: Kind, job: Job): boolean {
  let isAll = true;
  mapArrays(kind, job, (array, { rows }) => {
    if (array && rows && !(viewOf(array).buffer instanceof ArrayBuffer)) isAll = false;
    return array;
  });
  return isAll;
}
