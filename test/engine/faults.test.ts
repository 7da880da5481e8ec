/** Workers that die in the middle of a job: what was lost is rejected, everything else is right, and nothing hangs or leaks. */
import { afterAll, describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { EngineClosedError, WorkerCrashedError } from "../../src/index.js";
import { Random } from "../losses/random.js";
import { type Bits, bitsOf, type Call, callsOf, difference, makeCall } from "../support/calls.js";
import { callOn, type Placing, spinUntilHeld, wakefulEngine, watchedHost } from "../support/engines.js";
import { isLong } from "../support/long.js";

const KILLS = isLong ? 200 : 40;

function isSame(result: unknown, expected: Bits): boolean {
  return difference(result, expected) === undefined;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("a stream of jobs, workers killed at random moments", () => {
  const host = watchedHost();

  it(`${KILLS} times: every other job right, every lost one rejected, memory back to where it was`, async () => {
    const engine = await wakefulEngine({ threads: 2, deterministic: true }, host);
    const random = new Random(1);
    const shapes = [
      [200, 1000],
      [2, 140000],
      [1, 90000],
    ];
    const calls = shapes
      .flatMap((shape, i) => callsOf(shape, -1, i))
      .filter(({ name }) => /^crossEntropy|softmax|jsDivLoss/.test(name));
    const expected = calls.map((call) => bitsOf(makeCall(deterministic, call)));
    const placings: readonly Placing[] = ["plain", "engine", "shared"];
    const seen = { right: 0, wrong: 0, lost: 0, other: [] as unknown[] };
    let isOver = false;
    const stream = async (start: number): Promise<void> => {
      for (let i = start; !isOver; i++) {
        const which = (i * 7) % calls.length;
        try {
          const result = await callOn(engine, calls[which] as Call, placings[i % 3] as Placing);
          if (isSame(result, expected[which] as Bits)) seen.right++;
          else seen.wrong++;
        } catch (error) {
          if (error instanceof WorkerCrashedError) seen.lost++;
          else seen.other.push(error);
        }
      }
    };
    const streams = [stream(0), stream(1), stream(2)];
    for (let kill = 0; kill < KILLS; ) {
      await pause(random.uniform() * 6);
      const worker = host.workers[random.integer(host.workers.length)];
      if (!worker) continue;
      await worker.kill();
      kill++;
    }
    isOver = true;
    await Promise.all(streams);
    expect(seen).toMatchObject({ wrong: 0, other: [] });
    // how many of either is the machine's affair
    expect(seen.lost).toBeGreaterThan(0);
    expect(seen.right).toBeGreaterThan(0);
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
    // and it works on
    const [call] = calls;
    expect(isSame(await callOn(engine, call as Call, "plain"), expected[0] as Bits)).toBe(true);
    await engine.close();
    expect(host.workers).toHaveLength(0);
  });
});

describe("a lost job", () => {
  const host = watchedHost();
  afterAll(() => expect(host.workers).toHaveLength(0));

  it("is rejected with the cause, and the next call finds a new worker", async () => {
    const engine = await wakefulEngine({ threads: 1, deterministic: true }, host);
    const logits = new Float32Array(4000 * 1000).map((_, i) => (i % 97) / 9);
    const targets = new Int32Array(4000).fill(5);
    const lost = engine.crossEntropy(logits, targets);
    spinUntilHeld(engine);
    await host.workers[0]?.kill();
    await expect(lost).rejects.toThrow(WorkerCrashedError);
    await expect(lost).rejects.toMatchObject({ name: "WorkerCrashedError", cause: new Error("killed by the test") });
    expect(await engine.crossEntropy(logits, targets)).toBe(deterministic.crossEntropy(logits, targets));
    expect(engine.info().takenBytes).toBe(0);
    await engine.close();
  });

  it("leaves the jobs behind it in the queue alone", async () => {
    const engine = await wakefulEngine({ threads: 1, deterministic: true }, host);
    const logits = new Float32Array(4000 * 1000).map((_, i) => (i % 89) / 9);
    const targets = new Int32Array(4000).fill(5);
    const calls = Array.from({ length: 6 }, () => engine.crossEntropy(logits, targets));
    spinUntilHeld(engine);
    await host.workers[0]?.kill();
    const settled = await Promise.allSettled(calls);
    const right = deterministic.crossEntropy(logits, targets);
    const lost = settled.filter(({ status }) => status === "rejected");
    expect(lost).toHaveLength(1);
    for (const result of settled) if (result.status === "fulfilled") expect(result.value).toBe(right);
    await engine.close();
  });

  it("leaves the buffers of the jobs behind it to the new worker", async () => {
    const engine = await wakefulEngine({ threads: 1, deterministic: true }, host);
    const logits = new Float32Array(12_000 * 1000).map((_, i) => (i % 83) / 9);
    const shared = Array.from({ length: 3 }, () => new Float32Array(new SharedArrayBuffer(4 * 300_000)).fill(1));
    const targets = new Int32Array(12_000).fill(5);
    const lost = engine.crossEntropy(logits, targets);
    const calls = shared.map((buffer) => engine.crossEntropy(buffer, targets.subarray(0, 300)));
    spinUntilHeld(engine);
    await host.workers[0]?.kill();
    await expect(lost).rejects.toThrow(WorkerCrashedError);
    const right = deterministic.crossEntropy(new Float32Array(300_000).fill(1), targets.subarray(0, 300));
    expect(await Promise.all(calls)).toEqual([right, right, right]);
    await engine.close();
  });

  it("is one too where a part has thrown: with what it threw, and the workers go on", async () => {
    const worker = new URL("../../build/hosts/node-worker.js", import.meta.url);
    // in the worker: the first of the rows' columns that it writes throws
    const code = `
      const { set } = Float64Array.prototype;
      Float64Array.prototype.set = function (...given) {
        Float64Array.prototype.set = set;
        throw new RangeError("broken by the test");
      };
      await import(${JSON.stringify(worker.href)});
    `;
    const workerUrl = `data:text/javascript,${encodeURIComponent(code)}`;
    const engine = await wakefulEngine({ threads: 1, deterministic: true, workerUrl }, host);
    const logits = new Float32Array(new SharedArrayBuffer(4 * 3_000_000)).fill(0.5);
    const targets = new Int32Array(3000);
    const [first, second] = [engine.crossEntropy(logits, targets), engine.crossEntropy(logits, targets)];
    await expect(first).rejects.toThrow(new RangeError("broken by the test"));
    expect(await second).toBe(deterministic.crossEntropy(Float32Array.from(logits), targets));
    expect(engine.info()).toMatchObject({ pending: 0, takenBytes: 0 });
    expect(host.workers).toHaveLength(1);
    await engine.close();
  });

  it("a worker that cannot start again closes the engine in the end", async () => {
    let starts = 0;
    const failing = watchedHost();
    const flaky = {
      ...failing,
      start: (url: URL | string | undefined, events: Parameters<typeof failing.start>[1]) =>
        failing.start(starts++ === 0 ? url : "data:text/javascript,throw new Error('no')", events),
    };
    const engine = await wakefulEngine({ threads: 1, deterministic: true }, flaky);
    await failing.workers[0]?.kill();
    const call = engine.crossEntropy(new Float32Array(3e6), new Int32Array(3000));
    await expect(call).rejects.toThrow(EngineClosedError);
    await expect(call).rejects.toThrow(/no worker can be started any more: Error: no/);
    await engine.close();
  });
});
