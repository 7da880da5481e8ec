/** Where a case belongs: run, left out by one of the rules here, or a listed departure. */
import type { Capability } from "../support/implementation.js";
import type { Call, GradientName } from "./call.js";
import { callOf } from "./calls.js";
import type { Case } from "./cases.js";
import { type Departure, departures, type GradientDeparture, gradientDepartures } from "./departures.js";

/** The ops that are no functions of this package. */
const otherOps: ReadonlySet<string> = new Set(["Sigmoid", "Softplus"]);

/** `unknown` fails. */
export type Kind = "run" | "error" | "departure" | "half" | "function" | "other op" | "unknown";

/** What becomes of a gradient that is stored with a case whose value is run. */
export type GradientKind = "run" | "departure" | "function" | "no function";

/** A case and what is to be done with it. */
export interface Plan {
  readonly testCase: Case;
  readonly kind: Kind;
  readonly call: Call | undefined;
  readonly departure: Departure | undefined;
  /** One for each input that has a gradient. */
  readonly gradients: readonly GradientPlan[];
}

export interface GradientPlan {
  readonly input: number;
  /** The function's name for it; undefined where it gives none. */
  readonly name: GradientName | undefined;
  readonly kind: GradientKind;
  readonly departure: GradientDeparture | undefined;
}

export function planOf(suite: string, testCase: Case, supports: ReadonlySet<Capability>): Plan {
  const isEntry = (entry: { readonly suite: string; readonly case: string }): boolean =>
    entry.suite === suite && entry.case === testCase.name;
  const call = callOf(testCase);
  const departure = departures.find(isEntry);
  const kind = kindOf(testCase, call, departure, supports);
  const hasValue = call !== undefined && (kind === "run" || (kind === "departure" && typeof departure?.gives !== "string"));
  const gradients = hasValue
    ? differentiatedInputs(testCase).map((input): GradientPlan => {
        const ofInput = gradientDepartures.find((entry) => isEntry(entry) && entry.input === input);
        const name = call.gradient?.gives[input];
        return { input, name, kind: gradientKindOf(call, name, ofInput, supports), departure: ofInput };
      })
    : [];
  return { testCase, kind, call, departure, gradients };
}

function kindOf(
  testCase: Case,
  call: Call | undefined,
  departure: Departure | undefined,
  supports: ReadonlySet<Capability>,
): Kind {
  if (otherOps.has(testCase.op)) return "other op";
  if (call === undefined) return "unknown";
  if (call.needs !== undefined && !supports.has(call.needs)) return "function";
  const { dtype } = testCase;
  if ((dtype === "float16" || dtype === "bfloat16") && !supports.has(dtype)) return "half";
  if (departure !== undefined) return "departure";
  return testCase.error === undefined ? "run" : "error";
}

/** The inputs that a gradient is stored for. */
function differentiatedInputs(testCase: Case): readonly number[] {
  const stored = testCase.grad_input64 ?? testCase.grad_input ?? [];
  return [...stored.keys()].filter((input) => stored[input] !== null);
}

function gradientKindOf(
  { gradient }: Call,
  name: GradientName | undefined,
  departure: GradientDeparture | undefined,
  supports: ReadonlySet<Capability>,
): GradientKind {
  if (gradient === undefined || name === undefined) return "no function";
  if (!supports.has(gradient.needs) || (name === "targetGrad" && !supports.has(name))) return "function";
  return departure === undefined ? "run" : "departure";
}
