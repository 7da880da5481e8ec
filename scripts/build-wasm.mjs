// The first step of the build. Compiles assembly/ to build/wasm/kernels-{plain,relaxed}.wasm (the targets of asconfig.json) and
// writes three TypeScript files: the interface of the exports, and both builds as text in two files, so that the package needs no
// asset file, no fetch and no bundler configuration.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { inOneOrder } from "./kernel-order.mjs";
import { kernelText, marked } from "./kernel-text.mjs";
import { kernelTypes } from "./kernel-types.mjs";
import { write } from "./write.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
// a built file whose source is gone would still be published
for (const folder of ["build", "xent/build"]) rmSync(join(root, folder), { recursive: true, force: true });
const read = (/** @type {string} */ file) => readFileSync(join(root, file), "utf8");

/**
 * @param {string} target @returns {Promise<{ text: string, declarations: string }>} the module and its types, as asc prints them
 */
function compiled(target) {
  return new Promise((resolve) => {
    const thread = new Worker(new URL("compile-kernels.mjs", import.meta.url), { workerData: target });
    thread.once("message", resolve).once("exit", (code) => void (code && process.exit(code)));
  });
}

const [ofPlain, ofRelaxed] = await Promise.all([compiled("plain"), compiled("relaxed")]);
/** @param {string} file @returns {string[]} the kernels that a file of assembly/ exports */
const exportsOf = (file) =>
  Array.from(read(`assembly/${file}.ts`).matchAll(/^export \{([^}]*)\}/gm), ([, names]) =>
    names
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
  ).flat();
const texts = { plain: ofPlain.text, relaxed: ofRelaxed.text };
// each set of kernels begins with the one before it (src/wasm/kernel-sets.ts)
const [crossEntropy, losses, linear] = ["cross-entropy", "index", "linear-cross-entropy"].map(exportsOf);
const { plain, relaxed } = inOneOrder(texts, [crossEntropy, losses, linear]);
for (const [target, text] of Object.entries(texts)) write(`build/wasm/kernels-${target}.wat`, text);
const { version } = JSON.parse(read("package.json"));
for (const [target, modules] of Object.entries({ plain, relaxed })) {
  const bytes = marked(modules.at(-1), `${version} ${target} ${modules.length}`);
  write(`build/wasm/kernels-${target}.wasm`, bytes);
  process.stdout.write(`kernels-${target}.wasm ${bytes.length} bytes\n`);
}

let earlier = 0;
for (const [i, name] of ["crossEntropy", "other", "linear"].entries()) {
  const { text, functions } = kernelText(plain[i], relaxed[i], earlier);
  earlier = functions;
  const file = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const head = `/** Kernels of both builds, written by scripts/build-wasm.mjs; see ../kernel-text.ts. */\n`;
  write(`src/wasm/generated/${file}.ts`, `${head}export const ${name}Text: string =\n  "${text}";\n`);
}
write("src/wasm/generated/kernels.ts", kernelTypes(ofPlain.declarations, read));
