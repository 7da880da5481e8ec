/**
 * Error messages in one form: `argument[index]: expected ..., got ... (remedy)`, on one line of at most MOST_CHARACTERS, whatever
 * the caller passed. TypeError for a value of the wrong type, RangeError for a wrong value.
 */

const MOST_CHARACTERS = 300;

/** Control characters, invisible ones and those that change the direction of text. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

function message(argument: string, expected: string, got: string, remedy?: string): string {
  const hint = remedy ? ` (${remedy})` : "";
  const room = MOST_CHARACTERS - hint.length;
  const text = `${argument}: expected ${expected}, got ${got}`.slice(0, room + 1).replace(UNPRINTABLE, "?");
  return (text.length > room ? `${text.slice(0, room - 1)}…` : text) + hint;
}

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
export function wrongType(argument: string, expected: string, got: unknown, remedy?: string): TypeError {
  return wrongUse(argument, expected, describe(got), remedy);
}

/** The same with words for what was given. */
export function wrongUse(argument: string, expected: string, got: string, remedy?: string): TypeError {
  return new TypeError(message(argument, expected, got, remedy));
}

/** The error for a value of the right type that is not allowed. A string in `got` is used as it is. */
export function wrongValue(argument: string, expected: string, got: unknown, remedy?: string): RangeError {
  return new RangeError(message(argument, expected, typeof got === "string" ? got : describe(got), remedy));
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
