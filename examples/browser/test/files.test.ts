/** Logits from files, in Chromium. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as reference from "../../../build/reference/index.js";
import { npyBytes, safetensorsBytes, temporaryFolder } from "../../../xent/test/files/written.js";
import { MOST_SHOWN } from "../src/scoring/scored.js";
import { ended, PageUnderTest } from "./opened-page.js";
import { differences, type KnownTotals, readTotals } from "./read-totals.js";
import { dataPath, totalsOfCommand } from "./scores-of-node.js";

const folder = temporaryFolder();
let pages: PageUnderTest;
let page: Page;

beforeAll(async () => {
  pages = await PageUnderTest.start();
  page = await pages.open();
  await ended(page, "done");
});
afterAll(async () => {
  await pages.finish(page);
  await pages.close();
});

const tokens = () => page.getByRole("listbox", { name: "Tokens" }).getByRole("option");

async function choose(...paths: string[]): Promise<void> {
  await page.getByLabel("Logits from files").setInputFiles(paths);
}

/** Three rows of four classes; the middle one is ignored. */
const LOGITS = [2, 1, 0.5, -1, 9, 9, 9, 9, 0.5, 2.5, 1, 3];
const TARGETS = [1, -100, 3];
const known = () => scored(LOGITS, TARGETS, 4);

/** Totals computed by the reference, without bits per byte: these files have no token bytes. */
function scored(logits: number[] | Float32Array, targets: number[] | Uint8Array, classes: number): KnownTotals {
  const { bitsPerByte: _, ...totals } = reference.scoreTokens(logits, targets, { shape: [targets.length, classes] }).totals;
  return totals;
}

function npyFiles(): [logits: string, targets: string] {
  const head = (descr: string, shape: string) => `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  return [
    folder.write("some-logits.npy", npyBytes(head("<f4", "3, 4"), Float32Array.from(LOGITS))),
    folder.write("some-ids.npy", npyBytes(head("<i8", "3,"), BigInt64Array.from(TARGETS, BigInt))),
  ];
}

describe("files", () => {
  it("takes a dropped .safetensors: the totals are those of npm start", async () => {
    const base64 = readFileSync(dataPath("devil.f32.safetensors")).toString("base64");
    const dropped = await page.evaluateHandle((text) => {
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], "devil.f32.safetensors"));
      return data;
    }, base64);
    // files can be dropped anywhere on the page
    await page.dispatchEvent("h1", "dragenter", { dataTransfer: dropped });
    await page.dispatchEvent("h1", "drop", { dataTransfer: dropped });
    await ended(page, "done");
    expect(await page.getByRole("heading", { name: "devil.f32.safetensors" }).isVisible()).toBe(true);
    expect(differences(await page.evaluate(readTotals), totalsOfCommand("devil.f32.safetensors"))).toEqual([]);
    expect(await tokens().nth(1).innerText()).toBe("40 ");
  });

  it("takes two .npy files, in any order, and leaves ignored rows out", async () => {
    const [logits, targets] = npyFiles();
    for (const paths of [
      [logits, targets],
      [targets, logits],
    ]) {
      await choose(...paths);
      await ended(page, "done");
      expect(differences(await page.evaluate(readTotals), known())).toEqual([]);
      expect(await tokens().allInnerTexts()).toEqual(["1 ", "3 "]);
    }
  });

  it.each([
    ["F16", "float16"],
    ["BF16", "bfloat16"],
  ])("takes 16-bit logits (%s)", async (dtype) => {
    // 16 bits hold all of these numbers exactly
    const words = Uint16Array.from(LOGITS, (x) =>
      dtype === "F16" ? halfWord(x) : new Uint32Array(Float32Array.of(x).buffer)[0] >>> 16,
    );
    const path = folder.write(
      "half.safetensors",
      safetensorsBytes({
        logits: { dtype, shape: [3, 4], data: words },
        targets: { dtype: "I32", shape: [3], data: Int32Array.from(TARGETS) },
      }),
    );
    await choose(path);
    await ended(page, "done");
    expect(differences(await page.evaluate(readTotals), known())).toEqual([]);
  });

  it("draws the first tokens of a large file, and counts all", async () => {
    const rows = MOST_SHOWN + 1000;
    const logits = Float32Array.from({ length: rows * 2 }, (_, index) => (index % 7) - 3);
    const targets = Uint8Array.from({ length: rows }, (_, row) => row % 2);
    const tensors = {
      logits: { dtype: "F32", shape: [rows, 2], data: logits },
      targets: { dtype: "U8", shape: [rows], data: targets },
    };
    await choose(folder.write("many.safetensors", safetensorsBytes(tensors)));
    await ended(page, "done");
    expect(differences(await page.evaluate(readTotals), scored(logits, targets, 2))).toEqual([]);
    expect(await tokens().count()).toBe(MOST_SHOWN);
    expect(await page.locator("#cut").innerText()).toContain("4,096");
  });

  it("explains a bad file in one line, and accepts the next", async () => {
    const messageFor = async (...paths: string[]) => {
      await choose(...paths);
      await ended(page, "failed");
      return page.locator("#task [role=status]").innerText();
    };
    const [logits, targets] = npyFiles();
    expect(await messageFor(folder.write("notes.npy", new TextEncoder().encode("no tensor")))).toMatch(
      /^notes\.npy: not a \.npy file/,
    );
    expect(await messageFor(folder.write("cut.npy", readFileSync(logits).subarray(0, -4)))).toMatch(
      /^cut\.npy: truncated: expected \d+ bytes/,
    );
    expect(await messageFor(logits)).toMatch(/^targets: expected one tensor named "targets", .*some-logits\.npy \(F32 \[3,4\]\)/);
    const wrong = { ...integers([0, 4, 1]), logits: { dtype: "F32", shape: [3, 4], data: Float32Array.from(LOGITS) } };
    expect(await messageFor(folder.write("wrong.safetensors", safetensorsBytes(wrong)))).toBe(
      'wrong.safetensors: tensor "targets": row 1: expected a class in 0..3 or -100, got 4',
    );
    const few = { ...wrong, ...integers([0, 1]) };
    expect(await messageFor(folder.write("few.safetensors", safetensorsBytes(few)))).toMatch(
      /expected 3 targets, one per row of \[3,4\], got 2/,
    );
    await choose(logits, targets);
    await ended(page, "done");
    expect(differences(await page.evaluate(readTotals), known())).toEqual([]);
  });
});

function integers(values: number[]) {
  return { targets: { dtype: "I32", shape: [values.length], data: Int32Array.from(values) } };
}

/** Converts a number that float16 holds exactly, except 0. */
function halfWord(x: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  return (x < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | ((Math.abs(x) / 2 ** exponent - 1) * 1024);
}
