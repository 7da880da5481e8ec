/** THIRD-PARTY.md lists what the packages need at run time, with the licences of the installed versions. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly license?: string;
  readonly link?: boolean;
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const { packages } = JSON.parse(read("package-lock.json")) as { packages: Readonly<Record<string, LockedPackage>> };

/** Packages that may be combined with the MIT licence without further terms for users. */
const PERMISSIVE = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD"];

/** The lock's entry that `name` means for the package at `from`: the nearest node_modules folder that has it. */
function lockedAt(from: string, name: string): string {
  const folders = from.split("/node_modules/").map((_, index, parts) => parts.slice(0, index + 1).join("/node_modules/"));
  const found = [...folders.reverse().map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
  const path = found.find((candidate) => candidate in packages);
  if (path === undefined) throw new Error(`${name}: not in package-lock.json`);
  return path;
}

/** Names and licences of all packages that `root` depends on, its workspaces' own left out. */
function needed(root: string, seen = new Map<string, string | undefined>()): Map<string, string | undefined> {
  for (const name of Object.keys(packages[root]?.dependencies ?? {})) {
    const path = lockedAt(root, name);
    if (packages[path]?.link || seen.has(name)) continue;
    seen.set(name, packages[path]?.license);
    needed(path, seen);
  }
  return seen;
}

it("THIRD-PARTY.md lists the dependencies of both packages and their licences", () => {
  const [, library = "", tool = ""] = /^`wasm-cross-entropy` ([\s\S]*?)^`xent` ([\s\S]*)/m.exec(read("THIRD-PARTY.md")) ?? [];
  const listed = (text: string) =>
    Array.from(text.matchAll(/^\| `(\S+)` +\| (\S+) +\|$/gm), ([, name, licence]) => [name, licence]);
  expect(listed(library)).toEqual(Array.from(needed("")).sort());
  expect(listed(tool)).toEqual(Array.from(needed("xent")).sort());
  expect(listed(tool).length).toBeGreaterThan(10);
  expect([...needed("").values(), ...needed("xent").values()].filter((licence) => !PERMISSIVE.includes(licence ?? ""))).toEqual(
    [],
  );
});
