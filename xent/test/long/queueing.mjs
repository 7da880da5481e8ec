import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { namesIn, random, start, withPlace } from "./place.mjs";
import { redisServer } from "./redis-server.mjs";

const WORKERS = 4;
const RANGE_ROWS = 4;

/** Milliseconds that a range takes. */
const PAUSE = 150;

/**
 * Kills workers with kill -9 at random moments, and the broker too, during one run. Killed workers are replaced, the broker is started
 * again. The totals and the table must be those of one process.
 *
 * @param {{ kills: number, restarts: number, seed: number, ranges: number, lockSeconds?: number, say?: (line: string) => void }} how
 * @returns {Promise<{ kills: number, restarts: number, ranges: number, scored: number, seconds: number, undisturbed: number, problems: string[] }>}
 * `scored`: ranges that workers scored, those counted that were lost; `seconds` and `undisturbed`: the run, and one without deaths
 */
export function queueing({ kills, restarts, seed, ranges, lockSeconds, say = () => {} }) {
  const next = random(seed);
  return withPlace(ranges * RANGE_ROWS, async ({ at, fresh }) => {
    const cwd = fresh();
    mkdirSync(at("redis"));
    const broker = await redisServer(at("redis"));
    const file = at("base.safetensors");
    const env = lockSeconds === undefined ? {} : { LOCK_SECONDS: String(lockSeconds) };
    let begunRanges = 0;
    let onRange = () => {};
    const work = () => {
      const worker = start(["worker", "--queue", broker.url], { cwd, pause: PAUSE, env });
      worker.child.on("message", () => {
        begunRanges++;
        onRange();
      });
      /** @type {Promise<void>} */
      const ready = new Promise((resolve) => {
        worker.child.stderr?.on("data", (text) => {
          if (String(text).includes("waiting for rows")) resolve();
        });
      });
      return { ...worker, ready };
    };
    /** Waits until workers have begun so many ranges. */
    const begins = async (/** @type {number} */ count) => {
      while (begunRanges < count) {
        await new Promise((resolve) => {
          onRange = () => resolve(undefined);
        });
      }
    };
    const result = {
      kills: 0,
      restarts: 0,
      ranges,
      scored: 0,
      seconds: 0,
      undisturbed: 0,
      problems: /** @type {string[]} */ ([]),
    };
    const score = (/** @type {readonly string[]} */ ...more) =>
      start(["score", file, "--json", "--sums", ...more], { cwd, pause: 0, batchRows: 10_000 }).done;
    const byQueue = (/** @type {string} */ parts) =>
      score("--queue", broker.url, "--range-rows", String(RANGE_ROWS), "--parts", parts);
    const workers = Array.from({ length: WORKERS }, work);
    // a worker that starts while there is no broker says so and ends
    const allReady = () => Promise.all(workers.map(({ ready }) => ready));
    try {
      const alone = await score("--deterministic", "--tokens", "whole.jsonl");
      if (alone.code !== 0) throw new Error(`alone: ${alone.stderr}`);
      await allReady();
      let begun = performance.now();
      const quiet = await byQueue("quiet");
      result.undisturbed = (performance.now() - begun) / 1000;
      say(`without deaths: ${result.undisturbed.toFixed(1)} s`);
      begun = performance.now();
      const disturbed = byQueue("parts");
      const broken = new Set(
        Array.from({ length: restarts }, (_, index) => Math.floor(((index + 0.5) * (kills + restarts)) / restarts)),
      );
      const before = begunRanges;
      for (let turn = 0; turn < kills + restarts; turn++) {
        // spread over the run, at a random moment of a range
        await begins(before + Math.floor(((turn + next()) * ranges) / (kills + restarts + 1)));
        await setTimeout(next() * PAUSE);
        if (broken.has(turn)) {
          await allReady();
          await broker.stop("SIGKILL");
          await setTimeout(next() * 1000);
          await broker.start();
          result.restarts++;
          say(`broker ${result.restarts} started again`);
          continue;
        }
        const index = Math.floor(next() * WORKERS);
        const worker = /** @type {ReturnType<typeof work>} */ (workers[index]);
        worker.child.kill("SIGKILL");
        result.scored += (await worker.done).calls;
        workers[index] = work();
        result.kills++;
      }
      const ended = await disturbed;
      result.seconds = (performance.now() - begun) / 1000;
      await allReady();
      for (const worker of workers) worker.child.kill("SIGTERM");
      for (const worker of workers) {
        const { code, calls, stderr } = await worker.done;
        result.scored += calls;
        if (code !== 0) result.problems.push(`a worker left with ${code}: ${stderr}`);
      }
      // those of the run without deaths
      result.scored -= ranges;
      const whole = readFileSync(join(cwd, "whole.jsonl"), "utf8");
      for (const [name, { code, stdout, stderr }, parts] of /** @type {const} */ ([
        ["without deaths", quiet, "quiet"],
        ["with deaths", ended, "parts"],
      ])) {
        if (code !== 0) result.problems.push(`${name}: code ${code}: ${stderr}`);
        else if (totalsOf(stdout) !== totalsOf(alone.stdout)) result.problems.push(`${name}: other totals`);
        const folder = join(cwd, parts);
        const names = namesIn(folder).filter((each) => /^part-\d+\.jsonl$/.test(each));
        const table = names.map((each) => readFileSync(join(folder, each), "utf8")).join("");
        if (table !== whole) result.problems.push(`${name}: another table`);
      }
      return result;
    } finally {
      for (const { child } of workers) child.kill("SIGKILL");
      await broker.stop("SIGKILL");
    }
  });
}

/** @param {string} stdout */
function totalsOf(stdout) {
  return JSON.stringify({ ...JSON.parse(stdout), seconds: 0 });
}
