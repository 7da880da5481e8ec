import { fileURLToPath } from "node:url";
import { loadConfigFromFile, preview } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the built page on a free port, like `npm run demo`.
 * @param without names of headers to leave out
 */
export async function serve(without: readonly string[] = []): Promise<Served> {
  const loaded = await loadConfigFromFile({ command: "serve", mode: "production", isPreview: true }, `${root}vite.config.ts`);
  if (!loaded) throw new Error("vite.config.ts: cannot be read");
  const headers = { ...loaded.config.preview?.headers };
  for (const name of without) {
    if (!(name in headers)) throw new Error(`${name}: expected one of ${Object.keys(headers).join(", ")}`);
    delete headers[name];
  }
  const config = { ...loaded.config, configFile: false as const, logLevel: "error" as const };
  const server = await preview({ ...config, preview: { ...config.preview, headers, port: 0 } });
  const [url] = server.resolvedUrls?.local ?? [];
  if (url === undefined) throw new Error("the page's server has no address");
  return { url, close: () => server.close() };
}
