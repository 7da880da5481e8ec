// Bundles for Node, each with what the bundler's own documentation starts with.
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import webpack from "webpack";

const ENTRY = "server.mjs";

const withEsbuild = (format, extension) => async (absWorkingDir, outdir) => {
  await esbuild.build({
    absWorkingDir,
    entryPoints: [ENTRY],
    bundle: true,
    platform: "node",
    format,
    outdir,
    outExtension: { ".js": extension },
    // of import.meta in CommonJS: the package has another way then
    logLevel: "error",
  });
  return `server${extension}`;
};

async function withWebpack(context, path) {
  const compiler = webpack({
    mode: "production",
    target: "node",
    context,
    entry: `./${ENTRY}`,
    output: { path, filename: "server.cjs" },
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => compiler.close(() => (error ? reject(error) : resolve(result))));
  });
  if (stats.hasErrors()) throw new Error(stats.toString("errors-warnings"));
  return "server.cjs";
}

const withRollup = (format, extension) => async (root, dir) => {
  const bundle = await rollup({
    input: join(root, ENTRY),
    external: /^node:/,
    plugins: [nodeResolve({ exportConditions: ["node"] })],
  });
  await bundle.write({ dir, format, entryFileNames: `[name]${extension}`, chunkFileNames: `[name]-[hash]${extension}` });
  await bundle.close();
  return `server${extension}`;
};

/** `bundle(folder, out)` writes a bundle of server.mjs and returns its name. With `takesWorker`, the bundler takes the worker's file along. */
export const servers = [
  { name: "esbuild, ES module", bundle: withEsbuild("esm", ".mjs") },
  { name: "esbuild, CommonJS", bundle: withEsbuild("cjs", ".cjs") },
  { name: "rollup, ES module", bundle: withRollup("es", ".mjs") },
  { name: "rollup, CommonJS", bundle: withRollup("cjs", ".cjs") },
  { name: "webpack", bundle: withWebpack, takesWorker: true },
];
