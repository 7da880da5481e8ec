/** What a pool and its workers tell each other beside the words of the control block. */
import type { Sums } from "../job.js";
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

/** Buffers that jobs read in place. */
export interface MailMessage {
  readonly kind: "mail";
  readonly number: number;
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
