// node xent/test/long/pairs.mjs: pairs of overlapping runs at one target. Each output must be that of one run, whole; a run that is
// refused says why in one line.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { namesIn, start, withPlace } from "./place.mjs";

const ROWS = 400;

/**
 * @typedef {object} Pair
 * @property {string} name
 * @property {readonly string[]} first options of the first run, which has the temperature 1
 * @property {readonly string[]} second options of the second run, which has the temperature 2
 * @property {"a" | "b" | "some" | "both"} ends which run must end with 0; "some": at least one, because they may miss each other
 * @property {readonly string[]} outputs names of the files that must be those of one run
 * @property {number} [delay] milliseconds between the first batch of the first run and the start of the second; default 0: at once
 * @property {(cwd: string) => void} [prepare]
 * @property {readonly string[]} [leaves] unfinished files that stay
 * @property {boolean} [same] both have the temperature 1
 */

const dead = spawnSync(process.execPath, ["-e", ""]).pid;
const deadLock = (/** @type {string} */ cwd) => writeFileSync(join(cwd, "t.csv.lock"), `${dead} ${hostname()} 0`);
const table = ["--tokens", "t.csv"];
const page = ["--report", "r.html"];
const saved = ["--checkpoint", "c"];

/** @type {readonly Pair[]} */
const PAIRS = [
  ...["csv", "jsonl", "parquet"].flatMap((ending) => {
    const options = ["--tokens", `t.${ending}`];
    const both = { first: options, second: options, outputs: [`t.${ending}`] };
    return /** @type {Pair[]} */ ([
      { name: `one .${ending}, the second later`, ...both, ends: "a", delay: 100 },
      { name: `one .${ending}, at once`, ...both, ends: "some" },
      { name: `one .${ending}, the same run twice`, ...both, ends: "some", same: true },
    ]);
  }),
  {
    name: "one table, absolute and relative",
    first: table,
    second: ["--tokens", "./x/../t.csv"],
    outputs: ["t.csv"],
    ends: "a",
    delay: 50,
    prepare: (cwd) => symlinkSync(cwd, join(cwd, "x")),
  },
  {
    name: "one table, through a linked folder",
    first: table,
    second: ["--tokens", "here/t.csv"],
    outputs: ["t.csv"],
    ends: "a",
    delay: 50,
    prepare: (cwd) => symlinkSync(".", join(cwd, "here")),
  },
  {
    name: "two hard links",
    ...{ first: table, second: ["--tokens", "u.csv"], outputs: ["t.csv", "u.csv"], ends: "both", delay: 50 },
    prepare: (cwd) => {
      writeFileSync(join(cwd, "t.csv"), "old");
      linkSync(join(cwd, "t.csv"), join(cwd, "u.csv"));
    },
  },
  {
    name: "a table and a link to it",
    ...{ first: table, second: ["--tokens", "u.csv"], outputs: ["t.csv", "u.csv"], ends: "both", delay: 50 },
    prepare: (cwd) => {
      writeFileSync(join(cwd, "t.csv"), "old");
      symlinkSync("t.csv", join(cwd, "u.csv"));
    },
  },
  ...[0, 1, 2].map(
    (turn) =>
      /** @type {Pair} */ ({
        name: `a dead lock, at once (${turn})`,
        first: table,
        second: table,
        outputs: ["t.csv"],
        ends: "some",
        prepare: deadLock,
      }),
  ),
  { name: "one page, the second later", first: page, second: page, outputs: ["r.html"], ends: "both", delay: 100 },
  { name: "one page, at once", first: page, second: page, outputs: ["r.html"], ends: "both" },
  { name: "one checkpoint, two runs", first: saved, second: saved, outputs: [], ends: "some" },
  { name: "one checkpoint, the same run twice", first: saved, second: saved, outputs: [], ends: "both", same: true },
  { name: "one checkpoint, the second later", first: saved, second: saved, outputs: [], ends: "some", delay: 300 },
  { name: "default checkpoints, two runs", first: [], second: [], outputs: [], ends: "both", delay: 200 },
  { name: "default checkpoints, one run twice", first: [], second: [], outputs: [], ends: "both", same: true },
  {
    name: "a page at the other's unfinished table",
    first: table,
    second: ["--report", "t.csv.partial"],
    outputs: ["t.csv.partial"],
    ends: "b",
    delay: 0,
    leaves: ["checkpoint"],
  },
  {
    name: "a page at the other's lock",
    first: table,
    second: ["--report", "t.csv.lock"],
    outputs: [],
    ends: "b",
    delay: 0,
    leaves: ["t.csv.partial", "checkpoint"],
  },
  {
    name: "a checkpoint at the other's table",
    first: table,
    second: ["--checkpoint", "t.csv"],
    outputs: ["t.csv"],
    ends: "both",
    delay: 50,
  },
  {
    name: "lines at a .parquet's lines",
    first: ["--tokens", "t.parquet"],
    second: ["--tokens", "t.parquet.jsonl"],
    outputs: ["t.parquet"],
    ends: "a",
    delay: 50,
  },
  {
    name: "a page at the other's input",
    first: [],
    second: ["--report", "own.safetensors"],
    outputs: ["own.safetensors"],
    ends: "b",
    delay: 0,
  },
  {
    name: "a table at the other's passage",
    first: ["--passage", "own.csv"],
    second: ["--tokens", "own.csv"],
    outputs: ["own.csv"],
    ends: "b",
    delay: 0,
  },
  {
    name: "table and page, crossed",
    first: [...table, ...page],
    second: ["--tokens", "t.csv", "--report", "s.html"],
    outputs: ["t.csv", "r.html"],
    ends: "a",
    delay: 50,
  },
];

await withPlace(ROWS, async ({ at, fresh }) => {
  let problems = 0;
  for (const pair of PAIRS) {
    const input = pair.name === "a page at the other's input" ? "own.safetensors" : at("base.safetensors");
    const argv = {
      a: ["score", input, ...pair.first, "--json"],
      b: ["score", at("base.safetensors"), "--temperature", pair.same ? "1" : "2", ...pair.second, "--json"],
    };
    if (pair.same) argv.a.push("--temperature", "1");
    const prepared = () => {
      const cwd = fresh();
      if (argv.a.includes("own.safetensors")) copyFileSync(at("base.safetensors"), join(cwd, "own.safetensors"));
      if (argv.a.includes("own.csv")) copyFileSync(at("passage.json"), join(cwd, "own.csv"));
      pair.prepare?.(cwd);
      return cwd;
    };
    /** @type {Record<string, Buffer[]>} */
    const whole = {};
    for (const run of [argv.a, argv.b]) {
      const cwd = prepared();
      await start(run, { cwd, pause: 0 }).done;
      for (const name of pair.outputs) {
        if (existsSync(join(cwd, name))) whole[name] = [...(whole[name] ?? []), readFileSync(join(cwd, name))];
      }
    }
    const cwd = prepared();
    const isOrdered = pair.delay !== undefined;
    const first = start(argv.a, { cwd, pause: isOrdered ? "HELD" : 8 });
    if (isOrdered) {
      await first.begins;
      await setTimeout(pair.delay);
    }
    const second = start(argv.b, { cwd, pause: isOrdered ? 0 : 8 });
    const b = isOrdered ? await second.done : undefined;
    if (isOrdered) first.child.send("go");
    const ended = /** @type {const} */ ([await first.done, b ?? (await second.done)]);
    const good = ended.map(({ code }) => code === 0);
    const isRight = { a: good[0] && !good[1], b: !good[0] && good[1], some: good[0] || good[1], both: good[0] && good[1] }[
      pair.ends
    ];
    const mixed = pair.outputs.filter((name) =>
      !existsSync(join(cwd, name)) ? good.some(Boolean) : !whole[name]?.some((one) => one.equals(readFileSync(join(cwd, name)))),
    );
    const left = namesIn(cwd).filter(
      (name) =>
        /partial$|lock$|checkpoint$|^c$/.test(name) &&
        ![...pair.second, ...(pair.leaves ?? [])].some((known) => name.endsWith(known)),
    );
    const isOneLine = ended.every(
      ({ code, stderr }) => code === 0 || /^(xent: [^\n]*left by[^\n]*\n)?xent: [^\n]+\n$/.test(stderr),
    );
    const isGood = isRight && isOneLine && mixed.length === 0 && left.length === 0;
    if (!isGood) problems++;
    console.log(
      `${isGood ? "ok" : "WRONG"}: ${pair.name}: ${ended.map(({ code }) => code).join(", ")}${mixed.length + left.length > 0 ? `; not whole: ${mixed}; left: ${left}` : ""}`,
    );
    for (const { stderr } of ended)
      if (stderr !== "") console.log(`    ${stderr.trimEnd().replaceAll("\n", "\n    ").slice(0, 400)}`);
  }
  console.log(`${PAIRS.length} pairs, ${problems} problems`);
  process.exitCode = problems === 0 ? 0 : 1;
});
