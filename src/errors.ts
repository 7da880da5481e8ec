/**
 * Error messages in one form: `argument[index]: expected ..., got ...`.
 * TypeError for a value of the wrong type, RangeError for a wrong value.
 */

/** A short description of the value that was passed, for the end of an error message. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return value.length > 40 ? `the string ${JSON.stringify(`${value.slice(0, 37)}...`)}` : JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    default:
      return describeObject(value as object);
  }
}

function describeObject(value: object): string {
  const name: unknown = value.constructor?.name;
  const kind = typeof name === "string" && name !== "" ? name : "Object";
  if (ArrayBuffer.isView(value) && "length" in value) return `${kind}(${value.length})`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return kind === "Object" ? "an object" : `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;
}

/** The error for a value of the wrong type. */
export function wrongType(argument: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${argument}: expected ${expected}, got ${describe(got)}`);
}

/** The error for a value of the right type that is not allowed. A string in `got` is used as it is. */
export function wrongValue(argument: string, expected: string, got: unknown): RangeError {
  return new RangeError(`${argument}: expected ${expected}, got ${typeof got === "string" ? got : describe(got)}`);
}

/** Thrown by a call of a closed engine, and by a call that was running when the engine was closed. */
export class EngineClosedError extends Error {
  override readonly name = "EngineClosedError";

  constructor(message = "the engine is closed") {
    super(`wasm-cross-entropy: ${message}`);
  }
}

/** A worker died during a call, so the call failed. The next call gets a new worker. `cause` is the reason, if known. */
export class WorkerCrashedError extends Error {
  override readonly name = "WorkerCrashedError";

  constructor(cause: unknown) {
    super(`wasm-cross-entropy: a worker died during the call`, { cause });
  }
}
