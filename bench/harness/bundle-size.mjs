import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * @param {string} code of a module
 * @param {string} folder where its imports are looked up
 * @returns {Promise<import("./start-section.mjs").Size>} of what esbuild makes of it for a browser, in one file: of several
 *   it would write those too that nothing loads
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
