/**
 * Detects relaxed SIMD with a module of one function that uses one of its instructions:
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
const PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7b, 0x01, 0x7b], // types: (v128) -> v128
  ...[0x03, 0x02, 0x01, 0x00], // functions: one, of type 0
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00], // code: one body of 11 bytes, no locals
  ...[0x20, 0x00, 0x20, 0x00, 0x20, 0x00], // local.get 0, three times
  ...[0xfd, 0x85, 0x02, 0x0b], // f32x4.relaxed_madd, end
);

let relaxed: boolean | undefined;

/** Whether this runtime has relaxed SIMD; probed once. */
export function hasRelaxedSimd(): boolean {
  relaxed ??= WebAssembly.validate(PROBE);
  return relaxed;
}
