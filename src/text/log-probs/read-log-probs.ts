import { wrongType, wrongUse } from "../../errors.js";
import { arrayAt, isObject, type JsonObject, objectAt } from "./json.js";
import { fromChat, fromCompletion } from "./openai.js";
import type { TokenLogProbs } from "./types.js";
import { fromPrompt } from "./vllm.js";

/**
 * Reads the log-probabilities of a response of a language model's server: OpenAI's completions (`echo` gives those of the prompt) and
 * chat completions, and `prompt_logprobs` of vLLM. llama-server and others answer in OpenAI's shapes.
 *
 * Log-probabilities are natural logarithms, NaN where the response has null. `scoreLogProbs` makes totals of them.
 *
 * @param json - the response, parsed or as text; or several of them in an array.
 * @returns one list of tokens per choice. A choice of vLLM that has both gives its prompt.
 * @throws TypeError, RangeError that name the place, for a response without log-probabilities and for one that contradicts itself;
 *   for `prompt_logprobs` with several tokens at a position where `prompt_token_ids` does not tell which is the prompt's.
 *
 * Source: OpenAI API reference, "Completions" and "Chat"; vLLM, `PromptLogprobs`.
 *
 * @example
 * ```ts
 * import { scoreLogProbs } from "wasm-cross-entropy";
 * import { readLogProbs } from "wasm-cross-entropy/text";
 *
 * const logprobs = { tokens: ["A", " cat"], token_logprobs: [null, -2.5], top_logprobs: null, text_offset: [0, 1] };
 * const [choice] = readLogProbs({ choices: [{ index: 0, text: "A cat", logprobs }] });
 * choice.tokens.map(({ text }) => text); // => ["A", " cat"]
 * scoreLogProbs(choice.tokens.map(({ logProb }) => logProb)).totals.nats; // => 2.5
 * ```
 */
export function readLogProbs(json: unknown): TokenLogProbs[] {
  const parsed = typeof json === "string" ? parse(json) : json;
  if (Array.isArray(parsed)) return parsed.flatMap((response, index) => choicesOf(`json[${index}]`, response));
  return choicesOf("json", parsed);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongType("json", "a response in JSON", text);
  }
}

function choicesOf(path: string, value: unknown): TokenLogProbs[] {
  const response = objectAt(path, value);
  // chat completions of vLLM have them beside the choices, as its own class does
  if (Array.isArray(response["prompt_logprobs"])) return [{ tokens: prompt(path, response) }];
  return arrayAt(`${path}.choices`, response["choices"]).map((choice, index) => {
    const at = `${path}.choices[${index}]`;
    return { tokens: tokensOf(at, objectAt(at, choice)) };
  });
}

function prompt(path: string, holder: JsonObject) {
  return fromPrompt(path, holder["prompt_logprobs"] as readonly unknown[], holder["prompt_token_ids"]);
}

function tokensOf(path: string, choice: JsonObject) {
  if (Array.isArray(choice["prompt_logprobs"])) return prompt(path, choice);
  const { logprobs } = choice;
  if (isObject(logprobs) && logprobs["content"]) return fromChat(`${path}.logprobs.content`, logprobs["content"]);
  if (isObject(logprobs) && logprobs["tokens"]) return fromCompletion(`${path}.logprobs`, logprobs);
  throw wrongUse(
    `${path}.logprobs`,
    "log-probabilities",
    "none",
    'ask for them: "logprobs": 1 with completions, "logprobs": true with chat, "prompt_logprobs": 0 with vLLM',
  );
}
