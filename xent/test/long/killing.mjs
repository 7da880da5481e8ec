import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { namesIn, random, start, withPlace } from "./place.mjs";

const ROWS = 600;
const BATCH = 10;
const SAVE_SECONDS = 0.1;

/** Milliseconds that a checkpoint may be late: a batch, the write itself, and a busy machine. */
const LATE = 1500;

const TABLES = ["csv", "jsonl", "parquet"];

/**
 * Kills runs with tables and reports at random moments and resumes them, perhaps to be killed again, until they end. The end must be
 * that of a run that was left alone: the same totals, tables and pages to the bit, and no other file.
 *
 * @param {{ kills: number, seed: number, kinds?: number, say?: (line: string) => void }} how
 * @returns {Promise<{ kills: number, runs: number, resumed: number, lost: number, problems: string[] }>} `lost`: the most milliseconds
 * between a checkpoint and the death of its run
 */
export function killing({ kills, seed, kinds: most = 6, say = () => {} }) {
  const next = random(seed);
  return withPlace(ROWS, async ({ at, fresh }) => {
    const result = { kills: 0, runs: 0, resumed: 0, lost: 0, problems: /** @type {string[]} */ ([]) };
    const commands = {
      score: ["score", at("base.safetensors"), "--top", "2", "--passage", at("passage.json")],
      compare: ["compare", at("base.safetensors"), at("other.safetensors")],
    };
    const all = Object.entries(commands).flatMap(([command, argv]) => TABLES.map((table) => ({ command, argv, table })));
    const kinds = all.slice(0, most);
    const how = { saveSeconds: SAVE_SECONDS, batchRows: BATCH };
    /** @type {Map<object, { totals: unknown, files: Buffer[], milliseconds: number }>} */
    const alone = new Map();
    /** The moment of a kill: some before the first batch, many near the end, where files get their names. */
    const moment = async (
      /** @type {Promise<void>} */ begins,
      /** @type {{ milliseconds: number } | undefined} */ ended,
      /** @type {number} */ rows,
    ) => {
      const [kind, share] = [next(), next()];
      if (kind < 0.1) return setTimeout(share * 300);
      await begins;
      const all = (ended?.milliseconds ?? 0) * (1 - rows / ROWS);
      await setTimeout(kind < 0.5 ? all * (0.85 + share * 0.3) : all * share);
    };
    for (const kind of kinds) {
      const cwd = fresh();
      const { code, stdout, stderr, first } = await start(argvOf(kind), { ...how, cwd, models: modelsOf(kind) }).done;
      if (code !== 0) throw new Error(`alone: ${stderr}`);
      alone.set(kind, {
        totals: totalsOf(stdout),
        files: outputsOf(kind).map((name) => readFileSync(join(cwd, name))),
        milliseconds: Date.now() - first,
      });
    }
    for (let turn = 0; result.kills < kills; turn++) {
      const kind = /** @type {typeof kinds[number]} */ (kinds[turn % kinds.length]);
      const expected = alone.get(kind);
      const cwd = fresh();
      const explicit = next() < 0.5 ? ["--checkpoint", "c"] : [];
      let log = `${kind.command} ${kind.table}:`;
      for (;;) {
        const checkpoint = checkpointIn(cwd);
        const before = checkpoint === undefined ? undefined : JSON.parse(readFileSync(join(cwd, checkpoint), "utf8")).rows;
        const argv = [...argvOf(kind), ...explicit, ...(before === undefined ? [] : ["--resume"])];
        const run = start(argv, { ...how, cwd, models: modelsOf(kind) });
        result.runs++;
        if (before !== undefined) result.resumed++;
        const isLast = result.kills >= kills || (result.kills > 0 && before !== undefined && next() < 0.4);
        const ended = await Promise.race([run.done, ...(isLast ? [] : [moment(run.begins, expected, before ?? 0)])]);
        if (ended === undefined) {
          const death = Date.now();
          run.child.kill("SIGKILL");
          const { signal, calls, first } = await run.done;
          if (signal === "SIGKILL") {
            result.kills++;
            const saved = checkpointIn(cwd);
            log += ` killed at batch ${calls}${saved === undefined ? ", no checkpoint" : ""};`;
            const since = Math.max(first, saved === undefined ? 0 : statSync(join(cwd, saved)).mtimeMs);
            if (calls > 0) result.lost = Math.max(result.lost, death - since);
            continue;
          }
        }
        const { code, stdout, stderr, calls } = await run.done;
        const problem = problemOf({ kind, code, stdout, stderr, cwd, calls, before, expected });
        log += ` ended with ${code} after ${calls} batches`;
        if (problem !== undefined) result.problems.push(`${log}: ${problem}`);
        say(problem === undefined ? log : `${log}: ${problem}`);
        break;
      }
    }
    if (result.lost > SAVE_SECONDS * 1000 + LATE) result.problems.push(`${result.lost} ms were lost`);
    return result;
  });
}

/** @typedef {{ command: string, argv: readonly string[], table: string }} Kind */

/** @param {Kind} kind */
function argvOf({ argv, table }) {
  return [...argv, "--tokens", `t.${table}`, "--report", "r.html", "--json", "--sums"];
}

/** @param {Kind} kind */
function modelsOf({ command }) {
  return command === "compare" ? 2 : 1;
}

/** @param {Kind} kind */
function outputsOf({ table }) {
  return ["r.html", `t.${table}`];
}

/** @param {string} cwd */
function checkpointIn(cwd) {
  return namesIn(cwd).find((name) => name === "c" || name.endsWith(".checkpoint"));
}

/** @param {string} stdout @returns {unknown} */
function totalsOf(stdout) {
  return { ...JSON.parse(stdout), seconds: undefined };
}

/** @param {{ kind: Kind, code: number | null, stdout: string, stderr: string, cwd: string, calls: number, before: number | undefined, expected: { totals: unknown, files: Buffer[] } | undefined }} ended */
function problemOf({ kind, code, stdout, stderr, cwd, calls, before, expected }) {
  if (code !== 0) return `code ${code}: ${stderr}`;
  if (JSON.stringify(totalsOf(stdout)) !== JSON.stringify(expected?.totals)) return "other totals";
  const names = outputsOf(kind);
  if (namesIn(cwd).join() !== names.join()) return `files are left: ${namesIn(cwd).join(", ")}`;
  const other = names.find(
    (name, index) => !(existsSync(join(cwd, name)) && expected?.files[index]?.equals(readFileSync(join(cwd, name)))),
  );
  if (other !== undefined) return `${other} is another one`;
  if (calls !== Math.ceil((ROWS - (before ?? 0)) / BATCH)) return `${calls} batches from row ${before ?? 0} on`;
  const lines = stderr.split("\n").filter((line) => line !== "" && !/: left by an earlier run, removed/.test(line));
  return lines.length > 0 ? `said: ${lines.join(" | ")}` : undefined;
}
