import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine } from "../../src/index.js";
import {
  type OutputHead,
  rollingWindows,
  type ScoredPart,
  type ScoredText,
  type ScoredToken,
  scoreTexts,
  type TextModel,
} from "../../src/text.js";
import { FakeTensor, fakeModel, fakeScore, fakeTokenizer } from "./fake-model.js";
import { llama2, llama3 } from "./tokenizers.js";

const CLASSES = 271;
const encoder = new TextEncoder();
const tokenizer = fakeTokenizer(llama2, { bos: 1 });
const idsOf = (text: string) => tokenizer.encode(text, { add_special_tokens: false });
const near = (value: number) => expect.closeTo(value, 5);
const scoresOf = ({ tokens }: ScoredText) => tokens.map(({ logProb, rank, entropy }) => ({ logProb, rank, entropy }));
const unscored = { logProb: Number.NaN, rank: 0, entropy: Number.NaN };

function expected(ids: readonly number[], bos: number | undefined, maxLength: number, stride?: number) {
  const found: object[] = bos === undefined ? [unscored] : [];
  for (const { inputFrom, scoreFrom, scoreTo } of rollingWindows(ids, { maxLength, stride, prefix: bos !== undefined })) {
    for (let at = scoreFrom; at < scoreTo; at++) {
      const read = ids.slice(Math.max(0, inputFrom), at);
      const { logProb, rank, entropy } = fakeScore(inputFrom < 0 ? [bos as number, ...read] : read, ids[at] as number, CLASSES);
      found.push({ logProb: near(logProb), rank, entropy: near(entropy) });
    }
  }
  return found;
}

const given = ["the beat", "a", "the é 😀 hat the bath", "bb tea the the the heat beat the tab"];

describe("scoreTexts", () => {
  it.each([
    ["with BOS", true, 1],
    ["with a given id in front", 2, 2],
    ["without BOS", false, undefined],
  ] as const)("%s: every token by itself, in windows, in batches of any size, padded on either side", async (_, bos, id) => {
    const texts = bos === false ? given.filter((text) => idsOf(text).length > 1) : given;
    for (const [maxLength, stride] of [[64], [7], [5, 2], [4, 4], [2]] as const) {
      for (const paddingSide of ["left", "right"] as const) {
        for (const batchSize of [1, 3, 100, undefined]) {
          const padded = fakeTokenizer(llama2, { bos: 1, paddingSide });
          const scored = await scoreTexts(fakeModel(CLASSES), padded, texts, { bos, maxLength, stride, batchSize });
          const wanted = texts.map((text) => expected(idsOf(text), id, maxLength, stride));
          expect(scored.texts.map(scoresOf)).toEqual(wanted);
        }
      }
    }
  });

  it("gives ids, the text of whole characters, bytes and the most probable tokens", async () => {
    const { texts } = await scoreTexts(fakeModel(CLASSES), tokenizer, ["the 日"], { bos: true, topK: 2 });
    const tokens = texts[0]?.tokens ?? [];
    expect(tokens.map(({ text }) => text)).toEqual([" the", " ", "", "", "日"]);
    expect(tokens.map(({ bytes }) => bytes)).toEqual([[32, 116, 104, 101], [32], [0xe6], [0x97], [0xa5]]);
    expect(tokens.map(({ id }) => id)).toEqual(idsOf("the 日"));
    for (const { top, logProb, isGreedy, rank } of tokens) {
      expect(top?.length).toBe(2);
      expect((top?.[0]?.logProb ?? 0) >= (top?.[1]?.logProb ?? 0)).toBe(true);
      if (rank <= 2) expect(top?.[rank - 1]?.logProb).toBeCloseTo(logProb, 5);
      expect(isGreedy).toBe(rank === 1);
    }
  });

  it("totals: of each text, of all with errors clustered by text; words, bytes and their perplexities", async () => {
    const { texts, totals } = await scoreTexts(fakeModel(CLASSES), tokenizer, given, { bos: true });
    const nats = texts.map(({ tokens }) => tokens.reduce((sum, { logProb }) => sum - logProb, 0));
    expect(texts.map((text) => text.totals.nats)).toEqual(nats.map(near));
    const all = nats.reduce((sum, value) => sum + value, 0);
    // a space in front of each text is this tokenizer's
    const bytes = given.reduce((sum, text) => sum + 1 + encoder.encode(text).length, 0);
    expect(totals).toMatchObject({ nats: near(all), bytes, words: 2 + 1 + 6 + 9, documents: 4 });
    expect(totals.wordPerplexity).toBeCloseTo(Math.exp(all / 18), 5);
    expect(totals.bytePerplexity).toBeCloseTo(Math.exp(all / bytes), 5);
    expect(totals.bitsPerByte).toBeCloseTo(all / bytes / Math.LN2, 5);
    expect(totals.perplexityClusteredStderr).toBeGreaterThan(0);
  });

  it("without BOS the first tokens count nowhere, and totals say so", async () => {
    const { texts, totals } = await scoreTexts(fakeModel(CLASSES), tokenizer, [given[0] as string, given[2] as string]);
    const count = texts.reduce((sum, { tokens }) => sum + tokens.length, 0);
    expect(totals.tokens).toBe(count - 2);
  });

  it("BOS by default as the tokenizer puts it", async () => {
    const adding = fakeTokenizer(llama2, { bos: 1, addsBos: true });
    const { texts } = await scoreTexts(fakeModel(CLASSES), adding, ["a"]);
    expect(texts.map(scoresOf)).toEqual([expected(idsOf("a"), 1, 8)]);
  });

  it("maxLength is the model's number of positions", async () => {
    const model = fakeModel(CLASSES, { n_positions: 5 });
    await scoreTexts(model, tokenizer, given, { bos: true });
    expect(Math.max(...model.calls.map(([, length]) => length ?? 0))).toBe(5);
  });

  it("byte-level texts: joined, the tokens' texts are the text, and their bytes its bytes", async () => {
    const bytes = fakeTokenizer(llama3, { bos: 0 });
    const model = fakeModel(4099, { max_position_embeddings: 16 });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), async (text) => {
        const { texts } = await scoreTexts(model, bytes, [text], { bos: true });
        const tokens = texts[0]?.tokens ?? [];
        expect(tokens.map((token) => token.text).join("")).toBe(text);
        expect(tokens.flatMap((token) => token.bytes)).toEqual(Array.from(encoder.encode(text)));
      }),
      { numRuns: 30 },
    );
  });

  it("logits in float16 and on a GPU", async () => {
    const inFloat16 = fakeModel(
      CLASSES,
      {},
      (data, dims) =>
        new FakeTensor(
          "float16",
          Uint16Array.from(data, () => 0x3c00),
          dims,
        ),
    );
    const { totals } = await scoreTexts(inFloat16, tokenizer, ["the"], { bos: true });
    expect(totals.perplexity).toBeCloseTo(CLASSES, 3);
    let freed = 0;
    const onGpu = fakeModel(CLASSES, {}, (data, dims) => ({
      ...{ dims, type: "float32", location: "gpu-buffer" },
      get data(): never {
        throw new Error("not on the CPU");
      },
      ort_tensor: { getData: async () => data },
      dispose: () => {
        freed++;
      },
    }));
    const { texts } = await scoreTexts(onGpu, tokenizer, ["the", "a"], { bos: true, batchSize: 1 });
    expect(texts.map(scoresOf)).toEqual([expected(idsOf("the"), 1, 8), expected(idsOf("a"), 1, 8)]);
    expect(freed).toBe(2);
  });

  it("on an engine: the same scores; progress; an abort between two batches", async () => {
    await using engine = await createEngine({ threads: 2 });
    const plain = await scoreTexts(fakeModel(CLASSES), tokenizer, given, { bos: true, maxLength: 5 });
    const seen: number[] = [];
    const model = fakeModel(CLASSES);
    const onProgress = ({ done, total }: { done: number; total: number }) => seen.push(done, total);
    const parts = given.map((): ScoredToken[] => []);
    const onScored = ({ text, from, tokens }: ScoredPart) => {
      expect(from).toBe(parts[text]?.length);
      parts[text]?.push(...tokens);
    };
    const scored = await scoreTexts(model, tokenizer, given, {
      bos: true,
      maxLength: 5,
      engine,
      batchSize: 2,
      onProgress,
      onScored,
    });
    expect(scored).toEqual(plain);
    expect(parts).toEqual(plain.texts.map(({ tokens }) => tokens));
    const { tokens } = plain.totals;
    expect([seen.length, seen[1], seen.at(-2)]).toEqual([12, tokens, tokens]);

    const controller = new AbortController();
    const calls = scoreTexts(model, tokenizer, given, {
      ...{ bos: true, batchSize: 1, signal: controller.signal },
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(calls).rejects.toThrow("enough");
  });

  it("a padded vocabulary is counted or left out, as classes says", async () => {
    const padded = (classes?: number) => scoreTexts(fakeModel(CLASSES + 5), tokenizer, ["the"], { bos: true, classes });
    await expect(padded()).rejects.toThrow(
      `model: logits: expected ${CLASSES} classes, the tokenizer's vocabulary, got ${CLASSES + 5} (classes: ${CLASSES} leaves the padding out`,
    );
    expect((await padded(CLASSES)).texts.map(scoresOf)).toEqual([expected(idsOf("the"), 1, 8)]);
    expect((await padded(CLASSES + 5)).totals.nats).toBeGreaterThan((await padded(CLASSES)).totals.nats);
  });

  describe("hidden states and a head", () => {
    const WIDTH = 5;
    const linearWeight = {
      data: Float32Array.from({ length: CLASSES * WIDTH }, (_, i) => Math.sin(i * i)),
      dims: [CLASSES, WIDTH],
    };
    const bias = Float32Array.from({ length: CLASSES }, (_, i) => Math.cos(i));
    const hiddenModel: TextModel = async (inputs) => {
      const { logits } = (await fakeModel(WIDTH)(inputs)) as { logits: FakeTensor };
      return { last_hidden_state: logits };
    };
    const withLogits: TextModel = async (inputs) => {
      const { last_hidden_state: hidden } = (await hiddenModel(inputs)) as { last_hidden_state: FakeTensor };
      const [rows = 0, length = 0] = hidden.dims;
      const logits = Float32Array.from({ length: rows * length * CLASSES }, (_, at) => {
        const [row, c] = [Math.floor(at / CLASSES), at % CLASSES];
        const terms = Array.from(
          { length: WIDTH },
          (_, d) => Number(hidden.data[row * WIDTH + d]) * (linearWeight.data[c * WIDTH + d] ?? 0),
        );
        return 20 * Math.tanh(terms.reduce((sum, x) => sum + x, bias[c] ?? 0) / 20);
      });
      return { logits: new FakeTensor("float32", logits, [rows, length, CLASSES]) };
    };

    it("the scores of the logits that they give, here and on an engine", async () => {
      await using engine = await createEngine({ threads: 1 });
      const options = { bos: true, maxLength: 7, topK: 2 };
      const expected = await scoreTexts(withLogits, tokenizer, given, options);
      for (const where of [{}, { engine }]) {
        const head = { linearWeight, bias, softcap: 20 };
        const { texts, totals } = await scoreTexts(hiddenModel, tokenizer, given, { ...options, ...where, head });
        expect(totals.nats).toBeCloseTo(expected.totals.nats, 4);
        const ranksOf = ({ tokens }: ScoredText) => tokens.map(({ id, rank, top }) => [id, rank, top?.map((best) => best.id)]);
        expect(texts.map(ranksOf)).toEqual(expected.texts.map(ranksOf));
        texts.forEach(({ tokens }, text) => {
          const near = expected.texts[text]?.tokens.map(({ logProb }) => expect.closeTo(logProb, 5));
          expect(tokens.map(({ logProb }) => logProb)).toEqual(near);
        });
      }
    });

    const score = (model: TextModel, head: unknown, classes?: number) =>
      scoreTexts(model, tokenizer, ["the a"], { bos: true, head: head as OutputHead, classes });
    it.each([
      [
        "no head",
        () => score(hiddenModel, undefined),
        "model: expected logits in its output, got last_hidden_state (head: { linearWeight })",
      ],
      [
        "a head for a model with logits",
        () => score(withLogits, { linearWeight }),
        "model: expected last_hidden_state in its output, for options.head, got logits (leave head out)",
      ],
      ["a head that is none", () => score(hiddenModel, 5), "options.head: expected { linearWeight, bias?, softcap? }, got 5"],
      ["a head without a weight", () => score(hiddenModel, { bias }), "options.head.linearWeight: expected the weight"],
      [
        "an unknown member",
        () => score(hiddenModel, { linearWeight, weight: bias }),
        "options.weight: expected one of linearWeight",
      ],
      [
        "a head of another width",
        () => score(hiddenModel, { linearWeight: { ...linearWeight, dims: [WIDTH, CLASSES] } }),
        "linearWeight: expected dims [classes, 5] for hidden of 5 per row",
      ],
      [
        "a head of another vocabulary",
        () => score(hiddenModel, { linearWeight: bias.subarray(0, 270) }),
        `options.head.linearWeight: expected ${CLASSES} classes, the tokenizer's vocabulary, got 54 (is the tokenizer`,
      ],
      [
        "fewer classes",
        () => score(hiddenModel, { linearWeight }, 9),
        `options.classes: expected ${CLASSES}, the rows of head.linearWeight, got 9`,
      ],
    ])("refuses %s", async (_, call, message) => {
      await expect(call()).rejects.toThrow(message);
    });
  });

  const model = fakeModel(CLASSES);
  const nan = fakeModel(
    CLASSES,
    {},
    (data, dims) => new FakeTensor("float32", data.fill(Number.NaN, CLASSES * 2, CLASSES * 3), dims),
  );
  const hidden = async () => ({ last_hidden_state: {} });
  it.each([
    ["no model", () => scoreTexts({} as never, tokenizer, ["a"]), "model: expected a model of transformers.js, got an object"],
    [
      "an encoder-decoder",
      () => scoreTexts(fakeModel(CLASSES, { is_encoder_decoder: true }), tokenizer, ["a"]),
      "model: expected a causal language model, got an encoder-decoder",
    ],
    [
      "a model without logits",
      () => scoreTexts(hidden, tokenizer, ["a"], { bos: true }),
      "model: expected logits in its output, got last_hidden_state",
    ],
    [
      "no tokenizer",
      () => scoreTexts(model, llama2 as never, ["a"]),
      "tokenizer: expected a tokenizer of transformers.js, got an object",
    ],
    [
      "a smaller vocabulary",
      () => scoreTexts(fakeModel(9), tokenizer, ["a"], { bos: true }),
      "(is the tokenizer that of this model?)",
    ],
    [
      "an id beyond the classes",
      () => scoreTexts(model, tokenizer, ["😀"], { bos: true, classes: 9 }),
      "texts[0]: token 0: expected an id below 9",
    ],
    ["one text", () => scoreTexts(model, tokenizer, "a" as never), 'texts: expected an array of strings, got "a" ([text])'],
    [
      "no text",
      () => scoreTexts(model, tokenizer, ["a", 5 as never]),
      "texts[0]: expected tokens to score, got one, with nothing in front of it (bos: true",
    ],
    ["a number", () => scoreTexts(model, tokenizer, [5 as never]), "texts[0]: expected a string, got 5"],
    ["an empty text", () => scoreTexts(model, tokenizer, ["the a", ""]), 'texts[1]: expected a text, got ""'],
    [
      "maxLength 1",
      () => scoreTexts(model, tokenizer, ["the a"], { maxLength: 1 }),
      "options.maxLength: expected a whole number of at least 2, got 1",
    ],
    [
      "a stride above it",
      () => scoreTexts(model, tokenizer, ["the a"], { maxLength: 4, stride: 5 }),
      "options.stride: expected at most maxLength, 4, got 5",
    ],
    [
      "an unknown option",
      () => scoreTexts(model, tokenizer, ["the a"], { strides: 5 } as never),
      "options.strides: expected one of",
    ],
    [
      "batchSize 0",
      () => scoreTexts(model, tokenizer, ["the a"], { batchSize: 0 }),
      "options.batchSize: expected a whole number of at least 1, got 0",
    ],
    [
      "bos of a tokenizer without",
      () => scoreTexts(model, fakeTokenizer(llama2), ["a"], { bos: true }),
      "options.bos: expected a tokenizer with a BOS token",
    ],
    [
      "NaN logits",
      () => scoreTexts(nan, tokenizer, ["the a the a"], { bos: true }),
      "texts[0]: token 2: expected logits with a finite maximum and no NaN",
    ],
  ])("refuses %s", async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});
