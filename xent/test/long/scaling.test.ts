/** The commands of docs/scaling.md, run as a cluster runs them: the parts of all tasks are the whole. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "scaling-"));
const document = readFileSync("docs/scaling.md", "utf8");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script where `xent` is the built command. */
function sh(script: string, env: Readonly<Record<string, string>> = {}): string {
  const PATH = `${resolve("node_modules/.bin")}${delimiter}${process.env["PATH"]}`;
  const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-uc", script], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...env, PATH },
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

const totalsOf = (stdout: string) => ({ ...JSON.parse(stdout), seconds: 0 });
let whole: unknown;

beforeAll(() => {
  copyFileSync("examples/data/devil.f32.safetensors", join(folder, "logits.safetensors"));
  whole = totalsOf(sh("xent score logits.safetensors --deterministic --json --sums"));
});

/** Runs the tasks and merges their parts. */
function merged(script: string, tasks: readonly Readonly<Record<string, string>>[], parts: string): unknown {
  for (const env of tasks) sh(script, env);
  return totalsOf(sh(`xent merge ${parts} --json --sums && rm ${parts}`));
}

test("Slurm", () => {
  const script = /^```bash\n(#!.*?)^```$/ms.exec(document)?.[1] ?? "";
  const tasks = Array.from({ length: 4 }, (_, index) => ({ SLURM_ARRAY_TASK_ID: String(index + 1) }));
  expect(script).toContain(`--array=1-${tasks.length}`);
  expect(merged(script, tasks, "part-*.json")).toEqual(whole);
});

test("Kubernetes", () => {
  const script = /^ +- (npx --yes xent score .*)$/m.exec(document)?.[1] ?? "";
  const here = script.replaceAll("/tmp/", "").replaceAll("/data", folder).replace("npx --yes ", "");
  const tasks = Array.from({ length: 4 }, (_, index) => ({ JOB_COMPLETION_INDEX: String(index) }));
  expect(document).toContain(`completions: ${tasks.length}`);
  expect(merged(here, tasks, "part-*.json")).toEqual(whole);
});
