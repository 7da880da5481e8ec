/**
 * Writes the TypeScript interface of the kernels: asc's signatures, each with the first paragraph of its docstring in assembly/,
 * and the kinds of elementLoss.
 */

/** A function as asc declares it (`bindings: raw`): a comment that begins with its file and name, then its signature. */
const DECLARATION = /\/\*\*\s*\* (assembly\/\S+)\/(\w+)\s[\s\S]*?\*\/\s*export function (\w+)(\(.*\): \w+);/g;

/**
 * @param {string} declarations the output of asc for `bindings: raw`
 * @param {(file: string) => string} read a file of assembly/
 * @throws Error for a kernel without a docstring
 */
export function kernelTypes(declarations, read) {
  const members = Array.from(declarations.matchAll(DECLARATION), ([, file = "", inner = "", name = "", signature = ""]) => {
    const doc = `${firstParagraph(read(`${file}.ts`), inner)} (${file}.ts)`;
    // callers use the instance's own functions, without asc's wrapper, so a bool is a number
    return `  /** ${doc} */\n  ${name}${signature.replaceAll("boolean", "number")};\n`;
  });
  const head = `/**
 * The module's exports, written by scripts/build-wasm.mjs. Pointers are byte offsets in the memory that the instance was made with;
 * what a kernel reads and writes is at the head of its file.
 */
`;
  const kinds = Array.from(
    read("assembly/losses/elements.ts").matchAll(/^const (\w+): i32 = (\d+);$/gm),
    ([, name, number]) => `export const ${name} = ${number};\n`,
  );
  return `${head}export interface Kernels {\n${members.join("")}}\n\n// the kinds of elementLoss\n${kinds.join("")}`;
}

/** @param {string} source @param {string} name of a function in it */
function firstParagraph(source, name) {
  const [before] = source.split(`export function ${name}(`);
  const [, doc] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:\/\/.*\n|@\w+\n)*$/.exec(/** @type {string} */ (before)) ?? [];
  // the header of the file does not count as a docstring
  if (doc === undefined || before?.startsWith(`/**${doc}*/`)) throw new Error(`kernel-types.mjs: ${name} has no docstring`);
  const [paragraph] = /** @type {[string]} */ (
    doc
      .replace(/^ *\* ?/gm, "")
      .trim()
      .split("\n\n")
  );
  return paragraph.replace(/\s+/g, " ");
}
