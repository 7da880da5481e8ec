/**
 * Puts the functions of both builds of the kernels in the same order: those of the cross-entropy, then those that the other losses
 * need besides, and so on. The bodies of each set of kernels are then the beginning of each build, and calls use the same indices
 * in both builds, which makes most bodies equal (src/wasm/kernel-text.ts).
 */
import binaryen from "assemblyscript/binaryen";

// asc sets these in its own thread: without them the binaries are a little longer
binaryen.setGenerateStackIR(true);
binaryen.setOptimizeStackIR(true);

/**
 * @typedef {object} ParsedModule the parts of a module's text, as asc prints it
 * @property {string[]} imports
 * @property {Map<string, string>} exports names to functions
 * @property {Map<string, string>} functions names to texts
 */

/** @param {string} text @returns {ParsedModule} */
function parseModule(text) {
  // top-level items are indented by one space
  const [, ...parts] = text.split(/^ (?=\()/m);
  const imports = parts.filter((part) => part.startsWith("(import"));
  /** @type {Map<string, string>} */
  const exports = new Map();
  /** @type {Map<string, string>} */
  const functions = new Map();
  for (const part of parts) {
    const [, exported, of] = /^\(export "(\w+)" \(func \$([^\s)]+)\)\)/.exec(part) ?? [];
    if (exported && of) exports.set(exported, of);
    const [, name] = /^\(func \$([^\s)]+)/.exec(part) ?? [];
    // the last function is followed by the module's closing parenthesis
    if (name) functions.set(name, part.replace(/^\)\n?/m, ""));
  }
  return { imports, exports, functions };
}

/**
 * The functions that some exports need, directly or indirectly.
 *
 * @param {ParsedModule} module
 * @param {readonly string[]} names
 */
function needed({ exports, functions }, names) {
  /** @type {Set<string>} */
  const found = new Set();
  /** @param {string} name */
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, called] of functions.get(name)?.matchAll(/\bcall \$([^\s)]+)/g) ?? []) visit(/** @type {string} */ (called));
  };
  for (const name of names) {
    const of = exports.get(name);
    if (of === undefined) throw new Error(`kernel-order.mjs: no kernel is called ${name}`);
    visit(of);
  }
  return found;
}

/**
 * @param {ParsedModule} module
 * @param {readonly [name: string, text: string][]} functions
 * @returns {Uint8Array}
 */
function assembled({ imports, exports }, functions) {
  const here = new Set(functions.map(([name]) => name));
  const exported = [...exports].filter(([, of]) => here.has(of)).map(([name, of]) => `(export "${name}" (func $${of}))`);
  const module = binaryen.parseText(`(module\n${[...imports, ...exported, ...functions.map(([, text]) => text)].join("\n")}\n)`);
  module.setFeatures(binaryen.Features.All);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/**
 * Assembles each build once per set of kernels, each set with all sets before it.
 *
 * @param {Record<"plain" | "relaxed", string>} texts of the builds as asc prints them
 * @param {readonly (readonly string[])[]} sets the exports of each set that no earlier set has
 * @returns {Record<"plain" | "relaxed", Uint8Array[]>}
 */
export function inOneOrder(texts, sets) {
  const modules = { plain: parseModule(texts.plain), relaxed: parseModule(texts.relaxed) };
  const both = [modules.plain, modules.relaxed];
  /** @type {Set<string>} */
  const order = new Set();
  const sizes = sets.map((names) => {
    for (const module of both) for (const name of needed(module, names)) order.add(name);
    return order.size;
  });
  // a function that one build has inlined is kept there as a stub, which nothing calls
  const signatures = new Map(
    both.flatMap(({ functions }) => [...functions].map(([name, text]) => [name, text.split("\n", 1)[0]])),
  );
  const built = (/** @type {ParsedModule} */ module) => {
    const functions = Array.from(order, (name) => {
      const text = module.functions.get(name) ?? `${signatures.get(name)}\n unreachable)`;
      return /** @type {[string, string]} */ ([name, text]);
    });
    return sizes.map((size) => assembled(module, functions.slice(0, size)));
  };
  return { plain: built(modules.plain), relaxed: built(modules.relaxed) };
}
