/** The page in Chromium, from a server that lacks a file of the model. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { ended, PageUnderTest } from "./opened-page.js";

let pages: PageUnderTest;
beforeAll(async () => {
  pages = await PageUnderTest.start();
});
afterAll(() => pages.close());

it.each([
  ["model", "model-*.onnx"],
  ["tokenizer", "tokenizer-*.json"],
])("says which file is missing: %s", async (stem, name) => {
  const page = await pages.open((opened) => opened.route(`**/${name}`, (route) => route.fulfill({ status: 404, body: "no" })));
  await ended(page, "failed");
  expect(await page.locator("#task [role=status]").innerText()).toMatch(new RegExp(`/assets/${stem}-.*: 404`));
  await page.context().close();
});
