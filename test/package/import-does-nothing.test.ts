/** Importing an entry of the built package does nothing: no WebAssembly, no bytes decoded, no global, nothing left running. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const ROOT = new URL("../../", import.meta.url);

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

const manifest: Manifest = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8"));
// the others are files to serve: the .wasm files and the browser's worker, which begins its work when it is loaded
const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
  typeof target === "string" ? [] : [[name, new URL(target.default, ROOT).href] as const],
);

/** Counts what `use` makes of an entry, in a process whose WebAssembly counts every use of itself. */
function counted(url: string, use: string): Record<string, unknown> {
  const program = `
    const used = {};
    const count = (name) => (used[name] = (used[name] ?? 0) + 1);
    const counting = (name, target) => new Proxy(target, {
      construct: (target, args) => (count(name), new target(...args)),
      apply: (target, self, args) => (count(name), target.apply(self, args)),
    });
    for (const name of Object.getOwnPropertyNames(WebAssembly)) {
      if (typeof WebAssembly[name] === "function") WebAssembly[name] = counting(name, WebAssembly[name]);
    }
    globalThis.TextEncoder = counting("TextEncoder", TextEncoder);
    const before = Reflect.ownKeys(globalThis).length;
    const entry = await import(${JSON.stringify(url)});
    ${use}
    console.log(JSON.stringify({ used, globals: Reflect.ownKeys(globalThis).length - before, names: Object.keys(entry).length }));
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return JSON.parse(output) as Record<string, unknown>;
}

it.each(entries)("%s", (_, url) => {
  const { used, globals, names } = counted(url, "");
  expect(used).toEqual({});
  expect(globals).toBe(0);
  expect(names).toBeGreaterThan(0);
});

it("is seen where there is something to see: the first call starts its module, the first of another function the whole one", () => {
  const [, url] = entries.find(([name]) => name === ".") as readonly [string, string];
  const usedBy = (...calls: string[]): unknown => counted(url, calls.map((call) => `entry.${call};`).join(" ")).used;
  const [first, second, third] = ["crossEntropy([1, 2], 0)", "softmax([1, 2])", "entropy([0.5, 0.5])"] as const;
  const probe = { validate: 1 };
  expect(usedBy(first)).toEqual({ ...probe, Module: 1, Instance: 1, Memory: 1, TextEncoder: 1 });
  expect(usedBy(first, first)).toEqual(usedBy(first));
  // two texts, in the same memory
  expect(usedBy(first, second)).toEqual({ ...probe, Module: 2, Instance: 2, Memory: 1, TextEncoder: 3 });
  expect(usedBy(first, second, third, first)).toEqual(usedBy(first, second));
  expect(usedBy(second, first, third)).toEqual({ ...probe, Module: 1, Instance: 1, Memory: 1, TextEncoder: 2 });
});
