/**
 * The words of the harness. A suite names shapes and contenders; a problem is one shape's input; every contender of it is
 * opened, checked, warmed up and then sampled once a round; figures are what the samples come to.
 *
 * @typedef {{ rows: number, classes: number }} Shape
 *
 * @typedef {object} Problem The input of one shape, the same for every contender and in every run.
 * @property {number} rows
 * @property {number} classes
 * @property {number} elements rows x classes
 * @property {Float32Array} logits
 * @property {Int32Array} targets
 *
 * @typedef {object} Expected What the f64 reference makes of a problem.
 * @property {ArrayLike<number>} rows one loss a row, in nats
 * @property {number} value what the timed call must return
 *
 * @typedef {object} Opened A contender holding a problem, ready to be called again and again.
 * @property {() => number | Promise<number>} run the timed call
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} rowLosses the same, one loss a row: checked, not timed
 * @property {() => void} close gives back what opening took
 *
 * @typedef {object} Contender
 * @property {string} id stable: figures of different runs are matched by it
 * @property {string} label
 * @property {"plain" | "relaxed"} [variant] build of the kernels, for the package's own contenders
 * @property {"js" | "memory"} data where the logits lie when the clock starts: a JS array, or the memory that the kernels read
 * @property {boolean} [async] `run` returns a promise; the clock stops when it resolves
 * @property {number} bound greatest row error allowed; the bench stops on a greater one
 * @property {() => string | undefined | Promise<string | undefined>} missing why it cannot run here; undefined when it can
 * @property {(problem: Problem) => Opened | Promise<Opened>} open
 *
 * @typedef {object} Suite One result file and one table.
 * @property {string} name stem of the result file and name of the marker in the documents
 * @property {string} title
 * @property {string} logits how the logits are drawn, for the result file
 * @property {readonly Shape[]} shapes
 * @property {string} baseline id of the contender that the others are compared with
 * @property {readonly Contender[]} contenders
 * @property {(shape: Shape) => Problem} problem
 * @property {(problem: Problem) => Expected} expected
 *
 * @typedef {object} Settings How long and how often is measured.
 * @property {"quick" | "full"} mode
 * @property {number} rounds samples of each contender that count
 * @property {number} minTime seconds that a sample takes at least: a quicker call is repeated within it
 * @property {number} warmUpRounds most samples of a contender before that
 *
 * @typedef {{ median: number, q1: number, q3: number }} Spread
 *
 * @typedef {object} Figures
 * @property {string} id
 * @property {string} label
 * @property {"plain" | "relaxed"} [variant]
 * @property {"js" | "memory"} data
 * @property {number} rowError worst |loss - reference| / max(1, |reference|) over the rows
 * @property {number} bound
 * @property {Spread} nsPerElement
 * @property {Spread} ratio times the baseline's speed, per round: above 1 is faster than the baseline
 * @property {number} elementsPerSecond
 * @property {number} gigabytesPerSecond
 * @property {number[]} samples seconds a call, one a round
 *
 * @typedef {{ rows: number, classes: number, warmUpRounds: number, contenders: Figures[] }} ShapeFigures
 *
 * @typedef {object} Result What a result file holds.
 * @property {1} schema
 * @property {string} name
 * @property {string} title
 * @property {string} date ISO 8601
 * @property {import("./environment.mjs").Environment} environment
 * @property {Settings & { logits: string, baseline: string }} options
 * @property {Record<string, string>} missing contender id -> why it did not run
 * @property {ShapeFigures[]} shapes
 */
export {};
