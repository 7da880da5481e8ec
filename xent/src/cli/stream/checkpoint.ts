import { existsSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { attempt } from "../../files/attempt.js";
import { InputError } from "../../files/input-error.js";
import { writeWhole } from "../../files/write-whole.js";
import { differences, type Identity } from "./identity.js";

/** Where a run stood when it was interrupted. */
export interface Progressed {
  /** Rows that are done: the next is row `rows`. */
  readonly rows: number;
  /** Seconds that they took. */
  readonly seconds: number;
  /** Of each sink by its name. */
  readonly sinks: Readonly<Record<string, unknown>>;
}

interface Saved extends Progressed {
  readonly format: string;
  readonly identity: Identity;
}

/** Of this layout; another layout has another number. */
const FORMAT = "xent checkpoint 1";

/** A file that a run leaves when it is interrupted, and that one with --resume goes on from. */
export class Checkpoint {
  readonly path: string;
  readonly #identity: Identity;

  /** @param identity what the results depend on: a checkpoint of anything else is refused */
  constructor(path: string, identity: Identity) {
    this.path = path;
    this.#identity = identity;
  }

  /** @throws InputError when there is none, or it is another run's: says what differs */
  load(): Progressed {
    if (!existsSync(this.path)) throw new InputError(`${this.path}: there is no checkpoint; run without --resume`);
    const saved = parsed(attempt(this.path, () => readFileSync(this.path, "utf8")));
    if (saved === undefined) throw new InputError(`${this.path}: is no checkpoint of xent; run without --resume`);
    const different = differences(saved.identity, this.#identity);
    if (different.length === 0) return saved;
    throw new InputError(
      `${this.path}: is of another run: ${different.join("; ")}: ` +
        "give the files and options of that run, or run without --resume",
    );
  }

  /** @throws OutputError when it cannot be written */
  async save(progressed: Progressed): Promise<void> {
    const saved: Saved = { format: FORMAT, identity: this.#identity, ...progressed };
    await writeWhole(this.path, JSON.stringify(saved));
  }

  /** Removes it, when it is this run's: the run is over. */
  async remove(): Promise<void> {
    if (!existsSync(this.path)) return;
    const saved = parsed(await readFile(this.path, "utf8"));
    if (saved !== undefined && differences(saved.identity, this.#identity).length === 0) await rm(this.path);
  }
}

function parsed(text: string): Saved | undefined {
  try {
    const value = JSON.parse(text) as Partial<Saved> | null;
    return value?.format === FORMAT ? (value as Saved) : undefined;
  } catch {
    return undefined;
  }
}
