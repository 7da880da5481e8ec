import { expect } from "vitest";

export type ErrorClass = typeof TypeError | typeof RangeError;

/** What a caller's array holds before a call that must not write. */
const CANARY = 12345.678;

/**
 * The call throws an error of exactly that class and message, and leaves the `out` that it is given as it was. The message may go
 * on with a remedy in brackets (remedies.test.ts).
 * `outLength` is the length that `out` has to have where it is itself no part of what is wrong.
 */
export function expectRefusal(
  call: (out: Float32Array) => unknown,
  errorClass: ErrorClass,
  message: string,
  outLength = 2,
): void {
  const out = new Float32Array(outLength).fill(CANARY);
  let thrown: unknown;
  let value: unknown;
  try {
    value = call(out);
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof Error)) {
    expect.fail(`expected ${errorClass.name} "${message}", got the value ${String(value)} (thrown: ${String(thrown)})`);
  }
  const hasRemedy = thrown.message.startsWith(`${message} (`) && thrown.message.endsWith(")");
  expect(hasRemedy ? message : thrown.message).toBe(message);
  expect(thrown.constructor).toBe(errorClass);
  expect(out.every((element) => element === Math.fround(CANARY))).toBe(true);
}

/** A typed array whose buffer was transferred to someone else: its length is 0 now. */
export function detached<View extends ArrayBufferView<ArrayBuffer>>(array: View): View {
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}
