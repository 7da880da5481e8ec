/**
 * The interface of a peer's file. `npm run bench` reads the entries without loading the library; `open` runs only in the
 * host, which may import it.
 *
 * @typedef {import("../../xent/build/bench/types.js").Problem & { targets: Int32Array }} Problem
 *
 * @typedef {object} Held a problem that the library has loaded
 * @property {() => number | Promise<number>} run the timed call: the mean loss, in entries of `gradient` also its gradient
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} rowLosses
 * @property {() => Float32Array} [gradient] of the last run
 *
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} label
 * @property {"js" | "memory"} data where the logits are when the clock starts, and where the gradient must be
 * when it stops: JS arrays,
 *   or the library's own
 * @property {boolean} [detail] only in the table of details
 * @property {boolean} [async] `run` returns a promise
 * @property {number} bound of the row error: the library's known error, rounded up
 * @property {number} [gradBound] of the gradient error
 * @property {(problem: Problem) => Held | Promise<Held>} open
 *
 * @typedef {object} Peer
 * @property {readonly [string, ...string[]]} packages the npm packages it needs; the version of the first is reported
 * @property {() => Promise<unknown>} load imports the packages, or throws
 * @property {readonly Entry[]} forward
 * @property {readonly Entry[]} gradient
 */
export {};
