/** Checks of the sums per document that merging is given. */
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf } from "../values.js";
import { atMost, checkNotNegative, checkPart, countOf, finitePart, objectOf, SLACK, sumOf, UNDERFLOW } from "./checked-sums.js";
import { type ComparisonState, DOCUMENT_SUMS } from "./comparison-state.js";
import { type DocumentSum, type DocumentSums, sumOfDocuments } from "./document-sums.js";
import { canonicalSum, type ExactSum, roundExact } from "./exact-sum.js";
import type { ScoreState } from "./totals.js";

/** The losses of each document, and those of its tokens that have bytes. */
export function scoreDocuments(name: string, value: unknown, state: ScoreState): NonNullable<ScoreState["documents"]> {
  const given = objectOf(name, value);
  const nats = documentSums(`${name}.nats`, given.nats, state.tokens, state.nats, "losses");
  checkDocumentSquares(`${name}.nats`, nats, state.squares);
  const { text } = state;
  if (text === undefined) {
    const ofText = fieldOf(given, "text");
    if (ofText !== undefined) throw wrongValue(`${name}.text`, "none, as the text's bytes are unknown", ofText);
    return { nats, text };
  }
  const ofText = documentSums(`${name}.text`, given.text, text.bytes, text.nats, "losses");
  const owners = new Map(nats.map((document) => [document.owner, document]));
  for (const [index, document] of ofText.entries()) {
    const at = `${name}.text[${index}]`;
    const all = owners.get(document.owner);
    if (all === undefined) throw wrongValue(`${at}.owner`, "a document with tokens", document.owner);
    checkPart(`${at}.sum`, document.sum, all.sum);
  }
  return { nats, text: ofText };
}

export function comparisonDocuments(
  name: string,
  value: unknown,
  { tokens, sums }: ComparisonState,
): NonNullable<ComparisonState["documents"]> {
  const given = objectOf(name, value);
  const [differences, kl] = DOCUMENT_SUMS.map((sum) => {
    const documents = documentSums(`${name}.${sum}`, given[sum], tokens, sums[sum], "any");
    checkDocumentSquares(`${name}.${sum}`, documents, sums[`${sum === "kl" ? "kl" : "difference"}Squares`], true);
    return documents;
  }) as [DocumentSums, DocumentSums];
  const sizes = (documents: DocumentSums): string => documents.map(({ owner, size }) => `${owner}:${size}`).join();
  if (sizes(differences) !== sizes(kl)) throw wrongValue(`${name}.kl`, "the documents of differences", "others");
  return { differences, kl };
}

/** Sums per document, in the order of their owners, that add up to `sum` over `size` tokens or bytes. */
function documentSums(name: string, value: unknown, size: number, sum: ExactSum, terms: "losses" | "any"): DocumentSums {
  if (!Array.isArray(value)) throw wrongType(name, "an array of documents", value);
  let rest = size;
  const documents: DocumentSum[] = [];
  for (const [index, entry] of value.entries()) {
    const at = `${name}[${index}]`;
    const given = objectOf(at, entry);
    const { owner } = given;
    if (typeof owner !== "number") throw wrongType(`${at}.owner`, "a number", owner);
    if (!Number.isSafeInteger(owner)) throw wrongValue(`${at}.owner`, "a whole number", owner);
    const before = documents.at(-1);
    if (before && owner <= before.owner) throw wrongValue(`${at}.owner`, `more than the ${before.owner} before it`, owner);
    const own = countOf(`${at}.size`, given.size);
    if (own === 0) throw wrongValue(`${at}.size`, "at least 1", own);
    atMost(`${at}.size`, own, rest, "tokens or bytes that are left");
    rest -= own;
    const document: DocumentSum = { owner, size: own, sum: sumOf(`${at}.sum`, given.sum, own, terms === "losses" ? 1 : 2) };
    if (terms === "losses") checkNotNegative(`${at}.sum`, document.sum);
    documents.push(document);
  }
  if (rest > 0) throw wrongValue(name, `documents of ${size} tokens or bytes in all`, size - rest);
  const [own, given] = [canonicalSum(sumOfDocuments(documents)), canonicalSum(sum)];
  if (JSON.stringify(own) !== JSON.stringify(given)) {
    throw wrongValue(name, `sums that add up to that of all documents, ${roundExact(given)}`, roundExact(own));
  }
  return documents;
}

/** sum_d L_d^2 / n_d <= squares, as in checkSquares for each document, and squares <= sum_d L_d^2 if no term is negative. */
function checkDocumentSquares(name: string, documents: DocumentSums, squares: ExactSum, isSigned = false): void {
  const given = roundExact(finitePart(squares));
  let least = 0;
  let most = 0;
  for (const { size, sum } of documents) {
    const square = roundExact(finitePart(sum)) ** 2;
    // a document without finite terms has the square 0
    least += square / Math.max(1, size - sum.nan - sum.infinite);
    most += square;
  }
  const bound = given < least ? least : most;
  if (least > (1 + SLACK) * given + UNDERFLOW || (given > (1 + SLACK) * most + UNDERFLOW && !isSigned)) {
    throw wrongValue(name, `sums that go with the squares, ${given}`, bound);
  }
}
