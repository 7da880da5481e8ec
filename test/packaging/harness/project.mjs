// The folders that the package is used in: each with the tarball installed and the program copied, and nothing else.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { run } from "./processes.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const program = fileURLToPath(new URL("../program/", import.meta.url));

/** Packs the package as it is built and installs it once; every folder is a copy of that one. */
export async function installPacked() {
  const work = mkdtempSync(join(tmpdir(), "wasm-cross-entropy-packaging-"));
  const [packed] = JSON.parse(await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work], root));
  const installed = join(work, "installed");
  mkdirSync(installed);
  writeFileSync(join(installed, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  await run("npm", ["install", "--no-audit", "--no-fund", join(work, packed.filename)], installed);
  const inPackage = (path) => join(installed, "node_modules/wasm-cross-entropy", path);
  return {
    packed,
    /** A module of the installed package, for this process. */
    load: (path) => import(pathToFileURL(inPackage(path)).href),
    inPackage,
    /** A new folder with the package and the program. */
    makeProject(name) {
      const folder = join(work, name.replace(/\W+/g, "-").toLowerCase());
      cpSync(installed, folder, { recursive: true });
      cpSync(program, folder, { recursive: true });
      return folder;
    },
    remove: () => rmSync(work, { recursive: true, force: true }),
  };
}
