import type { ByteSource } from "../../../../xent/build/files/byte-source.js";
import { InputError } from "../../../../xent/build/files/input-error.js";

/** A browser's File as a ByteSource. `readInto`, for the header readers, is limited to the beginning; `fill` reads anything. */
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

  /** Loads the first `length` bytes, or fewer at the end of the file, for `readInto`. */
  async readHead(length: number): Promise<void> {
    this.#head = await this.#read(0, Math.min(length, this.size));
  }

  readInto(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.#head.length) throw new Error(`${this.path}: byte ${end} is beyond the ${this.#head.length} bytes loaded`);
    bytes.set(this.#head.subarray(position, end));
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    bytes.set(await this.#read(position, bytes.length));
  }

  async #read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await this.#file.slice(position, position + length).arrayBuffer());
    } catch (error) {
      // browsers refuse to read a changed file, so reads are never short
      throw new InputError(`${this.path}: cannot be read; was it moved or changed? Choose it again`, { cause: error });
    }
  }
}
