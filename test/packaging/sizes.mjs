// Sizes of bundles, minified and gzipped.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundlers, NOTHING, ownWorker } from "./consumers/bundlers.mjs";

/** For each bundler, bytes of all that it writes for `import { crossEntropy }` and for everything, the worker's file among it. */
export async function sizesOf(project) {
  const lines = [];
  for (const { name, bundle, worker } of bundlers) {
    const sizes = async (entry, others = []) => {
      const folder = project.makeProject(`${name} ${entry}`);
      const out = join(folder, "dist");
      await bundle(folder, entry, out);
      const written = readdirSync(out, { recursive: true }).filter((path) => /\.m?js$/.test(path));
      return sum([...written.map((path) => join(out, path)), ...others].map(sizeOf));
    };
    lines.push({
      bundler: name,
      crossEntropy: await sizes("only-cross-entropy.mjs"),
      everything: await sizes("everything.mjs", worker === NOTHING ? [] : [project.inPackage(ownWorker)]),
    });
  }
  return lines;
}

function sizeOf(file) {
  const text = readFileSync(file);
  return { minified: text.length, gzipped: gzipSync(text, { level: 9 }).length };
}

function sum(sizes) {
  const total = (name) => sizes.reduce((bytes, size) => bytes + size[name], 0);
  return { minified: total("minified"), gzipped: total("gzipped") };
}
