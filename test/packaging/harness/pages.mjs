// Pages: served with the headers of a mode, opened in a browser, their outcome read.
import { createServer } from "node:http";
import sirv from "sirv";

const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const STRICT = { "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'" };

/** The headers that a server sends with every file, by the name of the matrix's column. */
export const MODES = {
  isolated: ISOLATION,
  "not isolated": {},
  "strict CSP": { ...ISOLATION, ...STRICT },
};

/** Milliseconds until a page must have an outcome; it takes half a second. */
const PATIENCE = 30_000;

/** Serves a folder on a port of its own. */
export async function serveFolder(folder, headers) {
  const files = sirv(folder, { dev: true });
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    files(request, response);
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${server.address().port}/`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What the page at `url` computed, and what it complained of. */
export async function outcomeOf(browser, url) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => {
    // browsers ask for an icon by themselves
    if (message.type() === "error" && !message.location().url?.endsWith("/favicon.ico")) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  try {
    await page.goto(url);
    return { ...JSON.parse(await writtenBy(page, complaints)), complaints };
  } finally {
    await page.close();
  }
}

/** Not waitForFunction: that makes a function of text in the page, which a strict policy forbids. */
async function writtenBy(page, complaints) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    const text = await page.evaluate(() => document.querySelector("output")?.textContent);
    if (text) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the page gave no outcome: ${complaints.join("; ") || "no complaint"}`);
}
