/* Cross-entropy of one row of f32 logits against a class index. */
#ifndef ROWS_H
#define ROWS_H

#include <stddef.h>
#include <stdint.h>

/*
 * `block`: classes that go through the passes together. With `block` = `classes` each pass goes over the whole row,
 * the three passes of a textbook. With less, the second pass finds in L1 what the first has read, but the sum has to be
 * moved to each new maximum.
 */
typedef struct {
  const float *logits;
  size_t classes;
  size_t block;
  int32_t target;
} Row;

/* In nats. */
double row_loss(const Row *row);

/*
 * row_loss that also writes (exp(x_c) / sum_c exp(x_c) - [c = target]) * grad_scale to `grad`, which must not overlap the logits.
 * `refs` has room for one float per block.
 */
double row_loss_and_grad(const Row *row, float *grad, double grad_scale, float *refs);

#endif
