import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { multipleChoice } from "../../src/index.js";
import { loglikelihood, type TextModelInputs } from "../../src/text.js";
import { fakeModel, fakeScore, fakeTokenizer } from "./fake-model.js";
import { llama3 } from "./tokenizers.js";

const CLASSES = 4099;
const BOS = 0;
const tokenizer = fakeTokenizer(llama3, { bos: BOS });
const model = fakeModel(CLASSES);
const idsOf = (text: string) => tokenizer.encode(text, { add_special_tokens: false });

/** lm-evaluation-harness, _encode_pair and _loglikelihood_tokens, one token at a time. */
function harness(context: string, continuation: string, bos: number | undefined, maxLength: number) {
  const spaces = context.length - context.trimEnd().length;
  const [before, after] =
    spaces > 0 ? [context.slice(0, -spaces), context.slice(-spaces) + continuation] : [context, continuation];
  const whole = idsOf(before + after);
  const contextIds = idsOf(before);
  const counted = whole.slice(contextIds.length);
  const front = bos === undefined ? [] : [bos];
  const all = [...front, ...whole.slice(0, contextIds.length), ...counted].slice(-(maxLength + 1));
  const scores = counted.map((id, index) => {
    const at = all.length - counted.length + index;
    return fakeScore(all.slice(0, at), id, CLASSES);
  });
  return {
    logProb: expect.closeTo(
      scores.reduce((sum, { logProb }) => sum + logProb, 0),
      4,
    ),
    ...{ isGreedy: scores.every(({ rank }) => rank === 1), tokens: counted.length },
    ...{ bytes: new TextEncoder().encode(continuation).length, characters: Array.from(continuation).length },
  };
}

describe("loglikelihood", () => {
  const word = fc.constantFrom("the", " cat", " ", "\n", "é", "😀", "s", "ing", ".", "  ", "日本");
  const text = (minLength: number) => fc.array(word, { minLength, maxLength: 5 }).map((words) => words.join(""));

  it("is lm-evaluation-harness's, for any boundary between context and continuation", async () => {
    let pairs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("The ", "in", ""),
        text(0),
        fc.array(text(1), { minLength: 3, maxLength: 5 }),
        async (a, b, given) => {
          const context = a + b;
          // tokens that vanish together, and contexts of spaces alone, are refused (below)
          const before = context.trimEnd();
          const fits = given.filter((continuation) => idsOf(context + continuation).length > idsOf(before).length);
          pairs += fits.length;
          const found = await loglikelihood(model, tokenizer, context, fits, { bos: true });
          expect(found).toEqual(fits.map((continuation) => harness(context, continuation, BOS, 1000)));
        },
      ),
      { numRuns: 60 },
    );
    expect(pairs).toBeGreaterThan(200);
  });

  it("spaces at the end of the context belong to the continuation", async () => {
    const [moved] = await loglikelihood(model, tokenizer, "The cat ", ["sat"], { bos: true });
    const [given] = await loglikelihood(model, tokenizer, "The cat", [" sat"], { bos: true });
    expect(moved).toEqual({ ...given, bytes: 3, characters: 3 });
  });

  it("cuts a long context at its beginning", async () => {
    const context = "The cat sat on the mat and the cat sat";
    for (const maxLength of [4, 7, 12]) {
      const found = await loglikelihood(model, tokenizer, context, [" still", "."], { bos: false, maxLength });
      expect(found).toEqual([harness(context, " still", undefined, maxLength), harness(context, ".", undefined, maxLength)]);
    }
  });

  it("runs a shared context once if the model has a cache, with the same result", async () => {
    const continuations = [" still", " still on the", ".", " mat and the"];
    for (const [options, batches] of [
      [{ bos: true, batchSize: 3 }, 1],
      [{ bos: false, batchSize: 2 }, 2],
    ] as const) {
      const cached = Object.assign(fakeModel(CLASSES), { forward_params: ["input_ids", "attention_mask", "past_key_values"] });
      const padded = fakeTokenizer(llama3, { bos: BOS, paddingSide: "left" });
      const found = await loglikelihood(cached, padded, "The cat sat", continuations, options);
      expect(found).toEqual(await loglikelihood(model, tokenizer, "The cat sat", continuations, options));
      const context = idsOf("The cat sat").length + (options.bos ? 1 : 0);
      expect(cached.calls.length).toBe(1 + batches);
      // each has the context's last token besides its own, of which the last is not read
      const longest = Math.max(...continuations.map((text) => idsOf(text).length));
      expect(cached.calls[0]).toEqual([1, context + longest - 1]);
      expect(cached.calls.slice(1).every(([, length = 0]) => length <= longest)).toBe(true);
    }
  });

  it("runs the whole of each where the cache is not one of tokens, or has nothing that all share", async () => {
    const forward_params = ["past_key_values"];
    const state = async (inputs: TextModelInputs) => {
      const { logits } = (await model(inputs)) as { logits: object };
      return { logits, present_conv: {}, "present.0.key": {} };
    };
    const continuations = [" still", "."];
    const plain = await loglikelihood(model, tokenizer, "The cat", continuations, { bos: true });
    const stateful = Object.assign(state, { forward_params });
    expect(await loglikelihood(stateful, tokenizer, "The cat", continuations, { bos: true })).toEqual(plain);
    // cut at their beginnings, they begin with different tokens
    const cut = { bos: false, maxLength: 12 };
    const cached = Object.assign(fakeModel(CLASSES), { forward_params });
    const context = "The cat sat on the mat and the cat sat";
    expect(await loglikelihood(cached, tokenizer, context, continuations, cut)).toEqual(
      await loglikelihood(model, tokenizer, context, continuations, cut),
    );
  });

  it("gives multipleChoice all that it needs", async () => {
    const continuations = [" still", " on the mat", ". é"];
    const answers = await loglikelihood(model, tokenizer, "The cat", continuations, { bos: true, unconditional: true });
    const behind = (context: string) => continuations.map((text) => harness(context, text, BOS, 1000));
    const alone = behind("").map(({ logProb }) => logProb);
    expect(answers).toEqual(behind("The cat").map((answer, index) => ({ ...answer, unconditionalLogProb: alone[index] })));
    const best = (scores: readonly number[]) => scores.indexOf(Math.max(...scores));
    expect(multipleChoice(answers)).toEqual({
      choice: best(answers.map(({ logProb }) => logProb)),
      choicePerByte: best(answers.map(({ logProb, bytes }) => logProb / bytes)),
      choicePerCharacter: best(answers.map(({ logProb, characters }) => logProb / characters)),
      choiceByMutualInfo: best(answers.map(({ logProb, unconditionalLogProb = 0 }) => logProb - unconditionalLogProb)),
    });
  });

  it("an empty context: behind BOS, or else EOS", async () => {
    const expected = [harness("", "The cat", BOS, 1000)];
    expect(await loglikelihood(model, tokenizer, "", ["The cat"])).toEqual(expected);
    const withEos = Object.assign(fakeTokenizer(llama3), { eos_token_id: BOS });
    expect(await loglikelihood(model, withEos, "", ["The cat"])).toEqual(expected);
  });

  it.each([
    [
      "a maxLength that is no number",
      () => loglikelihood(model, tokenizer, "a", [" b"], { maxLength: Number.NaN }),
      "options.maxLength: expected a whole number of at least 1, got NaN",
    ],
    [
      "an empty context with nothing in front",
      () => loglikelihood(model, fakeTokenizer(llama3), "", ["a"]),
      'context: expected a text, or a token in front of an empty one, got ""',
    ],
    [
      "an empty continuation",
      () => loglikelihood(model, tokenizer, "a", [""]),
      "continuations[0]: expected at least one token behind the context's, got none",
    ],
    [
      "a context of spaces alone",
      () => loglikelihood(model, tokenizer, "  ", ["a"]),
      "continuations[0]: expected a token in front of the continuation, got none (bos: true",
    ],
    [
      "a continuation that is too long",
      () => loglikelihood(model, tokenizer, "a", [" b c d e f"], { maxLength: 2 }),
      "continuations[0]: expected at most maxLength, 2 tokens, got ",
    ],
    [
      "a continuation that is no text",
      () => loglikelihood(model, tokenizer, "a", [5 as never]),
      "continuations[0]: expected a string, got 5",
    ],
    [
      "one string",
      () => loglikelihood(model, tokenizer, "a", "b" as never),
      'continuations: expected an array of strings, got "b"',
    ],
    ["a context that is none", () => loglikelihood(model, tokenizer, 5 as never, ["b"]), "context: expected a string, got 5"],
  ])("refuses %s", async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});
