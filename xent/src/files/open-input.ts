import { basename } from "node:path";
import { isAddress, withoutSecrets } from "./address.js";
import { ByteFile } from "./byte-file.js";
import { HttpFile, type HttpHow } from "./http-file.js";
import { InputError } from "./input-error.js";
import type { InputFile } from "./input-file.js";
import { PipedFile } from "./piped-file.js";

/** What inputs may need beyond their names. */
export interface OpenHow {
  readonly http: HttpHow;
  /** Undefined where `-` is not allowed. */
  readonly stdin: AsyncIterable<Uint8Array> | undefined;
}

/** Files of this machine only. */
export const LOCAL: OpenHow = { http: { headers: {} }, stdin: undefined };

export const isStdin = (path: string): boolean => path === "-";

/**
 * Opens an input by its name: a file, an address, or `-` for stdin.
 * @throws InputError when it cannot be opened
 */
export async function openInput(path: string, { http, stdin }: OpenHow): Promise<InputFile> {
  if (isAddress(path)) return HttpFile.open(path, http);
  if (!isStdin(path)) return new ByteFile(path);
  if (stdin !== undefined) return new PipedFile(stdin);
  throw new InputError("-: stdin cannot be read here; give a file");
}

/** @returns the name of an input without its folders, for titles and file names */
export function titleOf(path: string): string {
  if (isStdin(path)) return "stdin";
  return basename(withoutSecrets(path));
}

/**
 * Reads the options --header.
 * @throws InputError for anything but NAME: VALUE
 */
export function headersOf(given: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of given) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\x20-\x7e]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || name.toLowerCase() === "range") {
      throw new InputError('--header: expected NAME: VALUE, such as "Authorization: Bearer TOKEN"');
    }
    headers[name.toLowerCase()] = value;
  }
  return headers;
}
