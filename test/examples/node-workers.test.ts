/** examples/node-workers, small: producers and engine share one memory, and the loss is that of what the producers wrote. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { crossEntropy } from "../../src/reference/index.js";

const MAIN = fileURLToPath(new URL("../../examples/node-workers/main.mjs", import.meta.url));

function run(...args: string[]): { stdout: string; status: number | null } {
  try {
    return {
      stdout: execFileSync(process.execPath, [MAIN, ...args], { encoding: "utf8", stdio: "pipe", timeout: 60_000 }),
      status: 0,
    };
  } catch (error) {
    const { stderr, status } = error as { stderr: string; status: number | null };
    return { stdout: stderr, status };
  }
}

describe("examples/node-workers", () => {
  it("scores every batch of its producers, and ends", () => {
    const { stdout } = run(
      "--producers",
      "1",
      "--threads",
      "2",
      "--batches",
      "2",
      "--rows",
      "200",
      "--classes",
      "3000",
      "--json",
    );
    const summary = JSON.parse(stdout) as { batches: number; rows: number; meanLoss: number };
    expect(summary).toMatchObject({ batches: 2, rows: 400 });
    // the producer's numbers, once more
    let state = 1;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state / 2 ** 29;
    };
    const targets = Int32Array.from({ length: 200 }, (_, row) => (row * 7919) % 3000);
    const losses = [0, 1].map(() => crossEntropy(Float32Array.from({ length: 600_000 }, next), targets));
    expect(summary.meanLoss).toBeCloseTo((losses[0] + losses[1]) / 2, 6);
  });

  it("refuses what is no number of anything", () => {
    expect(run("--rows", "0")).toEqual({ stdout: "--rows: expected 1 or more, got 0\n", status: 2 });
    expect(run("--nothing").status).toBe(2);
  });
});
