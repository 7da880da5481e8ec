// The entry wasm-cross-entropy/text beside the real transformers.js, on a real model. Runs in a project with the packed package.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import * as transformers from "@huggingface/transformers";
import { scoreTokens } from "wasm-cross-entropy";
import { loglikelihood, readLogProbs, recordLogProbs, scoreTexts, writeLogProbs } from "wasm-cross-entropy/text";
import { withHiddenStates } from "./hidden-states.mjs";

const { AutoModelForCausalLM, AutoTokenizer, env } = transformers;
env.localModelPath = "data/";
env.allowRemoteModels = false;
const tokenizer = await AutoTokenizer.from_pretrained("tiny-gpt");
const load = (options) => AutoModelForCausalLM.from_pretrained("tiny-gpt", options);
const model = await load({ dtype: "fp32" });

const read = (name) => readFileSync(`data/${name}`, "utf8");
const passages = ["devil", "widget"].map((name) => ({
  text: read(`${name}.txt`),
  ids: JSON.parse(read(`${name}.tokens.json`)).ids,
  expected: JSON.parse(read(`${name}.expected.json`)).f32,
}));

/** An independent computation of the totals, in float64, is within this share. */
function checkTotals({ texts }, share) {
  for (const [index, { expected, ids }] of passages.entries()) {
    const { tokens, totals } = texts[index];
    assert.deepEqual(
      tokens.map(({ id }) => id),
      ids,
    );
    assert.equal(totals.tokens, expected.tokens);
    assert.equal(totals.bytes, expected.bytes);
    closeTo(totals.nats, expected.nats, share);
    closeTo(totals.bitsPerByte, expected.bits_per_byte, share);
    closeTo(Math.log(totals.perplexity), expected.mean, share);
  }
}

const given = passages.map(({ text }) => text);

test("passages: the totals that were computed elsewhere, from float32 and float16", async () => {
  checkTotals(await scoreTexts(model, tokenizer, given, { bos: true }), 1e-6);
  // the rounding of the model's own weights, see data/README.md
  checkTotals(await scoreTexts(await load({ dtype: "fp16" }), tokenizer, given, { bos: true }), 2e-5);
});

test("passages: the same from hidden states and a head", async () => {
  writeFileSync("data/tiny-gpt/onnx/hidden.onnx", withHiddenStates(readFileSync("data/tiny-gpt/onnx/model.onnx")));
  const headless = await load({ dtype: "fp32", model_file_name: "hidden" });
  const file = readFileSync("data/tiny-gpt/head.safetensors");
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { shape, data_offsets: offsets } = JSON.parse(file.toString("utf8", 8, start))["lm_head.weight"];
  const data = new Float32Array(Uint8Array.from(file.subarray(start + offsets[0], start + offsets[1])).buffer);
  const head = { linearWeight: { data, dims: shape } };
  checkTotals(await scoreTexts(headless, tokenizer, given, { bos: true, head }), 1e-6);
  await assert.rejects(
    scoreTexts(headless, tokenizer, given, { bos: true }),
    /expected logits in its output, got last_hidden_state/,
  );
  const answers = [" the earth", " it was"];
  const [context, options] = ["In the beginning God created", { bos: true }];
  const expected = await loglikelihood(model, tokenizer, context, answers, options);
  const found = await loglikelihood(headless, tokenizer, context, answers, { ...options, head });
  for (const [index, { logProb }] of found.entries()) closeTo(logProb, expected[index].logProb, 1e-5);
});

/** Of different lengths, some longer than the model's 256 positions. */
const texts = [given[0].slice(0, 40), given.join("\n"), given[1].slice(0, 300), "And God said", given[0]];

test("batches: each text's scores are those of the text alone, with padding on either side", async () => {
  for (const stride of [undefined, 128]) {
    const alone = [];
    for (const text of texts)
      alone.push((await scoreTexts(model, tokenizer, [text], { bos: true, stride, batchSize: 1 })).texts[0]);
    for (const side of ["left", "right"]) {
      tokenizer.padding_side = side;
      for (const batchSize of [2, 5]) {
        const scored = await scoreTexts(model, tokenizer, texts, { bos: true, stride, batchSize });
        scored.texts.forEach(({ tokens }, index) => {
          assert.equal(tokens.map(({ text }) => text).join(""), texts[index]);
          for (const [at, { logProb }] of tokens.entries()) closeTo(logProb, alone[index].tokens[at].logProb, 1e-5);
        });
      }
    }
  }
});

test("loglikelihood: the same with the context run once as with it run for each answer", async () => {
  const context = given[0].slice(0, 200);
  const answers = [" the", " of the devil", "s and a thing", "."];
  for (const dtype of ["fp32", "fp16"]) {
    const cached = await load({ dtype });
    const lengths = [];
    const watched = (inputs) => {
      lengths.push(inputs.input_ids.dims[1]);
      return cached(inputs);
    };
    const found = await loglikelihood(
      Object.assign(watched, { forward_params: cached.forward_params }),
      tokenizer,
      context,
      answers,
      { bos: true },
    );
    // the first answer with the context, then the others behind it
    assert.equal(lengths.length, 2);
    assert.ok(lengths[1] < 10, `${lengths}`);
    const whole = await loglikelihood((inputs) => cached(inputs), tokenizer, context, answers, { bos: true });
    found.forEach(({ logProb, ...other }, index) => {
      const { logProb: expected, ...others } = whole[index];
      closeTo(logProb, expected, 1e-5);
      assert.deepEqual(other, others);
    });
  }
});

test("generate(): what is recorded is what a second pass finds", async () => {
  tokenizer.padding_side = "left";
  const prompts = tokenizer(["<|endoftext|>In the beginning God", "<|endoftext|>A hacker"], { padding: true });
  const ways = [{}, { do_sample: true, temperature: 0.7, top_k: 20 }];
  for (const way of ways) {
    const recorder = recordLogProbs({ topK: 3, tokenizer, temperature: way.temperature });
    const sequences = await model.generate({ ...prompts, ...way, max_new_tokens: 12, logits_processor: [recorder.processor] });
    const recorded = recorder.result(sequences);
    const [rows, length] = sequences.dims;
    const from = prompts.input_ids.dims[1];
    const mask = prompts.attention_mask.tolist().flatMap((row) => [...row, ...new Array(length - from).fill(1n)]);
    const attention_mask = new transformers.Tensor("int64", BigInt64Array.from(mask), [rows, length]);
    const { logits } = await model({ input_ids: sequences, attention_mask });
    const { logProbs, ranks } = scoreTokens(logits, sequences, { shift: 1, attentionMask: attention_mask });
    assert.equal(recorded.length, rows);
    recorded.forEach(({ tokens }, row) => {
      assert.equal(tokens.length, length - from);
      tokens.forEach(({ logProb, rank, top }, at) => {
        const place = row * length + from + at - 1;
        closeTo(logProb, logProbs[place], 1e-5);
        assert.equal(rank, ranks[place]);
        assert.equal(top.length, 3);
        if (way.do_sample !== true) assert.equal(rank, 1);
      });
    });
  }
});

test("a scored passage survives each format", async () => {
  const {
    texts: [scored],
  } = await scoreTexts(model, tokenizer, given, { bos: true, topK: 2 });
  for (const format of ["openai-completion", "openai-chat", "vllm"]) {
    const [{ tokens }] = readLogProbs(JSON.parse(JSON.stringify(writeLogProbs(scored, { format }))));
    assert.deepEqual(
      tokens.map(({ logProb }) => logProb),
      scored.tokens.map(({ logProb }) => logProb),
    );
  }
});

test("examples/node-eval prints the passage's figures", () => {
  const stdout = execFileSync(process.execPath, ["node-eval/main.mjs"], { encoding: "utf8" });
  const [{ expected }] = passages;
  assert.match(stdout, new RegExp(`tokens: ${expected.tokens},`));
  closeTo(Number(/perplexity: ([\d.]+)/.exec(stdout)[1]), expected.perplexity, 1e-6);
  closeTo(Number(/bitsPerByte: ([\d.]+)/.exec(stdout)[1]), expected.bits_per_byte, 1e-6);
});

test("docs/text.md: its code runs, on this model", async () => {
  const blocks = Array.from(readFileSync("text.md", "utf8").matchAll(/^```js\n([\s\S]*?)^```/gm), ([, code]) => code);
  assert.equal(blocks.length, 6);
  const [shared, ...examples] = blocks;
  const load = shared
    .replace(/"HuggingFace.*"/, '"tiny-gpt"')
    .replaceAll("from_pretrained(name)", 'from_pretrained(name, { dtype: "fp32" })');
  const local = 'import { env } from "@huggingface/transformers"; env.localModelPath = "data/"; env.allowRemoteModels = false;';
  for (const [index, code] of examples.entries()) {
    // this model reads 256 tokens
    const example = code.replace("stride: 512", "stride: 128");
    // all results are objects and numbers
    const names = Array.from(example.matchAll(/^const (?:\{ (.*) \}|\[\{ (.*) \}\]|(\w+)) =/gm), ([, ...found]) =>
      found.find(Boolean),
    );
    const given = names.flatMap((name) => name.split(", "));
    assert.ok(given.length > 0);
    writeFileSync(`example-${index}.mjs`, `${local}\n${load}\n${example}\nexport { ${given.join(", ")} };\n`);
    const results = await import(`./example-${index}.mjs`);
    for (const name of given) assert.ok(results[name] !== undefined && !Number.isNaN(results[name]), name);
  }
});

function closeTo(actual, wanted, share) {
  assert.ok(Math.abs(actual - wanted) <= share * Math.max(1, Math.abs(wanted)), `${actual}, not ${wanted}`);
}
