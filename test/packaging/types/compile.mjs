// The compile matrix: every function with the tensors of every package, in every TypeScript, as a strict project compiles them.
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../harness/processes.mjs";

const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

/** TypeScript's versions, each a package of this folder. */
export const VERSIONS = ["5.4", "5.9", "7"];

/** Of each package: what declares its general tensor, and tensors of floats and of integers. */
export const PACKAGES = {
  "onnxruntime-web": onnxruntime("onnxruntime-web"),
  "onnxruntime-node": onnxruntime("onnxruntime-node"),
  "transformers.js": `import type { Tensor } from "@huggingface/transformers";
declare const general: Tensor, floats: Tensor, integers: Tensor;`,
  tfjs: `import type { Tensor } from "@tensorflow/tfjs";
declare const tensor: Tensor;
const general = tensor.dataSync(), floats = tensor.dataSync<"float32">(), integers = tensor.dataSync<"int32">();`,
};

function onnxruntime(name) {
  return `import type { Tensor, TypedTensor } from "${name}";
declare const general: Tensor, floats: TypedTensor<"float32"> | TypedTensor<"float16">;
declare const integers: TypedTensor<"int64"> | TypedTensor<"int32"> | TypedTensor<"bool">;`;
}

/** Whether a function's last argument before the options is class indices, by its declaration. */
function takesClasses(declarations, name) {
  const [, args = ""] = new RegExp(`^ {4}${name}(?:<[^(]*>)?\\(([^)]*?), options`, "m").exec(declarations) ?? [];
  return /Targets$/.test(args);
}

/** The options that take values. */
const MASKS = ["mask", "attentionMask"];
const VALUES = {
  crossEntropy: ["weight", "sampleWeight", ...MASKS],
  nllLoss: ["weight", "sampleWeight", ...MASKS],
  polyLoss: ["sampleWeight", ...MASKS],
  jsDivLoss: ["sampleWeight", ...MASKS],
  compareLogits: MASKS,
  logSumExpPartial: MASKS,
  binaryCrossEntropy: ["weight"],
  binaryCrossEntropyWithLogits: ["weight", "posWeight"],
  scoreTokens: ["tokenBytes", ...MASKS],
};

const HEAD = `import * as plain from "wasm-cross-entropy";
import * as reference from "wasm-cross-entropy/reference";
declare const local: plain.LocalEngine, engine: plain.Engine;`;

/** A tensor that is `any`, because its package was not found, would compile everywhere. */
const FOOT = `type Known<T> = 0 extends 1 & T ? "any" : "known";
[general, floats, integers] satisfies [unknown, unknown, unknown];
const known: [Known<typeof general>, Known<typeof floats>, Known<typeof integers>, Known<typeof plain>] = ["known", "known", "known", "known"];
// @ts-expect-error: no tensor at all
plain.crossEntropy("logits", general);`;

/** One line of calls per function, by name. */
function linesOf(tasks, declarations) {
  const lines = Object.entries(tasks).map(([name, [count]]) => {
    const options = VALUES[name.replace(/ValueAndGrad$/, "")] ?? [];
    const all = name.endsWith("ValueAndGrad") ? [...options, "upstream"] : options;
    const call = (object, values, last) => {
      const args = [...Array(count).keys()].map((i) => (i > 0 && i === count - 1 ? last : values));
      return `${object}.${name}(${args.join(", ")}, { ${all.map((option) => `${option}: ${values}, `).join("")}shape: undefined });`;
    };
    const last = takesClasses(declarations, name) ? "integers" : "floats";
    const calls = ["plain", "local", "engine", "reference"].flatMap((object) => [
      call(object, "general", "general"),
      call(object, "floats", last),
    ]);
    return [name, calls.join(" ")];
  });
  const results = [
    "plain.softmax(floats)",
    'plain.crossEntropy(floats, integers, { reduction: "none" })',
    "await engine.logSoftmax(general)",
  ];
  const scores = ["plain.scoreTokens(floats, integers).logProbs", "plain.crossEntropyValueAndGrad(general, general).grad"];
  return new Map([...lines, ["results in `new Blob([...])`", `new Blob([${[...results, ...scores].join(", ")}]);`]]);
}

/**
 * Compiles everything.
 *
 * @returns By package, by line: the versions that compile it. And the faults, each with its message.
 */
export async function compileAll(project) {
  const { TASKS } = await project.load("build/functions.js");
  const lines = linesOf(TASKS, readFileSync(project.inPackage("build/functions.d.ts"), "utf8"));
  const folder = project.makeProject("types");
  for (const name of ["@huggingface", "@tensorflow", "@types", "onnxruntime-web", "onnxruntime-node", "onnxruntime-common"]) {
    symlinkSync(join(modules, name), join(folder, "node_modules", name));
  }
  const files = new Map();
  for (const [name, declarations] of Object.entries(PACKAGES)) {
    const head = `${HEAD}\n${declarations}\n${FOOT}\n`;
    const file = `${name.replace(/\W/g, "-")}.mts`;
    files.set(file, { name, above: head.split("\n").length - 1 });
    writeFileSync(join(folder, file), `${head}${[...lines.values()].join("\n")}\nexport {};\n`);
  }
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true },
    ...{ target: "ES2022", module: "NodeNext", moduleResolution: "NodeNext", lib: ["ESNext", "DOM"], types: [] },
    // the packages' own declarations are not what is tested
    ...{ skipLibCheck: true, preserveSymlinks: true },
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [...files.keys()] }));
  const names = [...lines.keys()];
  const compiled = Object.fromEntries(
    Object.keys(PACKAGES).map((name) => [name, Object.fromEntries(names.map((line) => [line, [...VERSIONS]]))]),
  );
  const faults = [];
  for (const version of VERSIONS) {
    const printed = await run(process.execPath, [compilerOf(version), "-p", "."], folder).then(
      () => "",
      ({ message }) => message,
    );
    for (const [, file, line, message] of printed.matchAll(/^.*?([\w-]+\.mts)\((\d+),\d+\): (.*)$/gm)) {
      const { name, above } = files.get(file);
      const which = names[Number(line) - above - 1];
      faults.push(`TypeScript ${version}, ${name}, ${which ?? `line ${line}`}: ${message}`);
      if (which !== undefined) compiled[name][which] = compiled[name][which].filter((other) => other !== version);
    }
    if (printed !== "" && faults.length === 0) faults.push(`TypeScript ${version}: ${printed}`);
  }
  return { compiled, faults };
}

function compilerOf(version) {
  const file = createRequire(import.meta.url).resolve(`typescript-${version}/package.json`);
  return join(dirname(file), JSON.parse(readFileSync(file, "utf8")).bin.tsc);
}
