import { InputError } from "../files/input-error.js";
import { OutputError } from "../files/output-error.js";
import { version } from "../version.js";
import { bench } from "./bench.js";
import { compare } from "./compare.js";
import { info } from "./info.js";
import { score } from "./score.js";
import { packageSeams, type Seams, type Terminal } from "./seams.js";

const HELP = `usage: xent COMMAND [options]

The cross-entropy family of losses, on files of logits.

commands:
  score    loss, perplexity, bits per byte and accuracy of logits against the tokens that came
  compare  how far one model's logits are from another's: KL divergence, perplexity ratio
  bench    the package's speed on this machine, against a plain JS loop
  info     what the package runs on

  -h, --help     print this; xent COMMAND --help tells about a command
  -v, --version  print the package's version
`;

/** Gives the exit code. */
type Command = (argv: readonly string[], terminal: Terminal, seams: Seams) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = { score, compare, bench, info };

/** Exit codes: done; a fault of this program or of the output; input that cannot be used. */
const OK = 0;
const FAILED = 1;
const BAD_INPUT = 2;

/**
 * Runs the command line.
 * @param argv arguments after the program's name
 * @returns the exit code; whatever there is to say is written by then
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
    const trace = error instanceof Error ? error.stack : String(error);
    terminal.stderr.write(`xent: this is a fault of xent, please report it: ${trace}\n`);
    return FAILED;
  }
}

async function dispatch(argv: readonly string[], terminal: Terminal, seams: Seams): Promise<number> {
  const [name, ...rest] = argv;
  if (name === "--help" || name === "-h") {
    terminal.stdout.write(HELP);
    return OK;
  }
  if (name === "--version" || name === "-v") {
    terminal.stdout.write(`${version}\n`);
    return OK;
  }
  const names = Object.keys(COMMANDS).join(", ");
  if (name === undefined) throw new InputError(`expected a command: ${names}; see xent --help`);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new InputError(`${name}: no such command; expected ${names}; see xent --help`);
  return command(rest, terminal, seams);
}
