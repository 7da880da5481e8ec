import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync } from "node:fs";
import { access, constants, type FileHandle, open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { ByteFile } from "./byte-file.js";
import { idOf, kindOf, statIfThere } from "./file-kind.js";
import { OutputError } from "./output-error.js";
import { hasEnded, machineMark } from "./runs.js";

/**
 * The one place that creates and completes output files. Each is created exclusively, under a name of its own beside its target, and
 * renamed when it is whole. No link is followed, and nothing but a regular file is ever replaced.
 */

/** An output as the user gave it. */
export interface OutputChoice {
  /** The option that gave it; errors name it. */
  readonly option: string;
  readonly path: string;
  /** Written only in some cases, so that its folder is checked only then. */
  readonly isOptional?: boolean;
  /** Names of the files that are used while it is unfinished. */
  readonly unfinished?: readonly string[];
}

/**
 * Checks all outputs of a run before its work.
 * @throws OutputError when a folder is missing or read-only, when a path leads to something that is not a regular file, when an output
 * or its unfinished file is one of the inputs, or when two outputs are the same file
 */
export async function checkOutputs(outputs: readonly OutputChoice[], inputs: readonly ByteFile[]): Promise<void> {
  const taken = new Map<string, string>(inputs.map(({ id, path }) => [id, `the input ${path}`]));
  for (const { option, path, isOptional = false, unfinished = [] } of outputs) {
    if (!isOptional) await written(path, () => access(dirname(resolve(path)), constants.W_OK));
    checkKind(path);
    // an output that does not exist yet is known by its path
    const there = statIfThere(path);
    const names = there === undefined ? [resolve(path)] : [resolve(path), idOf(there)];
    for (const name of names) {
      const other = taken.get(name);
      if (other !== undefined) throw new OutputError(path, `${option} and ${other} are the same file; give another name`);
    }
    for (const name of names) taken.set(name, option);
    for (const name of unfinished) {
      const stats = statIfThere(name);
      if (stats === undefined) continue;
      const what = kindOf(stats) ?? taken.get(idOf(stats));
      if (what === undefined) continue;
      throw new OutputError(path, `it is first written as ${name}, which is ${what}; give ${option} another name`);
    }
  }
}

/** @throws OutputError when the path leads to a folder, a device, a pipe or a socket */
export function checkKind(path: string): void {
  const there = statIfThere(path);
  const kind = there && kindOf(there);
  if (kind !== undefined) throw new OutputError(path, `it is ${kind}; give the name of a file`);
}

/** @returns the name of an output while it is written over several runs */
export function partialOf(path: string): string {
  return `${path}.partial`;
}

/** @returns the name of the lock of such an output */
export function lockOf(path: string): string {
  return `${path}.lock`;
}

/** @returns a name beside `path` that no other run uses */
export function freshPartialOf(path: string): string {
  return `${path}.${process.pid}-${machineMark()}-${randomBytes(4).toString("hex")}.partial`;
}

/** Removes what ended runs of this machine have left of a file under such names. */
async function removeLeftOvers(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  const name = basename(path);
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}.`)) continue;
    const [, pid, machine] = /^(\d+)-([0-9a-f]{6})-[0-9a-f]{8}\.partial$/.exec(file.slice(name.length + 1)) ?? [];
    if (pid !== undefined && machine === machineMark() && hasEnded(Number(pid))) await rm(join(folder, file), { force: true });
  }
}

/** Creates a file. Fails when there is one already, and follows no link. */
export function create(path: string): Promise<FileHandle> {
  return open(path, "wx");
}

/**
 * Gives a whole and closed file its final name.
 * @throws OutputError when something that is not a regular file has taken that name, or when the file cannot be renamed
 */
export async function complete(partial: string, path: string): Promise<void> {
  checkKind(path);
  await written(path, () => renameSync(partial, path));
  syncFolder(dirname(resolve(path)));
}

/**
 * Writes a file whole or not at all. Two runs that write the same file at once both write it whole; the last one stays.
 * @throws OutputError when the file cannot be written; an existing file at `path` stays
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await whole(path, async (partial) => {
    const handle = await create(partial);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Lets `write` write the file at a name of its own, then gives it its final name. */
export async function whole(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = freshPartialOf(path);
  try {
    await written(path, async () => {
      await removeLeftOvers(path);
      await write(partial);
    });
    await complete(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Runs an operation on an output. */
export async function written<Result>(path: string, operation: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    throw error instanceof OutputError ? error : new OutputError(path, error);
  }
}

/** Makes a rename last over a power failure, where the system can. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Windows opens no folder; the rename itself has succeeded
  }
}
