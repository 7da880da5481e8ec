// The packed tool beside the packed library, in every Node: a score of the shipped passage, with a report and a table, and the same
// by running the shipped model, without and with transformers.js.
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODES } from "./consumers/runtimes.mjs";
import { run } from "./harness/processes.mjs";

const data = (file) => fileURLToPath(new URL(`../../examples/data/${file}`, import.meta.url));
const MAIN = "node_modules/xent/build/cli/main.js";

/** Faults, by version of Node. */
export async function tryTool(project) {
  const { f32: expected } = JSON.parse(readFileSync(data("devil.expected.json"), "utf8"));
  const folder = await project.makeToolProject("tool");
  const faults = [];
  const evaluating = [MAIN, "eval", "--model", data("tiny-gpt"), "--text", data("devil.txt"), "--json"];
  const missing = await run(process.execPath, evaluating, folder).then(() => "no error", String);
  if (!missing.includes("npm install @huggingface/transformers")) faults.push(`xent eval without its package: ${missing}`);
  const installed = fileURLToPath(new URL("node_modules/@huggingface", import.meta.url));
  symlinkSync(installed, join(folder, "node_modules/@huggingface"));
  for (const version of NODES) {
    const [page, table] = [`${version}.html`, `${version}.parquet`];
    const argv = [MAIN, "score", data("devil.f32.safetensors"), "--json", "--report", page, "--tokens", table];
    const fault = await run("npx", ["-y", `node@${version}`, ...argv], folder).then(
      (stdout) => faultOf(JSON.parse(stdout), expected),
      (error) => String(error),
    );
    const evaluated = await run("npx", ["-y", `node@${version}`, ...evaluating], folder).then(
      (stdout) => faultOf(JSON.parse(stdout), expected),
      (error) => String(error),
    );
    if (evaluated !== undefined) faults.push(`xent eval, Node ${version}: ${evaluated}`);
    const missing = [page, table].filter((file) => !existsSync(join(folder, file)));
    if (fault !== undefined) faults.push(`xent score, Node ${version}: ${fault}`);
    else if (missing.length > 0) faults.push(`xent score, Node ${version}: no ${missing.join(", no ")}`);
  }
  return faults;
}

function faultOf({ tokens, perplexity }, expected) {
  if (tokens === expected.tokens && Math.abs(perplexity / expected.perplexity - 1) < 1e-6) return undefined;
  return `got ${tokens} tokens, perplexity ${perplexity}, expected ${expected.tokens}, ${expected.perplexity}`;
}
