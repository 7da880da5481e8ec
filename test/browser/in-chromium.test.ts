/** Pages under a content security policy, and arrays of an iframe, with the built package in Chromium. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../../examples/browser/chromium.mjs";

const BUILD = fileURLToPath(new URL("../../build", import.meta.url));

let browser: Browser;
let server: Server;
/** Pages have the policy that their address names. */
let origin: string;

beforeAll(async () => {
  browser = await launchChromium();
  const worker = readFileSync(join(BUILD, "hosts/web-worker.js"));
  const { outputFiles } = await build({
    entryPoints: [join(BUILD, "bundle/index.js")],
    alias: { "#pool-host": join(BUILD, "hosts/web.js") },
    ...{ bundle: true, format: "esm", platform: "browser", write: false },
  });
  const bundle = outputFiles[0]?.contents;
  server = createServer(({ url = "/" }, response) => {
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const policy = searchParams.get("policy");
    if (policy) response.setHeader("Content-Security-Policy", policy);
    if (pathname === "/") return void response.setHeader("Content-Type", "text/html").end("<!doctype html><title>page</title>");
    const code = new Map([
      ["/index.js", bundle],
      ["/web-worker.js", worker],
    ]).get(pathname);
    response.writeHead(code === undefined ? 404 : 200, { "Content-Type": "text/javascript" }).end(code);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser.close();
  server.close();
});

/** What a script returns that runs as a module would, in a page with a policy. */
async function inPage(policy: string | undefined, script: string): Promise<unknown> {
  const page = await browser.newPage();
  try {
    await page.goto(`${origin}/${policy === undefined ? "" : `?policy=${encodeURIComponent(policy)}`}`);
    return await page.evaluate(`(async () => {
      const xent = await import("/index.js");
      ${script}
    })()`);
  } finally {
    await page.close();
  }
}

const LOSS = `xent.crossEntropy(new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]), [0, 1])`;
const TOLD = `try { return ${LOSS} } catch (error) { return error.message }`;

test("a policy that refuses to compile WebAssembly is named, with what it needs", async () => {
  const message = await inPage("script-src 'self'", TOLD);
  expect(message).toMatch(/policy/);
  expect(message).toMatch(/'wasm-unsafe-eval'/);
  expect(String(message).length).toBeLessThanOrEqual(300);
  expect(message).not.toMatch(/SIMD/);
});

test("a policy with 'wasm-unsafe-eval' is enough", async () => {
  expect(await inPage("script-src 'self' 'wasm-unsafe-eval'", TOLD)).toBeCloseTo(0.3853622, 6);
});

test("an iframe's arrays, memory and signal are taken as the page's own", async () => {
  const [foreign, loss, probabilities, out, aborted] = (await inPage(
    undefined,
    `const frame = document.body.appendChild(document.createElement("iframe")).contentWindow;
    const logits = frame.Float32Array.from([2, 1, 0.5, 0.5, 2.5, 1]);
    const loss = xent.crossEntropy(logits, frame.BigInt64Array.from([0n, 1n]));
    const q = frame.Float32Array.from([1, 0, 0, 0, 1, 0]);
    const probabilities = xent.crossEntropy(logits, q, { shape: [2, 3] });
    const out = new frame.Float32Array(2);
    const written = xent.crossEntropy(logits, [0, 1], { reduction: "none", out }) === out && out[0] > 0.46;
    const controller = new frame.AbortController();
    controller.abort(new Error("asked to stop"));
    const engine = await xent.createEngine({ workerUrl: new URL("/web-worker.js", location.href) });
    const aborted = await engine.crossEntropy(logits, [0, 1], { signal: controller.signal }).catch(({ message }) => message);
    await engine.close();
    return [!(logits instanceof Float32Array), loss, probabilities, written, aborted];`,
  )) as readonly unknown[];
  expect(foreign).toBe(true);
  expect(loss).toBeCloseTo(0.3853622, 6);
  expect(probabilities).toBe(loss);
  expect(out).toBe(true);
  expect(aborted).toBe("asked to stop");
});
