/**
 * Detects SIMD, or relaxed SIMD, with a module of one function that uses one of its instructions:
 *
 * ```wat
 * (module
 *   (func (param v128) (result v128)
 *     local.get 0  local.get 0  local.get 0  f32x4.relaxed_madd))
 * ```
 *
 * Validating the relaxed build would do as well, but reads all of it: half a millisecond of a first call on Node 20,
 * which does not support it.
 */
import type { Bytes } from "./bytes.js";

const probe = (...instruction: number[]): Bytes =>
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
    ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7b, 0x01, 0x7b], // types: (v128) -> v128
    ...[0x03, 0x02, 0x01, 0x00], // functions: one, of type 0
    ...[0x0a, instruction.length + 4, 0x01, instruction.length + 2, 0x00], // code: one body, no locals
    ...[...instruction, 0x0b], // end
  );

let relaxed: boolean | undefined;

/** Whether this runtime has relaxed SIMD; probed once. */
export function hasRelaxedSimd(): boolean {
  // local.get 0, three times; f32x4.relaxed_madd
  relaxed ??= WebAssembly.validate(probe(0x20, 0x00, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x85, 0x02));
  return relaxed;
}

/** Whether this runtime has the SIMD that a build needs. */
export function hasSimd(isRelaxed: boolean): boolean {
  // local.get 0; f32x4.abs
  return isRelaxed ? hasRelaxedSimd() : WebAssembly.validate(probe(0x20, 0x00, 0xfd, 0xe0, 0x01));
}
