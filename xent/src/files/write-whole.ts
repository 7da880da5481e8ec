import { rename, rm, writeFile } from "node:fs/promises";
import { OutputError } from "./output-error.js";

/**
 * Writes a file whole or not at all: to PATH.partial, which is then renamed.
 * @throws OutputError when the file cannot be written; an existing file at `path` stays
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, content, { flush: true });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw new OutputError(path, error);
  }
}
