import { Breaks, type Draw, damaged, type Made } from "./draw.js";

/** Element types of numpy with their sizes. */
const DESCRS = ["<f4", "<f8", "<f2", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8"] as const;

const ODD_DESCRS = [
  ...[
    ">f4",
    ">i8",
    "=f4",
    "f4",
    "|f4",
    "float32",
    "<f",
    "d",
    "|b1",
    "?",
    ">u1",
    "<c8",
    "<V2",
    "|V4",
    "|S3",
    "<U2",
    "|O",
    "O",
    "<M8[ns]",
  ],
  ...["<f16", "<f3", "<i16", "", " <f4", "<f4 ", "i04", "<F4", "(2,)<f4", "<f4,<i4", "\\x3cf4", "bfloat16"],
] as const;

const sizeOf = (descr: string) => Number(descr.slice(2));

/** A valid array, or one whose header or length is broken. */
export function makeNpy(draw: Draw, share = 0.08): Made {
  const breaks = new Breaks(draw, share);
  const descr = draw.pick(DESCRS);
  const shape = Array.from({ length: draw.integer(4) }, () => draw.integer(5));
  const count = shape.reduce((product, size) => product * size, 1);
  const header = dictOf(draw, breaks, descr, shape);
  const length = count * sizeOf(descr);
  const data = draw.bytes(breaks.of("elements missing or too many", length, () => Math.max(0, length + draw.integer(20) - 10)));
  const bytes = withPreamble(draw, breaks, header, data);
  return { bytes, broken: breaks.names };
}

/** The same, damaged in a third of all cases. */
export const makeDamagedNpy = (draw: Draw): Made => damaged(draw, makeNpy(draw));

function dictOf(draw: Draw, breaks: Breaks, descr: string, shape: readonly number[]): string {
  const quote = draw.pick(["'", "'", '"']);
  const text = (value: string) => `${quote}${value}${quote}`;
  const odd = breaks.of("descr", descr as string, () => draw.pick(ODD_DESCRS));
  const records = `[('a', '${descr}'), ('b', '<i4')]`;
  const entries: [string, string][] = [
    [
      "descr",
      breaks.of("records", text(odd), () => draw.pick([records, "3", "None", `b${text(odd)}`, `u${text(odd)}`, `r${text(odd)}`])),
    ],
    ["fortran_order", breaks.of("order", "False", () => draw.pick(["True", "False", "0", "1", "None", "'False'", "false"]))],
    ["shape", breaks.of("shape", tupleOf(shape), () => oddShape(draw, shape))],
  ];
  if (draw.chance(0.2)) entries.reverse();
  const extra = breaks.of("keys", [] as [string, string][], () => [
    draw.pick<[string, string]>([
      ["shape", tupleOf([...shape].reverse())],
      ["descr", text("<i4")],
      ["fortran_order", "True"],
      ["Shape", "(9,)"],
      ["x", "1"],
      ["x", `${text("'shape': (9,)")}`],
    ]),
  ]);
  const all = draw.chance(0.5) ? [...entries, ...extra] : [...extra, ...entries];
  const kept = breaks.of("key missing", all, () => all.filter((_, index) => index !== draw.integer(all.length)));
  const [space, end] = [draw.pick(["", " ", " "]), draw.pick(["", ",", ", "])];
  const dict = `{${kept.map(([key, value]) => `${text(key)}:${space}${value}`).join(`,${space}`)}${end}}`;
  return breaks.of("syntax", dict, () =>
    draw.pick([
      dict.slice(1),
      dict.slice(0, -1),
      `${dict}# comment`,
      ` ${dict}`,
      `${dict}${dict}`,
      `(${dict})`,
      `[${dict}]`,
      "",
      "{}",
      "None",
    ]),
  );
}

function tupleOf(sizes: readonly (number | string | bigint)[]): string {
  return sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`;
}

function oddShape(draw: Draw, shape: readonly number[]): string {
  const [first = 3, ...rest] = shape;
  return draw.pick([
    tupleOf([draw.oddSize(), ...rest]),
    tupleOf([draw.oddSize(), draw.oddSize(), 0]),
    tupleOf([0, draw.oddSize()]),
    tupleOf([first, ...rest].map((size) => `${size}L`)),
    tupleOf([`-${first}`, ...rest]),
    tupleOf([`0${first}`, ...rest]),
    tupleOf([`${first}.0`, ...rest]),
    tupleOf([`0x${first}`, ...rest]),
    tupleOf([`+${first}`, ...rest]),
    tupleOf(["True", ...rest]),
    tupleOf(new Array(draw.pick([32, 33, 64, 65])).fill(1)),
    `(${first})`,
    `${first}`,
    `[${shape}]`,
    `(${shape},,)`,
    `((${first},),)`,
    "None",
    tupleOf([...shape].reverse()),
    tupleOf([...shape, 1]),
  ]);
}

function withPreamble(draw: Draw, breaks: Breaks, dict: string, data: Uint8Array): Uint8Array {
  const version = breaks.of("version", draw.pick([1, 1, 2, 3]), () => draw.integer(6));
  const preamble = version === 1 ? 10 : 12;
  const encoded = Buffer.from(
    breaks.of("text outside ASCII", dict, () => `${dict.slice(0, -1)}${draw.pick(["é", "\u2028", "\0"])}${dict.slice(-1)}`),
  );
  const align = breaks.of("alignment", 64, () => draw.pick([1, 16, 128]));
  const padding = Buffer.alloc(align - 1 - ((preamble + encoded.length) % align) || 0, 0x20);
  const end = breaks.of("no newline", "\n", () => draw.pick(["", " ", "\n\n", "\r\n"]));
  const header = Buffer.concat([encoded, padding, Buffer.from(end)]);
  const length = breaks.of("header length", BigInt(header.length), () =>
    draw.chance(0.5) ? draw.oddSize() : BigInt(Math.max(0, header.length + draw.integer(20) - 10)),
  );
  const head = Buffer.alloc(preamble);
  head.set([0x93, ...Buffer.from("NUMPY"), version, breaks.of("minor version", 0, () => draw.integer(256))]);
  if (version === 1) head.writeUInt16LE(Number(length & 0xffffn), 8);
  else head.writeUInt32LE(Number(length & 0xffffffffn), 8);
  return new Uint8Array(Buffer.concat([head, header, data]));
}
