import type { ByteSource } from "../../../../build/files/byte-file.js";
import { InputError } from "../../../../build/files/input-error.js";

/** The beginning of a file, for the readers of headers, which do not wait. */
export class FileHead implements ByteSource {
  readonly path: string;
  /** Of the whole file. */
  readonly size: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  private constructor(file: File, bytes: Uint8Array<ArrayBuffer>) {
    this.path = file.name;
    this.size = file.size;
    this.#bytes = bytes;
  }

  /** Reads the first `length` bytes. */
  static async of(file: File, length: number): Promise<FileHead> {
    return new FileHead(file, await readBytes(file, 0, length));
  }

  read(position: number, length: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(position, position + length);
  }

  readInto(bytes: Uint8Array, position: number): void {
    bytes.set(this.read(position, bytes.length));
  }
}

/**
 * Bytes of a file, fewer where it ends.
 * @throws InputError when it cannot be read (any more)
 */
export async function readBytes(file: File, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.slice(position, position + length).arrayBuffer());
  } catch (error) {
    throw new InputError(`${file.name}: cannot be read; was it moved or changed? Choose it again`, { cause: error });
  }
}
