/**
 * The scratch regions of attached engines: a table in shared memory, from which a thread takes a region and gives it back.
 *
 * A thread may die while it has a region, and nobody tells the others. But its waiters die with it. The thread that takes a region
 * leaves some asynchronous waiters on one of the region's words. Another thread that needs a region wakes one of them: none there
 * to wake means that the thread is dead. A living thread replaces a woken waiter in one of its next turns. It may not get there
 * (it may compute for hours), so `waiters` counts those that are surely there, and without one left the thread counts as alive.
 *
 * ```text
 * holder    even: free; odd: taken. + 1 when it is taken or given back, + 2 when it is taken from a dead thread
 * waiters   + 1 after a waiter is there, - 1 before one is woken
 * ```
 */
import type { Layout, SharedWords } from "./pool/protocol.js";
import { ATTACHED_REGIONS } from "./pool/protocol.js";

const WAITERS = 8;
/** Not counted: a check that began before the region changed hands may wake one of the new holder's. */
const SPARE = 2;

export interface Region {
  readonly page: number;
  /** Whether the last holder died: its arrays may still be in use elsewhere. */
  readonly isOrphan: boolean;
  release(): void;
}

/**
 * Takes a free region, one whose holder has died, or a new one from `append`. With a full table the new region is never reused.
 *
 * @throws what `append` throws.
 */
export function takeRegion(words: SharedWords, layout: Layout, append: () => number): Region {
  const { array } = words;
  const all = Array.from({ length: ATTACHED_REGIONS }, (_, index) => layout.region(index));
  type Words = (typeof all)[number];

  const taken = ({ page, holder, waiters }: Words, isOrphan: boolean): Region => {
    const release = (): void => {
      words.store(waiters, 0);
      // before another thread can take the region and leave waiters of its own
      words.notify(waiters);
      words.add(holder, 1);
    };
    try {
      if (words.load(page) === 0) words.store(page, append());
    } catch (error) {
      release();
      throw error;
    }
    const held = words.load(holder);
    words.store(waiters, 0);
    for (let i = 0; i < WAITERS + SPARE; i++) wait(array, waiters, () => words.load(holder) === held, i < WAITERS);
    return { page: words.load(page), isOrphan, release };
  };

  const asked = new Set<Words>();
  for (const [pass, least] of [
    ["made", 0],
    // asks each holder once, so that one that computes for hours is not asked until it counts as alive for good
    ["dead", WAITERS],
    ["new", 0],
    ["dead", 1],
  ] as const) {
    for (const region of all) {
      const held = words.load(region.holder);
      const isMade = words.load(region.page) !== 0;
      if (held % 2 !== 0) {
        if (pass !== "dead" || asked.has(region) || words.load(region.waiters) < least) continue;
        asked.add(region);
        if (!isDead(words, region.waiters)) continue;
        if (Atomics.compareExchange(array, region.holder, held, held + 2) === held) return taken(region, true);
      } else if (pass === (isMade ? "made" : "new")) {
        if (Atomics.compareExchange(array, region.holder, held, held + 1) === held) return taken(region, false);
      }
    }
  }
  return { page: append(), isOrphan: false, release: () => {} };
}

/** Whether the thread that has a region is dead; false if none of its waiters is surely there. */
function isDead(words: SharedWords, waiters: number): boolean {
  if (words.add(waiters, -1) <= 0) {
    words.add(waiters, 1);
    return false;
  }
  return Atomics.notify(words.array, waiters, 1) === 0;
}

/** Leaves a waiter on a word, and another one whenever it is woken, as long as `isHeld`. */
function wait(array: Int32Array, word: number, isHeld: () => boolean, isCounted: boolean): void {
  if (!("waitAsync" in Atomics)) return;
  for (;;) {
    const { async: isAsync, value } = Atomics.waitAsync(array, word, Atomics.load(array, word));
    if (!isAsync) continue;
    if (isCounted) Atomics.add(array, word, 1);
    void value.then(() => {
      if (isHeld()) wait(array, word, isHeld, true);
    });
    return;
  }
}
