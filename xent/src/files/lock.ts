import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { freshPartialOf, lockOf } from "./output.js";
import { OutputError } from "./output-error.js";
import { hasEnded } from "./runs.js";

/** The locks of this process. In a container that was started again, a dead run may have had the same process number. */
const HELD = new Set<string>();

/**
 * A lock on an output that is written over several runs: PATH.lock, which contains the process and the machine of the run that writes.
 * The lock of a process that has died is taken over.
 */
export class Lock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
    HELD.add(path);
  }

  /** @throws OutputError when another run writes this output, or when the lock cannot be created */
  static take(path: string): Lock {
    const lock = resolve(lockOf(path));
    if (tryCreate(path, lock)) return new Lock(lock);
    const holder = holderOf(lock);
    if (!HELD.has(lock) && isDead(holder)) {
      // a rename succeeds for only one of several runs that find the same dead lock
      const aside = freshPartialOf(lock);
      try {
        renameSync(lock, aside);
        rmSync(aside);
      } catch {
        // another run was faster; it holds the lock now
      }
      if (tryCreate(path, lock)) return new Lock(lock);
    }
    const [process = "?", machine = "?"] = holderOf(lock).split(" ");
    throw new OutputError(
      path,
      `another run is writing it (process ${process} on ${machine}); wait for it, or remove ${lock} if there is no such run`,
    );
  }

  /** Removes the lock; a second call does nothing, because another run may hold it by then. */
  release(): void {
    if (HELD.delete(this.#path)) rmSync(this.#path, { force: true });
  }
}

function tryCreate(path: string, lock: string): boolean {
  try {
    const descriptor = openSync(lock, "wx");
    try {
      writeSync(descriptor, `${process.pid} ${hostname()}`);
    } finally {
      closeSync(descriptor);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new OutputError(path, error);
  }
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
function isDead(holder: string): boolean {
  const [, pid, machine] = /^(\d+) (.+)$/.exec(holder) ?? [];
  if (pid === undefined || machine !== hostname()) return false;
  return Number(pid) === process.pid || hasEnded(Number(pid));
}
