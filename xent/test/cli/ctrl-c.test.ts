import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/written.js";

/** Signals sent to a separate process when it reports that it is in its third batch of 20 rows. */

const folder = temporaryFolder();
const DEVIL = "examples/data/devil.f32.safetensors";

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs xent; `answer` returns the signal to send for a message of the process. */
function xent(argv: readonly string[], answer: Readonly<Record<string, NodeJS.Signals>> = {}, how = "once"): Promise<Ended> {
  const file = Object.keys(answer).length > 0 ? ["xent/test/cli/interrupted-process.mjs", how] : ["xent/build/cli/main.js"];
  const [main = "", ...before] = file;
  const child = fork(main, [...before, ...argv], { silent: true, execArgv: [] });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (text) => {
      printed[name] += text;
    });
  }
  child.on("message", (message) => {
    const signal = answer[String(message)];
    if (signal !== undefined) child.kill(signal);
  });
  return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, ...printed })));
}

const totalsOf = (stdout: string) => ({ ...JSON.parse(stdout), seconds: undefined });

test.skipIf(process.platform === "win32")(
  "Ctrl-C: what was scored, a checkpoint, code 130; --resume ends with the same bits",
  async () => {
    const table = folder.path("tokens.jsonl");
    const checkpoint = folder.path("checkpoint");
    const argv = ["score", DEVIL, "--tokens", table, "--checkpoint", checkpoint, "--threads", "2"];
    const whole = await xent([...argv, "--json", "--sums"]);
    expect([whole.code, whole.stderr]).toEqual([0, ""]);
    const rows = readFileSync(table, "utf8");

    const stopped = await xent(argv, { "third batch": "SIGINT" });
    expect([stopped.code, stopped.signal]).toEqual([130, null]);
    const done = Number(/^rows +(\d+) of 246, interrupted\n/.exec(stopped.stdout)?.[1]);
    expect(done).toBeGreaterThanOrEqual(20);
    expect(stopped.stderr).toBe(
      "xent: stopping after this batch; press Ctrl-C again to stop at once, without a checkpoint\n" +
        `xent: interrupted after ${done} of 246 rows; run the same command with --resume to continue (${checkpoint})\n`,
    );
    const lines = readFileSync(`${table}.partial`, "utf8");
    expect([lines.split("\n").length - 1, rows.startsWith(lines)]).toEqual([done, true]);

    const again = await xent([...argv, "--resume"], { "third batch": "SIGTERM" });
    expect([again.code, again.signal]).toEqual([143, null]);
    expect(again.stdout).toMatch(/^rows +\d+ of 246, interrupted\n/);

    const resumed = await xent([...argv, "--resume", "--json", "--sums"]);
    expect([resumed.code, resumed.stderr]).toEqual([0, ""]);
    expect(totalsOf(resumed.stdout)).toEqual(totalsOf(whole.stdout));
    expect(readFileSync(table, "utf8")).toBe(rows);
    expect([existsSync(checkpoint), existsSync(`${table}.partial`)]).toEqual([false, false]);
  },
);

test.skipIf(process.platform === "win32")("a second Ctrl-C ends the process at once", async () => {
  const checkpoint = folder.path("second");
  const answers = { "third batch": "SIGINT", interrupted: "SIGINT" } as const;
  const { code, signal, stdout } = await xent(["score", DEVIL, "--checkpoint", checkpoint], answers, "twice");
  expect([code, signal, stdout, existsSync(checkpoint)]).toEqual([null, "SIGINT", "", false]);
});
