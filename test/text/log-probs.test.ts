import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLogProbs, type TokenLogProb, writeLogProbs } from "../../src/text.js";

/** Responses in the shapes of the servers' documentation. */
const completion = {
  object: "text_completion",
  choices: [
    {
      index: 0,
      text: "A cat!",
      logprobs: {
        tokens: ["A", " cat", "!"],
        token_logprobs: [null, -2.5, -0.25],
        top_logprobs: [null, { " dog": -0.5, " cat": -2.5 }, { "!": -0.25 }],
        text_offset: [0, 1, 5],
      },
    },
    { index: 1, text: "B", logprobs: { tokens: ["B"], token_logprobs: [-1], top_logprobs: null, text_offset: [0] } },
  ],
};
const chat = {
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "é" },
      logprobs: {
        content: [
          {
            ...{ token: "\\xc3", logprob: -0.5, bytes: [0xc3] },
            top_logprobs: [
              { token: "\\xc3", logprob: -0.5, bytes: [0xc3] },
              { token: "e", logprob: -1.5, bytes: [101] },
            ],
          },
          { token: "\\xa9", logprob: -9999, bytes: null, top_logprobs: [] },
        ],
      },
    },
  ],
};
const prompt = {
  prompt_token_ids: [5, 7, 9],
  prompt_logprobs: [
    null,
    { "7": { logprob: -3, rank: 4, decoded_token: " cat" }, "8": { logprob: -0.5, rank: 1, decoded_token: " dog" } },
    { "9": { logprob: -0.25, rank: 1, decoded_token: "!" } },
  ],
};
const promptTokens = [
  { id: 5, text: "", logProb: Number.NaN },
  {
    ...{ id: 7, text: " cat", logProb: -3, rank: 4 },
    top: [
      { id: 8, text: " dog", logProb: -0.5 },
      { id: 7, text: " cat", logProb: -3 },
    ],
  },
  { id: 9, text: "!", logProb: -0.25, rank: 1 },
];

describe("readLogProbs", () => {
  it("completions, with the prompt echoed: one list per choice", () => {
    expect(readLogProbs(completion)).toEqual([
      {
        tokens: [
          { text: "A", logProb: Number.NaN },
          {
            ...{ text: " cat", logProb: -2.5 },
            top: [
              { text: " dog", logProb: -0.5 },
              { text: " cat", logProb: -2.5 },
            ],
          },
          { text: "!", logProb: -0.25, top: [{ text: "!", logProb: -0.25 }] },
        ],
      },
      { tokens: [{ text: "B", logProb: -1 }] },
    ]);
  });

  it("chat completions, with the bytes of parts of characters", () => {
    expect(readLogProbs(chat)).toEqual([
      {
        tokens: [
          {
            ...{ text: "\\xc3", logProb: -0.5, bytes: [0xc3] },
            top: [
              { text: "\\xc3", logProb: -0.5, bytes: [0xc3] },
              { text: "e", logProb: -1.5, bytes: [101] },
            ],
          },
          { text: "\\xa9", logProb: -9999 },
        ],
      },
    ]);
  });

  it("vLLM's prompt_logprobs, in a choice and beside the choices", () => {
    expect(readLogProbs({ choices: [{ index: 0, text: "", logprobs: null, ...prompt }] })).toEqual([{ tokens: promptTokens }]);
    expect(readLogProbs(prompt)).toEqual([{ tokens: promptTokens }]);
  });

  it("vLLM's without prompt_token_ids, if each position has one token", () => {
    const [first, , last] = prompt.prompt_logprobs;
    expect(readLogProbs({ prompt_logprobs: [first, last] })).toEqual([
      {
        tokens: [
          { text: "", logProb: Number.NaN },
          { id: 9, text: "!", logProb: -0.25, rank: 1 },
        ],
      },
    ]);
  });

  it("text, and an array of responses", () => {
    expect(readLogProbs(JSON.stringify(completion))).toEqual(readLogProbs(completion));
    expect(readLogProbs([completion, prompt])).toEqual([...readLogProbs(completion), ...readLogProbs(prompt)]);
  });

  const choice = (logprobs: unknown) => ({ choices: [{ logprobs }] });
  it.each([
    ["{", 'json: expected a response in JSON, got "{"'],
    [5, "json: expected an object, got 5"],
    [{}, "json.choices: expected an array, got undefined"],
    [[completion, {}], "json[1].choices: expected an array, got undefined"],
    [{ choices: [{ text: "x" }] }, "json.choices[0].logprobs: expected log-probabilities, got none (ask for them:"],
    [choice(null), "json.choices[0].logprobs: expected log-probabilities, got none"],
    [
      choice({ tokens: ["a", "b"], token_logprobs: [-1] }),
      "json.choices[0].logprobs.token_logprobs: expected 2 numbers, one per token, got 1",
    ],
    [choice({ tokens: [1], token_logprobs: [-1] }), "json.choices[0].logprobs.tokens[0]: expected a string, got 1"],
    [
      choice({ tokens: ["a"], token_logprobs: ["-1"] }),
      'json.choices[0].logprobs.token_logprobs[0]: expected a log-probability or null, got "-1"',
    ],
    [
      choice({ tokens: ["a"], token_logprobs: [-1], top_logprobs: [{ b: "x" }] }),
      'json.choices[0].logprobs.top_logprobs[0]["b"]: expected a log-probability or null, got "x"',
    ],
    [
      choice({ content: [{ token: "a", logprob: -1, bytes: [256] }] }),
      "json.choices[0].logprobs.content[0].bytes[0]: expected a byte, got 256",
    ],
    [{ prompt_logprobs: [{}] }, "json.prompt_logprobs[0]: expected the token at this position, got 0 entries"],
    [
      { ...prompt, prompt_token_ids: [5, 7] },
      "json.prompt_token_ids: expected 3 ids, one per entry of prompt_logprobs, got 2 ids",
    ],
    [{ ...prompt, prompt_token_ids: [5, 6, 9] }, "json.prompt_logprobs[1]: expected an entry for token 6, got 2 entries"],
    [
      { prompt_logprobs: prompt.prompt_logprobs },
      "json.prompt_logprobs[1]: expected one token, got 2 without prompt_token_ids (which of them is the prompt's?",
    ],
    [{ prompt_logprobs: [{ x: { logprob: -1 } }] }, 'json.prompt_logprobs[0]["x"]: expected a token id, got NaN'],
  ])("refuses %j", (json, message) => {
    expect(() => readLogProbs(json)).toThrow(message);
  });
});

describe("writeLogProbs, read back", () => {
  // JSON has no -0
  const finite = fc.double({ max: 0, min: -1e4, noNaN: true }).map((value) => value + 0);
  const logProb = fc.oneof(finite, fc.constant(Number.NaN));
  const byte = fc.integer({ min: 0, max: 255 });
  const base = { text: fc.string(), bytes: fc.array(byte, { maxLength: 4 }), id: fc.nat(), logProb };
  const top = fc.uniqueArray(fc.record({ ...base, logProb: finite }), {
    minLength: 2,
    maxLength: 5,
    selector: ({ text }) => text,
    comparator: "IsStrictlyEqual",
  });
  const tokens = fc.array(fc.record({ ...base, rank: fc.integer({ min: 1, max: 9 }), top: fc.option(top, { nil: undefined }) }));
  const sorted = (entries: readonly TokenLogProb[]) => [...entries].sort((a, b) => b.logProb - a.logProb);
  const present = <T extends object>(value: T) =>
    Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
  const roundTrip = (given: readonly TokenLogProb[], format: "openai-completion" | "openai-chat" | "vllm") =>
    readLogProbs(JSON.stringify(writeLogProbs({ tokens: given }, { format })))[0]?.tokens;

  it("completions keep texts, log-probabilities and the most probable texts", () => {
    fc.assert(
      fc.property(tokens, (given) => {
        const kept = given.map(({ text, logProb: value, top: best }) =>
          present({
            text,
            logProb: value,
            top: best && sorted(best).map((entry) => ({ text: entry.text, logProb: entry.logProb })),
          }),
        );
        expect(roundTrip(given, "openai-completion")).toEqual(kept);
      }),
    );
  });

  it("chat completions keep bytes too", () => {
    fc.assert(
      fc.property(tokens, (given) => {
        const keep = ({ text, logProb: value, bytes }: TokenLogProb) => ({ text, logProb: value, bytes });
        const kept = given.map((token) => present({ ...keep(token), top: token.top?.map(keep) }));
        expect(roundTrip(given, "openai-chat")).toEqual(kept);
      }),
    );
  });

  it("vLLM's keep ids and ranks, and know the actual token among the most probable ones", () => {
    expect(roundTrip(promptTokens, "vllm")).toEqual(promptTokens);
    fc.assert(
      fc.property(tokens, (given) => {
        const read = roundTrip(given, "vllm");
        const kept = given.map(({ id, text, logProb: value, rank }) =>
          Number.isNaN(value) ? { id, text: "", logProb: value } : { id, text, logProb: value, rank },
        );
        expect(read?.map(({ top: _, ...token }) => token)).toEqual(kept);
      }),
    );
  });

  it("completions have the offsets of characters, and the text of bytes that are parts of them", () => {
    const parts = [
      { text: "\ufffd", bytes: [0xf0, 0x9f], logProb: -1 },
      { text: "\ufffd", bytes: [0x98, 0x80], logProb: -1 },
      { text: "😀!", bytes: [0xf0, 0x9f, 0x98, 0x80, 33], logProb: -1 },
      { text: "x", bytes: [120], logProb: -1 },
    ];
    expect(writeLogProbs({ tokens: parts }, { format: "openai-completion" })).toMatchObject({
      choices: [{ text: "😀😀!x", logprobs: { text_offset: [0, 1, 2, 4], top_logprobs: null } }],
    });
  });

  it("refuses a text without tokens, another format, and ids that are missing", () => {
    const text = { tokens: [{ text: "a", logProb: -1 }] };
    expect(() => writeLogProbs([] as never, { format: "vllm" })).toThrow(
      "text: expected an object with tokens, got an array of 0",
    );
    expect(() => writeLogProbs(text, { format: "openai" as never })).toThrow(
      "options.format: expected openai-completion, openai-chat, vllm, got openai",
    );
    expect(() => writeLogProbs(text, { format: "vllm" })).toThrow(
      'text.tokens[0].id: expected an id, which this format needs, got a token without one (format: "openai-chat")',
    );
  });
});
