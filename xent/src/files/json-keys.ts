import { hashOfText, type JsonReader, MOST_KEYS, repeated, tooManyKeys } from "./json-reader.js";

/**
 * The keys of an object that may have a million of them, found by their texts without keeping these: the texts and a Map of them took
 * half of the time and most of the memory. Each key is one double, its hash and then its index, so that sorting finds equal ones.
 */
export class JsonKeys {
  readonly #json: JsonReader;
  readonly #positions: readonly number[];
  /** hash * MOST_KEYS + index, ascending: 32 and 20 bits of a double's 53 */
  readonly #order: Float64Array;

  /**
   * @param positions of the keys, as JsonReader.members gave them
   * @throws JsonError for a repeated key, or more than MOST_KEYS
   */
  constructor(json: JsonReader, positions: readonly number[]) {
    if (positions.length > MOST_KEYS) throw tooManyKeys();
    this.#json = json;
    this.#positions = positions;
    this.#order = Float64Array.from(positions, (at, index) => json.hashAt(at) * MOST_KEYS + index).sort();
    this.#refuseRepeated();
  }

  get length(): number {
    return this.#positions.length;
  }

  textOf(index: number): string {
    return this.#json.stringAt(this.#positions[index] ?? 0);
  }

  /** The index of a key; -1 if there is none of that text. */
  indexOf(text: string): number {
    const least = hashOfText(text) * MOST_KEYS;
    for (let rank = this.#rankOf(least); (this.#order[rank] ?? Infinity) < least + MOST_KEYS; rank++) {
      const index = this.#indexAt(rank);
      if (this.textOf(index) === text) return index;
    }
    return -1;
  }

  /** Only keys of equal hashes are compared. */
  #refuseRepeated(): void {
    const hashAt = (rank: number) => Math.floor((this.#order[rank] ?? -1) / MOST_KEYS);
    for (let start = 0, end = 1; start < this.length; start = end++) {
      while (end < this.length && hashAt(end) === hashAt(start)) end++;
      const texts = new Set<string>();
      for (let rank = start; end - start > 1 && rank < end; rank++) {
        const text = this.textOf(this.#indexAt(rank));
        if (texts.has(text)) throw repeated(text);
        texts.add(text);
      }
    }
  }

  #indexAt(rank: number): number {
    return (this.#order[rank] ?? 0) % MOST_KEYS;
  }

  /** How many of the order are less than `value`. */
  #rankOf(value: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
