// Compiles assembly/ to build/wasm/kernels-{plain,relaxed}.wasm (targets of asconfig.json) and writes both once more as
// TypeScript files that hold them as text, so that the package needs no file, no fetch and no bundler configuration.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { inOneOrder } from "./kernel-order.mjs";
import { kernelText } from "./kernel-text.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const generated = join(root, "src", "wasm", "generated");
mkdirSync(generated, { recursive: true });

/** @param {string} target @returns {Promise<string>} the module as asc prints it */
async function compiled(target) {
  const { error, stderr } = await asc.main([
    "assembly/index.ts",
    "--config",
    "asconfig.json",
    "--target",
    target,
    "--baseDir",
    root,
  ]);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
  return readFileSync(join(root, "build", "wasm", `kernels-${target}.wat`), "utf8");
}

const { plain, relaxed } = inOneOrder({ plain: await compiled("plain"), relaxed: await compiled("relaxed") });
for (const [target, { whole }] of Object.entries({ plain, relaxed })) {
  writeFileSync(join(root, "build", "wasm", `kernels-${target}.wasm`), whole);
  process.stdout.write(`kernels-${target}.wasm ${whole.length} bytes\n`);
}

const crossEntropy = kernelText(plain.crossEntropy, relaxed.crossEntropy, 0);
const other = kernelText(plain.whole, relaxed.whole, crossEntropy.functions);
for (const [file, name, { text }] of /** @type {const} */ ([
  ["cross-entropy", "crossEntropyText", crossEntropy],
  ["other", "otherText", other],
])) {
  const head = `/** Kernels of both builds, written by scripts/build-wasm.mjs; see ../kernel-text.ts. */\n`;
  writeFileSync(join(generated, `${file}.ts`), `${head}export const ${name}: string =\n  "${text}";\n`);
}
