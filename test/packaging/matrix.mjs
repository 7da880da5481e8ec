// Every consumer, tried: what works, and what is wrong where something does not.
import { pages } from "./consumers/pages.mjs";
import { runtimes } from "./consumers/runtimes.mjs";
import { judge } from "./harness/judge.mjs";
import { MODES, outcomeOf } from "./harness/pages.mjs";
import { problem } from "./program/input.mjs";

/** What `engine.info()` says of the program's engine, where its workers share a memory and where they cannot. */
const SHARED = { threads: 2, shared: true };
const ALONE = { threads: 1, shared: false };

/**
 * Tries each consumer whose name has `only` in it, in a folder of its own.
 *
 * @returns Lines `{ consumer, how, plain, engine }`: faults by mode, undefined where there is none.
 */
export async function tryAll(project, browsers, only, tell) {
  const { crossEntropy } = await project.load("build/reference/index.js");
  const { logits, targets } = problem();
  const expected = crossEntropy(logits, targets);
  const lines = [];
  for (const { name, run } of runtimes.filter(({ name }) => name.includes(only))) {
    const line = { consumer: name, how: "as it is", plain: {}, engine: {} };
    await tried(line, "process", async () => judge(JSON.parse(await run(project.makeProject(name))), expected, SHARED));
    lines.push(line);
    tell(line);
  }
  for (const { name, how, browser, modes, prepare } of pages.filter(({ name }) => name.includes(only))) {
    const line = { consumer: name, how, plain: {}, engine: {} };
    const prepared = Promise.resolve(project.makeProject(name)).then(prepare);
    for (const mode of modes) {
      await tried(line, mode, async () => {
        const serve = await prepared;
        const server = await serve(MODES[mode]);
        try {
          const outcome = await outcomeOf(await browsers.get(browser), server.url);
          return judge(outcome, expected, mode === "not isolated" ? ALONE : SHARED);
        } finally {
          await server.close();
        }
      });
    }
    lines.push(line);
    tell(line);
  }
  return lines;
}

/** A consumer that does not come to an outcome at all is at fault in both. */
async function tried(line, mode, judgement) {
  const failed = (error) => ({ plain: String(error), engine: String(error) });
  const { plain, engine } = await judgement().catch(failed);
  line.plain[mode] = plain ?? "works";
  line.engine[mode] = engine ?? "works";
}

/** All that is not as it is documented. */
export function faultsIn(lines) {
  return lines.flatMap(({ consumer, missing = "works", ...line }) => {
    const faults = ["plain", "engine"].flatMap((use) =>
      Object.entries(line[use])
        .filter(([, found]) => found !== "works")
        .map(([mode, found]) => `${consumer}, ${mode}, ${use}: ${found}`),
    );
    return missing === "works" ? faults : [...faults, `${consumer}, without the worker's file: ${missing}`];
  });
}
