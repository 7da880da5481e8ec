/** Which build a runtime takes, and what it says where it takes none. */
import { execFileSync } from "node:child_process";
import vm from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { createEngine, createLocalEngine, setModule, version } from "../../src/index.js";
import { moduleBytes } from "../../src/kernels.js";
import { chooseVariant } from "../../src/wasm/module.js";
import { hasRelaxedSimd } from "../../src/wasm/relaxed-probe.js";

const KERNELS = new URL("../../build/kernels.js", import.meta.url).href;

afterEach(() => {
  vi.restoreAllMocks();
});

it("the probe says what validating the relaxed build says", () => {
  expect(hasRelaxedSimd()).toBe(WebAssembly.validate(moduleBytes("relaxed")));
  expect(chooseVariant(false)).toBe(hasRelaxedSimd() ? "relaxed" : "plain");
  expect(chooseVariant(true)).toBe("plain");
});

it("and in a process without flags, which has no relaxed SIMD on Node 20", () => {
  const program = `import { hasRelaxedSimd, moduleBytes } from ${JSON.stringify(KERNELS)};
    console.log(JSON.stringify([hasRelaxedSimd(), WebAssembly.validate(moduleBytes("relaxed"))]));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  const [probed, validated] = JSON.parse(output) as [boolean, boolean];
  expect(probed).toBe(validated);
  expect(probed).toBe(Number.parseInt(process.versions.node, 10) > 20);
});

const { Module } = WebAssembly;

afterEach(() => {
  WebAssembly.Module = Module;
});

/** As V8 refuses: the class is there, and only its construction throws. */
function refuse(cause: Error): void {
  WebAssembly.Module = new Proxy(Module, {
    construct() {
      throw cause;
    },
  });
}

/** Starts kernels that were not compiled before. */
async function refusing(cause: Error): Promise<() => unknown> {
  vi.resetModules();
  const fresh = await import("../../src/kernels.js");
  refuse(cause);
  const memory = new WebAssembly.Memory({ initial: 1 });
  return () => fresh.instantiateKernels(memory, "plain");
}

describe("a runtime that does not compile the kernels is told why, with what it said itself as the cause", () => {
  it("no SIMD", async () => {
    const cause = new WebAssembly.CompileError("invalid value type 's128'");
    const start = await refusing(cause);
    vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    expect(start).toThrow("wasm-cross-entropy: this runtime has no WebAssembly SIMD, which the kernels need (plain build)");
    expect(start).toThrow(expect.objectContaining({ cause }));
  });

  it("a policy", async () => {
    const cause = new WebAssembly.CompileError("WebAssembly.Module(): Wasm code generation disallowed by embedder");
    const start = await refusing(cause);
    expect(start).toThrow(/refuses to compile WebAssembly.*'wasm-unsafe-eval'.*setModule\(\)$/);
    expect(start).toThrow(expect.objectContaining({ cause }));
  });

  it("too little address space, for code and for memory", async () => {
    const cause = new RangeError("WebAssembly.Module(): Out of memory: wasm code commit");
    expect(await refusing(cause)).toThrow(/too little address space for WebAssembly code\. .*`ulimit -v`/);
    WebAssembly.Module = Module;
    const maxima: unknown[] = [];
    vi.spyOn(WebAssembly, "Memory").mockImplementation(function memory(descriptor) {
      maxima.push(descriptor.maximum ?? 0);
      throw new RangeError("WebAssembly.Memory(): could not allocate memory");
    });
    expect(() => createLocalEngine()).toThrow(/^wasm-cross-entropy: too little address space for WebAssembly memory\. /);
    expect(maxima).toEqual([65536, 16384, 4096, 1024, 65536, 16384, 4096, 1024]);
  });

  it("no WebAssembly", () => {
    vi.stubGlobal("WebAssembly", undefined);
    for (const call of [() => createLocalEngine(), () => setModule({} as WebAssembly.Module)]) {
      expect(call).toThrow(
        "wasm-cross-entropy: this runtime has no WebAssembly, which the kernels need (node --jitless turns it off)",
      );
    }
    vi.unstubAllGlobals();
  });
});

describe("a compiled module", () => {
  const logits = [2, 1, 0.5];
  const expected = deterministic.crossEntropy(logits, 0);
  const plain = new WebAssembly.Module(moduleBytes("plain"));

  it("is what the plain functions, the deterministic ones and engines run on where nothing can be compiled", async () => {
    vi.resetModules();
    const fresh = await import("../../src/index.js");
    const freshDeterministic = await import("../../src/deterministic.js");
    refuse(new WebAssembly.CompileError("Wasm code generation disallowed by embedder"));
    expect(() => fresh.crossEntropy(logits, 0)).toThrow(/setModule/);
    fresh.setModule(plain);
    expect(fresh.crossEntropy(logits, 0)).toBe(expected);
    expect(fresh.softmax(logits)).toEqual(deterministic.softmax(logits));
    expect(fresh.info().variant).toBe("plain");
    freshDeterministic.setModule(plain);
    expect(freshDeterministic.crossEntropy(logits, 0)).toBe(expected);
    using local = fresh.createLocalEngine({ module: plain });
    expect(local.crossEntropy(logits, 0)).toBe(expected);
    expect(local.info()).toMatchObject({ variant: "plain", shared: false, reason: "the module given is for unshared memory" });
    await using engine = await fresh.createEngine({ module: plain });
    expect(await engine.crossEntropy(logits, 0)).toBe(expected);
    expect(engine.info()).toMatchObject({ variant: "plain", shared: false, reason: "the module given is for unshared memory" });
  });

  it("of another realm is taken too", () => {
    const alien = vm.runInNewContext("new WebAssembly.Module(bytes)", { bytes: moduleBytes("plain") }) as WebAssembly.Module;
    expect(alien).not.toBeInstanceOf(WebAssembly.Module);
    using local = createLocalEngine({ module: alien });
    expect(local.crossEntropy(logits, 0)).toBe(expected);
  });

  it("that is not ours, of another version or build, or none, is refused", async () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const old = new WebAssembly.Module(marked(bytesWithoutMark(), "plain", "0.0.9"));
    const takers: readonly (readonly [string, (module: never) => unknown])[] = [
      ["module", (module) => setModule(module)],
      ["module", (module) => deterministic.setModule(module)],
      ["options.module", (module) => createLocalEngine({ module })],
      ["options.module", (module) => createEngine({ module })],
    ];
    const kernels = `expected the kernels of wasm-cross-entropy ${version} (kernels-plain.wasm or kernels-relaxed.wasm)`;
    for (const [name, take] of takers) {
      const taking = async (module: unknown): Promise<unknown> => take(module as never);
      await expect(taking(empty)).rejects.toThrow(new RangeError(`${name}: ${kernels}, got another module`));
      await expect(taking(old)).rejects.toThrow(new RangeError(`${name}: ${kernels}, got those of version 0.0.9`));
      await expect(taking({})).rejects.toThrow(/^(options\.)?module: expected a WebAssembly\.Module/);
    }
    const relaxed = { module: marked(bytesWithoutMark(), "relaxed", version), deterministic: true };
    await expect(createEngine(relaxed)).rejects.toThrow(
      /^options\.module: expected kernels-plain\.wasm, with deterministic: true/,
    );
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 100, shared: true });
    expect(() => createLocalEngine({ module: plain, memory })).toThrow(/^options\.memory: expected an unshared memory/);
    await expect(createEngine({ module: Uint8Array.of(1, 2, 3) })).rejects.toThrow(/^options\.module: expected a module that/);
  });
});

/** The plain build before its mark. */
function bytesWithoutMark(): Uint8Array {
  const bytes = moduleBytes("plain");
  return bytes.subarray(0, bytes.length - 2 - 1 - "wasm-cross-entropy".length - `${version} plain 3`.length);
}

function marked(bytes: Uint8Array, variant: string, of: string): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(`wasm-cross-entropy${of} ${variant} 3`);
  return Uint8Array.from([...bytes, 0, text.length + 1, "wasm-cross-entropy".length, ...text]);
}
