/**
 * Index of the first byte in which two arrays of one length in bytes differ, or that length. Compares words where both arrays start
 * at one: a loop over bytes, or over elements of any type of array, takes several times as long.
 */
export function firstDifferentByte(a: ArrayBufferView, b: ArrayBufferView): number {
  const length = b.byteLength;
  let at = 0;
  if (a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0) {
    const count = length >> 2;
    const got = new Int32Array(a.buffer, a.byteOffset, count);
    const want = new Int32Array(b.buffer, b.byteOffset, count);
    let word = 0;
    while (word < count && got[word] === want[word]) word++;
    at = 4 * word;
  }
  const got = new Uint8Array(a.buffer, a.byteOffset, length);
  const want = new Uint8Array(b.buffer, b.byteOffset, length);
  while (at < length && got[at] === want[at]) at++;
  return at;
}
