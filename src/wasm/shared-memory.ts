/**
 * The same kernels for a shared memory. The import section of a module declares whether its memory is shared, and the module
 * links with no other kind; the code is the same. So the bytes of one build serve both: importSharedMemory rewrites the limits of
 * the one memory import from "any size" to "shared, at most 65536 pages".
 */
import { type Bytes, concat, leb, readLeb } from "./bytes.js";

const IMPORT_SECTION = 2;
const MEMORY_KIND = 2;
const SHARED_WITH_MAXIMUM = 3;
/** 65536 in LEB128. */
const MAXIMUM_PAGES = [0x80, 0x80, 0x04];

/** Copies a module whose only import is an unshared memory without a maximum; the copy imports a shared one instead. */
export function importSharedMemory(bytes: Uint8Array): Bytes {
  let at = 8; // after the magic number and the version
  while (at < bytes.length) {
    const id = bytes[at];
    const [size, start] = readLeb(bytes, at + 1);
    if (id === IMPORT_SECTION) {
      const content = bytes.slice(start, start + size);
      const rewritten = rewriteImport(content);
      return concat([bytes.slice(0, at), [IMPORT_SECTION], leb(rewritten.length), rewritten, bytes.slice(start + size)]);
    }
    at = start + size;
  }
  throw new Error("wasm-cross-entropy: the kernels import no memory");
}

/** count = 1, module name, field name, kind = memory, flags = 0, minimum  ->  ... flags = 3, minimum, maximum */
function rewriteImport(content: Uint8Array): Uint8Array {
  const [moduleLength, moduleStart] = readLeb(content, 1);
  const [fieldLength, fieldStart] = readLeb(content, moduleStart + moduleLength);
  const kind = fieldStart + fieldLength;
  if (content[0] !== 1 || content[kind] !== MEMORY_KIND || content[kind + 1] !== 0) {
    throw new Error("wasm-cross-entropy: expected one import, an unshared memory without a maximum");
  }
  return concat([content.slice(0, kind + 1), [SHARED_WITH_MAXIMUM], content.slice(kind + 2), MAXIMUM_PAGES]);
}
