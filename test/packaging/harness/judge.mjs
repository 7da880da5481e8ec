// Whether an outcome is right: the value of both uses, and what the engine ran on.

/** Of the loss, against the f64 reference: what the package promises for 1000 classes (test/accuracy/losses.test.ts). */
const TOLERANCE = 1e-7;

/**
 * What is wrong with an outcome; undefined: nothing.
 *
 * @param expected - The loss by the f64 reference.
 * @param wanted - What `engine.info()` must have said.
 */
export function judge({ plain, engine, complaints = [] }, expected, wanted) {
  return { plain: faultOfPlain(plain, expected) ?? complaints[0], engine: faultOfEngine(engine, plain, wanted) ?? complaints[0] };
}

function faultOfPlain({ value, error }, expected) {
  if (error !== undefined) return error;
  // so that NaN is a fault
  const isClose = Math.abs(value - expected) <= TOLERANCE * Math.abs(expected);
  return isClose ? undefined : `gives ${value}, not ${expected}`;
}

function faultOfEngine({ error, ...given }, plain, wanted) {
  if (error !== undefined) return error;
  const all = { ...wanted, value: plain.value, variant: plain.variant };
  const wrong = Object.keys(all).find((name) => given[name] !== all[name]);
  return wrong && `${wrong} is ${given[wrong]}, not ${all[wrong]}`;
}
