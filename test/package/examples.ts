/**
 * Examples in docstrings and in Markdown, as programs that say of each `// => value` what came out.
 *
 * ```ts
 * sum([1, 2]); // => 3                      an expression
 * const mean = sum([1, 2]) / 2; // => 1.5   a declaration: the variable
 * sum(null); // throws TypeError: text      an error, its class and its whole message
 * ```
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Example {
  /** File and line, for messages. */
  readonly where: string;
  readonly code: string;
  /** The built module whose exports are in scope without an import: the one that a docstring stands in. */
  readonly home?: string;
}

/** What a program reports of one statement: the text after the arrow, and the value or error as expectations compare it. */
export interface Outcome {
  readonly line: number;
  readonly kind: "value" | "throws";
  readonly expected: string;
  readonly actual: Shown;
}

/** A value without what JSON cannot say: numbers as text, arrays of any type as lists. */
export type Shown =
  | { readonly number: string }
  | { readonly list: readonly Shown[] }
  | { readonly object: Readonly<Record<string, Shown>> }
  | { readonly text: string }
  | { readonly error: string };

/** Every `@example` of the docstrings below src. */
export function docstringExamples(): Example[] {
  const paths = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return paths.sort().flatMap((path) => {
    const text = readFileSync(join(ROOT, "src", path), "utf8");
    return Array.from(text.matchAll(/\/\*\*[\s\S]*?\*\//g)).flatMap((comment) => {
      const firstLine = text.slice(0, comment.index).split("\n").length;
      return examplesIn(plainLines(comment[0])).map(({ line, code }) => ({
        where: `src/${path}:${firstLine + line}`,
        code,
        home: join(ROOT, "build", path.replace(/\.ts$/, ".js")),
      }));
    });
  });
}

/** The `ts` and `js` blocks of a Markdown file that state a value; others show calls of other packages. */
export function markdownExamples(path: string): Example[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  return Array.from(text.matchAll(/^```(?:ts|js|typescript|javascript)\n([\s\S]*?)^```/gm)).flatMap((block) => {
    const code = block[1] as string;
    return /\/\/ (=>|throws) /.test(code) ? [{ where: `${path}:${text.slice(0, block.index).split("\n").length}`, code }] : [];
  });
}

/** Whether it needs more than this package and Node. `npm run test:packaging` runs those that do. */
export function usesOtherPackages({ code }: Example): boolean {
  return /\bfrom "(?!wasm-cross-entropy|node:)/.test(code);
}

/** A docstring without its stars. */
function plainLines(comment: string): string[] {
  return comment
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""));
}

/** What follows `@example` up to the next tag: what is in its code fences, or all of it where there are none. */
function examplesIn(lines: readonly string[]): { line: number; code: string }[] {
  return lines.flatMap((text, start) => {
    if (!/^@example\b/.test(text)) return [];
    const end = lines.findIndex((later, i) => i > start && /^@\w/.test(later));
    const body = lines.slice(start + 1, end < 0 ? lines.length : end);
    const fenced = Array.from(body.join("\n").matchAll(/^```\w*\n([\s\S]*?)^```/gm), (match) => match[1] as string);
    return [{ line: start + 1, code: fenced.length > 0 ? fenced.join("\n") : body.join("\n") }];
  });
}

/** One statement of an example, on the lines that it takes, and what is said of it. */
interface Statement {
  readonly line: number;
  readonly code: string;
  readonly kind?: "value" | "throws";
  readonly expected?: string;
}

/** Statements end with a semicolon or a closing brace outside all brackets; what is said of one stands behind its end. */
export function statementsOf(code: string): Statement[] {
  const statements: Statement[] = [];
  let pending: string[] = [];
  for (const [line, text] of code.split("\n").entries()) {
    const comment = /(?:^|\s)\/\/ ?(?:(=>|throws) )?(.*)$/.exec(text);
    const bare = comment ? text.slice(0, comment.index) : text;
    pending.push(bare);
    const joined = pending.join("\n").trim();
    const isStated = comment?.[1] !== undefined;
    if (joined === "" && !isStated) continue;
    if (depthOf(joined) > 0 || !/[;}]$/.test(joined)) {
      if (isStated) throw new SyntaxError(`line ${line + 1}: a value is stated, but no statement ends there: ${text}`);
      continue;
    }
    const stated = isStated ? { kind: comment[1] === "throws" ? ("throws" as const) : ("value" as const) } : {};
    statements.push({ line: line + 1, code: joined, ...stated, ...(isStated ? { expected: comment?.[2] as string } : {}) });
    pending = [];
  }
  if (pending.join("").trim() !== "") throw new SyntaxError(`a statement without an end: ${pending.join("\n").trim()}`);
  return statements;
}

/** Brackets still open; those in strings do not count. */
function depthOf(code: string): number {
  const bare = code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '""');
  return (bare.match(/[([{]/g) ?? []).length - (bare.match(/[)\]}]/g) ?? []).length;
}

/**
 * The example as a module that exports its outcomes. `urlOf` gives the address of the module that a name of the package
 * stands for; `inScope` are the names that need no import.
 */
export function programOf(example: Example, urlOf: (name: string) => string, inScope: readonly string[]): string {
  const statements = statementsOf(example.code);
  const hasImports = statements.some(({ code }) => code.startsWith("import "));
  const lines = ["export const outcomes = [];", SHOW];
  if (example.home !== undefined && !hasImports) {
    const used = inScope.filter((name) => new RegExp(`\\b${name}\\b`).test(example.code));
    if (used.length > 0) lines.push(`import { ${used.join(", ")} } from ${JSON.stringify(urlOf(example.home))};`);
  }
  for (const { line, code, kind, expected } of statements) {
    const imported = code.replace(/(\bfrom\s*)"(wasm-cross-entropy[^"]*)"/, (_, from: string, name: string) => {
      return `${from}${JSON.stringify(urlOf(name))}`;
    });
    const expression = code.replace(/;$/, "");
    const record = (actual: string) =>
      `outcomes.push({ line: ${line}, kind: "${kind}", expected: ${JSON.stringify(expected)}, actual: ${actual} });`;
    const declared = /^(?:const|let|var)\s+(\w+)\b/.exec(code)?.[1];
    if (kind === undefined) lines.push(imported);
    else if (kind === "throws") {
      lines.push(`try { ${record(`show(await (${expression}))`)} } catch (error) { ${record("{ error: String(error) }")} }`);
    } else if (declared !== undefined) lines.push(imported, record(`show(${declared})`));
    else lines.push(record(`show(await (${expression}))`));
  }
  return lines.join("\n");
}

/** What a program states, or why it did not come to an end. */
export type Result = readonly Outcome[] | { readonly failure: string };

/** A program whose last line of output is the results of `0.mjs` to `count - 1.mjs` beside it, in JSON. */
export function runnerOf(count: number): string {
  return `
    const results = [];
    for (let i = 0; i < ${count}; i++) {
      try {
        results.push((await import("./" + i + ".mjs")).outcomes);
      } catch (error) {
        results.push({ failure: String(error) });
      }
    }
    console.log(JSON.stringify(results));
  `;
}

export function resultsIn(output: string): Result[] {
  return JSON.parse(output.trimEnd().split("\n").at(-1) as string);
}

/** What is wrong with a result, by line of the example. */
export function faultsIn(result: Result): string[] {
  if ("failure" in result) return [result.failure];
  if (result.length === 0) return ["an example that states no value"];
  return result.flatMap((outcome) => {
    const fault = mismatch(outcome);
    return fault === undefined ? [] : [`line ${outcome.line} ${fault}`];
  });
}

const SHOW = `
function show(value) {
  if (typeof value === "number") return { number: Object.is(value, -0) ? "-0" : String(value) };
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return { list: Array.from(value, show) };
  if (typeof value === "object" && value !== null) {
    return { object: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, show(member)])) };
  }
  return { text: typeof value === "string" ? JSON.stringify(value) : String(value) };
}`;

/** What is wrong with an outcome, or nothing. */
export function mismatch({ kind, expected, actual }: Outcome): string | undefined {
  if (kind === "throws") {
    return "error" in actual && actual.error === expected.trim() ? undefined : `throws ${textOf(actual)}, not ${expected}`;
  }
  const reader = new ExpectationReader(expected);
  const fits = reader.matches(actual) && reader.isAtEnd();
  return fits ? undefined : `gives ${textOf(actual)}, not ${expected}`;
}

function textOf(shown: Shown): string {
  if ("number" in shown) return shown.number;
  if ("text" in shown) return shown.text;
  if ("error" in shown) return shown.error;
  if ("list" in shown) return `[${shown.list.map(textOf).join(", ")}]`;
  return `{ ${Object.entries(shown.object)
    .map(([name, member]) => `${name}: ${textOf(member)}`)
    .join(", ")} }`;
}

/**
 * Reads `3`, `[1.5, NaN]`, `Float32Array [1, 2]`, `{ value: 1, grad: [0, ...] }`, `"text"`, `true` and compares on the way.
 * `...` stands for anything that follows. After the value there may be a remark in parentheses.
 */
class ExpectationReader {
  #rest: string;

  constructor(text: string) {
    this.#rest = text.trim();
  }

  isAtEnd(): boolean {
    return this.#rest === "" || /^\(.*\)$/.test(this.#rest);
  }

  matches(actual: Shown): boolean {
    if (this.#take(/^(?:\w+Array(?:\(\d+\))? )?\[/)) return "list" in actual && this.#matchesList(actual.list);
    if (this.#take(/^\{/)) return "object" in actual && this.#matchesObject(actual.object);
    const number = this.#take(/^[-+]?(?:Infinity|NaN|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])/);
    if (number !== undefined) return "number" in actual && isPrintedAs(Number(actual.number), number);
    const text = this.#take(/^(?:"(?:[^"\\]|\\.)*"|true|false|undefined|null|-?\d+n)/);
    return text !== undefined && "text" in actual && actual.text === text;
  }

  #matchesList(list: readonly Shown[]): boolean {
    for (let i = 0; ; i++) {
      if (this.#take(/^\]/)) return i === list.length;
      if (this.#take(/^(?:\.\.\.|…)\s*\]/)) return true;
      const item = list[i];
      if (item === undefined || !this.matches(item)) return false;
      this.#take(/^,/);
    }
  }

  #matchesObject(object: Readonly<Record<string, Shown>>): boolean {
    const named = new Set<string>();
    for (;;) {
      if (this.#take(/^\}/)) return named.size === Object.keys(object).length;
      if (this.#take(/^(?:\.\.\.|…)\s*\}/)) return true;
      const name = this.#take(/^\w+/);
      const member = name === undefined ? undefined : object[name];
      if (name === undefined || member === undefined || !this.#take(/^:/) || !this.matches(member)) return false;
      named.add(name);
      this.#take(/^,/);
    }
  }

  /** What the pattern finds at the start, which is then passed. */
  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#rest)?.[0];
    if (found !== undefined) this.#rest = this.#rest.slice(found.length).trimStart();
    return found;
  }
}

/**
 * Whether a value is within one unit of the last printed digit, by which the two builds may differ; whole numbers are meant
 * within 1e-7 of themselves.
 */
export function isPrintedAs(value: number, printed: string): boolean {
  const text = printed.replaceAll("_", "");
  const expected = Number(text);
  if (!Number.isFinite(expected) || !Number.isFinite(value)) return Object.is(value, expected);
  const [, fraction, exponent] = /^[-+]?\d*(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const distance = Math.abs(value - expected);
  if (fraction === undefined) return distance <= 1e-7 * Math.abs(expected);
  // the decimal itself is rounded to a double on the way
  return distance <= 10 ** (Number(exponent ?? 0) - fraction.length) + Number.EPSILON * Math.abs(expected);
}
