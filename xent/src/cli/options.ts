import { Option } from "commander";
import { InputError } from "../files/input-error.js";

/** An option whose value is a non-empty text. A value that begins with "--" is refused: most likely the real value is missing. */
export function textOption(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.argParser((given) => {
    if (given !== "" && !given.startsWith("--")) return given;
    const remedy = given === "" ? "" : `; for a file of that name give ./${given}`;
    throw new InputError(`${option.long}: expected a value, got ${JSON.stringify(given)}${remedy}`);
  });
}

/** An option whose value is a number that `accepts` allows; `expected` describes such numbers in the error. */
export function numberOption(flags: string, description: string, expected: string, accepts: (value: number) => boolean): Option {
  const option = new Option(flags, description);
  return option.argParser((given) => {
    const value = given.trim() === "" ? Number.NaN : Number(given);
    if (!Number.isNaN(value) && accepts(value)) return value;
    throw new InputError(`${option.long}: expected ${expected}, got ${JSON.stringify(given)}`);
  });
}

/**
 * Reads --sums [FILE].
 * @throws InputError when it has neither a file to write to nor a JSON to be printed in
 */
export function sumsOf(given: boolean | string | undefined, json: boolean): { sums: boolean; sumsFile: string | undefined } {
  if (typeof given === "string") return { sums: false, sumsFile: given };
  if (given === true && !json) throw new InputError("--sums: expected --json as well");
  return { sums: given === true, sumsFile: undefined };
}

export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

export const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);

export function classesOption(): Option {
  const meaning = "use the first N classes of a padded vocabulary (default: all)";
  return numberOption("--classes <N>", meaning, "an integer of 1 or more", isCount);
}
