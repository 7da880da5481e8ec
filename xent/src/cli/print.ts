import { OutputError } from "../files/output-error.js";
import type { Terminal } from "./seams.js";

/**
 * Prints results to stdout. A reader that has closed its pipe (xent score ... | head) has seen enough: that is not an error.
 * @throws OutputError when they cannot be written, for example because stdout is a file on a full disk
 */
export function print({ stdout }: Pick<Terminal, "stdout">, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (!error || ("code" in error && error.code === "EPIPE")) resolve();
      else reject(new OutputError("stdout", error));
    });
  });
}
