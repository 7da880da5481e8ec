// npm run test:packaging: the packed library in bundlers, runtimes and browsers, as a matrix; the packed tool in every Node. Exit code 1 when something fails.
// --only NAME: consumers with this in their names, and nothing else; "types" is the compile matrix, "servers" all bundles for Node, "recipes" docs/recipes.md; "tensors" and "text" tests beside transformers.js; "tool" xent.
// --record: writes the results that docs/browser.md, docs/servers.md and docs/typescript.md show.
import { parseArgs } from "node:util";
import { browsersOf } from "./harness/browsers.mjs";
import { tryNodeTests } from "./harness/node-tests.mjs";
import { installPacked } from "./harness/project.mjs";
import { faultsIn, tryAll } from "./matrix.mjs";
import { tryMissingWorker } from "./missing-worker.mjs";
import { tryRecipes } from "./recipes/run.mjs";
import { tryRestricted } from "./restricted/run.mjs";
import { record } from "./result.mjs";
import { ALL_BUNDLES, tryServers } from "./servers.mjs";
import { sizesOf } from "./sizes.mjs";
import { matrixTable, serverTable, sizeTable, typesTable } from "./tables.mjs";
import { tryTool } from "./tool.mjs";
import { compileAll } from "./types/compile.mjs";

const { values: options } = parseArgs({ options: { only: { type: "string" }, record: { type: "boolean", default: false } } });
const { only } = options;
const print = (text) => process.stdout.write(`${text}\n`);

const project = await installPacked();
const browsers = browsersOf();
try {
  print(`${project.packed.filename}, ${project.packed.size} bytes`);
  const lines = await tryAll(project, browsers, only ?? "", ({ consumer }) => print(`tried: ${consumer}`));
  print(`\n${matrixTable(lines)}\n`);
  const bundles = await tryServers(project, only === "servers" ? "" : (only ?? ""), ({ consumer, how }) =>
    print(`tried: ${consumer}, ${how}`),
  );
  print(`${serverTable(bundles)}\n`);
  const faults = faultsIn([...lines, ...bundles]);
  if (only === undefined || only === "types") {
    const { compiled, faults: refused } = await compileAll(project);
    print(`${typesTable(compiled)}\n`);
    faults.push(...refused);
    if (options.record && refused.length === 0) record("types", { compiled });
  }
  if (options.record && bundles.length === ALL_BUNDLES && faultsIn(bundles).length === 0) record("servers", { lines: bundles });
  if (only === undefined || only === "recipes") faults.push(...(await tryRecipes(project, browsers)));
  for (const name of ["tensors", "text"]) {
    if (only === undefined || only === name) faults.push(...(await tryNodeTests(project, name)));
  }
  if (only === undefined || only === "tool") faults.push(...(await tryTool(project)));
  if (only === undefined) {
    faults.push(...(await tryMissingWorker(project, browsers)));
    const restricted = await tryRestricted(project);
    print(`${restricted.table}\n`);
    faults.push(...restricted.faults);
    const sizes = await sizesOf(project);
    print(`${sizeTable(sizes)}\n`);
    if (options.record && faults.length === 0) record("bundles", { matrix: lines, sizes });
  }
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  print(faults.length > 0 ? `${faults.length} faults` : "all of it works");
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  await browsers.close();
  project.remove();
}
