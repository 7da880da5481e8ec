// A thread of build-wasm.mjs: compiles assembly/ for one target of asconfig.json. Posts the module and its types, as asc prints them.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import asc from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** @type {Map<string, string>} */
const written = new Map();
const { error, stderr } = await asc.main(
  ["assembly/index.ts", "--config", "asconfig.json", "--target", workerData, "--baseDir", root],
  { writeFile: (name, contents) => void written.set(name.slice(name.lastIndexOf(".")), String(contents)) },
);
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
parentPort?.postMessage({ text: written.get(".wat"), declarations: written.get(".ts") });
