import { wrongType } from "../errors.js";
import { membersOf } from "./members.js";

/**
 * The part of a tokenizer.json that says what the ids stand for (Hugging Face tokenizers). Its decoder turns ids into text; the same
 * rules are applied here to one id at a time.
 */
export interface TokenizerJson {
  readonly added_tokens?: readonly AddedToken[] | null;
  readonly pre_tokenizer?: Step | null;
  readonly decoder?: Step | null;
  readonly model: {
    readonly type?: string;
    /** Ids by token; for Unigram pairs of a token and its score, by id. */
    readonly vocab: Readonly<Record<string, number>> | ReadonlyMap<string, number> | readonly (readonly [string, number])[];
    readonly unk_token?: string | null;
    readonly unk_id?: number | null;
    readonly byte_fallback?: boolean;
    readonly continuing_subword_prefix?: string | null;
    readonly end_of_word_suffix?: string | null;
  };
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
}

/** A pre-tokenizer or a decoder; a sequence has more of them. */
interface Step {
  readonly type?: string;
  readonly pretokenizers?: readonly Step[];
  readonly decoders?: readonly Step[];
  readonly pattern?: { readonly String?: string };
  readonly content?: string;
  readonly replacement?: string;
  readonly prefix?: string;
  readonly suffix?: string;
}

/** A tokenizer of transformers.js or of @huggingface/tokenizers, or the contents of a tokenizer.json. */
export type VocabularySource =
  | TokenizerJson
  | { readonly _tokenizerJSON: TokenizerJson }
  | { readonly _tokenizer: object }
  | { readonly model: object | null };

/** What each id of a tokenizer stands for. */
export interface Vocabulary {
  /** The greatest id + 1. */
  readonly size: number;
  /** UTF-8 bytes by id, none for a special token and for an id that is not in use. They may be a part of a character. */
  readonly bytes: readonly Uint8Array[];
}

const NONE = new Uint8Array(0);
const KNOWN = new WeakMap<object, Vocabulary>();

/**
 * Reads a tokenizer's vocabulary, once for each tokenizer.json.
 * @throws TypeError for anything but a tokenizer
 */
export function vocabularyOf(tokenizer: VocabularySource): Vocabulary {
  const json = jsonOf(tokenizer);
  const known = KNOWN.get(json);
  if (known !== undefined) return known;
  const vocabulary = read(json);
  KNOWN.set(json, vocabulary);
  return vocabulary;
}

/** The tokenizer.json that a tokenizer was made of. */
function jsonOf(tokenizer: unknown): TokenizerJson {
  const candidates = [member(tokenizer, "_tokenizerJSON"), nested(member(tokenizer, "_tokenizer")), nested(tokenizer), tokenizer];
  for (const candidate of candidates) {
    const model = member(candidate, "model");
    const vocab = member(model, "vocab");
    const isVocab = Array.isArray(vocab) ? Array.isArray(vocab[0]) : typeof vocab === "object" && vocab !== null;
    // a running tokenizer's model, which knows nothing of the decoder
    if (isVocab && member(model, "tokens_to_ids") === undefined) return candidate as TokenizerJson;
  }
  throw wrongType(
    "tokenizer",
    "a tokenizer of transformers.js 4, of @huggingface/tokenizers, or the contents of a tokenizer.json",
    tokenizer,
    "await AutoTokenizer.from_pretrained(...)",
  );
}

const nested = (tokenizer: unknown) => member(tokenizer, "tokenizer");

const member = (value: unknown, name: string) => membersOf(value)?.[name];

function read(json: TokenizerJson): Vocabulary {
  const { model } = json;
  const bytes: Uint8Array[] = [];
  const bytesOf = decoderOf(json);
  for (const [token, id] of entriesOf(model.vocab)) {
    bytes[id] = token === model.unk_token || id === model.unk_id ? NONE : bytesOf(token);
  }
  for (const { id, content, special } of json.added_tokens ?? []) bytes[id] = special ? NONE : utf8(content);
  return { size: bytes.length, bytes: Array.from(bytes, (known) => known ?? NONE) };
}

function entriesOf(vocab: TokenizerJson["model"]["vocab"]): Iterable<readonly [string, number]> {
  if (Array.isArray(vocab)) return vocab.map(([token], id) => [token, id] as const);
  return vocab instanceof Map ? vocab : Object.entries(vocab as Readonly<Record<string, number>>);
}

let encoder: TextEncoder | undefined;

/** The encoder is made by the first call: importing the package runs nothing. */
function utf8(text: string): Uint8Array {
  encoder ??= new TextEncoder();
  return encoder.encode(text);
}

/** Returns what gives the bytes of a token as the vocabulary writes it. */
function decoderOf({ model, pre_tokenizer, decoder }: TokenizerJson): (token: string) => Uint8Array {
  const steps = flat(decoder);
  if ([...steps, ...flat(pre_tokenizer)].some(({ type }) => type === "ByteLevel"))
    return byteLevel(model.end_of_word_suffix ?? "");
  const wordPiece = steps.find(({ type }) => type === "WordPiece");
  if (wordPiece !== undefined || model.type === "WordPiece") {
    const prefix = wordPiece?.prefix ?? model.continuing_subword_prefix ?? "##";
    return (token) => utf8(token.startsWith(prefix) ? token.slice(prefix.length) : token);
  }
  const hasBytes = model.byte_fallback === true || steps.some(({ type }) => type === "ByteFallback");
  const rules = steps.flatMap(replacementOf);
  const suffix = steps.find(({ type }) => type === "BPEDecoder")?.suffix ?? model.end_of_word_suffix ?? "";
  return (token) => {
    const byte = hasBytes ? /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1] : undefined;
    if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
    return utf8(rules.reduce((text, [from, to]) => text.replaceAll(from, to), withoutSuffix(token, suffix)));
  };
}

function flat(step: Step | null | undefined): Step[] {
  if (!step) return [];
  return [step, ...[...(step.decoders ?? []), ...(step.pretokenizers ?? [])].flatMap(flat)];
}

function replacementOf({ type, pattern, content, replacement }: Step): (readonly [string, string])[] {
  if (type === "Metaspace") return [[replacement ?? "▁", " "]];
  return type === "Replace" && pattern?.String ? [[pattern.String, content ?? ""]] : [];
}

function withoutSuffix(token: string, suffix: string): string {
  return suffix !== "" && token.endsWith(suffix) ? token.slice(0, -suffix.length) : token;
}

/** Byte-level vocabularies write each byte as a character; printable Latin-1 characters stand for themselves (GPT-2, `bytes_to_unicode`). */
function byteLevel(suffix: string): (token: string) => Uint8Array {
  const byteOf = new Map<string, number>();
  let others = 0;
  for (let byte = 0; byte < 256; byte++) {
    const isItself = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    byteOf.set(String.fromCharCode(isItself ? byte : 256 + others++), byte);
  }
  return (token) => {
    const characters = Array.from(withoutSuffix(token, suffix));
    const bytes = characters.map((character) => byteOf.get(character));
    // a token that was added without a mark
    return bytes.includes(undefined) ? utf8(token) : Uint8Array.from(bytes as number[]);
  };
}
