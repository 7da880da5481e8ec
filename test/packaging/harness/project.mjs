// The folders that the packages are used in: each with the tarball installed and the program copied, and nothing else.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { run } from "./processes.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const program = fileURLToPath(new URL("../program/", import.meta.url));

/** Packs the library as it is built and installs it once; every folder is a copy of that one. */
export async function installPacked() {
  const work = mkdtempSync(join(tmpdir(), "wasm-cross-entropy-packaging-"));
  const pack = async (name) => {
    const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", work, "--workspace", name];
    return JSON.parse(await run("npm", packing, root))[0];
  };
  const install = async (folder, ...packages) => {
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    await run("npm", ["install", "--no-audit", "--no-fund", ...packages.map(({ filename }) => join(work, filename))], folder);
  };
  const packed = await pack("wasm-cross-entropy");
  const installed = join(work, "installed");
  await install(installed, packed);
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
    /** A new folder with the tool and the library that it needs. */
    async makeToolProject(name) {
      const folder = join(work, name);
      await install(folder, packed, await pack("xent"));
      return folder;
    },
    remove: () => rmSync(work, { recursive: true, force: true }),
  };
}
