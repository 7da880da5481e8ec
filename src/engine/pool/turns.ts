/** Copying much in turns of the event loop, so that nobody else waits for long. */

/** Milliseconds that are copied in one go. */
export const TURN = 8;

/** Elements between two looks at the clock. */
const STEP = 262144;

/** Arrays whose elements one `set` copies. */
export type Copyable = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;

/** target = source, from its own turn on and as many more as it takes; stops where `goesOn` says no. */
export async function copyInTurns(target: Copyable, source: Copyable, goesOn: () => boolean): Promise<void> {
  let end = performance.now() + TURN;
  for (let at = 0; at < source.length && goesOn(); at += STEP) {
    if (performance.now() > end) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      end = performance.now() + TURN;
    }
    target.set(source.subarray(at, at + STEP), at);
  }
}
