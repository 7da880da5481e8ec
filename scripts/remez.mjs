// Remez exchange for the polynomials of assembly/math: the least maximum weighted error. The coefficients are rounded to f32 one
// by one, lowest power first; after each the remaining ones are fitted again.

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

/**
 * The coefficients of x^fixed.length .. x^(terms - 1) for which sum_i c_i x^i is nearest to target(x) on [low, high]; those of
 * the lower powers are given. The error at x counts weight(x) times; the weight may be 0 at single points.
 */
function remez({ target, weight, low, high, terms, fixed }) {
  const free = terms - fixed.length;
  const powers = Array.from({ length: free }, (_, i) => fixed.length + i);
  const known = (x) => fixed.reduce((sum, c, i) => sum + c * x ** i, 0);
  const middle = (low + high) / 2;
  const half = (high - low) / 2;
  const nudge = half * 1e-3;
  let points = Array.from({ length: free + 1 }, (_, i) => middle + half * Math.cos((Math.PI * (free - i)) / free) || nudge);
  let c = [];
  for (let round = 0; round < 60; round++) {
    // a weight of 0 would require an infinite error there
    const a = points.map((x, i) => [...powers.map((p) => x ** p), (-1) ** i / Math.max(weight(x), 1e-9)]);
    c = solve(
      a,
      points.map((x) => target(x) - known(x)),
    ).slice(0, free);
    const error = (x) => (known(x) + powers.reduce((s, p, i) => s + c[i] * x ** p, 0) - target(x)) * weight(x);
    const extrema = extremaOf(error, low, high);
    while (extrema.length > free + 1) {
      if (Math.abs(extrema[0].e) < Math.abs(extrema.at(-1).e)) extrema.shift();
      else extrema.pop();
    }
    if (extrema.length < free + 1) break;
    const moved = Math.max(...extrema.map(({ x }, i) => Math.abs(x - points[i])));
    points = extrema.map(({ x }) => x || half * 1e-9);
    if (moved < 1e-9) break;
  }
  return c;
}

/** The greatest error between consecutive changes of its sign. */
function extremaOf(error, low, high) {
  const extrema = [];
  const steps = 20000;
  let best = null;
  for (let i = 0; i <= steps; i++) {
    const x = low + ((high - low) * i) / steps;
    const e = error(x);
    if (best && Math.sign(e) !== Math.sign(best.e) && e !== 0) {
      extrema.push(best);
      best = null;
    }
    if (!best || Math.abs(e) > Math.abs(best.e)) best = { x, e };
  }
  extrema.push(best);
  return extrema;
}

/** All coefficients in f32, and their greatest weighted error. */
export function fitRounded(problem) {
  const rounded = [];
  while (rounded.length < problem.terms) rounded.push(Math.fround(remez({ ...problem, fixed: rounded })[0]));
  const { target, weight, low, high } = problem;
  let worst = 0;
  for (let i = 0; i <= 200000; i++) {
    const x = low + ((high - low) * i) / 200000;
    worst = Math.max(worst, Math.abs((rounded.reduceRight((s, c) => s * x + c, 0) - target(x)) * weight(x)));
  }
  return { coefficients: rounded, worst };
}

/** Prints one line per coefficient, numbered from `first`, with its bits. */
export function printCoefficients(name, first, coefficients) {
  for (const [i, c] of coefficients.entries()) {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, c);
    console.log(`${name}${first + i} = ${c}  (bits 0x${view.getUint32(0).toString(16)})`);
  }
}
