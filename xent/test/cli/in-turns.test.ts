import fc from "fast-check";
import { expect, test } from "vitest";
import { inTurns } from "../../src/cli/stream/in-turns.js";

/** Lets all pending steps continue, in an order that fast-check chooses. */
function scheduled(scheduler: fc.Scheduler) {
  const log: string[] = [];
  const underWay = new Set<number>();
  const slots = new Map<number, number>();
  let reads = 0;
  const step = async (name: "read" | "compute", item: number) => {
    log.push(`${name} ${item}`);
    await scheduler.schedule(Promise.resolve(), `${name} ${item}`);
    log.push(`${name} ${item} over`);
  };
  return {
    log,
    underWay,
    slots,
    async read(item: number, slot: number) {
      // the consumer has moved past the slot's last batch
      for (const other of underWay) expect(slots.get(other)).not.toBe(slot);
      slots.set(item, slot);
      underWay.add(item);
      expect(++reads).toBe(1);
      await step("read", item);
      reads--;
      return item;
    },
    async compute(item: number) {
      await step("compute", item);
      return item;
    },
  };
}

test("results come in order; a slot is reused only after its result is consumed; one batch is read at a time", async () => {
  const plan = fc.record({ items: fc.nat(12), slots: fc.integer({ min: 1, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plan, async (scheduler, { items, slots }) => {
      const steps = scheduled(scheduler);
      const yielded: number[] = [];
      const all = async () => {
        for await (const item of inTurns(Array(items).keys(), slots, steps)) {
          expect(steps.underWay.size).toBeLessThanOrEqual(slots);
          yielded.push(item);
          steps.underWay.delete(item);
        }
      };
      const over = all();
      await scheduler.waitFor(over);
      expect(yielded).toEqual([...Array(items).keys()]);
    }),
    { numRuns: 100 },
  );
});

test("the next batch is read while one is computed", async () => {
  let goOn = () => {};
  const read: number[] = [];
  const computing = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const results = inTurns([0, 1, 2, 3], 3, {
    async read(item: number) {
      read.push(item);
      // batch 0 is not computed until the last slot has been read
      if (item === 2) goOn();
      return item;
    },
    async compute(item: number) {
      await computing;
      return item;
    },
  });
  expect((await results.next()).value).toBe(0);
  expect(read).toEqual([0, 1, 2]);
  await results.return(undefined);
});

test.each(["read", "compute"] as const)(
  "a failure to %s is thrown at its turn, and nothing is in flight after it",
  async (where) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(5), async (scheduler, failing) => {
        const steps = scheduled(scheduler);
        const plain = steps[where];
        const failed = {
          ...steps,
          [where]: async (item: number, slot: number) => {
            await plain(item, slot);
            if (item === failing) throw new Error(`item ${item}`);
            return item;
          },
        };
        const yielded: number[] = [];
        const all = async () => {
          for await (const item of inTurns(Array(8).keys(), 3, failed)) {
            yielded.push(item);
            steps.underWay.delete(item);
          }
        };
        const outcome = all().catch((error: Error) => error.message);
        await scheduler.waitFor(outcome);
        expect(await outcome).toBe(`item ${failing}`);
        expect(yielded).toEqual([...Array(failing).keys()]);
        const begun = steps.log.filter((line) => !line.endsWith("over"));
        expect(steps.log.filter((line) => line.endsWith("over"))).toHaveLength(begun.length);
      }),
      { numRuns: 100 },
    );
  },
);

test("a consumer that stops early waits for the batches in flight", async () => {
  const log: string[] = [];
  const results = inTurns([0, 1, 2, 3, 4], 3, {
    read: async (item: number) => item,
    async compute(item: number) {
      await null;
      log.push(`computed ${item}`);
      return item;
    },
  });
  for await (const item of results) if (item === 0) break;
  log.push("stopped");
  expect(log).toEqual(["computed 0", "computed 1", "computed 2", "stopped"]);
});
