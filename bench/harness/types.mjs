/**
 * The words of the harness. A suite names shapes and groups; a problem is one shape's input; every contender of a group is
 * opened, checked, warmed up and then sampled once a round; figures are what the samples come to.
 *
 * @typedef {{ rows: number, classes: number }} Shape
 *
 * @typedef {"float32" | "float16" | "bfloat16"} FloatType
 *
 * @typedef {object} Problem The input of one shape, the same for every contender and in every run.
 * @property {number} rows
 * @property {number} classes
 * @property {number} elements rows x classes
 * @property {Float32Array} logits or what else the function takes first: log-probabilities, probabilities
 * @property {Int32Array | Float32Array} targets class indices, one a row, or floats, one an element
 *
 * @typedef {object} Expected What the f64 reference makes of a problem.
 * @property {ArrayLike<number>} [rows] one loss a row, in nats; one an element of the functions that give so many
 * @property {number} value what the timed call must return
 * @property {ArrayLike<number>} [grad] what it must have written then
 *
 * @typedef {object} Opened A contender holding a problem, ready to be called again and again.
 * @property {() => number | Promise<number>} run the timed call
 * @property {Written} [grad] where every `run` writes the gradient; or the result of a function that gives no loss
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} [rowLosses] the same call, one loss a row: checked, not timed
 * @property {(minTime: number) => Sampled} [sampler] takes the samples, in place of the harness, of `minTime` seconds at least: one
 *   that runs in another process has its own clock, and the same rule (sampler.mjs)
 * @property {() => void | Promise<void>} close gives back what opening took
 *
 * @typedef {object} Written An array that the timed call writes, wherever it is.
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} read
 * @property {() => void | Promise<void>} clear fills it with NaN, so that what is read later was written later
 *
 * @typedef {object} Sampled
 * @property {() => Promise<number>} sample seconds a call
 * @property {number} lastValue what the last timed call returned
 *
 * @typedef {object} Contender
 * @property {string} id stable: figures of different runs are matched by it
 * @property {string} label
 * @property {"plain" | "relaxed"} [variant] build of the kernels, for the package's own contenders
 * @property {"js" | "memory"} data where the logits lie when the clock starts: a JS array, or the memory that the kernels read
 * @property {FloatType} [type] of the logits that it is given, float32 unless said
 * @property {boolean} [detail] one that others are compared with: in the table of everything, not in the summary
 * @property {boolean} [async] `run` returns a promise; the clock stops when it resolves
 * @property {number} bound greatest row error allowed; the bench stops on a greater one
 * @property {() => string | undefined | Promise<string | undefined>} missing why it cannot run here; undefined when it can
 * @property {(problem: Problem) => Opened | Promise<Opened>} open
 *
 * @typedef {object} Comparison The time of one contender over that of another, round by round, where both ran.
 * @property {string} label
 * @property {string} of id
 * @property {string} over id
 *
 * @typedef {object} Source Where the input comes from, and what is right for it. Groups in a row with one source share both.
 * @property {(shape: Shape) => Problem} problem
 * @property {(problem: Problem, type: FloatType) => Expected} expected of the logits as this type holds them
 *
 * @typedef {object} Group What takes turns with each other: a line of the summary for each shape.
 * @property {string} [label] what it is, where a suite has several groups
 * @property {readonly Contender[]} contenders the first is the baseline
 * @property {readonly Comparison[]} [comparisons]
 * @property {Source} source
 *
 * @typedef {object} Suite One result file and one table.
 * @property {string} name stem of the result file and name of the marker in the documents
 * @property {string} title
 * @property {string} input how it is drawn, for the result file
 * @property {string} [labels] what the groups' labels are: heading over them in the tables
 * @property {readonly Shape[]} shapes
 * @property {readonly Group[]} groups each is measured at each shape
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
 * @property {FloatType} [type] where it is not float32
 * @property {boolean} [detail] as of the contender
 * @property {number} [rowError] worst |loss - reference| / max(1, |reference|) over the rows (or elements)
 * @property {number} bound of the row error
 * @property {number} [gradError] worst |gradient - reference| / largest |reference| of the row
 * @property {Spread} nsPerElement
 * @property {Spread} ratio times the baseline's speed, per round: above 1 is faster than the baseline
 * @property {number} elementsPerSecond
 * @property {number} gigabytesPerSecond
 * @property {number[]} samples seconds a call, one a round
 *
 * @typedef {{ label: string, ratio: Spread }} Compared a comparison's times: above 1 is slower than what it is compared with
 *
 * @typedef {object} LineFigures A group at a shape.
 * @property {number} rows
 * @property {number} classes
 * @property {string} [label] what the tables say instead of rows x classes
 * @property {number} warmUpRounds
 * @property {Figures[]} contenders the first is the baseline
 * @property {Compared[]} [comparisons]
 *
 * @typedef {object} Result What a result file holds.
 * @property {1} schema
 * @property {string} name
 * @property {string} title
 * @property {string} date ISO 8601
 * @property {import("./environment.mjs").Environment} environment
 * @property {Settings & { input: string, lines?: string }} options lines: heading over the lines of the tables, where they are
 *   not rows x classes
 * @property {Record<string, string>} missing contender id -> why it did not run
 * @property {LineFigures[]} shapes
 */
export {};
