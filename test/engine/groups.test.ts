/** Which cross-entropies run in groups of rows: a condition for each field of a job. */
import { expect, it } from "vitest";
import { type CrossEntropyJob, type FreeInGroups, isGrouped, type LossTerms } from "../../src/engine/kinds/cross-entropy/job.js";

const layout = { rows: 9, classes: 10, inner: 1, stride: 10 };

const grouped: CrossEntropyJob = {
  layout,
  logits: new Float32Array(90),
  targets: new Int32Array(9),
  ignoreIndex: -100,
  kept: 9,
  keptWeight: 9,
  sampleWeight: null,
  probabilities: null,
  probabilityLayout: layout,
  probabilityShift: 0,
  weight: null,
  softcap: 15,
  temperature: 0.5,
  terms: { labelSmoothing: 0, zLoss: 0 },
  poly: 0,
  out: null,
  gradient: null,
};

/** For each term of the loss a value that groups cannot take account of. */
const ungroupedTerms: { readonly [Term in keyof LossTerms]: LossTerms } = {
  labelSmoothing: { labelSmoothing: 0.1, zLoss: 0 },
  zLoss: { labelSmoothing: 0, zLoss: 1e-4 },
};

/** Of each field values that groups cannot take account of. A new field needs an entry here, or is free in groups. */
const ungrouped: { readonly [Field in Exclude<keyof CrossEntropyJob, FreeInGroups>]: readonly CrossEntropyJob[Field][] } = {
  layout: [
    { ...layout, classes: 129, stride: 129 },
    { ...layout, inner: 3, stride: 30 },
  ],
  targets: [null],
  probabilities: [new Float32Array(90)],
  weight: [new Float32Array(10)],
  sampleWeight: [new Float32Array(9).fill(1)],
  terms: Object.values(ungroupedTerms),
  poly: [1],
  out: [new Float32Array(9)],
};

it("rows of up to 128 classes with nothing but their sum asked for", () => {
  expect(isGrouped(grouped)).toBe(true);
  expect(isGrouped({ ...grouped, layout: { ...layout, classes: 128, stride: 128 } })).toBe(true);
});

it.each(Object.entries(ungrouped))("not with another %s", (field, values) => {
  for (const value of values) expect(isGrouped({ ...grouped, [field]: value })).toBe(false);
});
