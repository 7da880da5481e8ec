/** The logits' transform before the loss. An option that was not given is absent. */
export interface RowScale {
  readonly softcap?: number;
  readonly temperature?: number;
}

/** Drops the undefined options, as the engine requires. */
export function scaleOf({ softcap, temperature }: { softcap: number | undefined; temperature: number | undefined }): RowScale {
  return { ...(softcap !== undefined && { softcap }), ...(temperature !== undefined && { temperature }) };
}
