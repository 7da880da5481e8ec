import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ByteFile } from "../../files/byte-file.js";
import { InputError } from "../../files/input-error.js";
import { readJson } from "../../files/json-file.js";
import { writeWhole, written } from "../../files/output.js";
import { OutputError } from "../../files/output-error.js";
import { hashOf } from "../parts/part.js";
import type { RowRange } from "../parts/row-range.js";
import { differences, type Identity, listed } from "./identity.js";

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
  /** Of everything else in the file. */
  readonly hash: string;
  readonly identity: Identity;
}

/** Changes with the layout of the file. */
const FORMAT = "xent checkpoint 2";

const NO_CHECKPOINT = "expected a checkpoint of xent: run without --resume";
/** V8's longest string. */
const FORM = { expected: NO_CHECKPOINT, largest: 2 ** 29 - 24 };

/** The file that an interrupted run leaves and that --resume continues from. */
export class Checkpoint {
  readonly path: string;
  readonly #identity: Identity;
  readonly #isDefault: boolean;
  /** Whether the file at `path` is known to be of this run. */
  #isOwn = false;

  /**
   * @param path undefined: in the current folder, named after the run
   * @param title begins the name
   * @param identity everything that the results depend on; `load` refuses a checkpoint with another identity
   */
  constructor(path: string | undefined, title: string, identity: Identity) {
    this.path = path ?? `${stemOf(title)}-${hashOf(identity).slice(0, 8)}${ENDING}`;
    this.#identity = identity;
    this.#isDefault = path === undefined;
  }

  /** @throws InputError when there is something at `path` that cannot be read as a file */
  static checkReadable(path: string): void {
    if (existsSync(path)) new ByteFile(path).close();
  }

  /** @throws OutputError when a file that the user named has something else in it than a checkpoint of this run */
  checkFree(): void {
    if (!this.#isDefault) this.#checkOwn();
  }

  /**
   * @param range the rows of the run
   * @param sinks names of the run's sinks
   * @throws InputError when there is no checkpoint, when it is damaged, or when it belongs to another run; the error lists what differs
   */
  load(range: RowRange, sinks: readonly string[]): Progressed {
    const path = existsSync(this.path) ? this.path : this.#alike();
    if (path === undefined) throw new InputError(`${this.path}: no such checkpoint; run without --resume`);
    const saved = read(path);
    if (saved === undefined) throw new InputError(`${path}: ${NO_CHECKPOINT}`);
    const different = differences(saved.identity, this.#identity);
    if (different.length > 0) {
      throw new InputError(
        `${path}: belongs to another run: ${listed(different)}: ` +
          "give the files and options of that run, or run without --resume",
      );
    }
    if (!checked(saved, range)) return this.#damaged("its hash or its rows are wrong");
    const isComplete =
      Object.keys(saved.sinks ?? {})
        .sort()
        .join() === [...sinks].sort().join();
    if (!isComplete) return this.#damaged(`expected the state of ${sinks.join(", ")}`);
    this.#isOwn = true;
    return saved;
  }

  /** @throws OutputError when it cannot be written, or when another run's checkpoint is in its place */
  async save(progressed: Progressed): Promise<void> {
    if (!this.#isOwn) this.#checkOwn();
    const content = { identity: this.#identity, ...progressed };
    const saved: Saved = { format: FORMAT, hash: hashOf(content), ...content };
    // longer than a string may be, after some 20 million compared rows
    const text = await written(this.path, () => JSON.stringify(saved));
    await writeWhole(this.path, text);
    this.#isOwn = true;
  }

  /**
   * Restores something from a snapshot.
   * @throws InputError when `restore` refuses the snapshot
   */
  async restored<Result>(restore: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await restore();
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return this.#damaged(error.message);
      throw error;
    }
  }

  #damaged(reason: string): never {
    throw new InputError(`${this.path}: is damaged (${reason}); run without --resume`);
  }

  /** Removes the checkpoint of this run; a checkpoint of another run stays. */
  async remove(): Promise<void> {
    if (!existsSync(this.path)) return;
    const saved = readIfCheckpoint(this.path);
    if (saved !== undefined && differences(saved.identity, this.#identity).length === 0) await rm(this.path);
  }

  #checkOwn(): void {
    if (!existsSync(this.path)) return;
    const saved = readIfCheckpoint(this.path);
    if (saved === undefined)
      throw new OutputError(this.path, "it is no checkpoint of this version; give --checkpoint another name");
    const different = differences(saved.identity, this.#identity);
    if (different.length === 0) return;
    throw new OutputError(
      this.path,
      `it is the checkpoint of another run (${listed(different)}); resume that run, remove the file, or give --checkpoint another name`,
    );
  }

  /** The checkpoint of a run with the same title, if this run has none: the user may have changed an option. */
  #alike(): string | undefined {
    if (!this.#isDefault) return undefined;
    const folder = dirname(this.path);
    const begin = this.path.slice(0, -ENDING.length - 8);
    return readdirSync(folder).find(
      (name) => name.startsWith(begin) && name.length === this.path.length && name.endsWith(ENDING),
    );
  }
}

const ENDING = ".checkpoint";

/** Longer names of inputs are cut, so that the checkpoint's name is not too long for a file. */
function stemOf(title: string): string {
  return Array.from(title).slice(0, 60).join("");
}

/** Whether a checkpoint is as it was written, and from a run over these rows. */
function checked({ format: _, hash, ...content }: Saved, { from, to }: RowRange): boolean {
  const isTime = Number.isFinite(content.seconds) && content.seconds >= 0;
  return hash === hashOf(content) && isTime && Number.isSafeInteger(content.rows) && content.rows > from && content.rows < to;
}

function read(path: string): Saved | undefined {
  const value = readJson(path, FORM, (json) => json.value()) as Partial<Saved> | null;
  const isSaved = value?.format === FORMAT && typeof value.identity === "object" && value.identity !== null;
  return isSaved ? (value as Saved) : undefined;
}

function readIfCheckpoint(path: string): Saved | undefined {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}
