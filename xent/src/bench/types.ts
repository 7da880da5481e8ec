/**
 * The terms of the harness. A suite lists shapes and groups; a problem is the input of one shape; every contender of a group is
 * opened, checked, warmed up and then sampled once per round; figures summarise the samples.
 */

export interface Shape {
  readonly rows: number;
  readonly classes: number;
}

export type FloatType = "float32" | "float16" | "bfloat16";

/** The input of one shape, the same for every contender and in every run. */
export interface Problem extends Shape {
  /** rows x classes */
  readonly elements: number;
  /** The function's first argument: logits, log-probabilities or probabilities. */
  readonly logits: Float32Array;
  /** Class indices, one per row; or floats, one per element. */
  readonly targets: Int32Array | Float32Array;
}

/** The expected results of a problem. */
export interface Expected {
  /** One loss per row, in nats; one per element for elementwise losses. */
  readonly rows?: ArrayLike<number>;
  /** What the timed call must return. */
  readonly value: number;
  /** What the timed call must write. */
  readonly grad?: ArrayLike<number>;
}

/** A contender that holds a problem, ready for repeated calls. */
export interface Opened {
  /** The timed call. */
  run(): number | Promise<number>;
  /** The array to which every `run` writes the gradient, or the result of a function that returns no loss. */
  readonly grad?: Written;
  /** The same call with one loss per row: for the check, not timed. */
  rowLosses?(): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** Samples by its own clock, at least `minTime` seconds per sample: for contenders in another process. */
  sampler?(minTime: number): Sampled;
  /** Version of the other library. */
  readonly version?: string | undefined;
  /** Frees what opening allocated. */
  close(): void | Promise<void>;
}

/** The array that the timed call writes, possibly in another process. */
export interface Written {
  read(): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** Fills the array with NaN, so that a later `read` returns only what was written since. */
  clear(): void | Promise<void>;
}

/** One contender under a clock. */
export interface Sampled {
  /**
   * Makes one untimed call, then as many timed calls as fill the minimum time of a sample.
   * @returns mean seconds per call
   */
  sample(): Promise<number>;
  /** What the last timed call returned. */
  readonly lastValue: number;
}

/** Puts a call under a clock. */
export type MakeSampler = (name: string, run: Opened["run"], options: { async: boolean; minTime: number }) => Sampled;

export interface Contender {
  /** Stable: figures of different runs are matched by it. */
  readonly id: string;
  readonly label: string;
  /** Build of the kernels, for the package's own contenders. */
  readonly variant?: "plain" | "relaxed";
  /** Where the logits lie when the clock starts: in a JS array, or in the memory that the kernels read. */
  readonly data: "js" | "memory";
  /** Type of the logits. Default float32. */
  readonly type?: FloatType;
  /** Only in the detail table, not in the summary: a contender that others are compared with. */
  readonly detail?: boolean;
  /** The library, if it is another one. */
  readonly peer?: string;
  /** `run` returns a promise; the clock stops when it resolves. */
  readonly async?: boolean;
  /** Greatest row error allowed; a greater one stops the bench. */
  readonly bound: number;
  /** Greatest gradient error allowed. Default 2e-6. */
  readonly gradBound?: number;
  /** Returns why the contender cannot run here; undefined if it can. */
  missing(): string | undefined | Promise<string | undefined>;
  open(problem: Problem): Opened | Promise<Opened>;
}

/** The ratio of two contenders' times, round by round. Left out unless both ran. */
export interface Comparison {
  readonly label: string;
  /** Id of the contender in the numerator. */
  readonly of: string;
  /** Id of the contender in the denominator. */
  readonly over: string;
}

/** Makes the input and its expected results. Consecutive groups with the same source share both. */
export interface Source {
  problem(shape: Shape): Problem;
  /** Returns the expected results for the logits rounded to `type`. */
  expected(problem: Problem, type: FloatType): Expected;
}

/** Contenders that take turns with each other. A group is one line of the summary per shape. */
export interface Group {
  /** Name of the group, if the suite has several. */
  readonly label?: string;
  /** The first is the baseline. */
  readonly contenders: readonly Contender[];
  readonly comparisons?: readonly Comparison[];
  readonly source: Source;
}

/** One result file and one table. */
export interface Suite {
  /** Stem of the result file and name of the marker in the documents. */
  readonly name: string;
  readonly title: string;
  /** Describes the input in the result file. */
  readonly input: string;
  /** Heading over the groups' labels in the tables. */
  readonly labels?: string;
  /** Takes minutes: runs only when named, or in a full run. */
  readonly fullOnly?: boolean;
  /** What a line of the summary stands for. Default: a shape. */
  readonly linePer?: "contender";
  readonly shapes: readonly Shape[];
  /** Every group is measured at every shape. */
  readonly groups: readonly Group[];
}

/** Number and duration of the samples. */
export interface Settings {
  readonly mode: "quick" | "full";
  /** Samples per contender, not counting the warm-up. */
  readonly rounds: number;
  /** Minimum seconds per sample: a faster call is repeated. */
  readonly minTime: number;
  /** Most warm-up samples per contender. */
  readonly warmUpRounds: number;
}

export interface Spread {
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
}

/** The results of one contender. */
export interface Figures extends Pick<Contender, "id" | "label" | "variant" | "data" | "type" | "detail" | "peer" | "bound"> {
  /** Version of the other library. */
  readonly version?: string;
  /** Worst |loss - reference| / max(1, |reference|) over the rows (or elements). */
  readonly rowError?: number;
  /** Worst |gradient - reference| / largest |reference| of the row. */
  readonly gradError?: number;
  readonly nsPerElement: Spread;
  /** Speed relative to the baseline, taken per round: above 1 is faster. */
  readonly ratio: Spread;
  readonly elementsPerSecond: number;
  readonly gigabytesPerSecond: number;
}

/** A measured comparison. A ratio above 1 means that the numerator's contender is slower. */
export interface Compared {
  readonly label: string;
  readonly ratio: Spread;
}

/** The results of one group at one shape. */
export interface LineFigures extends Shape {
  /** Name of the line in the tables. Default: rows x classes. */
  readonly label?: string;
  readonly warmUpRounds: number;
  /** The first is the baseline. */
  readonly contenders: readonly Figures[];
  readonly comparisons?: readonly Compared[];
}

/** The machine, the runtime and the package that the figures belong to. */
export interface Environment {
  /** Model of the processor. */
  readonly cpu: string;
  /** Cores that this process may use. */
  readonly cores: number;
  /** The machine's load average over one minute when the bench began; 0 is idle. */
  readonly load: number;
  readonly platform: string;
  readonly runtime: Runtime;
  readonly package: MeasuredPackage;
}

export interface Runtime {
  readonly name: "node" | "chromium";
  readonly version: string;
  readonly major: number;
  readonly v8: string;
  readonly flags: readonly string[];
}

export interface MeasuredPackage {
  readonly version: string;
  /** Measured commit; null outside a git clone. */
  readonly commit: string | null;
  /** Whether the sources differed from the commit; null outside a git clone. */
  readonly modified: boolean | null;
}

/** The contents of a result file. */
export interface Result {
  readonly schema: 1;
  readonly name: string;
  readonly title: string;
  /** ISO 8601 */
  readonly date: string;
  readonly environment: Environment;
  /** `lines` is the heading over the tables' lines. Default: rows x classes. */
  readonly options: Settings & { readonly input: string; readonly lines?: string; readonly linePer?: "contender" };
  /** Maps the ids of contenders that did not run to the reasons. */
  readonly missing: Readonly<Record<string, string>>;
  readonly shapes: readonly LineFigures[];
}
