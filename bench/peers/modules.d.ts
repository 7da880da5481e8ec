// The parts of the peers that are used here, so that types are checked the same whether the peers are installed or not.

declare module "@huggingface/transformers" {
  export function log_softmax(values: Float32Array): Float32Array;
}

declare module "@tensorflow/tfjs" {
  export interface Tensor {
    dataSync(): Float32Array;
    dispose(): void;
  }
  export function setBackend(name: string): Promise<boolean>;
  export function tidy<T extends Tensor | Tensor[] | number>(compute: () => T): T;
  export function keep(x: Tensor): Tensor;
  export function tensor1d(values: Int32Array, dtype: "int32"): Tensor;
  export function tensor2d(values: Float32Array | Int32Array, shape: [number, number], dtype: "float32" | "int32"): Tensor;
  export function oneHot(indices: Tensor, depth: number): Tensor;
  export function cast(x: Tensor, dtype: "float32"): Tensor;
  export function logSumExp(x: Tensor, axis: number): Tensor;
  export function softmax(x: Tensor): Tensor;
  export function gatherND(x: Tensor, indices: Tensor): Tensor;
  export function log(x: Tensor): Tensor;
  export function neg(x: Tensor): Tensor;
  export function mean(x: Tensor): Tensor;
  export function sub(a: Tensor, b: Tensor): Tensor;
  export function mul(a: Tensor, b: Tensor | number): Tensor;
}

declare module "@tensorflow/tfjs-backend-wasm" {}

declare module "@jax-js/jax" {
  export interface Array {
    /** The same array, for one more use. */
    readonly ref: Array;
    reshape(shape: number[]): Array;
    mean(): Array;
    dataSync(): Float32Array;
    dispose(): void;
    blockUntilReady(): Promise<Array>;
  }
  export function init(device: "wasm"): Promise<string[]>;
  export function defaultDevice(device: "wasm"): string;
  export function jit<A extends Array[], R>(compute: (...args: A) => R): (...args: A) => R;
  export function valueAndGrad(compute: (x: Array, y: Array) => Array): (x: Array, y: Array) => [value: Array, grad: Array];
  export const numpy: {
    readonly int32: unique symbol;
    array(values: Float32Array | Int32Array, options?: { dtype: symbol }): Array;
    takeAlongAxis(x: Array, indices: Array, axis: number): Array;
    negative(x: Array): Array;
  };
  export const nn: { logSoftmax(x: Array, axis: number): Array };
}

/** The types that both runtimes share. */
declare namespace OnnxRuntime {
  class Tensor {
    constructor(type: "float32" | "int64", data: Float32Array | BigInt64Array, dims: readonly number[]);
    readonly data: Float32Array;
  }
  interface SessionOptions {
    executionProviders: string[];
    intraOpNumThreads?: number;
    interOpNumThreads?: number;
  }
  interface Session {
    run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  }
  const InferenceSession: { create(model: Uint8Array, options: SessionOptions): Promise<Session> };
}

declare module "onnxruntime-node" {
  export import Tensor = OnnxRuntime.Tensor;
  export import InferenceSession = OnnxRuntime.InferenceSession;
}

declare module "onnxruntime-web" {
  export import Tensor = OnnxRuntime.Tensor;
  export import InferenceSession = OnnxRuntime.InferenceSession;
  export const env: { wasm: { numThreads?: number } };
}

declare module "protobufjs" {
  export interface Type {
    encode(message: object): { finish(): Uint8Array };
    fromObject(values: object): object;
  }
  const protobuf: { parse(schema: string, options: { keepCase: boolean }): { root: { lookupType(name: string): Type } } };
  export default protobuf;
}
