import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rollingWindows, type TokenWindow } from "../../src/text.js";

/** The tokens that a window's model reads, and those that count, as positions. */
interface Read {
  readonly input: readonly number[];
  readonly scored: readonly number[];
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
const readOf = ({ inputFrom, inputTo, scoreFrom, scoreTo }: TokenWindow): Read => ({
  input: range(inputFrom, inputTo),
  scored: range(scoreFrom, scoreTo),
});

/** lm-evaluation-harness, get_rolling_token_windows with context_len 1, in its own words; the prefix is position -1. */
function harness(tokens: readonly number[], prefix: number, most: number): Read[] {
  if (tokens.length === 0) return [];
  const windows: Read[] = [];
  const first = Math.min(most, tokens.length);
  windows.push({ input: [prefix, ...tokens.slice(0, first - 1)], scored: tokens.slice(0, first) });
  let predicted = first;
  while (predicted < tokens.length) {
    const length = Math.min(tokens.length - predicted, most);
    const end = predicted + length;
    const from = end - most - 1;
    const input = from < 0 ? [prefix, ...tokens.slice(0, end - 1)] : tokens.slice(from, end - 1);
    windows.push({ input, scored: tokens.slice(end - length, end) });
    predicted += length;
  }
  return windows;
}

/** Hugging Face's guide: labels of a window are shifted within the model, so its first token cannot count. */
function guide(tokens: readonly number[], most: number, stride: number): Read[] {
  const windows: Read[] = [];
  let before = 0;
  for (let begin = 0; begin < tokens.length; begin += stride) {
    const end = Math.min(begin + most, tokens.length);
    windows.push({ input: tokens.slice(begin, end), scored: tokens.slice(Math.max(before, begin + 1), end) });
    before = end;
    if (end === tokens.length) break;
  }
  return windows;
}

const sizes = fc.record({ count: fc.integer({ min: 0, max: 200 }), maxLength: fc.integer({ min: 2, max: 40 }) });
const RUNS = { numRuns: 1000 };

describe("rollingWindows", () => {
  it("are lm-evaluation-harness's, with and without a prefix", () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), ({ count, maxLength }, prefix) => {
        const windows = rollingWindows(count, { maxLength, prefix }).map(readOf);
        // without a prefix, token 0 takes its place
        const expected = prefix ? harness(range(0, count), -1, maxLength) : harness(range(1, count), 0, maxLength);
        expect(windows).toEqual(expected);
      }),
      RUNS,
    );
  });

  it("with a stride are Hugging Face's, and at stride = maxLength lose no token", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.boolean(), ({ count, maxLength }, random, prefix) => {
        const stride = 1 + (random % maxLength);
        const windows = rollingWindows(count, { maxLength, stride, prefix }).map(readOf);
        const expected = guide(range(prefix ? -1 : 0, count), maxLength, stride);
        const scored = expected.filter(({ scored }) => scored.length > 0);
        if (stride < maxLength) {
          // the guide's model reads a token that predicts nothing
          expect(windows).toEqual(scored.map(({ input, scored: counted }) => ({ input: input.slice(0, -1), scored: counted })));
        } else {
          const ends = scored.map(({ scored: counted }) => counted.at(-1));
          expect(windows.map(({ scored: counted }) => counted.at(-1)).filter((end) => ends.includes(end))).toEqual(ends);
        }
      }),
      RUNS,
    );
  });

  it("score every token once, from at most maxLength tokens of which the last is the one before", () => {
    fc.assert(
      fc.property(sizes, fc.option(fc.nat()), fc.boolean(), ({ count, maxLength }, random, prefix) => {
        const stride = random === null ? undefined : 1 + (random % maxLength);
        const windows = rollingWindows(count, { maxLength, stride, prefix });
        expect(windows.flatMap((window) => readOf(window).scored)).toEqual(range(prefix ? 0 : 1, count));
        const isFine = ({ inputFrom, inputTo, scoreFrom, scoreTo }: TokenWindow) =>
          inputTo - inputFrom <= maxLength && inputFrom < scoreFrom && inputTo === scoreTo - 1;
        expect(windows.filter((window) => !isFine(window))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("take the tokens themselves", () => {
    const options = { maxLength: 4, stride: 2 };
    expect(rollingWindows(BigInt64Array.of(5n, 6n, 7n, 8n, 9n), options)).toEqual(rollingWindows(5, options));
  });

  it.each([
    [() => rollingWindows(-1, { maxLength: 4 }), "tokens: expected a whole number of at least 0, got -1"],
    [() => rollingWindows(1.5, { maxLength: 4 }), "tokens: expected a whole number of at least 0, got 1.5"],
    [() => rollingWindows("5" as never, { maxLength: 4 }), 'tokens: expected a whole number of at least 0, got "5"'],
    [() => rollingWindows(5, {} as never), "options.maxLength: expected a whole number of at least 2, got undefined"],
    [() => rollingWindows(5, { maxLength: 1 }), "options.maxLength: expected a whole number of at least 2, got 1"],
    [() => rollingWindows(5, { maxLength: 4, stride: 0 }), "options.stride: expected a whole number of at least 1, got 0"],
    [
      () => rollingWindows(5, { maxLength: 4, stride: 5 }),
      "options.stride: expected at most maxLength, 4, got 5 (tokens between two windows would not be scored)",
    ],
    [() => rollingWindows(5, { maxLength: 4, prefix: 1 as never }), "options.prefix: expected true or false, got 1"],
  ])("refuse %s", (call, message) => {
    expect(call).toThrow(message);
  });
});
