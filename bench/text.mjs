// npm run bench:text: how much more processor time scoreTexts takes than the runs of the model in it and the tokenizer. The model is the
// small GPT of examples/data in transformers.js, from the packages of test/packaging, on one thread, so that processor time is what
// each part costs, whatever else the machine does. Model and rest are timed in the same call.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { scoreTexts } from "wasm-cross-entropy/text";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const data = new URL("../examples/data/", import.meta.url);
const { AutoModelForCausalLM, AutoTokenizer, env } = createRequire(new URL("../test/packaging/", import.meta.url))(
  "@huggingface/transformers",
);
env.localModelPath = data.pathname;
env.allowRemoteModels = false;
const session_options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
const tokenizer = await AutoTokenizer.from_pretrained("tiny-gpt");
/** @param {string} name */
const read = (name) => readFileSync(new URL(name, data), "utf8");
const passages = ["devil.txt", "widget.txt"].map(read);
const long = [read("genesis.txt").slice(0, 22000)];
/** @type {readonly (readonly [name: string, texts: readonly string[], stride?: number])[]} */
const INPUTS = [
  ["two passages of 250 tokens", passages],
  ["a text of 5831 tokens", long],
  ["the same, stride 128", long, 128],
  ["20 lines", passages.flatMap((text) => text.split("\n").filter((line) => line.length > 1)).slice(0, 20)],
];

/** Milliseconds of processor time since `before`. @param {NodeJS.CpuUsage} before */
function since(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

for (const dtype of ["fp32", "fp16"]) {
  const model = await AutoModelForCausalLM.from_pretrained("tiny-gpt", { dtype, session_options });
  let inModel = 0;
  /** @param {object} tensors */
  const run = async (tensors) => {
    const begun = process.cpuUsage();
    const output = await model(tensors);
    inModel += since(begun);
    return output;
  };
  const timed = Object.assign(run, { config: model.config });
  for (const [name, texts, stride] of INPUTS) {
    /** @type {number[]} */
    const above = [];
    for (let round = -2; round < Number(options.rounds); round++) {
      const tokenizing = process.cpuUsage();
      for (const text of texts) tokenizer.encode(text);
      const inTokenizer = since(tokenizing);
      inModel = 0;
      const begun = process.cpuUsage();
      await scoreTexts(timed, tokenizer, texts, { bos: true, stride });
      if (round >= 0) above.push(since(begun) / (inModel + inTokenizer) - 1);
    }
    above.sort((a, b) => a - b);
    const [lower, median, upper] = [0.25, 0.5, 0.75].map(
      (share) => `${(100 * above[Math.floor(share * above.length)]).toFixed(1)} %`,
    );
    console.log(
      `${dtype}, ${name}: ${median} above model and tokenizer (quartiles ${lower} and ${upper}, ${above.length} rounds)`,
    );
  }
}
