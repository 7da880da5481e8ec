/** Builds the page to dist/ and serves it from there. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** These two headers make the page cross-origin isolated, which workers need to share memory (docs/browser.md). */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** The page loads nothing from other servers and makes no code from text. */
const policy = {
  "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  worker: { format: "es" },
  // assetsInlineLimit: the policy forbids data: addresses
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
  server: { headers: isolation, fs: { allow: [fromRoot("")] } },
  preview: { headers: { ...isolation, ...policy } },
});
