// The recipes that state values, in two processes.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../harness/processes.mjs";
import { loadExamples } from "./document.mjs";

const PACKAGES = ["@huggingface", "@jax-js", "@tensorflow", "onnxruntime-node", "onnxruntime-web"];
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Faults. */
export async function tryPrograms(folder) {
  const { faultsIn, markdownExamples, programOf, resultsIn, runnerOf } = await loadExamples();
  for (const name of PACKAGES) symlinkSync(path(`../node_modules/${name}`), join(folder, "node_modules", name));
  symlinkSync(path("../../../examples/data"), join(folder, "models"));
  const recipes = markdownExamples("docs/recipes.md").flatMap(withAlternative);
  // its sessions give Node a global Worker, which jax-js then takes for a browser's
  const definesWorker = ({ code }) => /from "onnxruntime-web"/.test(code);
  const runAll = async (name, together) => {
    const inner = join(folder, name);
    mkdirSync(inner);
    for (const [i, recipe] of together.entries())
      writeFileSync(
        join(inner, `${i}.mjs`),
        programOf(recipe, (of) => of, []),
      );
    writeFileSync(join(inner, "all.mjs"), runnerOf(together.length));
    const results = resultsIn(await run(process.execPath, [join(name, "all.mjs")], folder));
    return together.flatMap(({ where }, i) => faultsIn(results[i]).map((fault) => `${where}: ${fault}`));
  };
  const faults = await runAll(
    "together",
    recipes.filter((recipe) => !definesWorker(recipe)),
  );
  return [...faults, ...(await runAll("apart", recipes.filter(definesWorker)))];
}

/** `from "a"; // or "b"` is a recipe for either package. */
function withAlternative(recipe) {
  const [, other] = /; \/\/ or ("[^"]+")$/m.exec(recipe.code) ?? [];
  if (other === undefined) return [recipe];
  const code = recipe.code.replace(/"[^"]+"; \/\/ or "[^"]+"$/m, `${other};`);
  return [recipe, { where: `${recipe.where}, ${other}`, code }];
}
