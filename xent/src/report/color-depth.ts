import type { ColorDepth } from "./shading.js";

/** What the colours are for: a terminal or something else. */
export interface ColorStream {
  readonly isTTY?: boolean | undefined;
  /** As `tty.WriteStream` has it. */
  getColorDepth?(env?: object): number;
}

/**
 * How many colours to use: none with `--no-color`, with NO_COLOR set (no-color.org), in a dumb terminal, or when the
 * output is not a terminal, unless FORCE_COLOR asks for them (1 and 2: 256 colours, 3: all). Terminals of 16 colours
 * get none: they have no scale from calm to hot.
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
