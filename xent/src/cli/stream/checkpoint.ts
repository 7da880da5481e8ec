import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { ByteFile } from "../../files/byte-file.js";
import { InputError } from "../../files/input-error.js";
import { readJson } from "../../files/json-file.js";
import { writeWhole } from "../../files/output.js";
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

const NO_CHECKPOINT = "expected a checkpoint of xent: run without --resume";
/** V8's longest string. */
const FORM = { expected: NO_CHECKPOINT, largest: 2 ** 29 - 24 };

/** The file that an interrupted run leaves and that --resume continues from. */
export class Checkpoint {
  readonly path: string;
  readonly #identity: Identity;

  /** @param identity everything that the results depend on; `load` refuses a checkpoint with another identity */
  constructor(path: string, identity: Identity) {
    this.path = path;
    this.#identity = identity;
  }

  /** @throws InputError when there is something at `path` that cannot be read as a file */
  static checkReadable(path: string): void {
    if (existsSync(path)) new ByteFile(path).close();
  }

  /** @throws InputError when there is no checkpoint, or when it belongs to another run; the error lists what differs */
  load(): Progressed {
    if (!existsSync(this.path)) throw new InputError(`${this.path}: no such checkpoint; run without --resume`);
    const saved = read(this.path);
    if (saved === undefined) throw new InputError(`${this.path}: ${NO_CHECKPOINT}`);
    const different = differences(saved.identity, this.#identity);
    if (different.length === 0) return saved;
    throw new InputError(
      `${this.path}: belongs to another run: ${listed(different)}: ` +
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
    const saved = readIfCheckpoint(this.path);
    if (saved !== undefined && differences(saved.identity, this.#identity).length === 0) await rm(this.path);
  }
}

/** Lists as many differences as fit into an error. */
function listed(different: readonly string[]): string {
  let shown = 1;
  while (shown < different.length && different.slice(0, shown + 1).join("; ").length < 150) shown++;
  const more = different.length - shown;
  return `${different.slice(0, shown).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

function read(path: string): Saved | undefined {
  const value = readJson(path, FORM) as Partial<Saved> | null;
  return value?.format === FORMAT ? (value as Saved) : undefined;
}

function readIfCheckpoint(path: string): Saved | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}
