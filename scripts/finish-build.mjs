// After tsc: bundles each worker into one file.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { loaderWithoutGlobals } from "./loader-plugin.mjs";

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

// A page's import map does not apply to its workers, so these files must import nothing by a package name. A single file can also
// be copied to where a server or a bundler without support for workers needs it.
await build({
  entryPoints: ["web-worker", "node-worker"].map((name) => file(`build/hosts/${name}.js`)),
  outdir: file("build/hosts"),
  allowOverwrite: true,
  bundle: true,
  minify: true,
  // neither imports nor exports: an ES module and a CommonJS script at once
  format: "iife",
  target: "es2022",
  banner: { js: "// wasm-cross-entropy (MIT); contains @assemblyscript/loader (Apache-2.0)" },
  plugins: [loaderWithoutGlobals],
  logLevel: "warning",
});
