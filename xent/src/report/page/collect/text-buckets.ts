/**
 * Sums of per-row values along the text, in bounded memory. All buckets cover the same number of rows; when the text outgrows
 * them, neighbours are joined and each covers twice as many. Rows are added one by one and joined by their index alone, so the
 * sums have the same bits for any batches.
 */
import { fromJson, type JsonNumber, toJson } from "./json-number.js";

/** Even, so that neighbours pair up. A longer text uses at least half of them. */
export const MOST_BUCKETS = 512;

/** The values of consecutive rows. */
export interface Bucket<Name extends string> {
  readonly firstRow: number;
  /** The row after the last one. */
  readonly endRow: number;
  /** Rows in the sums. */
  readonly tokens: number;
  /** Rows without a finite value, which are in no sum. */
  readonly broken: number;
  readonly sums: Readonly<Record<Name, number>>;
  /** Least value of the first sum; Infinity without tokens. */
  readonly least: number;
  /** Greatest value of the first sum; -Infinity without tokens. */
  readonly greatest: number;
}

/** Plain data that JSON keeps exactly. */
export interface TextBucketsSnapshot {
  readonly rows: number;
  readonly width: number;
  /** One array per bucket: tokens, broken, least, greatest, then the sums in the order of their names. */
  readonly buckets: readonly (readonly JsonNumber[])[];
}

interface MutableBucket {
  tokens: number;
  broken: number;
  least: number;
  greatest: number;
  readonly sums: number[];
}

export class TextBuckets<Name extends string> {
  readonly #names: readonly Name[];
  readonly #buckets: MutableBucket[] = [];
  #rows = 0;
  #width = 1;

  /** @param names names of the sums; `least` and `greatest` refer to the first */
  constructor(names: readonly Name[]) {
    this.#names = names;
  }

  static restore<Name extends string>(names: readonly Name[], snapshot: TextBucketsSnapshot): TextBuckets<Name> {
    const restored = new TextBuckets(names);
    restored.#rows = snapshot.rows;
    restored.#width = snapshot.width;
    for (const [tokens = 0, broken = 0, least = 0, greatest = 0, ...sums] of snapshot.buckets.map((one) => one.map(fromJson))) {
      restored.#buckets.push({ tokens, broken, least, greatest, sums });
    }
    return restored;
  }

  /** Rows so far, including ignored ones. */
  get rows(): number {
    return this.#rows;
  }

  /** Rows per bucket. */
  get width(): number {
    return this.#width;
  }

  /** Adds an ignored row, which counts nowhere. */
  skip(): void {
    this.#next();
  }

  /** Adds a row without a finite value. */
  addBroken(): void {
    this.#next().broken++;
  }

  /** @param values the next row's values, in the order of the names; must be finite */
  add(...values: readonly number[]): void {
    const bucket = this.#next();
    const [first = 0] = values;
    bucket.tokens++;
    bucket.least = Math.min(bucket.least, first);
    bucket.greatest = Math.max(bucket.greatest, first);
    for (let index = 0; index < bucket.sums.length; index++) {
      bucket.sums[index] = bucket.sums[index] + values[index];
    }
  }

  /** @returns the buckets in the order of the text */
  read(): Bucket<Name>[] {
    return this.#buckets.map(({ sums, ...counts }, index) => ({
      ...counts,
      firstRow: index * this.#width,
      endRow: Math.min((index + 1) * this.#width, this.#rows),
      sums: Object.fromEntries(this.#names.map((name, at) => [name, sums[at]])) as Record<Name, number>,
    }));
  }

  snapshot(): TextBucketsSnapshot {
    const buckets = this.#buckets.map(({ tokens, broken, least, greatest, sums }) =>
      [tokens, broken, least, greatest, ...sums].map(toJson),
    );
    return { rows: this.#rows, width: this.#width, buckets };
  }

  #next(): MutableBucket {
    if (this.#rows === this.#width * MOST_BUCKETS) this.#halve();
    const index = Math.floor(this.#rows++ / this.#width);
    const bucket = this.#buckets[index] ?? this.#empty();
    this.#buckets[index] = bucket;
    return bucket;
  }

  #empty(): MutableBucket {
    const sums = this.#names.map(() => 0);
    return { tokens: 0, broken: 0, least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY, sums };
  }

  #halve(): void {
    for (let index = 0; index < MOST_BUCKETS; index += 2) {
      const [a, b] = [this.#buckets[index], this.#buckets[index + 1]] as [MutableBucket, MutableBucket];
      this.#buckets[index / 2] = {
        tokens: a.tokens + b.tokens,
        broken: a.broken + b.broken,
        least: Math.min(a.least, b.least),
        greatest: Math.max(a.greatest, b.greatest),
        sums: a.sums.map((sum, at) => sum + b.sums[at]),
      };
    }
    this.#buckets.length = MOST_BUCKETS / 2;
    this.#width *= 2;
  }
}
