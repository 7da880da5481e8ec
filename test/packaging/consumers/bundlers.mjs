// Bundlers, each with what its own documentation starts with: no option is there for the package.
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";

async function withVite(root, entry, outDir) {
  await vite.build({
    root,
    configFile: false,
    logLevel: "error",
    build: {
      outDir,
      emptyOutDir: true,
      rollupOptions: { input: join(root, entry), output: { entryFileNames: "[name].mjs" } },
    },
  });
}

async function withWebpack(context, entry, path) {
  const compiler = webpack({
    mode: "production",
    context,
    entry: `./${entry}`,
    output: { path, filename: entry },
    // it warns of bundles above 244 KB
    performance: { hints: false },
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => compiler.close(() => (error ? reject(error) : resolve(result))));
  });
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString("errors-warnings"));
}

async function withEsbuild(absWorkingDir, entry, outdir) {
  await esbuild.build({
    absWorkingDir,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    outdir,
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
  });
}

async function withRollup(root, entry, dir) {
  const bundle = await rollup({
    input: join(root, entry),
    plugins: [nodeResolve({ browser: true }), terser()],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  await bundle.write({ dir, format: "es", entryFileNames: "[name].mjs" });
  await bundle.close();
}

/** The worker's file in the package, `wasm-cross-entropy/web-worker.js`: to be copied where a bundler does not take it along. */
export const ownWorker = "build/hosts/web-worker.js";

/** What a page has to do for its worker, as docs/browser.md says it. */
export const NOTHING = "as it is";
export const COPY_BESIDE = "file copied beside";
export const COPY_ELSEWHERE = "`workerUrl`";

/**
 * `bundle(folder, entry, out)` writes the bundle of an entry under the entry's name. Those that do not follow
 * `new Worker(new URL(...))` show one each of the two ways to have the file.
 */
export const bundlers = [
  { name: "Vite", bundle: withVite, worker: NOTHING },
  { name: "webpack", bundle: withWebpack, worker: NOTHING },
  { name: "esbuild", bundle: withEsbuild, worker: COPY_BESIDE },
  { name: "rollup", bundle: withRollup, worker: COPY_ELSEWHERE },
];
