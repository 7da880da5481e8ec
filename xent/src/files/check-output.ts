import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { OutputError } from "./output-error.js";

/**
 * Checks before a long run that the output can be written at its end.
 * @throws OutputError when the output's folder is missing or read-only, or when `path` is itself a folder
 */
export async function checkOutput(path: string): Promise<void> {
  try {
    await access(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw new OutputError(path, error);
  }
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new OutputError(path, "it is a folder");
}
