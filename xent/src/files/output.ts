import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, lstatSync, openSync, realpathSync, renameSync } from "node:fs";
import { access, constants, type FileHandle, open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { ByteFile } from "./byte-file.js";
import { idOf, kindOf, statIfThere } from "./file-kind.js";
import { InputError } from "./input-error.js";
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
  /** Nobody asked for this file: it need not be possible to write it. */
  readonly isOptional?: boolean;
  /** Names of the files that are used while it is unfinished. */
  readonly unfinished?: readonly string[];
}

/** The files that a run uses besides its outputs. */
export interface FilesInUse {
  readonly inputs: readonly Pick<ByteFile, "path" | "id">[];
  /** What stdout and stderr are directed to: the `idOf` of each that is a regular file. */
  readonly streams: readonly (readonly [name: string, id: string])[];
}

/** Tells the user something in one line. */
export type Tell = (line: string) => void;

/**
 * Checks all outputs of a run before its work, by creating each under a trial name. Removes what ended runs have left of them.
 * @throws OutputError when an output cannot be created or replaced, when a path leads to something that is not a regular file, and
 * when an output, or a file that is used while it is unfinished, is an input, another output, or the file of stdout or stderr
 */
export async function checkOutputs(outputs: readonly OutputChoice[], { inputs, streams }: FilesInUse, tell: Tell): Promise<void> {
  const taken = new Map<string, string>(streams.map(([name, id]) => [id, name]));
  for (const { id, path } of inputs) {
    if (taken.get(id) === "stdout") throw new OutputError("stdout", `it is the input ${path}; direct it to another file`);
    taken.set(id, `the input ${path}`);
  }
  for (const { option, path, isOptional = false, unfinished = [] } of outputs) {
    checkKind(path);
    for (const name of [path, ...unfinished]) {
      const stats = name === path ? undefined : statIfThere(name);
      const other = (stats && kindOf(stats)) ?? placesOf(name).flatMap((place) => taken.get(place) ?? [])[0];
      if (other === undefined) continue;
      if (name === path) throw new OutputError(path, `${option} and ${other} are the same file; give another name`);
      throw new OutputError(path, `it is first written as ${name}, which is ${other}; give ${option} another name`);
    }
    for (const name of unfinished) for (const place of placesOf(name)) taken.set(place, `the unfinished file of ${option}`);
    for (const place of placesOf(path)) taken.set(place, option);
    for (const name of [path, ...unfinished]) await removeLeftOvers(name, tell);
    if (!isOptional) await tryOut(path);
  }
}

/** A file is known by its folder and name, also before it exists, and by its number once it does. */
function placesOf(path: string): string[] {
  const full = resolve(path);
  const there = statIfThere(path);
  return [join(realFolderOf(full), basename(full)), ...(there === undefined ? [] : [idOf(there)])];
}

/** The folder of a path without links in its name. */
function realFolderOf(path: string): string {
  const folder = dirname(resolve(path));
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** Creates and removes a file beside `path`: a missing folder, a name that is too long, or missing rights show before the work. */
async function tryOut(path: string): Promise<void> {
  await written(path, async () => {
    // a rename would replace a file that must not be written to
    if (statIfThere(path) !== undefined) await access(path, constants.W_OK);
    const trial = freshPartialOf(path);
    const handle = await create(trial);
    await handle.close();
    await rm(trial);
  });
}

/** @throws OutputError when the path leads to a folder, a device, a pipe or a socket, or is a link such as /dev/stdout */
export function checkKind(path: string): void {
  const there = statIfThere(path);
  const kind = there && (kindOf(there) ?? (isSystemLink(path) ? "a link of the system" : undefined));
  if (kind !== undefined) throw new OutputError(path, `it is ${kind}; give the name of a file`);
}

/** Whether a path is a link among the system's own, which must not be replaced. */
function isSystemLink(path: string): boolean {
  return /^\/(dev(?!\/shm\b)|proc)(\/|$)/.test(realFolderOf(path)) && lstatSync(path).isSymbolicLink();
}

/** @returns the name of an output while it is written over several runs */
export function partialOf(path: string): string {
  return `${path}.partial`;
}

/** @returns the name of the lock of such an output */
export function lockOf(path: string): string {
  return `${path}.lock`;
}

/** The random parts of this process's names. In a container that was started again, a dead run may have had the same number. */
const OWN = new Set<string>();

/** @returns a name beside `path` that no other run uses */
export function freshPartialOf(path: string): string {
  const own = randomBytes(4).toString("hex");
  OWN.add(own);
  return `${path}.${process.pid}-${machineMark()}-${own}.partial`;
}

/** Removes what ended runs of this machine have left of a file under such names. */
async function removeLeftOvers(path: string, tell: Tell): Promise<void> {
  const folder = dirname(resolve(path));
  const begin = `${basename(path)}.`;
  // a folder that cannot be listed may still be written to
  for (const file of await readdir(folder).catch(() => [])) {
    if (!file.startsWith(begin)) continue;
    const left = /^(\d+)-([0-9a-f]{6})-([0-9a-f]{8})\.partial$/.exec(file.slice(begin.length));
    if (left === null) continue;
    const [, pid, machine, own = ""] = left;
    const full = join(folder, file);
    if (machine !== machineMark()) tell(`${full}: left by a run on another machine; remove it if that run has ended`);
    else if (Number(pid) === process.pid ? !OWN.has(own) : hasEnded(Number(pid))) {
      await written(path, () => rm(full, { force: true }));
      tell(`${full}: left by an earlier run, removed`);
    }
  }
}

/**
 * Creates a file. Fails when there is one already, and follows no link.
 * @param target the file that it is to replace: nobody may read the new one who may not read the old one
 */
export function create(path: string, target?: string): Promise<FileHandle> {
  const replaced = target === undefined ? undefined : statIfThere(target);
  return open(path, "wx+", replaced === undefined ? 0o666 : Number(replaced.mode) & 0o777);
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
    const handle = await create(partial, path);
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
    await written(path, () => write(partial));
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
    throw error instanceof OutputError || error instanceof InputError ? error : new OutputError(path, error);
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
