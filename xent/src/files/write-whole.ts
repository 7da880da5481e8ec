import { rename, rm, writeFile } from "node:fs/promises";
import { OutputError } from "./output-error.js";

/**
 * Writes a file that is there as a whole or not at all: under another name, which then becomes this one.
 * @throws OutputError when that is not possible; what was there before stays
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
