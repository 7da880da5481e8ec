/** The kernels that this browser reads from their text. */
import { expect, it } from "vitest";
import { moduleBytes } from "../../src/kernels.js";

it.each(["plain", "relaxed"] as const)("are the bytes of kernels-%s.wasm", async (variant) => {
  const response = await fetch(new URL(`../../build/wasm/kernels-${variant}.wasm`, import.meta.url));
  expect(response.ok).toBe(true);
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(moduleBytes(variant)).toEqual(bytes);
});
