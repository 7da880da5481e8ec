/** Work on one batch at a time while the next ones are read and computed. */

/** What is done with a batch: read into buffers of a slot, one batch after the other; then computed, several at once. */
export interface Steps<Item, Read, Done> {
  read(item: Item, slot: number): Promise<Read>;
  compute(read: Read): Promise<Done>;
}

/**
 * The results in the order of `items`. At most `slots` batches are under way at any time, each with a slot of its own:
 *
 *     slot 0   read 0 | compute 0 | told 0 | read 3 ...
 *     slot 1            read 1    | compute 1 | told 1 | read 4 ...
 *     slot 2                        read 2    | compute 2 ...
 *
 * A failure is thrown in its batch's turn. However it ends, nothing is under way when it has ended.
 */
export async function* inTurns<Item, Read, Done>(
  items: Iterable<Item>,
  slots: number,
  { read, compute }: Steps<Item, Read, Done>,
): AsyncGenerator<Done> {
  const waiting = items[Symbol.iterator]();
  const underWay: Promise<Done>[] = [];
  let lastRead: Promise<unknown> = Promise.resolve();
  let begun = 0;
  try {
    for (;;) {
      while (underWay.length < slots) {
        const next = waiting.next();
        if (next.done === true) break;
        const slot = begun++ % slots;
        const ready = lastRead.then(() => read(next.value, slot));
        lastRead = ready;
        const done = ready.then(compute);
        // thrown when it is its turn, and not as nobody's before
        done.catch(() => {});
        underWay.push(done);
      }
      const first = underWay[0];
      if (first === undefined) return;
      const result = await first;
      underWay.shift();
      yield result;
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
