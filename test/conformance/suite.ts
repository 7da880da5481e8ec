import { afterAll, describe, expect, it } from "vitest";
import * as reference from "../../src/reference/index.js";
import { expectClose, type Tolerance } from "../support/expect-close.js";
import type { LossFunctions, Value } from "../support/implementation.js";
import { decodeNumbers } from "../support/stored-tensor.js";
import { type Call, callOf, type Form, type Output } from "./calls.js";
import { type Case, readCases, suites } from "./cases.js";
import { type Departure, departures } from "./departures.js";

export interface SuiteOptions {
  /** Whether bad input must throw TypeError or RangeError. The reference checks little on purpose. */
  readonly checksErrors: boolean;
  /**
   * Precision of a row's loss: in "f32" a value beyond 3.4e38 may be Infinity, since an array of f32 can hold nothing else.
   */
  readonly precision: "f32" | "f64";
}

/** ONNX prints f32 results of f32 arithmetic; this far they are from exact ones. Its own rtol of 1e-3 would hide faults. */
const onnxPrinted: Tolerance = { atol: 1e-6, rtol: 2e-6 };

const forms: readonly Form[] = ["flat arrays with shape", "tensor objects"];

/** The ops that are no functions of this package, or not yet. */
const otherOps: ReadonlySet<string> = new Set(["bce", "bcel", "kl_div", "linear_cross_entropy", "Sigmoid", "Softplus"]);

/** Where a case belongs. `unknown` fails: every case is run, left out by one of these rules, or a listed departure. */
type Kind = "run" | "error" | "departure" | "half" | "other op" | "unknown";

function kindOf(testCase: Case, departure: Departure | undefined): Kind {
  if (otherOps.has(testCase.op)) return "other op";
  if (testCase.dtype === "float16" || testCase.dtype === "bfloat16") return "half";
  if (departure !== undefined) return "departure";
  if (testCase.error !== undefined) return "error";
  return callOf(testCase) === undefined ? "unknown" : "run";
}

interface Counts extends Record<Kind, number> {
  cases: number;
  /** Cases among those run that also store a gradient, which is compared in later work. */
  gradients: number;
}

/** Runs every stored case over one implementation and prints how many there were of each kind. */
export function conformanceSuite(
  name: string,
  functions: LossFunctions,
  tolerance: Tolerance,
  options: SuiteOptions = { checksErrors: true, precision: "f32" },
): void {
  describe(`conformance of ${name}`, () => {
    const table = new Map<string, Counts>();
    const met = new Set<Departure>();

    for (const [suite, expectedCases] of Object.entries(suites)) {
      const counts: Counts = {
        cases: 0,
        run: 0,
        error: 0,
        departure: 0,
        half: 0,
        "other op": 0,
        unknown: 0,
        gradients: 0,
      };
      table.set(suite, counts);

      describe(suite, () => {
        for (const testCase of readCases(suite)) {
          const departure = departures.find((entry) => entry.suite === suite && entry.case === testCase.name);
          const kind = kindOf(testCase, departure);
          counts.cases++;
          counts[kind]++;
          if (departure !== undefined) met.add(departure);
          if (kind === "run" && testCase.grad_input !== undefined) counts.gradients++;
          defineTest(testCase, kind, departure);
        }

        it("has every case of the stored file, each of a known kind", () => {
          expect(counts.cases).toBe(expectedCases);
          expect(counts.unknown).toBe(0);
        });
      });
    }

    it("lists no departure without its case", () => {
      expect(departures.filter((entry) => !met.has(entry))).toEqual([]);
    });

    afterAll(() => {
      console.log(`Conformance of ${name}\n${formatCounts(table, options)}`);
    });
  });

  function defineTest(testCase: Case, kind: Kind, departure: Departure | undefined): void {
    switch (kind) {
      case "run":
        it(testCase.name, () => checkValues(testCase));
        break;
      case "departure":
        it(`${testCase.name} (departs from PyTorch)`, () => checkDeparture(testCase, departure as Departure));
        break;
      case "error":
        if (options.checksErrors) {
          // As tensor objects only: some of PyTorch's errors lie in a target's shape, which a flat array does not have.
          it(`${testCase.name} throws`, () => expectThrow(() => callOrFail(testCase)(functions, "tensor objects")));
        }
        break;
      case "unknown":
        it(testCase.name, () => expect.fail(`op ${testCase.op} is neither run nor left out by a rule`));
        break;
      default:
        break;
    }
  }

  /**
   * PyTorch stores f64 results of the same inputs. ONNX stores what its numpy code printed, mostly in f32: there the reference
   * supplies the f64 results, and the printed ones are compared as well.
   */
  function checkValues(testCase: Case): void {
    const call = callOrFail(testCase);
    const printed = testCase.outputs?.map(decodeNumbers) ?? [];
    const exact =
      testCase.outputs64?.map(decodeNumbers) ??
      call(reference, "flat arrays with shape").map(({ value }) => (typeof value === "number" ? [value] : value));
    for (const form of forms) {
      const outputs = call(functions, form);
      expect(outputs.length).toBe(printed.length);
      for (const [i, output] of outputs.entries()) {
        const what = `${output.what} of ${form}`;
        expectKind(output, what);
        compare(output.value, exact[i] as ArrayLike<number>, tolerance, what);
        if (testCase.outputs64 === undefined) {
          const isExact = testCase.outputs?.[i]?.dtype === "float64";
          const allowed = isExact ? tolerance : looser(tolerance, onnxPrinted);
          compare(output.value, printed[i] as ArrayLike<number>, allowed, `${what} (as printed)`);
        }
      }
    }
  }

  function checkDeparture(testCase: Case, departure: Departure): void {
    const call = callOrFail(testCase);
    for (const form of forms) {
      if (typeof departure.gives === "string") {
        expectThrow(() => call(functions, form), departure.gives);
      } else {
        const [output] = call(functions, form) as readonly [Output];
        expectKind(output, output.what);
        compare(output.value, [departure.gives].flat(), tolerance, `${output.what} of ${form}`);
      }
    }
  }

  function compare(actual: Value, expected: ArrayLike<number>, allowed: Tolerance, what: string): void {
    const got = typeof actual === "number" ? [actual] : actual;
    const want = Array.from(expected, (value, i) =>
      options.precision === "f32" && Math.fround(value) === got[i] && !Number.isFinite(got[i]) ? (got[i] as number) : value,
    );
    expectClose(got, want, allowed, what);
  }
}

function callOrFail(testCase: Case): Call {
  return callOf(testCase) ?? expect.fail(`no call for op ${testCase.op}`);
}

function expectKind({ value, scalar }: Output, what: string): void {
  if ((typeof value === "number") !== scalar) {
    expect.fail(`${what}: expected ${scalar ? "a number" : "an array"}, got ${typeof value === "number" ? value : "an array"}`);
  }
}

/** An error of ours says what was expected and what was got; a TypeError from a fault inside would not. */
function expectThrow(call: () => readonly Output[], errorName?: "TypeError" | "RangeError"): void {
  let outputs: readonly Output[];
  try {
    outputs = call();
  } catch (error) {
    const isTypeError = errorName !== "RangeError" && error instanceof TypeError;
    expect(isTypeError || (errorName !== "TypeError" && error instanceof RangeError), String(error)).toBe(true);
    expect(String(error)).toMatch(/expected .* got /s);
    return;
  }
  expect.fail(`expected ${errorName ?? "TypeError or RangeError"}, got ${outputs.map(({ value }) => value).join("; ")}`);
}

function looser(a: Tolerance, b: Tolerance): Tolerance {
  return { atol: Math.max(a.atol, b.atol), rtol: Math.max(a.rtol, b.rtol) };
}

function formatCounts(table: ReadonlyMap<string, Counts>, { checksErrors }: SuiteOptions): string {
  const columns: readonly (readonly [string, keyof Counts])[] = [
    ["cases", "cases"],
    ["values run", "run"],
    [checksErrors ? "errors run" : "errors not checked", "error"],
    ["departures", "departure"],
    ["left out: f16, bf16", "half"],
    ["left out: other op", "other op"],
    ["run without its gradient", "gradients"],
  ];
  const header = ["suite", ...columns.map(([title]) => title)];
  const body = [...table].map(([suite, counts]) => [suite, ...columns.map(([, key]) => String(counts[key]))]);
  const totals = columns.map(([, key]) => String([...table.values()].reduce((sum, counts) => sum + counts[key], 0)));
  const lines = [header, ...body, ["total", ...totals]];
  const widths = header.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)));
  return lines
    .map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))))
    .map((cells) => cells.join("  "))
    .join("\n");
}
