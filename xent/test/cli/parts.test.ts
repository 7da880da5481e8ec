import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { joinedParts } from "../../src/cli/parts/joined-parts.js";
import { hashOf, type Part, readPart, writePart } from "../../src/cli/parts/part.js";
import { rangeOf } from "../../src/cli/parts/row-range.js";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

/** Parts of a run: shards, their files, and what merging makes of them. */

const folder = temporaryFolder();
const ROWS = 41;
const CLASSES = 5;
/** Loses bits when it is added in another order. */
const logit = (index: number) => Math.fround(Math.sin(index * 12.9898) * 43.7585) * (index % 7 === 0 ? 8 : 1);
const targets = BigInt64Array.from({ length: ROWS }, (_, row) => (row % 11 === 4 ? -100n : BigInt((row * 3) % CLASSES)));
const written = (change: (data: Float32Array) => void = () => {}) => {
  const data = Float32Array.from({ length: ROWS * CLASSES }, (_, index) => logit(index));
  change(data);
  return safetensorsBytes({
    logits: { dtype: "F32", shape: [ROWS, CLASSES], data },
    targets: { dtype: "I64", shape: [ROWS], data: targets },
    token_bytes: { dtype: "I32", shape: [CLASSES], data: Int32Array.of(1, 2, 0, 4, 3) },
  });
};
const file = folder.write("logits.safetensors", written());
/** A few rows per batch. */
const seams = { batchBytes: 3 * CLASSES * 4 };

const run = (...argv: string[]) => runHere(argv, { seams });
const unlessTimed = (stdout: string) => stdout.replace(/"seconds":[^,}]+/, "");

async function shard(index: number, count: number, ...more: string[]): Promise<string> {
  const path = folder.path(`part-${index}-of-${count}.json`);
  const { code, stderr } = await run("score", file, "--shard", `${index}/${count}`, "--sums", path, ...more);
  expect([code, stderr]).toEqual([0, ""]);
  return path;
}

const shards = (count: number) =>
  Array.from({ length: count }, (_, index) => index + 1).reduce<Promise<string[]>>(
    async (before, index) => [...(await before), await shard(index, count)],
    Promise.resolve([]),
  );

describe("xent merge", () => {
  test.each([1, 2, 7, ROWS])("%i shards in any order, some twice, print what one run prints", async (count) => {
    const single = await run("score", file, "--json", "--sums");
    const parts = (await shards(count)).reverse();
    const merged = await run("merge", ...parts, ...parts.slice(0, 2), "--json", "--sums");
    expect([merged.code, merged.stderr]).toEqual([0, ""]);
    expect(unlessTimed(merged.stdout)).toBe(unlessTimed(single.stdout));
    const [table, whole] = [await run("merge", ...parts), await run("score", file)];
    const lines = (text: string) => text.split("\n").filter((line) => !line.startsWith("wall time"));
    expect(lines(table.stdout)).toEqual(lines(whole.stdout));
  });

  test("tables of shards are the whole table, end to end", async () => {
    for (const ending of ["csv", "jsonl"]) {
      const tables = [1, 2, 3].map((index) => folder.path(`part-${index}.${ending}`));
      for (const [index, table] of tables.entries()) await shard(index + 1, 3, "--tokens", table);
      const whole = folder.path(`whole.${ending}`);
      await run("score", file, "--tokens", whole);
      expect(tables.map((table) => readFileSync(table, "utf8")).join("")).toBe(readFileSync(whole, "utf8"));
    }
  });

  test("a merged whole is a part like any other", async () => {
    const parts = await shards(3);
    const whole = folder.path("whole.json");
    expect(await run("merge", ...parts, "--sums", whole)).toMatchObject({ code: 0 });
    const again = await run("merge", whole, whole, "--json");
    expect(unlessTimed(again.stdout)).toBe(unlessTimed((await run("score", file, "--json")).stdout));
  });

  test("an interrupted shard goes on where it was", async () => {
    const { EventEmitter } = await import("node:events");
    const signals = new EventEmitter();
    let calls = 0;
    const engine = async () => async () =>
      standInEngine(() => {
        if (++calls === 2) signals.emit("SIGINT", "SIGINT");
      });
    const path = folder.path("interrupted.json");
    const argv = ["score", file, "--shard", "2/2", "--sums", path, "--checkpoint", folder.path("checkpoint")];
    const stopped = await runHere(argv, { seams: { ...seams, loadEngine: engine }, signals });
    expect([stopped.code, stopped.stderr]).toEqual([
      130,
      expect.stringMatching(/of 20 rows; run the same command with --resume/),
    ]);
    const other = await run("score", file, "--shard", "1/2", "--resume", "--checkpoint", folder.path("checkpoint"));
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("--shard: 2/2 in the checkpoint, 1/2 now")]);
    expect(await run(...argv, "--resume")).toMatchObject({ code: 0, stderr: "" });
    expect(readPart(path).sums).toEqual(readPart(await shard(2, 2)).sums);
  });

  test("NaN in a part is NaN in the whole, and named", async () => {
    const nan = folder.write(
      "nan.safetensors",
      written((data) => data.fill(Number.NaN, 30 * CLASSES, 31 * CLASSES)),
    );
    const parts = [1, 2].map((index) => folder.path(`nan-${index}.json`));
    const ran = [
      await run("score", nan, "--shard", "1/2", "--sums", parts[0] as string),
      await run("score", nan, "--shard", "2/2", "--sums", parts[1] as string),
    ];
    expect(ran.map(({ code }) => code)).toEqual([0, 2]);
    const { code, stderr } = await run("merge", ...parts);
    expect([code, stderr]).toEqual([2, expect.stringContaining("1 of 41 rows have a NaN loss, the first is row 30;")]);
  });
});

describe("what is refused", () => {
  let parts: string[];
  beforeAll(async () => {
    parts = await shards(4);
  });
  const refused = async (...argv: string[]) => {
    const { code, stdout, stderr } = await run(...argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^xent: [^\n]{1,300}\n$/);
    return stderr;
  };
  const changed = (change: (part: Part) => object) => {
    const path = folder.path("changed.json");
    writePartSync(path, { ...readPart(parts[0] as string), ...change(readPart(parts[0] as string)) });
    return path;
  };

  test("gaps, by their rows", async () => {
    expect(await refused("merge", ...parts.slice(0, 1), ...parts.slice(2))).toContain("no part has rows 11..20 of 41 rows");
  });

  test("overlaps, by their rows and both files", async () => {
    const stderr = await refused("merge", ...parts, await shard(2, 3));
    expect(stderr).toMatch(/part-2-of-3.json: overlaps .*part-2-of-4.json: both have rows 14..20/);
  });

  test("parts of another file, or with other options", async () => {
    const other = folder.path("other.json");
    const copy = folder.write(
      "copy.safetensors",
      written((data) => data.fill(1, 0, 1)),
    );
    await run("score", copy, "--shard", "2/4", "--sums", other);
    expect(await refused("merge", ...parts, other)).toMatch(/other.json: is a part of another run: file 1, logits.safetensors,/);
    await run("score", file, "--temperature", "2", "--shard", "2/4", "--sums", other);
    expect(await refused("merge", ...parts, other)).toMatch(/--temperature: none in .*, 2 in .*other.json/);
  });

  test("other sums of the same rows", async () => {
    const other = folder.path("other-sums.json");
    const part = readPart(parts[1] as string);
    writePartSync(other, { ...part, sums: { ...part.sums, correct: Number(part.sums.correct) + 1 } });
    expect(await refused("merge", ...parts, other)).toMatch(/other-sums.json: has other sums for rows 11..20 than .*part-2-of-4/);
  });

  test("damaged parts, and files that are none", async () => {
    const bytes = readFileSync(parts[0] as string, "utf8");
    const damaged = folder.path("damaged.json");
    writeFileSync(damaged, bytes.replace('"correct":', '"correct":1'));
    expect(await refused("merge", damaged)).toContain("is damaged (its hash is wrong)");
    expect(await refused("merge", folder.write("empty.json", new TextEncoder().encode("{}")))).toContain("expected a part as");
    expect(
      await refused(
        "merge",
        changed(() => ({ ranges: [] })),
      ),
    ).toContain("its rows are wrong");
    expect(
      await refused(
        "merge",
        changed(({ ranges }) => ({ ranges: [...ranges, ...ranges] })),
      ),
    ).toContain("its rows are wrong");
    expect(
      await refused(
        "merge",
        changed(() => ({ classes: -1 })),
      ),
    ).toContain("its counts are wrong");
    expect(
      await refused(
        "merge",
        changed(() => ({ fingerprint: null })),
      ),
    ).toContain("its fingerprint is missing");
    expect(
      await refused(
        "merge",
        changed(() => ({ ranges: [{ from: 0, to: 1 }] })),
      ),
    ).toMatch(/\d tokens in 1 rows/);
    expect(
      await refused(
        "merge",
        changed(() => ({ firstNanRow: 3 })),
      ),
    ).toContain("firstNanRow");
    expect(await refused("merge", folder.path("none.json"))).toContain("no such file");
    expect(await refused("merge")).toContain("expected files of parts");
  });

  test("shards that are none", async () => {
    for (const given of ["0/4", "5/4", "1", "1/", "a/b", "1/0", "-1/2"]) {
      expect(await refused("score", file, `--shard=${given}`)).toContain("--shard: expected i/n with i from 1 to n");
    }
    expect(await refused("score", file, "--shard", "1/42")).toContain("at most 41 shards, one per row, got 42");
    expect(await refused("score", file, "--shard", "1/2", "--report", folder.path("r.html"))).toContain(
      "--report: needs all rows",
    );
  });
});

test("shards of any number cover every row once, in nearly equal parts", () => {
  const shapes = fc
    .integer({ min: 1, max: 10_000 })
    .chain((rows) => fc.tuple(fc.constant(rows), fc.integer({ min: 1, max: Math.min(rows, 300) })));
  fc.assert(
    fc.property(shapes, ([rows, count]) => {
      const ranges = Array.from({ length: count }, (_, index) => rangeOf({ index: index + 1, count }, rows));
      const sizes = ranges.map(({ from, to }) => to - from);
      const isJoined = ranges.every(({ from }, index) => from === (ranges[index - 1]?.to ?? 0));
      return isJoined && ranges.at(-1)?.to === rows && Math.max(...sizes) - Math.min(...sizes) <= 1;
    }),
  );
});

describe("random cuts", () => {
  /** The part of each row alone. */
  let rows: Part[];
  let whole: Part;
  beforeAll(async () => {
    rows = (await shards(ROWS)).map(readPart);
    whole = readPart(await shard(1, 1));
  });

  /** The part of some rows, made of those of its rows. */
  function partOf(from: number, to: number): Part {
    const inside = rows.slice(from, to).map((part) => ({
      ...part,
      rows: to - from,
      ranges: part.ranges.map((range) => ({ from: range.from - from, to: range.to - from })),
    }));
    const { sums } = joinedParts(inside.map((part, index) => ({ name: String(index), part })));
    return { ...(rows[from] as Part), ranges: [{ from, to }], sums };
  }

  const cuts = fc
    .uniqueArray(fc.integer({ min: 1, max: ROWS - 1 }), { maxLength: 8 })
    .map((inner) => [0, ...inner.sort((a, b) => a - b), ROWS])
    .map((ends) => ends.slice(1).map((to, index) => ({ from: ends[index] as number, to })));
  const merged = (ranges: readonly { from: number; to: number }[]) =>
    joinedParts(ranges.map(({ from, to }, index) => ({ name: `part ${index} (${from}-${to})`, part: partOf(from, to) })));
  const inAnyOrder = <Item>(items: readonly Item[]) => fc.shuffledSubarray([...items], { minLength: items.length });

  test("in any order, with repetitions: the bits of one run", () => {
    const given = cuts
      .chain((ranges) => fc.tuple(fc.constant(ranges), fc.array(fc.constantFrom(...ranges), { maxLength: 4 })))
      .chain(([ranges, again]) => inAnyOrder([...ranges, ...again]));
    fc.assert(
      fc.property(given, (ranges) => {
        expect(JSON.stringify(merged(ranges).sums)).toBe(JSON.stringify(whole.sums));
      }),
    );
  });

  test("with one left out: an error that names its rows", () => {
    const given = cuts
      .filter((ranges) => ranges.length > 1)
      .chain((ranges) => fc.tuple(inAnyOrder(ranges), fc.nat(ranges.length - 1)));
    fc.assert(
      fc.property(given, ([ranges, index]) => {
        const { from, to } = ranges[index] as { from: number; to: number };
        const named = to - from === 1 ? `row ${from} of` : `rows ${from}..${to - 1} of`;
        expect(() => merged(ranges.filter((range) => range !== ranges[index]))).toThrow(named);
      }),
    );
  });

  test("with one that overlaps: an error that names both and the rows", () => {
    const given = fc.tuple(cuts, fc.nat(ROWS - 1), fc.nat(ROWS - 1));
    fc.assert(
      fc.property(given, ([ranges, a, b]) => {
        const other = { from: Math.min(a, b), to: Math.max(a, b) + 1 };
        fc.pre(!ranges.some(({ from, to }) => from === other.from && to === other.to));
        expect(() => merged([other, ...ranges])).toThrow(/^part \d+ \(.*\): overlaps part \d+ \(.*\): both have rows? \d+/);
      }),
    );
  });
});

test("a part is written as JSON that keeps every bit", async () => {
  const path = folder.path("bits.json");
  const part = readPart(await shard(1, 2));
  await writePart(path, part);
  expect(readPart(path)).toEqual(part);
});

function writePartSync(path: string, part: object): void {
  writeFileSync(path, JSON.stringify({ format: "xent part 1", hash: hashOf(part), ...part }));
}
