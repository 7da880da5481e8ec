/**
 * What a value is, whichever realm made it. Typed arrays, buffers, modules, memories and signals of an iframe, a vm context or
 * Jest's sandbox have other prototypes than those here, so `instanceof` does not recognise them; their tags do.
 */

/** A `Float16Array`, recognised by its tag because older runtimes and type libraries lack the class. */
export interface Float16Data extends ArrayLike<number>, ArrayBufferView {
  readonly [Symbol.toStringTag]: "Float16Array";
}

/** The getter reads an internal slot, which no object can imitate. Undefined for anything but a typed array. */
const typedArrayTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as () => string | undefined;

/** "Float32Array" and so on; undefined for anything but a typed array. */
export function typedArrayName(value: unknown): string | undefined {
  const name = typedArrayTag.call(value);
  // a stand-in for a missing Float16Array is a Uint16Array with the other tag
  return name === "Uint16Array" && tagOf(value) === "Float16Array" ? "Float16Array" : name;
}

export function isFloat32(value: unknown): value is Float32Array {
  return typedArrayTag.call(value) === "Float32Array";
}

export function isFloat64(value: unknown): value is Float64Array {
  return typedArrayTag.call(value) === "Float64Array";
}

export function isFloat16(value: unknown): value is Float16Data {
  return typedArrayName(value) === "Float16Array";
}

export function isUint16(value: unknown): value is Uint16Array {
  return typedArrayName(value) === "Uint16Array";
}

export function isInt32(value: unknown): value is Int32Array {
  return typedArrayTag.call(value) === "Int32Array";
}

/** Pages without isolation do not have the class. */
const hasShared = typeof SharedArrayBuffer !== "undefined";

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

export function isSharedBuffer(buffer: unknown): buffer is SharedArrayBuffer {
  // the usual answers first: reading a tag takes 50 ns
  if (buffer instanceof ArrayBuffer) return false;
  return (hasShared && buffer instanceof SharedArrayBuffer) || tagOf(buffer) === "SharedArrayBuffer";
}

export function isArrayBuffer(buffer: unknown): buffer is ArrayBuffer {
  return buffer instanceof ArrayBuffer || tagOf(buffer) === "ArrayBuffer";
}

export function isMemory(value: unknown): value is WebAssembly.Memory {
  return tagOf(value) === "WebAssembly.Memory";
}

export function isModule(value: unknown): value is WebAssembly.Module {
  return tagOf(value) === "WebAssembly.Module";
}

export function isUrl(value: unknown): value is URL {
  return tagOf(value) === "URL";
}

export function isSignal(value: unknown): value is AbortSignal {
  return tagOf(value) === "AbortSignal";
}

/** Whether an object is the Object.prototype of some realm. */
function isObjectPrototype(value: object): boolean {
  return Object.getPrototypeOf(value) === null && Object.hasOwn(value, "isPrototypeOf");
}

/**
 * `object[name]`, own or inherited from a class. What someone added to Object.prototype does not count.
 */
export function fieldOf<T extends object, Name extends keyof T & string>(object: T, name: Name): T[Name] | undefined {
  return name in Object.prototype ? fieldBelowRoot(object, name) : object[name];
}

/** The same, also if another realm's Object.prototype has the name. */
export function fieldBelowRoot<T extends object, Name extends keyof T & string>(object: T, name: Name): T[Name] | undefined {
  for (let at: object | null = object; at !== null && !isObjectPrototype(at); at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return object[name];
  }
  return undefined;
}
