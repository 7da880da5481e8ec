/**
 * Vitest's runner for `npm run mutate`. A test runs once as it is, which records the edits that it reaches. It then runs again once for
 * each of these edits that no test has noticed yet, with that edit switched on. An edit counts as noticed if the test fails with it
 * and still passes without it. So one process that has loaded the sources once tries all edits.
 */
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import fc from "fast-check";
import { TestRunner } from "vitest";
import { getFn, type Test } from "vitest/suite";

/** What Stryker's code in the edited sources reads and counts. */
interface Switch {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  readonly hitLimit?: number;
  readonly mutantCoverage?: {
    readonly static: Readonly<Record<string, number>>;
    readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
}

/** The state of the process, which all test files share; each of them has a runner of its own. */
const shared = globalThis as { __stryker__?: Switch; mutateSettled?: Set<string> };
shared.__stryker__ ??= {};
shared.mutateSettled ??= new Set(JSON.parse(process.env.MUTATE_SETTLED ?? "[]"));
const edits = shared.__stryker__;
const settled = shared.mutateSettled;

/** What edited code reaches is not recorded for a test. Without a name it would count as reached while modules load. */
const NO_TEST = "edited";

/** Longer tests try edits in a second round, which few edits are left for. Milliseconds of a processor. */
const LONG_MS = 200;

/** Still longer ones try none. */
const TOO_LONG_MS = 1500;

/** Milliseconds for which the tests of one file try one edit. Tests of a file are alike: the last of them rarely notice what the first did not. */
const PER_FILE_MS = 2000;

/** When a test with an edit has run for too long. The edited line itself ends it then, since Stryker's code stops at its limit of hits. */
let deadline = Infinity;
Object.defineProperty(edits, "hitLimit", { get: () => (performance.now() > deadline ? 0 : Infinity), configurable: true });

/** One line per event, in the file that scripts/mutate.mjs reads; it outlives a process that an edit crashes. */
function report(event: object): void {
  appendFileSync(process.env.MUTATE_EVENTS ?? "", `${JSON.stringify(event)}\n`);
}

async function passes(run: () => unknown, within: number): Promise<boolean> {
  deadline = performance.now() + within;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("too late")), within);
  });
  try {
    await Promise.race([run(), late]);
    return true;
  } catch {
    return false;
  } finally {
    deadline = Infinity;
    clearTimeout(timer);
  }
}

export default class MutationRunner extends TestRunner {
  /** Milliseconds that each edit has used in this file. */
  readonly #used = new Map<string, number>();

  async runTask(test: Test): Promise<void> {
    // that a property fails is enough; the smallest counterexample takes long to find
    fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });
    const run = getFn(test);
    const start = performance.now();
    const used = process.cpuUsage();
    edits.currentTestId = test.id;
    try {
      await run();
    } finally {
      edits.currentTestId = NO_TEST;
    }
    const { user, system } = process.cpuUsage(used);
    const ms = (user + system) / 1000;
    const within = 5000 + 10 * (performance.now() - start);
    await this.tryEdits(test, run, ms, within);
    edits.currentTestId = undefined;
  }

  private async tryEdits(test: Test, run: () => unknown, ms: number, within: number): Promise<void> {
    const name = `${relative(".", test.file.filepath)}: ${test.fullTestName}`;
    const reached = edits.mutantCoverage?.perTest[test.id] ?? {};
    report({ reached: Object.keys(reached) });
    if (ms > TOO_LONG_MS || ms > LONG_MS !== (process.env.MUTATE_TRIES === "long tests")) return;
    for (const edit of Object.keys(reached)) {
      const used = this.#used.get(edit) ?? 0;
      if (settled.has(edit) || used > PER_FILE_MS) continue;
      this.#used.set(edit, used + ms);
      report({ tries: edit, name });
      edits.hitCount = 0;
      edits.activeMutant = edit;
      const passed = await passes(run, within);
      edits.activeMutant = undefined;
      // what was computed once in this process, and kept, has to be tried in a new one
      const again = edits.hitCount > 0;
      edits.hitCount = undefined;
      if (passed) {
        report({ [again ? "survives" : "kept"]: edit });
        continue;
      }
      if (await passes(run, within)) {
        settled.add(edit);
        report({ noticed: edit, name });
      } else {
        report({ unclear: edit, name });
        if (!(await passes(run, within))) throw new Error(`edit ${edit} broke the process of the tests`);
      }
    }
  }

  override onAfterRunFiles(): void {
    this.#used.clear();
    report({ loaded: Object.keys(edits.mutantCoverage?.static ?? {}) });
    super.onAfterRunFiles();
  }
}
