/** The fast half of the tests (`npm run test:quick`): arguments, scoring, the reference, and every function on small inputs. */
import { defineConfig } from "vitest/config";
import { settings } from "./vitest.config.js";

export default defineConfig({
  test: {
    ...settings,
    isolate: false,
    include: [
      "test/arguments/*.test.ts",
      "test/scoring/!(score-tokens|compare-logits).test.ts",
      "test/reference/{edges,examples,half,rows,sources}.test.ts",
      "test/conformance/textbook.test.ts",
      "test/losses/{cross-entropy,nll-loss,softmax,information,reduce}.test.ts",
      "test/memory/{arena,reduction,tiles}.test.ts",
      "test/package/{layers,named-files,version}.test.ts",
    ],
  },
});
