/** The worker's file in Node: where it may be named, what it is, and what an engine without it says. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createEngine } from "../../build/index.js";

const url = new URL("../../build/hosts/node-worker.js", import.meta.url);

it.each([
  ["a URL", url],
  ["the text of a URL", url.href],
  ["a path", fileURLToPath(url)],
])("workerUrl: %s", async (_, workerUrl) => {
  const engine = await createEngine({ threads: 1, workerUrl });
  expect(engine.info().threads).toBe(1);
  await engine.close();
});

it("imports and exports nothing, so that it runs as an ES module and as CommonJS", () => {
  expect(readFileSync(url, "utf8")).not.toMatch(/\b(import|export)\b *[({*"']|\brequire\(/);
});

it("a missing file is an error of one line that names the place and the remedy", async () => {
  const workerUrl = `/nowhere${"/folder".repeat(60)}/lost-worker.js`;
  const failed = createEngine({ threads: 1, workerUrl });
  await expect(failed).rejects.toThrow(
    /^wasm-cross-entropy: there is no worker file \.\.\..*\/lost-worker\.js: .*node-worker\.js\?$/,
  );
  const { message } = (await failed.catch((error: unknown) => error)) as Error;
  expect(message.length).toBeLessThan(300);
});
