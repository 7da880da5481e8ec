#include "rows.h"

#include <float.h>
#include <math.h>

#include "exp2.h"

/*
 * Pass 1   m = max_c x_c
 * Pass 2   S = sum_c 2^(L x_c - M),   L = log2(e) as f32, M = L m as f32: one fused product per element
 * Pass 3   loss = (M + log2(S)) / L - x_target
 *
 * M occurs in passes 2 and 3, so its rounding cancels; L's rounding acts like a temperature of 1 + 1.3e-8. f32 lanes hold the sum
 * of at most FLUSH elements, f64 the sum of these sums.
 */

enum { LANES = 4, VECTORS = 4, STEP = VECTORS * LANES, FLUSH = 512 };

static const float L = 0x1.715476p+0f;

/* Lanes below `count` are all ones, the others 0. */
static inline __m128i first_lanes(size_t count) {
  return _mm_cmpgt_epi32(_mm_set1_epi32((int)count), _mm_setr_epi32(0, 1, 2, 3));
}

/* The first `count` lanes (1 to 4) at x, the others -inf; reads no element past them. */
static inline __m128 load_first(const float *x, size_t count) {
  const __m128i mask = first_lanes(count);
  return _mm_blendv_ps(_mm_set1_ps(-INFINITY), _mm_maskload_ps(x, mask), _mm_castsi128_ps(mask));
}

static float max_of(const float *x, size_t count) {
  __m128 m[VECTORS];
  for (int k = 0; k < VECTORS; k++) m[k] = _mm_set1_ps(-INFINITY);
  size_t i = 0;
  for (; i + STEP <= count; i += STEP)
    for (int k = 0; k < VECTORS; k++) m[k] = _mm_max_ps(m[k], _mm_loadu_ps(x + i + k * LANES));
  for (; i + LANES <= count; i += LANES) m[0] = _mm_max_ps(m[0], _mm_loadu_ps(x + i));
  if (i < count) m[1] = _mm_max_ps(m[1], load_first(x + i, count - i));
  for (int k = VECTORS / 2; k > 0; k /= 2)
    for (int j = 0; j < k; j++) m[j] = _mm_max_ps(m[j], m[j + k]);
  const __m128 pair = _mm_max_ps(m[0], _mm_movehl_ps(m[0], m[0]));
  return _mm_cvtss_f32(_mm_max_ss(pair, _mm_movehdup_ps(pair)));
}

/* S; with `out` it also writes every 2^(L x_c - M). Inlined, so that each caller has a loop of its own. */
static inline __attribute__((always_inline)) double exp_sum(const float *x, size_t count, float max, float *out) {
  const __m128 l = _mm_set1_ps(L);
  const __m128 m = _mm_set1_ps(max);
  __m128d total = _mm_setzero_pd();
  __m128 sum[VECTORS];
  for (size_t i = 0, end; i < count; i = end) {
    end = count - i < FLUSH ? count : i + FLUSH;
    for (int k = 0; k < VECTORS; k++) sum[k] = _mm_setzero_ps();
    for (; i + STEP <= end; i += STEP)
      for (int k = 0; k < VECTORS; k++) {
        const __m128 t = _mm_fmsub_ps(_mm_loadu_ps(x + i + k * LANES), l, m);
        if (out) {
          const __m128 e = exp2_lanes(t);
          _mm_storeu_ps(out + i + k * LANES, e);
          sum[k] = _mm_add_ps(sum[k], e);
        } else {
          sum[k] = add_exp2(sum[k], t);
        }
      }
    for (; i < end; i += LANES) {
      const size_t left = end - i < LANES ? end - i : LANES;
      const __m128 e = exp2_lanes(_mm_fmsub_ps(load_first(x + i, left), l, m));
      if (out) _mm_maskstore_ps(out + i, first_lanes(left), e);
      sum[0] = _mm_add_ps(sum[0], e);
    }
    for (int k = VECTORS / 2; k > 0; k /= 2)
      for (int j = 0; j < k; j++) sum[j] = _mm_add_ps(sum[j], sum[j + k]);
    total = _mm_add_pd(total, _mm_add_pd(_mm_cvtps_pd(sum[0]), _mm_cvtps_pd(_mm_movehl_ps(sum[0], sum[0]))));
  }
  return _mm_cvtsd_f64(_mm_add_sd(total, _mm_unpackhi_pd(total, total)));
}

typedef struct {
  float max; /* M */
  double sum; /* S */
} RowSum;

/* M and S; with `out` it also writes the exponentials, and to `refs` the M that each block was computed with. */
static inline __attribute__((always_inline)) RowSum sum_of(const Row *row, float *out, float *refs) {
  /* finite, so that a block of -inf only adds 0 instead of NaN */
  RowSum so_far = {-FLT_MAX, 0.0};
  for (size_t i = 0; i < row->classes; i += row->block) {
    const float *block = row->logits + i;
    const size_t count = row->classes - i < row->block ? row->classes - i : row->block;
    const float max = L * max_of(block, count);
    if (max > so_far.max) {
      /* not at a row's first block, where exp2 would take 40 ns to underflow */
      if (so_far.sum > 0.0) so_far.sum *= exp2((double)so_far.max - max);
      so_far.max = max;
    }
    so_far.sum += exp_sum(block, count, so_far.max, out ? out + i : NULL);
    if (out) *refs++ = so_far.max;
  }
  return so_far;
}

static inline double loss_of(RowSum s, float target) { return (s.max + log2(s.sum)) / L - target; }

double row_loss(const Row *row) { return loss_of(sum_of(row, NULL, NULL), row->logits[row->target]); }

static void scale(float *x, size_t count, float factor) {
  const __m128 factors = _mm_set1_ps(factor);
  size_t i = 0;
  for (; i + STEP <= count; i += STEP)
    for (int k = 0; k < VECTORS; k++) _mm_storeu_ps(x + i + k * LANES, _mm_mul_ps(_mm_loadu_ps(x + i + k * LANES), factors));
  for (; i < count; i++) x[i] *= factor;
}

double row_loss_and_grad(const Row *row, float *grad, double grad_scale, float *refs) {
  const RowSum s = sum_of(row, grad, refs);
  /* f64 until the end: in f32, only the rounding of 1 would be left of p - 1 for a nearly certain target */
  const double target_ref = refs[row->target / row->block];
  const double target_p = grad[row->target] * exp2(target_ref - s.max) / s.sum;
  for (size_t i = 0; i < row->classes; i += row->block) {
    const size_t count = row->classes - i < row->block ? row->classes - i : row->block;
    scale(grad + i, count, (float)(exp2((double)*refs++ - s.max) * grad_scale / s.sum));
  }
  grad[row->target] = (float)((target_p - 1.0) * grad_scale);
  return loss_of(s, row->logits[row->target]);
}
