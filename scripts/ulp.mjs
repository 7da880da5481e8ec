// Finds the greatest errors of the kernels' f32 functions over every float of their ranges. Runs the probes
// (assembly/math/probes.ts) of build/wasm/kernels-plain.wasm and kernels-relaxed.wasm, and compares them with Math.exp and
// Math.log in f64 (within 1 ulp of f64, 2e-9 ulp of f32).
//
// An ulp is the distance of neighbouring f32 at the true value: 2^(e - 23) for 2^e <= |y| < 2^(e + 1), 2^-149 below 2^-126.
// Correct rounding has an error of at most 0.5.
//
// Run:  npm run build && node scripts/ulp.mjs [--every N]
// --every N takes only every Nth float (a prime, say 101, for a quick look). All 5 billion floats take some minutes.
// Relaxed SIMD needs Node >= 22, or `node --experimental-wasm-relaxed-simd` on Node 20; without it that build is skipped.
import { readFileSync } from "node:fs";

const CHUNK = 16384;

/** Ranges by the bits of their first and last float; the integers between are the bits of the floats between. */
const RANGES = [
  // assembly/math/exp.ts, for differences x - max of rows
  ...ranges("expLanes", Math.exp, [-0, -1, -10, -87.34]),
  // assembly/math/exp-single.ts, for losses with one value per element
  ...ranges("expSingle", Math.exp, [-0, -1, -10, -87.33]),
  ...ranges("expSingle", Math.exp, [0, 1, 10, 88.37]),
  // assembly/math/log-single.ts; the first range is that of subnormal numbers
  ...ranges("logSingle", Math.log, [1.401298464324817e-45, 2 ** -126, 0.5, 2, 2 ** 103.9]),
];

const every = everyOption(process.argv.slice(2));
const builds = ["plain", "relaxed"].flatMap((name) => {
  const bytes = readFileSync(new URL(`../build/wasm/kernels-${name}.wasm`, import.meta.url));
  if (WebAssembly.validate(bytes)) return [start(name, bytes)];
  console.log(`${name}: left out, this runtime (Node ${process.versions.node}) has no relaxed SIMD`);
  return [];
});

// 1 / ulp for each exponent field of an f64
const inverseUlp = Float64Array.from({ length: 2048 }, (_, field) => 2 ** (23 - Math.max(field - 1023, -126)));
const wanted = new Float64Array(CHUNK);
const wantedBits = new Int32Array(wanted.buffer);

const began = performance.now();
let scanned = 0;
for (const [index, range] of RANGES.entries()) {
  for (let bits = range.first; bits <= range.last; bits += CHUNK * every) {
    const count = Math.min(CHUNK, Math.floor((range.last - bits) / every) + 1);
    scan(bits, count, range, index);
    scanned += count;
  }
  for (const { name, worst } of builds) console.log(line(name, range, worst[index]));
}
const seconds = (performance.now() - began) / 1000;
console.log(`${scanned.toLocaleString("en")} floats a build, ${seconds.toFixed(1)} s, Node ${process.versions.node}`);

/** One range between each two neighbouring limits. Limits run away from 0; the first one belongs to the first range. */
function ranges(kernel, exact, limits) {
  return limits.slice(1).map((end, i) => {
    const from = limits[i];
    const name = `${kernel} ${from < 0 || Object.is(from, -0) ? `[${end}, ${from})` : `(${from}, ${end}]`}`;
    return { kernel, exact, name, first: i === 0 ? bitsOf(from) : bitsOf(from) + 1, last: bitsOf(end) };
  });
}

function start(name, bytes) {
  const memory = new WebAssembly.Memory({ initial: 5 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return {
    name,
    exports,
    x: new Uint32Array(memory.buffer, 64, CHUNK),
    got: new Float32Array(memory.buffer, 64 + CHUNK * 4, CHUNK),
    scratch: 64 + CHUNK * 8,
    worst: RANGES.map(() => ({ error: -1, bits: 0, got: 0 })),
  };
}

/** Compares `count` floats with the bits `bits`, `bits + every`, ... */
function scan(bits, count, { kernel, exact }, range) {
  const { x } = builds[0];
  for (let i = 0; i < count; i++) x[i] = bits + i * every;
  const floats = new Float32Array(x.buffer, x.byteOffset, count);
  for (let i = 0; i < count; i++) wanted[i] = exact(floats[i]);
  for (const build of builds) {
    if (build.x !== x) build.x.set(x);
    build.exports[kernel](build.x.byteOffset, count, build.got.byteOffset, build.scratch);
    compare(build, count, range);
  }
}

function compare({ x, got, worst }, count, range) {
  let greatest = worst[range].error;
  let at = -1;
  for (let i = 0; i < count; i++) {
    const error = Math.abs(got[i] - wanted[i]) * inverseUlp[(wantedBits[2 * i + 1] >>> 20) & 2047];
    // not `>`: a NaN must get here too, and counts as an infinite error
    if (!(error <= greatest)) {
      greatest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
      at = i;
    }
  }
  if (at >= 0) worst[range] = { error: greatest, bits: x[at], got: got[at] };
}

function line(build, { name, exact }, { error, bits, got }) {
  const x = floatOf(bits);
  const hex = `0x${bits.toString(16)}`;
  const where = `x = ${x} (${hex}): got ${got}, exact ${exact(x)}`;
  return `${build.padEnd(8)} ${name.padEnd(36)} ${error.toFixed(4).padStart(8)} ulp at ${where}`;
}

function bitsOf(x) {
  return new Uint32Array(Float32Array.of(x).buffer)[0];
}

function floatOf(bits) {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}

function everyOption(argv) {
  if (argv.length === 0) return 1;
  const value = Number(argv[1]);
  if (argv.length !== 2 || argv[0] !== "--every" || !Number.isInteger(value) || value < 1) {
    console.error("usage: node scripts/ulp.mjs [--every N], N a whole number >= 1");
    process.exit(2);
  }
  return value;
}
