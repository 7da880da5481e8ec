import { afterAll, describe, expect, it } from "vitest";
import type { LossFunctions } from "../support/implementation.js";
import { readCases, suites } from "./cases.js";
import { Checks, type SuiteOptions } from "./checks.js";
import { CountTable } from "./counts.js";
import { type Departure, departures, type GradientDeparture, gradientDepartures } from "./departures.js";
import { type Plan, planOf } from "./rules.js";

/** Runs every stored case over one implementation and prints how many there were of each kind. */
export function conformanceSuite(name: string, functions: LossFunctions, options: SuiteOptions): void {
  const supports = new Set(options.supports);
  const checks = new Checks(functions, options);

  describe(`conformance of ${name}`, () => {
    const table = new CountTable();
    const met = new Set<Departure | GradientDeparture | undefined>();

    for (const [suite, expectedCases] of Object.entries(suites)) {
      describe(suite, () => {
        for (const testCase of readCases(suite)) {
          const plan = planOf(suite, testCase, supports);
          table.add(suite, plan);
          met.add(departures.find((entry) => entry.suite === suite && entry.case === testCase.name));
          for (const entry of gradientDepartures) {
            const { grad_input: stored } = testCase;
            if (entry.suite === suite && entry.case === testCase.name && stored?.[entry.input]) met.add(entry);
          }
          defineTests(plan);
        }

        it("has every case of the stored file, each of a known kind", () => {
          const { cases, kinds } = table.of(suite);
          expect(cases).toBe(expectedCases);
          expect(kinds.unknown).toBe(0);
        });
      });
    }

    it("lists no departure without its case", () => {
      expect([...departures, ...gradientDepartures].filter((entry) => !met.has(entry))).toEqual([]);
    });

    afterAll(() => {
      console.log(`Conformance of ${name}\n${table.format(options.checksErrors)}`);
    });
  });

  function defineTests(plan: Plan): void {
    const { name: caseName } = plan.testCase;
    switch (plan.kind) {
      case "run":
        it(caseName, () => checks.values(plan));
        break;
      case "departure":
        it(`${caseName} (departs from PyTorch)`, () => checks.departure(plan));
        break;
      case "error":
        if (options.checksErrors) it(`${caseName} throws`, () => checks.error(plan));
        break;
      case "unknown":
        it(caseName, () => expect.fail(`op ${plan.testCase.op} is neither run nor left out by a rule`));
        break;
      default:
        break;
    }
    if (plan.gradients.some(({ kind }) => kind === "run" || kind === "departure")) {
      const departs = plan.gradients.some(({ kind }) => kind === "departure");
      it(`${caseName}, gradient${departs ? " (departs from PyTorch)" : ""}`, () => checks.gradients(plan));
    }
  }
}
