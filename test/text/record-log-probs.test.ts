import { describe, expect, it } from "vitest";
import { recordLogProbs } from "../../src/text.js";
import { fakeLogit, fakeScore } from "./fake-model.js";
import { llama2 } from "./tokenizers.js";

const CLASSES = 271;

/** generate() of transformers.js, with a stand-in for the model: each step may choose any token. */
function generate(
  prompts: readonly (readonly number[])[],
  steps: number,
  processor: (ids: bigint[][], logits: { data: Float32Array; dims: number[]; type: string }) => object,
  { temperature = 1, choose = (step: number, row: number) => (step * 7 + row * 3) % CLASSES } = {},
): bigint[][] {
  const all = prompts.map((ids) => ids.map(BigInt));
  for (let step = 0; step < steps; step++) {
    const rows = all.map((ids) => Array.from({ length: CLASSES }, (_, c) => fakeLogit(ids.map(Number), c) / temperature));
    const data = Float32Array.from(rows.flat());
    const tensor = { data, dims: [all.length, CLASSES], type: "float32" };
    if (processor(all, tensor) !== tensor) throw new Error("the processor returns its tensor");
    // top-k of generate()'s own, in place
    data.fill(Number.NEGATIVE_INFINITY);
    for (const [row, ids] of all.entries()) ids.push(BigInt(choose(step, row)));
  }
  return all;
}

function expected(sequence: readonly bigint[], prompt: number) {
  const ids = sequence.map(Number);
  return ids.slice(prompt).map((id, index) => {
    const { logProb, rank } = fakeScore(ids.slice(0, prompt + index), id, CLASSES);
    return { id, logProb: expect.closeTo(logProb, 5), rank };
  });
}

const bare = (tokens: readonly { id?: number | undefined; logProb: number; rank?: number | undefined }[]) =>
  tokens.map(({ id, logProb, rank }) => ({ id, logProb, rank }));

describe("recordLogProbs", () => {
  it("each generated token's, in a batch, equal a second pass", () => {
    const recorder = recordLogProbs();
    const sequences = generate(
      [
        [5, 6],
        [7, 8],
      ],
      6,
      recorder.processor,
    );
    const found = recorder.result(sequences);
    expect(found.map(({ tokens }) => bare(tokens))).toEqual(sequences.map((ids) => expected(ids, 2)));
    expect(recorder.result(sequences)).toEqual(found);
  });

  it("temperature is multiplied back", () => {
    const recorder = recordLogProbs({ temperature: 0.7 });
    const sequences = generate([[5]], 4, recorder.processor, { temperature: 0.7 });
    expect(bare(recorder.result(sequences)[0]?.tokens ?? [])).toEqual(expected(sequences[0] as bigint[], 1));
  });

  it("texts, bytes and the most probable tokens", () => {
    const recorder = recordLogProbs({ topK: 2, tokenizer: llama2 });
    const sequences = generate([[5]], 1, recorder.processor, { choose: () => 269 });
    const [token] = recorder.result({ sequences })[0]?.tokens ?? [];
    expect(token).toMatchObject({ id: 269, text: " the", bytes: [32, 116, 104, 101] });
    expect(token?.top?.map(({ logProb }) => logProb)).toEqual(
      token?.top?.map(({ id }) => expect.closeTo(fakeScore([5], id as number, CLASSES).logProb, 5)),
    );
    expect(token?.top?.length).toBe(2);
  });

  it("takes the tensor that generate() returns, and is used again for the next call", () => {
    const recorder = recordLogProbs();
    generate([[5, 6]], 3, recorder.processor);
    // the same length as the next step of the call before would have
    const sequences = generate([[5, 6, 1, 2, 3, 4]], 2, recorder.processor);
    const tensor = { data: BigInt64Array.from(sequences.flat()), dims: [1, 8] };
    expect(recorder.result(tensor).map(({ tokens }) => bare(tokens))).toEqual([expected(sequences[0] as bigint[], 6)]);
  });

  it("refuses sequences of another call, and options out of range", () => {
    expect(() => recordLogProbs().result([[1n]])).toThrow("sequences: expected a recorded call of generate(), got none");
    const recorder = recordLogProbs();
    const sequences = generate([[5]], 2, recorder.processor);
    for (const wrong of [[[5n]], [[5n, 200n, 7n]], [...sequences, ...sequences], []]) {
      expect(() => recorder.result(wrong)).toThrow("sequences: expected those of the recorded call of generate(), got others");
    }
    expect(() => recorder.result("5")).toThrow('sequences: expected what generate() returned, got "5"');
    expect(recorder.result(sequences)[0]?.tokens.length).toBe(2);
    expect(() => recorder.processor([[1n]], {})).toThrow("logits: expected a tensor, got an object");
    expect(() => recordLogProbs({ topK: -1 })).toThrow("options.topK: expected a whole number of at least 0, got -1");
    expect(() => recordLogProbs({ temperature: 0 })).toThrow("options.temperature: expected a number above 0, got 0");
    expect(() => recordLogProbs({ topk: 1 } as never)).toThrow("options.topk: expected one of topK, temperature, tokenizer");
  });
});
