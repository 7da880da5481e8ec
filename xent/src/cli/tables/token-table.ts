import { rm } from "node:fs/promises";
import { GrowingFile, type WrittenPart } from "../../files/growing-file.js";
import { lockOf, partialOf } from "../../files/output.js";
import type { Sink } from "../stream/sink.js";
import type { TableFormat } from "./format.js";
import type { TableShape } from "./table-shape.js";
import { csvLines, jsonLines, type TextLines } from "./text-lines.js";

/** Characters per write. */
const CHUNK = 2 ** 20;

export type TableSnapshot = WrittenPart;

/** The file of a table. */
export interface TableChoice {
  readonly path: string;
  readonly format: TableFormat;
}

/** Returns the file of the lines: the table itself, or the lines from which a Parquet file is made. */
function linesPathOf({ path, format }: TableChoice): string {
  return format === "parquet" ? `${path}.jsonl` : path;
}

/** @returns the names of the files that a table needs while it is unfinished */
export function unfinishedOf(table: TableChoice): string[] {
  const lines = linesPathOf(table);
  return [partialOf(lines), lockOf(lines)];
}

interface BatchOfRows {
  readonly targets: { readonly length: number };
}

/**
 * A file with one line per row of the logits. It is written to FILE.partial in whole lines and renamed to FILE at the end. A
 * Parquet file cannot be resumed within a row group, so its rows are collected as JSON lines and converted at the end.
 */
export class TokenTable<Batch extends BatchOfRows> implements Sink<Batch> {
  readonly #file: GrowingFile;
  readonly #shape: TableShape<Batch>;
  readonly #lines: TextLines;
  readonly #complete: (file: GrowingFile) => Promise<void>;

  private constructor(
    file: GrowingFile,
    shape: TableShape<Batch>,
    lines: TextLines,
    complete: (file: GrowingFile) => Promise<void>,
  ) {
    this.#file = file;
    this.#shape = shape;
    this.#lines = lines;
    this.#complete = complete;
  }

  /**
   * @param before the snapshot of an interrupted run; undefined starts a new file
   * @throws InputError when the interrupted run's lines are missing or others; OutputError when the file cannot be created
   */
  static async open<Batch extends BatchOfRows>(
    { path, format }: TableChoice,
    shape: TableShape<Batch>,
    before: TableSnapshot | undefined,
  ): Promise<TokenTable<Batch>> {
    const lines = format === "csv" ? csvLines(shape.columns) : jsonLines(shape.columns);
    const linesPath = linesPathOf({ path, format });
    const file = await (before === undefined ? GrowingFile.create(linesPath) : GrowingFile.resume(linesPath, before));
    if (before === undefined) await file.append(lines.head);
    const complete = async () => {
      if (format !== "parquet") return file.finish();
      // loaded only when a Parquet file is requested
      const { writeParquet } = await import("./parquet.js");
      await file.convert(async () => {
        await writeParquet(file.partial, path, shape.columns);
        await rm(file.partial);
      });
    };
    return new TokenTable(file, shape, lines, complete);
  }

  async add(batch: Batch): Promise<void> {
    let text = "";
    for (let index = 0; index < batch.targets.length; index++) {
      text += this.#lines.line(this.#shape.cells(batch, index));
      if (text.length < CHUNK) continue;
      await this.#file.append(text);
      text = "";
    }
    await this.#file.append(text);
  }

  snapshot(): TableSnapshot {
    return this.#file.part;
  }

  suspend(): Promise<void> {
    return this.#file.suspend();
  }

  finish(): Promise<void> {
    return this.#complete(this.#file);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  abandon(how: { readonly isNeeded: boolean }): Promise<void> {
    return this.#file.abandon(how);
  }
}
