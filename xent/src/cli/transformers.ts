import { createRequire } from "node:module";
import { basename, dirname, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { TextModel, TextTokenizer } from "wasm-cross-entropy/text";
import { statIfThere } from "../files/file-kind.js";
import { InputError } from "../files/input-error.js";

/** The part of transformers.js that loads a model. */
export interface Transformers {
  readonly env: { localModelPath: string; allowRemoteModels: boolean };
  readonly AutoTokenizer: { from_pretrained(name: string): Promise<TextTokenizer> };
  readonly AutoModelForCausalLM: {
    from_pretrained(name: string, options: { readonly dtype: string }): Promise<TextModel & { dispose?(): Promise<unknown> }>;
  };
}

const NAME = "@huggingface/transformers";

/**
 * Loads transformers.js from beside xent, or else from the current folder.
 * @throws InputError when it is not installed
 */
export async function loadTransformers(): Promise<Transformers> {
  const places = [import.meta.url, pathToFileURL(resolve("package.json")).href];
  for (const place of places) {
    const path = pathIn(place);
    if (path === undefined) continue;
    const loaded: Transformers & { readonly default?: Transformers } = await import(pathToFileURL(path).href);
    // what createRequire finds is a CommonJS module
    return loaded.default ?? loaded;
  }
  throw new InputError(`xent eval runs models in transformers.js, which is not installed here: npm install ${NAME}`);
}

function pathIn(place: string): string | undefined {
  try {
    return createRequire(place).resolve(NAME);
  } catch {
    return undefined;
  }
}

export interface LoadedModel {
  readonly model: TextModel;
  readonly tokenizer: TextTokenizer;
  close(): Promise<void>;
}

/**
 * Loads a model and its tokenizer from a folder.
 * @throws InputError for a folder without a model
 */
export async function loadModel(transformers: Transformers, folder: string, dtype: string): Promise<LoadedModel> {
  if (statIfThere(resolve(folder, "config.json")) === undefined) {
    throw new InputError(`--model: expected a folder with config.json, tokenizer.json and onnx/, got ${folder}`);
  }
  const { env, AutoTokenizer, AutoModelForCausalLM } = transformers;
  env.allowRemoteModels = false;
  env.localModelPath = dirname(resolve(folder)) + sep;
  const name = basename(resolve(folder));
  try {
    const tokenizer = await AutoTokenizer.from_pretrained(name);
    const model = await AutoModelForCausalLM.from_pretrained(name, { dtype });
    return { model, tokenizer, close: async () => void (await model.dispose?.()) };
  } catch (error) {
    throw new InputError(`--model ${folder}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
