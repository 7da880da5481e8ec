// A page whose server lacks the worker's file must get an error that says so, not a promise that stays open.
import { pages } from "./consumers/pages.mjs";
import { MODES, outcomeOf } from "./harness/pages.mjs";

const EXPECTED = /the worker could not be started: is options\.workerUrl, .*missing\.js/;

/** Faults, in each browser. */
export async function tryMissingWorker(project, browsers) {
  const faults = [];
  for (const { name, browser, prepare } of pages.filter(({ how }) => how === "import map")) {
    const serve = await prepare(project.makeProject(`${name}, worker missing`));
    for (const mode of ["isolated", "not isolated"]) {
      const server = await serve(MODES[mode]);
      const failed = (error) => ({ engine: { error: String(error) } });
      const { engine } = await outcomeOf(await browsers.get(browser), `${server.url}?worker=missing.js`).catch(failed);
      if (!EXPECTED.test(engine.error)) faults.push(`${name}, ${mode}, worker missing: ${JSON.stringify(engine)}`);
      await server.close();
    }
  }
  return faults;
}
