/**
 * How the owner of a pool and its workers agree: the words that they share, and what each side does to them, step by step.
 * A step reads or writes at most one word, so that a test can try every order of the steps of all threads
 * (test/engine/protocol.test.ts); the pool and its workers run the same steps on shared memory.
 *
 * ```text
 * word               written by                           read by
 * head
 *   published        owner: + 1 per published call        workers sleep on it
 *   signal           workers: + 1 when there is something owner waits on it
 *                    for the owner to look at
 *   mail             owner: number of the last message    workers, before they sleep
 *                    with buffers, before it is posted
 *   nonce            any thread, to see whether two buffers are one memory (memory.ts)
 *   byMessage        owner, once: it cannot wait for a    workers, after each signal
 *                    word and wants a message instead
 *   engine, workers  owner, once: that these are the      attached engines, to check a handle
 *                    words of an engine, of how many
 *                    workers
 * per worker         the worker: slot that it is at, from owner, before it takes a slot's memory back
 *                    1; 0: none (the owner clears it
 *                    when the worker has died)
 * per slot           (a place for one call under way)
 *   total            owner: parts of the call; 0: the     workers, before a call and before every part
 *                    slot is closed. Last of all words
 *                    when a call is published, less when
 *                    the owner keeps parts for itself
 *   next             workers and owner: + 1 per claim     workers look for parts left, the owner for its lead
 *   ready            owner: parts before it have their    workers sleep on it
 *                    input
 *   done             workers and owner: + 1 per part      owner
 *   sequence         owner: number of the call            workers take the oldest call first
 *   workers          owner: workers of a lower number     workers
 *                    may take part
 *   text, bytes      owner: where the call's text is      workers
 *   windows          the thread that ran a part:          owner, before it empties a window and fills it again
 *                    part + 1, in the word of the
 *                    part's window
 * regions            attached engines: scratch regions, and who has each (attached.ts)
 * ```
 *
 * A call is *queued* until a slot is free; *published* while the slot's `total` is not 0; *closing* from then on until no
 * worker is at the slot; then it is *over*: its memory is freed, its promise is settled, and the slot is free. It closes
 * when all parts are done and all results copied, or when it has failed: it was aborted, a part threw, or a worker died.
 *
 * Memory is never freed under a worker. A worker announces its slot before it checks that the slot is open, and the owner
 * closes a slot before it checks for announced workers. Atomics are sequentially consistent, so one of them always sees the
 * other: the worker leaves without touching the call, or the owner waits until the worker has left. A worker may announce a
 * slot for one call and find the next one there; it then works on that one.
 *
 * No wake-up is lost. A thread that goes to sleep on a word names the value that it last read, and does not sleep if the word
 * has changed since. What the owner looks at changes before `signal` does, and the owner reads `signal` before it looks.
 *
 * Shared buffers that a call reads in place come by message, because a word cannot carry them. A message arrives only when the
 * worker asks for one. It asks before it runs a call whose message it does not have, and before it sleeps, so that no worker
 * keeps buffers waiting that nobody else uses. With each message the owner says which older ones the worker may drop.
 *
 * A worker may die between any two steps. The host delivers its messages first and then reports its death. The owner fails
 * the call at whose slot the dead worker is, unless that is closing already and so has all its results, and clears the
 * worker's word so that the slot can close. Only then does a new worker of the same number start. A worker that dies at no
 * slot has left nothing behind: it signals after it has left, but its death makes the owner look as well.
 */

/** Calls under way at once: when one's last parts have been claimed, the next one's are there. */
export const SLOTS = 4;
export const ATTACHED_REGIONS = 64;

export const HEAD = { published: 0, signal: 1, mail: 2, nonce: 3, byMessage: 4, engine: 5, workers: 6 } as const;

/** Value of `engine`. */
export const ENGINE = 0x5ce47a1e;

const SLOT = { total: 0, next: 1, ready: 2, done: 3, sequence: 4, workers: 5, text: 6, bytes: 7 } as const;

const HEAD_WORDS = 16;
const SLOT_WORDS = 8;

/** More parts than any call has. */
const EVERYTHING = 0x7fffffff;

/** Where the words are. */
export class Layout {
  readonly workers: number;
  readonly slots: number;
  /** Windows that a call may have. */
  readonly windows: number;

  constructor(workers: number, slots = SLOTS, windows = 2 * workers + 4) {
    this.workers = workers;
    this.slots = slots;
    this.windows = windows;
  }

  /** How many words there are. */
  get length(): number {
    return this.#regions + 3 * ATTACHED_REGIONS;
  }

  worker(index: number): number {
    return HEAD_WORDS + index;
  }

  slot(slot: number, field: keyof typeof SLOT): number {
    return HEAD_WORDS + this.workers + slot * (SLOT_WORDS + this.windows) + SLOT[field];
  }

  /** The word of the window that a part uses, of `windows` that parts take in turn. */
  window(slot: number, part: number, windows: number): number {
    return this.slot(slot, "total") + SLOT_WORDS + (part % windows);
  }

  /** The words of an attached engine's region: its first page, who has it, and how many waiters of that thread are known. */
  region(index: number): { readonly page: number; readonly holder: number; readonly waiters: number } {
    const page = this.#regions + 3 * index;
    return { page, holder: page + 1, waiters: page + 2 };
  }

  get #regions(): number {
    return HEAD_WORDS + this.workers + this.slots * (SLOT_WORDS + this.windows);
  }
}

/** The words, shared or a test's own. */
export interface Words {
  load(word: number): number;
  store(word: number, value: number): void;
  /** Returns the value before. */
  add(word: number, value: number): number;
  /** Wakes all that sleep on a word. */
  notify(word: number): void;
}

export class SharedWords implements Words {
  readonly array: Int32Array;

  constructor(buffer: ArrayBufferLike, address: number, { length }: Layout) {
    this.array = new Int32Array(buffer, address, length);
  }

  load(word: number): number {
    return Atomics.load(this.array, word);
  }

  store(word: number, value: number): void {
    Atomics.store(this.array, word, value);
  }

  add(word: number, value: number): number {
    return Atomics.add(this.array, word, value);
  }

  notify(word: number): void {
    Atomics.notify(this.array, word);
  }
}

/** A worker between two steps: plain data. */
export interface WorkerState {
  readonly index: number;
  at: WorkerStep;
  /** `published` before the worker looked for a call. */
  seen: number;
  slot: number;
  /** The oldest call with parts left: its slot, or -1, and its sequence. */
  oldest: number;
  sequence: number;
  total: number;
  part: number;
  ready: number;
  /** From the call's text: its number of windows and the message with its buffers; 0: none. */
  windows: number;
  mail: number;
  /** The last message received, and the messages of calls that may not be over. */
  received: number;
  kept: readonly MailMessage[];
}

/** Shared buffers that a call reads in place. */
export interface MailMessage {
  readonly kind: "mail";
  readonly number: number;
  /** The calls of messages with a lower number are over. */
  readonly oldest: number;
  readonly buffers: readonly ArrayBufferLike[];
}

type WorkerStep =
  | "look"
  | "is open"
  | "has parts"
  | "may take part"
  | "is older"
  | "announce"
  | "check"
  | "await mail"
  | "claim"
  | "await input"
  | "begin"
  | "mark window"
  | "count"
  | "leave"
  | "signal"
  | "wake owner"
  | "mail"
  | "sleep";

/** What a worker has to do before its next step. */
export type WorkerEffect =
  /** Read the text of a slot's call, and set `windows` and `mail`. */
  | { readonly do: "read"; readonly slot: number }
  /** Make the call ready to be run, with its buffers. */
  | { readonly do: "open" }
  | { readonly do: "run"; readonly part: number }
  /** Post a message to an owner that wants one. */
  | { readonly do: "tell" }
  /** Receive the next message. */
  | { readonly do: "receive" }
  /** Sleep unless the word has another value. */
  | { readonly do: "wait"; readonly word: number; readonly value: number };

/** What a worker knows when it begins to look for a call. */
const NOTHING = { seen: 0, slot: 0, oldest: -1, sequence: 0, total: 0, part: 0, ready: 0, windows: 0, mail: 0 };

/** A worker that starts when `received` is the last message sent, with those of calls that are not over. */
export function newWorker(index: number, received: number, kept: readonly MailMessage[]): WorkerState {
  return { index, at: "look", ...NOTHING, received, kept };
}

/** A message has arrived. */
export function receiveMail(worker: WorkerState, message: MailMessage): void {
  worker.received = message.number;
  worker.kept = [...worker.kept.filter(({ number }) => number >= message.oldest), message];
}

/** The buffers of the call that the worker has read. */
export function mailOf({ kept, mail }: WorkerState): readonly ArrayBufferLike[] {
  return kept.find(({ number }) => number === mail)?.buffers ?? [];
}

/**
 * Reading a call or running a part has thrown: the worker reports it and leaves the call. The part does not count as done, so the call
 * is not over before the owner has been told.
 */
export function giveUp(worker: WorkerState, report: () => void): void {
  report();
  worker.at = "leave";
}

/** A worker's next step. It goes on for ever: its owner ends it when no call is under way. */
export function stepWorker(words: Words, layout: Layout, worker: WorkerState): WorkerEffect | undefined {
  const { slot, part } = worker;
  switch (worker.at) {
    // find the oldest call that has parts left
    case "look":
      Object.assign(worker, NOTHING);
      worker.seen = words.load(HEAD.published);
      worker.at = "is open";
      return;
    case "is open":
      worker.total = words.load(layout.slot(slot, "total"));
      if (worker.total > 0) worker.at = "has parts";
      else lookAtNext(layout, worker);
      return;
    case "has parts":
      if (words.load(layout.slot(slot, "next")) < worker.total) worker.at = "may take part";
      else lookAtNext(layout, worker);
      return;
    case "may take part":
      if (worker.index < words.load(layout.slot(slot, "workers"))) worker.at = "is older";
      else lookAtNext(layout, worker);
      return;
    case "is older": {
      const sequence = words.load(layout.slot(slot, "sequence"));
      if (worker.oldest < 0 || ((sequence - worker.sequence) | 0) < 0) {
        worker.oldest = slot;
        worker.sequence = sequence;
      }
      lookAtNext(layout, worker);
      return;
    }
    // announced before the check: see above
    case "announce":
      words.store(layout.worker(worker.index), slot + 1);
      worker.at = "check";
      return;
    case "check":
      if (words.load(layout.slot(slot, "total")) === 0) {
        worker.at = "leave";
        return;
      }
      worker.at = "await mail";
      return { do: "read", slot };
    // no word: what the worker has received only it knows
    case "await mail":
      if (worker.received < worker.mail) return { do: "receive" };
      worker.at = "claim";
      return { do: "open" };
    case "claim":
      worker.part = words.add(layout.slot(slot, "next"), 1);
      worker.at = "await input";
      return;
    // `ready` is read before `total`: the owner keeps no part for itself that has its input
    case "await input":
      worker.ready = words.load(layout.slot(slot, "ready"));
      worker.at = "begin";
      return;
    case "begin":
      if (part >= words.load(layout.slot(slot, "total"))) worker.at = "leave";
      else if (part < worker.ready) {
        worker.at = worker.windows > 0 ? "mark window" : "count";
        return { do: "run", part };
      } else {
        worker.at = "await input";
        return { do: "wait", word: layout.slot(slot, "ready"), value: worker.ready };
      }
      return;
    // before `done`: when all parts are done, the owner has to find every window's results
    case "mark window":
      words.store(layout.window(slot, part, worker.windows), part + 1);
      worker.at = "count";
      return;
    case "count":
      words.add(layout.slot(slot, "done"), 1);
      // the owner can empty the window; a call without windows needs a signal only when the worker leaves
      worker.at = worker.windows > 0 ? "signal" : "claim";
      return;
    case "leave":
      words.store(layout.worker(worker.index), 0);
      Object.assign(worker, NOTHING);
      worker.at = "signal";
      return;
    case "signal":
      words.add(HEAD.signal, 1);
      worker.at = "wake owner";
      return;
    case "wake owner":
      words.notify(HEAD.signal);
      worker.at = worker.oldest < 0 ? "look" : "claim";
      return { do: "tell" };
    // nothing to do
    case "mail":
      if (worker.received < words.load(HEAD.mail)) return { do: "receive" };
      worker.at = "sleep";
      return;
    case "sleep":
      worker.at = "look";
      return { do: "wait", word: HEAD.published, value: worker.seen };
  }
}

function lookAtNext({ slots }: Layout, worker: WorkerState): void {
  worker.total = 0;
  if (worker.slot + 1 < slots) {
    worker.slot++;
    worker.at = "is open";
  } else if (worker.oldest >= 0) {
    worker.slot = worker.oldest;
    worker.at = "announce";
  } else {
    worker.slot = 0;
    worker.at = "mail";
  }
}

/** How a call is shared out, known once its memory is there. */
export interface Shares {
  readonly parts: number;
  /** Workers that take part at most. */
  readonly workers: number;
  /** What the owner copies one after the other; 0: nothing, all parts have their input. */
  readonly units: number;
  readonly partsPerUnit: number;
  /** Windows that the parts take in turn, each of which is a unit; 0: units have places of their own. */
  readonly windows: number;
  /** Whether the owner computes parts while the workers have enough to do. */
  readonly isHelped: boolean;
  readonly text: number;
  readonly bytes: number;
}

/** A call as its owner knows it: plain data. */
export interface CallState {
  readonly id: number;
  stage: "queued" | "published" | "closing" | "over";
  /** To be closed though parts are left; set at any time. */
  hasFailed: boolean;
  sequence: number;
  shares: Shares;
  /** Units brought so far, and parts whose windows have been emptied. */
  brought: number;
  taken: number;
  /** Units from this one on are parts that the owner has kept for itself. */
  end: number;
  /** Parts in windows that the owner has computed all the same: there is nothing to take. */
  own: number[];
  /** Whether all parts were done before the owner looked at the windows for the last time. */
  isDone: boolean;
}

export interface OwnerState {
  at: OwnerStep;
  /** `signal` before the turn. */
  seen: number;
  slot: number;
  /** How far it is with words of a kind. */
  index: number;
  published: number;
  isBusy: boolean;
  readonly calls: (CallState | null)[];
  readonly queue: CallState[];
}

type OwnerStep =
  | "turn"
  | "slot"
  | "clear windows"
  | "publish"
  | "announce"
  | "wake workers"
  | "take"
  | "feed"
  | "ready"
  | "wake waiting"
  | "keep"
  | "claim"
  | "mark window"
  | "count"
  | "look"
  | "close"
  | "release"
  | "wake all"
  | "check";

/** Written before a call is open, in any order; `total` opens it. */
const PUBLISHED = ["sequence", "next", "ready", "done", "workers", "text", "bytes", "total"] as const;

/** What the owner has to do before its next step. Where that throws, the call has failed. */
export type OwnerEffect =
  /** Take memory for the call, and set `shares`. */
  | { readonly do: "start"; readonly call: CallState }
  /** Copy a unit's input. */
  | { readonly do: "bring"; readonly call: CallState; readonly unit: number }
  /** Copy a part's results. */
  | { readonly do: "take"; readonly call: CallState; readonly part: number }
  /** Compute a part. */
  | { readonly do: "compute"; readonly call: CallState; readonly part: number }
  /** Free the call's memory and settle its promise. */
  | { readonly do: "settle"; readonly call: CallState }
  /** The turn is over: the next one is due soon where something is left to do, or when `signal` is no longer `seen`. */
  | { readonly do: "rest"; readonly isBusy: boolean; readonly seen: number };

export function newOwner({ slots }: Layout): OwnerState {
  const calls = new Array<null>(slots).fill(null);
  return { at: "turn", seen: 0, slot: 0, index: 0, published: 0, isBusy: false, calls, queue: [] };
}

const NO_SHARES: Shares = { parts: 0, workers: 0, units: 0, partsPerUnit: 1, windows: 0, isHelped: false, text: 0, bytes: 0 };

export function newCall(id: number): CallState {
  const none = { brought: 0, taken: 0, end: 0, own: [], isDone: false };
  return { id, stage: "queued", hasFailed: false, sequence: 0, shares: NO_SHARES, ...none };
}

/** The messages sent so far, as their owner knows them: plain data. */
export interface Outbox {
  /** Number of the last one. */
  last: number;
  /** Those of calls that are not over, oldest first. */
  live: readonly { readonly call: number; readonly message: MailMessage }[];
}

export function newOutbox(): Outbox {
  return { last: 0, live: [] };
}

/** Returns the message that every worker has to be sent at once. */
export function writeMail(words: Words, outbox: Outbox, call: number, buffers: readonly ArrayBufferLike[]): MailMessage {
  const number = ++outbox.last;
  const message: MailMessage = { kind: "mail", number, oldest: outbox.live[0]?.message.number ?? number, buffers };
  outbox.live = [...outbox.live, { call, message }];
  words.store(HEAD.mail, number);
  return message;
}

/** A call is over. */
export function forgetMail(outbox: Outbox, id: number): void {
  outbox.live = outbox.live.filter(({ call }) => call !== id);
}

/** The owner has been told that a worker is dead; returns the call that is lost with it, if one is. */
export function loseWorker(words: Words, layout: Layout, owner: OwnerState, index: number): CallState | undefined {
  const slot = words.load(layout.worker(index)) - 1;
  words.store(layout.worker(index), 0);
  const call = owner.calls[slot];
  return call?.stage === "published" ? call : undefined;
}

/**
 * The owner's next step. It takes turns: in each it brings every call forward as far as it can be. It may stop copying
 * (`hasTime`) and leave computing parts to the workers (`mayCompute`).
 */
export function stepOwner(
  words: Words,
  layout: Layout,
  owner: OwnerState,
  hasTime: boolean,
  mayCompute: boolean,
): OwnerEffect | undefined {
  if (owner.at === "turn") {
    owner.seen = words.load(HEAD.signal);
    owner.isBusy = false;
    owner.slot = 0;
    owner.at = "slot";
    return;
  }
  if (owner.at === "slot") {
    const effect = enterSlot(owner);
    if (effect || (owner.at as OwnerStep) === "slot") return effect;
  }
  const { slot } = owner;
  const call = owner.calls[slot] as CallState;
  const { shares } = call;
  const isUnderWay = call.stage === "published";
  if (call.hasFailed && call.stage === "queued") return settle(owner, call);
  if (call.hasFailed && isUnderWay) owner.at = "close";
  switch (owner.at) {
    case "clear windows":
      if (owner.index < shares.windows) {
        words.store(layout.window(slot, owner.index, shares.windows), 0);
        owner.index++;
        return;
      }
      call.end = shares.units;
      call.sequence = owner.published + 1;
      owner.index = 0;
      owner.at = "publish";
      return publish(words, layout, owner, call);
    case "publish":
      return publish(words, layout, owner, call);
    case "announce":
      words.add(HEAD.published, 1);
      owner.published++;
      owner.at = "wake workers";
      return;
    case "wake workers":
      words.notify(HEAD.published);
      call.stage = "published";
      owner.at = "take";
      return;
    // empty the windows in their order, so that they can be filled again
    case "take": {
      const { taken } = call;
      const { windows } = shares;
      const isBrought = windows > 0 && taken < call.brought;
      if (!isBrought || words.load(layout.window(slot, taken, windows)) !== taken + 1) {
        owner.at = "feed";
        return;
      }
      const isOwn = call.own.includes(taken);
      if (!isOwn && !hasTime) return pause(owner);
      call.taken++;
      call.own = call.own.filter((part) => part !== taken);
      return isOwn ? undefined : { do: "take", call, part: taken };
    }
    case "feed": {
      let most = shares.windows > 0 ? Math.min(call.end, call.taken + shares.windows) : shares.units;
      // no further ahead of the workers than keeps them busy while the owner computes a part
      if (shares.isHelped) most = Math.min(most, words.load(layout.slot(slot, "next")) + shares.workers + 1);
      if (call.brought < most) {
        if (!hasTime) return pause(owner);
        owner.at = "ready";
        return { do: "bring", call, unit: call.brought };
      }
      if (!shares.isHelped) owner.at = "look";
      else if (!hasTime || !mayCompute) return pause(owner);
      else owner.at = call.brought < call.end ? "keep" : "claim";
      return;
    }
    case "ready":
      call.brought++;
      words.store(layout.slot(slot, "ready"), call.brought * shares.partsPerUnit);
      owner.at = "wake waiting";
      return;
    case "wake waiting":
      words.notify(layout.slot(slot, "ready"));
      owner.at = "take";
      return;
    // the last part that has no input yet; a worker that has claimed it finds that it is not among the parts any more
    case "keep":
      call.end--;
      words.store(layout.slot(slot, "total"), call.end);
      owner.at = "count";
      return { do: "compute", call, part: call.end };
    // or one that no worker has claimed
    case "claim": {
      const part = words.add(layout.slot(slot, "next"), 1);
      if (part >= call.end) {
        owner.at = "look";
        return;
      }
      call.own.push(part);
      owner.at = "mark window";
      return { do: "compute", call, part };
    }
    case "mark window": {
      const part = call.own[call.own.length - 1];
      words.store(layout.window(slot, part, shares.windows), part + 1);
      owner.at = "count";
      return;
    }
    case "count":
      words.add(layout.slot(slot, "done"), 1);
      owner.at = "take";
      return;
    // once more through the windows when all parts are done: some may have been marked since
    case "look":
      if (call.isDone) {
        owner.at = "close";
        return stepOwner(words, layout, owner, hasTime, mayCompute);
      }
      call.isDone = words.load(layout.slot(slot, "done")) === shares.parts;
      if (call.isDone) owner.at = "take";
      else leaveSlot(owner);
      return;
    case "close":
      words.store(layout.slot(slot, "total"), 0);
      call.stage = "closing";
      owner.at = "release";
      return;
    // changed as well as notified: a worker may be about to wait for this word
    case "release":
      words.store(layout.slot(slot, "ready"), EVERYTHING);
      owner.at = "wake all";
      return;
    case "wake all":
      words.notify(layout.slot(slot, "ready"));
      owner.index = 0;
      owner.at = "check";
      return;
    case "check":
      if (words.load(layout.worker(owner.index)) === slot + 1) leaveSlot(owner);
      else if (++owner.index === layout.workers) return settle(owner, call);
      return;
    default:
      return;
  }
}

/** Goes to the next slot that has a call, or takes a call from the queue. Accesses no word. */
function enterSlot(owner: OwnerState): OwnerEffect | undefined {
  for (; owner.slot < owner.calls.length; owner.slot++) {
    const call = owner.calls[owner.slot] ?? owner.queue.shift();
    if (!call) continue;
    owner.calls[owner.slot] = call;
    owner.index = 0;
    owner.at = call.stage === "queued" ? "clear windows" : call.stage === "published" ? "take" : "check";
    return call.stage === "queued" && !call.hasFailed ? { do: "start", call } : undefined;
  }
  owner.at = "turn";
  return { do: "rest", isBusy: owner.isBusy, seen: owner.seen };
}

function leaveSlot(owner: OwnerState): undefined {
  owner.slot++;
  owner.at = "slot";
}

/** What is left to copy or to compute waits for the next turn. */
function pause(owner: OwnerState): undefined {
  owner.isBusy = true;
  leaveSlot(owner);
}

function settle(owner: OwnerState, call: CallState): OwnerEffect {
  call.stage = "over";
  owner.calls[owner.slot] = null;
  owner.at = "slot";
  return { do: "settle", call };
}

function publish(words: Words, layout: Layout, owner: OwnerState, { sequence, shares }: CallState): undefined {
  const field = PUBLISHED[owner.index] as (typeof PUBLISHED)[number];
  const { parts, workers, text, bytes, units } = shares;
  const ready = units > 0 ? 0 : parts;
  const value = { sequence, next: 0, ready, done: 0, workers, text, bytes, total: parts }[field];
  words.store(layout.slot(owner.slot, field), value);
  owner.index++;
  if (owner.index === PUBLISHED.length) owner.at = "announce";
}
