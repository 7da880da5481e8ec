/*
 * cross-entropy ROWS CLASSES BLOCK GRADIENT INPUT OUTPUT
 *
 * INPUT holds f32 logits[ROWS][CLASSES] and i32 targets[ROWS]. Every line on stdin is a command and is answered by one line on
 * stdout, so that the contenders of a bench in another process can take turns:
 *
 *   run            the mean loss                         -> loss
 *   sample SECONDS one call outside the clock, then as many as fill SECONDS -> seconds per call, loss
 *   losses         f64 losses[ROWS] to OUTPUT            -> done
 *   grad           f32 grad[ROWS][CLASSES] to OUTPUT     -> done
 *   clear          the gradient is NaN until the next run -> done
 *
 * With GRADIENT 1 each call also writes the gradient of the mean.
 */
#define _POSIX_C_SOURCE 199309L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rows.h"

typedef struct {
  size_t rows, classes, block;
  float *logits;
  int32_t *targets;
  float *grad; /* NULL without a gradient */
  float *refs;
} Problem;

static void fail(const char *what, const char *which) {
  fprintf(stderr, "cross-entropy: %s %s\n", what, which);
  exit(1);
}

static void *allocate(size_t count, size_t size) {
  void *memory = aligned_alloc(64, (count * size + 63) / 64 * 64);
  if (!memory) fail("out of", "memory");
  return memory;
}

static double loss_of_row(const Problem *p, size_t r) {
  const Row row = {p->logits + r * p->classes, p->classes, p->block, p->targets[r]};
  return p->grad ? row_loss_and_grad(&row, p->grad + r * p->classes, 1.0 / p->rows, p->refs) : row_loss(&row);
}

static double mean_loss(const Problem *p) {
  double total = 0.0;
  for (size_t r = 0; r < p->rows; r++) total += loss_of_row(p, r);
  return total / p->rows;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/* Times a sample by the rule of the package `benchmark`. `count`: calls per sample, kept between samples. */
static double sample(const Problem *p, double least, size_t *count, double *value) {
  *value = mean_loss(p);
  for (;;) {
    const double start = now();
    for (size_t i = 0; i < *count; i++) *value = mean_loss(p);
    const double seconds = now() - start;
    if (seconds >= least) return seconds / *count;
    const double wanted = seconds > 0.0 ? *count * least / seconds : 100.0 * *count;
    *count = (size_t)fmax(*count + 1.0, ceil(wanted));
  }
}

static void write_all(const char *path, const void *data, size_t size, size_t count) {
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(data, size, count, file) != count || fclose(file) != 0) fail("cannot write", path);
}

static void write_losses(const Problem *p, const char *path) {
  double *losses = allocate(p->rows, sizeof *losses);
  for (size_t r = 0; r < p->rows; r++) losses[r] = loss_of_row(p, r);
  write_all(path, losses, sizeof *losses, p->rows);
  free(losses);
}

static Problem read_problem(char **arguments) {
  const size_t rows = strtoull(arguments[1], NULL, 10);
  const size_t classes = strtoull(arguments[2], NULL, 10);
  const size_t block = strtoull(arguments[3], NULL, 10);
  if (rows == 0 || classes == 0 || block == 0) fail("expected numbers above 0 for", "ROWS CLASSES BLOCK");
  const size_t elements = rows * classes;
  Problem p = {rows, classes, block, allocate(elements, sizeof(float)), allocate(rows, sizeof(int32_t)), NULL, NULL};
  if (strcmp(arguments[4], "1") == 0) {
    p.grad = allocate(elements, sizeof(float));
    p.refs = allocate(classes / block + 1, sizeof(float));
  }
  FILE *file = fopen(arguments[5], "rb");
  if (!file || fread(p.logits, sizeof(float), elements, file) != elements) fail("cannot read the logits of", arguments[5]);
  if (fread(p.targets, sizeof(int32_t), rows, file) != rows) fail("cannot read the targets of", arguments[5]);
  fclose(file);
  return p;
}

int main(int count, char **arguments) {
  /* without FMA the kernels' first instruction would end the process */
  if (!__builtin_cpu_supports("fma")) fail("this processor has no", "FMA");
  if (count == 1) return 0;
  if (count != 7) fail("expected", "ROWS CLASSES BLOCK GRADIENT INPUT OUTPUT");
  const Problem p = read_problem(arguments);
  const char *output = arguments[6];
  size_t calls = 1;
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, "run") == 0) {
      printf("%.17g\n", mean_loss(&p));
    } else if (strncmp(line, "sample ", 7) == 0) {
      double value;
      const double seconds = sample(&p, strtod(line + 7, NULL), &calls, &value);
      printf("%.17g %.17g\n", seconds, value);
    } else if (strcmp(line, "losses") == 0) {
      write_losses(&p, output);
      puts("done");
    } else if (strcmp(line, "grad") == 0 && p.grad) {
      write_all(output, p.grad, sizeof(float), p.rows * p.classes);
      puts("done");
    } else if (strcmp(line, "clear") == 0 && p.grad) {
      for (size_t i = 0; i < p.rows * p.classes; i++) p.grad[i] = NAN;
      puts("done");
    } else {
      fail("unknown command", line);
    }
    fflush(stdout);
  }
  return 0;
}
