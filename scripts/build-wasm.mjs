// The first step of the build. Compiles assembly/ to build/wasm/kernels-{plain,relaxed}.wasm (the targets of asconfig.json) and
// writes three TypeScript files: the interface of the exports, and both builds as text in two files, so that the package needs no
// asset file, no fetch and no bundler configuration.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
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
async function compiled(target) {
  /** @type {Map<string, string>} */
  const written = new Map();
  const { error, stderr } = await asc.main(
    ["assembly/index.ts", "--config", "asconfig.json", "--target", target, "--baseDir", root],
    { writeFile: (name, contents) => void written.set(name.slice(name.lastIndexOf(".")), String(contents)) },
  );
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
  const [text, declarations] = [".wat", ".ts"].map((ending) => /** @type {string} */ (written.get(ending)));
  return { text, declarations };
}

const builds = { plain: await compiled("plain"), relaxed: await compiled("relaxed") };
const exportsOfCrossEntropy = Array.from(read("assembly/cross-entropy.ts").matchAll(/^export \{([^}]*)\}/gm), ([, names]) =>
  names
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean),
).flat();
const texts = { plain: builds.plain.text, relaxed: builds.relaxed.text };
const { plain, relaxed } = inOneOrder(texts, exportsOfCrossEntropy);
for (const [target, text] of Object.entries(texts)) write(`build/wasm/kernels-${target}.wat`, text);
const { version } = JSON.parse(read("package.json"));
for (const [target, { whole }] of Object.entries({ plain, relaxed })) {
  const bytes = marked(whole, `${version} ${target} 2`);
  write(`build/wasm/kernels-${target}.wasm`, bytes);
  process.stdout.write(`kernels-${target}.wasm ${bytes.length} bytes\n`);
}

const crossEntropy = kernelText(plain.crossEntropy, relaxed.crossEntropy, 0);
const other = kernelText(plain.whole, relaxed.whole, crossEntropy.functions);
for (const [file, name, { text }] of /** @type {const} */ ([
  ["cross-entropy", "crossEntropyText", crossEntropy],
  ["other", "otherText", other],
])) {
  const head = `/** Kernels of both builds, written by scripts/build-wasm.mjs; see ../kernel-text.ts. */\n`;
  write(`src/wasm/generated/${file}.ts`, `${head}export const ${name}: string =\n  "${text}";\n`);
}
write("src/wasm/generated/kernels.ts", kernelTypes(builds.plain.declarations, read));
