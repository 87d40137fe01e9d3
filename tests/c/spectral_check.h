/* Shared by the tests of spectra: matrices with a known spectrum, and a map that is a function. */
#ifndef SADDLE_TESTS_SPECTRAL_CHECK_H
#define SADDLE_TESTS_SPECTRAL_CHECK_H

#include "linalg_check.h"

static const sd_rng at = {12345, 0};

static inline sd_mat orthogonal(ptrdiff_t m, ptrdiff_t n) {
  static uint64_t draws;
  sd_mat q = fresh(m, n);
  assert_int_equal(sd_rng_orthogonal((sd_rng){7, draws++}, &q), SD_OK);
  return q;
}

/* X diag(s) Y' with orthonormal X(m,r), Y(n,r): singular values s up to BOUND(m + n) max s. */
static inline sd_mat with_values(ptrdiff_t m, ptrdiff_t n, ptrdiff_t r, const double *s) {
  sd_mat x = orthogonal(m, r), y = orthogonal(n, r);
  for (ptrdiff_t j = 0; j < r; j++)
    for (ptrdiff_t i = 0; i < m; i++) sd_mat_set(&x, i, j, sd_mat_get(&x, i, j) * s[j]);
  sd_mat a = product(0, &x, 1, &y);
  release(&x), release(&y);
  return a;
}

/* r values from 1 down to `last`, equally spaced in logarithms. */
static inline const double *log_spaced(ptrdiff_t r, double last) {
  static double s[200];
  for (ptrdiff_t j = 0; j < r; j++) s[j] = r > 1 ? pow(last, (double)j / (double)(r - 1)) : 1;
  return s;
}

static inline sd_mat symmetric(ptrdiff_t n) {
  sd_mat a = check_random(n, n, SD_F64);
  symmetrise(&a);
  return a;
}

/* The second difference on n points: eigenvalues 2 - 2 cos(j pi / (n+1)), j = 1 .. n. */
static inline int laplacian(void *ctx, int transposed, const sd_mat *x, sd_mat *y) {
  (void)ctx, (void)transposed;
  for (ptrdiff_t j = 0; j < x->cols; j++)
    for (ptrdiff_t i = 0; i < x->rows; i++) {
      double t = 2 * sd_mat_get(x, i, j);
      if (i > 0) t -= sd_mat_get(x, i - 1, j);
      if (i + 1 < x->rows) t -= sd_mat_get(x, i + 1, j);
      sd_mat_set(y, i, j, t);
    }
  return SD_OK;
}
static inline double laplacian_value(ptrdiff_t n, ptrdiff_t j) {
  return 2 - 2 * cos((double)j * acos(-1) / (double)(n + 1));
}

static inline sd_linear map_of(ptrdiff_t m, ptrdiff_t n, sd_linear_fn *f, void *ctx) {
  return (sd_linear){m, n, f, ctx, DBL_EPSILON, 0};
}

#endif
