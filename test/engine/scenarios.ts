/** What the search of interleavings.ts is made for. */
import type { Scenario } from "./interleavings.js";

/** More parts than windows: they are filled again. */
const IN_WINDOWS = { parts: 2, units: 2, windows: 1 };

const ONE_WINDOW = { parts: 1, units: 1, windows: 1 };

type Ends = readonly string[];

/** Each with a little less than the states that the search finds, and how the calls may end. */
export const SCENARIOS: readonly (readonly [what: string, scenario: Scenario, least: number, ends: Ends])[] = [
  ["parts that need no input", { calls: [{ parts: 2 }] }, 1930, ["done"]],
  ["parts whose input comes later, two a unit", { calls: [{ parts: 2, units: 1, partsPerUnit: 2 }] }, 2080, ["done"]],
  ["parts that take windows in turn", { calls: [{ parts: 3, units: 3, windows: 2 }], workers: 1 }, 990, ["done"]],
  ["parts that take one window in turn, the owner out of time", { calls: [IN_WINDOWS], pauses: 1 }, 15900, ["done"]],
  [
    "parts that the owner computes, one worker beside it",
    { calls: [{ parts: 3, units: 3, windows: 3, isHelped: true, workers: 1 }], workers: 1 },
    3230,
    ["done"],
  ],
  [
    "parts that the owner computes, two workers beside it",
    { calls: [{ parts: 2, units: 2, windows: 2, isHelped: true, workers: 1 }] },
    4870,
    ["done"],
  ],
  ["a part that throws", { calls: [{ parts: 2 }], throws: [[0, 1]] }, 2660, ["failed"]],
  ["a part in a window that throws", { calls: [IN_WINDOWS], throws: [[0, 0]] }, 4650, ["failed"]],
  ["an abort", { calls: [IN_WINDOWS], aborts: [0] }, 21000, ["done", "failed"]],
  ["an abort before the next call", { calls: [{}, {}], aborts: [0] }, 41100, ["done done", "failed done"]],
  ["close", { calls: [{}, {}], closes: "waits" }, 26600, ["done done", "done failed", "failed failed"]],
  ["close that gives up", { calls: [IN_WINDOWS], closes: "aborts" }, 20800, ["done", "failed"]],
  ["a second call in the same slot", { calls: [{}, IN_WINDOWS] }, 31400, ["done done"]],
  ["a second call in the same window", { calls: [ONE_WINDOW, ONE_WINDOW], workers: 1 }, 1910, ["done done"]],
  ["two calls at once", { calls: [{ parts: 2 }, {}], slots: 2, workers: 1 }, 2700, ["done done"]],
  ["a death", { calls: [{ parts: 2 }], deaths: 1 }, 17500, ["done", "failed"]],
  ["a death in windows", { calls: [IN_WINDOWS], deaths: 1 }, 44200, ["done", "failed"]],
  ["a death before the next call", { calls: [{}, {}], deaths: 1 }, 87700, ["done done", "done failed", "failed done"]],
  ["two deaths", { calls: [{}], deaths: 2 }, 22300, ["done", "failed"]],
  ["a death after a part has thrown", { calls: [{}], deaths: 1, throws: [[0, 0]] }, 8700, ["failed"]],
  ["an owner that gets messages", { calls: [IN_WINDOWS], byMessage: true }, 7800, ["done"]],
  ["buffers that come by mail", { calls: [{}], mails: [0] }, 5400, ["done"]],
  ["buffers of two calls in the same slot", { calls: [{}, {}], mails: [0, 1], workers: 1 }, 1590, ["done done"]],
  ["buffers of two calls at once", { calls: [{}, {}], mails: [0, 1], slots: 2, workers: 1 }, 3870, ["done done"]],
  ["buffers that come by mail, and a death", { calls: [{}], mails: [0], deaths: 1 }, 31500, ["done", "failed"]],
];
