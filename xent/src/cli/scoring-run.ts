import { resolve } from "node:path";
import { ByteFile } from "../files/byte-file.js";
import { version } from "../version.js";
import { PassageTexts } from "./passage-texts.js";
import type { RunOptions } from "./run-options.js";
import type { ScoringEngine, Seams, Terminal } from "./seams.js";
import { Checkpoint, type Progressed } from "./stream/checkpoint.js";
import { fileIdentity, type Identity } from "./stream/identity.js";
import { type InputChoices, type Inputs, openInputs } from "./stream/inputs.js";

/** The state of `xent score` and `xent compare`: open files, a running engine, and the checkpoint to resume from. */
export interface ScoringRun {
  readonly inputs: Inputs;
  readonly engine: ScoringEngine;
  /** Texts of the targets, if a passage is given. */
  readonly texts: PassageTexts | undefined;
  readonly checkpoint: Checkpoint;
  /** Progress of the interrupted run that this one resumes. */
  readonly before: Progressed | undefined;
  readonly terminal: Terminal;
  readonly batchBytes: number | undefined;
}

export interface RunSpec {
  readonly command: string;
  readonly options: RunOptions;
  readonly choices: InputChoices;
  /** Options of this command alone that the results depend on, by name. */
  readonly settings: Identity;
}

/**
 * Opens and checks the files, starts the engine, calls `work`, then closes both.
 * @throws InputError for files that cannot be used or do not match each other, and for a checkpoint of another run
 */
export async function scoringRun<Result>(
  { command, options, choices, settings }: RunSpec,
  terminal: Terminal,
  seams: Seams,
  work: (run: ScoringRun) => Promise<Result>,
): Promise<Result> {
  const inputs = await openInputs(choices);
  try {
    const texts = options.passage === undefined ? undefined : new PassageTexts(options.passage, inputs);
    const createEngine = await seams.loadEngine();
    const { threads, deterministic } = options;
    const engine = await createEngine({ ...(threads !== undefined && { threads }), deterministic });
    try {
      const identity = {
        command,
        version,
        kernels: engine.info().variant,
        ...identityOf(options, choices),
        ...settings,
        ...filesIdentity(inputs.files, options.passage),
      };
      const checkpoint = new Checkpoint(options.checkpoint, identity);
      const before = options.resume ? checkpoint.load() : undefined;
      return await work({ inputs, engine, texts, checkpoint, before, terminal, batchBytes: seams.batchBytes });
    } finally {
      await engine.close();
    }
  } finally {
    inputs.close();
  }
}

/** The options that the results depend on; `--threads`, `--json` and other printing options are not among them. */
function identityOf(options: RunOptions, { logits, targets, tokenBytes }: InputChoices): Identity {
  const { ignoreIndex, softcap, temperature, tokens, report } = options;
  const given: Readonly<Record<string, string | number | undefined>> = {
    tensors: [...logits, targets, ...(tokenBytes ? [tokenBytes] : [])].map(({ name }) => JSON.stringify(name)).join(", "),
    "--ignore-index": ignoreIndex,
    "--softcap": softcap,
    "--temperature": temperature,
    "--tokens": tokens && resolve(tokens.path),
    "--report": report && resolve(report),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

function filesIdentity(files: readonly ByteFile[], passage: string | undefined): Identity {
  const texts = passage === undefined ? undefined : new ByteFile(passage);
  try {
    return Object.assign({}, ...[...files, ...(texts ? [texts] : [])].map((file, index) => fileIdentity(file, index + 1)));
  } finally {
    texts?.close();
  }
}
