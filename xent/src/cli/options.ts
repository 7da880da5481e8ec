import { Option } from "commander";
import { InputError } from "../files/input-error.js";

/**
 * An option whose value is any text but an empty one. A value that begins with "--" is most likely the next option, whose
 * predecessor has lost its value.
 */
export function textOption(flags: string, description: string): Option {
  const option = new Option(flags, description);
  return option.argParser((given) => {
    if (given !== "" && !given.startsWith("--")) return given;
    const remedy = given === "" ? "" : `; a file of that name is ./${given}`;
    throw new InputError(`${option.long}: expected a value after it, got ${JSON.stringify(given)}${remedy}`);
  });
}

/** An option whose value is a number for which `accepts` holds; `expected` describes such numbers. */
export function numberOption(flags: string, description: string, expected: string, accepts: (value: number) => boolean): Option {
  const option = new Option(flags, description);
  return option.argParser((given) => {
    const value = given.trim() === "" ? Number.NaN : Number(given);
    if (!Number.isNaN(value) && accepts(value)) return value;
    throw new InputError(`${option.long}: expected ${expected}, got ${JSON.stringify(given)}`);
  });
}

export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

export const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);
