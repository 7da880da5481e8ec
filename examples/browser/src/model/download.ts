/** Called with the number of bytes received and, if the server reports it, the total. */
export type OnBytes = (loaded: number, total: number | undefined) => void;

/**
 * Downloads the bytes at an address and reports progress.
 * @throws Error when the server does not return the file
 */
export async function download(url: string, onBytes: OnBytes = () => {}): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  // the length of a compressed response is not that of the decoded bytes
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
 * Downloads and parses a JSON file.
 * @throws Error when the server does not return the file
 */
export async function downloadJson(url: string) {
  return JSON.parse(new TextDecoder().decode(await download(url)));
}
