// npm run fuzz: feeds the readers, commands and merges of xent with generated and damaged inputs (xent/test/fuzz).
//   --seconds N      time for all fuzzers together (60)
//   --seed S         first seed; each input has its own, one after another
//   --count N        most inputs per fuzzer
//   --only NAMES     npy, npz, safetensors, shards, tokens, checkpoints, sums, arguments, inputs; joined by commas
//   --oracle PYTHON  also compares with numpy's and safetensors' readers, which that interpreter has
//   --record PYTHON  records their verdicts for the tests (xent/test/fuzz/verdicts)
import { spawnSync } from "node:child_process";
import { build } from "esbuild";

// beside package.json as build/, from where the version is read
const outfile = "xent/coverage/fuzz.mjs";
await build({
  entryPoints: ["xent/test/fuzz/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  sourcemap: "inline",
  logLevel: "error",
});
const { status } = spawnSync(process.execPath, ["--enable-source-maps", outfile, ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status ?? 1;
