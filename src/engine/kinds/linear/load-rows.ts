/** Loads rows of floats to an address of the memory, as f32, each padded with zeros to a multiple of a strip. */
import { isHalf } from "../../../half.js";
import { isFloat32 } from "../../../values.js";
import type { FloatArray } from "../../job.js";
import type { Workspace } from "../../tiles/workspace.js";

/** Elements of a strip (assembly/linear/gradients.ts); rows in the memory are multiples of it. */
const STRIP = 8;

/** Elements of a row of `width` elements with its padding. */
export function paddedWidth(width: number): number {
  return Math.ceil(width / STRIP) * STRIP;
}

/** The address of rows that the kernels can read where they are, else -1. */
export function rowsInPlace(workspace: Workspace, data: FloatArray, width: number): number {
  return width % STRIP === 0 && !isHalf(data) ? workspace.addressOf(data) : -1;
}

/** Loads `rows` adjacent rows, from element `start` of the data on. */
export function loadRows(
  workspace: Workspace,
  data: FloatArray,
  start: number,
  rows: number,
  width: number,
  address: number,
): void {
  const padded = paddedWidth(width);
  if (padded === width) {
    loadFloats(workspace, data, start, rows * width, address);
    return;
  }
  for (let r = 0; r < rows; r++) loadFloats(workspace, data, start + r * width, width, address + r * padded * 4);
  clearPadding(workspace, rows, width, address);
}

/** Writes zeros behind each of the rows at an address. */
export function clearPadding(workspace: Workspace, rows: number, width: number, address: number): void {
  const padded = paddedWidth(width);
  if (padded === width) return;
  const floats = floatsAt(workspace, address, rows * padded);
  for (let r = 0; r < rows; r++) floats.fill(0, r * padded + width, (r + 1) * padded);
}

/** Copies elements of an array to an address, as they are. */
export function loadBytes(
  { memory }: Workspace,
  data: Int8Array | Uint8Array | Float32Array,
  start: number,
  count: number,
  address: number,
): void {
  const bytes = new Uint8Array(data.buffer, data.byteOffset + start * data.BYTES_PER_ELEMENT, count * data.BYTES_PER_ELEMENT);
  new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
}

/** Copies rows from an address, without their padding, to adjacent rows from element `start` of an array on. */
export function storeRows(
  workspace: Workspace,
  address: number,
  rows: number,
  width: number,
  out: Float32Array,
  start: number,
): void {
  const padded = paddedWidth(width);
  const floats = floatsAt(workspace, address, rows * padded);
  if (padded === width) workspace.copy(out, start, floats);
  else for (let r = 0; r < rows; r++) out.set(floats.subarray(r * padded, r * padded + width), start + r * width);
}

/** The memory at an address, as f32. */
export function floatsAt(workspace: Workspace, address: number, count: number): Float32Array {
  return new Float32Array(workspace.memory.buffer, address, count);
}

/** Loads `count` elements. 16-bit floats may write up to three elements past the range, and need 16 bytes there. */
export function loadFloats(workspace: Workspace, data: FloatArray, start: number, count: number, address: number): void {
  if (!isHalf(data)) {
    const target = floatsAt(workspace, address, count);
    const part = data.subarray(start, start + count);
    if (isFloat32(part)) workspace.copy(target, 0, part);
    else target.set(part);
    return;
  }
  const { kernels } = workspace;
  const widen = data.type === "float16" ? kernels.float16ToFloat32 : kernels.bfloat16ToFloat32;
  let words = workspace.addressOf(data) + start * 2;
  if (workspace.addressOf(data) < 0) {
    // to the end of the range that they are widened into
    words = address + Math.ceil(count / 8) * 16;
    workspace.copy(new Uint16Array(workspace.memory.buffer, words, count), 0, data.words.subarray(start, start + count));
  }
  widen(words, count, address);
}
