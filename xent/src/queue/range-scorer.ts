import { scoreCompute, scoreSpec } from "../cli/score.js";
import { ScoreSums } from "../cli/score-sums.js";
import { fingerprintOf } from "../cli/scoring-run.js";
import type { ScoringEngine } from "../cli/seams.js";
import { differences, type Identity, listed } from "../cli/stream/identity.js";
import { type Inputs, openInputs } from "../cli/stream/inputs.js";
import { streamRows } from "../cli/stream/stream-rows.js";
import { scoreTableShape } from "../cli/tables/score-table-shape.js";
import { InputError } from "../files/input-error.js";
import type { OpenHow } from "../files/open-input.js";
import { version } from "../version.js";
import type { RangeJob, RangeResult } from "./range-job.js";
import { isRangeTable, writeRangeTable } from "./range-table.js";

/** Scores ranges of rows, one after the other. The files of the last run stay open: the next range is most likely of the same run. */
export class RangeScorer {
  readonly #engine: ScoringEngine;
  readonly #how: OpenHow;
  #open: { readonly key: string; readonly inputs: Inputs; readonly fingerprint: Identity } | undefined;

  constructor(engine: ScoringEngine, how: OpenHow) {
    this.#engine = engine;
    this.#how = how;
  }

  /** @throws InputError for a job of another version, and for files that are not those of the submitter */
  async score(job: RangeJob): Promise<RangeResult> {
    const begun = performance.now();
    if (job.version !== version) {
      throw new InputError(
        `is xent ${version}, but the run is of xent ${job.version}; install that version (npm install xent@${job.version})`,
      );
    }
    const { options, range, table } = job;
    if (table !== null && !isRangeTable(table)) throw new InputError(`${table}: is not the name of a part of a table`);
    const inputs = await this.#inputsOf(job);
    const sums = new ScoreSums(undefined, 0, inputs);
    const compute = scoreCompute(this.#engine, inputs, options, options.topK);
    const rows = { ignoreIndex: options.ignoreIndex, firstRow: range.from, endRow: range.to, rowValues: 2 * options.topK };
    const through = async (add: (batch: Awaited<ReturnType<typeof compute>>) => Promise<void>) => {
      for await (const batch of streamRows(inputs, this.#engine, rows, compute)) {
        sums.add(batch);
        await add(batch);
      }
      for (const file of inputs.files) await file.checkUnchanged();
    };
    if (table === null) await through(async () => {});
    else {
      const shape = scoreTableShape({ ignoreIndex: options.ignoreIndex, topK: options.topK, textOf: undefined });
      await writeRangeTable(table, shape, through);
    }
    return { ...sums.snapshot(), seconds: (performance.now() - begun) / 1000 };
  }

  close(): void {
    this.#open?.inputs.close();
    this.#open = undefined;
  }

  async #inputsOf({ options, fingerprint }: RangeJob): Promise<Inputs> {
    const key = JSON.stringify([options, fingerprint]);
    if (this.#open?.key === key) return this.#open.inputs;
    this.close();
    const spec = scoreSpec(options);
    const inputs = await openInputs(spec.choices, this.#how);
    try {
      const own = await fingerprintOf(spec, inputs, inputs.files, this.#engine);
      const different = differences(fingerprint, own, ["at the submitter", "here"]);
      if (different.length > 0) {
        throw new InputError(
          `finds other files than the submitter: ${listed(different)}; copy the files with their times, or share them`,
        );
      }
      this.#open = { key, inputs, fingerprint: own };
      return inputs;
    } catch (error) {
      inputs.close();
      throw error;
    }
  }
}
