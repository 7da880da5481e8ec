/** Ranges of a source that are kept in memory: its headers and small tensors. */
export class KeptRanges {
  readonly #ranges: { readonly position: number; readonly bytes: Uint8Array }[] = [];

  add(position: number, bytes: Uint8Array): void {
    this.#ranges.push({ position, bytes });
  }

  /** Fills `bytes` from `position` on. @returns whether one range has them all; if none has, nothing is written */
  copyInto(bytes: Uint8Array, position: number): boolean {
    const end = position + bytes.length;
    const range = this.#ranges.find((kept) => position >= kept.position && end <= kept.position + kept.bytes.length);
    if (range === undefined) return bytes.length === 0;
    bytes.set(range.bytes.subarray(position - range.position, end - range.position));
    return true;
  }
}
