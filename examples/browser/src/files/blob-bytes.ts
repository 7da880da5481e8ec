import type { ByteSource } from "../../../../xent/build/files/byte-source.js";
import { InputError } from "../../../../xent/build/files/input-error.js";

/** A file as a browser gives it: its beginning at once, for the readers of headers, anything of it for who waits. */
export class BlobBytes implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #file: File;
  #head = new Uint8Array();

  constructor(file: File) {
    this.path = file.name;
    this.size = file.size;
    this.#file = file;
  }

  /** Reads the first `length` bytes, fewer where the file ends: what `readInto` has. */
  async readHead(length: number): Promise<void> {
    this.#head = await this.#read(0, Math.min(length, this.size));
  }

  readInto(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.#head.length) throw new Error(`${this.path}: byte ${end} is beyond the ${this.#head.length} that were read`);
    bytes.set(this.#head.subarray(position, end));
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    bytes.set(await this.#read(position, bytes.length));
  }

  async #read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await this.#file.slice(position, position + length).arrayBuffer());
    } catch (error) {
      // a changed file is one that browsers refuse, so what is read is never short
      throw new InputError(`${this.path}: cannot be read; was it moved or changed? Choose it again`, { cause: error });
    }
  }
}
