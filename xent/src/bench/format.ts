/** Figures as text: three significant digits (two of small ones), which is what the noise leaves. */
import type { Result, Settings, Spread } from "./types.js";

/** @param value above 0 */
export function threeDigits(value: number): string {
  // rounded first, so that 9.996 is 10.0 and not 10.00
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
 * What was measured on, in one sentence.
 * @param threads how many of the machine's, in words
 */
export function machine(
  { environment, options, date }: Pick<Result, "environment" | "date"> & { options: Pick<Settings, "rounds"> },
  threads = "one thread",
): string {
  const { cpu, cores, platform, runtime, package: measured } = environment;
  const flags = runtime.flags.length > 0 ? ` ${runtime.flags.join(" ")}` : "";
  // in a browser the engine is measured, too
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

/** Who did not run, by reason. */
export function notRun({ missing }: Pick<Result, "missing">): string[] {
  return Array.from(new Set(Object.values(missing)), (reason) => {
    const ids = Object.keys(missing).filter((id) => missing[id] === reason);
    return `not run, ${reason}: ${ids.join(", ")}`;
  });
}

/** @returns the name of its file: one a suite and version of Node; of a browser, which nobody keeps at a version, one a suite */
export function stemOf({ name, environment: { runtime } }: Pick<Result, "name" | "environment">): string {
  return runtime.name === "node" ? `${name}-node${runtime.major}` : name;
}
