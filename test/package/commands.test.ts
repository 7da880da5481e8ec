/**
 * Every shell command that the documents name: npm scripts and files exist, xent knows the options, and examples of xent run as
 * written, in a folder that holds the files they name. Commands that take minutes are only checked, not run.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { npyBytes, npyDict } from "../../xent/test/files/written.js";

const EXAMPLES = readdirSync("examples").map((name) => `examples/${name}`);
const DOCUMENTS = [".", "bench", "docs", "xent", "xent/docs", ...EXAMPLES.filter((path) => statSync(path).isDirectory())].flatMap(
  (folder) => readdirSync(folder).flatMap((name) => (name.endsWith(".md") ? `${folder}/${name}` : [])),
);
const FENCE = /^( *)```(?:sh|bash|console|shell)\n([\s\S]*?)^ *```$/gm;
const INLINE = /`((?:npm|npx|node|xent) [^`]+)`/g;
const XENT = /^(?:npx )?xent /;
/** Commands of npm itself that the documents name. */
const NPM = ["ci", "install", "test", "start", "outdated", "audit", "version", "publish"];

interface Documented {
  readonly path: string;
  readonly text: string;
}

function collect(read: (document: string) => readonly string[]): Documented[] {
  return DOCUMENTS.flatMap((path) => read(readFileSync(path, "utf8")).map((text) => ({ path, text })));
}

const blocks = collect((document) => Array.from(document.matchAll(FENCE), ([, , block]) => block));
const commands = [
  ...blocks.flatMap(({ path, text }) => text.split("\n").map((line) => ({ path, text: line }))),
  ...collect((document) => Array.from(document.matchAll(INLINE), ([, command]) => command)),
  // in comments too
  ...collect((document) => document.match(/\bnpm run [\w:-]+/g) ?? []),
].flatMap(({ path, text }) =>
  text
    .replace(/(^|\s)#.*/, "")
    .split(/&&|;|\|/)
    .map((part) => ({ path, text: part.trim() })),
);
const { scripts, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));

/** @returns what is wrong with a command, if anything is */
function fault(command: string, helps: ReadonlyMap<string, string>): string | undefined {
  const [program, first = "", ...rest] = command.split(/\s+/);
  if (XENT.test(command)) {
    const [name = "", ...options] = program === "npx" ? rest : [first, ...rest];
    const help = helps.get(name);
    if (help === undefined) return name === "COMMAND" || name === "..." ? undefined : `xent has no command ${name}`;
    const unknown = options.find((option) => /^--?[a-z]/.test(option) && !help.includes(` ${option.split("=")[0]}`));
    return unknown && `xent ${name} has no option ${unknown}`;
  }
  if (program === "npm" && first === "run") return rest[0] in scripts ? undefined : `no script ${rest[0]}`;
  if (program === "npm") return NPM.includes(first) ? undefined : `npm ${first} is not among ${NPM}`;
  if (program !== "npx" && program !== "node") return undefined;
  const file = [first, ...rest].find((word) => /\.(mjs|js|ts|json)$/.test(word));
  if (file !== undefined) return existsSync(file) ? undefined : `no file ${file}`;
  if (program === "npx") return first === "tsc" || first in devDependencies ? undefined : `${first} is no dependency`;
  return undefined;
}

describe("commands in the documents", () => {
  const helps = new Map<string, string>();

  beforeAll(() => {
    for (const name of ["score", "compare", "convert", "merge", "eval", "worker", "bench", "info"])
      helps.set(name, xent(".", `xent ${name} --help`).stdout);
  });

  it("exist: scripts, files, options of xent", () => {
    expect(commands.length).toBeGreaterThan(60);
    const faults = commands
      .map(({ path, text }) => [path, text, fault(text, helps)])
      .filter(([, , wrong]) => wrong !== undefined);
    expect(faults).toEqual([]);
  });

  it("the table of tests in CONTRIBUTING.md names files that exist", () => {
    const named = Array.from(
      readFileSync("CONTRIBUTING.md", "utf8").matchAll(/[` ]((?:xent\/)?test\/[\w/-]+)[` ]/g),
      ([, path]) => path,
    );
    const files = ["test", "xent/test"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path).replaceAll("\\", "/")),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !files.some((file) => file.startsWith(path)))).toEqual([]);
  });

  it.each(["npm run tets", "npm tets", "npx xent scores a", "xent score a --sofcap 3", "node bench/none.mjs", "npx none"])(
    "%s would be found",
    (command) => {
      expect(fault(command, helps)).toBeDefined();
    },
  );
});

/** Runs a text as a shell does, where `xent` and `npx xent` are the built command. */
function xent(cwd: string, text: string) {
  const PATH = `${resolve("node_modules/.bin")}${delimiter}${process.env["PATH"]}`;
  // without a start file: bash reads one when its input is a socket, as a pipe of Node is
  return spawnSync("bash", ["--norc", "-euc", text], { cwd, encoding: "utf8", env: { ...process.env, PATH } });
}

describe("examples of xent", () => {
  const folder = mkdtempSync(join(tmpdir(), "commands-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(() => {
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    const write = (name: string, bytes: Uint8Array) => writeFileSync(join(folder, name), bytes);
    const copy = (name: string, ...names: string[]) => {
      for (const other of names) copyFileSync(`examples/data/${name}`, join(folder, other));
    };
    mkdirSync(join(folder, "shards"));
    copy("devil.f32.safetensors", "passage.safetensors", "f32.safetensors", "logits.safetensors", "base.safetensors");
    copy("devil.f32.safetensors", "part-1.safetensors", "part-2.safetensors", "shards/part-1.safetensors");
    copy("devil.int8.safetensors", "int8.safetensors", "other.safetensors");
    copy("devil.tokens.json", "tokens.json");
    write("logits.npy", npyBytes(npyDict("<f4", [2, 3]), Float32Array.of(2, 1, 0.5, 0.5, 2.5, 1)));
    write("ids.npy", npyBytes(npyDict("<i8", [2]), BigInt64Array.of(0n, 1n)));
    write("bytes.npy", npyBytes(npyDict("<i4", [3]), Int32Array.of(1, 2, 3)));
  });

  // `xent bench` takes a minute and `xent eval` needs a package; installing is not ours, and neither are the lines for a clone
  const runnable = blocks
    .map(({ path, text }) => ({ path, text: text.replace(/^(npm|(npx )?xent (bench|eval)).*\n/gm, "") }))
    // those of a queue run in xent/test/long
    .filter(({ text }) => (XENT.test(text) || /^seq .*xent /.test(text)) && !text.includes("redis://"));
  it("are found", () => expect(runnable.length).toBeGreaterThan(4));
  test.each(runnable)("$path: $text", ({ text }) => {
    const { status, stderr } = xent(folder, text);
    expect([status, stderr]).toEqual([0, ""]);
  });
});
