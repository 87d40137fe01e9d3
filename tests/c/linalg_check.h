/* Shared by the tests of linear algebra: sample matrices, naive products, residuals, faults.
 *
 * Bounds. A backward stable method returns factors whose product is A + E, |E| <= C k eps |A| in
 * the Frobenius norm, k the longer side (each of about k orthogonal transformations or elimination
 * steps adds some eps |A|), C a constant of the order 1 to 10 that depends on the method. BOUND
 * takes C = 30, the threshold of LAPACK's own test programs; the naive products below add up in
 * long double and contribute little (where that is no wider than double, as under valgrind, k eps
 * |A| |B| at most). */
#ifndef SADDLE_TESTS_LINALG_CHECK_H
#define SADDLE_TESTS_LINALG_CHECK_H

#include "check.h"
#include <float.h>
#include <limits.h>

#define BOUND(k) (30 * ((double)(k) + 1) * DBL_EPSILON)

enum { RANDOM, DEFICIENT, LARGE, SMALL, HILBERT, KAHAN, GRADED, REPEATED, JORDAN, KINDS };

static const struct {
  ptrdiff_t m, n;
} shapes[] = {{0, 0}, {0, 3}, {3, 0}, {1, 1}, {2, 2}, {7, 7}, {30, 5}, {5, 30}, {64, 64}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static inline ptrdiff_t least(ptrdiff_t m, ptrdiff_t n) { return m < n ? m : n; }
static inline ptrdiff_t most(ptrdiff_t m, ptrdiff_t n) { return m > n ? m : n; }

static inline sd_mat fresh(ptrdiff_t m, ptrdiff_t n) {
  sd_mat a;
  assert_int_equal(sd_mat_alloc(&a, m, n, SD_F64), SD_OK);
  sd_mat_fill(&a, NAN); /* an output that is not written is seen */
  return a;
}

static inline sd_mat zeros(ptrdiff_t m, ptrdiff_t n) {
  sd_mat a = fresh(m, n);
  sd_mat_fill(&a, 0);
  return a;
}

/* OP(A) OP(B), transposing where ta, tb; a new matrix. */
static inline sd_mat product(int ta, const sd_mat *a, int tb, const sd_mat *b) {
  ptrdiff_t m = ta ? a->cols : a->rows, k = ta ? a->rows : a->cols, n = tb ? b->rows : b->cols;
  sd_mat c = fresh(m, n);
  for (ptrdiff_t j = 0; j < n; j++)
    for (ptrdiff_t i = 0; i < m; i++) {
      long double t = 0;
      for (ptrdiff_t l = 0; l < k; l++)
        t += (long double)(ta ? sd_mat_get(a, l, i) : sd_mat_get(a, i, l)) *
             (tb ? sd_mat_get(b, j, l) : sd_mat_get(b, l, j));
      sd_mat_set(&c, i, j, (double)t);
    }
  return c;
}

/* |A - B| in the Frobenius norm, |A| when B is NULL; over the largest difference first, so that no
 * square overflows or underflows. NaN stays NaN. */
static inline double distance(const sd_mat *a, const sd_mat *b) {
  double largest = 0, t = 0;
  for (int pass = 0; pass < 2; pass++)
    for (ptrdiff_t j = 0; j < a->cols; j++)
      for (ptrdiff_t i = 0; i < a->rows; i++) {
        double d = fabs(sd_mat_get(a, i, j) - (b ? sd_mat_get(b, i, j) : 0));
        if (isnan(d)) return d;
        if (pass == 0)
          largest = fmax(largest, d);
        else if (largest > 0)
          t += d / largest * (d / largest);
      }
  return largest * sqrt(t);
}

static inline double size_of(const sd_mat *a) { return distance(a, NULL); }

/* Fails unless |A - OP(X) OP(Y)| <= tol. */
static inline void check_product(const sd_mat *a, int tx, const sd_mat *x, int ty, const sd_mat *y,
                                 double tol) {
  sd_mat p = product(tx, x, ty, y);
  assert_true(sd_mat_same_shape(a, &p));
  check_near(distance(a, &p), 0, tol);
  sd_free(p.x);
}

static inline sd_mat identity(ptrdiff_t n) {
  sd_mat e = zeros(n, n);
  for (ptrdiff_t i = 0; i < n; i++) sd_mat_set(&e, i, i, 1);
  return e;
}

/* Fails unless the columns of Q are orthonormal to working precision. */
static inline void check_orthonormal(const sd_mat *q) {
  sd_mat e = identity(q->cols);
  check_product(&e, 1, q, 0, q, BOUND(q->rows) * sqrt((double)q->cols + 1));
  sd_free(e.x);
}

static inline double sample_element(int kind, ptrdiff_t i, ptrdiff_t j) {
  const double s = sin(1.2), c = cos(1.2);
  double same = i == j;
  switch (kind) {
  case LARGE: return 1e150 * check_uniform(-1, 1);
  case SMALL: return 1e-150 * check_uniform(-1, 1);
  case HILBERT: return 1 / (double)(i + j + 1);
  case KAHAN: return pow(s, (double)i) * (i == j ? 1 : i < j ? -c : 0);
  case GRADED: return same * pow(10, -(double)i);
  case REPEATED: return same + 1;
  case JORDAN: return i == j ? 2 : i + 1 == j;
  default: return check_uniform(-1, 1);
  }
}

static inline sd_mat sample(int kind, ptrdiff_t m, ptrdiff_t n) {
  if (kind == DEFICIENT) {
    ptrdiff_t k = least(m, n) / 2;
    sd_mat x = check_random(m, k, SD_F64), y = check_random(k, n, SD_F64);
    sd_mat a = product(0, &x, 0, &y);
    sd_free(x.x);
    sd_free(y.x);
    return a;
  }
  sd_mat a = fresh(m, n);
  for (ptrdiff_t j = 0; j < n; j++)
    for (ptrdiff_t i = 0; i < m; i++) sd_mat_set(&a, i, j, sample_element(kind, i, j));
  return a;
}

/* A <- (A + A')/2 */
static inline void symmetrise(sd_mat *a) {
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < j; i++) {
      double v = (sd_mat_get(a, i, j) + sd_mat_get(a, j, i)) / 2;
      sd_mat_set(a, i, j, v);
      sd_mat_set(a, j, i, v);
    }
}

/* M M' + n I, with M(n,n) random in -1..1: symmetric, and since |M M'|_2 <= n^2 (about n in fact)
 * its condition number is at most n + 1. */
static inline sd_mat positive(ptrdiff_t n) {
  sd_mat m = check_random(n, n, SD_F64), a = product(0, &m, 1, &m);
  for (ptrdiff_t i = 0; i < n; i++) sd_mat_set(&a, i, i, sd_mat_get(&a, i, i) + (double)n);
  sd_free(m.x);
  return a;
}

/* A matrix from its rows: of an array, or of the numbers that follow. */
#define ROWS(m, n, ...) from(m, n, (const double[]){__VA_ARGS__})
static inline sd_mat from(ptrdiff_t m, ptrdiff_t n, const double *rows) {
  sd_mat a = fresh(m, n);
  for (ptrdiff_t i = 0; i < m; i++)
    for (ptrdiff_t j = 0; j < n; j++) sd_mat_set(&a, i, j, rows[i * n + j]);
  return a;
}

/* The largest sum of |elements| of a column. */
static inline double norm1(const sd_mat *a) {
  double largest = 0;
  for (ptrdiff_t j = 0; j < a->cols; j++) {
    double sum = 0;
    for (ptrdiff_t i = 0; i < a->rows; i++) sum += fabs(sd_mat_get(a, i, j));
    largest = fmax(largest, sum);
  }
  return largest;
}

/* Fails unless each element of X is within tol of its place in `rows`. */
static inline void check_elements(const sd_mat *x, const double *rows, double tol) {
  for (ptrdiff_t k = 0; k < x->rows * x->cols; k++)
    check_near(sd_mat_get(x, k / x->cols, k % x->cols), rows[k], tol);
}

static inline void release(sd_mat *a) { sd_free(a->x); }

/* A header of m x n elements that do not exist: what must be refused before it is read. */
static inline sd_mat phantom(ptrdiff_t m, ptrdiff_t n) { return sd_mat_over(m, n, SD_F64, NULL); }

#endif
