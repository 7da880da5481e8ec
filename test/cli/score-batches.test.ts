import { afterAll, describe, expect, test } from "vitest";
import { scoreBatches } from "../../src/cli/score-batches.js";
import { openScoreInputs } from "../../src/cli/score-inputs.js";
import { parseScoreOptions, type ScoreOptions } from "../../src/cli/score-options.js";
import { scoreFiles } from "../../src/cli/score-rows-of-files.js";
import type { RowLogits } from "../../src/losses/score-rows.js";
import { standInScoreRows } from "./stand-in.js";

const options = parseScoreOptions(["examples/data/widget.f32.safetensors"]) as ScoreOptions;
const inputs = openScoreInputs(options);
afterAll(() => inputs.close());

const ROW = 4096 * 4;

function bytesOf(logits: RowLogits): number {
  return "data" in logits ? logits.data.byteLength : logits.byteLength;
}

describe("rows are scored some at a time", () => {
  test.each([1, ROW, 7 * ROW + 5, 100 * ROW, 2 ** 40])("%i bytes a batch: the totals have the same bits", (batchBytes) => {
    const whole = scoreFiles(inputs, options, standInScoreRows);
    const parts = scoreFiles(inputs, { ...options, batchBytes }, standInScoreRows);
    expect(parts).toEqual(whole);
  });

  test("a batch holds no more logits than it may, and every row comes once, in order", () => {
    const lengths: number[] = [];
    const rows: number[] = [];
    const watched: typeof standInScoreRows = (logits, targets, more) => {
      lengths.push(bytesOf(logits));
      return standInScoreRows(logits, targets, more);
    };
    for (const batch of scoreBatches(inputs, { ...options, batchBytes: 10 * ROW }, watched)) {
      batch.losses.forEach((_, index) => {
        rows.push(batch.firstRow + index);
      });
    }
    expect(lengths).toEqual([...Array(25).fill(10 * ROW), 5 * ROW]);
    expect(rows).toEqual(Array.from({ length: 255 }, (_, row) => row));
  });

  test("the first NaN row and the number of them are those of the file, not of a batch", () => {
    let row = 0;
    const nanAt = new Set([120, 121, 240]);
    const spoiling: typeof standInScoreRows = (...call) => {
      const scores = standInScoreRows(...call);
      for (let index = 0; index < scores.losses.length; index++) if (nanAt.has(row++)) scores.losses[index] = Number.NaN;
      return scores;
    };
    const { report, firstNanRow } = scoreFiles(inputs, { ...options, batchBytes: 50 * ROW }, spoiling);
    expect([report.nanRows, firstNanRow]).toEqual([3, 120]);
  });

  test("as shipped, 16 MiB", () => {
    let largest = 0;
    scoreFiles(inputs, options, (logits, targets, more) => {
      largest = Math.max(largest, bytesOf(logits));
      return standInScoreRows(logits, targets, more);
    });
    expect(largest).toBeLessThanOrEqual(2 ** 24);
  });
});
