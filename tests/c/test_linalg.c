/* Factorisations, linear systems, least squares, determinants and norms: residuals, closed forms,
 * second routes, statuses, faults. */
#include "linalg_check.h"

/* ---- factorisations ---------------------------------------------------------------------------*/

static int is_upper(const sd_mat *r) {
  for (ptrdiff_t j = 0; j < r->cols; j++)
    for (ptrdiff_t i = j + 1; i < r->rows; i++)
      if (sd_mat_get(r, i, j) != 0) return 0;
  return 1;
}

static void check_qr(int kind, ptrdiff_t m, ptrdiff_t n, int pivot) {
  ptrdiff_t r = least(m, n), p[64], seen[64] = {0};
  sd_mat a = sample(kind, m, n), q = fresh(m, r), up = fresh(r, n), moved = fresh(m, n);
  assert_int_equal(sd_qr(&a, &q, &up, pivot ? p : NULL), SD_OK);
  for (ptrdiff_t j = 0; j < n; j++) {
    ptrdiff_t from_column = pivot ? p[j] : j;
    assert_in_range(from_column, 0, n - 1);
    assert_int_equal(seen[from_column]++, 0); /* a permutation */
    for (ptrdiff_t i = 0; i < m; i++) sd_mat_set(&moved, i, j, sd_mat_get(&a, i, from_column));
  }
  check_orthonormal(&q);
  assert_true(is_upper(&up));
  check_product(&moved, 0, &q, 0, &up, BOUND(most(m, n)) * size_of(&a));
  for (ptrdiff_t k = 1; pivot && k < r; k++) /* descends up to rounding of the column norms */
    assert_true(fabs(sd_mat_get(&up, k, k)) <=
                fabs(sd_mat_get(&up, k - 1, k - 1)) + BOUND(m) * size_of(&a));
  release(&a), release(&q), release(&up), release(&moved);
}

static void qr_rebuilds(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++)
    for (int k = 0; k < SHAPES; k++)
      for (int pivot = 0; pivot < 2; pivot++) check_qr(kind, shapes[k].m, shapes[k].n, pivot);
}

/* [t -t; t t] has orthogonal columns of norm sqrt(2) t: below the largest double, though a
 * reflection would add t to that. */
static void qr_at_the_end_of_the_range(void **state) {
  (void)state;
  const double t = 1e308, rows[] = {t, -t, t, t};
  sd_mat a = from(2, 2, rows), q = fresh(2, 2), r = fresh(2, 2);
  assert_int_equal(sd_qr(&a, &q, &r, NULL), SD_OK);
  check_orthonormal(&q);
  for (ptrdiff_t k = 0; k < 2; k++) check_near(fabs(sd_mat_get(&r, k, k)) / t, sqrt(2), BOUND(2));
  check_near(sd_mat_get(&r, 0, 1) / t, 0, BOUND(2) * 2);
  release(&a), release(&q), release(&r);
}

static void cholesky_rebuilds(void **state) {
  (void)state;
  const ptrdiff_t sizes[] = {0, 1, 2, 7, 64};
  for (int k = 0; k < 5; k++) {
    ptrdiff_t n = sizes[k];
    sd_mat a = positive(n), l = fresh(n, n);
    assert_int_equal(sd_cholesky(&a, &l), SD_OK);
    for (ptrdiff_t j = 0; j < n; j++) {
      assert_true(sd_mat_get(&l, j, j) > 0);
      for (ptrdiff_t i = 0; i < j; i++) assert_true(sd_mat_get(&l, i, j) == 0);
    }
    check_product(&a, 0, &l, 1, &l, BOUND(n) * size_of(&a));
    release(&a), release(&l);
  }
}

static void cholesky_refuses(void **state) {
  (void)state;
  const double rows[] = {4, 2, 0, 2, 1, 0, 0, 0, 1}; /* second leading minor: 4 - 4 = 0 */
  sd_mat a = from(3, 3, rows), l = fresh(3, 3), tall = fresh(3, 2);
  assert_int_equal(sd_cholesky(&a, &l), 2);
  sd_mat_set(&a, 1, 1, 1.5);
  assert_int_equal(sd_cholesky(&a, &l), SD_OK);
  sd_mat_set(&a, 0, 2, INFINITY);
  assert_int_equal(sd_cholesky(&a, &l), SD_ENONFINITE);
  assert_int_equal(sd_cholesky(&tall, &l), SD_ESHAPE);
  assert_int_equal(sd_qr(&tall, &l, &l, NULL), SD_ESHAPE);
  release(&a), release(&l), release(&tall);
}

static void symmetry_is_measured(void **state) {
  (void)state;
  ptrdiff_t i = -1, j = -1;
  sd_mat a = positive(70), tall = fresh(3, 2);
  double largest = 0;
  symmetrise(&a);
  for (ptrdiff_t k = 0; k < 70; k++) largest = fmax(largest, sd_mat_get(&a, k, k));
  assert_int_equal(sd_check_symmetric(0, &a, &i, &j), SD_OK);
  sd_mat_set(&a, 60, 3, sd_mat_get(&a, 3, 60) + 1e-6 * largest);
  assert_int_equal(sd_check_symmetric(2e-6, &a, &i, &j), SD_OK);
  assert_int_equal(sd_check_symmetric(5e-7, &a, &i, &j), SD_EARG);
  assert_int_equal(i, 3);
  assert_int_equal(j, 60);
  assert_int_equal(sd_check_symmetric(1, &tall, &i, &j), SD_ESHAPE);
  sd_mat_set(&a, 0, 0, NAN);
  assert_int_equal(sd_check_symmetric(1, &a, &i, &j), SD_ENONFINITE);
  release(&a), release(&tall);
}

/* ---- linear systems ---------------------------------------------------------------------------*/

/* A matrix that fits the assumption, well conditioned. */
static sd_mat system_for(int assume, ptrdiff_t n) {
  sd_mat a = assume == SD_POSDEF ? positive(n) : check_random(n, n, SD_F64);
  if (assume == SD_SYMMETRIC) symmetrise(&a);
  for (ptrdiff_t j = 0; j < n; j++)
    for (ptrdiff_t i = 0; i < n; i++)
      if ((assume == SD_LOWER && i < j) || (assume == SD_UPPER && i > j)) sd_mat_set(&a, i, j, 0);
  for (ptrdiff_t i = 0; assume != SD_POSDEF && i < n; i++) /* keeps it from singular, indefinite */
    sd_mat_set(&a, i, i, sd_mat_get(&a, i, i) + (i % 2 ? 3 : -3));
  return a;
}

/* |B - A X| <= BOUND |A| |X|: backward stability, at any scale of A. */
static void check_solve(int assume, ptrdiff_t n, ptrdiff_t p, double scale) {
  sd_mat a = system_for(assume, n), b = check_random(n, p, SD_F64), x = fresh(n, p);
  double rcond = NAN;
  for (ptrdiff_t k = 0; k < n * n; k++) ((double *)a.x)[k] *= scale;
  assert_int_equal(sd_solve(assume, &a, &b, &x, &rcond), SD_OK);
  assert_true(rcond > DBL_EPSILON && rcond <= 1 + BOUND(n));
  check_product(&b, 0, &a, 0, &x, BOUND(n) * size_of(&a) * size_of(&x));
  release(&a), release(&b), release(&x);
}

static void solve_leaves_no_residual(void **state) {
  (void)state;
  const ptrdiff_t sizes[] = {0, 1, 2, 7, 64};
  const double scales[] = {1, 1e150, 1e-150, 1e-200};
  for (int assume = SD_GENERAL; assume <= SD_UPPER; assume++)
    for (int k = 0; k < 5; k++)
      for (int s = 0; s < 4; s++) {
        check_solve(assume, sizes[k], 3, scales[s]);
        check_solve(assume, sizes[k], 0, scales[s]);
      }
}

/* The estimate is exact for diag(10^-k): every |A^-1| is found in one step. */
static void rcond_of_a_graded_matrix(void **state) {
  (void)state;
  sd_mat a = sample(GRADED, 7, 7), b = fresh(7, 1), x = fresh(7, 1);
  double rcond;
  sd_mat_fill(&b, 1);
  for (int assume = SD_GENERAL; assume <= SD_UPPER; assume++) {
    assert_int_equal(sd_solve(assume, &a, &b, &x, &rcond), SD_OK);
    check_near(rcond, 1e-6, 1e-6 * BOUND(7));
    for (ptrdiff_t i = 0; i < 7; i++) /* a few roundings of 10^i: pow, division, root */
      check_near(sd_mat_get(&x, i, 0), pow(10, (double)i), pow(10, (double)i) * 8 * DBL_EPSILON);
  }
  release(&a), release(&b), release(&x);
}

/* Elements near the largest and the smallest double: scaling keeps norms and pivots in range. */
static void solve_at_the_ends_of_the_range(void **state) {
  (void)state;
  const double ends[] = {1.5e308, 1e-300};
  for (int k = 0; k < 2; k++) {
    const double t = ends[k], rows[] = {t, t, t, -t};
    sd_mat a = from(2, 2, rows), b = fresh(2, 1), x = fresh(2, 1);
    double rcond, logabs, sign;
    sd_mat_set(&b, 0, 0, 1), sd_mat_set(&b, 1, 0, 0);
    assert_int_equal(sd_solve(SD_GENERAL, &a, &b, &x, &rcond), SD_OK);
    check_near(rcond, 0.5, BOUND(2)); /* |A| = 2t, |A^-1| = 1/t */
    for (ptrdiff_t i = 0; i < 2; i++)
      check_near(sd_mat_get(&x, i, 0) * t, 0.5, 16 * DBL_EPSILON); /* 0.5/t may be subnormal */
    assert_int_equal(sd_logdet(&a, &logabs, &sign), SD_OK);
    check_near(logabs, log(2) + 2 * log(t), BOUND(2) * fabs(2 * log(t))); /* det = -2 t^2 */
    assert_true(sign == -1);
    release(&a), release(&b), release(&x);
  }
}

/* Pivots whose reciprocal overflows, tiny elements beside huge ones, and an X that is too big. */
static void solve_beyond_the_ends_of_the_range(void **state) {
  (void)state;
  const double t = 0x1p-1040, rows[] = {t, t, t, -t}, graded[] = {1.5e308, 0, 0, 1e-20};
  sd_mat a = from(2, 2, rows), d = from(2, 2, graded), b = fresh(2, 1), x = fresh(2, 1);
  double rcond, logabs, sign;
  sd_mat_fill(&b, 0x1p-1030);
  assert_int_equal(sd_solve(SD_GENERAL, &a, &b, &x, &rcond), SD_OK);
  check_near(sd_mat_get(&x, 0, 0), 0x1p10, 0); /* powers of two: nothing is rounded */
  check_near(sd_mat_get(&x, 1, 0), 0, 0);
  assert_int_equal(sd_logdet(&d, &logabs, &sign), SD_OK);
  check_near(logabs, log(1.5e308) + log(1e-20), BOUND(2) * log(1.5e308));
  sd_mat_fill(&a, 0), sd_mat_set(&a, 0, 0, 1e-300), sd_mat_set(&a, 1, 1, 1e-300);
  sd_mat_fill(&b, 1e300);
  assert_int_equal(sd_solve(SD_GENERAL, &a, &b, &x, &rcond), SD_EARG);
  release(&a), release(&d), release(&b), release(&x);
}

static void solve_names_singularity(void **state) {
  (void)state;
  const double rank_one[] = {1, 2, 2, 4}, indefinite[] = {1, 0, 0, -1}, corner[] = {1, 0, 1, 0};
  sd_mat a = from(2, 2, rank_one), b = fresh(2, 1), x = fresh(2, 1), d = from(2, 2, indefinite);
  sd_mat e = from(2, 2, corner), h = sample(HILBERT, 20, 20), g = fresh(20, 20), y = fresh(2, 2);
  double rcond, logabs, sign;
  sd_mat_fill(&b, 1);
  assert_int_equal(sd_solve(SD_GENERAL, &a, &b, &x, &rcond), 2);
  assert_int_equal(sd_inv(&a, &y, &rcond), 2);
  assert_int_equal(sd_solve(SD_SYMMETRIC, &a, &b, &x, &rcond), 2); /* pivots 4, then 1 - 2*2/4 */
  assert_int_equal(sd_solve(SD_POSDEF, &d, &b, &x, &rcond), 2);
  assert_int_equal(sd_solve(SD_LOWER, &e, &b, &x, &rcond), 2);
  assert_int_equal(sd_solve(SD_UPPER, &e, &b, &x, &rcond), 2);
  assert_int_equal(sd_inv(&h, &g, &rcond), 21); /* cond(H20) is about 1e28 */
  assert_true(rcond < DBL_EPSILON);
  assert_int_equal(sd_logdet(&a, &logabs, &sign), SD_OK);
  assert_true(logabs == -(double)INFINITY && sign == 0);
  release(&a), release(&b), release(&x), release(&d), release(&e), release(&h), release(&g);
  release(&y);
}

static void solve_refuses(void **state) {
  (void)state;
  sd_mat a = identity(3), b = fresh(3, 2), x = fresh(3, 2), tall = fresh(4, 2),
         square = fresh(3, 3);
  sd_mat wide = phantom((ptrdiff_t)INT_MAX + 1, (ptrdiff_t)INT_MAX + 1);
  double rcond, logabs, sign;
  ptrdiff_t i, j;
  sd_mat_fill(&b, 1);
  assert_int_equal(sd_solve(SD_GENERAL, &a, &tall, &tall, &rcond), SD_ESHAPE);
  assert_int_equal(sd_solve(SD_GENERAL, &tall, &b, &x, &rcond), SD_ESHAPE);
  assert_int_equal(sd_inv(&tall, &x, &rcond), SD_ESHAPE);
  assert_int_equal(sd_logdet(&tall, &logabs, &sign), SD_ESHAPE);
  assert_int_equal(sd_logdet(&wide, &logabs, &sign), SD_ETOOBIG);
  sd_mat_set(&b, 2, 1, NAN);
  assert_int_equal(sd_solve(SD_GENERAL, &a, &b, &x, &rcond), SD_ENONFINITE);
  assert_int_equal(sd_check_triangular(SD_LOWER, &a, &i, &j), SD_OK);
  sd_mat_set(&a, 0, 2, 5);
  assert_int_equal(sd_check_triangular(SD_UPPER, &a, &i, &j), SD_OK);
  assert_int_equal(sd_check_triangular(SD_LOWER, &a, &i, &j), SD_EARG);
  assert_true(i == 0 && j == 2);
  assert_int_equal(sd_check_triangular(SD_UPPER, &tall, &i, &j), SD_ESHAPE);
  sd_mat_set(&a, 0, 0, INFINITY);
  assert_int_equal(sd_inv(&a, &square, &rcond), SD_ENONFINITE);
  release(&a), release(&b), release(&x), release(&tall), release(&square);
}

/* A X = I to BOUND |A| |X|, and X agrees with sd_solve's: each is off by BOUND cond |X|. */
static void inv_agrees_with_solve(void **state) {
  (void)state;
  for (ptrdiff_t n = 0; n <= 40; n += 8) {
    sd_mat a = system_for(SD_GENERAL, n), x = fresh(n, n), y = fresh(n, n), e = identity(n);
    double rcond;
    assert_int_equal(sd_inv(&a, &x, &rcond), SD_OK);
    assert_int_equal(sd_solve(SD_GENERAL, &a, &e, &y, &rcond), SD_OK);
    double bound = BOUND(n) * size_of(&a) * size_of(&x);
    check_product(&e, 0, &a, 0, &x, bound);
    check_near(distance(&x, &y), 0, 2 * bound * size_of(&x));
    release(&a), release(&x), release(&y), release(&e);
  }
}

/* log det is off by at most tr|A^-1 E| <= n cond BOUND. */
static void logdet_has_closed_forms(void **state) {
  (void)state;
  double logabs, sign, hilbert = 0, vandermonde = 1;
  sd_mat h = sample(HILBERT, 6, 6), v = fresh(5, 5), none = fresh(0, 0);
  for (int i = 1; i < 12; i++) /* det H_n = c_n^4 / c_2n, c_n = 1! 2! ... (n-1)! */
    hilbert += (i < 6 ? 4 * lgamma(i + 1.0) : 0) - lgamma(i + 1.0);
  assert_int_equal(sd_logdet(&h, &logabs, &sign), SD_OK);
  check_near(logabs, hilbert, 6 * 1.5e7 * BOUND(6)); /* cond(H_6) = 1.5e7 */
  assert_true(sign == 1);
  for (int j = 0; j < 5; j++)
    for (int i = 0; i < 5; i++) sd_mat_set(&v, i, j, pow(1 + i, j));
  for (int j = 0; j < 5; j++)
    for (int i = 0; i < j; i++) vandermonde *= j - i;
  assert_int_equal(sd_logdet(&v, &logabs, &sign), SD_OK);
  check_near(logabs, log(vandermonde), 5 * 2.7e4 * BOUND(5)); /* cond(V) = 2.6e4 */
  assert_true(sign == 1);
  for (int j = 0; j < 5; j++) { /* exchanging two rows changes the sign */
    double t = sd_mat_get(&v, 0, j);
    sd_mat_set(&v, 0, j, sd_mat_get(&v, 3, j));
    sd_mat_set(&v, 3, j, t);
  }
  assert_int_equal(sd_logdet(&v, &logabs, &sign), SD_OK);
  assert_true(sign == -1);
  assert_int_equal(sd_logdet(&none, &logabs, &sign), SD_OK);
  assert_true(logabs == 0 && sign == 1);
  release(&h), release(&v), release(&none);
}

/* ---- least squares ----------------------------------------------------------------------------*/

/* Two routes to the minimum-norm solution: dgelsd, and the pseudo-inverse. Both are off by
 * BOUND cond^2 |X| at worst (cond^2 where a residual remains), cond <= |A| |A^+|. */
static void lstsq_agrees_with_pinv(void **state) {
  (void)state;
  for (int kind = RANDOM; kind <= SMALL; kind++)
    for (int k = 0; k < SHAPES; k++) {
      ptrdiff_t m = shapes[k].m, n = shapes[k].n, r = least(m, n), rank = -1, expected;
      sd_mat a = sample(kind, m, n), b = check_random(m, 3, SD_F64), x = fresh(n, 3);
      sd_mat s = fresh(r, 1), values = fresh(r, 1), inverse = fresh(n, m);
      assert_int_equal(sd_lstsq(1e-12, &a, &b, &x, &rank, &s), SD_OK);
      assert_int_equal(sd_rank(1e-12, &a, &expected), SD_OK);
      assert_int_equal(rank, expected);
      assert_int_equal(sd_svd(SD_GESVD, &a, NULL, &values, NULL), SD_OK);
      check_near(distance(&s, &values), 0, 2 * BOUND(most(m, n)) * size_of(&a));
      assert_int_equal(sd_pinv(1e-12, &a, &inverse), SD_OK);
      double cond = size_of(&a) * size_of(&inverse);
      check_product(&x, 0, &inverse, 0, &b,
                    BOUND(most(m, n)) * (cond + 1) * (cond + 1) * size_of(&inverse) * size_of(&b));
      release(&a), release(&b), release(&x), release(&s), release(&values), release(&inverse);
    }
}

static void lstsq_of_a_line(void **state) {
  (void)state;
  const double points[] = {1, 0, 1, 1, 1, 2, 1, 3}, heights[] = {-1, 0.2, 0.9, 2.1};
  sd_mat a = from(4, 2, points), b = from(4, 1, heights), x = fresh(2, 1), s = fresh(2, 1);
  sd_mat empty = fresh(4, 0), nothing = fresh(2, 0);
  ptrdiff_t rank;
  assert_int_equal(sd_lstsq(1e-15, &a, &b, &x, &rank, &s), SD_OK);
  assert_int_equal(rank, 2);
  check_near(sd_mat_get(&x, 0, 0), -0.95, 100 * BOUND(4)); /* cond^2 < 30 */
  check_near(sd_mat_get(&x, 1, 0), 1, 100 * BOUND(4));
  assert_int_equal(sd_lstsq(1e-15, &a, &empty, &nothing, &rank, &s), SD_OK);
  assert_int_equal(rank, 2);
  assert_int_equal(sd_lstsq(1e-15, &a, &x, &x, &rank, &s), SD_ESHAPE);
  sd_mat_set(&b, 0, 0, NAN);
  assert_int_equal(sd_lstsq(1e-15, &a, &b, &x, &rank, &s), SD_ENONFINITE);
  release(&a), release(&b), release(&x), release(&s), release(&empty), release(&nothing);
}

/* ---- norms ------------------------------------------------------------------------------------*/

static double norm_of(int kind, const sd_mat *a) {
  double value = NAN;
  assert_int_equal(sd_norm(kind, a, &value), SD_OK);
  return value;
}

static void norms_have_closed_forms(void **state) {
  (void)state;
  const double rows[] = {1, -2, 3, -4}; /* A'A = [10 -14; -14 20]: s^2 = 15 +- sqrt(221) */
  for (int scaled = 0; scaled < 3; scaled++) {
    double t = scaled == 0 ? 1 : scaled == 1 ? 1e200 : 1e-200;
    sd_mat a = from(2, 2, rows);
    for (int k = 0; k < 4; k++) ((double *)a.x)[k] *= t;
    double s1 = sqrt(15 + sqrt(221)), s2 = sqrt(15 - sqrt(221));
    check_near(norm_of(SD_NORM_FRO, &a), sqrt(30) * t, BOUND(2) * t);
    check_near(norm_of(SD_NORM_ONE, &a), 6 * t, BOUND(2) * t);
    check_near(norm_of(SD_NORM_INF, &a), 7 * t, BOUND(2) * t);
    check_near(norm_of(SD_NORM_ROW, &a), 5 * t, BOUND(2) * t);
    check_near(norm_of(SD_NORM_TWO, &a), s1 * t, BOUND(2) * sqrt(30) * t);
    check_near(norm_of(SD_NORM_NUC, &a), (s1 + s2) * t, BOUND(2) * 2 * sqrt(30) * t);
    release(&a);
  }
}

static void norms_at_the_edges(void **state) {
  (void)state;
  sd_mat none = fresh(3, 0), a = identity(3);
  double value;
  for (int kind = SD_NORM_FRO; kind <= SD_NORM_NUC; kind++) assert_true(norm_of(kind, &none) == 0);
  for (int position = 0; position < 3; position++) { /* NaN first, in the middle, last */
    sd_mat_set(&a, position, position, NAN);
    for (int kind = SD_NORM_FRO; kind <= SD_NORM_ROW; kind++) assert_true(isnan(norm_of(kind, &a)));
    assert_int_equal(sd_norm(SD_NORM_TWO, &a, &value), SD_ENONFINITE);
    assert_int_equal(sd_norm(SD_NORM_NUC, &a, &value), SD_ENONFINITE);
    sd_mat_set(&a, position, position, -INFINITY);
    for (int kind = SD_NORM_FRO; kind <= SD_NORM_ROW; kind++)
      assert_true(norm_of(kind, &a) == (double)INFINITY);
    sd_mat_set(&a, position, position, 1);
  }
  release(&none), release(&a);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  double number, other;
  ptrdiff_t rank, p[5];
  sd_mat a = check_random(9, 5, SD_F64), q = fresh(9, 5), r = fresh(5, 5), b = positive(5);
  sd_mat x = fresh(5, 5), s = fresh(5, 1), y = fresh(5, 9), g = identity(9);
  check_faults(sd_qr(&a, &q, &r, NULL));
  check_faults(sd_qr(&a, &q, &r, p));
  check_faults(sd_cholesky(&b, &x));
  for (int assume = SD_GENERAL; assume <= SD_POSDEF; assume++)
    check_faults(sd_solve(assume, &b, &b, &x, &number));
  check_faults(sd_inv(&b, &x, &number));
  check_faults(sd_logdet(&b, &number, &other));
  check_faults(sd_lstsq(0, &a, &g, &y, &rank, &s));
  for (int kind = SD_NORM_ONE; kind <= SD_NORM_NUC; kind++)
    check_faults(sd_norm(kind, &a, &number));
  release(&a), release(&q), release(&r), release(&b), release(&x), release(&s), release(&y);
  release(&g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(qr_rebuilds),
      cmocka_unit_test(qr_at_the_end_of_the_range),
      cmocka_unit_test(cholesky_rebuilds),
      cmocka_unit_test(cholesky_refuses),
      cmocka_unit_test(symmetry_is_measured),
      cmocka_unit_test(solve_leaves_no_residual),
      cmocka_unit_test(rcond_of_a_graded_matrix),
      cmocka_unit_test(solve_at_the_ends_of_the_range),
      cmocka_unit_test(solve_beyond_the_ends_of_the_range),
      cmocka_unit_test(solve_names_singularity),
      cmocka_unit_test(solve_refuses),
      cmocka_unit_test(inv_agrees_with_solve),
      cmocka_unit_test(logdet_has_closed_forms),
      cmocka_unit_test(lstsq_agrees_with_pinv),
      cmocka_unit_test(lstsq_of_a_line),
      cmocka_unit_test(norms_have_closed_forms),
      cmocka_unit_test(norms_at_the_edges),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("linalg", tests, NULL, NULL);
}
