import { GrowingFile, type WrittenPart } from "../../files/growing-file.js";
import { lockOf, partialOf, type Tell } from "../../files/output.js";
import type { Sink } from "../stream/sink.js";
import type { TableFormat } from "./format.js";
import type { TableShape } from "./table-shape.js";
import { csvLines, jsonLines, type TextLines } from "./text-lines.js";

/** Characters per write. */
const CHUNK = 2 ** 20;

export interface TableSnapshot extends WrittenPart {
  /** Bytes of the last line. */
  readonly last: number;
}

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
  readonly #choice: TableChoice;
  readonly #file: GrowingFile;
  readonly #shape: TableShape<Batch>;
  readonly #lines: TextLines;
  /** Bytes of the last line. */
  #last: number;

  private constructor(choice: TableChoice, file: GrowingFile, shape: TableShape<Batch>, last: number) {
    this.#choice = choice;
    this.#file = file;
    this.#shape = shape;
    this.#lines = linesOf(choice, shape);
    this.#last = last;
  }

  /**
   * Starts a table.
   * @param hasHead whether it begins with the names of the columns: parts of a table follow one that does
   * @throws OutputError when the file cannot be created
   */
  static async create<Batch extends BatchOfRows>(
    choice: TableChoice,
    shape: TableShape<Batch>,
    { tell, hasHead }: { readonly tell: Tell; readonly hasHead: boolean },
  ): Promise<TokenTable<Batch>> {
    const file = await GrowingFile.create(linesPathOf(choice), tell);
    try {
      if (hasHead) await file.append(linesOf(choice, shape).head);
    } catch (error) {
      await file.close({ isNeeded: false });
      throw error;
    }
    return new TokenTable(choice, file, shape, 0);
  }

  /**
   * Continues the table of an interrupted run.
   * @param rows of that run
   * @throws InputError when that run's lines are missing or others; OutputError when they cannot be written to. RangeError for a
   * snapshot that no run can have made
   */
  static async resume<Batch extends BatchOfRows>(
    choice: TableChoice,
    shape: TableShape<Batch>,
    { bytes, end, last }: TableSnapshot,
    rows: number,
  ): Promise<TokenTable<Batch>> {
    const isPart = [bytes, last].every((count) => Number.isSafeInteger(count) && count > 0) && last <= bytes;
    if (!isPart || typeof end !== "string") throw new RangeError("tokens: expected the length and the end of a table");
    const file = await GrowingFile.resume(linesPathOf(choice), { bytes, end });
    const line = await file.lastText(last);
    if (line.startsWith(linesOf(choice, shape).startOf(rows - 1)) && line.endsWith("\n")) {
      return new TokenTable(choice, file, shape, last);
    }
    await file.close({ isNeeded: true });
    throw new RangeError(`tokens: expected row ${rows - 1} in the last line`);
  }

  async add(batch: Batch): Promise<void> {
    let text = "";
    let line = "";
    for (let index = 0; index < batch.targets.length; index++) {
      line = this.#lines.line(this.#shape.cells(batch, index));
      text += line;
      if (text.length < CHUNK) continue;
      await this.#file.append(text);
      text = "";
    }
    await this.#file.append(text);
    this.#last = Buffer.byteLength(line);
  }

  snapshot(): TableSnapshot {
    return { ...this.#file.part, last: this.#last };
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  async finish(): Promise<void> {
    const { format, path } = this.#choice;
    if (format !== "parquet") return this.#file.finish();
    // loaded only when a Parquet file is requested
    const { writeParquet } = await import("./parquet.js");
    await this.#file.convert(() => writeParquet(this.#file.partial, path, this.#shape.columns));
  }

  close(how: { readonly isNeeded: boolean }): Promise<void> {
    return this.#file.close(how);
  }
}

function linesOf({ format }: TableChoice, { columns }: Pick<TableShape<never>, "columns">): TextLines {
  return format === "csv" ? csvLines(columns) : jsonLines(columns);
}
