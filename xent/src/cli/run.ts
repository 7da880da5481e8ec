import { CommanderError } from "commander";
import { InputError } from "../files/input-error.js";
import { OutputError } from "../files/output-error.js";
import { errorLine, oneLine } from "../one-line.js";
import { print } from "./print.js";
import { programFor } from "./program.js";
import { packageSeams, type Seams, type Terminal } from "./seams.js";

/** Exit codes: success; a bug, or output that cannot be written; input that cannot be used. */
const OK = 0;
const FAILED = 1;
const BAD_INPUT = 2;

/**
 * Runs the command line.
 * @param argv arguments after the program's name
 * @returns the exit code, once everything is printed
 */
export async function run(argv: readonly string[], terminal: Terminal, seams: Seams = packageSeams): Promise<number> {
  try {
    return await dispatch(argv, terminal, seams);
  } catch (error) {
    if (error instanceof InputError) {
      terminal.stderr.write(`xent: ${error.message}\n`);
      return BAD_INPUT;
    }
    if (error instanceof OutputError) {
      terminal.stderr.write(`xent: ${error.message}\n`);
      return FAILED;
    }
    const reason = causeOutside(error);
    if (reason !== undefined) {
      terminal.stderr.write(`xent: ${errorLine(reason)}\n`);
      return isLimit(error) ? BAD_INPUT : FAILED;
    }
    const trace = error instanceof Error ? error.stack : String(error);
    terminal.stderr.write(`xent: this is a bug in xent, please report it: ${trace?.split("\n").map(oneLine).join("\n")}\n`);
    return FAILED;
  }
}

/** Whether too many files are open. It shows at any file, also at a module of xent. */
function isLimit(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}

/** What the system or the engine refused: too little memory, too many processes. Undefined for a bug of xent. */
function causeOutside(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (isLimit(error)) return "too many open files; raise the limit (ulimit -n)";
  // the system's errors have both
  if ("code" in error && "syscall" in error) return error.message;
  const isMemory = error instanceof RangeError && /allocation failed|memory/i.test(error.message);
  return isMemory ? `there is too little memory: ${error.message}` : undefined;
}

async function dispatch(argv: readonly string[], terminal: Terminal, seams: Seams): Promise<number> {
  let code = OK;
  let help = "";
  const program = programFor(
    async (work) => {
      code = await work(terminal, seams);
    },
    (text) => {
      help += text;
    },
  );
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) {
      await print(terminal, help);
      return OK;
    }
    const names = program.commands.map((command) => command.name());
    if (argv.length === 0) throw new InputError(`expected a command: ${names.join(", ")}; see xent --help`);
    const [name = ""] = argv;
    throw new InputError(
      `${error.message.replace(/^error: |\.$/g, "")}; see xent ${names.includes(name) ? `${name} ` : ""}--help`,
    );
  }
}
