/* Shared by the tests of kernels: every instruction set, distances in ulp, points worth trying. */
#ifndef SADDLE_TESTS_KERNEL_CHECK_H
#define SADDLE_TESTS_KERNEL_CHECK_H

#include "check.h"
#include <string.h>

static const char *const isas[] = {"base", "avx2", "avx512"};

/* Runs the body once for each instruction set that the processor has. */
#define EACH_ISA                                                                                   \
  for (int isa_at = 0; isa_at < 3; isa_at++)                                                       \
    if (sd_isa_select(isas[isa_at]) == SD_OK)

/* The next instruction set that the processor has: for tests that are too many for all. */
static inline void next_isa(void) {
  static int at;
  do at = (at + 1) % 3;
  while (sd_isa_select(isas[at]) != SD_OK);
}

/* slope, alpha, lo; hi; the order of polygamma */
static inline const double *parameters(int fn) {
  static const double usual[] = {0.5, 0.75}, order[] = {2, 0};
  return fn == SD_MAP_POLYGAMMA ? order : usual;
}

static inline double map1(int fn, double x, int dtype) {
  double in = x, out = 0;
  sd_mat a = sd_mat_over(1, 1, dtype, &in), b = sd_mat_over(1, 1, dtype, &out);
  sd_mat_set(&a, 0, 0, x);
  assert_int_equal(sd_map(fn, parameters(fn), &a, &b), SD_OK);
  return sd_mat_get(&b, 0, 0);
}

/* The distance of y from the truth t in units in the last place of t's rounding to the dtype. */
static inline double ulps(double y, long double t, int dtype) {
  long double limit = dtype == SD_F32 ? 0x1.fffffep127L : 0x1.fffffffffffffp1023L;
  int e, most = dtype == SD_F32 ? 128 : 1024, least = dtype == SD_F32 ? -125 : -1021;
  if (isnan(y) || isnan(t)) return isnan(y) && isnan(t) ? 0 : INFINITY;
  if (isinf(y) || isinf(t)) return isinf(y) && y * t > 0 && fabsl(t) >= limit ? 0 : INFINITY;
  frexpl(t, &e);
  if (t == 0 || e < least) e = least; /* subnormals have the spacing of the smallest normals */
  if (e > most) e = most;
  return (double)(fabsl((long double)y - t) / ldexpl(1, e - (dtype == SD_F32 ? 24 : 53)));
}

/* Random bits; where the function is at work; around 0 on a logarithmic scale; around 1. */
static inline double point(int k, double lo, double hi, int dtype) {
  double x,
      near = ldexp(check_uniform(1, 2), -(int)(check_bits() % (dtype == SD_F32 ? 149 : 1074)));
  uint64_t bits = check_bits();
  float f;
  memcpy(&x, &bits, sizeof x);
  memcpy(&f, &bits, sizeof f);
  if (dtype == SD_F32) x = (double)f;
  if (k % 4 == 1) x = check_uniform(lo, hi);
  if (k % 4 == 2) x = bits & 1 ? near : -near;
  if (k % 4 == 3) x = 1 - ldexp(check_uniform(-1, 1), -(int)(bits % 52));
  return dtype == SD_F32 ? (double)(float)x : x;
}

#endif
