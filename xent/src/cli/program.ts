import { Command } from "commander";
import { version } from "../version.js";
import { addBenchOptions, type BenchFlags, benchOptions } from "./bench-options.js";
import { addCompareOptions, type CompareFlags, compareOptions } from "./compare-options.js";
import { addConvertOptions, type ConvertFlags, convertOptions } from "./convert-options.js";
import { addEvalOptions, type EvalFlags, evalOptions } from "./eval-options.js";
import { addMergeOptions, type MergeFlags, mergeOptions } from "./merge-options.js";
import { addScoreOptions, type ScoreFlags, scoreOptions } from "./score-options.js";
import type { Seams, Terminal } from "./seams.js";
import { addWorkerOptions, type WorkerFlags, workerOptions } from "./worker-options.js";

/** Runs a command and returns its exit code. */
type Work = (terminal: Terminal, seams: Seams) => Promise<number>;

/** Columns at which help is wrapped. */
const WIDTH = 100;

/**
 * The command line of `xent`. Only the requested command's modules are loaded.
 * @param start called with the requested command, after its options are checked
 * @param help called with the text of a help or a version
 */
export function programFor(start: (work: Work) => Promise<void>, help: (text: string) => void): Command {
  const program = new Command("xent")
    .description("Scores and compares files of logits, and texts: loss, perplexity, bits per byte, KL divergence.")
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    // run.ts reports errors
    .configureOutput({ writeOut: help, writeErr: () => {}, getOutHelpWidth: () => WIDTH });

  addScoreOptions(program.command("score")).action(async (files: string[], flags: ScoreFlags) => {
    const options = scoreOptions(files, flags);
    const { queue } = options;
    if (queue !== undefined) {
      const { scoreByQueue } = await import("./score-queue.js");
      return start((...run) => scoreByQueue(options, queue, ...run));
    }
    const { score } = await import("./score.js");
    await start((...run) => score(options, ...run));
  });
  addCompareOptions(program.command("compare")).action(async (base: string, other: string, flags: CompareFlags) => {
    const options = compareOptions(base, other, flags);
    const { compare } = await import("./compare.js");
    await start((...run) => compare(options, ...run));
  });
  addConvertOptions(program.command("convert")).action(async (file: string, flags: ConvertFlags) => {
    const options = convertOptions(file, flags);
    const { convert } = await import("./convert.js");
    await start((terminal) => convert(options, terminal));
  });
  addMergeOptions(program.command("merge")).action(async (parts: string[], flags: MergeFlags) => {
    const options = mergeOptions(parts, flags);
    const { merge } = await import("./merge.js");
    await start((terminal) => merge(options, terminal));
  });
  addEvalOptions(program.command("eval")).action(async (flags: EvalFlags) => {
    const options = evalOptions(flags);
    const { evaluate } = await import("./eval.js");
    await start((...run) => evaluate(options, ...run));
  });
  addWorkerOptions(program.command("worker")).action(async (flags: WorkerFlags) => {
    const options = workerOptions(flags);
    const { worker } = await import("./worker.js");
    await start((...run) => worker(options, ...run));
  });
  addBenchOptions(program.command("bench")).action(async (flags: BenchFlags) => {
    const options = benchOptions(flags);
    const { bench } = await import("./bench.js");
    await start((...run) => bench(options, ...run));
  });
  program
    .command("info")
    .summary("versions, processor, SIMD support and kernels in use")
    .description(
      "Prints the versions, the processor, the SIMD instructions that the runtime supports, the kernels in use and the size of " +
        "their WebAssembly memory.",
    )
    .option("--json", "print one JSON object")
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { info } = await import("./info.js");
      await start((...run) => info({ json }, ...run));
    });
  return program;
}
