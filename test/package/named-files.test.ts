/** Comments and documents name files of the tree (a kernel's head its tests): those must be there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TREES = ["assembly", "src", "docs", "bench", "examples", "scripts", "xent/src", "xent/docs"];
const DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "xent/README.md"];
const NAMED = /\b(?:(?:examples\/[\w-]+|xent)\/)?(?:test|assembly|src|scripts)\/[\w/.-]+\.(?:ts|mjs)\b/g;

const files = [
  ...TREES.flatMap((tree) =>
    readdirSync(join(ROOT, tree), { recursive: true, encoding: "utf8" }).map((path) => join(tree, path)),
  ),
  ...DOCUMENTS,
].filter((path) => /\.(ts|mjs|md)$/.test(path) && !path.includes("node_modules"));

it("every file of the tree that is named exists", () => {
  const named = files.flatMap((path) =>
    Array.from(readFileSync(join(ROOT, path), "utf8").matchAll(NAMED), ([name]) => ({ path, name })),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ name }) => !existsSync(join(ROOT, name)))).toEqual([]);
});
