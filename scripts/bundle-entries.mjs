// After tsc: bundles the entries into a few files instead of eighty, because Node takes about half a millisecond to find, read
// and link a module. A process that computes a first loss took 50 ms longer than an empty one from eighty files, and takes 13
// ms longer now (npm run bench:start). The entries share chunks, and with them their engines and errors. The output of tsc stays
// beside them, for the types, the command and the workers.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { loaderWithoutGlobals } from "./loader-plugin.mjs";

const path = (name) => fileURLToPath(new URL(`../build/${name}`, import.meta.url));

// chunk names depend on their contents, so those of another build would stay
rmSync(path("bundle"), { recursive: true, force: true });
const options = {
  outdir: path("bundle"),
  bundle: true,
  splitting: true,
  chunkNames: "chunk-[hash]",
  format: "esm",
  target: "es2022",
  // inlines the constants, which a bundler that processes this file again cannot do; names and lines stay
  minifySyntax: true,
  // package.json maps it to the host
  external: ["#pool-host"],
  // the repository's own tsconfig maps the package's names to sources
  tsconfigRaw: {},
  banner: { js: "// wasm-cross-entropy (MIT); contains @assemblyscript/loader (Apache-2.0)" },
  plugins: [loaderWithoutGlobals],
  logLevel: "warning",
};
await build({ ...options, entryPoints: ["index.js", "deterministic.js", "kernels.js"].map(path) });

// on top of the main entry as users have it, which would else be cut into one more file
const onMainEntry = {
  name: "on the main entry",
  setup: ({ onResolve }) => onResolve({ filter: /\/index\.js$/ }, () => ({ path: "./index.js", external: true })),
};
await build({ ...options, entryPoints: [path("text.js")], plugins: [onMainEntry] });
