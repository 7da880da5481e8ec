/** The package's functions as an engine has them: asynchronous, with an AbortSignal among the options of each call. */
import type { Task } from "./engine/task.js";
import { wrongType } from "./errors.js";
import { type FunctionsOf, methodsOf } from "./functions.js";

/**
 * Every function of the package as a promise: same arguments, same result to the bit. Arguments must stay as they are until the
 * promise is settled.
 */
export type AsyncFunctions = FunctionsOf<"async">;

/** Runs a task some time; rejects with the signal's reason when that comes first. */
export type AsyncRun = <Result>(task: Task<Result>, signal: AbortSignal | undefined) => Promise<Result>;

/** The functions, each call's arguments checked at once and its task given to `run`. */
export function asyncFunctionsOn(run: AsyncRun): AsyncFunctions {
  const methods = methodsOf((make, optionsAt) => (a, b, c, d) => {
    // not async: beside a call of a few numbers each promise more is felt
    try {
      const given = optionsAt === 1 ? b : optionsAt === 2 ? c : d;
      if (given === undefined) return run(make(a, b, c, d), undefined);
      const { signal, options } = withoutSignal(given);
      if (optionsAt === 1) return run(make(a, options), signal);
      return run(optionsAt === 2 ? make(a, b, options) : make(a, b, c, options), signal);
    } catch (error) {
      return Promise.reject(error);
    }
  });
  // each method has its type in the interface, by which its task's maker is checked in TASKS
  return methods as unknown as AsyncFunctions;
}

/** A call's options apart from the signal, which the functions' own checks know nothing of. */
function withoutSignal(options: unknown): { readonly signal: AbortSignal | undefined; readonly options: unknown } {
  if (typeof options !== "object" || options === null || !("signal" in options)) return { signal: undefined, options };
  const { signal, ...others } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType("options.signal", "an AbortSignal", signal);
  return { signal, options: others };
}
