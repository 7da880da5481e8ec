/*
 * 2^t in four f32 lanes, t <= 0, by the same steps as the package's kernels (assembly/math/exp.ts), with the fused products that
 * WebAssembly only has in its relaxed form:
 *
 *   moved = t + SHIFTER      its low bits are n + 127, n = round(t)
 *   f     = t - n            in [-1/2, 1/2], exact
 *   2^f   = 1 + f (c1 + f (c2 + f (c3 + f (c4 + f c5))))
 *   2^n   = the low bits of `moved`, shifted into the exponent field
 *
 * t is clamped at -127, where 2^n is 0. NaN stays NaN. Coefficients: scripts/fit-exp2.mjs.
 */
#ifndef EXP2_H
#define EXP2_H

#include <immintrin.h>

typedef struct {
  __m128 f;
  __m128 moved;
} Reduced;

/* Horner, because Estrin's form takes one product more, and the chains of eight vectors already fill both multipliers. */
static inline __m128 mantissa(__m128 f) {
  __m128 p = _mm_set1_ps(0x1.5cba56p-10f);
  p = _mm_fmadd_ps(p, f, _mm_set1_ps(0x1.3cf3b2p-7f));
  p = _mm_fmadd_ps(p, f, _mm_set1_ps(0x1.c6b596p-5f));
  p = _mm_fmadd_ps(p, f, _mm_set1_ps(0x1.ebf9a4p-3f));
  p = _mm_fmadd_ps(p, f, _mm_set1_ps(0x1.62e42ap-1f));
  return _mm_fmadd_ps(p, f, _mm_set1_ps(1.0f));
}

static inline Reduced reduced(__m128 t) {
  const __m128 shifter = _mm_set1_ps(0x1.8000fep+23f); /* 1.5 * 2^23 + 127 */
  /* maxps returns its second operand when one of them is NaN */
  const __m128 clamped = _mm_max_ps(_mm_set1_ps(-127.0f), t);
  const __m128 moved = _mm_add_ps(clamped, shifter);
  return (Reduced){_mm_sub_ps(clamped, _mm_sub_ps(moved, shifter)), moved};
}

static inline __m128 power_of_two(__m128 moved) { return _mm_castsi128_ps(_mm_slli_epi32(_mm_castps_si128(moved), 23)); }

static inline __m128 exp2_lanes(__m128 t) {
  const Reduced r = reduced(t);
  return _mm_mul_ps(mantissa(r.f), power_of_two(r.moved));
}

/* sum + 2^t, its last product fused with the sum */
static inline __m128 add_exp2(__m128 sum, __m128 t) {
  const Reduced r = reduced(t);
  return _mm_fmadd_ps(mantissa(r.f), power_of_two(r.moved), sum);
}

#endif
