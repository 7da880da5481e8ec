/** Where inputs come from: addresses, stdin, several files and patterns. The results are those of a local file. */
import { mkdirSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { PipedFile } from "../../src/files/piped-file.js";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder } from "../files/written.js";
import { zipBytes } from "../files/written-zip.js";
import { type Fault, rangeServer, type Store, storeOf } from "../long/range-server.mjs";
import { runHere, standInEngine } from "./stand-in.js";

const folder = temporaryFolder();
const ROWS = 300;
const CLASSES = 64;
const data = Float32Array.from({ length: ROWS * CLASSES }, (_, index) => Math.sin(index * 12.9898) * 9);
const ids = Int32Array.from({ length: ROWS }, (_, row) => (row % 9 === 4 ? -100 : (row * 7) % CLASSES));
const logits = { dtype: "F32", shape: [ROWS, CLASSES], data };
const targets = { dtype: "I32", shape: [ROWS], data: ids };
const bytes = safetensorsBytes({
  targets,
  token_bytes: { dtype: "I8", shape: [CLASSES], data: new Int8Array(CLASSES).fill(3) },
  logits,
});
const file = folder.write("all.safetensors", bytes);
const logitsNpy = npyBytes(npyDict("<f4", [ROWS, CLASSES]), data);
const targetsFile = folder.write("targets.npy", npyBytes(npyDict("<i4", [ROWS]), ids));
const seams = { batchBytes: 40 * CLASSES * 4, http: { pauseSeconds: 0.001 } };

const score = (argv: readonly string[], stdin?: AsyncIterable<Uint8Array>, more: object = {}) =>
  runHere(["score", ...argv, "--json", "--sums"], { seams: { ...seams, ...more }, ...(stdin && { stdin }) });
const resultOf = (stdout: string) => ({ ...JSON.parse(stdout), seconds: 0 });
const expected = score([file]).then(({ stdout }) => resultOf(stdout));

/** @returns what is printed for a refused input: one line */
async function refused(argv: readonly string[], stdin?: AsyncIterable<Uint8Array>, more: object = {}): Promise<string> {
  const { code, stdout, stderr } = await runHere(["score", ...argv], { seams: { ...seams, ...more }, ...(stdin && { stdin }) });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^xent: [^\n]{1,300}\n$/);
  return stderr;
}

describe("addresses", () => {
  const servers: { close: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  async function served(store: Partial<Store> = {}, body = bytes) {
    const all: Store = { ...storeOf(body), ...store };
    const server = await rangeServer(all);
    servers.push(server);
    return { ...server, store: all };
  }

  test("the file behind an address has the results of the file", async () => {
    const { origin, requests } = await served();
    const { code, stdout, stderr } = await score([`${origin}/a/all.safetensors?signature=secret`]);
    expect([code, stderr, resultOf(stdout)]).toEqual([0, "", await expected]);
    expect(requests.every(({ range }) => range !== undefined)).toBe(true);
    expect(requests.slice(1).every(({ ifRange }) => ifRange === '"1"')).toBe(true);
  });

  test("a .npy, a .npz and a deflated .npz behind an address", async () => {
    for (const body of [
      logitsNpy,
      ...[false, true].map((deflated) => zipBytes([{ name: "logits.npy", data: logitsNpy, deflated }])),
    ]) {
      const { origin } = await served({}, body);
      const { code, stdout } = await score([`${origin}/logits`, "--targets", targetsFile]);
      expect([code, resultOf(stdout).nats]).toEqual([0, (await expected).nats]);
    }
  });

  test("requests have the headers of --header", async () => {
    const { origin } = await served({ needs: { authorization: "Bearer a: b", "x-other": "1" } });
    const headers = ["--header", "Authorization: Bearer a: b", "--header", "X-Other:1"];
    expect(await score([`${origin}/a`, ...headers])).toMatchObject({ code: 0 });
    const { port } = await served({ needs: { authorization: `Basic ${btoa("user:p@ss")}` } });
    expect(await score([`http://user:p%40ss@127.0.0.1:${port}/a`])).toMatchObject({ code: 0 });
    expect(await refused([`${origin}/a`, ...headers.slice(0, 2)])).toContain("asks for credentials");
    for (const wrong of ["Authorization", "a b: c", "Range: bytes=0-1", "a: \n"]) {
      expect(await refused([`${origin}/a`, "--header", wrong])).toContain("--header: expected NAME: VALUE");
    }
  });

  test.each<[string, (number: number) => Fault | undefined]>([
    ["cut connections", (number) => (number % 2 === 1 ? { cut: 5_000 } : undefined)],
    ["connections that are all cut, but bring something", () => ({ cut: 5000 })],
    ["connections cut before the first byte", (number) => (number % 3 === 0 ? undefined : { cut: 0 })],
    ["statuses that pass", (number) => ({ status: [503, 429, 500, 408, 0][number % 5] || undefined }) as Fault],
    ["slow answers", (number) => ({ pause: number % 4 })],
    ["a pause that the server asks for", (number) => (number === 2 ? { status: 503, retryAfter: "0.01" } : undefined)],
  ])("%s are tried again", async (_, fault) => {
    const { origin } = await served({ fault: ({ number }) => fault(number) });
    const { code, stdout, stderr } = await score([`${origin}/all.safetensors`]);
    expect([code, stderr, resultOf(stdout)]).toEqual([0, "", await expected]);
  });

  test("a connection without a byte is given up and tried again", async () => {
    const { origin } = await served({ fault: ({ number }) => ({ hang: number === 3 }) });
    const how = { http: { pauseSeconds: 0.001, stallSeconds: 0.2 } };
    const { code, stdout } = await score([`${origin}/all.safetensors`], undefined, how);
    expect([code, resultOf(stdout)]).toEqual([0, await expected]);
  });

  test("a server that is always out of order ends the run in one line", async () => {
    const { origin, requests } = await served({ fault: () => ({ status: 503 }) });
    expect(await refused([`${origin}/a`])).toMatch(/cannot be read after 8 tries \(status 503\)/);
    expect(requests.length).toBe(8);
    const port = Number(new URL(origin).port);
    await servers.pop()?.close();
    expect(await refused([`http://127.0.0.1:${port}/a`])).toMatch(/after 8 tries \(ECONNREFUSED\)/);
  });

  test.each<[string, Partial<Store>, string]>([
    ["refuses ranges", { fault: () => ({ whole: true }) }, "its server sends no ranges, which xent reads by"],
    ["sends other ranges", { fault: () => ({ other: true }) }, "another range than it was asked for"],
    ["has no such file", { fault: () => ({ status: 404 }) }, "has no such file; check the address"],
    ["refuses access", { fault: () => ({ status: 403 }) }, "refuses access"],
    ["answers with another status", { fault: () => ({ status: 418 }) }, "answers with status 418"],
    ["has an empty file", { size: 0 }, "is empty (0 bytes)"],
    ["has half of the file", { size: 40_000 }, "truncated: expected"],
  ])("a server that %s: one line, without the address's secrets", async (_, store, message) => {
    const { port } = await served(store);
    const stderr = await refused([`http://user:secret@127.0.0.1:${port}/all.safetensors?key=secret`]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
  });

  test.each<[string, Partial<Store>]>([
    ["another ETag", { etag: '"2"' }],
    ["no ETag any more", { etag: undefined as never }],
    ["another size", { size: bytes.length + 1 }],
    ["another Last-Modified", { modified: "Tue, 01 Jan 2030 00:00:00 GMT" }],
    ["less than before", { size: 100 }],
  ])("a file that changes under way is refused: %s", async (_, change) => {
    for (const strong of [true, false]) {
      const modified = "Mon, 01 Jan 2024 00:00:00 GMT";
      const { origin, store } = await served(strong ? { modified } : { etag: 'W/"1"', modified });
      store.fault = ({ number }) => (number === 4 ? void Object.assign(store, change) : undefined);
      expect(await refused([`${origin}/all.safetensors`])).toContain("was changed while it was being read");
    }
  });

  test("a file that changes after its last byte was read is refused", async () => {
    const { origin, store } = await served();
    const batches = Math.ceil(ROWS / 40);
    let calls = 0;
    const loadEngine = async () => async () =>
      standInEngine(() => {
        if (++calls === batches) store.etag = '"2"';
      });
    const { code, stderr } = await score([`${origin}/all.safetensors`], undefined, { loadEngine });
    expect([code, stderr]).toEqual([2, expect.stringContaining("was changed while it was being read")]);
  });

  test("a NaN is named as in a file", async () => {
    const nan = Float32Array.from(data);
    nan[77 * CLASSES + 5] = Number.NaN;
    const { origin } = await served({}, safetensorsBytes({ targets, logits: { ...logits, data: nan } }));
    const { code, stderr } = await score([`${origin}/a`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("the first is row 77, where class 5 is NaN")]);
  });

  test("names that are not addresses, and files that are not read from an address", async () => {
    expect(await refused(["https://"])).toContain("is not an address");
    expect(await refused(["https://user:secret@"])).not.toContain("secret");
    expect(await refused(["https://user:secret@localhost/model.safetensors.index.json"])).not.toContain("secret");
    const twice = "https://user:secret@localhost/a.npy";
    expect(await refused([twice, twice])).toMatch(/^(?!.*secret).*is given twice/);
    expect(await refused(["https://localhost/model.safetensors.index.json"])).toContain("an index is read from a folder only");
  });
});

describe("stdin", () => {
  const stream = async function* (body: Uint8Array, length = 1000) {
    for (let at = 0; at < body.length; at += length) yield body.subarray(at, at + length);
  };

  test("bytes that have passed are refused, and not replaced by others", async () => {
    const file = new PipedFile(
      stream(
        Uint8Array.from({ length: 1000 }, (_, at) => at),
        7,
      ),
    );
    const read = new Uint8Array(10);
    await file.fill(read, 500);
    expect(Array.from(read)).toEqual(Array.from({ length: 10 }, (_, at) => (500 + at) & 255));
    await expect(file.fill(read, 500)).rejects.toThrow("byte 500 is needed after the logits");
    await expect(file.fetch(20, 10)).rejects.toThrow("byte 20 is needed after the logits");
    await file.fill(read, 510);
    expect(read[0]).toBe(510 & 255);
  });

  test.each([1, 999, 2 ** 20])("a .safetensors in chunks of %i bytes", async (length) => {
    const { code, stdout, stderr } = await score(["-"], stream(bytes, length));
    expect([code, stderr, resultOf(stdout)]).toEqual([0, "", await expected]);
  });

  test("a .npy with targets in a file, and targets for logits in a file", async () => {
    const { nats } = await expected;
    expect(resultOf((await score(["-", "--targets", targetsFile], stream(logitsNpy))).stdout).nats).toBe(nats);
    const other = await score(
      [folder.write("l.npy", logitsNpy), "--targets", "-"],
      stream(npyBytes(npyDict("<i4", [ROWS]), ids)),
    );
    expect([other.code, resultOf(other.stdout).nats]).toEqual([0, nats]);
  });

  test("a shard of a stream", async () => {
    const part = await score(["-", "--shard", "2/3"], stream(bytes));
    expect(resultOf(part.stdout)).toEqual(resultOf((await score([file, "--shard", "2/3"])).stdout));
  });

  test.each<[string, Uint8Array, string]>([
    ["is empty", new Uint8Array(0), "stdin: truncated: expected"],
    ["ends within its header", bytes.subarray(0, 60), "stdin: truncated: expected"],
    [
      "goes on after its end",
      Uint8Array.of(...bytes, 0),
      `expected ${bytes.length} bytes, as its header says, got ${bytes.length + 1}`,
    ],
    ["is an archive", zipBytes([{ name: "logits.npy", data: logitsNpy }]), "so it is no stream"],
  ])("that %s is refused", async (_, body, message) => {
    const { code, stderr } = await score(["-"], stream(body));
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test("that ends within the logits is refused", async () => {
    expect(await refused(["-"], stream(bytes.subarray(0, 50_000)))).toMatch(/stdin: truncated: expected \d+ bytes, got 50000/);
  });

  test("a NaN in a stream, which cannot be read again", async () => {
    const nan = safetensorsBytes({ targets, logits: { ...logits, data: Float32Array.from(data).fill(Number.NaN, 64, 65) } });
    const { code, stderr } = await score(["-"], stream(nan));
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("the first is row 1, where a logit is NaN or +inf, or all are -inf"),
    ]);
  });
});

describe("several files", () => {
  const half = ROWS / 2;
  mkdirSync(folder.path("parts"));
  const part = (name: string, from: number, to: number) =>
    folder.write(
      `parts/${name}`,
      safetensorsBytes({
        logits: { dtype: "F32", shape: [to - from, CLASSES], data: data.slice(from * CLASSES, to * CLASSES) },
        targets: { dtype: "I32", shape: [to - from], data: ids.slice(from, to) },
      }),
    );
  const second = part("p10.safetensors", half, ROWS);
  const first = part("p9.safetensors", 0, half);
  folder.write("parts/.p1.safetensors", new Uint8Array(9));
  folder.write("parts/q.txt", new Uint8Array(9));

  test.each([
    ["in the order given", [first, second]],
    ["of a pattern, numbers by value", [folder.path("parts/p*.safetensors")]],
    ["of patterns in any part of a path", [folder.path("p?rt[a-s]/p[0-9]*.safetensors")]],
    ["of a pattern and a name", [folder.path("parts/[!q1]9.safetensors"), second]],
  ])("%s", async (_, files) => {
    const { code, stdout, stderr } = await score(files);
    expect([code, stderr, resultOf(stdout).nats, resultOf(stdout).rows]).toEqual([0, "", (await expected).nats, ROWS]);
  });

  test("a file whose name looks like a pattern is that file", async () => {
    const odd = folder.write("a[1].safetensors", bytes);
    expect(resultOf((await score([odd])).stdout)).toEqual(await expected);
  });

  test("refused: a pattern without files, a file twice", async () => {
    expect(await refused([folder.path("parts/z*")])).toContain("z*: matches no file; check the path");
    expect(await refused([first, folder.path("parts/p*")])).toContain("is given twice");
  });
});
