// For its size: all that the package exports.
import * as everything from "wasm-cross-entropy";

globalThis.used = everything;
