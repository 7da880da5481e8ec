// A Cloudflare Worker, which compiles no WebAssembly itself: its module comes as a file.
import { createEngine, createLocalEngine, crossEntropy, setModule } from "wasm-cross-entropy";
import * as deterministic from "wasm-cross-entropy/deterministic";
import module from "wasm-cross-entropy/kernels-plain.wasm";

const logits = Float32Array.of(2, 1, 0.5, 0.5, 2.5, 1);
const outcome = async (use) => {
  try {
    return await use();
  } catch (error) {
    return String(error);
  }
};

export default {
  async fetch() {
    const without = await outcome(() => crossEntropy(logits, [0, 1]));
    setModule(module);
    deterministic.setModule(module);
    return Response.json({
      without,
      plain: await outcome(() => crossEntropy(logits, [0, 1])),
      deterministic: await outcome(() => deterministic.crossEntropy(logits, [0, 1])),
      local: await outcome(() => createLocalEngine({ module }).crossEntropy(logits, [0, 1])),
      engine: await outcome(() => createEngine({ module })),
    });
  },
};
