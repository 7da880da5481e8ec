/** Which build a runtime takes, and what it says where it takes none. */
import { execFileSync } from "node:child_process";
import { afterEach, expect, it, vi } from "vitest";
import { instantiateKernels, moduleBytes } from "../../src/kernels.js";
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

it("a runtime without SIMD is told so, with what it said itself as the cause", () => {
  const cause = new WebAssembly.CompileError("invalid value type 's128'");
  vi.spyOn(WebAssembly, "Module").mockImplementation(function compile() {
    throw cause;
  });
  const memory = new WebAssembly.Memory({ initial: 1 });
  const start = () => instantiateKernels(memory, "plain");
  expect(start).toThrow("this runtime does not take WebAssembly SIMD (plain)");
  expect(start).toThrow(expect.objectContaining({ cause }));
});
