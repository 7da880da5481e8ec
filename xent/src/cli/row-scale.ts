/** What is done to logits before anything else; only what is given is there. */
export interface RowScale {
  readonly softcap?: number;
  readonly temperature?: number;
}

/** The options as the engine takes them. */
export function scaleOf({ softcap, temperature }: { softcap: number | undefined; temperature: number | undefined }): RowScale {
  return { ...(softcap !== undefined && { softcap }), ...(temperature !== undefined && { temperature }) };
}
