import { parseArgs } from "node:util";
import { InputError } from "../files/input-error.js";

/** An option that takes a value ("string") or none ("boolean"). */
export type OptionKinds = Readonly<Record<string, "string" | "boolean">>;

/** A command's parsed arguments. */
export interface ParsedArguments {
  /** Whether an option without value is given. */
  has(name: string): boolean;
  /** @returns the value of an option, or undefined when it is not given */
  text(name: string): string | undefined;
  /** @throws InputError when the value is not a number for which `accepts` holds; `expected` says which */
  number(name: string, expected: string, accepts: (value: number) => boolean): number | undefined;
  readonly files: readonly string[];
}

const SHORT: Readonly<Record<string, string>> = { h: "help" };

/**
 * Parses a command's arguments. `--help` and `-h` are options of every command.
 * @throws InputError for an unknown option, a missing or a superfluous value
 */
export function parseArguments(command: string, argv: readonly string[], kinds: OptionKinds): ParsedArguments {
  const known: OptionKinds = { ...kinds, help: "boolean" };
  const options = Object.fromEntries(Object.entries(known).map(([name, type]) => [name, { type }]));
  // not strict: so that "--ignore-index -1" is a value, and the messages are ours, one line each
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true });
  const values = new Map<string, string | true>();
  const files: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") files.push(token.value);
    if (token.kind !== "option") continue;
    const name = token.rawName.startsWith("--") ? token.name : SHORT[token.name];
    const kind = name !== undefined && Object.hasOwn(known, name) ? known[name] : undefined;
    if (name === undefined || kind === undefined) {
      throw new InputError(`unknown option ${token.rawName}; see xent ${command} --help`);
    }
    values.set(name, kind === "string" ? requireValue(token) : refuseValue(token));
  }
  const text = (name: string) => {
    const value = values.get(name);
    return value === true ? undefined : value;
  };
  return {
    has: (name) => values.has(name),
    text,
    number(name, expected, accepts) {
      const given = text(name);
      if (given === undefined) return undefined;
      const value = given.trim() === "" ? Number.NaN : Number(given);
      if (Number.isNaN(value) || !accepts(value)) {
        throw new InputError(`--${name}: expected ${expected}, got ${JSON.stringify(given)}`);
      }
      return value;
    },
    files,
  };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function requireValue(token: OptionToken): string {
  const { value } = token;
  // "--logits --targets b.npy": the value is forgotten; a file named --x can be given as --logits=--x
  if (value === undefined || value === "" || (token.inlineValue !== true && value.startsWith("--"))) {
    throw new InputError(`${token.rawName}: expected a value after it`);
  }
  return value;
}

function refuseValue(token: OptionToken): true {
  if (token.value !== undefined) throw new InputError(`${token.rawName}: takes no value, got "${token.value}"`);
  return true;
}
