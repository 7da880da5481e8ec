import type { ScoreTotals } from "wasm-cross-entropy";
import { element } from "./elements.js";
import { countText, formatNumber, shareText } from "./numbers.js";

interface Total {
  readonly name: string;
  /** The unrounded figure. */
  readonly value: number;
  readonly text: string;
  readonly note?: string;
}

function listOf(totals: ScoreTotals): Total[] {
  const { tokens, bytes, nats, perplexity, perplexityStderr, bitsPerToken, bitsPerByte, accuracy, accuracyStderr } = totals;
  const loss = nats / tokens;
  return [
    { name: "Loss", value: loss, text: formatNumber(loss, 5), note: "nats per token" },
    { name: "Perplexity", value: perplexity, text: formatNumber(perplexity, 5), note: `± ${formatNumber(perplexityStderr, 3)}` },
    { name: "Bits per token", value: bitsPerToken, text: formatNumber(bitsPerToken, 5) },
    ...(bitsPerByte === undefined ? [] : [{ name: "Bits per byte", value: bitsPerByte, text: formatNumber(bitsPerByte, 5) }]),
    { name: "Accuracy", value: accuracy, text: shareText(accuracy), note: `± ${shareText(accuracyStderr)}` },
    { name: "Tokens", value: tokens, text: countText(tokens), ...(bytes !== undefined && { note: `${countText(bytes)} bytes` }) },
  ];
}

export function drawTotals(host: HTMLElement, totals: ScoreTotals): void {
  const cells = listOf(totals).map(({ name, value, text, note }) => {
    const figure = element("dd", {}, element("data", { value }, text));
    if (note !== undefined) figure.append(element("small", {}, note));
    return element("div", {}, element("dt", {}, name), figure);
  });
  host.replaceChildren(...cells);
}

/** The totals as a sentence, for screen readers. */
export function totalsSentence(totals: ScoreTotals): string {
  const parts = listOf(totals).map(({ name, text, note }) => `${name} ${text}${note === undefined ? "" : ` ${note}`}`);
  const nan =
    totals.nanTokens > 0 ? ` ${countText(totals.nanTokens)} tokens have no loss: their logits contain NaN or infinity.` : "";
  return `${parts.join(", ")}.${nan}`;
}
