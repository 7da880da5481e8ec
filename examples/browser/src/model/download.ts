/** Called with the bytes that are there and, where the server says it, how many there will be. */
export type OnBytes = (loaded: number, total: number | undefined) => void;

/**
 * The bytes at an address, with their progress.
 * @throws Error when the server has no such file
 */
export async function download(url: string, onBytes: OnBytes = () => {}): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  // of a compressed answer the length is not that of the bytes that arrive here
  const length = response.headers.has("Content-Encoding") ? null : response.headers.get("Content-Length");
  const total = length === null ? undefined : Number(length);
  let loaded = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      start: () => onBytes(0, total),
      transform(chunk, controller) {
        loaded += chunk.length;
        onBytes(loaded, total);
        controller.enqueue(chunk);
      },
    }),
  );
  return new Uint8Array(await new Response(counted).arrayBuffer());
}

/**
 * The value of a JSON file at an address.
 * @throws Error when the server has no such file
 */
export async function downloadJson(url: string) {
  return JSON.parse(new TextDecoder().decode(await download(url)));
}
