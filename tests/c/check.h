/* Shared by the C tests: cmocka, a small deterministic generator, distances, failing
 * allocations. */
#ifndef SADDLE_TESTS_CHECK_H
#define SADDLE_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "saddle/saddle.h"
#include <float.h>
#include <math.h>
#include <stdio.h>

/* xorshift64*: not the library's own generator, so that tests do not lean on what they test. */
static inline uint64_t check_bits(void) {
  static uint64_t s = 88172645463325252ULL;
  s ^= s >> 12, s ^= s << 25, s ^= s >> 27;
  return s * 2685821657736338717ULL;
}
static inline double check_uniform(double lo, double hi) {
  return lo + (hi - lo) * (double)(check_bits() >> 11) * 0x1p-53;
}
/* Half the distance of 1 and the next number. */
static inline double check_ulp(int dtype) {
  return dtype == SD_F32 ? FLT_EPSILON / 2 : DBL_EPSILON / 2;
}
/* A new f64 or f32 matrix; free with sd_free(a.x). */
static inline sd_mat check_new(ptrdiff_t m, ptrdiff_t n, int dtype) {
  sd_mat a;
  assert_int_equal(sd_mat_alloc(&a, m, n, dtype), SD_OK);
  return a;
}
/* One with elements uniform in -1..1. */
static inline sd_mat check_random(ptrdiff_t m, ptrdiff_t n, int dtype) {
  sd_mat a = check_new(m, n, dtype);
  for (ptrdiff_t j = 0; j < n; j++)
    for (ptrdiff_t i = 0; i < m; i++) sd_mat_set(&a, i, j, check_uniform(-1, 1));
  return a;
}
/* A random m x n block with ld = m + 3 of a matrix that *owner frees. */
static inline sd_mat check_block(ptrdiff_t m, ptrdiff_t n, int dtype, sd_mat *owner) {
  *owner = check_random(m + 3, n + 1, dtype);
  return sd_mat_block(owner, 2, 1, m, n);
}
/* Valgrind computes long double as double: truths from it are not good enough then. */
static inline int long_double_is_wide(void) {
  volatile long double one = 1, small = 0x1p-60L;
  return one + small != one;
}

/* Fails with both values unless |a - b| <= tol (NaN fails). */
#define check_near(a, b, tol)                                                                      \
  do {                                                                                             \
    double check_a = (a), check_b = (b), check_t = (tol);                                          \
    if (!(fabs(check_a - check_b) <= check_t))                                                     \
      fail_msg("%s = %.17g, %s = %.17g, tolerance %.3g", #a, check_a, #b, check_b, check_t);       \
  } while (0)

/* Fails each allocation of the call in turn: SD_ENOMEM and nothing left behind, then success. */
#define check_faults(call)                                                                         \
  do {                                                                                             \
    size_t check_before = sd_mem_held();                                                           \
    int check_fired = 1;                                                                           \
    long check_k = 1;                                                                              \
    for (; check_fired; check_k++) {                                                               \
      sd_mem_fail_at(check_k);                                                                     \
      int check_status = (call);                                                                   \
      check_fired = sd_mem_faulted();                                                              \
      sd_mem_fail_at(0);                                                                           \
      assert_int_equal(check_status, check_fired ? SD_ENOMEM : SD_OK);                             \
      assert_int_equal(sd_mem_held(), check_before);                                               \
    }                                                                                              \
    assert_true(check_k > 2); /* something was allocated */                                        \
  } while (0)

#endif
