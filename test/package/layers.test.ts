/** Who may import whom, in the library and in the tool: read from the imports themselves. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * What a folder of a tree (or a file beside them) may import from outside itself. A path names one file and not its folder;
 * what is no path is a package.
 */
type Layers = Readonly<Record<string, readonly string[]>>;

/** The library. Only the pool's host for Node knows Node, and only wasm the loader: the rest runs in a browser as it is. */
const SRC: Layers = {
  errors: [],
  version: [],
  values: [],
  half: ["values"],
  "linear-weight": [],
  arguments: ["half", "linear-weight", "errors", "values"],
  memory: ["errors", "values"],
  wasm: ["errors", "values", "version", "@assemblyscript/loader"],
  // the list of all kinds is written by the build
  engine: ["memory", "wasm", "half", "linear-weight", "errors", "values", "generated/kinds"],
  losses: ["arguments", "engine", "half", "errors", "values"],
  scoring: ["arguments", "engine", "errors", "half", "values"],
  // every function, and how its task is made; engines and entries are made of it
  functions: ["arguments", "engine", "losses", "scoring"],
  "async-functions": ["engine", "functions", "errors", "values"],
  "local-engine": [
    ...["arguments", "engine", "engine-types", "local-engine-on", "wasm/kernel-sets", "wasm/module", "errors", "values"],
  ],
  "local-engine-on": ["engine", "engine-types", "functions", "memory", "version", "wasm/module", "errors"],
  "engine-types": ["async-functions", "engine", "functions", "wasm/module"],
  "create-engine": ["engine-types", "pool-engine"],
  // which of the hosts #pool-host is, package.json says
  "pool-engine": [
    "#pool-host",
    "arguments",
    "async-functions",
    "engine",
    "engine-types",
    "wasm/kernel-sets",
    "wasm/module",
    "version",
    "errors",
    "values",
  ],
  "attach-engine": ["engine", "engine-types", "local-engine-on", "version", "wasm/module", "errors", "values"],
  // what a pool and its workers run in
  hosts: ["engine", "node:fs", "node:os", "node:path", "node:url", "node:worker_threads"],
  info: ["engine", "wasm/module", "wasm/relaxed-probe", "version"],
  // entries
  index: [
    "arguments",
    "losses",
    "scoring",
    "functions",
    "async-functions",
    "engine/default",
    "local-engine",
    "create-engine",
    "engine-types",
    "attach-engine",
    "info",
    "errors",
    "version",
    "wasm/module",
  ],
  deterministic: ["generated/deterministic-functions", "engine/default", "losses", "scoring"],
  kernels: ["wasm"],
  // texts, models and tokenizers, on the public functions
  text: ["arguments", "errors", "index"],
  reference: [],
};

/** The tool. It reaches the library by its public entries only. */
const XENT: Layers = {
  version: ["node:fs"],
  "one-line": [],
  files: [
    ...["one-line", "node:crypto", "node:fs", "node:fs/promises", "node:os", "node:path"],
    ...["node:querystring", "node:stream", "node:timers/promises", "node:util", "node:zlib"],
  ],
  report: ["wasm-cross-entropy", "wasm-cross-entropy/text", "d3-scale", "one-line"],
  // measured as users call it; nothing of it knows Node
  bench: ["wasm-cross-entropy", "wasm-cross-entropy/deterministic", "report"],
  // the rows of a run, scored by other processes
  queue: [
    ...["bullmq", "ioredis", "cli", "files", "one-line", "report", "version"],
    ...["node:crypto", "node:fs/promises", "node:os", "node:path", "node:timers/promises"],
  ],
  cli: [
    ...["wasm-cross-entropy", "wasm-cross-entropy/text", "bench", "files", "one-line", "queue", "report", "version"],
    ...["commander", "hyparquet-writer"],
    ...["node:crypto", "node:fs", "node:fs/promises", "node:module", "node:os", "node:path", "node:readline", "node:url"],
  ],
};

/** The kernels' folders, each of which may import those before it, and all of them what they share with src. */
const SHARED = "../src/memory/constants";
const ASSEMBLY = ["math", "rows", "losses", "linear", "cross-entropy", "linear-cross-entropy", "index"];

interface Import {
  readonly from: string;
  /** A path without its extension, relative to the tree, or the name of a package. */
  readonly to: string;
}

/** Files of a tree without their extension, generated ones left out. */
function filesOf(tree: string): string[] {
  return readdirSync(join(ROOT, tree), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/^(wasm.)?generated/.test(path))
    .map((path) => path.slice(0, -".ts".length).replaceAll("\\", "/"));
}

function importsOf(tree: string): Import[] {
  return filesOf(tree).flatMap((from) => {
    const text = readFileSync(join(ROOT, tree, `${from}.ts`), "utf8");
    return specifiersIn(text).map((specifier) => ({ from, to: resolved(from, specifier) }));
  });
}

/** Every module named by an import or export, static or dynamic, type or value; those in comments do not count. */
function specifiersIn(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const named = code.matchAll(/(?:\bfrom|\bimport|\bimport\s*\()\s*["']([^"']+)["']/g);
  return Array.from(named, (match) => match[1] as string);
}

function resolved(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return relative(".", join(dirname(from), specifier))
    .replaceAll("\\", "/")
    .replace(/\.js$/, "");
}

/** The row of the table that a file belongs to. */
function layerOf(path: string): string {
  return path.split("/")[0] as string;
}

describe.each([
  { tree: "src", layers: SRC },
  { tree: "xent/src", layers: XENT },
])("$tree", ({ tree, layers }) => {
  const files = filesOf(tree);
  const imports = importsOf(tree);
  const isFile = (name: string): boolean => files.includes(name) || (tree === "src" && /^(wasm\/)?generated\//.test(name));

  it("has a row in the table for every folder and file, and no row more", () => {
    expect([...new Set(files.map(layerOf))].sort()).toEqual(Object.keys(layers).sort());
  });

  it("imports only what the table allows", () => {
    const violations = imports.filter(({ from, to }) => {
      const allowed = layers[layerOf(from)] ?? [];
      const isOwn = isFile(to) && layerOf(to) === layerOf(from);
      return !isOwn && !allowed.includes(to) && !(isFile(to) && allowed.includes(layerOf(to)));
    });
    expect(violations.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("allows nothing that is not used: the table says what is", () => {
    const unused = Object.entries(layers).flatMap(([layer, allowed]) => {
      const used = imports.filter(({ from }) => layerOf(from) === layer).flatMap(({ to }) => [to, layerOf(to)]);
      return allowed.filter((name) => !used.includes(name)).map((name) => `${layer}: ${name}`);
    });
    // errors is open to all
    expect(unused.filter((entry) => !entry.endsWith(": errors"))).toEqual([]);
  });

  it("imports nothing outside itself: no test, no bench, not the other tree", () => {
    const outside = imports.filter(({ to }) => to.startsWith("../") || to.startsWith("/"));
    expect(outside).toEqual([]);
  });

  it("imports packages that its package.json lists", () => {
    const { dependencies, peerDependencies } = manifestOf(tree);
    const packages = imports.filter(({ to }) => !to.startsWith("node:") && !to.startsWith("#") && !isFile(to));
    const missing = packages.filter(
      ({ to }) => !Object.keys({ ...dependencies, ...peerDependencies }).some((name) => to === name || to.startsWith(`${name}/`)),
    );
    expect(missing.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("has no cycles", () => {
    expect(cycleIn(imports)).toEqual([]);
  });

  it("has index files that re-export and do nothing else", () => {
    for (const path of files.filter((file) => /(^|\/)index$/.test(file))) {
      const text = readFileSync(join(ROOT, tree, `${path}.ts`), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
      const rest = text.replace(/export\s+(type\s+)?(\*|\{[^}]*\})\s+from\s+"[^"]+";/g, "").trim();
      expect(rest, path).toBe("");
    }
  });
});

describe("this test", () => {
  it("finds imports of each form", () => {
    expect(importsOf("src")).toContainEqual({ from: "engine/build-runner", to: "engine/local" });
    expect(importsOf("src")).toContainEqual({ from: "wasm/module", to: "@assemblyscript/loader" });
    expect(importsOf("src")).toContainEqual({ from: "index", to: "losses/cross-entropy" });
    expect(importsOf("xent/src")).toContainEqual({ from: "cli/seams", to: "bench/measure" });
    expect(importsOf("xent/src")).toContainEqual({ from: "cli/seams", to: "wasm-cross-entropy" });
    expect(specifiersIn('import "a";\nimport type { B } from "b";\nexport * from "c";\nawait import("d");\n// from "e"')).toEqual(
      ["a", "b", "c", "d"],
    );
  });
});

describe("the library", () => {
  it("leaves the reference alone, which imports nothing and which nothing imports", () => {
    const ofReference = importsOf("src").filter(({ to }) => layerOf(to) === "reference");
    expect(ofReference.filter(({ from }) => layerOf(from) !== "reference")).toEqual([]);
  });

  it("is reached by the tool through entries that package.json exports", () => {
    const entries = Object.keys(manifestOf("src").exports).map((entry) => join("wasm-cross-entropy", entry));
    const reached = importsOf("xent/src").filter(({ to }) => to.startsWith("wasm-cross-entropy"));
    expect(reached.length).toBeGreaterThan(10);
    expect(reached.filter(({ to }) => !entries.includes(to))).toEqual([]);
  });
});

describe("assembly", () => {
  const imports = importsOf("assembly");

  it("imports downward only", () => {
    const upward = imports.filter(({ from, to }) => {
      const [above, below] = [ASSEMBLY.indexOf(layerOf(from)), ASSEMBLY.indexOf(layerOf(to))];
      return to !== SHARED && (above < 0 || below < 0 || below > above);
    });
    expect(upward.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
    expect(imports.length).toBeGreaterThan(20);
  });

  it("has no cycles", () => {
    expect(cycleIn(imports)).toEqual([]);
  });
});

it("finds a cycle", () => {
  const imports = [
    { from: "a", to: "b" },
    { from: "b", to: "c" },
    { from: "c", to: "b" },
  ];
  expect(cycleIn(imports)).toEqual(["b", "c", "b"]);
});

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** The package.json that a tree belongs to. */
function manifestOf(tree: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, tree, "../package.json"), "utf8")) as Manifest;
}

/** One cycle, its first file again at the end, or nothing. */
function cycleIn(imports: readonly Import[]): string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    const start = path.indexOf(file);
    if (start >= 0) return [...path.slice(start), file];
    if (done.has(file)) return [];
    for (const { to } of imports.filter(({ from }) => from === file)) {
      const cycle = visit(to, [...path, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const { from } of imports) {
    const cycle = visit(from, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
