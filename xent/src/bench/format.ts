/** Figures as text, with three significant digits (two below 0.1): the noise makes more meaningless. */
import type { Result, Settings, Spread } from "./types.js";

/** @param value above 0 */
export function threeDigits(value: number): string {
  // rounded first, so that 9.996 gives 10.0 instead of 10.00
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 100) return rounded.toFixed(0);
  if (rounded >= 10) return rounded.toFixed(1);
  if (rounded >= 1) return rounded.toFixed(2);
  if (rounded >= 0.1) return rounded.toFixed(3);
  return String(Number(value.toPrecision(2)));
}

export function quartiles({ q1, q3 }: Spread): string {
  return `${threeDigits(q1)}-${threeDigits(q3)}`;
}

export function errorText(error: number | undefined): string {
  if (error === undefined) return "";
  return error === 0 ? "0" : error.toExponential(1);
}

/**
 * Describes the runtime, the machine and the package in one line.
 * @param threads how many of the machine's threads were used, in words
 */
export function machine(
  { environment, options, date }: Pick<Result, "environment" | "date"> & { options: Pick<Settings, "rounds"> },
  threads = "one thread",
): string {
  const { cpu, cores, platform, runtime, package: measured } = environment;
  const flags = runtime.flags.length > 0 ? ` ${runtime.flags.join(" ")}` : "";
  // in a browser the bench also measures the engine, which uses all threads
  const ran =
    runtime.name === "node"
      ? `Node ${runtime.version}${flags}, ${threads} of ${cores}`
      : `Chromium ${runtime.version}${flags}, up to ${cores} threads`;
  const commit = measured.commit ? `, commit ${measured.commit}${measured.modified ? " with changes" : ""}` : "";
  return (
    `${ran} on ${cpu} (${platform}), version ${measured.version}${commit}, ` +
    `${date.slice(0, 10)}, medians of ${options.rounds} rounds`
  );
}

/** @returns names and versions of the other libraries among the contenders */
export function versions({ shapes }: Pick<Result, "shapes">): string | undefined {
  const known = new Set(
    shapes.flatMap(({ contenders }) =>
      contenders.flatMap(({ peer, version }) => (peer === undefined ? [] : [`${peer} ${version ?? "of unknown version"}`])),
    ),
  );
  return known.size === 0 ? undefined : [...known].join(", ");
}

/** @returns one line per reason, with the ids of the contenders that did not run */
export function notRun({ missing }: Pick<Result, "missing">): string[] {
  return Array.from(new Set(Object.values(missing)), (reason) => {
    const ids = Object.keys(missing).filter((id) => missing[id] === reason);
    return `not run, ${reason}: ${ids.join(", ")}`;
  });
}

/** @returns the stem of the result file: one per suite and major version of Node; one per suite for browsers, which auto-update */
export function stemOf({ name, environment: { runtime } }: Pick<Result, "name" | "environment">): string {
  return runtime.name === "node" ? `${name}-node${runtime.major}` : name;
}
