/* What a C program of a benchmark needs; bench.lua says what such a program does.
 *
 * The programs stand for what one writes by hand for one problem: compiled with -O3 -march=native
 * -ffast-math, fixed roles, one thread, the BLAS that saddle uses. They check no input beyond what
 * the driver could get wrong. Run without data= a program makes data of its own and says the time:
 *   build/bench/nsgda/by_hand d=1000 m=5 */
#ifndef SADDLE_BENCH_H
#define SADDLE_BENCH_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int bench_argc;
static char **bench_argv;

static void bench_fail(const char *what, const char *name) {
  fprintf(stderr, "%s: %s %s\n", bench_argv[0], what, name);
  exit(1);
}

static void bench_open(int argc, char **argv) {
  bench_argc = argc;
  bench_argv = argv;
}

/* The value of the word name=value, or NULL. */
static inline const char *bench_find(const char *name) {
  size_t n = strlen(name);
  for (int i = 1; i < bench_argc; i++)
    if (strncmp(bench_argv[i], name, n) == 0 && bench_argv[i][n] == '=')
      return bench_argv[i] + n + 1;
  return NULL;
}

/* 1 when there is no driver: nothing to compare, one block to time. */
static inline int bench_alone(void) { return bench_find("data") == NULL; }

static inline const char *bench_word(const char *name) {
  const char *value = bench_find(name);
  if (value) return value;
  if (bench_alone() && strcmp(name, "steps") == 0) return "0";
  if (bench_alone() && strcmp(name, "seconds") == 0) return "0.2";
  bench_fail("no word", name);
  return NULL;
}

static inline int bench_int(const char *name) { return atoi(bench_word(name)); }

/* n doubles, zero, on a boundary of 64 bytes. */
static inline double *bench_new(size_t n) {
  size_t bytes = (n * sizeof(double) + 63) / 64 * 64;
  double *x = aligned_alloc(64, bytes ? bytes : 64);
  if (x == NULL) bench_fail("no memory", "");
  return memset(x, 0, bytes);
}

/* A number in [0, 1): xorshift of 64 bits (Marsaglia, 2003). */
static inline double bench_uniform(void) {
  static uint64_t s = 88172645463325252u;
  s ^= s << 13;
  s ^= s >> 7;
  s ^= s << 17;
  return (double)(s >> 11) * 0x1p-53;
}

/* An m x n matrix with a norm of about 1 along its longer side. */
static inline double *bench_draw(int m, int n) {
  size_t count = (size_t)m * (size_t)n;
  double *x = bench_new(count), scale = sqrt(12.0 / (m > n ? m : n));
  for (size_t i = 0; i < count; i++) x[i] = scale * (bench_uniform() - 0.5);
  return x;
}

/* The m x n matrix of that name, column-major. */
static inline double *bench_load(const char *name, int m, int n) {
  if (bench_alone()) return bench_draw(m, n);
  char path[1024], head[1024] = "", shape[64];
  unsigned char start[10];
  snprintf(path, sizeof path, "%s/%s.npy", bench_word("data"), name);
  snprintf(shape, sizeof shape, "'fortran_order': True, 'shape': (%d, %d)", m, n);
  FILE *f = fopen(path, "rb");
  if (f == NULL || fread(start, 1, sizeof start, f) != sizeof start)
    bench_fail("cannot read", path);
  size_t length = (size_t)(start[8] | start[9] << 8), count = (size_t)m * (size_t)n;
  double *x = bench_new(count);
  if (length >= sizeof head || fread(head, 1, length, f) != length || !strstr(head, "'<f8'") ||
      !strstr(head, shape) || fread(x, sizeof *x, count, f) != count)
    bench_fail("not the matrix expected:", path);
  fclose(f);
  return x;
}

/* b (n x m) = a (m x n) transposed. */
static inline double *bench_turn(const double *a, int m, int n) {
  double *b = bench_new((size_t)m * (size_t)n);
  for (int j = 0; j < n; j++)
    for (int i = 0; i < m; i++)
      b[(size_t)i * (size_t)n + (size_t)j] = a[(size_t)j * (size_t)m + (size_t)i];
  return b;
}

/* A copy of n doubles, to compare with later. */
static inline double *bench_copy(const double *x, size_t n) {
  return memcpy(bench_new(n), x, n * sizeof *x);
}

/* sum_k sin(k) (x[k] - x0[k]), k counting on from *k; x0 may be NULL. */
static inline double bench_print(const double *x, const double *x0, size_t n, double *k) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += sin(++*k) * (x[i] - (x0 ? x0[i] : 0));
  return sum;
}

static double bench_block(void (*step)(void *), void *with, long n) {
  struct timespec a, b;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
  for (long i = 0; i < n; i++) step(with);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
  return (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
}

static int bench_less(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Seconds of one step, the median of at most three blocks. */
static inline double bench_measure(void (*step)(void *), void *with) {
  enum { BLOCKS = 3 };
  double least = atof(bench_word("seconds")), times[BLOCKS], total;
  if (!(least > 0)) return 0;
  long n = 1;
  while ((times[0] = bench_block(step, with, n)) < least)
    n = (long)ceil((double)n * fmin(fmax(1.2 * least / (times[0] + 1e-9), 2), 100));
  int count = 1;
  for (total = times[0]; count < BLOCKS && total < 2 * BLOCKS * least; count++)
    total += times[count] = bench_block(step, with, n);
  qsort(times, (size_t)count, sizeof *times, bench_less);
  return times[(count - 1) / 2] / (double)n;
}

/* Prints the result; step(with) does one step. */
static inline void bench_report(double value, void (*step)(void *), void *with) {
  double seconds = bench_measure(step, with);
  if (bench_alone())
    printf("%.2f us a step\n", 1e6 * seconds);
  else
    printf("c\t%.17g\t%.17g\n", seconds, value);
}

#endif
