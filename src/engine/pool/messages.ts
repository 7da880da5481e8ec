/** What a pool and its workers tell each other beside the words of the control block. */
import type { ColumnName } from "../columns.js";
import type { Sums } from "../job.js";
import type { Partition } from "./partition.js";
import type { ElementType } from "./places.js";

export interface StartMessage {
  readonly kind: "start";
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  /** Where its scratch region begins, and where the words are. */
  readonly base: number;
  readonly control: number;
  readonly workers: number;
  readonly index: number;
  /** The last message sent before, and those that jobs under way still need. */
  readonly mail: number;
  readonly earlier: readonly MailMessage[];
}

/** A call as text in the shared memory. */
export interface Published extends Dealt {
  /** Name of the job's kind. */
  readonly kind: string;
  /** The job, a Place for every array. */
  readonly job: unknown;
  /** Number of the message that brings its buffers; 0: none does. */
  readonly mail: number;
}

/** How a job is dealt in parts. */
export interface Dealt {
  readonly partition: Partition;
  /** Addresses of the f64 columns for what the reduction needs of the rows. */
  readonly columns: Readonly<Partial<Record<ColumnName, number>>>;
  /** Address of what each part reports of elements outside [0, 1], OUTSIDE_BYTES each. */
  readonly outsides: number;
  /** Windows that the parts take in turn; 0: arrays have places of their own. */
  readonly windows: number;
}

export const OUTSIDE_BYTES = 16;

/** Shared buffers that a call reads in place. */
export interface MailMessage {
  readonly kind: "mail";
  readonly number: number;
  /** Messages before this one are of calls that are over. */
  readonly oldest: number;
  readonly buffers: readonly ArrayBufferLike[];
}

/** To a worker that shares no memory: the module for its own. */
export interface UnsharedStartMessage {
  readonly kind: "start unshared";
  readonly module: WebAssembly.Module;
}

/** What stands for an array that is written: results are made where the job runs. */
export interface Written {
  readonly type: ElementType;
  readonly length: number;
}

/** A job whose arrays are copies, or Written. */
export interface UnsharedQuestion {
  readonly kind: "job";
  readonly number: number;
  /** Of the job's kind. */
  readonly name: string;
  readonly job: unknown;
}

export type UnsharedAnswer =
  /** The written arrays, in the order of the job's. */
  | { readonly kind: "answer"; readonly number: number; readonly sums: Sums; readonly written: readonly ArrayBuffer[] }
  | { readonly kind: "refused"; readonly number: number; readonly error: unknown };

export type ToWorker = StartMessage | MailMessage | UnsharedStartMessage | UnsharedQuestion;

export type FromWorker =
  | { readonly kind: "ready" }
  /** Look at the control block: to a caller that cannot wait for its words. */
  | { readonly kind: "signal" }
  /** A part has thrown; `sequence` is its job's. */
  | { readonly kind: "failed"; readonly sequence: number; readonly error: unknown }
  | UnsharedAnswer;

export interface WorkerPort {
  post(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
  listen(handler: (message: ToWorker) => void): void;
}
