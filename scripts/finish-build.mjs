// After tsc: the browser's worker as one file, and the command made executable.
import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const file = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

// A page's import map does not reach its workers, so this file must import nothing by a package's name. And it can be copied to
// wherever a server or a bundler that knows no workers wants it.
const worker = file("build/hosts/web-worker.js");
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

// npm does so when it installs; a clone that was built again needs it too
chmodSync(file("xent/build/cli/main.js"), 0o755);
