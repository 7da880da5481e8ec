// The recorded results in bench/results/packaging, and the parts of the documents that are written from them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { environment } from "../../bench/harness/environment.mjs";
import { resultJson } from "../../bench/harness/result-json.mjs";
import { BUN, DENO } from "./consumers/runtimes.mjs";
import { matrixTable, serverTable, sizeTable, typesTable } from "./tables.mjs";

const RESULTS = new URL("../../bench/results/packaging/", import.meta.url);
const document = (name) => new URL(`../../docs/${name}.md`, import.meta.url);

/** Each result's document, the packages of this folder that it was made with, and its sections. */
const PARTS = {
  bundles: {
    page: "browser",
    packages: ["vite", "webpack", "esbuild", "rollup"],
    more: { deno: DENO, bun: BUN },
    sections: ({ matrix, sizes }, tried) => [
      ["matrix", `${matrixTable(matrix)}\n\n${tried}`],
      ["sizes", sizeTable(sizes)],
    ],
  },
  servers: {
    page: "servers",
    packages: ["esbuild", "rollup", "webpack", "next"],
    sections: ({ lines }, tried) => [["servers", `${serverTable(lines)}\n\n${tried}`]],
  },
  types: {
    page: "typescript",
    packages: [
      ...["onnxruntime-web", "onnxruntime-node", "@huggingface/transformers", "@tensorflow/tfjs"],
      ...["typescript-5.4", "typescript-5.9", "typescript-7"],
    ],
    sections: ({ compiled }, tried) => [["types", `${typesTable(compiled)}\n\n${tried}`]],
  },
};

const fileOf = (part) => new URL(`${part}.json`, RESULTS);

/** Writes a result and its sections. */
export function record(part, found) {
  const { page, packages, more = {} } = PARTS[part];
  const { devDependencies } = createRequire(import.meta.url)("./package.json");
  // some of them are another package under its name: npm:NAME@VERSION
  const version = (name) => devDependencies[name].replace(/^npm:.*@/, "");
  const tools = { ...Object.fromEntries(packages.map((name) => [name, version(name)])), ...more };
  const { package: measured } = environment();
  const result = { date: new Date().toISOString().slice(0, 10), package: measured, tools, ...found };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(fileOf(part), resultJson(result));
  writeFileSync(document(page), rendered(part, readFileSync(document(page), "utf8")));
}

/** The documents that do not say what the results say. */
export function notRendered() {
  const wrong = Object.keys(PARTS).filter((part) => {
    if (!existsSync(fileOf(part))) return true;
    const text = readFileSync(document(PARTS[part].page), "utf8");
    return text !== rendered(part, text);
  });
  return wrong.map((part) => `docs/${PARTS[part].page}.md`);
}

function rendered(part, text) {
  const result = JSON.parse(readFileSync(fileOf(part), "utf8"));
  const { date, package: measured, tools } = result;
  const versions = Object.entries(tools).map((entry) => entry.join(" "));
  const tried = `Version ${measured.version}, commit ${measured.commit}, ${date}: ${versions.join(", ")}.`;
  return PARTS[part].sections(result, tried).reduce((whole, each) => section(PARTS[part].page, whole, each), text);
}

function section(page, text, [name, content]) {
  const [start, end] = [`<!-- packaging:${name} -->`, `<!-- /packaging:${name} -->`];
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`docs/${page}.md: no ${start} with its other half`);
  return `${before}${start}\n\n${content}\n\n${end}${after}`;
}
