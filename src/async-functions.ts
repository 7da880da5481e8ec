/** The functions of an engine of workers: asynchronous, with an AbortSignal among the options of each call. */
import type { Task } from "./engine/task.js";
import { wrongType } from "./errors.js";
import { type CallOptions, type FunctionsOf, methodsOf } from "./functions.js";
import { fieldOf, isSignal } from "./values.js";

/**
 * Every function of the package, returning a promise: same arguments, same result to the bit. Do not change the arguments until
 * the promise settles.
 */
export type AsyncFunctions = FunctionsOf<"async">;

/** Runs a task. Rejects with the signal's reason if the signal aborts first. */
export type AsyncRun = <Result>(task: Task<Result>, signal: AbortSignal | undefined) => Promise<Result>;

/** The functions. Each call checks its arguments at once, then passes its task to `run`. */
export function asyncFunctionsOn(run: AsyncRun): AsyncFunctions {
  const methods = methodsOf((make, optionsAt) => (a, b, c, d) => {
    // not async: one more promise is a noticeable part of a call with a few numbers
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
  // TASKS checks each task maker against the method's type in the interface
  return methods as unknown as AsyncFunctions;
}

/** Splits the signal from the options, because the functions' own checks would refuse it. */
function withoutSignal(options: unknown): { readonly signal: AbortSignal | undefined; readonly options: unknown } {
  if (typeof options !== "object" || options === null) return { signal: undefined, options };
  const signal = fieldOf(options as CallOptions, "signal");
  if (signal === undefined && !Object.hasOwn(options, "signal")) return { signal, options };
  const others = { ...options, __proto__: Object.getPrototypeOf(options) } as CallOptions & { signal?: unknown };
  delete others.signal;
  if (signal !== undefined && !isSignal(signal)) throw wrongType("options.signal", "an AbortSignal", signal);
  return { signal, options: others };
}
