import { basename } from "node:path";
import { type ScoredText, type ScoredTexts, type ScoreTextsOptions, scoreTexts, type TextTotals } from "wasm-cross-entropy/text";
import { ByteFile } from "../files/byte-file.js";
import { InputError } from "../files/input-error.js";
import { checkOutputs, writeWhole } from "../files/output.js";
import { jsonLine, oneLine } from "../one-line.js";
import { type EvalReport, evalTable } from "../report/eval-table.js";
import { Progress } from "../report/progress.js";
import { version } from "../version.js";
import type { EvalOptions } from "./eval-options.js";
import { print } from "./print.js";
import { streamsOf } from "./scoring-run.js";
import type { Seams, Terminal } from "./seams.js";
import { IGNORED } from "./stream/target-rows.js";
import { type LoadedModel, loadModel } from "./transformers.js";

/**
 * `xent eval`: runs a model over a text and prints the totals.
 * @returns the exit code
 * @throws InputError for a text or a model that cannot be used, and when transformers.js is missing
 */
export async function evaluate(options: EvalOptions, terminal: Terminal, seams: Seams): Promise<number> {
  const file = new ByteFile(options.text);
  try {
    const tell = (line: string) => void terminal.stderr.write(`xent: ${oneLine(line)}\n`);
    const outputs = options.report === undefined ? [] : [{ option: "--report", path: options.report }];
    await checkOutputs(outputs, { inputs: [file], streams: streamsOf(terminal) }, tell);
    const text = textOf(file);
    const loaded = await loadModel(await seams.loadTransformers(), options.model, options.dtype);
    try {
      const begun = performance.now();
      const { texts, totals } = await scored(text, loaded, options, terminal);
      const seconds = (performance.now() - begun) / 1000;
      const report = reportOf(totals, seconds);
      if (options.report !== undefined) await writeWhole(options.report, await pageOf(texts[0] as ScoredText, options));
      await print(terminal, options.json ? jsonLine(report) : `${evalTable(report).join("\n")}\n`);
      return 0;
    } finally {
      await loaded.close();
    }
  } finally {
    file.close();
  }
}

/** What is the same for every text, or of several of them, is left out. */
function reportOf(totals: TextTotals, seconds: number): EvalReport {
  const {
    sums: _,
    nanTokens,
    infiniteTokens,
    documents,
    perplexityClusteredStderr,
    bitsPerByteClusteredStderr,
    ...rest
  } = totals;
  return { ...rest, meanLoss: totals.nats / totals.tokens, seconds };
}

function textOf(file: ByteFile): string {
  const bytes = new Uint8Array(file.size);
  file.readInto(bytes, 0);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${file.path}: expected text in UTF-8; convert it, or give the right file`);
  }
  if (text === "") throw new InputError(`${file.path}: is empty`);
  return text;
}

async function scored(
  text: string,
  { model, tokenizer }: LoadedModel,
  { bos, stride, maxLength, batchSize, classes, report }: EvalOptions,
  { stderr }: Terminal,
): Promise<ScoredTexts> {
  // as lm-evaluation-harness has it
  const front = tokenizer.bos_token_id ?? tokenizer.eos_token_id;
  let progress: Progress | undefined;
  const settings: ScoreTextsOptions = {
    ...{ bos: bos ? (front ?? undefined) : false, stride, maxLength, batchSize, classes },
    // the report's calibration chart needs the best class of each token
    topK: report === undefined ? 0 : 1,
    onProgress: ({ done, total }) => {
      progress ??= new Progress(stderr, { rows: total, done: 0 });
      progress.update(done);
    },
  };
  try {
    return await scoreTexts(model, tokenizer, [text], settings);
  } catch (error) {
    // what does not fit: the message says what to do, in the library's words
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new InputError(inOptionsOf(error.message), { cause: error });
  } finally {
    progress?.clear();
  }
}

/** The library's names of options as those of the command. */
function inOptionsOf(message: string): string {
  return message
    .replace(/(?<!\.)\b(classes|bos): /g, (_, name: string) => `${flagOf(name)} `)
    .replace(/\boptions\.(\w+)/g, (_, name: string) => flagOf(name))
    .replaceAll("texts[0]", "--text");
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function pageOf(
  { tokens, totals }: ScoredText,
  { model, text, dtype, stride, maxLength, bos }: EvalOptions,
): Promise<string> {
  const { ScoreReportData, scoreReportPage } = await import("../report/page/index.js");
  const data = ScoreReportData.create({ ignoreIndex: IGNORED });
  const texts = new Map(tokens.flatMap(({ top = [] }) => top.map((best) => [best.id, best.text] as const)));
  data.add({
    firstRow: 0,
    // a first token with nothing in front has no score
    targets: tokens.map(({ id, logProb }) => (Number.isNaN(logProb) ? IGNORED : id)),
    texts: tokens.map((token) => token.text),
    logProbs: tokens.map(({ logProb }) => logProb),
    ranks: tokens.map(({ rank }) => rank),
    entropies: tokens.map(({ entropy }) => entropy),
    isGreedy: tokens.map(({ isGreedy }) => Number(isGreedy)),
    topIds: tokens.map(({ top }) => top?.[0]?.id ?? 0),
    topLogProbs: tokens.map(({ top }) => top?.[0]?.logProb ?? Number.NaN),
  });
  const facts: readonly (readonly [string, string | undefined])[] = [
    ...[["model", model] as const, ["dtype", dtype] as const, ["text", text] as const],
    ["in front", bos ? undefined : "nothing"],
    ["max length", maxLength?.toString()],
    ["stride", stride?.toString()],
    ["wasm-cross-entropy", version],
  ];
  return scoreReportPage(data, totals, {
    title: `Score of ${basename(text)}`,
    facts: facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    tokenText: (id) => texts.get(id),
  });
}
