// After tsc: copies the documentation of each plain function to the engines' methods of that name and to its overloads, so that
// an editor shows it at every call. The deterministic entry is declared as re-exports of the plain functions.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const pathOf = (name) => fileURLToPath(new URL(`../build/${name}.d.ts`, import.meta.url));
const read = (name) => readFileSync(pathOf(name), "utf8");

/** `export { names } from "./file.js"` of an entry, as [name, file] pairs. */
function exportsOf(entry) {
  const lists = read(entry).matchAll(/^export \{([^}]*)\} from "\.\/([^"]+)\.js";/gm);
  return Array.from(lists, ([, names, file]) => names.split(",").map((name) => [name.trim(), file])).flat();
}

/** Matches the declarations of a function, each with the comment before it if there is one. */
const declarations = (name) => new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?^export declare function ${name}[<(]`, "gm");

const files = new Map(exportsOf("index"));

/** Returns the comment of a plain function, after adding it to the overloads that have none. */
function documentationOf(name) {
  const file = files.get(name);
  if (file === undefined) throw new Error(`index exports no ${name}`);
  const text = read(file);
  const comment = declarations(name).exec(text)?.[1];
  if (comment === undefined) throw new Error(`${file}: ${name} has no documentation`);
  const documented = text.replace(declarations(name), (declared, own) => (own === undefined ? comment + declared : declared));
  writeFileSync(pathOf(file), documented);
  return comment;
}

const text = read("functions");
const start = text.indexOf("export interface FunctionsOf");
const end = text.indexOf("\n}\n", start);
const comments = new Map();
const members = text.slice(start, end).replace(/^ {4}(\w+)[<(]/gm, (member, name) => {
  if (!comments.has(name)) comments.set(name, documentationOf(name));
  return comments.get(name).replace(/^(?=.)/gm, "    ") + member;
});
writeFileSync(pathOf("functions"), text.slice(0, start) + members + text.slice(end));

const names = [...comments.keys(), ...exportsOf("deterministic").map(([name]) => name)];
writeFileSync(pathOf("deterministic"), `export { ${names.join(", ")} } from "./index.js";\n`);
