// The recipes that state values: in two processes of Node, and in a page if they need a GPU.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { outcomeOf, serveFolder } from "../harness/pages.mjs";
import { run } from "../harness/processes.mjs";
import { loadExamples } from "./document.mjs";

const PACKAGES = ["@huggingface", "@jax-js", "@tensorflow", "onnxruntime-node", "onnxruntime-web"];
/** Loaded from beside the bundle. */
const ORT_WASM = "ort-wasm-simd-threaded.asyncify.wasm";
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Faults. */
export async function tryPrograms(folder, browsers) {
  const { faultsIn, markdownExamples, programOf, resultsIn, runnerOf } = await loadExamples();
  for (const name of PACKAGES) symlinkSync(path(`../node_modules/${name}`), join(folder, "node_modules", name));
  symlinkSync(path("../../../examples/data"), join(folder, "models"));
  const recipes = markdownExamples("docs/recipes.md").flatMap(withAlternative);
  const ownName = (name) => name;
  // its sessions give Node a global Worker, which jax-js then takes for a browser's
  const definesWorker = ({ code }) => /from "onnxruntime-web"/.test(code);
  const runAll = async (name, together) => {
    const inner = join(folder, name);
    mkdirSync(inner);
    for (const [i, recipe] of together.entries()) writeFileSync(join(inner, `${i}.mjs`), programOf(recipe, ownName, []));
    writeFileSync(join(inner, "all.mjs"), runnerOf(together.length));
    const results = resultsIn(await run(process.execPath, [join(name, "all.mjs")], folder));
    return together.flatMap(({ where }, i) => faultsIn(results[i]).map((fault) => `${where}: ${fault}`));
  };
  const inPage = recipes.filter(needsGpu);
  const inNode = recipes.filter((recipe) => !needsGpu(recipe));
  const faults = [
    await runAll(
      "together",
      inNode.filter((recipe) => !definesWorker(recipe)),
    ),
    await runAll("apart", inNode.filter(definesWorker)),
  ];
  for (const recipe of inPage) {
    const { result } = await resultInPage(folder, programOf(recipe, ownName, []), await browsers.get("webgpu"));
    faults.push(faultsIn(result).map((fault) => `${recipe.where}: ${fault}`));
  }
  return faults.flat();
}

const needsGpu = ({ code }) => /from "onnxruntime-web\/webgpu"/.test(code);

async function resultInPage(folder, program, browser) {
  const page = join(folder, "page");
  writeFileSync(join(folder, "program.mjs"), program);
  const starter = `
    const result = await import("./program.mjs").then(({ outcomes }) => outcomes, (error) => ({ failure: String(error) }));
    document.querySelector("output").textContent = JSON.stringify({ result });
  `;
  const stdin = { contents: starter, resolveDir: folder };
  await build({ stdin, bundle: true, format: "esm", platform: "browser", outfile: join(page, "page.js"), logLevel: "error" });
  writeFileSync(join(page, "index.html"), '<!doctype html><output></output><script type="module" src="page.js"></script>');
  cpSync(path(`../node_modules/onnxruntime-web/dist/${ORT_WASM}`), join(page, ORT_WASM));
  cpSync(path("../../../examples/data/tiny-gpt"), join(page, "models/tiny-gpt"), { recursive: true });
  const server = await serveFolder(page, {});
  try {
    return await outcomeOf(browser, server.url);
  } finally {
    await server.close();
  }
}

/** `from "a"; // or "b"` is a recipe for either package. */
function withAlternative(recipe) {
  const [, other] = /; \/\/ or ("[^"]+")$/m.exec(recipe.code) ?? [];
  if (other === undefined) return [recipe];
  const code = recipe.code.replace(/"[^"]+"; \/\/ or "[^"]+"$/m, `${other};`);
  return [recipe, { where: `${recipe.where}, ${other}`, code }];
}
