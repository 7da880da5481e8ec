/** Compares a model's greatest probability with how often that class is the target. */

const BINS = 10;

/** Tokens whose greatest probability lies in one range. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly tokens: number;
  /** Sum of the greatest probabilities: how many hits are expected. */
  readonly expected: number;
  readonly hits: number;
}

export type CalibrationSnapshot = readonly (readonly [tokens: number, expected: number, hits: number])[];

export class Calibration {
  readonly #bins: [tokens: number, expected: number, hits: number][] = Array.from({ length: BINS }, () => [0, 0, 0]);

  static restore(snapshot: CalibrationSnapshot): Calibration {
    const restored = new Calibration();
    for (const [index, [tokens, expected, hits]] of snapshot.entries()) restored.#bins[index] = [tokens, expected, hits];
    return restored;
  }

  /** @param probability the greatest probability of any class, in [0, 1]; rounding may leave it a little above 1 */
  add(probability: number, isHit: boolean): void {
    const bin = this.#bins[Math.min(BINS - 1, Math.floor(probability * BINS))] as [number, number, number];
    bin[0]++;
    bin[1] += probability;
    if (isHit) bin[2]++;
  }

  bins(): CalibrationBin[] {
    return this.#bins.map(([tokens, expected, hits], index) => ({
      ...{ from: index / BINS, to: (index + 1) / BINS },
      ...{ tokens, expected, hits },
    }));
  }

  snapshot(): CalibrationSnapshot {
    return this.#bins.map(([tokens, expected, hits]) => [tokens, expected, hits]);
  }
}

/**
 * Expected calibration error: the sum over the bins of |hits - expected|, divided by the number of tokens.
 * Source: Naeini, Cooper, Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
 * @returns a share in [0, 1]; NaN without tokens
 */
export function calibrationError(bins: readonly CalibrationBin[]): number {
  const tokens = bins.reduce((sum, bin) => sum + bin.tokens, 0);
  return bins.reduce((sum, { expected, hits }) => sum + Math.abs(hits - expected), 0) / tokens;
}
