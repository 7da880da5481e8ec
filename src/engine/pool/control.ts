/**
 * The words by which the threads of a pool agree, in the shared memory:
 *
 * ```text
 * head     published, signal, closing, mail, nonce, whether signals go by message
 * workers  for each: the place of the job that it is in, counted from 1; 0: none, it touches nothing
 * places   of jobs under way: open, sequence, next, total, ready, done, stop, where its text is, for how many workers
 * regions  of attached engines: first page of each scratch region, and whether it is taken
 * ```
 *
 * A worker says where it is before it looks whether the place is open, and who closes a place does so before looking who is
 * there: one of them sees the other (Atomics are sequentially consistent), so that memory is given back only when nobody uses it.
 */

/** Jobs under way at once: the next one's parts are there when the last one's are claimed. */
export const PLACES = 4;
export const ATTACHED_REGIONS = 64;

export const HEAD = {
  /** Jobs published so far: what idle workers wait on. */
  published: 0,
  /** Changes whenever the caller has something to look at. */
  signal: 1,
  closing: 2,
  /** Messages sent to every worker so far. */
  mail: 3,
  /** Written and read through two buffers to see whether they are one memory. */
  nonce: 4,
  /** 1: the caller cannot wait for a word and wants a message. */
  byMessage: 5,
} as const;

export const PLACE = {
  open: 0,
  sequence: 1,
  /** The next part to claim, and how many there are. */
  next: 2,
  total: 3,
  /** Parts before this one have their input. */
  ready: 4,
  done: 5,
  /** 1: no part is to be begun any more; 2: because one has failed. */
  stop: 6,
  textAddress: 7,
  textBytes: 8,
  /** Workers of a lower number may take part. */
  workers: 9,
} as const;

const HEAD_WORDS = 16;
const PLACE_WORDS = 16;

/** Bytes of the block for so many workers. */
export function controlBytes(workers: number): number {
  return 4 * (HEAD_WORDS + workers + PLACES * PLACE_WORDS + 2 * ATTACHED_REGIONS);
}

export class Control {
  readonly words: Int32Array;
  readonly workers: number;

  constructor(buffer: ArrayBufferLike, address: number, workers: number) {
    this.words = new Int32Array(buffer, address, controlBytes(workers) / 4);
    this.workers = workers;
  }

  get(word: number): number {
    return Atomics.load(this.words, word);
  }

  set(word: number, value: number): void {
    Atomics.store(this.words, word, value);
  }

  /** Adds and gives what was there before. */
  add(word: number, value: number): number {
    return Atomics.add(this.words, word, value);
  }

  wake(word: number): void {
    Atomics.notify(this.words, word);
  }

  /** The word that says where a worker is. */
  worker(index: number): number {
    return HEAD_WORDS + index;
  }

  place(place: number, field: keyof typeof PLACE): number {
    return HEAD_WORDS + this.workers + place * PLACE_WORDS + PLACE[field];
  }

  /** The two words of an attached engine's region: its first page, and 1 while it is taken. */
  region(index: number): { readonly page: number; readonly taken: number } {
    const page = HEAD_WORDS + this.workers + PLACES * PLACE_WORDS + 2 * index;
    return { page, taken: page + 1 };
  }

  /** Whether any worker is at a place. */
  isVisited(place: number): boolean {
    for (let w = 0; w < this.workers; w++) if (this.get(this.worker(w)) === place + 1) return true;
    return false;
  }

  /** Tells the caller to look. */
  signal(): void {
    this.add(HEAD.signal, 1);
    this.wake(HEAD.signal);
  }
}

/** A load that other threads' stores reach, again and again until it differs from `value` or the time is over. */
export function spinWhile(control: Control, word: number, value: number, milliseconds: number): boolean {
  if (control.get(word) !== value) return true;
  const end = performance.now() + milliseconds;
  do {
    for (let i = 0; i < 50; i++) if (control.get(word) !== value) return true;
  } while (performance.now() < end);
  return false;
}
