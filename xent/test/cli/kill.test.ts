import { expect, test } from "vitest";
import { killing } from "../long/killing.mjs";

// a hundred: node xent/test/long/kill.mjs
test.skipIf(process.platform === "win32")(
  "kill -9 at random moments, then --resume: the same totals, table and page",
  async () => {
    const { problems, kills, resumed } = await killing({ kills: 4, seed: 5, kinds: 1 });
    expect(problems.filter((problem) => !/ms were lost/.test(problem))).toEqual([]);
    expect([kills >= 4, resumed > 0]).toEqual([true, true]);
  },
);
