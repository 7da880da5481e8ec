/**
 * Sets of kernels for different callers. Sets are nested: a larger set begins with the smaller one, at the same function
 * indices and with the same bytes, so it can replace the smaller one on the same memory. A bundle holds only the texts
 * of the sets that it names.
 */
import { crossEntropyText } from "./generated/cross-entropy.js";
import { linearText } from "./generated/linear.js";
import { otherText } from "./generated/other.js";

/** Kernel texts, as moduleBytes takes them. */
export type KernelSet = readonly string[];

/** The kernels that crossEntropy and its gradient call: half of the bytes. */
export const CROSS_ENTROPY_KERNELS: KernelSet = [crossEntropyText];

/** The kernels of all functions but linear cross-entropy. */
export const LOSS_KERNELS: KernelSet = [crossEntropyText, otherText];

export const ALL_KERNELS: KernelSet = [crossEntropyText, otherText, linearText];
