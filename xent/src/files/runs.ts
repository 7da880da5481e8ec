import { createHash } from "node:crypto";
import { hostname } from "node:os";

/** @returns whether a process of this machine has ended */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** @returns a short name of this machine for file names: process numbers mean nothing on another one */
export function machineMark(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
}
