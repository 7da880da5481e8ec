import { Breaks, type Draw, damaged, type Made } from "./draw.js";

const SIZES = {
  F32: 4,
  F64: 8,
  F16: 2,
  BF16: 2,
  I8: 1,
  U8: 1,
  I16: 2,
  U16: 2,
  I32: 4,
  U32: 4,
  I64: 8,
  U64: 8,
  BOOL: 1,
  F8_E4M3: 1,
} as const;
const DTYPES = Object.keys(SIZES) as [keyof typeof SIZES, ...(keyof typeof SIZES)[]];

/** A tensor's entry as texts of JSON. */
interface Entry {
  name: string;
  dtype: string;
  shape: string;
  offsets: string;
}

/** A valid file, or one whose header is broken. */
export function makeSafetensors(draw: Draw): Made {
  const breaks = new Breaks(draw, 0.05);
  const entries: Entry[] = [];
  let end = 0;
  const count = draw.integer(4);
  for (let index = 0; index <= count; index++) {
    const dtype = draw.pick(DTYPES);
    const shape = Array.from({ length: draw.integer(4) }, () => draw.integer(4));
    const begin = end;
    end += shape.reduce((product, size) => product * size, 1) * SIZES[dtype];
    entries.push(entryOf(draw, breaks, index, dtype, shape, [begin, end]));
  }
  if (draw.chance(0.2)) entries.reverse();
  const header = headerOf(draw, breaks, entries);
  const text = Buffer.from(header);
  const bytes = breaks.of("text that is not UTF-8", text, () => {
    const copy = Buffer.from(text);
    copy[draw.integer(copy.length)] = draw.pick([0xff, 0xc0, 0xed, 0x80]);
    return copy;
  });
  const length = breaks.of("header's length", BigInt(bytes.length), () =>
    draw.chance(0.5) ? draw.oddSize() : BigInt(Math.max(0, bytes.length + draw.integer(9) - 4)),
  );
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt.asUintN(64, length));
  const data = draw.bytes(breaks.of("data missing or too long", end, () => Math.max(0, end + draw.integer(9) - 4)));
  return { bytes: new Uint8Array(Buffer.concat([head, bytes, data])), broken: breaks.names };
}

/** The same, damaged in a third of all cases. */
export const makeDamagedSafetensors = (draw: Draw): Made => damaged(draw, makeSafetensors(draw));

function entryOf(
  draw: Draw,
  breaks: Breaks,
  index: number,
  dtype: keyof typeof SIZES,
  shape: readonly number[],
  [begin, end]: readonly [number, number],
): Entry {
  const name = draw.pick([`t${index}`, `t${index}`, `layer.${index}`, "logits", "é"]) + index;
  const [first = 2, ...rest] = shape;
  return {
    name: breaks.of("name", JSON.stringify(name), () =>
      draw.pick([
        `"\\u0074${index}"`,
        '""',
        '"__metadata__"',
        '"__proto__"',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"a\\u0000b"',
        '"t0"',
        '"a\nb"',
        '"\\x41"',
        "t0",
        "1",
      ]),
    ),
    dtype: breaks.of("dtype", `"${dtype}"`, () =>
      draw.pick([
        '"F4"',
        '"f32"',
        '"F32 "',
        '"F\\u00332"',
        '"I128"',
        '""',
        "null",
        "4",
        '"F8_E5M2"',
        '"C64"',
        '"constructor"',
        '["F32"]',
        '{"F32":null}',
      ]),
    ),
    shape: breaks.of("shape", JSON.stringify(shape), () =>
      draw.pick([
        `[${draw.oddSize()}]`,
        `[${draw.oddSize()},${draw.oddSize()},${rest.join() || 0}]`,
        `[0,${draw.oddSize()}]`,
        `[${first}.0${rest.map((size) => `,${size}`).join("")}]`,
        `[${first}e0]`,
        `[-${first}]`,
        "[-0]",
        `[0${first}]`,
        `["${first}"]`,
        `[${new Array(draw.pick([64, 65])).fill(1)}]`,
        "null",
        "{}",
        `${first}`,
        `[${[...shape].reverse()}]`,
        `[${[...shape, 1]}]`,
        `[[${shape}]]`,
      ]),
    ),
    offsets: breaks.of("offsets", `[${begin},${end}]`, () =>
      draw.pick([
        `[${end},${begin}]`,
        `[${begin + 1},${end + 1}]`,
        `[${Math.max(0, begin - 1)},${Math.max(0, end - 1)}]`,
        `[0,${end - begin}]`,
        `[${begin},${end},0]`,
        `[${begin}]`,
        `[${begin}.0,${end}]`,
        `["${begin}",${end}]`,
        `[${draw.oddSize()},${draw.oddSize()}]`,
        `[-${begin},${end}]`,
        "null",
        "[]",
        `{"0":${begin},"1":${end}}`,
      ]),
    ),
  };
}

function headerOf(draw: Draw, breaks: Breaks, entries: readonly Entry[]): string {
  const texts = entries.map(({ name, dtype, shape, offsets }) => {
    const fields = [`"dtype":${dtype}`, `"shape":${shape}`, `"data_offsets":${offsets}`];
    if (draw.chance(0.2)) fields.reverse();
    const kept = breaks.of("field missing", fields, () => fields.slice(1));
    const all = breaks.of("field twice, or another", kept, () => [
      ...kept,
      draw.pick([`"dtype":${dtype}`, '"shape":[9]', '"x":1', '"\\u0064type":"U8"', '"x":{"y":[]},"x":2']),
    ]);
    return `${name}:${breaks.of("entry", `{${all.join()}}`, () => draw.pick(["null", "[]", "1", '""', "{}", `[${all.map((field) => field.slice(field.indexOf(":") + 1))}]`]))}`;
  });
  const metadata = draw.chance(0.4) ? ['"__metadata__":{"format":"pt"}'] : [];
  const other = breaks.of("metadata", metadata, () => [
    draw.pick([
      '"__metadata__":null',
      '"__metadata__":{}',
      '"__metadata__":{"a":1}',
      '"__metadata__":[]',
      '"__metadata__":{"a":null}',
      '"__metadata__":{"a":"1","a":"2"}',
      '"__metadata__":{},"__metadata__":{}',
      '"__metadata__":{"a":{"b":"c"}}',
    ]),
  ]);
  const twice = breaks.of("tensor twice", texts, () => [...texts, texts[0] ?? ""]);
  const header = `{${[...other, ...twice].join(draw.pick([",", ", "]))}}`;
  return breaks.of("JSON", `${header}${" ".repeat(draw.integer(9))}`, () =>
    draw.pick([
      header.slice(0, -1),
      `${header}}`,
      `${header}\0`,
      `${header}{}`,
      `\ufeff${header}`,
      ` ${header}`,
      header.replace(",", ",,"),
      header.replace('"', "'"),
      `{"a":${"[".repeat(draw.pick([100, 126, 127, 128, 5000]))}`,
      `{"a":${"[".repeat(200)}${"]".repeat(200)},${header.slice(1)}`,
      header.replaceAll("[", "[ \t\r\n"),
      `${header.slice(0, -1)},}`,
      `[${header}]`,
      `${header}// comment`,
    ]),
  );
}
