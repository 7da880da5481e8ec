// After tsc: the browser's worker as one file, the reports' axes with the library they are made with, and the command made
// executable.
import { chmodSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const file = (path) => fileURLToPath(new URL(`../build/${path}`, import.meta.url));

// A page's import map does not reach its workers, so this file must import nothing by a package's name. And it can be copied to
// wherever a server or a bundler that knows no workers wants it.
const worker = file("hosts/web-worker.js");
await build({
  entryPoints: [worker],
  outfile: worker,
  allowOverwrite: true,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  banner: { js: "// wasm-cross-entropy (MIT); contains @assemblyscript/loader (Apache-2.0)" },
  logLevel: "warning",
});

// d3-scale is none of the package's dependencies: what is used of it goes into the one file that uses it, with its licence.
const scales = file("report/page/svg/scales.js");
const license = readFileSync(join(dirname(createRequire(import.meta.url).resolve("d3-scale")), "../LICENSE"), "utf8");
await build({
  entryPoints: [scales],
  outfile: scales,
  allowOverwrite: true,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  banner: { js: `/*! Contains d3-scale and modules of d3 that it uses (https://d3js.org):\n\n${license.trim()}\n*/` },
  logLevel: "warning",
});

// npm does so on install; a clone that runs build/cli/main.js needs it too
chmodSync(file("cli/main.js"), 0o755);
