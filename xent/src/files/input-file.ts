import type { ByteSource } from "./byte-source.js";

/** An open input: a file of this machine, an address, or stdin. */
export interface InputFile extends ByteSource {
  /** Equal for two names of the same input. */
  readonly id: string;
  /** Name without folders, for fingerprints and titles. */
  readonly title: string;
  /** Differs once the input has changed: its time of last change, or what its server says of it. */
  readonly version: string;
  /** @throws InputError when the input has been written to or replaced since it was opened */
  checkUnchanged(): void | Promise<void>;
  /** Closes the input; a second call does nothing. */
  close(): void;
}

/** Bytes that come later. Those of `fetch` are kept for `readInto`, which throws MissingBytes for others. */
export interface LaterFile extends InputFile {
  fetch(position: number, length: number): Promise<void>;
}

/** A synchronous read of bytes that are not here yet. */
export class MissingBytes extends Error {
  readonly file: LaterFile;
  readonly position: number;
  readonly length: number;

  constructor(file: LaterFile, position: number, length: number) {
    super(`${file.path}: bytes ${position}..${position + length - 1} are not here yet`);
    this.file = file;
    this.position = position;
    this.length = length;
  }
}

/** Runs a synchronous reader of headers. Whenever it needs bytes that are not here yet, they are fetched and it runs again. */
export async function withFetched<Result>(read: () => Result): Promise<Result> {
  for (;;) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof MissingBytes)) throw error;
      await error.file.fetch(error.position, error.length);
    }
  }
}
