/** Who may import whom, as DESIGN's table has it: read from the imports themselves. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * What a folder of src (or a file beside them) may import from outside itself. A path names one file and not its folder.
 * Only files, cli and the pool's host for Node know Node, and only wasm the loader: the rest runs in a browser as it is.
 */
const SRC: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  version: [],
  half: [],
  arguments: ["half", "errors"],
  memory: ["errors"],
  wasm: ["errors", "@assemblyscript/loader"],
  engine: ["memory", "wasm", "half", "errors"],
  losses: ["arguments", "engine", "half", "errors"],
  scoring: ["arguments", "engine", "errors"],
  // every function, and how its task is made; engines and entries are made of it
  functions: ["arguments", "engine", "losses", "scoring"],
  "async-functions": ["engine", "functions", "errors"],
  "local-engine": ["arguments", "engine", "engine-types", "local-engine-on", "wasm/kernel-sets"],
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
  ],
  "attach-engine": ["engine", "engine-types", "local-engine-on", "version", "errors"],
  // what a pool and its workers run in
  hosts: ["engine", "node:os", "node:worker_threads"],
  info: ["engine", "wasm/module", "wasm/relaxed-probe", "version"],
  // entries
  index: [
    "arguments",
    "losses",
    "scoring",
    "functions",
    "async-functions",
    "local-engine",
    "create-engine",
    "engine-types",
    "attach-engine",
    "info",
    "errors",
    "version",
    "wasm/module",
  ],
  deterministic: ["engine", "functions", "losses", "scoring"],
  kernels: ["wasm"],
  reference: [],
  // on top of the losses
  files: ["node:fs", "node:fs/promises", "node:path", "node:stream", "node:util", "node:zlib"],
  // d3-scale goes into the file that uses it when the package is built
  report: ["scoring", "d3-scale"],
  // measured as users call it; nothing of it knows Node
  bench: ["index", "deterministic", "report"],
  cli: [
    ...["index", "bench", "scoring", "files", "report", "version", "hyparquet", "hyparquet-writer"],
    ...["node:crypto", "node:fs", "node:fs/promises", "node:os", "node:path", "node:readline", "node:util"],
  ],
};

/** The kernels' folders, each of which may import those before it. */
const ASSEMBLY = ["math", "rows", "losses", "index"];

interface Import {
  readonly from: string;
  /** A path without its extension, relative to the tree, or the name of a package. */
  readonly to: string;
}

/** Files of a tree without their extension, generated ones left out. */
function filesOf(tree: string): string[] {
  return readdirSync(join(ROOT, tree), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.startsWith(join("wasm", "generated")))
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

describe("src", () => {
  const files = filesOf("src");
  const imports = importsOf("src");

  it("has a row in the table for every folder and file, and no row more", () => {
    expect([...new Set(files.map(layerOf))].sort()).toEqual(Object.keys(SRC).sort());
  });

  it("is read by this test: known imports are found, of each form", () => {
    expect(imports).toContainEqual({ from: "engine/build-runner", to: "engine/local" });
    expect(imports).toContainEqual({ from: "wasm/module", to: "@assemblyscript/loader" });
    expect(imports).toContainEqual({ from: "index", to: "losses/cross-entropy" });
    expect(imports).toContainEqual({ from: "cli/seams", to: "bench/measure" });
    expect(imports).toContainEqual({ from: "cli/tables/parquet", to: "hyparquet-writer" });
    expect(specifiersIn('import "a";\nimport type { B } from "b";\nexport * from "c";\nawait import("d");\n// from "e"')).toEqual(
      ["a", "b", "c", "d"],
    );
  });

  it("imports only what the table allows", () => {
    const violations = imports.filter(({ from, to }) => {
      const allowed = SRC[layerOf(from)] ?? [];
      const isOwn = layerOf(to) === layerOf(from) && files.includes(to);
      return !isOwn && !allowed.includes(to) && !(files.includes(to) && allowed.includes(layerOf(to))) && !isGenerated(from, to);
    });
    expect(violations.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("has what is no dependency of the package in one file alone, into which the build puts it", () => {
    expect(imports.filter(({ to }) => to === "d3-scale").map(({ from }) => from)).toEqual(["report/page/svg/scales"]);
    const built = readFileSync(join(ROOT, "build/report/page/svg/scales.js"), "utf8");
    expect(specifiersIn(built)).toEqual([]);
    expect(built.includes("Mike Bostock")).toBe(true);
  });

  it("allows nothing that is not used: the table says what is", () => {
    const unused = Object.entries(SRC).flatMap(([layer, allowed]) => {
      const used = imports.filter(({ from }) => layerOf(from) === layer).flatMap(({ to }) => [to, layerOf(to)]);
      return allowed.filter((name) => !used.includes(name)).map((name) => `${layer}: ${name}`);
    });
    // errors is open to all
    expect(unused.filter((entry) => !entry.endsWith(": errors"))).toEqual([]);
  });

  it("imports neither test nor bench nor anything else outside src", () => {
    const outside = imports.filter(({ to }) => to.startsWith("../") || to.startsWith("/"));
    expect(outside).toEqual([]);
    // and what it names is there
    const missing = imports.filter(({ from, to }) => !isPackage(to) && !files.includes(to) && !isGenerated(from, to));
    expect(missing).toEqual([]);
  });

  it("leaves the reference alone, which imports nothing and which nothing imports", () => {
    expect(imports.filter(({ to }) => layerOf(to) === "reference").filter(({ from }) => layerOf(from) !== "reference")).toEqual(
      [],
    );
  });

  it("has no cycles", () => {
    expect(cycleIn(imports)).toEqual([]);
  });

  it("has index files that re-export and do nothing else", () => {
    for (const path of files.filter((file) => /(^|\/)index$/.test(file))) {
      const text = readFileSync(join(ROOT, "src", `${path}.ts`), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
      const rest = text.replace(/export\s+(type\s+)?(\*|\{[^}]*\})\s+from\s+"[^"]+";/g, "").trim();
      expect(rest, path).toBe("");
    }
  });
});

describe("assembly", () => {
  const imports = importsOf("assembly");

  it("imports downward only", () => {
    const upward = imports.filter(({ from, to }) => {
      const [above, below] = [ASSEMBLY.indexOf(layerOf(from)), ASSEMBLY.indexOf(layerOf(to))];
      return above < 0 || below < 0 || below > above;
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

function isPackage(name: string): boolean {
  return /^(node:|@|#|hyparquet|d3-scale$)/.test(name);
}

function isGenerated(from: string, to: string): boolean {
  return layerOf(from) === "wasm" && to.startsWith("wasm/generated/");
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
