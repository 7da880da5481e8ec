/** Figures as text: three significant digits (two of small ones), which is what the noise leaves. */

/** @typedef {import("./types.mjs").Result} Result */

/** @param {number} value above 0 */
export function threeDigits(value) {
  // rounded first, so that 9.996 is 10.0 and not 10.00
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 100) return rounded.toFixed(0);
  if (rounded >= 10) return rounded.toFixed(1);
  if (rounded >= 1) return rounded.toFixed(2);
  if (rounded >= 0.1) return rounded.toFixed(3);
  return String(Number(value.toPrecision(2)));
}

/** @param {import("./types.mjs").Spread} spread */
export function quartiles({ q1, q3 }) {
  return `${threeDigits(q1)}-${threeDigits(q3)}`;
}

/** @param {number | undefined} error */
export function errorText(error) {
  if (error === undefined) return "";
  return error === 0 ? "0" : error.toExponential(1);
}

/**
 * What was measured on, in one sentence.
 *
 * @param {Result} result
 */
export function machine({ environment: { cpu, cores, platform, runtime, package: measured }, options, date }) {
  const flags = runtime.flags.length > 0 ? ` ${runtime.flags.join(" ")}` : "";
  const commit = measured.commit ? `, commit ${measured.commit}${measured.modified ? " with changes" : ""}` : "";
  return (
    `Node ${runtime.version}${flags}, one thread of ${cores} on ${cpu} (${platform}), version ${measured.version}${commit}, ` +
    `${date.slice(0, 10)}, medians of ${options.rounds} rounds`
  );
}

/**
 * The other libraries among the contenders.
 *
 * @param {Result} result
 * @returns {string | undefined} names and versions
 */
export function versions({ shapes }) {
  const known = new Set(
    shapes.flatMap(({ contenders }) =>
      contenders.flatMap(({ peer, version }) => (peer === undefined ? [] : [`${peer} ${version ?? "of unknown version"}`])),
    ),
  );
  return known.size === 0 ? undefined : [...known].join(", ");
}

/**
 * Who did not run, by reason.
 *
 * @param {Result} result
 * @returns {string[]}
 */
export function notRun({ missing }) {
  return Array.from(new Set(Object.values(missing)), (reason) => {
    const ids = Object.keys(missing).filter((id) => missing[id] === reason);
    return `not run, ${reason}: ${ids.join(", ")}`;
  });
}

/**
 * @param {Result} result
 * @returns {string} name of its file: one a suite and version of Node
 */
export function stemOf({ name, environment: { runtime } }) {
  return `${name}-${runtime.name}${runtime.major}`;
}
