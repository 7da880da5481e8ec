import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { scoreTexts } from "wasm-cross-entropy/text";
import { fakeModel, fakeTokenizer } from "../../../test/text/fake-model.js";
import { llama2 } from "../../../test/text/tokenizers.js";
import { packageSeams } from "../../src/cli/seams.js";
import type { Transformers } from "../../src/cli/transformers.js";
import { temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";

const CLASSES = 271;
const TEXT = "the heat the beat é 😀 the bath\nthe hat";
const folder = temporaryFolder();
const [model, text, report] = [folder.path("tiny"), folder.path("text.txt"), folder.path("page.html")];

beforeAll(() => {
  mkdirSync(model);
  writeFileSync(`${model}/config.json`, "{}");
  writeFileSync(text, TEXT);
  writeFileSync(folder.path("empty.txt"), "");
  writeFileSync(folder.path("latin1.txt"), Uint8Array.of(0x61, 0xe9, 0x62));
});

const tokenizer = fakeTokenizer(llama2, { bos: 1 });

function transformers(found = fakeModel(CLASSES, { n_positions: 8 })): Transformers {
  return {
    env: { localModelPath: "", allowRemoteModels: true },
    AutoTokenizer: { from_pretrained: async () => tokenizer },
    AutoModelForCausalLM: {
      from_pretrained: async (name, { dtype }) => {
        if (dtype !== "fp32") throw new Error(`Could not locate file: "${name}/onnx/model_${dtype}.onnx".`);
        return found;
      },
    },
  };
}

const run = (argv: readonly string[], loaded = transformers()) =>
  runHere(["eval", ...argv], { seams: { loadTransformers: async () => loaded } });
const given = ["--model", model, "--text", text];

describe("xent eval", () => {
  test.each([
    [[], { bos: 1 }],
    [["--stride", "3"], { bos: 1, stride: 3 }],
    [["--max-length", "5", "--batch-size", "2"], { bos: 1, maxLength: 5 }],
    [["--no-bos"], { bos: false }],
  ] as const)("%j: what scoreTexts gives", async (more, options) => {
    const loaded = transformers();
    const { code, stdout, stderr } = await run([...given, ...more, "--json"], loaded);
    expect([code, stderr]).toEqual([0, ""]);
    const { totals } = await scoreTexts(fakeModel(CLASSES, { n_positions: 8 }), tokenizer, [TEXT], options);
    const { tokens, nats, perplexity, bitsPerByte, bytePerplexity, words, wordPerplexity, bytes } = totals;
    const { meanLoss, seconds, ...found } = JSON.parse(stdout);
    expect(found).toMatchObject({ tokens, nats, perplexity, bitsPerByte, bytePerplexity, words, wordPerplexity, bytes });
    expect(meanLoss).toBeCloseTo(nats / tokens, 12);
    expect(seconds).toBeGreaterThan(0);
    expect(loaded.env).toEqual({ localModelPath: `${folder.path("")}/`, allowRemoteModels: false });
  });

  test("prints a table, and writes a page of the text", async () => {
    const { code, stdout } = await run([...given, "--report", report]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^tokens +\d+\nmean loss .* nats\n.*\nperplexity .*\nbits per token .*\nbits per byte .* \(43 bytes\)\n/s,
    );
    expect(stdout).toMatch(/\nword perplexity .* \(10 words\)\naccuracy .*\nwall time .* s\n$/);
    const page = readFileSync(report, "utf8");
    expect(page).toContain("Score of text.txt");
    expect(page).toContain("heat");
  });

  test("the page without a token in front begins with an unscored one", async () => {
    expect((await run([...given, "--report", report, "--no-bos"])).code).toBe(0);
    expect(readFileSync(report, "utf8")).toContain("nothing");
  });

  test("says in one line that transformers.js is missing", async () => {
    const { loadTransformers } = packageSeams;
    expect(await runHere(["eval", ...given], { seams: { loadTransformers } })).toEqual({
      ...{ code: 2, stdout: "" },
      stderr:
        "xent: xent eval runs models in transformers.js, which is not installed here: npm install @huggingface/transformers\n",
    });
  });

  test.each([
    [["--text", text], "required option '--model <DIR>' not specified; see xent eval --help"],
    [["--model", model], "required option '--text <FILE>' not specified; see xent eval --help"],
    [[...given, "--stride", "0"], '--stride: expected an integer of 1 or more, got "0"'],
    [
      [...given, "--stride", "9"],
      "--stride: expected at most maxLength, 8, got 9 (tokens between two windows would not be scored)",
    ],
    [[...given, "--max-length", "1"], "--max-length: expected a whole number of at least 2, got 1"],
    [[...given, "--classes", "300"], "--classes: expected 1 to 271, the model's classes, got 300"],
    [["--model", folder.path("none"), "--text", text], /^--model: expected a folder with config\.json, .* got .*none$/],
    [["--model", model, "--text", folder.path("none.txt")], /none\.txt/],
    [["--model", model, "--text", folder.path("empty.txt")], /empty\.txt: is empty$/],
    [["--model", model, "--text", folder.path("latin1.txt")], /latin1\.txt: expected text in UTF-8/],
    [[...given, "--dtype", "q4"], /^--model .*: Could not locate file: .*model_q4\.onnx"\.$/],
  ] as const)("refuses %j", async (argv, message) => {
    const { code, stdout, stderr } = await run(argv);
    expect([code, stdout]).toEqual([2, ""]);
    const line = stderr.replace(/^xent: |\n$/g, "");
    if (typeof message === "string") expect(line).toBe(message);
    else expect(line).toMatch(message);
  });

  test("does not write its page over the text", async () => {
    const { code, stderr } = await run([...given, "--report", text]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^xent: .*--report/);
    expect(readFileSync(text, "utf8")).toBe(TEXT);
  });

  test("a padded vocabulary: names its own option", async () => {
    const { code, stderr } = await run(given, transformers(fakeModel(CLASSES + 5, { n_positions: 8 })));
    expect(code).toBe(2);
    expect(stderr).toBe(
      "xent: model: logits: expected 271 classes, the tokenizer's vocabulary, got 276 (--classes 271 leaves the padding out, or --classes 276 counts it as the model does)\n",
    );
  });
});
