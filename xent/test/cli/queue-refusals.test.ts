/** Queues that cannot be used: one line, exit code 2. Runs over a queue are in xent/test/long. */
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import type { ScoreOptions } from "../../src/cli/score-options.js";
import { optionsForWorkers } from "../../src/queue/range-job.js";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";

const folder = temporaryFolder();
const file = folder.write(
  "a.safetensors",
  safetensorsBytes({
    logits: { dtype: "F32", shape: [1, 2], data: Float32Array.of(1, 2) },
    targets: { dtype: "I32", shape: [1], data: Int32Array.of(0) },
  }),
);

async function refused(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(argv);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^xent: [^\n]{1,300}\n$/);
  return stderr;
}

test.each([
  [["score", file, "--queue", "localhost:6379"], "--queue: expected an address redis://HOST:PORT"],
  [["score", file, "--queue", "http://:secret@localhost"], "--queue: expected an address redis://HOST:PORT"],
  [["score", file, "--queue", "redis://:a@secret/b@localhost"], "--queue: expected an address redis://HOST:PORT"],
  [["score", file, "--queue", "redis://h", "--report", "r.html"], "--report: cannot be combined with --queue"],
  [["score", file, "--queue", "redis://h", "--tokens", "t.csv"], "--parts DIR writes the table in parts"],
  [["score", file, "--queue", "redis://h", "--shard", "1/2"], "--shard: cannot be combined with --queue"],
  [["score", "-", "--queue", "redis://h"], "workers cannot read the stdin of this process"],
  [["score", file, "--parts", "p"], "--parts: expected --queue as well"],
  [["score", file, "--range-rows", "2"], "--range-rows: expected --queue as well"],
  [["worker"], "expected --queue redis://HOST:PORT"],
  [["worker", "--queue", "redis://h", "--idle", "0"], "--idle: expected a positive number"],
])("%j", async (argv, message) => {
  const stderr = await refused(...argv);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("secret");
});

test("a queue that cannot be reached, at the submitter and at a worker", async () => {
  // a port that was free a moment ago
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 1));
    });
  });
  for (const argv of [["score", file], ["worker"]]) {
    const stderr = await refused(...argv, "--queue", `redis://:secret@127.0.0.1:${port}`);
    expect(stderr).toMatch(
      /^xent: redis:\/\/127.0.0.1:\d+: the queue cannot be reached \(.*\); start Redis or Valkey there, or check --queue\n$/,
    );
  }
});

test("without the packages of the queue", () => {
  const hook = `export function resolve(name, context, next) {
    if (name === "bullmq") throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    return next(name, context);
  }`;
  const source = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      "--import",
      `data:text/javascript,${encodeURIComponent(source)}`,
      "xent/build/cli/main.js",
      "worker",
      "--queue",
      "redis://localhost:1",
    ],
    { encoding: "utf8" },
  );
  expect([status, stderr]).toEqual([
    2,
    "xent: --queue: needs the packages bullmq and ioredis; install them beside xent: npm install bullmq ioredis\n",
  ]);
});

test("no secret of the submitter goes into the queue", () => {
  const address = "https://user:secret@host/a.npy";
  const given = { logits: { path: address, more: [address] }, beside: { targets: { path: address } }, headers: ["x: secret"] };
  const sent = optionsForWorkers(given as unknown as ScoreOptions);
  expect(sent).toMatchObject({ logits: { path: "https://host/a.npy", more: ["https://host/a.npy"] }, headers: [] });
  expect(JSON.stringify(sent)).not.toContain("secret");
});
