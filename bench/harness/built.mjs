/** The bench times build/, not src/: a missing or old build would attribute one commit's figures to another. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The sources of each part of the build. src/wasm/generated is itself part of the build. */
const MADE_FROM = [
  { made: "build/wasm/kernels-plain.wasm", folder: "assembly" },
  { made: "build/index.js", folder: "src", except: join("wasm", "generated") },
  { made: "xent/build/cli/main.js", folder: "xent/src" },
];

/**
 * @returns {string | undefined} what is wrong with the build
 * @throws {Error} if there is no build
 */
export function staleBuild() {
  for (const { made, folder, except } of MADE_FROM) {
    if (!existsSync(join(root, made))) throw new Error(`${made} is missing: npm run build`);
    const builtAt = statSync(join(root, made)).mtimeMs;
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts") || (except && name.startsWith(except))) continue;
      if (statSync(join(root, folder, name)).mtimeMs > builtAt) {
        return `${made} is older than ${folder}/${name}: npm run build, or these are figures of old code`;
      }
    }
  }
  return undefined;
}
