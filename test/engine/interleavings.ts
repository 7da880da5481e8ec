/**
 * Every order of the steps of a pool's owner and its workers (src/engine/pool/protocol.ts): the same step functions as in
 * production, on plain words, with everything that the host may do in between. States are searched breadth first, each once.
 */
import {
  type CallState,
  giveUp,
  HEAD,
  Layout,
  loseWorker,
  newCall,
  newOwner,
  newWorker,
  type OwnerEffect,
  type OwnerState,
  type Shares,
  stepOwner,
  stepWorker,
  type Words,
  type WorkerEffect,
  type WorkerState,
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

type Message = { readonly kind: "signal" } | { readonly kind: "failed"; readonly sequence: number } | Death;
interface Death {
  readonly kind: "death";
  readonly index: number;
}

/** A worker in the world: its protocol state and what the runtime knows of it. */
interface Thread {
  state: WorkerState;
  /** An effect that is a step of its own. */
  pending: WorkerEffect | undefined;
  /** The word that it sleeps on, or -1. */
  asleep: number;
  /** The call that it has opened, or -1, and the part that it runs, or -1. */
  inside: number;
  running: number;
  /** Messages that are under way to it, and the last one that it has. */
  mailbox: number[];
  received: number;
}

/** The words, and which of them a step has changed. */
interface Changed extends Words {
  changed: number;
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
  words: number[];
  owner: OwnerState;
  isInTurn: boolean;
  /** Of the present turn. */
  mayCompute: boolean;
  isSoon: boolean;
  /** Value that the owner waits for `signal` to differ from is checked once; then only a notification helps. */
  isWaiting: boolean;
  isWoken: boolean;
  inbox: Message[];
  threads: (Thread | null)[];
  /** Workers of which the owner has been told that they are dead. */
  lost: number[];
  ledgers: Ledger[];
  made: number;
  mail: number;
  deaths: number;
  pauses: number;
  aborted: number[];
  isClosing: boolean;
  hasEnded: boolean;
}

/** Steps of a worker before and after the words of a slot. */
const OUTSIDE = new Set<WorkerState["at"]>([...(["look", "is open", "mail", "sleep", "announce", "check", "leave"] as const)]);
/**
 * Steps that are one with the step before. Looking for a call only finds hints: a worker that they mislead leaves the call, or
 * does not sleep because `published` has changed.
 */
const HINTS = new Set<WorkerState["at"]>(["has parts", "may take part", "is older"]);
/**
 * A word is notified at once when it has been changed. In between, another thread could only have begun to sleep on the changed
 * word, and would be woken for nothing.
 */
const NOTIFICATIONS = new Set<string>(["wake owner", "wake workers", "wake waiting", "wake all"]);
/** Steps at which a variable is still needed. */
const NEEDS_SEEN = new Set<string>(["is open", "has parts", "may take part", "is older", "mail", "sleep"]);
const NEEDS_PART = new Set<string>(["await input", "begin", "mark window", "count"]);
const NEEDS_INDEX = new Set<string>(["clear windows", "publish", "check"]);
/** Of a slot, `total` the last one of them. */
const PUBLISHED_WORDS = 8;
const STAGES: readonly CallState["stage"][] = ["queued", "published", "closing", "over"];
/** As much as a state tells of a greater number. */
const MOST = 1000;
const SEPARATOR = 2000;

/** Names of steps as numbers. */
const NUMBERS = new Map<string, number>();
function numberOf(step: string): number {
  const known = NUMBERS.get(step);
  if (known !== undefined) return known;
  NUMBERS.set(step, NUMBERS.size);
  return NUMBERS.size - 1;
}

function pushCall(key: number[], call: CallState | null): void {
  key.push(SEPARATOR);
  if (!call) return;
  key.push(call.id, STAGES.indexOf(call.stage), (call.hasFailed ? 1 : 0) + (call.isDone ? 2 : 0), call.sequence);
  key.push(call.brought, call.taken, call.end, call.shares.parts);
  for (const part of call.own) key.push(part);
}

function textOf(key: readonly number[]): string {
  let text = "";
  for (const number of key) text += String.fromCharCode(number + 2);
  return text;
}

const OWNER = -1;

/** Takes something that may happen next: who does it (a worker's index, or the owner), its name, and what it changes. */
type Move = (who: number, what: string, change: (next: World) => void) => void;

const SHARES: Shares = { parts: 1, workers: 99, units: 0, partsPerUnit: 1, windows: 0, isHelped: false, text: 0, bytes: 0 };

/** Searches all orders. @throws Error with the steps that lead to it when a property does not hold. */
export function explore(scenario: Scenario): Outcome {
  return new Explorer(scenario).run();
}

class Explorer {
  readonly #scenario: Scenario;
  readonly #layout: Layout;
  readonly #shares: readonly Shares[];
  /** Of a state: the one before, and which of its moves led here. */
  readonly #from: number[] = [];
  readonly #which: number[] = [];
  #move = 0;
  readonly #known = new Map<string, number>();
  /** All states; those that are still to be searched with their world. */
  readonly #frontier: (World | undefined)[] = [];
  /** State before and state after, of every move. */
  readonly #moved: number[] = [];
  #current = -1;
  #isTracing = false;
  readonly #key: number[] = [];
  readonly #key2: number[] = [];
  /** Whether it makes no difference which worker is which. */
  readonly #isSymmetric: boolean;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#shares = scenario.calls.map((shares) => ({ ...SHARES, ...shares }));
    this.#isSymmetric = this.#shares.every(({ workers }) => workers >= (scenario.workers ?? 2));
    const windows = Math.max(0, ...this.#shares.map((shares) => shares.windows));
    this.#layout = new Layout(scenario.workers ?? 2, scenario.slots ?? 1, windows);
  }

  run(): Outcome {
    const ends = new Set<string>();
    const good: number[] = [];
    this.#reach(this.#start());
    for (let at = 0; at < this.#frontier.length; at++) {
      const world = this.#frontier[at] as World;
      // searched: it is not needed any more
      this.#frontier[at] = undefined;
      this.#current = at;
      const isOver = world.ledgers.length === this.#shares.length && world.ledgers.every(({ end }) => end !== "");
      this.#move = 0;
      this.#moves(world, (who, _, change) => {
        const next = copyOf(world, who === OWNER);
        change(next);
        this.#reach(next);
        this.#move++;
      });
      if (isOver && (this.#scenario.closes === undefined || world.hasEnded)) good.push(at);
      if (this.#move > 0) continue;
      if (!isOver) this.#fail("all wait, and a call is not over");
      if (this.#scenario.closes && !world.hasEnded) this.#fail("all wait, and the pool is not closed");
      ends.add(world.ledgers.map(({ end }) => end).join(" "));
    }
    this.#checkReached(good);
    return { states: this.#frontier.length, ends };
  }

  /** From every state one comes to an end: no two threads keep each other busy for ever. */
  #checkReached(good: readonly number[]): void {
    const leads = this.#moved;
    const first = new Int32Array(this.#frontier.length + 1);
    for (let i = 1; i < leads.length; i += 2) first[leads[i]]++;
    for (let state = 1; state < first.length; state++) first[state] += first[state - 1];
    const before = new Int32Array(leads.length / 2);
    for (let i = 0; i < leads.length; i += 2) before[--first[leads[i + 1]]] = leads[i];
    const reaches = new Uint8Array(this.#frontier.length);
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
    this.#current = reaches.indexOf(0);
    if (this.#current >= 0) this.#fail("there is no way to an end from here");
  }

  #reach(world: World): void {
    const key = this.#keyOf(world);
    let state = this.#known.get(key);
    if (state === undefined) {
      state = this.#frontier.length;
      this.#known.set(key, state);
      this.#frontier.push(world);
      this.#from.push(this.#current);
      this.#which.push(this.#move);
    }
    this.#moved.push(this.#current, state);
  }

  /** Goes the way to the present state once more, to name its moves. */
  #fail(message: string): never {
    if (this.#isTracing) throw new Error(message);
    this.#isTracing = true;
    const moves = [this.#move];
    for (let state = this.#current; state > 0; state = this.#from[state]) moves.unshift(this.#which[state]);
    const names: string[] = [];
    let world = this.#start();
    for (const which of moves) {
      let move = 0;
      let next = world;
      this.#moves(world, (who, what, change) => {
        if (move++ !== which) return;
        names.push(`${who === OWNER ? "owner" : `worker ${who}`}: ${what}`);
        next = copyOf(world, who === OWNER);
        try {
          change(next);
        } catch {
          // the move that has failed
        }
      });
      world = next;
    }
    throw new Error(`${message}:\n${names.join("\n")}`);
  }

  /**
   * What tells a world from others. Counters that are only compared count by the comparison: `signal` and `published` by whether
   * they are what was seen, claims by whether there is such a part. Worlds that differ in which worker is which are one.
   */
  #keyOf(world: World): string {
    const { words, owner, ledgers } = world;
    const layout = this.#layout;
    const key = this.#key;
    key.length = 0;
    key.push(
      numberOf(owner.at),
      owner.slot,
      NEEDS_INDEX.has(owner.at) ? owner.index : 0,
      owner.published,
      (owner.isBusy ? 1 : 0) + (world.isInTurn ? 2 : 0) + (world.mayCompute ? 4 : 0) + (world.isSoon ? 8 : 0),
      (world.isWaiting ? 1 : 0) + (world.isWoken ? 2 : 0) + (world.isClosing ? 4 : 0) + (world.hasEnded ? 8 : 0),
      world.isInTurn && words[HEAD.signal] === owner.seen ? 1 : 0,
      words[HEAD.published],
      world.mail,
      world.made,
      world.deaths,
      world.pauses,
    );
    for (const id of world.aborted) key.push(id);
    for (let slot = 0; slot < layout.slots; slot++) {
      const parts = owner.calls[slot]?.shares.parts ?? 0;
      const next = layout.slot(slot, "next");
      const end = layout.slot(slot + 1, "total");
      for (let word = layout.slot(slot, "total"); word < end; word++) {
        const value = words[word];
        key.push(word === next ? Math.min(value, parts) : Math.min(value, MOST));
      }
    }
    for (const call of owner.calls) pushCall(key, call);
    for (const call of owner.queue) pushCall(key, call);
    for (const { parts, windows, brought, end } of ledgers) {
      key.push(SEPARATOR);
      for (const part of parts) key.push(part);
      for (const window of windows) key.push(window);
      key.push(brought, end.length);
    }
    for (const message of world.inbox) {
      key.push(message.kind === "signal" ? 0 : message.kind === "failed" ? 10 + message.sequence : 50);
    }
    const threads = world.threads.map((thread, index) => this.#keyOfThread(world, thread, index));
    if (this.#isSymmetric && (owner.at !== "check" || owner.index === 0)) threads.sort();
    return textOf(key) + threads.join("");
  }

  #keyOfThread({ words, inbox, lost }: World, thread: Thread | null, index: number): string {
    const key = this.#key2;
    key.length = 0;
    key.push(SEPARATOR, words[this.#layout.worker(index)]);
    if (thread) {
      const { state, pending } = thread;
      key.push(
        numberOf(state.at),
        !NEEDS_SEEN.has(state.at) || state.seen === words[HEAD.published] ? 1 : 0,
        state.slot,
        state.oldest,
        state.sequence,
        state.total,
        NEEDS_PART.has(state.at) ? state.part : 0,
        state.at === "begin" ? Math.min(state.ready, MOST) : 0,
        state.windows,
        thread.asleep,
        thread.inside,
        thread.running,
        thread.received,
        thread.mailbox.length,
      );
      if (pending) key.push(numberOf(pending.do), pending.do === "wait" ? Math.min(pending.value, MOST) : 0);
    } else {
      // its death, if the owner has not been told yet
      key.push(
        inbox.findIndex((message) => message.kind === "death" && message.index === index),
        lost.indexOf(index),
      );
    }
    return textOf(key);
  }

  #start(): World {
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
      threads: Array.from({ length: workers }, (_, index) => newThread(index, [], 0)),
      lost: [],
      ledgers: [],
      made: 0,
      mail: 0,
      deaths: this.#scenario.deaths ?? 0,
      pauses: this.#scenario.pauses ?? 0,
      aborted: [],
      isClosing: false,
      hasEnded: false,
    };
  }

  /** Whatever may happen next. */
  #moves(world: World, move: Move): void {
    if (world.hasEnded) return;
    const { owner } = world;
    if (world.isInTurn) move(OWNER, owner.at, (next) => this.#stepOwner(next, true));
    if (this.#isPrivate(world)) return;
    // out of time, where it makes a difference
    if (world.isInTurn && world.pauses > 0 && (owner.at === "slot" || owner.at === "take" || owner.at === "feed")) {
      move(OWNER, "out of time", (next) => {
        next.pauses--;
        this.#stepOwner(next, false);
      });
    }
    if (!world.isInTurn) this.#eventsOfOwner(world, move);
    for (const [index, thread] of world.threads.entries()) {
      if (!thread) {
        if (world.lost.includes(index)) move(index, "replaced", (next) => replace(next, index));
        continue;
      }
      if (canStep(thread)) move(index, thread.pending?.do ?? thread.state.at, (next) => this.#stepWorker(next, index));
      if (thread.mailbox.length > 0 && isInEventLoop(thread)) move(index, "mail", (next) => deliver(next, index));
      if (world.deaths > 0) move(index, "dies", (next) => kill(next, index));
    }
  }

  /** Whether the owner's next step is on a word that no other thread looks at before a later step of the owner's. */
  #isPrivate({ owner, isInTurn, words, threads }: World): boolean {
    if (!isInTurn || (owner.at !== "publish" && owner.at !== "clear windows")) return false;
    const total = this.#layout.slot(owner.slot, "total");
    const isLast = owner.at === "publish" && words[total] === 0 && owner.index === PUBLISHED_WORDS - 1;
    if (words[total] !== 0 || isLast) return false;
    return threads.every((thread) => !thread || OUTSIDE.has(thread.state.at));
  }

  #eventsOfOwner(world: World, move: Move): void {
    const { calls, aborts = [], closes } = this.#scenario;
    if (world.isSoon) move(OWNER, "next turn", (next) => this.#turn(next, true));
    if (world.isWoken) move(OWNER, "woken", (next) => this.#turn(next, true));
    if (world.inbox.length > 0) move(OWNER, "a message", (next) => this.#receive(next));
    if (world.made < calls.length && !world.isClosing) move(OWNER, "makes a call", (next) => this.#makeCall(next));
    for (const id of aborts) {
      const isUnderWay = id < world.made && world.ledgers[id]?.end === "";
      if (isUnderWay && !world.aborted.includes(id)) move(OWNER, "aborts a call", (next) => this.#abort(next, id));
    }
    if (closes && !world.isClosing) move(OWNER, "closes", (next) => this.#close(next));
  }

  #makeCall(world: World): void {
    const { parts } = this.#shares[world.made] as Shares;
    world.owner.queue.push(newCall(world.made));
    world.ledgers.push({ parts: new Array(parts).fill(0), windows: [], brought: 0, end: "" });
    world.made++;
    this.#turn(world, false);
  }

  #abort(world: World, id: number): void {
    const { queue, calls } = world.owner;
    world.aborted.push(id);
    const queued = queue.findIndex((call) => call.id === id);
    if (queued >= 0) {
      queue.splice(queued, 1);
      (world.ledgers[id] as Ledger).end = "failed";
    }
    for (const call of calls) if (call?.id === id) call.hasFailed = true;
    this.#turn(world, true);
  }

  /** Calls that are not made before are not made at all. */
  #close(world: World): void {
    const { calls, queue } = world.owner;
    world.isClosing = true;
    while (world.ledgers.length < this.#shares.length) {
      world.ledgers.push({ parts: [], windows: [], brought: 0, end: "failed" });
    }
    if (this.#scenario.closes === "aborts") for (const call of [...calls, ...queue]) if (call) call.hasFailed = true;
    this.#turn(world, true);
  }

  #turn(world: World, mayCompute: boolean): void {
    world.isInTurn = true;
    world.mayCompute = mayCompute;
    world.isSoon = false;
    if (world.isWoken) world.isWaiting = false;
    world.isWoken = false;
  }

  #receive(world: World): void {
    const message = world.inbox.shift() as Message;
    if (message.kind === "death") {
      // two accesses to a word that nobody else writes any more
      const call = loseWorker(this.#words(world, 2), this.#layout, world.owner, message.index);
      if (call) call.hasFailed = true;
      world.lost.push(message.index);
    } else if (message.kind === "failed") {
      const call = world.owner.calls.find((candidate) => candidate?.sequence === message.sequence);
      if (call) call.hasFailed = true;
    }
    this.#turn(world, true);
  }

  #words(world: World, most = 1): Changed {
    const { words } = world;
    let accesses = 0;
    const access = (word: number): void => {
      if (word >= words.length) this.#fail(`there is no word ${word}`);
      if (++accesses > most) this.#fail("a step has more than one access");
    };
    return {
      changed: -1,
      load(word) {
        access(word);
        return words[word];
      },
      store(word, value) {
        access(word);
        words[word] = value;
        this.changed = word;
      },
      add(word, value) {
        access(word);
        const before = words[word];
        words[word] = before + value;
        this.changed = word;
        return before;
      },
      notify(word) {
        for (const thread of world.threads) if (thread?.asleep === word) thread.asleep = -1;
        if (word === HEAD.signal && world.isWaiting) world.isWoken = true;
      },
    };
  }

  /** For a step that may do nothing but notify the word that has been changed. */
  #notifying(words: Changed): Words {
    const never = (): never => this.#fail("a step that notifies has another access");
    return {
      load: never,
      store: never,
      add: never,
      notify: (word) => {
        if (word !== words.changed) this.#fail(`word ${word} is notified, and word ${words.changed} has changed`);
        words.notify(word);
      },
    };
  }

  #stepOwner(world: World, hasTime: boolean): void {
    const words = this.#words(world);
    const effect = stepOwner(words, this.#layout, world.owner, hasTime, world.mayCompute);
    if (effect) this.#doOwner(world, effect);
    else if (NOTIFICATIONS.has(world.owner.at)) {
      stepOwner(this.#notifying(words), this.#layout, world.owner, hasTime, world.mayCompute);
    }
  }

  #doOwner(world: World, effect: OwnerEffect): void {
    if (effect.do === "rest") {
      world.isInTurn = false;
      const isIdle = world.owner.queue.length === 0 && world.owner.calls.every((call) => call === null);
      if (isIdle) {
        if (world.isClosing) this.#end(world);
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
        call.shares = { ...(this.#shares[call.id] as Shares), text: call.id + 1 };
        ledger.windows = new Array(call.shares.windows).fill(-1);
        if (this.#scenario.mails?.includes(call.id)) this.#mail(world);
        break;
      case "bring":
        this.#checkWindow(world, call, at);
        if (ledger.brought !== at) this.#fail(`unit ${at} is brought, expected ${ledger.brought}`);
        ledger.brought++;
        if (windows > 0) {
          const before = ledger.windows[at % windows];
          if (before >= 0 && ledger.parts[before] !== 3) this.#fail(`part ${before} is lost: its window is filled again`);
          ledger.windows[at % windows] = at;
        }
        break;
      case "take":
        this.#checkWindow(world, call, at);
        if (ledger.parts[at] !== 2) this.#fail(`results of part ${at} are taken, its state is ${ledger.parts[at]}`);
        if (ledger.windows[at % windows] !== at) this.#fail(`part ${at} is not in its window any more`);
        ledger.parts[at] = 3;
        break;
      case "compute":
        if (ledger.parts[at] !== 0) this.#fail(`part ${at} is run twice`);
        ledger.parts[at] = 3;
        break;
      case "settle":
        this.#settle(world, call, ledger);
    }
  }

  /** A call is over: all its parts are done, or it has failed, and no worker is at its memory. */
  #settle(world: World, call: CallState, ledger: Ledger): void {
    if (ledger.end !== "") this.#fail(`call ${call.id} is over twice`);
    if (!call.hasFailed) {
      const done = call.shares.windows > 0 ? 3 : 2;
      if (!ledger.parts.every((part) => part >= done)) this.#fail(`call ${call.id} is over, its parts are ${ledger.parts}`);
    }
    for (const thread of world.threads) if (thread?.inside === call.id) this.#fail(`call ${call.id} is freed under a worker`);
    const mayFail =
      world.aborted.includes(call.id) ||
      this.#scenario.throws?.some(([id]) => id === call.id) ||
      (this.#scenario.deaths ?? 0) > world.deaths ||
      (world.isClosing && this.#scenario.closes === "aborts");
    if (call.hasFailed && !mayFail) this.#fail(`call ${call.id} has failed without a reason`);
    ledger.end = call.hasFailed ? "failed" : "done";
    // what is known of it does not tell states apart any more
    ledger.parts = [];
    ledger.windows = [];
    ledger.brought = 0;
  }

  #end(world: World): void {
    for (const thread of world.threads) if (thread && thread.inside >= 0) this.#fail("a worker is ended in a call");
    world.hasEnded = true;
    world.threads = world.threads.map(() => null);
    world.lost = [];
  }

  #mail(world: World): void {
    world.mail++;
    world.words[HEAD.mail] = world.mail;
    for (const thread of world.threads) thread?.mailbox.push(world.mail);
  }

  /** No worker may be in a window that the owner touches. */
  #checkWindow(world: World, { id, shares }: CallState, part: number): void {
    if (shares.windows === 0) return;
    for (const thread of world.threads) {
      if (thread && thread.inside === id && thread.running >= 0 && (thread.running - part) % shares.windows === 0) {
        this.#fail(`the window of part ${part} is touched while part ${thread.running} runs in it`);
      }
    }
  }

  #stepWorker(world: World, index: number): void {
    const thread = world.threads[index] as Thread;
    const { pending, state } = thread;
    if (pending) {
      thread.pending = undefined;
      if (pending.do === "wait") {
        if (world.words[pending.word] === pending.value) {
          if (pending.word === HEAD.published && thread.mailbox.length > 0 && this.#isUnread(world, thread)) {
            this.#fail(`worker ${index} sleeps with unread mail`);
          }
          thread.asleep = pending.word;
        }
        return;
      }
      // received: see canStep
    }
    if (thread.running >= 0) this.#finishPart(world, index, thread);
    const wasLeaving = state.at === "leave";
    let words = this.#words(world);
    let effect = stepWorker(words, this.#layout, state);
    while (HINTS.has(state.at) || (state.at === "mail" && !this.#scenario.mails)) {
      words = this.#words(world);
      effect = stepWorker(words, this.#layout, state);
    }
    if (NOTIFICATIONS.has(state.at)) effect = stepWorker(this.#notifying(words), this.#layout, state);
    if (wasLeaving) thread.inside = -1;
    switch (effect?.do) {
      case "run":
        this.#beginPart(world, index, thread, effect.part);
        break;
      case "tell":
        if (world.words[HEAD.byMessage] === 1) world.inbox.push({ kind: "signal" });
        break;
      case "open": {
        const { id, shares } = this.#callAt(world, index, effect.slot);
        thread.inside = id;
        state.windows = shares.windows;
        // the call's buffers are received before its parts are run
        if (this.#scenario.mails?.includes(id)) thread.pending = { do: "receive", mail: world.mail };
        break;
      }
      case "wait":
        thread.pending = effect;
        break;
      case "receive":
        if (thread.received < effect.mail) thread.pending = effect;
        break;
      default:
    }
  }

  #isUnread(world: World, thread: Thread): boolean {
    return thread.received < world.mail && world.words[HEAD.published] === world.owner.published && !world.isInTurn;
  }

  /** The call whose text is at a slot, which must be under way: its memory is not freed. */
  #callAt(world: World, index: number, slot: number): CallState {
    const text = world.words[this.#layout.slot(slot, "text")];
    const call = world.owner.calls[slot];
    if (!call || text !== call.id + 1) {
      this.#fail(`worker ${index} reads the call of text ${text}, which is not the one under way`);
    }
    if (world.words[this.#layout.worker(index)] !== slot + 1) this.#fail(`worker ${index} is at a slot unannounced`);
    return call;
  }

  #beginPart(world: World, index: number, thread: Thread, part: number): void {
    const call = this.#callAt(world, index, thread.state.slot);
    if (call.id !== thread.inside) this.#fail(`worker ${index} has opened call ${thread.inside} and runs call ${call.id}`);
    const ledger = world.ledgers[call.id] as Ledger;
    const { windows, units, partsPerUnit } = call.shares;
    if (ledger.parts[part] !== 0) this.#fail(`part ${part} of call ${call.id} is run, its state is ${ledger.parts[part]}`);
    if (units > 0 && ledger.brought * partsPerUnit <= part) this.#fail(`part ${part} is run without its input`);
    if (windows > 0 && ledger.windows[part % windows] !== part) this.#fail(`part ${part} is run, another one is in its window`);
    thread.running = part;
    setPart(world, call.id, part, 1);
  }

  /** Until now it may have been reading and writing. */
  #finishPart(world: World, index: number, thread: Thread): void {
    const call = this.#callAt(world, index, thread.state.slot);
    const part = thread.running;
    thread.running = -1;
    if (this.#scenario.throws?.some(([id, bad]) => id === call.id && bad === part)) {
      world.inbox.push({ kind: "failed", sequence: call.sequence });
      giveUp(thread.state);
    } else setPart(world, call.id, part, 2);
  }
}

function setPart(world: World, id: number, part: number, state: number): void {
  const ledger = world.ledgers[id] as Ledger;
  world.ledgers = world.ledgers.with(id, { ...ledger, parts: ledger.parts.with(part, state) });
}

/** Messages that were sent before go with the first one to the new worker. */
function replace(world: World, index: number): void {
  world.lost = world.lost.filter((other) => other !== index);
  world.threads[index] = newThread(index, [], world.mail);
}

function deliver(world: World, index: number): void {
  const thread = world.threads[index] as Thread;
  thread.received = thread.mailbox.shift() as number;
}

function kill(world: World, index: number): void {
  world.deaths--;
  world.threads[index] = null;
  world.inbox.push({ kind: "death", index });
}

function newThread(index: number, mailbox: number[], received: number): Thread {
  return { state: newWorker(index), pending: undefined, asleep: -1, inside: -1, running: -1, mailbox, received };
}

function canStep({ asleep, pending, received }: Thread): boolean {
  if (asleep >= 0) return false;
  return pending?.do !== "receive" || received >= pending.mail;
}

/** Messages arrive where a worker awaits one, and nowhere else. */
function isInEventLoop({ pending }: Thread): boolean {
  return pending?.do === "receive";
}

/** A copy in which the owner, or a worker, can go a step; what that cannot change is shared. */
function copyOf(world: World, isOwner: boolean): World {
  const { owner, threads, ledgers } = world;
  const copy = { ...world, words: world.words.slice(), threads: threads.map(copyOfThread), inbox: world.inbox.slice() };
  if (!isOwner) return copy;
  copy.owner = { ...owner, calls: owner.calls.map(copyOfCall), queue: owner.queue.map((call) => ({ ...call })) };
  copy.ledgers = ledgers.map((ledger) => ({ ...ledger, parts: ledger.parts.slice(), windows: ledger.windows.slice() }));
  copy.lost = world.lost.slice();
  copy.aborted = world.aborted.slice();
  return copy;
}

function copyOfThread(thread: Thread | null): Thread | null {
  return thread && { ...thread, state: { ...thread.state }, mailbox: thread.mailbox.length > 0 ? thread.mailbox.slice() : [] };
}

function copyOfCall(call: CallState | null): CallState | null {
  return call && { ...call, own: call.own.slice() };
}
