/** A pipeline: the caller handles one batch while the next batches are read and computed. */

/** The steps of a batch. Batches are read one after the other, each into the buffers of a slot; several are computed at once. */
export interface Steps<Item, Read, Done> {
  read(item: Item, slot: number): Promise<Read>;
  compute(read: Read): Promise<Done>;
}

/**
 * Yields the results in the order of `items`. At most `slots` batches are in flight, each in its own slot:
 *
 *     slot 0   read 0 | compute 0 | yield 0 | read 3 ...
 *     slot 1            read 1    | compute 1 | yield 1 | read 4 ...
 *     slot 2                        read 2    | compute 2 ...
 *
 * An error is thrown when its batch is due. Whether the generator finishes, fails or is stopped early, it first waits for all
 * batches in flight.
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
        // the error is thrown at its batch's turn; until then it must not count as unhandled
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
