import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { OutputError } from "./output-error.js";

/**
 * Told before the work, not after it.
 * @throws OutputError when there is no folder to write the file to, or a folder in its place
 */
export async function checkOutput(path: string): Promise<void> {
  try {
    await access(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw new OutputError(path, error);
  }
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new OutputError(path, "there is a folder of that name");
}
