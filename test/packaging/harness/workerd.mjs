// workerd, the runtime of Cloudflare Workers, with a worker that esbuild bundles and WebAssembly as files.
import { join } from "node:path";
import { build } from "esbuild";

/** What `worker.mjs` of a folder answers to a request, in JSON. */
export async function answerOfWorker(folder, request = {}) {
  const { Miniflare } = await import("miniflare");
  const outdir = join(folder, "dist");
  await build({
    absWorkingDir: folder,
    entryPoints: ["worker.mjs"],
    bundle: true,
    platform: "browser",
    format: "esm",
    outdir,
    assetNames: "[name]",
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const modules = [
    { type: "ESModule", path: join(outdir, "worker.js") },
    { type: "CompiledWasm", path: join(outdir, "kernels-plain.wasm") },
  ];
  const workerd = new Miniflare({ compatibilityDate: "2025-01-01", modulesRoot: outdir, modules });
  try {
    const response = await workerd.dispatchFetch("http://localhost/", request);
    const text = await response.text();
    if (!response.ok) throw new Error(`workerd answers ${text}`);
    return JSON.parse(text);
  } finally {
    await workerd.dispose();
  }
}
