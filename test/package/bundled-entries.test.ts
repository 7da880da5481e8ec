/** The entries as published: of few files, and beside each other one package. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const ROOT = new URL("../../", import.meta.url);
const ENTRIES = ["index", "deterministic", "kernels", "text"];

const built = (name: string): string => new URL(`build/${name}.js`, ROOT).href;

/** A module and all that it loads at once, by static imports. */
function loadedBy(url: string, found = new Set<string>()): Set<string> {
  if (found.has(url)) return found;
  found.add(url);
  const text = readFileSync(new URL(url), "utf8");
  for (const [, specifier] of text.matchAll(/^(?:import|export)?[^;"]*?(?:\bfrom|\bimport) "([^"]+)";$/gm)) {
    if (specifier?.startsWith(".")) loadedBy(new URL(specifier, url).href, found);
    else found.add(specifier as string);
  }
  return found;
}

it.each(ENTRIES)("%s loads few files, all of them bundled: each is half a millisecond of a process's start", (name) => {
  const files = [...loadedBy(built(`bundle/${name}`))];
  // text is one more on top of index
  expect(files.length).toBeLessThanOrEqual(name === "text" ? 6 : 5);
  expect(files.filter((url) => !url.startsWith(new URL("build/bundle/", ROOT).href))).toEqual([]);
  // and what tsc wrote, of many, is read by the same eyes
  expect(loadedBy(built(name === "kernels" ? "engine/local" : name), new Set([built("x")])).size).toBeGreaterThan(10);
});

it.each(ENTRIES)("%s exports what its source does", async (name) => {
  const [bundled, source] = await Promise.all([import(built(`bundle/${name}`)), import(built(name))]);
  expect(Object.keys(bundled).sort()).toEqual(Object.keys(source).sort());
});

it("the entries are of the same files, and an engine's errors those that the entry exports", async () => {
  const [index, deterministic] = await Promise.all([import(built("bundle/index")), import(built("bundle/deterministic"))]);
  expect(deterministic.mergePartials).toBe(index.mergePartials);
  const engine = await index.createEngine({ threads: 1 });
  await engine.close();
  await expect(engine.crossEntropy([1, 2], 0)).rejects.toBeInstanceOf(index.EngineClosedError);
});
