import type { ColorDepth } from "./shading.js";

/** The stream to colour: a terminal or something else. */
export interface ColorStream {
  readonly isTTY?: boolean | undefined;
  /** The method of `tty.WriteStream`. */
  getColorDepth?(env?: object): number;
}

/**
 * Chooses the colour depth. There are no colours with `--no-color`, with NO_COLOR set (no-color.org), in a dumb terminal, or when
 * the output is not a terminal. FORCE_COLOR overrides the last two: 3 forces all colours, 0 or false none, any other value 256.
 * Terminals with 16 colours get none, because these cannot form a scale from calm to hot.
 */
export function colorDepth(stream: ColorStream, env: Readonly<Record<string, string | undefined>>, noColor: boolean): ColorDepth {
  const { NO_COLOR = "", FORCE_COLOR: forced, TERM } = env;
  if (noColor || NO_COLOR !== "") return 1;
  if (forced !== undefined) {
    if (forced === "0" || forced === "false") return 1;
    return forced === "3" ? 24 : 8;
  }
  if (stream.isTTY !== true || TERM === "dumb") return 1;
  const depth = stream.getColorDepth?.(env) ?? 1;
  if (depth >= 24) return 24;
  return depth >= 8 ? 8 : 1;
}
