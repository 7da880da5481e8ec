import { wrongType, wrongValue } from "../errors.js";

/** @throws TypeError, RangeError for anything but a whole number of at least `least` */
export function wholeNumber(argument: string, value: unknown, least: number): number {
  if (typeof value !== "number") throw wrongType(argument, `a whole number of at least ${least}`, value);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw wrongValue(argument, `a whole number of at least ${least}`, value);
}
