import { crc32 } from "node:zlib";
import type { ByteSource } from "./byte-source.js";
import { InputError } from "./input-error.js";

/** Bytes per read of a part that was skipped. */
const CHUNK = 2 ** 20;

/**
 * Bytes with a known CRC-32. The checksum grows with the bytes that are read, and is compared before the last byte is handed over, so
 * that a pass through all bytes never ends on damaged ones. A part that is skipped is read for its checksum.
 */
export class CheckedBytes implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #source: ByteSource;
  readonly #expected: number;
  /** The checksum of the bytes before #checked. */
  #crc = 0;
  #checked = 0;

  constructor(source: ByteSource, expected: number) {
    this.path = source.path;
    this.size = source.size;
    this.#source = source;
    this.#expected = expected;
  }

  readInto(bytes: Uint8Array, position: number): void {
    for (const [skipped, from] of this.#skipped(position)) {
      this.#source.readInto(skipped, from);
      this.#add(skipped, from);
    }
    this.#source.readInto(bytes, position);
    this.#add(bytes, position);
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    for (const [skipped, from] of this.#skipped(position)) {
      await this.#source.fill(skipped, from);
      this.#add(skipped, from);
    }
    await this.#source.fill(bytes, position);
    this.#add(bytes, position);
  }

  /** Yields buffers for the bytes before `position` that are not in the checksum yet, with their positions. */
  *#skipped(position: number): Generator<readonly [bytes: Uint8Array, from: number]> {
    while (this.#checked < position) yield [new Uint8Array(Math.min(CHUNK, position - this.#checked)), this.#checked];
  }

  /** Adds the bytes that are not in the checksum yet. */
  #add(bytes: Uint8Array, position: number): void {
    const done = this.#checked - position;
    if (done >= bytes.length) return;
    this.#crc = crc32(bytes.subarray(done), this.#crc);
    this.#checked = position + bytes.length;
    if (this.#checked < this.size || this.#crc === this.#expected) return;
    const hex = (crc: number) => crc.toString(16).padStart(8, "0");
    throw new InputError(
      `${this.path}: is damaged: expected the CRC-32 ${hex(this.#expected)}, got ${hex(this.#crc)}; copy or download it again`,
    );
  }
}
