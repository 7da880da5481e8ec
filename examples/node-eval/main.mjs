// Perplexity and bits per byte of a text, and the tokens that surprised the model most: node main.mjs [MODEL_FOLDER] [TEXT]
import { readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AutoModelForCausalLM, AutoTokenizer, env } from "@huggingface/transformers";
import { scoreTexts } from "wasm-cross-entropy/text";

const data = fileURLToPath(new URL("../data/", import.meta.url));
const [folder = `${data}tiny-gpt`, file = `${data}devil.txt`] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = `${dirname(resolve(folder))}/`;
const tokenizer = await AutoTokenizer.from_pretrained(basename(folder));
const model = await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype: "fp32" });

const { totals, texts } = await scoreTexts(model, tokenizer, [readFileSync(file, "utf8")], { bos: true });
const { tokens, perplexity, bitsPerByte, wordPerplexity } = totals;
console.log({ tokens, perplexity, bitsPerByte, wordPerplexity });
const surprising = [...texts[0].tokens].sort((a, b) => a.logProb - b.logProb).slice(0, 5);
console.table(surprising.map(({ text, logProb, rank }) => ({ text, bits: -logProb / Math.LN2, rank })));
