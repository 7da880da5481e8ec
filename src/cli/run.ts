import { InputError } from "../files/input-error.js";
import { version } from "../version.js";
import { bench } from "./bench.js";
import { info } from "./info.js";
import { score } from "./score.js";
import { packageSeams, type Seams, type Terminal } from "./seams.js";

const HELP = `usage: xent COMMAND [options]

The cross-entropy family of losses, on files of logits.

commands:
  score  loss, perplexity, bits per byte and accuracy of logits against the tokens that came
  bench  the package's speed on this machine, against a plain JS loop
  info   what the package runs on

  -h, --help     print this; xent COMMAND --help tells about a command
  -v, --version  print the package's version
`;

type Command = (argv: readonly string[], terminal: Terminal, seams: Seams) => Promise<void>;

const COMMANDS: Readonly<Record<string, Command>> = { score, bench, info };

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
    await dispatch(argv, terminal, seams);
    return OK;
  } catch (error) {
    if (error instanceof InputError) {
      terminal.stderr.write(`xent: ${error.message}\n`);
      return BAD_INPUT;
    }
    const trace = error instanceof Error ? error.stack : String(error);
    terminal.stderr.write(`xent: this is a fault of xent, please report it: ${trace}\n`);
    return FAILED;
  }
}

async function dispatch(argv: readonly string[], terminal: Terminal, seams: Seams): Promise<void> {
  const [name, ...rest] = argv;
  if (name === "--help" || name === "-h") terminal.stdout.write(HELP);
  else if (name === "--version" || name === "-v") terminal.stdout.write(`${version}\n`);
  else {
    const names = Object.keys(COMMANDS).join(", ");
    if (name === undefined) throw new InputError(`expected a command: ${names}; see xent --help`);
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw new InputError(`${name}: no such command; expected ${names}; see xent --help`);
    await command(rest, terminal, seams);
  }
}
