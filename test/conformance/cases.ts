/// <reference types="vite/types/importMeta.d.ts" />
import type { StoredTensor } from "../support/stored-tensor.js";

/** One case of a conformance file; README.md beside the data tells the format. */
export interface Case {
  readonly name: string;
  readonly op: string;
  readonly dtype?: string;
  /** PyTorch's positional arguments: plain values, or `{ $t: i }` for inputs[i]. */
  readonly args?: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly StoredTensor[];
  readonly outputs?: readonly StoredTensor[];
  readonly outputs64?: readonly StoredTensor[];
  /** Upstream gradient of the first output. */
  readonly grad_output?: StoredTensor;
  /** Gradient for each of the inputs, null where there is none. */
  readonly grad_input?: readonly (StoredTensor | null)[];
  readonly grad_input64?: readonly (StoredTensor | null)[];
  readonly error?: { readonly type: string; readonly message: string };
  /** ONNX: how far an implementation may be from `outputs`. */
  readonly rtol?: number;
  readonly atol?: number;
}

/** The files, and how many cases each must have, so that a truncated copy fails. */
export const suites: Readonly<Record<string, number>> = {
  torch_cross_entropy: 63,
  torch_nll_loss: 183,
  torch_binary_cross_entropy: 33,
  torch_binary_cross_entropy_with_logits: 78,
  torch_kl_div: 48,
  torch_softmax: 21,
  torch_log_softmax: 21,
  torch_logsumexp: 25,
  torch_linear_cross_entropy: 363,
  torch_edge_cases: 218,
  onnx_node_tests: 79,
};

/** The files as Vite serves them, in Node and in a browser alike. */
const files = import.meta.glob<{ readonly cases: readonly Case[] }>("./data/*.json", { eager: true, import: "default" });

export function readCases(suite: string): readonly Case[] {
  const file = files[`./data/${suite}.json`];
  if (file === undefined) throw new Error(`no data/${suite}.json`);
  return file.cases;
}
