import { writeWhole } from "../files/output.js";
import type { ReportMeta } from "../report/page/report-meta.js";
import { version } from "../version.js";
import type { PassageTexts } from "./passage-texts.js";
import type { RunOptions } from "./run-options.js";
import type { ScoringRun } from "./scoring-run.js";
import type { Sink } from "./stream/sink.js";

interface BatchOfTargets {
  readonly firstRow: number;
  readonly targets: Int32Array;
}

/** The targets of a batch, with their texts if there is a passage. */
export interface TextColumns extends BatchOfTargets {
  readonly texts?: readonly string[];
}

/** Collects the data of a page, in memory that does not grow with the text. */
export interface ReportSource<Batch> {
  add(batch: Batch, rows: TextColumns): void;
  snapshot(): unknown;
  /** Renders the page. */
  page(): string;
}

/** An HTML page about all rows, written once the last row is done. */
export class ReportFile<Batch extends BatchOfTargets> implements Sink<Batch> {
  readonly #path: string;
  readonly #source: ReportSource<Batch>;
  readonly #texts: PassageTexts | undefined;

  constructor(path: string, source: ReportSource<Batch>, texts: PassageTexts | undefined) {
    this.#path = path;
    this.#source = source;
    this.#texts = texts;
  }

  add(batch: Batch): void {
    const { firstRow, targets } = batch;
    const texts = this.#texts?.slice(firstRow, firstRow + targets.length);
    this.#source.add(batch, { firstRow, targets, ...(texts && { texts }) });
  }

  snapshot(): unknown {
    return this.#source.snapshot();
  }

  async finish(): Promise<void> {
    await writeWhole(this.#path, this.#source.page());
  }
}

/** The title and the facts of a page. Equal runs give equal facts: no time, no thread count. */
export function reportMeta(title: string, { inputs, texts }: ScoringRun, options: RunOptions): ReportMeta {
  const { softcap, temperature, ignoreIndex, deterministic, passage } = options;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ...inputs.logits.map((tensor, index) => [index === 0 ? "logits" : "compared with", describe(tensor)] as const),
    ["targets", describe(inputs.targets)],
    ["classes in use", inputs.logits.some(({ columns }) => columns !== inputs.classes) ? String(inputs.classes) : undefined],
    ["mask", inputs.mask && describe(inputs.mask)],
    ["documents", inputs.documents && describe(inputs.documents)],
    ["shift", inputs.shift.by === 0 ? undefined : String(inputs.shift.by)],
    ["passage", passage],
    ["ignore index", String(ignoreIndex)],
    ["softcap", softcap?.toString()],
    ["temperature", temperature?.toString()],
    ["kernels", deterministic ? "deterministic" : undefined],
    ["wasm-cross-entropy", version],
  ];
  return {
    title,
    facts: facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    tokenText: texts?.tokenText,
  };
}

function describe({ label, dtype, shape }: ScoringRun["inputs"]["logits"][number] | ScoringRun["inputs"]["targets"]): string {
  return `${label}, ${dtype} [${shape.join(", ")}]`;
}
