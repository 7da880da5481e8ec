import { errorLine } from "../one-line.js";

/**
 * A file, option or target from the user cannot be used. The message is one line that says what to do; the command line prints it
 * and exits with code 2.
 */
export class InputError extends Error {
  override readonly name: string = "InputError";

  constructor(message: string, options?: ErrorOptions) {
    super(errorLine(message), options);
  }
}
