/* Cross-entropy of one row of f32 logits against a class index. */
#ifndef ROWS_H
#define ROWS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Classes that go through the passes at once: of `block` = `classes` each pass goes over the whole row, the three of a textbook;
 * less, and the second finds in L1 what the first has read, at the price of moving the sum to each new maximum.
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
 * The same, and (exp(x_c) / sum_c exp(x_c) - [c = target]) * grad_scale at `grad`, which does not overlap the logits.
 * `refs` has room for a float a block.
 */
double row_loss_and_grad(const Row *row, float *grad, double grad_scale, float *refs);

#endif
