import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { info, version } from "../../src/index.js";

it("is package.json's", () => {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(version).toBe(manifest.version);
  expect(info().version).toBe(manifest.version);
});
