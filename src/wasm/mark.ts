/**
 * A custom section at the end of a module, which says that it has the kernels of this version, and which build of them. So a module
 * that a user or another thread gives is recognised, and any other is refused.
 */
import { wrongType, wrongValue } from "../errors.js";
import { isModule } from "../values.js";
import { version } from "../version.js";
import { type Bytes, concat, leb } from "./bytes.js";
import type { KernelSet } from "./kernel-sets.js";
import type { Variant } from "./kernel-text.js";

const SECTION = "wasm-cross-entropy";
const WHOLE = 3;

/** The same module with the mark. */
export function marked(bytes: Uint8Array, variant: Variant, { length }: KernelSet): Bytes {
  const encoded = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const content = concat([leb(SECTION.length), encoded(SECTION), encoded(`${version} ${variant} ${length}`)]);
  return concat([bytes, [0], leb(content.length), content]);
}

/**
 * The build of a module that was given.
 *
 * @throws TypeError for anything but a module, RangeError for a module without the kernels of this version.
 */
export function variantOf(name: string, module: unknown): Variant {
  if (!isModule(module)) throw wrongType(name, "a WebAssembly.Module", module);
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  const mark = section === undefined ? "" : String.fromCharCode(...new Uint8Array(section));
  const [of, variant, sets] = mark.split(" ");
  const isWhole = sets === `${WHOLE}` && (variant === "plain" || variant === "relaxed");
  if (of === version && isWhole) return variant;
  const got = isWhole ? `those of version ${of}` : "another module";
  throw wrongValue(name, `the kernels of wasm-cross-entropy ${version} (kernels-plain.wasm or kernels-relaxed.wasm)`, got);
}
