import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { create, whole } from "../../files/output.js";
import type { Cell, Column, ColumnKind } from "./table-shape.js";

/** Rows per row group. A reader loads one group at a time, and the writer holds one in memory. */
const GROUP_ROWS = 2 ** 16;

/**
 * Converts a table in JSON lines to a Parquet file, which appears whole or not at all. Interruptions do not change the lines, so
 * they do not change the Parquet file either.
 * @throws OutputError when the file cannot be written
 */
export async function writeParquet(lines: string, path: string, columns: readonly Column[]): Promise<void> {
  await whole(path, async (partial) => {
    // the writer opens the file by its name: created here, it cannot be a link
    await (await create(partial, path)).close();
    const writer = new ParquetWriter({ writer: fileWriter(partial), schema: schemaOf(columns), createdBy: "xent" });
    for await (const group of groupsOf(lines, columns)) {
      await writer.write({
        columnData: columns.map(({ name }, index) => ({ name, data: group[index] as Cell[] })),
        rowGroupSize: GROUP_ROWS,
      });
    }
    await writer.finish();
    const handle = await open(partial);
    await handle.sync().finally(() => handle.close());
  });
}

/** Yields the cells of up to GROUP_ROWS rows at a time, one array per column. */
async function* groupsOf(lines: string, columns: readonly Column[]): AsyncGenerator<Cell[][]> {
  const empty = () => columns.map((): Cell[] => []);
  let group = empty();
  let rows = 0;
  for await (const line of createInterface({ input: createReadStream(lines), crlfDelay: Number.POSITIVE_INFINITY })) {
    const cells = JSON.parse(line) as Readonly<Record<string, Cell>>;
    columns.forEach(({ name }, index) => {
      group[index]?.push(cells[name] ?? null);
    });
    if (++rows < GROUP_ROWS) continue;
    yield group;
    group = empty();
    rows = 0;
  }
  if (rows > 0) yield group;
}

const LEAVES = {
  integer: { type: "INT32" },
  double: { type: "DOUBLE" },
  float: { type: "FLOAT" },
  boolean: { type: "BOOLEAN" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
} as const;

const ELEMENTS = { integers: "integer", floats: "float" } as const;

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [{ name: "tokens", num_children: columns.length }, ...columns.flatMap(({ name, kind }) => elementsOf(name, kind))];
}

/** The schema elements of a column. A list takes three (Parquet, LogicalTypes.md, "Lists"). */
function elementsOf(name: string, kind: ColumnKind): SchemaElement[] {
  if (kind !== "integers" && kind !== "floats") return [{ name, repetition_type: "OPTIONAL", ...LEAVES[kind] }];
  return [
    { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "REQUIRED", ...LEAVES[ELEMENTS[kind]] },
  ];
}
