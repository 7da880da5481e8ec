import { randomBytes } from "node:crypto";
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { freshPartialOf, lockOf } from "./output.js";
import { OutputError } from "./output-error.js";
import { hasEnded } from "./runs.js";

/** The locks of this process. In a container that was started again, a dead run may have had the same process number. */
const HELD = new Set<string>();

/** A lock is empty only for the moment between its creation and its first write; milliseconds. */
const MOMENT = 10_000;

/**
 * A lock on an output that is written over several runs: PATH.lock, which contains the process and the machine of the run that writes.
 * The lock of a process that has died is taken over.
 */
export class Lock {
  readonly #path: string;
  readonly #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    HELD.add(path);
  }

  /** @throws OutputError when another run writes this output, or when the lock cannot be created */
  static take(path: string): Lock {
    const lock = resolve(lockOf(path));
    const text = `${process.pid} ${hostname()} ${randomBytes(8).toString("hex")}`;
    if (tryCreate(path, lock, text)) return new Lock(lock, text);
    const holder = holderOf(lock);
    if (!HELD.has(lock) && isDead(lock, holder)) {
      setAside(lock, holder);
      if (tryCreate(path, lock, text)) return new Lock(lock, text);
    }
    const [number = "?", machine = "?"] = holderOf(lock).match(/\S+/g) ?? [];
    throw new OutputError(
      path,
      `another run is writing it (process ${number} on ${machine}); wait for it, or remove ${lock} if there is no such run`,
    );
  }

  /** Whether no other run has taken the lock since; a user may have removed it. */
  get isHeld(): boolean {
    return HELD.has(this.#path) && holderOf(this.#path) === this.#text;
  }

  /** Removes the lock; a second call does nothing, because another run may hold it by then. */
  release(): void {
    if (this.isHeld) rmSync(this.#path, { force: true });
    HELD.delete(this.#path);
  }
}

function tryCreate(path: string, lock: string, text: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(lock, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new OutputError(path, error);
  }
  try {
    writeSync(descriptor, text);
    return true;
  } catch (error) {
    // on a full disk
    rmSync(lock, { force: true });
    throw new OutputError(path, error);
  } finally {
    closeSync(descriptor);
  }
}

/** Removes a dead run's lock. Of several runs that find it, one may do so only when another holds a new one already: it puts it back. */
function setAside(lock: string, holder: string): void {
  const aside = freshPartialOf(lock);
  try {
    renameSync(lock, aside);
  } catch {
    // another run was faster
    return;
  }
  try {
    if (holderOf(aside) !== holder) linkSync(aside, lock);
  } catch {
    // a third run has a lock by now; the second notices before it completes its file
  }
  rmSync(aside, { force: true });
}

/** The text of a lock; empty when it has gone or is not written yet. */
function holderOf(lock: string): string {
  try {
    return readFileSync(lock, "utf8").slice(0, 300);
  } catch {
    return "";
  }
}

/** Whether the process of a lock that is not ours has died. Of a process on another machine nobody knows. */
function isDead(lock: string, holder: string): boolean {
  if (holder === "") return isOlderThan(lock, MOMENT);
  const [, pid, machine] = /^(\d+) (\S+)/.exec(holder) ?? [];
  if (pid === undefined || machine !== hostname()) return false;
  return Number(pid) === process.pid || hasEnded(Number(pid));
}

function isOlderThan(file: string, milliseconds: number): boolean {
  try {
    return Date.now() - statSync(file).mtimeMs > milliseconds;
  } catch {
    return false;
  }
}
