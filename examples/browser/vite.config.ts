/** The page, built to dist/ and served from there. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** With these two the page is cross-origin isolated: only then may workers share memory (docs/browser.md). */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Nothing comes from elsewhere, and no code is made of text. */
const policy = {
  "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  worker: { format: "es" },
  // a data: address would be against the policy
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
  server: { headers: isolation, fs: { allow: [fromRoot("")] } },
  preview: { headers: { ...isolation, ...policy } },
});
