/** What a pool and its workers tell each other: messages, and calls as text in shared memory. The words there are in protocol.ts. */
import type { Bytes } from "../../wasm/bytes.js";
import type { ColumnName } from "../columns.js";
import type { Sums } from "../job.js";
import type { Partition } from "./partition.js";
import type { ElementType } from "./places.js";
import type { MailMessage } from "./protocol.js";

export interface StartMessage {
  readonly kind: "start";
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  /** Addresses of the worker's scratch region and of the words. */
  readonly base: number;
  readonly control: number;
  readonly workers: number;
  readonly index: number;
  /** Number of the last message sent so far, and the messages that calls under way still need. */
  readonly mail: number;
  readonly earlier: readonly MailMessage[];
}

/** A call as text in the shared memory. */
export interface Published extends Dealt {
  /** Name of the job's kind. */
  readonly kind: string;
  /** The job, with a Place instead of each array. */
  readonly job: unknown;
  /** Number of the message that brings the job's buffers; 0 if it needs none. */
  readonly mail: number;
}

/** How a job is divided into parts. */
export interface Dealt {
  readonly partition: Partition;
  /** Addresses of the f64 columns of the reduction. */
  readonly columns: Readonly<Partial<Record<ColumnName, number>>>;
  /** Address of the parts' reports of elements outside [0, 1], OUTSIDE_BYTES per part. */
  readonly outsides: number;
  /** Number of windows that the parts take in turn; 0 if arrays are not copied in windows. */
  readonly windows: number;
}

export const OUTSIDE_BYTES = 16;

/** Starts a worker that does not share memory, with the module for its own memory. */
export interface UnsharedStartMessage {
  readonly kind: "start unshared";
  readonly module: WebAssembly.Module;
}

/** Stands for an array that the job writes: the worker allocates it. */
export interface Written {
  readonly type: ElementType;
  readonly length: number;
}

/** A job whose arrays are copies of what it reads, or Written. */
export interface UnsharedQuestion {
  readonly kind: "job";
  readonly number: number;
  /** Name of the job's kind. */
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
  /** Asks an owner that cannot wait for words to look at them. */
  | { readonly kind: "signal" }
  /** A part has thrown; `sequence` is the number of its call. */
  | { readonly kind: "failed"; readonly sequence: number; readonly error: unknown }
  | UnsharedAnswer;

export interface WorkerPort {
  post(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
  listen(handler: (message: ToWorker) => void): void;
}

/** Marks a number in the text that JSON cannot write. */
const TAG = "number:";
const SPECIAL = ["NaN", "Infinity", "-Infinity", "-0"];

/** Encodes a call as JSON. Finite numbers round-trip exactly; NaN, infinities and -0 become tagged strings. */
export function toBytes(value: unknown): Bytes {
  const text = JSON.stringify(value, (name, item: unknown) => {
    if (ArrayBuffer.isView(item)) throw new Error(`wasm-cross-entropy: the arrays of a job's kind leave out ${name}`);
    if (typeof item !== "number") return item;
    if (Object.is(item, -0)) return `${TAG}-0`;
    return Number.isFinite(item) ? item : TAG + item;
  });
  return new TextEncoder().encode(text);
}

/** Decodes a copy, because browsers refuse to decode shared memory. */
export function fromBytes(buffer: ArrayBufferLike, at: number, length: number): unknown {
  const text = new TextDecoder().decode(new Uint8Array(buffer, at, length).slice());
  return JSON.parse(text, (_, item: unknown) => {
    if (typeof item !== "string" || !item.startsWith(TAG)) return item;
    const word = item.slice(TAG.length);
    return SPECIAL.includes(word) ? Number(word) : item;
  });
}
