// The recipe of the coefficients in assembly/math/exp.ts: 2^f on [-1/2, 1/2] as 1 + f (c1 + f (c2 + ... c5)),
// least greatest relative error (Remez exchange on (2^f - 1) / f with weight |f| / 2^f), then each coefficient
// rounded to f32 in turn, lowest power first, the higher ones fitted again to the rounded lower ones.
// Run: node scripts/fit-exp2.mjs [degree]

const degree = Number(process.argv[2] ?? 5);
const LN2 = Math.LN2;
/** (2^f - 1) / f without cancellation. */
const quotient = (f) => (f === 0 ? LN2 : Math.expm1(f * LN2) / f);

/** Solves A x = b by elimination with partial pivoting. */
function solve(a, b) {
  const n = b.length;
  const m = a.map((row, i) => [...row, b[i]]);
  for (let c = 0; c < n; c++) {
    let p = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(m[r][c]) > Math.abs(m[p][c])) p = r;
    [m[c], m[p]] = [m[p], m[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const k = m[r][c] / m[c][c];
      for (let j = c; j <= n; j++) m[r][j] -= k * m[c][j];
    }
  }
  return m.map((row, i) => row[n] / row[i]);
}

/** Fits sum over free powers i of c_i f^(i-1), given the fixed ones, by Remez exchange. */
function remez(fixed) {
  const free = degree - fixed.length;
  const powers = Array.from({ length: free }, (_, i) => fixed.length + i);
  const known = (f) => fixed.reduce((sum, c, i) => sum + c * f ** i, 0);
  let points = Array.from({ length: free + 1 }, (_, i) => 0.5 * Math.cos((Math.PI * (free - i)) / free) || 1e-3);
  let c = [];
  for (let round = 0; round < 60; round++) {
    const a = points.map((f, i) => [...powers.map((p) => f ** p), ((-1) ** i * 2 ** f) / Math.abs(f)]);
    c = solve(
      a,
      points.map((f) => quotient(f) - known(f)),
    ).slice(0, free);
    const error = (f) => ((known(f) + powers.reduce((s, p, i) => s + c[i] * f ** p, 0) - quotient(f)) * Math.abs(f)) / 2 ** f;
    const extrema = [];
    const steps = 20000;
    let best = null;
    for (let i = 0; i <= steps; i++) {
      const f = -0.5 + i / steps;
      const e = error(f);
      if (best && Math.sign(e) !== Math.sign(best.e) && e !== 0) {
        extrema.push(best);
        best = null;
      }
      if (!best || Math.abs(e) > Math.abs(best.e)) best = { f, e };
    }
    extrema.push(best);
    while (extrema.length > free + 1) {
      if (Math.abs(extrema[0].e) < Math.abs(extrema.at(-1).e)) extrema.shift();
      else extrema.pop();
    }
    if (extrema.length < free + 1) break;
    const moved = Math.max(...extrema.map((x, i) => Math.abs(x.f - points[i])));
    points = extrema.map((x) => x.f || 1e-9);
    if (moved < 1e-9) break;
  }
  return c;
}

const rounded = [];
for (let i = 0; i < degree; i++) rounded.push(Math.fround(remez(rounded)[0]));
let worst = 0;
for (let i = 0; i <= 200000; i++) {
  const f = -0.5 + i / 200000;
  const p = 1 + f * rounded.reduceRight((s, c) => s * f + c, 0);
  worst = Math.max(worst, Math.abs(p / 2 ** f - 1));
}
for (const [i, c] of rounded.entries()) {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, c);
  console.log(`c${i + 1} = ${c}  (bits 0x${view.getUint32(0).toString(16)})`);
}
console.log(`greatest relative error of the polynomial: ${worst.toExponential(3)} (2^${Math.log2(worst).toFixed(2)})`);
