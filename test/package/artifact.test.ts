/** The built .wasm files: what they import and export, what they must not contain, their size, and what the entries carry. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { instantiateKernels, moduleBytes } from "../../src/kernels.js";

const MOST_BYTES = 64 * 1024;

/** Kinds of exports. */
const FUNCTION = 0;

const ALLOWED_SECTIONS: Readonly<Record<number, string>> = { 1: "type", 2: "import", 3: "function", 7: "export", 10: "code" };
const FORBIDDEN_SECTIONS: Readonly<Record<number, string>> = {
  0: "custom",
  4: "table",
  5: "memory",
  6: "global",
  8: "start",
  9: "element",
  11: "data",
  12: "data count",
};

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** Names that assembly/index.ts exports, those of its other lists among them. */
function kernelsInAssembly(): string[] {
  const code = ["index", "cross-entropy", "linear-cross-entropy"]
    .map((file) => read(`assembly/${file}.ts`).replace(/\/\*[\s\S]*?\*\//g, ""))
    .join("\n");
  const lists = code.matchAll(/export\s*\{([^}]*)\}/g);
  return Array.from(lists, ([, list]) => (list as string).split(",").map((name) => name.trim()))
    .flat()
    .filter((name) => name !== "")
    .sort();
}

/** Members of the interface that TypeScript sees, and how many arguments each takes. */
function kernelsInTypes(): [name: string, count: number][] {
  const members = read("src/wasm/generated/kernels.ts").matchAll(
    /^ {2}\/\*\* \S.* \(assembly\/[\w/-]+\.ts\) \*\/\n {2}(\w+)\((.*)\): \w+;$/gm,
  );
  return Array.from(members, ([, name = "", list = ""]) => [name, list.split(",").length]);
}

/** Section numbers and their contents, in order. */
function sectionsOf(bytes: Uint8Array): [id: number, content: Uint8Array][] {
  const sections: [number, Uint8Array][] = [];
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at];
    let size = 0;
    let shift = 0;
    at++;
    for (let byte = 0x80; byte & 0x80; shift += 7) {
      byte = bytes[at++];
      size |= (byte & 0x7f) << shift;
    }
    sections.push([id, bytes.subarray(at, at + size)]);
    at += size;
  }
  return sections;
}

/** Exported names and kinds, read by hand: this runtime may not take the relaxed build. */
function exportsOf(bytes: Uint8Array): { name: string; kind: number }[] {
  const [, content] = sectionsOf(bytes).find(([id]) => id === 7) as [number, Uint8Array];
  const count = content[0];
  expect(count).toBeLessThan(128);
  const found: { name: string; kind: number }[] = [];
  for (let at = 1; found.length < count; ) {
    const length = content[at];
    const name = Buffer.from(content.subarray(at + 1, at + 1 + length)).toString();
    at += 1 + length;
    found.push({ name, kind: content[at] });
    // the index: one byte, or two
    at += content[at + 1] & 0x80 ? 3 : 2;
  }
  return found;
}

describe.each(["plain", "relaxed"] as const)("kernels-%s.wasm", (name) => {
  const bytes = new Uint8Array(readFileSync(new URL(`../../build/wasm/kernels-${name}.wasm`, import.meta.url)));

  it("imports the memory and nothing else: any size, unshared", () => {
    const [, content] = sectionsOf(bytes).find(([id]) => id === 2) as [number, Uint8Array];
    const imported = [1, 3, ...Buffer.from("env"), 6, ...Buffer.from("memory"), 2, 0];
    // then the least number of pages: none are needed, as nothing is stored in the module
    expect(Array.from(content)).toEqual([...imported, 0]);
  });

  it("exports the kernels of assembly/index.ts, and nothing else", () => {
    const exported = exportsOf(bytes);
    const functions = exported.filter((entry) => entry.kind === FUNCTION).map((entry) => entry.name);
    expect(functions.sort()).toEqual(kernelsInAssembly());
    expect(exported.filter((entry) => entry.kind !== FUNCTION)).toEqual([]);
    expect(kernelsInAssembly()).toEqual(expect.arrayContaining(["rowMax", "rowExpSum", "rowTarget"]));
  });

  it("has no data, globals, tables, start function or names: any number of instances may share a memory", () => {
    const sections = sectionsOf(bytes);
    // the mark by which the package recognises its kernels (src/wasm/mark.ts)
    const mark = sections.pop() as [number, Uint8Array];
    expect([mark[0], new TextDecoder().decode(mark[1].subarray(1))]).toEqual([
      0,
      expect.stringMatching(/^wasm-cross-entropy\d+\.\d+\.\d+ (plain|relaxed) 3$/),
    ]);
    const ids = sections.map(([id]) => id);
    const forbidden = ids.filter((id) => !(id in ALLOWED_SECTIONS));
    expect(forbidden.map((id) => FORBIDDEN_SECTIONS[id] ?? id)).toEqual([]);
    expect(ids).toEqual(Object.keys(ALLOWED_SECTIONS).map(Number));
  });

  it(`takes at most ${MOST_BYTES} bytes`, () => {
    expect(bytes.length).toBeLessThanOrEqual(MOST_BYTES);
  });

  it.each(["src/kernels.ts", "build/kernels.js", "build/bundle/kernels.js"])(
    "is what %s inlines, byte for byte",
    async (file) => {
      const entry: typeof import("../../src/kernels.js") = await import(new URL(`../../${file}`, import.meta.url).href);
      expect(Buffer.from(entry.moduleBytes(name)).equals(bytes)).toBe(true);
    },
  );
});

it("the interface has every kernel, documented, with as many arguments as it takes", () => {
  const kernels = instantiateKernels(new WebAssembly.Memory({ initial: 1 }), "plain");
  const taken = Object.entries(kernels).map(([name, kernel]) => [name, kernel.length]);
  expect(kernelsInTypes().sort()).toEqual(taken.sort());
  expect(taken).toHaveLength(kernelsInAssembly().length);
});

it("the relaxed build has relaxed instructions, the plain one is valid without them", () => {
  const plain = Buffer.from(moduleBytes("plain"));
  const relaxed = Buffer.from(moduleBytes("relaxed"));
  expect(WebAssembly.validate(plain)).toBe(true);
  // prefix 0xfd, then 0x105 in LEB128: f32x4.relaxed_madd
  const madd = Buffer.from([0xfd, 0x85, 0x02]);
  expect(relaxed.includes(madd)).toBe(true);
  expect(plain.includes(madd)).toBe(false);
});
