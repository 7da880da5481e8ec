import { spread, timesOver } from "./statistics.js";
import type { Contender, Figures, FloatType, Problem } from "./types.js";

const BYTES_PER_ELEMENT: Readonly<Record<FloatType, number>> = { float32: 4, float16: 2, bfloat16: 2 };

export interface Measured {
  readonly version: string | undefined;
  readonly rowError: number | undefined;
  readonly gradError: number | undefined;
  /** Seconds per call, one entry per round. */
  readonly samples: readonly number[];
  readonly baseline: readonly number[];
}

/** Computes a contender's figures from its samples. */
export function figuresOf(
  contender: Contender,
  { elements }: Problem,
  { version, rowError, gradError, samples, baseline }: Measured,
): Figures {
  const { id, label, variant, data, type = "float32", detail, peer, bound } = contender;
  const nsPerElement = spread(samples.map((seconds) => (seconds * 1e9) / elements));
  return {
    id,
    label,
    ...(variant && { variant }),
    data,
    ...(type !== "float32" && { type }),
    ...(detail && { detail }),
    ...(peer !== undefined && { peer }),
    ...(version !== undefined && { version }),
    ...(rowError !== undefined && { rowError }),
    bound,
    ...(gradError !== undefined && { gradError }),
    nsPerElement,
    ratio: timesOver(baseline, samples),
    elementsPerSecond: 1e9 / nsPerElement.median,
    gigabytesPerSecond: BYTES_PER_ELEMENT[type] / nsPerElement.median,
  };
}
