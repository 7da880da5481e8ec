import { fstatSync } from "node:fs";
import { resolve } from "node:path";
import { ByteFile } from "../files/byte-file.js";
import { idOf } from "../files/file-kind.js";
import { InputError } from "../files/input-error.js";
import type { InputFile } from "../files/input-file.js";
import { headersOf, titleOf } from "../files/open-input.js";
import { checkOutputs, type OutputChoice, type Tell } from "../files/output.js";
import { errorLine, oneLine } from "../one-line.js";
import { version } from "../version.js";
import { type RowRange, rangeOf, shardText } from "./parts/row-range.js";
import { PassageTexts } from "./passage-texts.js";
import type { RunOptions } from "./run-options.js";
import type { ScoringEngine, Seams, Terminal } from "./seams.js";
import { Checkpoint, type Progressed } from "./stream/checkpoint.js";
import { fileIdentity, type Identity } from "./stream/identity.js";
import { type InputChoices, type Inputs, openInputs } from "./stream/inputs.js";
import { unfinishedOf } from "./tables/token-table.js";

/** The state of `xent score` and `xent compare`: open files, a running engine, and the checkpoint to resume from. */
export interface ScoringRun {
  readonly inputs: Inputs;
  /** The rows to compute: all, or those of a shard. */
  readonly range: RowRange;
  /** Everything that the results of a row depend on. */
  readonly fingerprint: Identity;
  /** All open files, those of the inputs and of the passage. */
  readonly files: readonly InputFile[];
  readonly engine: ScoringEngine;
  /** Texts of the targets, if a passage is given. */
  readonly texts: PassageTexts | undefined;
  readonly checkpoint: Checkpoint;
  /** Progress of the interrupted run that this one resumes. */
  readonly before: Progressed | undefined;
  readonly terminal: Terminal;
  readonly tell: Tell;
  readonly batchBytes: number | undefined;
  readonly saveSeconds: number | undefined;
}

export interface RunSpec {
  readonly command: string;
  readonly options: RunOptions;
  readonly choices: InputChoices;
  /** Options of this command alone that the results depend on, by name. */
  readonly settings: Identity;
  /** Names of the sinks of this command alone. */
  readonly sinks: readonly string[];
}

/**
 * Opens and checks the files, starts the engine, calls `work`, then closes both.
 * @throws InputError for files that cannot be used or do not match each other, and for a checkpoint of another run
 */
export async function scoringRun<Result>(
  { command, options, choices, settings, sinks }: RunSpec,
  terminal: Terminal,
  seams: Seams,
  work: (run: ScoringRun) => Promise<Result>,
): Promise<Result> {
  const how = { http: { headers: headersOf(options.headers), ...seams.http }, stdin: terminal.stdin };
  const inputs = await openInputs(choices, how);
  let passage: ByteFile | undefined;
  try {
    passage = options.passage === undefined ? undefined : new ByteFile(options.passage);
    const files = [...inputs.files, ...(passage ? [passage] : [])];
    const range = options.shard === undefined ? { from: 0, to: inputs.rows } : rangeOf(options.shard, inputs.rows);
    const texts = options.passage === undefined ? undefined : new PassageTexts(options.passage, inputs);
    checkScale(options, inputs);
    noteShift(terminal, choices, inputs);
    const createEngine = await seams.loadEngine();
    const { threads, deterministic } = options;
    const engine = await createEngine({ ...(threads !== undefined && { threads }), deterministic });
    try {
      const fingerprint = await fingerprintOf({ command, options, choices, settings }, inputs, files, engine);
      const identity = { ...fingerprint, ...destinationOf(options) };
      const tell: Tell = (line) => void terminal.stderr.write(`xent: ${oneLine(line)}\n`);
      const checkpoint = new Checkpoint(options.checkpoint, `${titleOf(choices.logits[0]?.path ?? "")}.${command}`, identity);
      if (options.resume) Checkpoint.checkReadable(checkpoint.path);
      await checkOutputs(outputsOf(options, checkpoint), { inputs: files, streams: streamsOf(terminal) }, tell);
      if (!options.resume) checkpoint.checkFree();
      const before = options.resume ? checkpoint.load(range, [...sinks, ...sinksOf(options)]) : undefined;
      return await work({
        inputs,
        range,
        fingerprint,
        files,
        engine,
        texts,
        checkpoint,
        before,
        terminal,
        tell,
        ...seamsOf(seams),
      });
    } finally {
      await engine.close();
    }
  } finally {
    passage?.close();
    inputs.close();
  }
}

/** @returns everything that the results of a row depend on: runs with equal fingerprints give equal results */
export async function fingerprintOf(
  { command, options, choices, settings }: Omit<RunSpec, "sinks">,
  inputs: Inputs,
  files: readonly InputFile[],
  engine: ScoringEngine,
): Promise<Identity> {
  const identities = await Promise.all(files.map((file, index) => fileIdentity(file, index + 1)));
  const kernels = engine.info().variant;
  return Object.assign({ command, version, kernels }, identityOf(options, choices, inputs), settings, ...identities);
}

/** @throws InputError for a softcap or temperature of log-probabilities as they were stored */
function checkScale({ softcap, temperature }: RunOptions, { logits }: Inputs): void {
  const stored = logits.find(({ entry }) => entry.stored !== undefined);
  const option = softcap !== undefined ? "--softcap" : temperature !== undefined ? "--temperature" : undefined;
  if (stored === undefined || option === undefined) return;
  throw new InputError(`${option}: ${stored.entry.file.path} holds log-probabilities, not logits; leave ${option} out`);
}

/** Says that a name has decided how rows and targets are lined up: nothing else does. */
function noteShift({ stderr }: Terminal, choices: InputChoices, { shift, targets: { label } }: Inputs): void {
  if (shift.by === 0 || choices.targets.shift !== undefined) return;
  const what = `is named after input ids, so row i predicts target i + ${shift.by} of its sequence`;
  stderr.write(`${errorLine(`xent: ${label}: ${what}; give --shift 0 if the targets are the next tokens already`)}\n`);
}

function seamsOf({ batchBytes, saveSeconds }: Seams): Pick<ScoringRun, "batchBytes" | "saveSeconds"> {
  return { batchBytes, saveSeconds };
}

/** Names of the sinks that both commands have. */
function sinksOf({ passage, report, tokens }: RunOptions): string[] {
  return [
    "sums",
    ...(passage === undefined ? [] : ["texts"]),
    ...(report === undefined ? [] : ["report"]),
    ...(tokens === undefined ? [] : ["tokens"]),
  ];
}

function outputsOf({ report, tokens, sumsFile: sums, checkpoint }: RunOptions, { path }: Checkpoint): OutputChoice[] {
  return [
    ...(report === undefined ? [] : [{ option: "--report", path: report }]),
    ...(tokens === undefined ? [] : [{ option: "--tokens", path: tokens.path, unfinished: unfinishedOf(tokens) }]),
    ...(sums === undefined ? [] : [{ option: "--sums", path: sums }]),
    { option: "--checkpoint", path, isOptional: checkpoint === undefined },
  ];
}

/** What stdout and stderr are directed to, where that is a file. */
export function streamsOf({ stdout, stderr }: Terminal): [name: string, id: string][] {
  const ids: [string, string][] = [];
  for (const [name, { fd }] of Object.entries({ stdout, stderr })) {
    if (fd === undefined) continue;
    const stats = fstatSync(fd, { bigint: true });
    if (stats.isFile()) ids.push([name, idOf(stats)]);
  }
  return ids;
}

/** Where a run writes to, and which part of the rows it scores: the same in all runs that continue one another. */
function destinationOf({ shard, tokens, report }: RunOptions): Identity {
  return textsOf({
    "--shard": shard && shardText(shard),
    "--tokens": tokens && resolve(tokens.path),
    "--report": report && resolve(report),
  });
}

/** The options that the results depend on; `--threads`, `--json` and other printing options are not among them. */
function identityOf(options: RunOptions, { logits, tokenBytes, ...choices }: InputChoices, inputs: Inputs): Identity {
  const { targets, mask, documents, shift } = inputs;
  const { ignoreIndex, softcap, temperature } = options;
  return textsOf({
    tensors: [...logits, targets, ...(tokenBytes ? [tokenBytes] : [])].map(({ name }) => JSON.stringify(name)).join(", "),
    "--shift": shift.by,
    "--classes": choices.classes,
    "--mask": mask && JSON.stringify(mask.name),
    "--documents": documents && JSON.stringify(documents.name),
    "--ignore-index": ignoreIndex,
    "--softcap": softcap,
    "--temperature": temperature,
  });
}

function textsOf(given: Readonly<Record<string, string | number | undefined>>): Identity {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
