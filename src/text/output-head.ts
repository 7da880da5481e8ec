import { checkOptions } from "../arguments/options.js";
import { wrongType, wrongUse } from "../errors.js";
import type { LinearWeightTensor, ScoreHiddenOptions } from "../index.js";

/**
 * The layer that turns a model's last hidden states into logits: hidden linearWeight^T + bias, then the softcap. Also known as
 * lm_head or output projection.
 */
export interface OutputHead extends Pick<ScoreHiddenOptions, "bias" | "softcap"> {
  /** [classes, width] floats, or integers with scales, as `scoreHidden` takes them. */
  readonly linearWeight: LinearWeightTensor;
}

const MEMBERS = { linearWeight: true, bias: true, softcap: true } as const;

/** Checks the names and the kind of the option; `scoreHidden` checks the values against the hidden states. */
export function checkHead(head: OutputHead | undefined): void {
  if (head === undefined) return;
  if (typeof head !== "object" || head === null) throw wrongType("options.head", "{ linearWeight, bias?, softcap? }", head);
  if (checkOptions<OutputHead>(head, MEMBERS).linearWeight === undefined)
    throw wrongUse("options.head.linearWeight", "the weight of the output projection, [classes, width]", "none");
}
