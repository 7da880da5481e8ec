import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { info, version } from "../../src/index.js";

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(new URL(`../../${folder}package.json`, import.meta.url), "utf8"));

it("is package.json's", () => {
  const manifest = manifestOf("");
  expect(version).toBe(manifest.version);
  expect(info().version).toBe(manifest.version);
});

it("is the tool's too, which depends on exactly this version", () => {
  const tool = manifestOf("xent/");
  expect(tool.version).toBe(version);
  expect(tool.dependencies["wasm-cross-entropy"]).toBe(version);
});
