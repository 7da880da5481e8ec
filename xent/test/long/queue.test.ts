/** A run over workers, on a Redis of its own. It is in npm run test:long, which installs one (scripts/with-redis.mjs). */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { version } from "../../src/version.js";
import { MAIN, model } from "./place.mjs";
import { queueing } from "./queueing.mjs";
import { redisServer } from "./redis-server.mjs";

const ROWS = 400;
const folder = mkdtempSync(join(tmpdir(), "xent-queue-"));
const file = join(folder, "model.safetensors");
const children: ChildProcess[] = [];
let broker: Awaited<ReturnType<typeof redisServer>>;

beforeAll(async () => {
  writeFileSync(file, model(ROWS, 0));
  mkdirSync(join(folder, "redis"));
  broker = await redisServer(join(folder, "redis"), { keeps: false });
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await broker.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the built `xent`. */
function xent(...argv: string[]) {
  const child = spawn(process.execPath, [MAIN, ...argv], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const ended = { code: null as number | null, stdout: "", stderr: "" };
  const watchers: (() => void)[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (text) => {
      ended[name] += text;
      for (const watcher of watchers.splice(0)) watcher();
    });
  }
  const done = new Promise<typeof ended>((resolve) => {
    child.once("close", (code) => resolve(Object.assign(ended, { code })));
  });
  /** Waits until stderr has a text. */
  const says = async (text: string) => {
    while (!ended.stderr.includes(text)) await Promise.race([done, new Promise<void>((resolve) => watchers.push(resolve))]);
  };
  return { child, done, says };
}
const worker = (...more: string[]) => xent("worker", "--queue", broker.url, "--threads", "1", ...more);
const score = (...more: string[]) => xent("score", file, "--queue", broker.url, "--json", "--sums", ...more).done;
const totalsOf = (stdout: string) => ({ ...JSON.parse(stdout), seconds: 0 });
const alone = (...more: string[]) => xent("score", file, "--deterministic", "--json", "--sums", ...more).done;

/** The keys of jobs in the broker. */
async function jobKeys(): Promise<string[]> {
  const redis = new Redis(broker.url);
  const keys = await redis.keys("bull:xent:*-*");
  redis.disconnect();
  return keys.filter((key) => key !== "bull:xent:stalled-check");
}

test("two workers give the totals and the table of one process, and leave nothing in the queue", async () => {
  const whole = await alone("--tokens", "whole.jsonl", "--temperature", "2");
  const workers = [worker(), worker()];
  const { code, stdout, stderr } = await score("--parts", "parts", "--range-rows", "7", "--temperature", "2");
  expect([code, stderr, totalsOf(stdout)]).toEqual([0, "", totalsOf(whole.stdout)]);
  const parts = readdirSync(join(folder, "parts")).map((name) => readFileSync(join(folder, "parts", name), "utf8"));
  expect(parts.length).toBe(Math.ceil(ROWS / 7));
  expect(parts.join("")).toBe(readFileSync(join(folder, "whole.jsonl"), "utf8"));
  expect(await jobKeys()).toEqual([]);
  for (const { child } of workers) child.kill("SIGTERM");
  for (const { done } of workers)
    expect(await done).toMatchObject({ code: 0, stderr: expect.stringMatching(/left after \d+ ranges?/) });
});

test("a worker leaves when there is nothing to do, with --idle", async () => {
  const idle = worker("--idle", "0.3");
  expect(await idle.done).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("left after 0 ranges of rows") });
});

test("Ctrl-C at the submitter cancels what is queued; nobody to work is told", async () => {
  const submitter = xent("score", file, "--queue", broker.url, "--range-rows", "10");
  await submitter.says("no worker is at redis://");
  expect((await jobKeys()).length).toBe(40);
  submitter.child.kill("SIGINT");
  expect(await submitter.done).toMatchObject({
    code: 130,
    stdout: "",
    stderr: expect.stringContaining("interrupted after 0 of 400 rows"),
  });
  expect(await jobKeys()).toEqual([]);
});

test("a broker that forgets everything is given the rows again", async () => {
  const submitter = xent("score", file, "--queue", broker.url, "--range-rows", "10", "--json", "--sums");
  await submitter.says("no worker is at redis://");
  await broker.stop("SIGKILL");
  await broker.start();
  const late = worker();
  const { code, stdout } = await submitter.done;
  expect([code, totalsOf(stdout)]).toEqual([0, totalsOf((await alone()).stdout)]);
  late.child.kill("SIGTERM");
  expect((await late.done).code).toBe(0);
});

test("workers refuse what is not theirs, and the submitter says so in one line", async () => {
  const own = worker();
  await own.says("waiting for rows");
  // a file that changes after the submitter has looked at it
  const other = join(folder, "other.safetensors");
  writeFileSync(other, model(ROWS, 0));
  own.child.kill("SIGTERM");
  await own.done;
  const submitter = xent("score", other, "--queue", broker.url);
  await submitter.says("no worker is at redis://");
  writeFileSync(other, model(ROWS, 0.5));
  const late = worker();
  const refused = await submitter.done;
  expect([refused.code, refused.stdout]).toEqual([2, ""]);
  expect(refused.stderr).toMatch(/xent: worker \d+ on .*: finds other files than the submitter: file 1, other.safetensors,.*\n$/);
  // a run of another version
  const connection = new Redis(broker.url, { maxRetriesPerRequest: null });
  const queue = new Queue("xent", { connection });
  const reasonOf = async (change: object) => {
    const data = { version, options: {}, fingerprint: {}, range: { from: 0, to: 1 }, table: null, ...change };
    const job = await queue.add("range", data);
    while ((await job.getState()) !== "failed") await setTimeout(20);
    const failed = await queue.getJob(job.id as string);
    await job.remove();
    return failed?.failedReason;
  };
  expect(await reasonOf({ version: "0.0.1" })).toMatch(
    /^worker \d+ on .*: is xent [\d.]+, but the run is of xent 0.0.1; install that version/,
  );
  expect(await reasonOf({ table: "/etc/passwd" })).toContain("/etc/passwd: is not the name of a part of a table");
  await queue.close();
  connection.disconnect();
  late.child.kill("SIGTERM");
  expect((await late.done).code).toBe(0);
});

test("the commands of docs/scaling.md", async () => {
  const block = /^```sh\n(npm install xent.*?)^```$/ms.exec(readFileSync("docs/scaling.md", "utf8"))?.[1] ?? "";
  const script = block
    .replace(/^npm.*\n/, "")
    .replaceAll("redis://localhost:6379", broker.url)
    .replaceAll("--idle 60", "--idle 1 --threads 1")
    .replaceAll("xent ", `"${process.execPath}" "${MAIN}" `)
    .replace("logits.safetensors", file);
  const { status, stdout } = spawnSync("bash", ["-ec", `mkdir -p commands; cd commands; ${script}\nwait`], {
    cwd: folder,
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([0, expect.stringContaining("mean loss")]);
  await alone("--tokens", "alone.jsonl");
  const table = (name: string) => readFileSync(join(folder, name), "utf8");
  expect(table("commands/tokens.jsonl")).toBe(table("alone.jsonl"));
});

// 50 and 3: node xent/test/long/queue.mjs
test("kill -9 of workers and of the broker: the bits of one process", async () => {
  const { problems, kills, restarts } = await queueing({ kills: 2, restarts: 1, seed: 4, ranges: 30, lockSeconds: 1 });
  expect(problems).toEqual([]);
  expect([kills, restarts]).toEqual([2, 1]);
});
