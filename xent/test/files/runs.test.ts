import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { hasEnded, machineMark } from "../../src/files/runs.js";

test("a process that runs, one of the system, and one that has ended", () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  expect([hasEnded(process.pid), hasEnded(1), hasEnded(pid)]).toEqual([false, false, true]);
});

test("the machine's mark is six digits, always the same", () => {
  expect(machineMark()).toMatch(/^[0-9a-f]{6}$/);
  expect(machineMark()).toBe(machineMark());
});
