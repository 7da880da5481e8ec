// For its size: what a page needs that only computes losses.
import { crossEntropy } from "wasm-cross-entropy";

globalThis.used = { crossEntropy };
