/**
 * What the user gave cannot be used: a file, an option, a target. The message is one line that says what to do; the
 * command line prints it and exits with code 2.
 */
export class InputError extends Error {
  override readonly name: string = "InputError";

  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
  }
}

/** Names from a file may hold line breaks or terminal escapes: neither may reach a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
