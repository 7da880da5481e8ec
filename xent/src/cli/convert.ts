import type { FileHandle } from "node:fs/promises";
import { makeArray } from "../files/dtypes.js";
import { numbersOf } from "../files/half-values.js";
import { InputError } from "../files/input-error.js";
import { firstPosition, LLAMA_HEADER_BYTES, LLAMA_MAGIC, rowsPerChunk, rowWords } from "../files/llama-logits.js";
import { writeLlamaRow } from "../files/llama-row.js";
import { LOCAL } from "../files/open-input.js";
import { checkOutputs, create, whole } from "../files/output.js";
import { oneLine } from "../one-line.js";
import type { ConvertOptions } from "./convert-options.js";
import type { Terminal } from "./seams.js";
import { type Inputs, openInputs } from "./stream/inputs.js";

/**
 * `xent convert`: writes logits as a file of llama.cpp, whole or not at all.
 * @returns the exit code
 * @throws InputError for logits that are no windows of that length, or that have no distribution; OutputError for a file that cannot
 * be written
 */
export async function convert({ choices, contextLength, out }: ConvertOptions, terminal: Terminal): Promise<number> {
  const inputs = await openInputs(choices, LOCAL);
  try {
    checkWindows(inputs, contextLength);
    const tell = (line: string) => void terminal.stderr.write(`xent: ${oneLine(line)}\n`);
    await checkOutputs([{ option: "--out", path: out }], { inputs: inputs.files, streams: [] }, tell);
    await whole(out, async (partial) => {
      const file = await create(partial, out);
      try {
        await writeFile(file, inputs, contextLength);
        for (const input of inputs.files) await input.checkUnchanged();
        await file.sync();
      } finally {
        await file.close();
      }
    });
    return 0;
  } finally {
    inputs.close();
  }
}

function checkWindows({ logits, rows }: Inputs, contextLength: number): void {
  const [tensor] = logits;
  if (tensor === undefined) return;
  const { label, shape } = tensor;
  if (tensor.entry.stored !== undefined) throw new InputError(`${label}: is a logits file of llama.cpp already`);
  const own = shape.length > 2 ? shape.at(-2) : undefined;
  if (rows % contextLength === 0 && (own === undefined || own === contextLength)) return;
  throw new InputError(
    `--n-ctx: expected the length of the windows in ${label} ([${shape}]), got ${contextLength}; logits have the shape [chunks, n_ctx, V]`,
  );
}

async function writeFile(file: FileHandle, inputs: Inputs, contextLength: number): Promise<void> {
  const { classes, rows, targets } = inputs;
  const [tensor] = inputs.logits;
  if (tensor === undefined) return;
  const chunks = rows / contextLength;
  const ids = Int32Array.from(Array.from(targets.readAll() as ArrayLike<number | bigint>, Number));
  const wrong = ids.findIndex((id) => id < 0 || id >= classes);
  if (wrong >= 0)
    throw new InputError(`${targets.label}: row ${wrong}: expected a token in 0..${classes - 1}, got ${ids[wrong]}`);
  const head = new Uint8Array(LLAMA_HEADER_BYTES);
  head.set(Buffer.from(LLAMA_MAGIC, "latin1"));
  for (const [index, value] of [contextLength, classes, chunks].entries())
    new DataView(head.buffer).setInt32(8 + 4 * index, value, true);
  await file.appendFile(head);
  await file.appendFile(new Uint8Array(ids.buffer));
  const words = new Uint16Array(rowWords(classes));
  const stored = makeArray(tensor.dtype, tensor.columns);
  for (let chunk = 0; chunk < chunks; chunk++) {
    for (let position = 0; position < rowsPerChunk(contextLength); position++) {
      const row = chunk * contextLength + firstPosition(contextLength) + position;
      await tensor.fill(stored, row * tensor.columns);
      const logits = Float32Array.from(numbersOf(tensor.dtype, stored).subarray(0, classes));
      if (!writeLlamaRow(logits, words)) {
        throw new InputError(
          `${tensor.label}: row ${row} has NaN, +inf or only -inf, which no row can store; fix the logits at their source`,
        );
      }
      await file.appendFile(new Uint8Array(words.buffer));
    }
  }
}
