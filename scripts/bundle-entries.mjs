// After tsc: the entries once more, each of a few files instead of eighty. Node takes about half a millisecond to find, read and
// link a module: from its start to a first loss a process took 50 ms longer than an empty one, and takes 13 so (Node 20 and 24, the
// loader and the kernels' bytes in the files too, which is 3 of it; npm run bench:start). The entries share their code, and so
// their engines and errors. What tsc wrote stays beside them, for the types, the command and the workers.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(`../build/${name}`, import.meta.url));

// chunks are named by what they hold: those of another build would stay
rmSync(path("bundle"), { recursive: true, force: true });
await build({
  entryPoints: ["index.js", "deterministic.js", "kernels.js"].map(path),
  outdir: path("bundle"),
  bundle: true,
  splitting: true,
  chunkNames: "chunk-[hash]",
  format: "esm",
  target: "es2022",
  // puts numbers in where they are named, which nobody who bundles this file again can do; names and lines stay
  minifySyntax: true,
  // which host it is, package.json says
  external: ["#pool-host"],
  // not the repository's own paths, which name sources
  tsconfigRaw: {},
  banner: { js: "// wasm-cross-entropy (MIT); contains @assemblyscript/loader (Apache-2.0)" },
  logLevel: "warning",
});
