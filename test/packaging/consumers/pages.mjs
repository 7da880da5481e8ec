// Pages: built by the bundlers, served by Vite's development server, and as plain modules.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { MODES, serveFolder } from "../harness/pages.mjs";
import { bundlers, COPY_BESIDE, COPY_ELSEWHERE, NOTHING, ownWorker } from "./bundlers.mjs";

/** Where pages with `workerUrl` have the worker's file: not beside their script, where it would be found without. */
const ELSEWHERE = "workers/web-worker.js";
const ALL = Object.keys(MODES);

/** Each prepares a folder, and gives what serves it with some headers: `{ url, close }`. */
export const pages = [
  {
    name: "Vite, development server",
    browser: "chromium",
    // its client brings inline scripts
    modes: ALL.filter((mode) => mode !== "strict CSP"),
    how: NOTHING,
    prepare: (folder) => (headers) => serveByVite(folder, headers),
  },
  ...bundlers.map(({ name, bundle, worker }) => ({
    name: `${name}, build`,
    browser: "chromium",
    modes: ALL,
    how: worker,
    async prepare(folder) {
      const out = join(folder, "dist");
      await bundle(folder, "page.mjs", out);
      cpSync(join(folder, "index.html"), join(out, "index.html"));
      const copyWorker = (path) => cpSync(join(folder, "node_modules/wasm-cross-entropy", ownWorker), join(out, path));
      if (worker === COPY_BESIDE) copyWorker("web-worker.js");
      if (worker !== COPY_ELSEWHERE) return (headers) => serveFolder(out, headers);
      copyWorker(ELSEWHERE);
      return async (headers) => {
        const server = await serveFolder(out, headers);
        return { ...server, url: `${server.url}?worker=${ELSEWHERE}` };
      };
    },
  })),
  ...["chromium", "firefox"].map((browser) => ({
    name: `no bundler, ${browser === "firefox" ? "Firefox" : "Chromium"}`,
    browser,
    // an import map stands in the page itself
    modes: ALL.filter((mode) => mode !== "strict CSP"),
    how: "import map",
    prepare(folder) {
      const page = join(folder, "index.html");
      writeFileSync(page, readFileSync(page, "utf8").replace("<script", `${importMap()}\n<script`));
      return (headers) => serveFolder(folder, headers);
    },
  })),
];

async function serveByVite(root, headers) {
  const server = await createServer({ root, configFile: false, logLevel: "error", server: { headers, port: 0 } });
  await server.listen();
  return { url: server.resolvedUrls.local[0], close: () => server.close() };
}

/** The one that the documentation shows. */
function importMap() {
  const text = readFileSync(fileURLToPath(new URL("../../../docs/browser.md", import.meta.url)), "utf8");
  const found = /<script type="importmap">[\s\S]*?<\/script>/.exec(text);
  if (!found) throw new Error("docs/browser.md: no import map");
  return found[0];
}
