import { existsSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { attempt } from "../../files/attempt.js";
import { InputError } from "../../files/input-error.js";
import { writeWhole } from "../../files/write-whole.js";
import { differences, type Identity } from "./identity.js";

/** The progress of an interrupted run. */
export interface Progressed {
  /** Number of rows done, and so the index of the next row. */
  readonly rows: number;
  /** Seconds spent on them. */
  readonly seconds: number;
  /** Snapshot of each sink, by the sink's name. */
  readonly sinks: Readonly<Record<string, unknown>>;
}

interface Saved extends Progressed {
  readonly format: string;
  readonly identity: Identity;
}

/** Changes with the layout of the file. */
const FORMAT = "xent checkpoint 1";

/** The file that an interrupted run leaves and that --resume continues from. */
export class Checkpoint {
  readonly path: string;
  readonly #identity: Identity;

  /** @param identity everything that the results depend on; `load` refuses a checkpoint with another identity */
  constructor(path: string, identity: Identity) {
    this.path = path;
    this.#identity = identity;
  }

  /** @throws InputError when there is no checkpoint, or when it belongs to another run; the error lists what differs */
  load(): Progressed {
    if (!existsSync(this.path)) throw new InputError(`${this.path}: no such checkpoint; run without --resume`);
    const saved = parsed(attempt(this.path, () => readFileSync(this.path, "utf8")));
    if (saved === undefined) throw new InputError(`${this.path}: is not a checkpoint of xent; run without --resume`);
    const different = differences(saved.identity, this.#identity);
    if (different.length === 0) return saved;
    throw new InputError(
      `${this.path}: belongs to another run: ${different.join("; ")}: ` +
        "give the files and options of that run, or run without --resume",
    );
  }

  /** @throws OutputError when it cannot be written */
  async save(progressed: Progressed): Promise<void> {
    const saved: Saved = { format: FORMAT, identity: this.#identity, ...progressed };
    await writeWhole(this.path, JSON.stringify(saved));
  }

  /** Removes the checkpoint of this run; a checkpoint of another run stays. */
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
