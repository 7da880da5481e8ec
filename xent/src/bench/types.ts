/**
 * The words of the harness. A suite names shapes and groups; a problem is one shape's input; every contender of a group is
 * opened, checked, warmed up and then sampled once a round; figures are what the samples come to.
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
  /** Logits, or what else the function takes first: log-probabilities, probabilities. */
  readonly logits: Float32Array;
  /** Class indices, one a row, or floats, one an element. */
  readonly targets: Int32Array | Float32Array;
}

/** What is right for a problem. */
export interface Expected {
  /** One loss a row, in nats; one an element of the functions that give so many. */
  readonly rows?: ArrayLike<number>;
  /** What the timed call must return. */
  readonly value: number;
  /** What it must have written then. */
  readonly grad?: ArrayLike<number>;
}

/** A contender holding a problem, ready to be called again and again. */
export interface Opened {
  /** The timed call. */
  run(): number | Promise<number>;
  /** Where every `run` writes the gradient; or the result of a function that gives no loss. */
  readonly grad?: Written;
  /** The same call, one loss a row: checked, not timed. */
  rowLosses?(): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** Takes the samples itself, of `minTime` seconds at least: what runs in another process has its own clock and the same rule. */
  sampler?(minTime: number): Sampled;
  /** Of the library, where it is another one. */
  readonly version?: string | undefined;
  /** Gives back what opening took. */
  close(): void | Promise<void>;
}

/** An array that the timed call writes, wherever it is. */
export interface Written {
  read(): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** Fills it with NaN, so that what is read later was written later. */
  clear(): void | Promise<void>;
}

/** One contender under a clock. */
export interface Sampled {
  /**
   * One call outside the clock, then as many as fill the least time of a sample.
   * @returns seconds a call, the mean of the sample
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
  /** Where the logits lie when the clock starts: a JS array, or the memory that the kernels read. */
  readonly data: "js" | "memory";
  /** Of the logits that it is given, float32 unless said. */
  readonly type?: FloatType;
  /** One that others are compared with: in the table of everything, not in the summary. */
  readonly detail?: boolean;
  /** The other library that it is of. */
  readonly peer?: string;
  /** `run` returns a promise; the clock stops when it resolves. */
  readonly async?: boolean;
  /** Greatest row error allowed; the bench stops on a greater one. */
  readonly bound: number;
  /** Greatest gradient error allowed, 2e-6 unless said. */
  readonly gradBound?: number;
  /** Why it cannot run here; undefined when it can. */
  missing(): string | undefined | Promise<string | undefined>;
  open(problem: Problem): Opened | Promise<Opened>;
}

/** The time of one contender over that of another, round by round, where both ran. */
export interface Comparison {
  readonly label: string;
  /** Id of the one. */
  readonly of: string;
  /** Id of the other. */
  readonly over: string;
}

/** Where the input comes from, and what is right for it. Groups in a row with one source share both. */
export interface Source {
  problem(shape: Shape): Problem;
  /** Of the logits as this type holds them. */
  expected(problem: Problem, type: FloatType): Expected;
}

/** What takes turns with each other: a line of the summary for each shape. */
export interface Group {
  /** What it is, where a suite has several groups. */
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
  /** How the input is drawn, for the result file. */
  readonly input: string;
  /** What the groups' labels are: heading over them in the tables. */
  readonly labels?: string;
  /** Takes minutes: run when named, or with all in a full run. */
  readonly fullOnly?: boolean;
  /** What a line of the summary is, a shape unless said. */
  readonly linePer?: "contender";
  readonly shapes: readonly Shape[];
  /** Each is measured at each shape. */
  readonly groups: readonly Group[];
}

/** How long and how often is measured. */
export interface Settings {
  readonly mode: "quick" | "full";
  /** Samples of each contender that count. */
  readonly rounds: number;
  /** Seconds that a sample takes at least: a quicker call is repeated within it. */
  readonly minTime: number;
  /** Most samples of a contender before that. */
  readonly warmUpRounds: number;
}

export interface Spread {
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
}

/** What the samples of one contender come to. */
export interface Figures extends Pick<Contender, "id" | "label" | "variant" | "data" | "type" | "detail" | "peer" | "bound"> {
  /** Of the other library. */
  readonly version?: string;
  /** Worst |loss - reference| / max(1, |reference|) over the rows (or elements). */
  readonly rowError?: number;
  /** Worst |gradient - reference| / largest |reference| of the row. */
  readonly gradError?: number;
  readonly nsPerElement: Spread;
  /** Times the baseline's speed, per round: above 1 is faster than the baseline. */
  readonly ratio: Spread;
  readonly elementsPerSecond: number;
  readonly gigabytesPerSecond: number;
  /** Seconds a call, one a round. */
  readonly samples: readonly number[];
}

/** A comparison's times: above 1 is slower than what it is compared with. */
export interface Compared {
  readonly label: string;
  readonly ratio: Spread;
}

/** A group at a shape. */
export interface LineFigures extends Shape {
  /** What the tables say instead of rows x classes. */
  readonly label?: string;
  readonly warmUpRounds: number;
  /** The first is the baseline. */
  readonly contenders: readonly Figures[];
  readonly comparisons?: readonly Compared[];
}

/** Where and on what was measured: without it a figure means nothing. */
export interface Environment {
  /** Model. */
  readonly cpu: string;
  /** That this process may use. */
  readonly cores: number;
  /** Of the machine when the bench began, averaged over a minute; 0 is idle. */
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
  /** Commit that was measured; null outside of a git clone. */
  readonly commit: string | null;
  /** Whether the sources differed from it. */
  readonly modified: boolean | null;
}

/** What a result file holds. */
export interface Result {
  readonly schema: 1;
  readonly name: string;
  readonly title: string;
  /** ISO 8601 */
  readonly date: string;
  readonly environment: Environment;
  /** `lines`: heading over the lines of the tables, where they are not rows x classes. */
  readonly options: Settings & { readonly input: string; readonly lines?: string; readonly linePer?: "contender" };
  /** Contender id -> why it did not run. */
  readonly missing: Readonly<Record<string, string>>;
  readonly shapes: readonly LineFigures[];
}
