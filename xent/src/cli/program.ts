import { Command } from "commander";
import { version } from "../version.js";
import { addBenchOptions, type BenchFlags, benchOptions } from "./bench-options.js";
import { addCompareOptions, type CompareFlags, compareOptions } from "./compare-options.js";
import { addScoreOptions, type ScoreFlags, scoreOptions } from "./score-options.js";
import type { Seams, Terminal } from "./seams.js";

/** What a command does. Gives the exit code. */
type Work = (terminal: Terminal, seams: Seams) => Promise<number>;

/** Columns that help is wrapped to. */
const WIDTH = 100;

/**
 * The command line of `xent`. A command's own modules are loaded when it is the one that is asked for.
 * @param start called with the work of the command that is asked for, its options checked
 */
export function programFor(terminal: Terminal, start: (work: Work) => Promise<void>): Command {
  const program = new Command("xent")
    .description("The cross-entropy family of losses, on files of logits.")
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    // errors are thrown, and reported in one place
    .configureOutput({ writeOut: (text) => terminal.stdout.write(text), writeErr: () => {}, getOutHelpWidth: () => WIDTH });

  addScoreOptions(program.command("score")).action(async (file: string | undefined, flags: ScoreFlags) => {
    const options = scoreOptions(file, flags);
    const { score } = await import("./score.js");
    await start((...run) => score(options, ...run));
  });
  addCompareOptions(program.command("compare")).action(async (base: string, other: string, flags: CompareFlags) => {
    const options = compareOptions(base, other, flags);
    const { compare } = await import("./compare.js");
    await start((...run) => compare(options, ...run));
  });
  addBenchOptions(program.command("bench")).action(async (flags: BenchFlags) => {
    const options = benchOptions(flags);
    const { bench } = await import("./bench.js");
    await start((...run) => bench(options, ...run));
  });
  program
    .command("info")
    .summary("what the library runs on")
    .description(
      "Prints what the library runs on: versions, the processor, which SIMD instructions the runtime has, which kernels are used, " +
        "and the WebAssembly memory they take.",
    )
    .option("--json", "print one JSON object")
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const { info } = await import("./info.js");
      await start((...run) => info({ json }, ...run));
    });
  return program;
}
