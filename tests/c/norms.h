/* For tests of matrix functions: matrices from rows, norms, residuals by naive loops. */
#ifndef SADDLE_TESTS_NORMS_H
#define SADDLE_TESTS_NORMS_H

#include "check.h"
#include <float.h>

static const double eps = DBL_EPSILON;

static inline double norm(const sd_mat *a) {
  double sum = 0;
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++) sum = hypot(sum, sd_mat_get(a, i, j));
  return sum;
}

static inline double norm1(const sd_mat *a) {
  double most = 0;
  for (ptrdiff_t j = 0; j < a->cols; j++) {
    double sum = 0;
    for (ptrdiff_t i = 0; i < a->rows; i++) sum += fabs(sd_mat_get(a, i, j));
    most = fmax(most, sum);
  }
  return most;
}

static inline sd_mat fresh(ptrdiff_t m, ptrdiff_t n) {
  sd_mat a;
  assert_int_equal(sd_mat_alloc(&a, m, n, SD_F64), SD_OK);
  sd_mat_fill(&a, 0);
  return a;
}

/* A matrix from its rows. */
static inline sd_mat rows_of(ptrdiff_t m, ptrdiff_t n, const double *x) {
  sd_mat a = fresh(m, n);
  for (ptrdiff_t k = 0; k < m * n; k++) sd_mat_set(&a, k / n, k % n, x[k]);
  return a;
}
#define ROWS(m, n, ...) rows_of(m, n, (const double[]){__VA_ARGS__})

/* The Frobenius norm of op(A) B - C by naive loops in long double; C NULL is the identity. */
static inline double product_error(int trans, const sd_mat *a, const sd_mat *b, const sd_mat *c) {
  ptrdiff_t m = trans ? a->cols : a->rows, inner = b->rows;
  double error = 0;
  for (ptrdiff_t j = 0; j < b->cols; j++)
    for (ptrdiff_t i = 0; i < m; i++) {
      long double sum = c ? -(long double)sd_mat_get(c, i, j) : -(long double)(i == j);
      for (ptrdiff_t k = 0; k < inner; k++)
        sum += (long double)(trans ? sd_mat_get(a, k, i) : sd_mat_get(a, i, k)) *
               (long double)sd_mat_get(b, k, j);
      error = hypot(error, (double)sum);
    }
  return error;
}

static inline double distance(const sd_mat *a, const sd_mat *b) {
  double error = 0;
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++)
      error = hypot(error, sd_mat_get(a, i, j) - sd_mat_get(b, i, j));
  return error;
}

static inline void check_elements(const sd_mat *x, const double *rows, double tol) {
  for (ptrdiff_t k = 0; k < x->rows * x->cols; k++)
    check_near(sd_mat_get(x, k / x->cols, k % x->cols), rows[k], tol);
}

#endif
