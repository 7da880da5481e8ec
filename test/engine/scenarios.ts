/** What the search of interleavings.ts is made for. */
import type { Scenario } from "./interleavings.js";

/** More parts than windows: they are filled again. */
const IN_WINDOWS = { parts: 2, units: 2, windows: 1 };

type Ends = readonly string[];

export const SCENARIOS: readonly (readonly [what: string, scenario: Scenario, least: number, ends: Ends])[] = [
  ["parts that need no input", { calls: [{ parts: 2 }] }, 1, ["done"]],
  ["parts whose input comes later, two a unit", { calls: [{ parts: 2, units: 1, partsPerUnit: 2 }] }, 1, ["done"]],
  ["parts that take windows in turn", { calls: [{ parts: 3, units: 3, windows: 2 }], workers: 1 }, 1, ["done"]],
  ["parts that take one window in turn, the owner out of time", { calls: [IN_WINDOWS], pauses: 1 }, 1, ["done"]],
  [
    "parts that the owner computes, one worker beside it",
    { calls: [{ parts: 3, units: 3, windows: 3, isHelped: true, workers: 1 }], workers: 1 },
    1,
    ["done"],
  ],
  [
    "parts that the owner computes, two workers beside it",
    { calls: [{ parts: 2, units: 2, windows: 2, isHelped: true, workers: 1 }] },
    1,
    ["done"],
  ],
  ["a part that throws", { calls: [{ parts: 2 }], throws: [[0, 1]] }, 1, ["failed"]],
  ["a part in a window that throws", { calls: [IN_WINDOWS], throws: [[0, 0]] }, 1, ["failed"]],
  ["an abort", { calls: [IN_WINDOWS], aborts: [0] }, 1, ["done", "failed"]],
  ["an abort before the next call", { calls: [{}, {}], aborts: [0] }, 1, ["done done", "failed done"]],
  ["close", { calls: [{}, {}], closes: "waits" }, 1, ["done done", "done failed", "failed failed"]],
  ["close that gives up", { calls: [IN_WINDOWS], closes: "aborts" }, 1, ["done", "failed"]],
  ["a second call in the same slot", { calls: [{}, IN_WINDOWS] }, 1, ["done done"]],
  ["two calls at once", { calls: [{ parts: 2 }, {}], slots: 2, workers: 1 }, 1, ["done done"]],
  ["a death", { calls: [{ parts: 2 }], deaths: 1 }, 1, ["done", "failed"]],
  ["a death in windows", { calls: [IN_WINDOWS], deaths: 1 }, 1, ["done", "failed"]],
  ["a death before the next call", { calls: [{}, {}], deaths: 1 }, 1, ["done done", "done failed", "failed done"]],
  ["two deaths", { calls: [{}], deaths: 2 }, 1, ["done", "failed"]],
  ["a death after a part has thrown", { calls: [{}], deaths: 1, throws: [[0, 0]] }, 1, ["failed"]],
  ["an owner that gets messages", { calls: [IN_WINDOWS], byMessage: true }, 1, ["done"]],
  ["buffers that come by mail", { calls: [{}], mails: [0] }, 1, ["done"]],
  ["buffers that come by mail, and a death", { calls: [{}], mails: [0], deaths: 1 }, 1, ["done", "failed"]],
];
