// The greatest error of the kernels' exp (assembly/math/exp.ts) over every float of its range: runs `expLanes` of the built
// build/wasm/kernels-plain.wasm and kernels-relaxed.wasm on all f32 in [-87.34, 0], -0 included, and compares with Math.exp
// in f64 (itself within 1 ulp of f64, 2e-9 ulp of f32).
//
// An ulp is the distance of neighbouring f32 at the true value: 2^(e - 23) for 2^e <= exp(x) < 2^(e + 1), 2^-149 below 2^-126.
// 0.5 would be correct rounding.
//
// Run:  npm run build && node scripts/exp-ulp.mjs [--every N]
// --every N takes every Nth float only (a prime, say 101, for a quick look). All 1.12 billion floats take under a minute.
// Relaxed SIMD needs Node >= 22, or `node --experimental-wasm-relaxed-simd` on Node 20; without it that build is left out.
import { readFileSync } from "node:fs";

const LOWEST = -87.34;
const CHUNK = 16384;
const RANGES = [
  { name: "[-1, 0]", from: 0 },
  { name: "[-10, -1)", from: 1 },
  { name: "[-87.34, -10)", from: 10 },
];

const every = everyOption(process.argv.slice(2));
const builds = ["plain", "relaxed"].flatMap((name) => {
  const bytes = readFileSync(new URL(`../build/wasm/kernels-${name}.wasm`, import.meta.url));
  if (WebAssembly.validate(bytes)) return [start(name, bytes)];
  console.log(`${name}: left out, this runtime (Node ${process.versions.node}) has no relaxed SIMD`);
  return [];
});

// an ulp's inverse for each exponent field of an f64
const inverseUlp = Float64Array.from({ length: 2048 }, (_, field) => 2 ** (23 - Math.max(field - 1023, -126)));
const wanted = new Float64Array(CHUNK);
const wantedBits = new Int32Array(wanted.buffer);

const began = performance.now();
let scanned = 0;
for (let range = 0; range < RANGES.length; range++) {
  // the floats of a range are the consecutive integers from the bits of its upper end
  const first = range === 0 ? bitsOf(-0) : bitsOf(-RANGES[range].from) + 1;
  const last = bitsOf(range + 1 < RANGES.length ? -RANGES[range + 1].from : LOWEST);
  for (let bits = first; bits <= last; bits += CHUNK * every) {
    const count = Math.min(CHUNK, Math.floor((last - bits) / every) + 1);
    scan(bits, count, range);
    scanned += count;
  }
}
const seconds = (performance.now() - began) / 1000;

for (const { name, worst } of builds) {
  const overall = worst.reduce((a, b) => (b.error > a.error ? b : a));
  for (const [i, found] of worst.entries()) console.log(line(name, RANGES[i].name, found));
  console.log(line(name, "all", overall));
}
console.log(`${scanned.toLocaleString("en")} floats a build, ${seconds.toFixed(1)} s, Node ${process.versions.node}`);

function start(name, bytes) {
  const memory = new WebAssembly.Memory({ initial: 3 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return {
    name,
    exp: exports.expLanes,
    x: new Uint32Array(memory.buffer, 64, CHUNK),
    got: new Float32Array(memory.buffer, 64 + CHUNK * 4, CHUNK),
    worst: RANGES.map(() => ({ error: -1, bits: 0, got: 0 })),
  };
}

/** Compares `count` floats, whose bits are `bits`, `bits + every`, ... */
function scan(bits, count, range) {
  const { x } = builds[0];
  for (let i = 0; i < count; i++) x[i] = bits + i * every;
  const floats = new Float32Array(x.buffer, x.byteOffset, count);
  for (let i = 0; i < count; i++) wanted[i] = Math.exp(floats[i]);
  for (const build of builds) {
    if (build.x !== x) build.x.set(x);
    build.exp(build.x.byteOffset, count, build.got.byteOffset);
    compare(build, count, range);
  }
}

function compare({ x, got, worst }, count, range) {
  let greatest = worst[range].error;
  let at = -1;
  for (let i = 0; i < count; i++) {
    const error = Math.abs(got[i] - wanted[i]) * inverseUlp[(wantedBits[2 * i + 1] >>> 20) & 2047];
    // "not less": a NaN comes here too, and is the greatest error there can be
    if (!(error <= greatest)) {
      greatest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
      at = i;
    }
  }
  if (at >= 0) worst[range] = { error: greatest, bits: x[at], got: got[at] };
}

function line(build, range, { error, bits, got }) {
  const x = floatOf(bits);
  const hex = `0x${bits.toString(16)}`;
  const where = `x = ${x} (${hex}): got ${got}, exp(x) = ${Math.exp(x)}`;
  return `${build.padEnd(8)} ${range.padEnd(14)} ${error.toFixed(4).padStart(8)} ulp at ${where}`;
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
    console.error("usage: node scripts/exp-ulp.mjs [--every N], N a whole number >= 1");
    process.exit(2);
  }
  return value;
}
