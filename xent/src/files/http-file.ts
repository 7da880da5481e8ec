import { unescape as unquoted } from "node:querystring";
import { setTimeout as sleep } from "node:timers/promises";
import { withoutSecrets } from "./address.js";
import { InputError } from "./input-error.js";
import { type LaterFile, MissingBytes } from "./input-file.js";
import { KeptRanges } from "./kept-ranges.js";

/** The most bytes of one request: a cut connection costs no more, and several come at once. */
const PIECE = 2 ** 22;

/** Requests at once. */
const AT_ONCE = 4;

/** Bytes that are fetched at least for a header. */
const BLOCK = 2 ** 16;

/** Tries of a request that brings nothing. */
const TRIES = 8;

/** How requests are made; tests wait less. */
export interface HttpHow {
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds before the first repetition; twice as many before each further one. */
  readonly pauseSeconds?: number | undefined;
  /** Seconds without a byte after which a connection counts as cut. */
  readonly stallSeconds?: number | undefined;
}

const PAUSE_SECONDS = 0.25;
const LONGEST_PAUSE = 10;
const STALL_SECONDS = 60;

/** What a server says that remains equal while a file is the same. */
interface Version {
  readonly size: number;
  readonly etag: string | undefined;
  readonly modified: string | undefined;
}

/** Statuses that may be others a little later. */
const isPassing = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500;

const ADVICE: Readonly<Record<number, string>> = {
  401: "asks for credentials; give them with --header 'Authorization: Bearer ...'",
  403: "refuses access; check the address and give credentials with --header, or sign the address again",
  404: "has no such file; check the address",
  410: "has no such file any more; check the address",
};

/**
 * A file behind http:// or https://, read by ranges. Cut, slow and failing connections are tried again from the byte that they had
 * reached. Every answer must be of the file that was opened (ETag, Last-Modified, size).
 */
export class HttpFile implements LaterFile {
  readonly path: string;
  readonly id: string;
  readonly title: string;
  readonly #url: URL;
  readonly #how: HttpHow;
  readonly #kept = new KeptRanges();
  readonly #abort = new AbortController();
  #version: Version | undefined;

  private constructor(url: URL, how: HttpHow) {
    const { username, password } = url;
    // fetch() refuses an address with a password
    const login = Buffer.from(`${unquoted(username)}:${unquoted(password)}`).toString("base64");
    [url.username, url.password] = ["", ""];
    this.#url = url;
    this.#how = username === "" ? how : { ...how, headers: { authorization: `Basic ${login}`, ...how.headers } };
    // neither a password nor the signature of an address belongs into errors and fingerprints
    this.path = withoutSecrets(url.href);
    this.id = url.href;
    this.title = url.pathname.split("/").at(-1) || url.host;
  }

  /** @throws InputError when the address cannot be reached, or its server cannot send ranges */
  static async open(address: string, how: HttpHow): Promise<HttpFile> {
    if (!URL.canParse(address)) throw new InputError(`${withoutSecrets(address)}: is not an address; expected https://HOST/FILE`);
    const file = new HttpFile(new URL(address), how);
    await file.fetch(0, 1);
    return file;
  }

  get size(): number {
    return this.#version?.size ?? 0;
  }

  get version(): string {
    const { etag, modified } = this.#version ?? {};
    return etag ?? modified ?? "none";
  }

  readInto(bytes: Uint8Array, position: number): void {
    if (!this.#kept.copyInto(bytes, position)) throw new MissingBytes(this, position, bytes.length);
  }

  async fetch(position: number, length: number): Promise<void> {
    const most = this.#version === undefined ? Number.POSITIVE_INFINITY : this.size - position;
    const bytes = new Uint8Array(Math.min(Math.max(length, BLOCK), most));
    const got = await this.#read(bytes, position);
    this.#kept.add(position, bytes.subarray(0, got));
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    const pieces: (() => Promise<unknown>)[] = [];
    for (let from = 0; from < bytes.length; from += PIECE) {
      pieces.push(() => this.#read(bytes.subarray(from, from + PIECE), position + from));
    }
    const next = async () => {
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) await piece();
    };
    // nothing may write into `bytes` any more when this returns
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, next));
    for (const end of ended) if (end.status === "rejected") throw end.reason;
  }

  async checkUnchanged(): Promise<void> {
    await this.#read(new Uint8Array(1), 0);
  }

  close(): void {
    this.#abort.abort();
  }

  /** Reads until `bytes` is full. The first read of all may end with the file. Returns the number of bytes read. */
  async #read(bytes: Uint8Array, position: number): Promise<number> {
    let done = 0;
    let pause = this.#how.pauseSeconds ?? PAUSE_SECONDS;
    for (let failures = 0; ; ) {
      const before = done;
      const failure = await this.#attempt(bytes, position, done, (got) => {
        done += got;
      });
      const end = Math.min(bytes.length, this.#version === undefined ? bytes.length : this.size - position);
      if (failure === undefined && done >= end) return done;
      if (done > before) failures = 0;
      if (++failures >= TRIES) {
        const reason = failure?.reason ?? "its server ends the connection early";
        throw new InputError(`${this.path}: cannot be read after ${TRIES} tries (${reason}); try again later, or with --resume`);
      }
      await sleep(1000 * Math.max(failure?.after ?? 0, pause), undefined, { signal: this.#abort.signal }).catch(() => {});
      if (this.#abort.signal.aborted) throw new InputError(`${this.path}: was closed while it was being read`);
      pause = done > before ? (this.#how.pauseSeconds ?? PAUSE_SECONDS) : Math.min(LONGEST_PAUSE, 2 * pause);
    }
  }

  /** One request. Returns what failed, if trying again may help; the bytes that came until then count. */
  async #attempt(
    bytes: Uint8Array,
    position: number,
    done: number,
    took: (bytes: number) => void,
  ): Promise<{ readonly reason: string; readonly after?: number } | undefined> {
    const stall = new AbortController();
    const watch = setTimeout(() => stall.abort(), 1000 * (this.#how.stallSeconds ?? STALL_SECONDS));
    try {
      const first = position + done;
      const response = await fetch(this.#url, {
        headers: { ...this.#how.headers, ...this.#condition(), range: `bytes=${first}-${position + bytes.length - 1}` },
        signal: AbortSignal.any([stall.signal, this.#abort.signal]),
      });
      if (isPassing(response.status)) {
        await response.body?.cancel();
        return { reason: `status ${response.status}`, after: secondsOf(response.headers.get("retry-after")) };
      }
      try {
        this.#check(response, first);
      } catch (error) {
        await response.body?.cancel();
        throw error;
      }
      let at = done;
      for await (const chunk of response.body ?? []) {
        watch.refresh();
        const part = chunk.subarray(0, bytes.length - at);
        bytes.set(part, at);
        at += part.length;
        took(part.length);
      }
      return undefined;
    } catch (error) {
      if (error instanceof InputError) throw error;
      const reason = stall.signal.aborted ? "no byte came for too long" : reasonOf(error);
      return { reason };
    } finally {
      clearTimeout(watch);
    }
  }

  /** A server that knows the condition sends the whole of a changed file instead of a range of it. */
  #condition(): Readonly<Record<string, string>> {
    const { etag, modified } = this.#version ?? {};
    const validator = etag?.startsWith("W/") === false ? etag : modified;
    return validator === undefined ? {} : { "if-range": validator };
  }

  #check(response: Response, first: number): void {
    const { status, headers } = response;
    const known = this.#version;
    const etag = headers.get("etag") ?? undefined;
    const modified = headers.get("last-modified") ?? undefined;
    if (status === 416) {
      if (known !== undefined) throw this.#changed();
      throw new InputError(`${this.path}: is empty (0 bytes), or its server has no ranges of it; write it again`);
    }
    if (status === 200) {
      // with a condition, the answer for a changed file
      if (known !== undefined) throw this.#changed();
      throw new InputError(
        `${this.path}: its server sends no ranges, which xent reads by; download the file first, or pipe it: curl ADDRESS | xent score -`,
      );
    }
    if (status !== 206) {
      throw new InputError(`${this.path}: its server ${ADVICE[status] ?? `answers with status ${status}; check the address`}`);
    }
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
    if (start === undefined || Number(start) !== first || headers.get("content-encoding") !== null) {
      throw new InputError(`${this.path}: its server sends another range than it was asked for; download the file first`);
    }
    const version = { size: Number(total), etag, modified };
    this.#version ??= version;
    const isSame = version.size === this.#version.size && etag === this.#version.etag && modified === this.#version.modified;
    if (!isSame) throw this.#changed();
  }

  #changed(): InputError {
    return new InputError(
      `${this.path}: was changed while it was being read, so the results are of no use; run again when nothing writes to it`,
    );
  }
}

/** The error of a request and what the system said: fetch() itself says only that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause ? String(cause.code) : cause.message;
}

/** The seconds of a Retry-After, at most as many as a pause has. */
function secondsOf(text: string | null): number {
  const seconds = Number(text ?? 0);
  return Number.isFinite(seconds) ? Math.min(LONGEST_PAUSE, Math.max(0, seconds)) : 0;
}
