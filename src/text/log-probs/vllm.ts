/** vLLM's `prompt_logprobs`: for each position null, or an object with the actual token and the most probable ones by id. */
import { wrongType, wrongValue } from "../../errors.js";
import { arrayAt, idAt, type JsonObject, logProbAt, objectAt } from "./json.js";
import { orNull } from "./openai.js";
import type { TokenLogProb, TokenLogProbs, TopLogProb } from "./types.js";

interface Candidate extends TopLogProb {
  readonly id: number;
  readonly rank: number | undefined;
}

/** @param ids `prompt_token_ids`, which tell the actual token from the most probable ones; undefined where the response has none */
export function fromPrompt(path: string, positions: readonly unknown[], ids: unknown): TokenLogProb[] {
  const actual = ids === undefined || ids === null ? undefined : arrayAt(`${path}.prompt_token_ids`, ids);
  if (actual !== undefined && actual.length !== positions.length) {
    throw wrongValue(
      `${path}.prompt_token_ids`,
      `${positions.length} ids, one per entry of prompt_logprobs`,
      `${actual.length} ids`,
    );
  }
  return positions.map((position, index) => {
    const at = `${path}.prompt_logprobs[${index}]`;
    const id = actual && idAt(`${path}.prompt_token_ids[${index}]`, actual[index]);
    if (position === null) return { text: "", logProb: Number.NaN, ...(id !== undefined && { id }) };
    const candidates = candidatesAt(at, objectAt(at, position));
    const { rank, ...token } = actualOf(at, candidates, id);
    const others = candidates.length > 1 ? { top: candidates.sort(byRank).map(({ rank: _, ...candidate }) => candidate) } : {};
    return { ...token, ...(rank !== undefined && { rank }), ...others };
  });
}

function byRank(a: Candidate, b: Candidate): number {
  return b.logProb - a.logProb || (a.rank ?? 0) - (b.rank ?? 0);
}

function candidatesAt(path: string, position: JsonObject): Candidate[] {
  return Object.entries(position).map(([key, value]) => {
    const at = `${path}[${JSON.stringify(key)}]`;
    const entry = objectAt(at, value);
    const { decoded_token: text, rank } = entry;
    if (typeof text !== "string" && text !== null && text !== undefined) throw wrongType(`${at}.decoded_token`, "a string", text);
    if (rank !== undefined && rank !== null && typeof rank !== "number") throw wrongType(`${at}.rank`, "a number", rank);
    return {
      ...{ id: idAt(at, Number(key)), text: text ?? "" },
      ...{ logProb: logProbAt(`${at}.logprob`, entry["logprob"]), rank: rank ?? undefined },
    };
  });
}

function actualOf(path: string, candidates: readonly Candidate[], id: number | undefined): Candidate {
  const [first, ...others] = candidates;
  const found = id === undefined ? first : candidates.find((candidate) => candidate.id === id);
  if (found === undefined) {
    throw wrongValue(
      path,
      id === undefined ? "the token at this position" : `an entry for token ${id}`,
      `${candidates.length} entries`,
    );
  }
  if (id === undefined && others.length > 0) {
    throw wrongValue(
      path,
      "one token",
      `${candidates.length} without prompt_token_ids`,
      'which of them is the prompt\'s? Ask for "return_token_ids": true, or for "prompt_logprobs": 0',
    );
  }
  return found;
}

/** The inverse of `fromPrompt`. @throws RangeError for a token without an id */
export function toPrompt({ tokens }: TokenLogProbs): JsonObject {
  const idOf = (id: number | undefined, path: string) => {
    if (id !== undefined) return id;
    throw wrongValue(path, "an id, which this format needs", "a token without one", 'format: "openai-chat"');
  };
  const entryOf = (candidate: TopLogProb, rank: number | undefined) => ({
    ...{ logprob: orNull(candidate.logProb), rank: rank ?? null, decoded_token: candidate.text },
  });
  const prompt_token_ids = tokens.map(({ id }, index) => idOf(id, `text.tokens[${index}].id`));
  const prompt_logprobs = tokens.map((token, index) => {
    if (Number.isNaN(token.logProb)) return null;
    const best = (token.top ?? []).map((candidate, rank) => [
      idOf(candidate.id, `text.tokens[${index}].top[${rank}].id`),
      entryOf(candidate, rank + 1),
    ]);
    return Object.fromEntries([...best, [prompt_token_ids[index], entryOf(token, token.rank)]]);
  });
  return { choices: [{ index: 0, prompt_token_ids, prompt_logprobs }] };
}
