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
    globalThis.atob = counting("atob", atob);
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

it("is seen where there is something to see: the first call starts the module, the second does not", () => {
  const [, url] = entries.find(([name]) => name === ".") as readonly [string, string];
  const { used } = counted(url, "entry.crossEntropy([1, 2], 0);");
  expect(used).toMatchObject({ Module: 1, Instance: 1, Memory: 1 });
  expect(counted(url, "entry.crossEntropy([1, 2], 0); entry.softmax([1, 2]); entry.entropy([0.5, 0.5]);").used).toEqual(used);
});

it("covers every entry that is code", () => {
  expect(entries.map(([name]) => name)).toEqual(expect.arrayContaining([".", "./deterministic", "./reference", "./kernels"]));
});
