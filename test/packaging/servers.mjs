// Bundles for Node: with the worker's file where the documentation says, and without it, where the error has to say what to do.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { COPY_BESIDE, NOTHING } from "./consumers/bundlers.mjs";
import { servers } from "./consumers/servers.mjs";
import { judge } from "./harness/judge.mjs";
import { run } from "./harness/processes.mjs";
import { problem } from "./program/input.mjs";
import { fileOf } from "./recipes/document.mjs";
import { faultOfLoss, REQUEST } from "./recipes/request.mjs";

const WORKER = "build/hosts/node-worker.js";
const ON_TWO = { threads: 2, shared: true };
/** The lines of a whole run: two per bundler, two of Next.js. */
export const ALL_BUNDLES = 2 * servers.length + 2;

const EXTERNAL = "`serverExternalPackages`";
const MISSING =
  /there is no worker file .*node-worker\.js: copy wasm-cross-entropy\/node-worker\.js beside the bundle and pass workerUrl: new URL\("\.\/node-worker\.js", import\.meta\.url\), or mark the package external/;

/** Lines of the matrix, `{ consumer, how, plain, engine, missing }`; `missing` is what an engine without the file says. */
export async function tryServers(project, only, tell) {
  const { crossEntropy } = await project.load("build/reference/index.js");
  const { logits, targets } = problem();
  const expected = crossEntropy(logits, targets);
  const lines = [];
  const add = (line) => {
    lines.push(line);
    tell(line);
  };
  const judged = (consumer, how, outcome, missing) => {
    const { plain = "works", engine = "works" } = judge(outcome, expected, ON_TWO);
    add({ consumer, how, plain: { process: plain }, engine: { process: engine }, missing });
  };
  for (const { name, bundle, takesWorker } of servers) {
    const consumer = `Node bundle, ${name}`;
    if (!consumer.includes(only)) continue;
    const folder = project.makeProject(consumer);
    const out = join(folder, "dist");
    const file = join(out, await bundle(folder, out));
    const start = async (env) => JSON.parse(await run(process.execPath, [file], out, undefined, env));
    const elsewhere = join(folder, "elsewhere.js");
    cpSync(project.inPackage(WORKER), elsewhere);
    if (takesWorker) {
      judged(consumer, NOTHING, await start());
    } else {
      const { engine } = await start();
      cpSync(project.inPackage(WORKER), join(out, "node-worker.js"));
      judged(consumer, COPY_BESIDE, await start(), MISSING.test(engine.error) ? "works" : `says ${JSON.stringify(engine)}`);
    }
    judged(consumer, "`workerUrl`", await start({ WORKER: elsewhere }));
  }
  if ("Next.js".includes(only)) await tryNext(project, judged);
  return lines;
}

/** A production build of Next.js, and a request to its route handler and one to the recipe's. */
async function tryNext(project, judged) {
  const { devDependencies } = createRequire(import.meta.url)("./package.json");
  const packages = ["next", "react", "react-dom"].map((name) => `${name}@${devDependencies[name]}`);
  const folder = project.makeProject("Next.js");
  await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...packages], folder, 600_000);
  mkdirSync(join(folder, "app/all"), { recursive: true });
  writeFileSync(
    join(folder, "app/layout.js"),
    "export default ({ children }) => <html lang='en'><body>{children}</body></html>;\n",
  );
  writeFileSync(
    join(folder, "app/all/route.js"),
    `import { useAll } from "../../program.mjs";
export const dynamic = "force-dynamic";
export async function GET() {
  return Response.json(await useAll({}));
}
`,
  );
  const recipe = "app/loss/route.js";
  mkdirSync(join(folder, dirname(recipe)));
  writeFileSync(join(folder, recipe), fileOf(recipe));
  const next = (...args) => [join(folder, "node_modules/next/dist/bin/next"), ...args];
  const env = { NEXT_TELEMETRY_DISABLED: "1" };
  for (const [how, settings] of [
    [NOTHING, {}],
    [EXTERNAL, { serverExternalPackages: ["wasm-cross-entropy"] }],
  ]) {
    writeFileSync(join(folder, "next.config.mjs"), `export default ${JSON.stringify(settings)};\n`);
    rmSync(join(folder, ".next"), { recursive: true, force: true });
    await run(process.execPath, next("build"), folder, 300_000, env);
    const port = await freePort();
    const server = spawn(process.execPath, next("start", "-p", String(port)), {
      cwd: folder,
      stdio: "ignore",
      env: { ...process.env, ...env },
    });
    try {
      judged("Next.js, route handler", how, await answerOf(`http://localhost:${port}/all`));
      const [fault] = faultOfLoss("Next.js", await answerOf(`http://localhost:${port}/loss`, REQUEST));
      if (fault !== undefined) throw new Error(fault);
    } finally {
      server.kill();
    }
  }
}

/** What a server answers, once it does. */
async function answerOf(url, request) {
  for (let tries = 0; ; tries++) {
    try {
      return await (await fetch(url, request)).json();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
