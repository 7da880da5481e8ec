import type { ByteSource } from "./byte-source.js";
import { CheckedBytes } from "./checked-bytes.js";
import { InflatedBytes } from "./inflated-bytes.js";
import { InputError } from "./input-error.js";
import { JoinedBytes } from "./joined-bytes.js";
import { readNpy } from "./npy.js";
import type { TensorEntry } from "./tensor.js";
import { dataStartOf, isDeflated, readZip, type ZipMember } from "./zip.js";

const ENDING = ".npy";

/** Whether a member is an array. macOS puts a member ._NAME beside NAME into the archives that it makes. */
function isArray(name: string): boolean {
  return name.endsWith(ENDING) && !/(^|\/)\./.test(name);
}

/**
 * The arrays of a .npz: a zip archive with one .npy per array. np.savez stores them, so they are read in place;
 * np.savez_compressed deflates them, so they are inflated as a stream. Either way their checksums are compared as they are read.
 */
export class Npz {
  readonly #file: ByteSource;
  readonly #members: ReadonlyMap<string, ZipMember>;
  readonly #open: InflatedBytes[] = [];

  private constructor(file: ByteSource, arrays: readonly ZipMember[]) {
    this.#file = file;
    this.#members = new Map(arrays.map((member) => [member.name.slice(0, -ENDING.length), member]));
  }

  /** @throws InputError when the file is not a zip archive of arrays */
  static open(file: ByteSource): Npz {
    const arrays = readZip(file, isArray);
    if (arrays.length > 0) return new Npz(file, arrays);
    throw new InputError(
      `${file.path}: is a zip archive without arrays (PyTorch?); ` +
        "save each array with np.save or all with safetensors' save_file",
    );
  }

  get names(): readonly string[] {
    return [...this.#members.keys()];
  }

  /**
   * Returns the array of that name, after checking its header; undefined when there is none.
   * @throws InputError as `readNpy` does
   */
  find(name: string): TensorEntry | undefined {
    const member = this.#members.get(name);
    return member && { ...readNpy(this.#bytesOf(name, member)), name };
  }

  close(): void {
    for (const bytes of this.#open) bytes.close();
  }

  #bytesOf(name: string, member: ZipMember): ByteSource {
    const { length, size, crc } = member;
    const path = `${this.#file.path}: array ${JSON.stringify(name)}`;
    const part = { source: this.#file, offset: dataStartOf(this.#file, member), length };
    if (!isDeflated(member)) return new CheckedBytes(new JoinedBytes(path, [part]), crc);
    const bytes = new InflatedBytes(path, part, size);
    this.#open.push(bytes);
    return new CheckedBytes(bytes, crc);
  }
}
