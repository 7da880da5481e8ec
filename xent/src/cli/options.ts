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

export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

export const isPositive = (value: number): boolean => value > 0 && Number.isFinite(value);
