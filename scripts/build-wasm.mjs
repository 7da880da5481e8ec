// Compiles assembly/ to build/wasm/kernels-{plain,relaxed}.wasm (targets of asconfig.json) and writes each module once more
// as a TypeScript file with its bytes in base64, so that the package needs no file, no fetch and no bundler configuration.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const generated = join(root, "src", "wasm", "generated");
mkdirSync(generated, { recursive: true });

for (const target of ["plain", "relaxed"]) {
  const { error, stderr } = await asc.main([
    "assembly/index.ts",
    "--config",
    "asconfig.json",
    "--target",
    target,
    "--baseDir",
    root,
  ]);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
  const bytes = readFileSync(join(root, "build", "wasm", `kernels-${target}.wasm`));
  writeFileSync(
    join(generated, `${target}.ts`),
    `/** The ${target} build of assembly/ (${bytes.length} bytes), written by scripts/build-wasm.mjs. */\n` +
      `export const ${target}Base64: string =\n  "${bytes.toString("base64")}";\n`,
  );
  process.stdout.write(`kernels-${target}.wasm ${bytes.length} bytes\n`);
}
