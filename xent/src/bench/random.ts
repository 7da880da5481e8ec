/** Seeded random numbers: every run has the same input, so runs differ only by the machine's noise. */

/**
 * Mulberry32 (Tommy Ettinger): 32 bits of state, good enough for bench inputs.
 * @returns a generator of uniform numbers in [0, 1)
 */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/** Fills an array from N(0, deviation) with the Box-Muller transform: two normals from two uniforms. */
export function fillNormal(array: Float32Array, deviation: number, random: () => number): void {
  for (let i = 0; i < array.length; i += 2) {
    // 1 - u is in (0, 1], so the log stays finite
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    array[i] = radius * Math.cos(angle);
    if (i + 1 < array.length) array[i + 1] = radius * Math.sin(angle);
  }
}
