/** Bits of colour that the output can show: 1 is none, 8 the 256 colours of xterm, 24 all. */
export type ColorDepth = 1 | 8 | 24;

export type Rgb = readonly [red: number, green: number, blue: number];

/** The look of tokens in a range of losses: a background colour or, without colours, a mark under the token. */
export interface Shade {
  /** Upper end of the range in bits, exclusive. */
  readonly below: number;
  readonly rgb: Rgb;
  readonly mark: string;
}

/**
 * From calm to hot. The steps are the same for every passage, so that passages can be compared; one bit halves the probability.
 * Lightness falls from step to step, so the order is visible without hues too.
 */
export const SHADES: readonly Shade[] = [
  { below: 1, rgb: [0xee, 0xf4, 0xf9], mark: " " },
  { below: 2, rgb: [0xf3, 0xef, 0xd2], mark: "." },
  { below: 4, rgb: [0xfb, 0xe0, 0x98], mark: ":" },
  { below: 6, rgb: [0xf9, 0xc0, 0x5f], mark: "-" },
  { below: 8, rgb: [0xf2, 0x96, 0x42], mark: "=" },
  { below: 10, rgb: [0xdf, 0x62, 0x34], mark: "+" },
  { below: 14, rgb: [0xb0, 0x2c, 0x2c], mark: "*" },
  { below: Number.POSITIVE_INFINITY, rgb: [0x70, 0x0c, 0x24], mark: "#" },
];

/** The shade of a NaN loss. */
export const NAN_SHADE: Shade = { below: Number.NaN, rgb: [0xd0, 0x3c, 0xd8], mark: "?" };

/** @returns the shade of a loss in bits; the hottest for Infinity */
export function shadeOf(bits: number): Shade {
  if (Number.isNaN(bits)) return NAN_SHADE;
  return SHADES.find((shade) => bits < shade.below) ?? (SHADES[SHADES.length - 1] as Shade);
}

/** @returns `text` on the shade's background, in black or white, whichever is easier to read; plain at depth 1 */
export function paint(text: string, shade: Shade, depth: ColorDepth): string {
  if (depth === 1 || text === "") return text;
  const dark = contrast(shade.rgb, [0, 0, 0]) >= contrast(shade.rgb, [255, 255, 255]);
  const ink: Rgb = dark ? [0, 0, 0] : [255, 255, 255];
  const colors =
    depth === 24 ? `38;2;${ink.join(";")};48;2;${shade.rgb.join(";")}` : `38;5;${dark ? 16 : 231};48;5;${xterm(shade.rgb)}`;
  return `\x1b[${colors}m${text}\x1b[0m`;
}

/** @returns one line that explains the colours or marks */
export function legend(depth: ColorDepth): string {
  const steps = SHADES.map((shade, index) => {
    const from = SHADES[index - 1]?.below ?? 0;
    const range = Number.isFinite(shade.below) ? `${from}-${shade.below}` : `${from}+`;
    return depth === 1 ? `${shade.mark === " " ? "blank" : shade.mark} ${range}` : paint(` ${range} `, shade, depth);
  });
  return `bits: ${steps.join(depth === 1 ? "   " : "")}`;
}

/** @returns the WCAG 2 contrast ratio of two colours, 1 to 21 */
export function contrast(a: Rgb, b: Rgb): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (channel: number) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** The steps of a channel in xterm's 6 x 6 x 6 colour cube. */
const CUBE = [0, 95, 135, 175, 215, 255];

/** @returns the number of the cube's colour nearest to `rgb` */
export function xterm(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((channel) => {
    const distances = CUBE.map((step) => Math.abs(step - channel));
    return distances.indexOf(Math.min(...distances));
  });
  return 16 + 36 * red + 6 * green + blue;
}
