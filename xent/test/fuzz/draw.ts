import { Random } from "../../../test/losses/random.js";

/** Choices from a seed: the same seed makes the same input on every machine. */
export class Draw extends Random {
  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.integer(items.length)] as Item;
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.integer(256));
  }

  /** A number at which readers go wrong: around 0, powers of two, and the ends of the integer types. */
  oddSize(): bigint {
    const edge = 1n << BigInt(this.pick([0, 3, 7, 8, 15, 16, 24, 31, 32, 33, 47, 52, 53, 62, 63, 64]));
    return this.chance(0.2) ? 0n : edge - BigInt(this.pick([0, 1, 1, -1]));
  }
}

/** What a fuzzer made, and how: the names of what it broke. */
export interface Made {
  readonly bytes: Uint8Array;
  readonly broken: readonly string[];
}

type ByteBreak = (draw: Draw, bytes: Uint8Array) => Uint8Array;

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

/** Damage that knows no structure: what disks, copies and downloads do. */
const BYTE_BREAKS: Readonly<Record<string, ByteBreak>> = {
  "bit flipped": (draw, bytes) => {
    const at = draw.integer(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << draw.integer(8));
    return bytes;
  },
  "byte replaced": (draw, bytes) => {
    bytes[draw.integer(bytes.length)] = draw.integer(256);
    return bytes;
  },
  "cut off": (draw, bytes) => bytes.slice(0, draw.integer(bytes.length)),
  "bytes added": (draw, bytes) => joined(bytes, draw.bytes(1 + draw.integer(20))),
  "bytes missing": (draw, bytes) => {
    const at = draw.integer(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + draw.integer(8)));
  },
  "bytes repeated": (draw, bytes) => {
    const at = draw.integer(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 1 - draw.integer(16))));
  },
  "number replaced": (draw, bytes) => {
    const width = draw.pick([2, 4, 8]);
    if (bytes.length < width) return bytes;
    const at = draw.integer(bytes.length - width + 1);
    const value = draw.oddSize();
    for (let index = 0; index < width; index++) bytes[at + index] = Number((value >> BigInt(8 * index)) & 0xffn);
    return bytes;
  },
  zeroed: (draw, bytes) => {
    const at = draw.integer(bytes.length);
    return new Uint8Array(bytes).fill(0, at, at + 1 + draw.integer(8));
  },
};

const NAMES = Object.keys(BYTE_BREAKS) as [string, ...string[]];

/** Damages bytes without regard to their structure, in a third of all calls. */
export function damaged(draw: Draw, made: Made): Made {
  if (made.bytes.length === 0 || !draw.chance(0.33)) return made;
  const name = draw.pick(NAMES);
  return { bytes: (BYTE_BREAKS[name] as ByteBreak)(draw, made.bytes.slice()), broken: [...made.broken, name] };
}

/** Collects what is broken: each call decides whether, and notes its name. */
export class Breaks {
  readonly names: string[] = [];
  readonly #draw: Draw;
  readonly #share: number;

  /** @param share probability of each break */
  constructor(draw: Draw, share: number) {
    this.#draw = draw;
    this.#share = share;
  }

  /** Returns `good`, or what `bad` makes of it. */
  of<Value>(name: string, good: Value, bad: (draw: Draw) => Value): Value {
    if (!this.#draw.chance(this.#share)) return good;
    this.names.push(name);
    return bad(this.#draw);
  }
}
