/**
 * Every order of the steps of a pool's owner and its workers (src/engine/pool/protocol.ts): the same step functions as in
 * production, on plain words, with everything that the host may do in between. States are searched breadth first, each once.
 *
 * States are kept as strings of bytes. There is one world, which each move changes and which is then set back from the bytes, so
 * whatever the bytes leave out cannot make a difference. They leave out, and the search leaves out:
 *
 * - Values that a thread writes before it reads them again, and the claims past a call's last part, which are all alike.
 * - How far `signal` and `published` have counted: they are only compared with what was seen, so the state says whether they are
 *   what was seen. They never come back to an earlier value.
 * - Which worker is which, where all workers may take part in all calls: a state with two workers exchanged has the same future. While
 *   the owner is at "check" it goes through the workers by number, so there they are told apart.
 * - Steps that are one with the step before, because no order in between could be told from one before or after (HINTS,
 *   NOTIFICATIONS, `isQuietForOwner`). Such a step is held to the words that this allows.
 * - A worker's death before steps that only read: its death after them leaves the same state.
 * - Orders in which a worker steps while the owner writes words that are not read before `total` opens the slot (`isPrivate`).
 */
import {
  type CallState,
  forgetMail,
  giveUp,
  HEAD,
  Layout,
  loseWorker,
  type MailMessage,
  mailOf,
  newCall,
  newOutbox,
  newOwner,
  newWorker,
  type Outbox,
  type OwnerEffect,
  type OwnerState,
  receiveMail,
  type Shares,
  stepOwner,
  stepWorker,
  type Words,
  type WorkerEffect,
  type WorkerState,
  writeMail,
} from "../../src/engine/pool/protocol.js";

export interface Scenario {
  /** Of each call made; all are made in this order, at any moment. */
  readonly calls: readonly Partial<Shares>[];
  readonly workers?: number;
  readonly slots?: number;
  /** Parts that throw, by call. */
  readonly throws?: readonly (readonly [call: number, part: number])[];
  /** Workers that may die, at any moment each. */
  readonly deaths?: number;
  /** Calls that may be aborted at any moment. */
  readonly aborts?: readonly number[];
  /** Whether the pool is closed at some moment, and gives up the calls that are not over. */
  readonly closes?: "waits" | "aborts";
  /** How often the owner may be out of time. */
  readonly pauses?: number;
  /** The owner learns of signals by messages. */
  readonly byMessage?: boolean;
  /** Calls whose buffers are sent to the workers by messages. */
  readonly mails?: readonly number[];
}

export interface Outcome {
  readonly states: number;
  /** How calls ended, over all ends: "done" and "failed" for each. */
  readonly ends: ReadonlySet<string>;
}

type Message =
  | { readonly kind: "signal" }
  | { readonly kind: "failed"; readonly sequence: number }
  | { readonly kind: "death"; index: number };

/** A worker in the world: its protocol state and what the runtime knows of it. */
interface Thread {
  /** "dead": the owner has not been told yet; "lost": it has. */
  life: "alive" | "dead" | "lost";
  state: WorkerState;
  /** The wait that is its next step, or -1: until a word has another value. */
  waitsFor: number;
  value: number;
  /** Whether its next step is to receive a message. */
  isReceiving: boolean;
  /** The word that it sleeps on, or -1. */
  asleep: number;
  /** The call that it has read, or -1, and the part that it runs, or -1. */
  inside: number;
  running: number;
}

/** What is true of a call beside the words. */
interface Ledger {
  /** Of each part: 0 not begun, 1 begun, 2 done, 3 its results are with the caller. */
  parts: number[];
  /** The part whose input each window has. */
  windows: number[];
  brought: number;
  end: "" | "done" | "failed";
}

interface World {
  readonly words: number[];
  owner: OwnerState;
  isInTurn: boolean;
  /** Of the present turn. */
  mayCompute: boolean;
  isSoon: boolean;
  /** Value that the owner waits for `signal` to differ from is checked once; then only a notification helps. */
  isWaiting: boolean;
  isWoken: boolean;
  inbox: Message[];
  readonly threads: Thread[];
  readonly calls: CallState[];
  readonly ledgers: Ledger[];
  made: number;
  outbox: Outbox;
  /** All messages with buffers that were sent. */
  posted: MailMessage[];
  deaths: number;
  pauses: number;
  aborted: number;
  isClosing: boolean;
  hasEnded: boolean;
}

/** Steps of a worker before and after the words of a slot. */
const OUTSIDE = new Set<WorkerState["at"]>([...(["look", "is open", "mail", "sleep", "announce", "check", "leave"] as const)]);
/**
 * Steps of a worker that are one with the step before, and the words of a slot that they read. Looking for a call only finds hints:
 * a worker that they mislead leaves the call, or does not sleep because `published` has changed. A worker that looks at the first
 * slot some time after it has read `published` does the same, or looks once more. To go to sleep is two steps: it decides that it
 * wants to, which is no access, and then the host compares the word. The word of the mail never changes where there is none. `ready`
 * only grows: a worker that reads it right after its claim reads it again if it is too little and has grown before the worker sleeps.
 */
const HINTS: Partial<Record<WorkerState["at"], "total" | "next" | "workers" | "sequence" | "ready">> = {
  "is open": "total",
  "has parts": "next",
  "may take part": "workers",
  "is older": "sequence",
  "await input": "ready",
};
/**
 * A word is notified at once when it has been changed. In between, another thread could only have begun to sleep on the changed
 * word, and would be woken for nothing.
 */
const NOTIFICATIONS = new Set<string>(["wake owner", "wake workers", "wake waiting", "wake all"]);
/** Steps at which a variable is still needed. */
const NEEDS_SEEN = new Set<string>(["is open", "mail", "sleep"]);
const NEEDS_PART = new Set<string>(["await input", "begin", "mark window", "count"]);
const NEEDS_INDEX = new Set<string>(["clear windows", "publish", "check"]);
/** Steps of a worker that change a word, or begin a part. */
const CHANGES = new Set<string>(["announce", "claim", "begin", "mark window", "count", "leave", "signal"]);
/** Of a slot, `total` the last one of them. */
const PUBLISHED_WORDS = 8;
const STAGES: readonly CallState["stage"][] = ["queued", "published", "closing", "over"];
const LIVES: readonly Thread["life"][] = ["alive", "dead", "lost"];
const ENDS: readonly Ledger["end"][] = ["", "done", "failed"];

const WORKER_STEPS: readonly WorkerState["at"][] = [
  ...(["look", "is open", "announce", "check", "await mail", "claim", "await input", "begin", "mark window", "count"] as const),
  ...(["leave", "signal", "mail", "sleep"] as const),
];
const OWNER_STEPS: readonly OwnerState["at"][] = [
  ...(["turn", "slot", "clear windows", "publish", "announce", "take", "feed", "ready", "keep", "claim"] as const),
  ...(["mark window", "count", "look", "close", "release", "check"] as const),
];

/** Stands for all greater values: `ready` of a call that closes. */
const EVERYTHING = 0x7fffffff;
const MOST = 200;

/** Writes a world's values as bytes, or reads them back: the same calls in the same order do both. */
class Bytes {
  readonly #bytes = Buffer.alloc(1024);
  isReading = false;
  at = 0;

  read(text: string): void {
    this.#bytes.write(text, "latin1");
    this.isReading = true;
    this.at = 0;
  }

  write(): void {
    this.isReading = false;
    this.at = 0;
  }

  text(): string {
    return this.#bytes.toString("latin1", 0, this.at);
  }

  number(value: number): number {
    if (this.isReading) {
      const byte = this.#bytes[this.at++] - 1;
      return byte > MOST ? EVERYTHING : byte;
    }
    if (value < -1 || (value > MOST && value !== EVERYTHING)) throw new Error(`${value} does not fit a state`);
    this.#bytes[this.at++] = Math.min(value, MOST + 1) + 1;
    return value;
  }

  flag(value: boolean): boolean {
    return this.number(value ? 1 : 0) === 1;
  }

  item<Item>(items: readonly Item[], value: Item): Item {
    const index = this.number(this.isReading ? 0 : items.indexOf(value));
    if (index < 0) throw new Error(`${String(value)} does not fit a state`);
    return items[index] as Item;
  }

  /** As many as there are. */
  numbers(values: readonly number[]): number[] {
    const length = this.number(values.length);
    if (this.isReading) {
      const made: number[] = [];
      for (let i = 0; i < length; i++) made.push(this.number(0));
      return made;
    }
    for (let i = 0; i < length; i++) this.number(values[i]);
    return values as number[];
  }

  /** Sorts the pieces of equal length between `start` and the end. */
  sort(start: number, pieces: number): void {
    const length = (this.at - start) / pieces;
    for (let end = this.at - length; end > start; end -= length) {
      for (let piece = start; piece < end; piece += length) this.#sortTwo(piece, length);
    }
  }

  #sortTwo(first: number, length: number): void {
    const bytes = this.#bytes;
    let i = 0;
    while (i < length && bytes[first + i] === bytes[first + length + i]) i++;
    if (i === length || bytes[first + i] < bytes[first + length + i]) return;
    for (; i < length; i++) {
      const byte = bytes[first + i];
      bytes[first + i] = bytes[first + length + i];
      bytes[first + length + i] = byte;
    }
  }
}

const OWNER = -1;

/** Takes something that may happen next: who does it (a worker's index, or the owner), its name, and how it changes the world. */
type Move = (who: number, what: string, change: () => void) => void;

const SHARES: Shares = { parts: 1, workers: 99, units: 0, partsPerUnit: 1, windows: 0, isHelped: false, text: 0, bytes: 0 };

/** Searches all orders. @throws Error with the steps that lead to it when a property does not hold. */
export function explore(scenario: Scenario): Outcome {
  return new Explorer(scenario).run();
}

class Explorer {
  readonly #scenario: Scenario;
  readonly #layout: Layout;
  readonly #shares: readonly Shares[];
  readonly #words: CheckedWords;
  readonly #world: World;
  readonly #bytes = new Bytes();
  /** All states as bytes; by their bytes; and of each the one before. */
  readonly #states: string[] = [];
  readonly #known = new Map<string, number>();
  readonly #from: number[] = [];
  /** State before and state after, of every move. */
  readonly #moved: number[] = [];
  /** Whether it makes no difference which worker is which. */
  readonly #isSymmetric: boolean;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    const { workers = 2, slots = 1 } = scenario;
    this.#shares = scenario.calls.map((shares, id) => ({ ...SHARES, ...shares, text: id + 1 }));
    this.#isSymmetric = this.#shares.every((shares) => shares.workers >= workers);
    const windows = Math.max(0, ...this.#shares.map((shares) => shares.windows));
    this.#layout = new Layout(workers, slots, windows);
    this.#world = this.#newWorld();
    this.#words = new CheckedWords(this.#world);
  }

  run(): Outcome {
    const ends = new Set<string>();
    const good: number[] = [];
    const world = this.#world;
    this.#reach(-1);
    for (let at = 0; at < this.#states.length; at++) {
      const state = this.#states[at] as string;
      this.#restore(state);
      const isOver = world.ledgers.every(({ end }) => end !== "");
      if (isOver && (this.#scenario.closes === undefined || world.hasEnded)) good.push(at);
      const changes: (() => void)[] = [];
      this.#moves((_who, _what, change) => changes.push(change));
      for (const [i, change] of changes.entries()) {
        if (i > 0) this.#restore(state);
        try {
          change();
        } catch (error) {
          this.#fail(at, (error as Error).message);
        }
        this.#reach(at);
      }
      if (changes.length > 0) continue;
      const wrong = this.#wrongAtEnd(isOver);
      if (wrong) this.#fail(at, wrong);
      ends.add(world.ledgers.map(({ end }) => end).join(" "));
    }
    this.#checkReached(good);
    return { states: this.#states.length, ends };
  }

  /** What is wrong where nothing can happen any more. */
  #wrongAtEnd(isOver: boolean): string | undefined {
    const { hasEnded, threads, outbox } = this.#world;
    if (!isOver) return "all wait, and a call is not over";
    if (this.#scenario.closes && !hasEnded) return "all wait, and the pool is not closed";
    if (outbox.live.length > 0) return "all calls are over, and messages are kept for them";
    if (hasEnded) return undefined;
    for (const { state } of threads) if (state.received < outbox.last) return `worker ${state.index} sleeps with unread mail`;
    return undefined;
  }

  /** From every state one comes to an end: no two threads keep each other busy for ever. */
  #checkReached(good: readonly number[]): void {
    const leads = this.#moved;
    const first = new Int32Array(this.#states.length + 1);
    for (let i = 1; i < leads.length; i += 2) first[leads[i]]++;
    for (let state = 1; state < first.length; state++) first[state] += first[state - 1];
    const before = new Int32Array(leads.length / 2);
    for (let i = 0; i < leads.length; i += 2) before[--first[leads[i + 1]]] = leads[i];
    const reaches = new Uint8Array(this.#states.length);
    const stack = [...good];
    for (const state of stack) reaches[state] = 1;
    for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
      for (let i = first[state]; i < first[state + 1]; i++) {
        const lead = before[i];
        if (lead < 0 || reaches[lead] === 1) continue;
        reaches[lead] = 1;
        stack.push(lead);
      }
    }
    const stuck = reaches.indexOf(0);
    if (stuck >= 0) this.#fail(stuck, "there is no way to an end from here");
  }

  /** The world has come to a state from another one. */
  #reach(before: number): void {
    const text = this.#textOf(this.#isSymmetric);
    let state = this.#known.get(text);
    if (state === undefined) {
      state = this.#states.length;
      this.#known.set(text, state);
      this.#states.push(text);
      this.#from.push(before);
    }
    if (before >= 0) this.#moved.push(before, state);
  }

  /** Goes the way to a state once more, to name its moves. Workers keep their numbers on the way. */
  #fail(at: number, message: string): never {
    const path: number[] = [];
    for (let state = at; state > 0; state = this.#from[state]) path.unshift(state);
    const names: string[] = [];
    this.#restore(this.#states[0] as string);
    // the move after which `stateAfter` gives a state
    const step = (stateAfter: (change: () => void) => string | undefined): void => {
      const here = this.#textOf(false);
      let after: string | undefined;
      this.#restore(here);
      this.#moves((who, what, change) => {
        if (after !== undefined) return;
        after = stateAfter(change);
        if (after !== undefined) names.push(`${who === OWNER ? "owner" : `worker ${who}`}: ${what}`);
        this.#restore(here);
      });
      if (after !== undefined) this.#restore(after);
    };
    for (const state of path) {
      step((change) => {
        change();
        return this.#textOf(this.#isSymmetric) === this.#states[state] ? this.#textOf(false) : undefined;
      });
    }
    step((change) => {
      try {
        change();
        return undefined;
      } catch {
        return this.#states[at];
      }
    });
    throw new Error(`${message}:\n${names.join("\n")}`);
  }

  #textOf(isSymmetric: boolean): string {
    this.#bytes.write();
    this.#pass(isSymmetric);
    return this.#bytes.text();
  }

  #restore(text: string): void {
    this.#bytes.read(text);
    this.#pass(false);
  }

  /** Writes the world to the bytes, or reads it back. */
  #pass(isSymmetric: boolean): void {
    const bytes = this.#bytes;
    const world = this.#world;
    const { owner, words, threads, calls, ledgers } = world;
    world.isInTurn = bytes.flag(world.isInTurn);
    world.mayCompute = bytes.flag(world.mayCompute);
    world.isSoon = bytes.flag(world.isSoon);
    world.isWaiting = bytes.flag(world.isWaiting);
    world.isWoken = bytes.flag(world.isWoken);
    world.isClosing = bytes.flag(world.isClosing);
    world.hasEnded = bytes.flag(world.hasEnded);
    world.made = bytes.number(world.made);
    world.deaths = bytes.number(world.deaths);
    world.pauses = bytes.number(world.pauses);
    world.aborted = bytes.number(world.aborted);

    const isSeen = bytes.flag(world.isInTurn && words[HEAD.signal] === owner.seen);
    words[HEAD.signal] = 0;
    const at = bytes.item(OWNER_STEPS, owner.at);
    world.owner = {
      at,
      seen: isSeen ? 0 : -1,
      slot: bytes.number(owner.slot),
      index: bytes.number(NEEDS_INDEX.has(at) ? owner.index : 0),
      published: bytes.number(owner.published),
      isBusy: bytes.flag(owner.isBusy),
      calls: owner.calls,
      queue: owner.queue,
    };
    for (let slot = 0; slot < owner.calls.length; slot++) {
      const id = bytes.number(owner.calls[slot]?.id ?? -1);
      owner.calls[slot] = calls[id] ?? null;
    }
    const queued = bytes.number(owner.queue.length);
    for (let i = 0; i < queued; i++) owner.queue[i] = calls[bytes.number(owner.queue[i]?.id ?? -1)] as CallState;
    if (queued < owner.queue.length) owner.queue.length = queued;
    for (let id = 0; id < calls.length; id++) this.#passCall(calls[id] as CallState, ledgers[id] as Ledger);
    this.#passWords(bytes);

    const sent = bytes.number(world.posted.length);
    if (sent > 0) {
      world.posted.length = sent;
      for (let i = 0; i < sent; i++) world.posted[i] = passMessage(bytes, world.posted[i]);
      world.outbox.last = sent;
      const live = bytes.numbers(world.outbox.live.map(({ message }) => message.number));
      world.outbox.live = live.map((number) => {
        const message = world.posted[number - 1] as MailMessage;
        return { call: callOf(message), message };
      });
    } else if (world.posted.length > 0) {
      world.posted = [];
      world.outbox = newOutbox();
    }
    const length = bytes.number(world.inbox.length);
    if (length < world.inbox.length) world.inbox.length = length;
    for (let i = 0; i < length; i++) world.inbox[i] = passInbox(bytes, world.inbox[i]);
    const start = bytes.at;
    for (let index = 0; index < threads.length; index++) this.#passThread(threads[index] as Thread, index);
    if (isSymmetric && (owner.at !== "check" || owner.index === 0)) bytes.sort(start, threads.length);
  }

  #passWords(bytes: Bytes): void {
    const { owner, words } = this.#world;
    const layout = this.#layout;
    words[HEAD.published] = bytes.number(words[HEAD.published]);
    words[HEAD.mail] = bytes.number(words[HEAD.mail]);
    for (let slot = 0; slot < layout.slots; slot++) {
      const parts = owner.calls[slot]?.shares.parts ?? 0;
      const next = layout.slot(slot, "next");
      const end = layout.slot(slot + 1, "total");
      for (let word = layout.slot(slot, "total"); word < end; word++) {
        words[word] = bytes.number(word === next ? Math.min(words[word], parts) : words[word]);
      }
    }
  }

  /** Nothing is known of a call that has not been made or is over. */
  #passCall(call: CallState, ledger: Ledger): void {
    const bytes = this.#bytes;
    ledger.end = bytes.item(ENDS, ledger.end);
    if (call.id >= this.#world.made || ledger.end !== "") {
      if (bytes.isReading && ledger.parts.length > 0) this.#forget(call, ledger);
      return;
    }
    call.stage = bytes.item(STAGES, call.stage);
    call.hasFailed = bytes.flag(call.hasFailed);
    call.sequence = bytes.number(call.sequence);
    call.brought = bytes.number(call.brought);
    call.taken = bytes.number(call.taken);
    call.end = bytes.number(call.end);
    call.own = bytes.numbers(call.own);
    call.isDone = bytes.flag(call.isDone);
    call.shares = bytes.flag(call.shares.parts > 0) ? (this.#shares[call.id] as Shares) : NO_SHARES;
    ledger.parts = bytes.numbers(ledger.parts);
    ledger.windows = bytes.numbers(ledger.windows);
    ledger.brought = bytes.number(ledger.brought);
  }

  #forget(call: CallState, ledger: Ledger): void {
    Object.assign(call, newCall(call.id));
    ledger.parts = [];
    ledger.windows = [];
    ledger.brought = 0;
  }

  /** A dead worker's word, and where its death is in the inbox, are all that is left of it. Always as many bytes. */
  #passThread(thread: Thread, index: number): void {
    const bytes = this.#bytes;
    const { words, inbox, posted } = this.#world;
    const { state } = thread;
    const word = this.#layout.worker(index);
    words[word] = bytes.number(words[word]);
    thread.life = bytes.item(LIVES, thread.life);
    const isDead = thread.life === "dead";
    const death = bytes.number(isDead ? inbox.findIndex((message) => message.kind === "death" && message.index === index) : -1);
    if (isDead) (inbox[death] as Message & { kind: "death" }).index = index;
    thread.asleep = bytes.number(thread.asleep);
    thread.inside = bytes.number(thread.inside);
    thread.running = bytes.number(thread.running);
    thread.isReceiving = bytes.flag(thread.isReceiving);
    thread.waitsFor = bytes.number(thread.waitsFor);
    const published = words[HEAD.published];
    const isOnPublished = thread.waitsFor === HEAD.published;
    const value = bytes.number(isOnPublished ? (thread.value === published ? 1 : 0) : thread.value);
    thread.value = isOnPublished ? published - 1 + value : value;
    const at = bytes.item(WORKER_STEPS, state.at);
    const isSeen = bytes.flag(NEEDS_SEEN.has(at) && state.seen === published);
    thread.state = {
      index,
      at,
      seen: isSeen ? published : -1,
      slot: bytes.number(state.slot),
      oldest: bytes.number(state.oldest),
      sequence: bytes.number(state.sequence),
      total: bytes.number(state.total),
      part: bytes.number(NEEDS_PART.has(at) ? state.part : 0),
      ready: bytes.number(at === "begin" ? state.ready : 0),
      windows: bytes.number(state.windows),
      mail: bytes.number(state.mail),
      received: bytes.number(state.received),
      kept: this.#passKept(bytes, state.kept, posted),
    };
  }

  /** Which messages a worker has kept, one bit each. */
  #passKept(bytes: Bytes, kept: readonly MailMessage[], posted: readonly MailMessage[]): readonly MailMessage[] {
    if (posted.length === 0) return NONE;
    let bits = 0;
    for (const { number } of kept) bits += 2 ** (number - 1);
    bits = bytes.number(bits);
    return bits === 0 ? NONE : posted.filter(({ number }) => (bits & (2 ** (number - 1))) > 0);
  }

  #newWorld(): World {
    const { workers = 2, byMessage = false } = this.#scenario;
    const words = new Array<number>(this.#layout.slot(this.#layout.slots, "total")).fill(0);
    words[HEAD.byMessage] = byMessage ? 1 : 0;
    return {
      words,
      owner: newOwner(this.#layout),
      isInTurn: false,
      mayCompute: false,
      isSoon: false,
      isWaiting: false,
      isWoken: false,
      inbox: [],
      threads: Array.from({ length: workers }, (_, index) => newThread(index)),
      calls: this.#shares.map((_, id) => newCall(id)),
      ledgers: this.#shares.map(() => ({ parts: [], windows: [], brought: 0, end: "" })),
      made: 0,
      outbox: newOutbox(),
      posted: [],
      deaths: this.#scenario.deaths ?? 0,
      pauses: this.#scenario.pauses ?? 0,
      aborted: 0,
      isClosing: false,
      hasEnded: false,
    };
  }

  /** Whatever may happen next. */
  #moves(move: Move): void {
    const world = this.#world;
    if (world.hasEnded) return;
    if (world.isInTurn) move(OWNER, world.owner.at, () => this.#stepOwner(true));
    if (this.#isPrivate()) return;
    // out of time, where it makes a difference
    const { at } = world.owner;
    if (world.isInTurn && world.pauses > 0 && (at === "slot" || at === "take" || at === "feed")) {
      move(OWNER, "out of time", () => {
        world.pauses--;
        this.#stepOwner(false);
      });
    }
    if (!world.isInTurn) this.#eventsOfOwner(move);
    for (const [index, thread] of world.threads.entries()) {
      if (thread.life === "lost") move(index, "replaced", () => this.#replace(index));
      if (thread.life !== "alive") continue;
      if (thread.isReceiving) {
        // it may still be under way
        if (thread.state.received < world.posted.length) move(index, "receives", () => this.#deliver(index));
      } else if (thread.asleep < 0) {
        move(index, thread.waitsFor >= 0 ? "wait" : thread.state.at, () => this.#stepWorker(index));
      }
      if (world.deaths > 0 && mattersWhetherDead(thread)) move(index, "dies", () => this.#kill(index));
    }
  }

  /** Whether the owner's next step is on a word that no other thread looks at before a later step of the owner's. */
  #isPrivate(): boolean {
    const { owner, isInTurn, words, threads } = this.#world;
    if (!isInTurn || (owner.at !== "publish" && owner.at !== "clear windows")) return false;
    const total = this.#layout.slot(owner.slot, "total");
    const isLast = owner.at === "publish" && owner.index === PUBLISHED_WORDS - 1;
    if (words[total] !== 0 || isLast) return false;
    return threads.every(({ life, state }) => life !== "alive" || OUTSIDE.has(state.at));
  }

  #eventsOfOwner(move: Move): void {
    const { calls, aborts = [], closes } = this.#scenario;
    const world = this.#world;
    if (world.isSoon) move(OWNER, "next turn", () => this.#turn(true));
    if (world.isWoken) move(OWNER, "woken", () => this.#turn(true));
    if (world.inbox.length > 0) move(OWNER, "a message", () => this.#receive());
    if (world.made < calls.length && !world.isClosing) move(OWNER, "makes a call", () => this.#makeCall());
    for (const id of aborts) {
      const isUnderWay = id < world.made && world.ledgers[id]?.end === "";
      if (isUnderWay && (world.aborted & (2 ** id)) === 0) move(OWNER, "aborts a call", () => this.#abort(id));
    }
    if (closes && !world.isClosing) move(OWNER, "closes", () => this.#close());
  }

  #makeCall(): void {
    const world = this.#world;
    const id = world.made++;
    const { parts } = this.#shares[id] as Shares;
    const call = newCall(id);
    world.calls[id] = call;
    world.owner.queue.push(call);
    world.ledgers[id] = { parts: new Array(parts).fill(0), windows: [], brought: 0, end: "" };
    this.#turn(false);
  }

  #abort(id: number): void {
    const world = this.#world;
    const { queue, calls } = world.owner;
    world.aborted += 2 ** id;
    const queued = queue.findIndex((call) => call.id === id);
    if (queued >= 0) {
      queue.splice(queued, 1);
      (world.ledgers[id] as Ledger).end = "failed";
    }
    for (const call of calls) if (call?.id === id) call.hasFailed = true;
    this.#turn(true);
  }

  /** Calls that are not made before are not made at all. */
  #close(): void {
    const world = this.#world;
    const { calls, queue } = world.owner;
    world.isClosing = true;
    for (let id = world.made; id < world.ledgers.length; id++) (world.ledgers[id] as Ledger).end = "failed";
    if (this.#scenario.closes === "aborts") for (const call of [...calls, ...queue]) if (call) call.hasFailed = true;
    this.#turn(true);
  }

  #turn(mayCompute: boolean): void {
    const world = this.#world;
    world.isInTurn = true;
    world.mayCompute = mayCompute;
    world.isSoon = false;
    if (world.isWoken) world.isWaiting = false;
    world.isWoken = false;
  }

  #receive(): void {
    const world = this.#world;
    const message = world.inbox.shift() as Message;
    if (message.kind === "death") {
      // two accesses to a word that nobody else writes any more
      const call = loseWorker(this.#words.forStep(2), this.#layout, world.owner, message.index);
      if (call) call.hasFailed = true;
      (world.threads[message.index] as Thread).life = "lost";
    } else if (message.kind === "failed") {
      const call = world.owner.calls.find((candidate) => candidate?.sequence === message.sequence);
      if (call) call.hasFailed = true;
    }
    this.#turn(true);
  }

  #stepOwner(hasTime: boolean): void {
    const world = this.#world;
    const { owner, mayCompute } = world;
    const effect = stepOwner(this.#words.forStep(), this.#layout, owner, hasTime, mayCompute);
    if (effect) this.#doOwner(effect);
    if (!world.isInTurn) return;
    while (this.#isQuietForOwner()) {
      const next = stepOwner(this.#words.forStep(0), this.#layout, owner, true, mayCompute);
      if (next) this.#doOwner(next);
    }
    if (NOTIFICATIONS.has(owner.at)) stepOwner(this.#words.forNotification(), this.#layout, owner, hasTime, mayCompute);
  }

  #doOwner(effect: OwnerEffect): void {
    const world = this.#world;
    if (effect.do === "rest") {
      world.isInTurn = false;
      const isIdle = world.owner.queue.length === 0 && world.owner.calls.every((call) => call === null);
      if (isIdle) {
        if (world.isClosing) this.#end();
        return;
      }
      if (effect.isBusy) world.isSoon = true;
      else if (!world.isWaiting && this.#scenario.byMessage !== true) {
        world.isWaiting = true;
        world.isWoken = world.words[HEAD.signal] !== effect.seen;
      }
      return;
    }
    const { call } = effect;
    const ledger = world.ledgers[call.id] as Ledger;
    const { windows } = call.shares;
    const at = "part" in effect ? effect.part : "unit" in effect ? effect.unit : 0;
    switch (effect.do) {
      case "start":
        call.shares = this.#shares[call.id] as Shares;
        ledger.windows = new Array<number>(call.shares.windows).fill(-1);
        if (this.#scenario.mails?.includes(call.id)) this.#mail(call.id);
        break;
      case "bring":
        this.#checkWindow(call, at);
        if (ledger.brought !== at) fail(`unit ${at} is brought, expected ${ledger.brought}`);
        ledger.brought++;
        if (windows > 0) {
          const before = ledger.windows[at % windows];
          if (before >= 0 && ledger.parts[before] !== 3) fail(`part ${before} is lost: its window is filled again`);
          ledger.windows[at % windows] = at;
        }
        break;
      case "take":
        this.#checkWindow(call, at);
        if (ledger.parts[at] !== 2) fail(`results of part ${at} are taken, its state is ${ledger.parts[at]}`);
        if (ledger.windows[at % windows] !== at) fail(`part ${at} is not in its window any more`);
        ledger.parts[at] = 3;
        break;
      case "compute":
        if (ledger.parts[at] !== 0) fail(`part ${at} is run twice`);
        ledger.parts[at] = 3;
        break;
      case "settle":
        this.#settle(call, ledger);
    }
  }

  /** A call is over: all its parts are done, or it has failed, and no worker is at its memory. */
  #settle(call: CallState, ledger: Ledger): void {
    const { threads, aborted, deaths, isClosing, outbox } = this.#world;
    const { id, hasFailed, shares } = call;
    if (ledger.end !== "") fail(`call ${id} is over twice`);
    if (!hasFailed) {
      const done = shares.windows > 0 ? 3 : 2;
      if (!ledger.parts.every((part) => part >= done)) fail(`call ${id} is over, its parts are ${ledger.parts}`);
    }
    for (const { life, inside } of threads) if (life === "alive" && inside === id) fail(`call ${id} is freed under a worker`);
    const mayFail =
      (aborted & (2 ** id)) > 0 ||
      this.#scenario.throws?.some(([bad]) => bad === id) ||
      (this.#scenario.deaths ?? 0) > deaths ||
      (isClosing && this.#scenario.closes === "aborts");
    if (hasFailed && !mayFail) fail(`call ${id} has failed without a reason`);
    forgetMail(outbox, id);
    ledger.end = hasFailed ? "failed" : "done";
  }

  #end(): void {
    const world = this.#world;
    for (const [index, thread] of world.threads.entries()) {
      if (thread.life === "alive" && thread.inside >= 0) fail("a worker is ended in a call");
      world.threads[index] = newThread(index);
      world.words[this.#layout.worker(index)] = 0;
    }
    world.hasEnded = true;
    world.inbox = [];
  }

  /** Sends a call's buffers to all workers. That the word changes first makes no difference: what is sent arrives later. */
  #mail(id: number): void {
    const { outbox, posted } = this.#world;
    posted.push(writeMail(this.#words.forStep(), outbox, id, BUFFERS[id] as ArrayBuffer[]));
  }

  /** No worker may be in a window that the owner touches. */
  #checkWindow({ id, shares }: CallState, part: number): void {
    if (shares.windows === 0) return;
    for (const { life, inside, running } of this.#world.threads) {
      if (life === "alive" && inside === id && running >= 0 && (running - part) % shares.windows === 0) {
        fail(`the window of part ${part} is touched while part ${running} runs in it`);
      }
    }
  }

  #stepWorker(index: number): void {
    const world = this.#world;
    const thread = world.threads[index] as Thread;
    const { state } = thread;
    if (thread.waitsFor >= 0) {
      if (world.words[thread.waitsFor] === thread.value) thread.asleep = thread.waitsFor;
      thread.waitsFor = -1;
      thread.value = -1;
      return;
    }
    if (thread.running >= 0) this.#finishPart(index, thread);
    const wasLeaving = state.at === "leave";
    let effect = stepWorker(this.#words.forStep(), this.#layout, state);
    for (let word = this.#quietWord(state); word !== undefined && !effect; word = this.#quietWord(state)) {
      effect = stepWorker(this.#words.forWord(word), this.#layout, state);
    }
    if (NOTIFICATIONS.has(state.at)) effect = stepWorker(this.#words.forNotification(), this.#layout, state);
    if (wasLeaving) thread.inside = -1;
    if (state.at === "announce") this.#checkOldest(state);
    switch (effect?.do) {
      case "run":
        this.#beginPart(index, thread, effect.part);
        break;
      case "tell":
        if (world.words[HEAD.byMessage] === 1) world.inbox.push({ kind: "signal" });
        break;
      case "read": {
        const { id, shares } = this.#callAt(index, effect.slot);
        // a worker that has looked at a slot for one call may find the next one there
        if (this.#shares.every(({ workers }) => index >= workers)) fail(`worker ${index} takes part in call ${id}`);
        thread.inside = id;
        state.windows = shares.windows;
        state.mail = this.#scenario.mails?.includes(id) ? numberOfMail(world, id) : 0;
        // it has all that it needs
        if (state.mail === 0) this.#open(index, thread, stepWorker(this.#words.forStep(0), this.#layout, state));
        break;
      }
      case "open":
        this.#open(index, thread, effect);
        break;
      case "wait":
        if (effect.word !== HEAD.published) this.#checkAwaited(state);
        thread.waitsFor = effect.word;
        thread.value = effect.value;
        break;
      case "receive":
        thread.isReceiving = true;
        break;
      default:
    }
  }

  /** Whether the owner's next step accesses no word and sends nothing: it is one with the step before. */
  #isQuietForOwner(): boolean {
    const { owner, pauses } = this.#world;
    const { at, slot, calls, queue } = owner;
    // out of time or not makes a difference
    if (pauses > 0) return false;
    if (at === "slot") {
      const next = calls.slice(slot).find((call) => call !== null);
      const isStarting = queue.length > 0 && slot < calls.length && calls[slot] === null;
      if (isStarting) return this.#scenario.mails === undefined && queue[0]?.hasFailed === false;
      // it goes on to the first step of the call; the end of a turn looks at a word
      return next !== undefined && next !== null && next.stage === "published" && isNothingToTake(next);
    }
    const call = calls[slot];
    if (!call || call.stage === "closing" || call.hasFailed) return false;
    if (at === "take") return isNothingToTake(call);
    return at === "feed" && !call.shares.isHelped;
  }

  /** A part that the owner has kept for itself never gets its input: the worker should have left. */
  #checkAwaited({ index, slot, part }: WorkerState): void {
    const call = this.#world.owner.calls[slot];
    if (call?.shares.isHelped && part >= call.end)
      fail(`worker ${index} waits for the input of part ${part}, which the owner has kept`);
  }

  /** If no call was published since the worker began to look, it has found the oldest one that has parts left. */
  #checkOldest({ index, seen, oldest, sequence }: WorkerState): void {
    const { words, owner } = this.#world;
    if (seen !== words[HEAD.published]) return;
    for (const [slot, call] of owner.calls.entries()) {
      const hasParts = words[this.#layout.slot(slot, "next")] < words[this.#layout.slot(slot, "total")];
      if (!call || !hasParts || call.sequence >= sequence) continue;
      fail(`worker ${index} goes to slot ${oldest}, but the call of slot ${slot} is older`);
    }
  }

  /** The word that the next step accesses (-1: none) where that is one with the step before: see HINTS. */
  #quietWord({ at, slot }: WorkerState): number | undefined {
    const hint = HINTS[at];
    if (hint) return hint === "total" && slot > 0 ? undefined : this.#layout.slot(slot, hint);
    if (at === "mail" && this.#scenario.mails === undefined) return HEAD.mail;
    return at === "sleep" ? -1 : undefined;
  }

  /** The call at whose slot a worker is; its buffers have to be there. */
  #open(index: number, { state, inside }: Thread, effect: WorkerEffect | undefined): void {
    if (effect?.do !== "open") fail(`worker ${index} does not open the call that it has read`);
    this.#callAt(index, state.slot);
    if (!this.#scenario.mails?.includes(inside)) return;
    const [buffer] = mailOf(state);
    if (buffer?.byteLength !== inside) fail(`worker ${index} does not have the buffers of call ${inside}`);
  }

  /** The call whose text is at a slot, which must be under way: its memory is not freed. */
  #callAt(index: number, slot: number): CallState {
    const { words, owner } = this.#world;
    const text = words[this.#layout.slot(slot, "text")];
    const call = owner.calls[slot];
    if (!call || text !== call.id + 1) fail(`worker ${index} reads the call of text ${text}, which is not the one under way`);
    if (words[this.#layout.worker(index)] !== slot + 1) fail(`worker ${index} is at a slot unannounced`);
    return call;
  }

  #beginPart(index: number, thread: Thread, part: number): void {
    const call = this.#callAt(index, thread.state.slot);
    if (call.id !== thread.inside) fail(`worker ${index} has opened call ${thread.inside} and runs call ${call.id}`);
    const ledger = this.#world.ledgers[call.id] as Ledger;
    const { windows, units, partsPerUnit } = call.shares;
    if (ledger.parts[part] !== 0) fail(`part ${part} of call ${call.id} is run, its state is ${ledger.parts[part]}`);
    if (units > 0 && ledger.brought * partsPerUnit <= part) fail(`part ${part} is run without its input`);
    if (windows > 0 && ledger.windows[part % windows] !== part) fail(`part ${part} is run, another one is in its window`);
    thread.running = part;
    ledger.parts[part] = 1;
  }

  /** Until now it may have been reading and writing. */
  #finishPart(index: number, thread: Thread): void {
    const { inbox, ledgers } = this.#world;
    const call = this.#callAt(index, thread.state.slot);
    const part = thread.running;
    thread.running = -1;
    if (this.#scenario.throws?.some(([id, bad]) => id === call.id && bad === part)) {
      giveUp(thread.state, () => inbox.push({ kind: "failed", sequence: call.sequence }));
    } else (ledgers[call.id] as Ledger).parts[part] = 2;
  }

  /** Messages that were sent before go with the first one to the new worker. */
  #replace(index: number): void {
    const { threads, outbox } = this.#world;
    const kept = outbox.live.map(({ message }) => message);
    threads[index] = newThread(index, outbox.last, kept);
  }

  #deliver(index: number): void {
    const thread = this.#world.threads[index] as Thread;
    const message = this.#world.posted[thread.state.received] as MailMessage;
    receiveMail(thread.state, message);
    thread.isReceiving = false;
    for (const { number } of thread.state.kept) if (number < message.oldest) fail(`message ${number} is kept too long`);
  }

  #kill(index: number): void {
    const world = this.#world;
    world.deaths--;
    world.threads[index] = { ...newThread(index), life: "dead" };
    world.inbox.push({ kind: "death", index });
  }
}

/** The words, of which each step may access one, and notify no other than the one that it has changed. */
class CheckedWords implements Words {
  readonly #world: World;
  #left = 0;
  #changed = -1;
  #only = -1;
  #mayNotify = false;

  constructor(world: World) {
    this.#world = world;
  }

  forStep(most = 1): this {
    this.#left = most;
    this.#changed = -1;
    this.#only = -1;
    this.#mayNotify = false;
    return this;
  }

  /** For a step that may access this word alone. */
  forWord(word: number): this {
    this.forStep(word < 0 ? 0 : 1);
    this.#only = word;
    return this;
  }

  /** For a step that may do nothing but notify the word that the step before has changed. */
  forNotification(): this {
    this.#left = 0;
    this.#mayNotify = true;
    return this;
  }

  load(word: number): number {
    this.#access(word);
    return this.#world.words[word];
  }

  store(word: number, value: number): void {
    this.#access(word);
    this.#world.words[word] = value;
    this.#changed = word;
  }

  add(word: number, value: number): number {
    this.#access(word);
    const before = this.#world.words[word];
    this.#world.words[word] = before + value;
    this.#changed = word;
    return before;
  }

  notify(word: number): void {
    if (!this.#mayNotify) fail("a step that does not come right after a change notifies");
    if (word !== this.#changed) fail(`word ${word} is notified, and word ${this.#changed} has changed`);
    const world = this.#world;
    for (const thread of world.threads) if (thread.asleep === word) thread.asleep = -1;
    if (word === HEAD.signal && world.isWaiting) world.isWoken = true;
  }

  #access(word: number): void {
    if (!(word < this.#world.words.length)) fail(`there is no word ${word}`);
    if (this.#only >= 0 && word !== this.#only) fail(`a step accesses word ${word}, expected ${this.#only}`);
    if (this.#left-- === 0) fail(this.#mayNotify ? "a step that notifies has another access" : "a step has more than one access");
  }
}

/**
 * Whether a worker is before a step that changes something, or waits. Its death before it only reads is its death after that: nobody
 * can tell.
 */
function mattersWhetherDead({ asleep, isReceiving, waitsFor, state }: Thread): boolean {
  return asleep >= 0 || isReceiving || (waitsFor < 0 && CHANGES.has(state.at));
}

/** Whether the owner's step "take" accesses no word. */
function isNothingToTake({ shares, taken, brought, hasFailed }: CallState): boolean {
  return !hasFailed && (shares.windows === 0 || taken >= brought);
}

const NONE: readonly MailMessage[] = [];
const { shares: NO_SHARES } = newCall(0);

function fail(message: string): never {
  throw new Error(message);
}

function newThread(index: number, received = 0, kept: readonly MailMessage[] = NONE): Thread {
  const none = { waitsFor: -1, value: -1, isReceiving: false, asleep: -1, inside: -1, running: -1 };
  return { life: "alive", state: newWorker(index, received, kept), ...none };
}

/** A call's buffer is as many bytes as its number. */
const BUFFERS = [0, 1, 2, 3].map((bytes) => [new ArrayBuffer(bytes)]);

function callOf({ buffers: [buffer] }: MailMessage): number {
  return buffer?.byteLength ?? 0;
}

function numberOfMail({ posted }: World, id: number): number {
  return posted.find((message) => callOf(message) === id)?.number ?? 0;
}

function passMessage(bytes: Bytes, message: MailMessage | undefined): MailMessage {
  const number = bytes.number(message?.number ?? 0);
  const oldest = bytes.number(message?.oldest ?? 0);
  const call = bytes.number(message ? callOf(message) : 0);
  return message && !bytes.isReading ? message : { kind: "mail", number, oldest, buffers: BUFFERS[call] as ArrayBuffer[] };
}

function passInbox(bytes: Bytes, message: Message | undefined): Message {
  const sequence = bytes.number(message?.kind === "failed" ? message.sequence : 0);
  const kind = bytes.item(["signal", "failed", "death"] as const, message?.kind ?? "signal");
  return kind === "signal"
    ? { kind }
    : kind === "failed"
      ? { kind, sequence }
      : { kind, index: message?.kind === "death" ? message.index : -1 };
}
