/** A call step by step, its workers played by the test: moments that real ones hit once in a thousand runs. */
import { describe, expect, it } from "vitest";
import { BuildRunner } from "../../src/engine/build-runner.js";
import { softmaxKind } from "../../src/engine/kinds/softmax.js";
import { Call, type Work } from "../../src/engine/pool/call.js";
import { Control, controlBytes } from "../../src/engine/pool/control.js";
import { PoolMemory } from "../../src/engine/pool/memory.js";
import { ALL_KERNELS } from "../../src/wasm/kernel-sets.js";

const PLACE = 0;
const NONE = { parts: 1, step: 1, block: 1, rows: 1, isByColumns: false };
const SUMS = { loss: 1, weight: 0, z: 0, kept: 0 };

function stage() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1000, shared: true });
  const address = 64;
  expect(controlBytes(1)).toBeLessThan(65536 - address);
  const control = new Control(memory.buffer, address, 1);
  const pool = new PoolMemory(new BuildRunner(ALL_KERNELS, { memory }), control, address);
  const site = { memory: pool, control, threads: 1, fedThreads: 1, callerWorkspace: () => undefined, mail: () => 0 };
  const set = (field: Parameters<typeof control.place>[1], value: number): void =>
    control.set(control.place(PLACE, field), value);
  return { site, control, pool, set };
}

/** A work of one part that notes what is asked of it. */
function workOf(log: string[], whileCopying: () => void): Work {
  const published = { kind: "softmax", job: null, work: { partition: NONE, columns: {}, windows: null } };
  return {
    start: () => ({ published, buffers: [], parts: 1, ready: 1, workers: 1 }),
    copy() {
      log.push("copy");
      whileCopying();
      return true;
    },
    finish() {
      log.push("finish");
      return SUMS;
    },
    free: () => log.push("free"),
  };
}

const task = { job: { kind: "softmax" } as never, kind: softmaxKind, finish: (sums: typeof SUMS) => sums.loss };

describe("a call", () => {
  it("copies once more when the last part is done while it copies", async () => {
    const { site, set } = stage();
    const log: string[] = [];
    const call = new Call(
      site,
      task,
      workOf(log, () => set("done", 1)),
    );
    call.start(PLACE);
    // nobody else may tell that it is: the caller may have done that part itself
    expect(call.advance(Number.POSITIVE_INFINITY)).toBe("busy");
    expect(call.advance(Number.POSITIVE_INFINITY)).toBe("over");
    expect(log).toEqual(["copy", "copy", "finish", "free"]);
    expect(await call.promise).toBe(1);
  });

  it("is not over, nor its memory free, while a worker is at its place", async () => {
    const { site, control, pool, set } = stage();
    const log: string[] = [];
    const call = new Call(
      site,
      task,
      workOf(log, () => {}),
    );
    call.start(PLACE);
    control.set(control.worker(0), PLACE + 1);
    set("done", 1);
    expect(call.advance(0)).toBe("waiting");
    expect(pool.arena.takenBytes).toBeGreaterThan(0);
    call.fail("reason");
    expect(call.advance(0)).toBe("waiting");
    expect(log).not.toContain("free");
    control.set(control.worker(0), 0);
    expect(call.advance(0)).toBe("over");
    expect(pool.arena.takenBytes).toBe(0);
    await expect(call.promise).rejects.toBe("reason");
  });

  it("waits for the message of a worker whose part has thrown", async () => {
    const { site, set } = stage();
    const call = new Call(
      site,
      task,
      workOf([], () => {}),
    );
    call.start(PLACE);
    set("stop", 2);
    expect(call.advance(0)).toBe("waiting");
    call.fail("what it threw");
    expect(call.advance(0)).toBe("over");
    await expect(call.promise).rejects.toBe("what it threw");
  });
});
