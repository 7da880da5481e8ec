import { expect, test } from "vitest";
import { httping } from "./httping.mjs";

// 2 GB: node xent/test/long/http.mjs
test("a file behind cut, slow and failing connections: the totals of the file, in little memory; refused once it changes", async () => {
  const { problems, faults, requests } = await httping({ bytes: 5e7, seed: 3 });
  expect(problems).toEqual([]);
  expect([faults > 2, requests > 20]).toEqual([true, true]);
});
