import { type ColorDepth, legend, paint, shadeOf } from "./shading.js";
import { displayWidth, printable } from "./text.js";

/** A token of a passage with its loss. */
export interface ScoredToken {
  /** The token's text, as decoded by the tokenizer. */
  readonly text: string;
  /** The loss in bits; undefined for an ignored token. */
  readonly bits: number | undefined;
}

/**
 * The passage with each token shaded by its loss, below a legend. With colours, the token's background shows its loss; without
 * colours, a line of marks below each line of text does. A line break is part of a token: it is shown as a sign, then breaks.
 *
 * @returns lines without line breaks
 */
export function passageLines(tokens: readonly ScoredToken[], depth: ColorDepth): string[] {
  return [legend(depth), "", ...(depth === 1 ? markedLines(tokens) : shadedLines(tokens, depth))];
}

function shadedLines(tokens: readonly ScoredToken[], depth: ColorDepth): string[] {
  const lines = [""];
  for (const { piece, bits, breaks } of piecesOf(tokens)) {
    const shown = bits === undefined ? piece : paint(piece, shadeOf(bits), depth);
    lines[lines.length - 1] += shown;
    if (breaks) lines.push("");
  }
  return withoutEmptyEnd(lines);
}

function markedLines(tokens: readonly ScoredToken[]): string[] {
  const lines: string[] = [];
  let text = "";
  let marks = "";
  const flush = () => {
    lines.push(text);
    if (marks.trim() !== "") lines.push(marks.trimEnd());
    text = "";
    marks = "";
  };
  for (const { piece, bits, breaks } of piecesOf(tokens)) {
    text += piece;
    marks += (bits === undefined ? " " : shadeOf(bits).mark).repeat(displayWidth(piece));
    if (breaks) flush();
  }
  flush();
  return withoutEmptyEnd(lines);
}

interface Piece {
  readonly piece: string;
  readonly bits: number | undefined;
  /** Whether a new line begins after it. */
  readonly breaks: boolean;
}

/** Yields the tokens' texts, split after each line break. */
function* piecesOf(tokens: readonly ScoredToken[]): Generator<Piece> {
  for (const { text, bits } of tokens) {
    for (const part of text.split(/(?<=\n)/)) yield { piece: printable(part), bits, breaks: part.endsWith("\n") };
  }
}

function withoutEmptyEnd(lines: string[]): string[] {
  return lines[lines.length - 1] === "" ? lines.slice(0, -1) : lines;
}
