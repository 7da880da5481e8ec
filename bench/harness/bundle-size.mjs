import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * @param {string} code of a module
 * @param {string} folder where its imports are resolved
 * @returns {Promise<import("./start-section.mjs").Size>} size of the bundle for a browser, as one file:
 * with several, esbuild also
 *   writes chunks that nothing loads
 */
export async function bundleSize(code, folder) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    outfile: "bundle.js",
    write: false,
  });
  const [{ contents }] = outputFiles;
  return { bytes: contents.length, gzipped: gzipSync(contents, { level: 9 }).length };
}
