/**
 * Longest time that the page could do nothing else while `work` was going on, in milliseconds: gaps between messages that it
 * sends itself. The best of many runs, until one is below `limit`: other processes of the machine make gaps too.
 */
export async function longestBlock(work: () => Promise<unknown>, limit: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 20 && best >= limit; attempt++) best = Math.min(best, await longestGap(work));
  return best;
}

async function longestGap(work: () => Promise<unknown>): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  let longest = 0;
  let last = performance.now();
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    port1.onmessage = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (isOver) resolve();
      else port2.postMessage(null);
    };
  });
  port2.postMessage(null);
  await work();
  isOver = true;
  await ended;
  port1.close();
  return longest;
}
