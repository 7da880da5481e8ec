/** Pages bundled by Vite and by webpack, with no configuration of the package's: workers found, memory shared, results right. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import webpack from "webpack";

const PAGE = fileURLToPath(new URL("page.mjs", import.meta.url));
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript" };

const folder = mkdtempSync(join(tmpdir(), "wasm-cross-entropy-bundles-"));
let browser: Browser;
let server: Server;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM as string, args: ["--no-sandbox"] });
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, "http://localhost");
    const isolation: Record<string, string> = {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    };
    try {
      const body = readFileSync(join(folder, pathname));
      const type = TYPES[extname(pathname)] ?? "application/octet-stream";
      response.writeHead(200, { "Content-Type": type, ...(searchParams.has("open") ? {} : isolation) }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** What the page of a bundle came to. */
async function outcomeOf(path: string): Promise<unknown> {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`);
  await page.waitForFunction(() => "outcome" in globalThis, undefined, { timeout: 30_000 }).catch(() => undefined);
  expect(errors).toEqual([]);
  return page.evaluate(() => (globalThis as { outcome?: unknown }).outcome);
}

function writePage(name: string, script: string): void {
  writeFileSync(join(folder, name), `<!doctype html><script type="module" src="${script}"></script>`);
}

it("Vite", async () => {
  await build({
    configFile: false,
    logLevel: "error",
    root: folder,
    build: {
      outDir: join(folder, "vite"),
      target: "esnext",
      rollupOptions: { input: { page: PAGE }, output: { entryFileNames: "page.js" } },
    },
    base: "./",
  });
  writePage("vite/index.html", "./page.js");
  expect(await outcomeOf("vite/index.html")).toEqual({ shared: true, threads: 2, same: true });
});

it("webpack", async () => {
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    const config: webpack.Configuration = {
      mode: "production",
      entry: PAGE,
      output: { path: join(folder, "webpack"), filename: "page.js" },
      performance: false,
    };
    webpack(config, (error, result) => (error ? reject(error) : resolve(result)));
  });
  expect(stats?.toJson({ all: false, errors: true, warnings: true })).toMatchObject({ errors: [], warnings: [] });
  writePage("webpack/index.html", "./page.js");
  expect(await outcomeOf("webpack/index.html")).toEqual({ shared: true, threads: 2, same: true });
  expect(await outcomeOf("webpack/index.html?open")).toEqual({ shared: false, threads: 1, same: true });
});
