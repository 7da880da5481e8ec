// A plain object store: one body at every path, served by ranges as RFC 9110 has them, with faults on demand.
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * What happens to one request. `status` answers with an error; `cut` ends the connection after so many bytes of the body; `pause`
 * waits so many milliseconds before the body; `hang` sends nothing until the client gives up; `whole` ignores the range; `other`
 * sends a range beside the one that was asked for.
 *
 * @typedef {{ status?: number, retryAfter?: string, cut?: number, pause?: number, hang?: boolean, whole?: boolean, other?: boolean }} Fault
 */

/**
 * @typedef {object} Store
 * @property {number} size
 * @property {(position: number, length: number) => Uint8Array} read
 * @property {string} [etag]
 * @property {string} [modified]
 * @property {Record<string, string>} [needs] headers without which it answers with 401
 * @property {(request: { number: number, path: string, from: number, to: number }) => Fault | undefined} [fault]
 */

/** Bytes per write of a body. */
const CHUNK = 2 ** 18;

/**
 * Serves a store, whose members may be changed while it does.
 *
 * @param {Store} store
 * @returns {Promise<{ origin: string, port: number, requests: { path: string, range: string | undefined, ifRange: string | undefined }[], close: () => Promise<void> }>}
 */
export async function rangeServer(store) {
  const requests = /** @type {{ path: string, range: string | undefined, ifRange: string | undefined }[]} */ ([]);
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async function serve({ url: path = "", headers }, response) {
    const { range, "if-range": given } = headers;
    const ifRange = given === undefined ? undefined : String(given);
    const number = requests.push({ path, range, ifRange });
    if (Object.entries(store.needs ?? {}).some(([name, value]) => headers[name] !== value)) return response.writeHead(401).end();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    const [from, to] = [Number(first ?? 0), Math.min(Number(last ?? store.size - 1), store.size - 1)];
    const fault = store.fault?.({ number, path, from, to }) ?? {};
    if (fault.hang) return;
    if (fault.status !== undefined) {
      return response.writeHead(fault.status, fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter }).end();
    }
    const version = {
      ...(store.etag !== undefined && { etag: store.etag }),
      ...(store.modified !== undefined && { "last-modified": store.modified }),
    };
    const isSame = ifRange === undefined || ifRange === store.etag || ifRange === store.modified;
    const isWhole = range === undefined || !isSame || fault.whole === true;
    if (!isWhole && from >= store.size) return response.writeHead(416, { "content-range": `bytes */${store.size}` }).end();
    const [begin, end] = isWhole ? [0, store.size] : [from + (fault.other ? 1 : 0), to + 1];
    response.writeHead(isWhole ? 200 : 206, {
      ...version,
      "content-length": end - begin,
      ...(!isWhole && { "content-range": `bytes ${begin}-${end - 1}/${store.size}` }),
    });
    response.flushHeaders();
    if (fault.pause !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.pause));
    const until = Math.min(end, begin + (fault.cut ?? Number.POSITIVE_INFINITY));
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    for (let at = begin; at < until && !gone.signal.aborted; at += CHUNK) {
      const isRoom = response.write(store.read(at, Math.min(CHUNK, until - at)));
      if (!isRoom) await once(response, "drain", { signal: gone.signal });
    }
    if (until === end) response.end();
    // what was written is on its way before the connection ends
    else response.write("", () => setImmediate(() => response.destroy()));
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** @param {Uint8Array} bytes @returns {Store} */
export function storeOf(bytes) {
  return { size: bytes.length, read: (position, length) => bytes.subarray(position, position + length), etag: '"1"' };
}
