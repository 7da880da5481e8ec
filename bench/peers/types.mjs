/**
 * What a peer's file tells: `npm run bench` reads the entries without loading the library; `open` runs in the host only, where
 * the library may be imported.
 *
 * @typedef {import("../../xent/build/bench/types.js").Problem & { targets: Int32Array }} Problem
 *
 * @typedef {object} Held A problem in the library's hands.
 * @property {() => number | Promise<number>} run the timed call: the mean loss, and its gradient in the entries with one
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} rowLosses
 * @property {() => Float32Array} [gradient] of the last run
 *
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} label
 * @property {"js" | "memory"} data where the logits lie when the clock starts and where the gradient must be when it stops:
 *   arrays of JS, or the library's own
 * @property {boolean} [detail] in the table of everything only
 * @property {boolean} [async] `run` returns a promise
 * @property {number} bound of the row error: what the library is known to be off by, rounded up
 * @property {number} [gradBound] of the gradient error
 * @property {(problem: Problem) => Held | Promise<Held>} open
 *
 * @typedef {object} Peer
 * @property {readonly [string, ...string[]]} packages of npm that it needs; the version of the first is reported
 * @property {() => Promise<unknown>} load imports them, or throws
 * @property {readonly Entry[]} forward
 * @property {readonly Entry[]} gradient
 */
export {};
