import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import type { StopSignal } from "../../src/cli/seams.js";
import { Interruption } from "../../src/cli/stream/interruption.js";

function started() {
  const events = new EventEmitter();
  const killed: string[] = [];
  const clock = { now: 100 };
  let calls = 0;
  const target = {
    pid: 7,
    on: (signal: StopSignal, listener: (signal: StopSignal) => void) => events.on(signal, listener),
    off: (signal: StopSignal, listener: (signal: StopSignal) => void) => events.off(signal, listener),
    kill: (pid: number, signal: StopSignal) => killed.push(`${pid} ${signal} ${events.listenerCount(signal)}`),
  };
  const tell = () => {
    calls++;
  };
  const interruption = new Interruption(target, tell, () => clock.now);
  return { interruption, killed, clock, come: (signal: StopSignal) => events.emit(signal, signal), calls: () => calls, events };
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s stops the run with %i", (signal, code) => {
  const { interruption, come, calls, killed } = started();
  expect(interruption.code).toBeUndefined();
  come(signal);
  expect([interruption.code, calls(), killed]).toEqual([code, 1, []]);
});

test("a forwarded copy of the signal does not count as a second one; a later signal ends the process", () => {
  const { interruption, come, calls, killed, clock } = started();
  come("SIGINT");
  clock.now += 0.9;
  come("SIGINT");
  come("SIGTERM");
  expect([interruption.code, calls(), killed]).toEqual([130, 1, []]);
  clock.now += 0.2;
  come("SIGINT");
  expect([calls(), killed]).toEqual([1, ["7 SIGINT 0"]]);
});

test("close removes all listeners", () => {
  const { interruption, events } = started();
  expect(events.eventNames()).toEqual(["SIGINT", "SIGTERM"]);
  interruption.close();
  expect(events.eventNames()).toEqual([]);
});
