/**
 * Kernels by who needs them. Sets are nested: a longer one has what the shorter ones have, in the same place and with the same
 * bytes, so that it may follow one on the same memory. A bundle holds the texts of those that it names.
 */
import { crossEntropyText } from "./generated/cross-entropy.js";
import { otherText } from "./generated/other.js";

/** Texts, as moduleBytes takes them. */
export type KernelSet = readonly string[];

/** What crossEntropy and its gradient call, half of the bytes. */
export const CROSS_ENTROPY_KERNELS: KernelSet = [crossEntropyText];

export const ALL_KERNELS: KernelSet = [crossEntropyText, otherText];
