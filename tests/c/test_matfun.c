/* sd_expm and sd_polar: closed forms, a long double Taylor series, residuals, faults.
 *
 * Tolerances are normwise, with eps = 2^-52: each method is backward stable, so the result is exact
 * for A + dA with |dA| <= c n eps |A|, and a residual or an error is c n eps times the norms that
 * the check multiplies. c = 10 covers the handful of products and solves that each method makes. */
#include "linalg_check.h"

static const double eps = DBL_EPSILON;

/* ---- expm -------------------------------------------------------------------------------------*/

enum { TAYLOR_N = 8 };

/* exp(A) by 40 terms of the series of A / 2^k, |A|_1 / 2^k < 1/2, and k squarings, in long double:
 * another route with 11 more bits. */
static sd_mat taylor(const sd_mat *a) {
  static long double x[TAYLOR_N][TAYLOR_N], term[TAYLOR_N][TAYLOR_N], sum[TAYLOR_N][TAYLOR_N],
      next[TAYLOR_N][TAYLOR_N];
  int n = (int)a->rows, k = 0;
  while (ldexp(norm1(a), -k) >= 0.5) k++;
  for (int j = 0; j < n; j++)
    for (int i = 0; i < n; i++) {
      x[i][j] = ldexpl((long double)sd_mat_get(a, i, j), -k);
      sum[i][j] = term[i][j] = i == j;
    }
  for (int step = 1; step <= 40 + k; step++) {
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        next[i][j] = 0;
        for (int l = 0; l < n; l++)
          next[i][j] += step <= 40 ? term[i][l] * x[l][j] / step : sum[i][l] * sum[l][j];
      }
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++)
        if (step <= 40)
          term[i][j] = next[i][j], sum[i][j] += next[i][j];
        else
          sum[i][j] = next[i][j];
  }
  sd_mat e = fresh(n, n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) sd_mat_set(&e, i, j, (double)sum[i][j]);
  return e;
}

/* The derivative of exp is bounded by exp(|A|), so the error is 10 n eps |A| exp(|A|), and
 * 10 n eps |E| from rounding the result. The norms pass through degrees 3, 5, 7, 9, 13. */
static void expm_against_taylor(void **state) {
  (void)state;
  const double sizes[] = {1e-3, 0.1, 0.6, 1.5, 4, 12};
  for (ptrdiff_t n = 2; n <= TAYLOR_N; n++)
    for (int s = 0; s < 6; s++) {
      sd_mat a = check_random(n, n, SD_F64), e = fresh(n, n);
      double factor = sizes[s] / norm1(&a);
      for (ptrdiff_t k = 0; k < n * n; k++) ((double *)a.x)[k] *= factor;
      sd_mat t = taylor(&a);
      assert_int_equal(sd_expm(&a, &e), SD_OK);
      check_near(distance(&e, &t), 0,
                 10 * (double)n * eps * (sizes[s] * exp(sizes[s]) + size_of(&t)));
      sd_free(a.x), sd_free(e.x), sd_free(t.x);
    }
}

/* Non-negative with equal column sums c: |exp(sA)|_1 = exp(sc) exactly, so the condition number is
 * c, and scaling is at work without the bound being loose. */
static void expm_of_stochastic(void **state) {
  (void)state;
  const double sums[] = {6, 40, 300};
  for (int s = 0; s < 3; s++) {
    sd_mat a = check_random(7, 7, SD_F64), e = fresh(7, 7);
    for (ptrdiff_t j = 0; j < 7; j++) {
      double sum = 0;
      for (ptrdiff_t i = 0; i < 7; i++) sum += fabs(sd_mat_get(&a, i, j));
      for (ptrdiff_t i = 0; i < 7; i++)
        sd_mat_set(&a, i, j, fabs(sd_mat_get(&a, i, j)) * sums[s] / sum);
    }
    sd_mat t = taylor(&a);
    assert_int_equal(sd_expm(&a, &e), SD_OK);
    check_near(distance(&e, &t) / size_of(&t), 0, 10 * 7 * eps * (1 + sums[s]));
    check_near(norm1(&e) / exp(sums[s]), 1, 10 * 7 * eps * (1 + sums[s]));
    sd_free(a.x), sd_free(e.x), sd_free(t.x);
  }
}

/* Normal, with |E| = 1: the condition number is |A| = t. */
static void expm_of_rotation(void **state) {
  (void)state;
  const double angles[] = {0, 0.01, 1, 3, 50, 1e4, 1e8};
  for (int k = 0; k < 7; k++) {
    double t = angles[k], tol = 20 * eps * (1 + t);
    sd_mat a = ROWS(2, 2, 0, -t, t, 0), e = fresh(2, 2);
    assert_int_equal(sd_expm(&a, &e), SD_OK);
    check_near(sd_mat_get(&e, 0, 0), cos(t), tol);
    check_near(sd_mat_get(&e, 1, 0), sin(t), tol);
    check_near(sd_mat_get(&e, 0, 1), -sin(t), tol);
    sd_free(a.x), sd_free(e.x);
  }
}

/* c times the shift: exp has c^k / k! on diagonal k, a polynomial without truncation. Nothing is
 * negative, so a squaring doubles the relative error and no more: 2^s <= 1 + |A| times 10 n eps. */
static void expm_of_nilpotent(void **state) {
  (void)state;
  const double factors[] = {1, 10, 1000};
  for (int f = 0; f < 3; f++) {
    sd_mat a = zeros(5, 5), e = fresh(5, 5), expected = zeros(5, 5);
    for (ptrdiff_t i = 0; i < 4; i++) sd_mat_set(&a, i, i + 1, factors[f]);
    for (ptrdiff_t i = 0; i < 5; i++)
      for (ptrdiff_t j = i; j < 5; j++)
        sd_mat_set(&expected, i, j, pow(factors[f], (double)(j - i)) / tgamma((double)(j - i + 1)));
    assert_int_equal(sd_expm(&a, &e), SD_OK);
    check_near(distance(&e, &expected) / size_of(&expected), 0, 10 * 5 * eps * (1 + factors[f]));
    sd_free(a.x), sd_free(e.x), sd_free(expected.x);
  }
}

/* A A = I whatever b is, so no squaring is needed and each diagonal element is a scalar Pade
 * approximant of degree 13: 26 multiplications and additions, 100 eps with room. Squaring by |A|
 * alone would lose |A| eps. */
static void expm_badly_scaled(void **state) {
  (void)state;
  const double sizes[] = {1, 1e3, 1e6, 1e9};
  for (int k = 0; k < 4; k++) {
    sd_mat a = ROWS(2, 2, 1, sizes[k], 0, -1), e = fresh(2, 2);
    assert_int_equal(sd_expm(&a, &e), SD_OK);
    check_near(sd_mat_get(&e, 0, 0), exp(1), 100 * eps * exp(1));
    check_near(sd_mat_get(&e, 1, 1), exp(-1), 100 * eps * exp(-1));
    check_near(sd_mat_get(&e, 0, 1), sizes[k] * sinh(1), 100 * eps * sizes[k] * sinh(1));
    assert_true(sd_mat_get(&e, 1, 0) == 0);
    sd_free(a.x), sd_free(e.x);
  }
}

static void expm_inverse(void **state) {
  (void)state;
  for (ptrdiff_t n = 1; n <= 30; n += 7) {
    sd_mat a = check_random(n, n, SD_F64), e = fresh(n, n), inverse = fresh(n, n);
    sd_mat one = identity(n);
    double size = norm1(&a);
    assert_int_equal(sd_expm(&a, &e), SD_OK);
    for (ptrdiff_t k = 0; k < n * n; k++) ((double *)a.x)[k] *= -1;
    assert_int_equal(sd_expm(&a, &inverse), SD_OK);
    check_product(&one, 0, &e, 0, &inverse,
                  10 * (double)n * eps * (1 + size) * size_of(&e) * size_of(&inverse));
    sd_free(a.x), sd_free(e.x), sd_free(inverse.x), sd_free(one.x);
  }
}

static void expm_limits(void **state) {
  (void)state;
  sd_mat e = fresh(2, 2), f, wide = fresh(2, 3), none = fresh(0, 0), one = ROWS(1, 1, -1e300);
  sd_mat large = ROWS(2, 2, 800, 1, 0, 1), turning = ROWS(2, 2, 0, 1e20, -1e20, 0);
  sd_mat huge = ROWS(2, 2, 1e308, 1e308, 1e308, 1e308), decay = ROWS(2, 2, -1e12, 0, 0, -1e12);
  sd_mat bad = ROWS(2, 2, 1, NAN, 0, 1);
  assert_int_equal(sd_mat_alloc(&f, 2, 2, SD_F32), SD_OK);
  assert_int_equal(sd_expm(&large, &e), SD_EARG);
  assert_int_equal(sd_expm(&huge, &e), SD_EARG);
  assert_int_equal(sd_expm(&turning, &e), SD_ENOCONV);
  assert_int_equal(sd_expm(&decay, &e), SD_OK);
  assert_true(size_of(&e) == 0);
  assert_int_equal(sd_expm(&bad, &e), SD_ENONFINITE);
  assert_int_equal(sd_expm(&wide, &wide), SD_ESHAPE);
  assert_int_equal(sd_expm(&large, &wide), SD_ESHAPE);
  assert_int_equal(sd_expm(&none, &none), SD_OK);
  assert_int_equal(sd_expm(&one, &one), SD_OK);
  assert_true(sd_mat_get(&one, 0, 0) == 0);
  sd_mat_set(&large, 0, 0, 100); /* exp(100) is an f64 number and no f32 one */
  assert_int_equal(sd_expm(&large, &f), SD_EARG);
  assert_int_equal(sd_expm(&large, &large), SD_OK); /* in place */
  check_near(sd_mat_get(&large, 0, 0) / exp(100), 1, 10 * 2 * eps * 101);
  sd_interrupt(1);
  assert_int_equal(sd_expm(&turning, &e), SD_EINTR);
  sd_interrupt(0);
  sd_mat *all[] = {&e, &f, &wide, &none, &one, &large, &turning, &huge, &decay, &bad};
  for (size_t k = 0; k < sizeof all / sizeof *all; k++) sd_free(all[k]->x);
}

/* ---- polar ------------------------------------------------------------------------------------*/

static void polar_factors(void **state) {
  (void)state;
  const ptrdiff_t sides[][2] = {{1, 1}, {2, 2}, {7, 7}, {30, 5}, {5, 30}, {1, 9}, {9, 1}, {40, 40}};
  for (size_t k = 0; k < 8; k++)
    for (int rank_one = 0; rank_one < 2; rank_one++) {
      ptrdiff_t m = sides[k][0], n = sides[k][1], longer = most(m, n);
      double tol = 10 * (double)longer * eps, size;
      sd_mat a = check_random(m, n, SD_F64), u = fresh(m, n), p = fresh(n, n),
             one = identity(least(m, n));
      for (ptrdiff_t i = 0; i < m && rank_one; i++)
        for (ptrdiff_t j = 1; j < n; j++) sd_mat_set(&a, i, j, (double)j * sd_mat_get(&a, i, 0));
      size = size_of(&a);
      assert_int_equal(sd_polar(&a, &u, &p), SD_OK);
      check_product(&a, 0, &u, 0, &p, tol * size);
      /* orthonormal columns or rows; |I| is the root of the smaller side */
      check_product(&one, m >= n, &u, m < n, &u, tol * sqrt((double)least(m, n)));
      sd_mat gram = fresh(n, n); /* A'A = P P: another route to P */
      assert_int_equal(sd_gemm(SD_TRANS, SD_NOTRANS, 1, &a, &a, 0, &gram), SD_OK);
      check_product(&gram, 0, &p, 0, &p, 3 * tol * size * size);
      for (ptrdiff_t i = 0; i < n; i++) {
        assert_true(sd_mat_get(&p, i, i) >= 0);
        for (ptrdiff_t j = 0; j < i; j++) assert_true(sd_mat_get(&p, i, j) == sd_mat_get(&p, j, i));
      }
      sd_free(a.x), sd_free(u.x), sd_free(p.x), sd_free(one.x), sd_free(gram.x);
    }
}

static void polar_closed_forms(void **state) {
  (void)state;
  sd_mat a = ROWS(2, 2, 0, -3, 2, 0), u = fresh(2, 2), p = fresh(2, 2); /* a turn times diag(2,3) */
  assert_int_equal(sd_polar(&a, &u, &p), SD_OK);
  check_elements(&u, (const double[]){0, -1, 1, 0}, 20 * eps);
  check_elements(&p, (const double[]){2, 0, 0, 3}, 20 * eps * 3);
  sd_mat_fill(&a, 0); /* scales that only P or nothing survives */
  sd_mat_set(&a, 0, 0, 1e-310);
  sd_mat_set(&a, 1, 1, -1e-310);
  assert_int_equal(sd_polar(&a, &u, &p), SD_OK);
  check_elements(&u, (const double[]){1, 0, 0, -1}, 20 * eps);
  check_elements(&p, (const double[]){1e-310, 0, 0, 1e-310}, 2 * 0x1p-1074);
  sd_free(a.x);
  a = ROWS(2, 2, 1.5e308, -1.5e308, 1.5e308, 1.5e308); /* |A| is 2.1e308 */
  assert_int_equal(sd_polar(&a, &u, &p), SD_EARG);
  sd_free(a.x), sd_free(u.x), sd_free(p.x);
}

static void polar_limits(void **state) {
  (void)state;
  sd_mat none = fresh(0, 3), p = fresh(3, 3), u = fresh(0, 3), tall = fresh(3, 0);
  sd_mat point = fresh(0, 0), bad = ROWS(1, 3, 1, INFINITY, 0), row = fresh(1, 3);
  sd_mat_fill(&p, 7);
  assert_int_equal(sd_polar(&none, &u, &p), SD_OK);
  assert_true(size_of(&p) == 0);
  assert_int_equal(sd_polar(&tall, &tall, &point), SD_OK);
  assert_int_equal(sd_polar(&bad, &row, &p), SD_ENONFINITE);
  assert_int_equal(sd_polar(&row, &row, &row), SD_ESHAPE);
  sd_mat_fill(&row, 1);
  sd_mat other = fresh(1, 3);
  sd_interrupt(1);
  assert_int_equal(sd_polar(&row, &other, &p), SD_EINTR);
  sd_interrupt(0);
  sd_mat *all[] = {&none, &p, &u, &tall, &point, &bad, &row, &other};
  for (size_t k = 0; k < 8; k++) sd_free(all[k]->x);
}

/* ---- memory -----------------------------------------------------------------------------------*/

static void allocation_failures(void **state) {
  (void)state;
  sd_mat a = ROWS(2, 2, 4, 1, 0, 9), x = fresh(2, 2), y = fresh(2, 2);
  check_faults(sd_expm(&a, &x));
  check_faults(sd_polar(&a, &x, &y));
  sd_free(a.x), sd_free(x.x), sd_free(y.x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(expm_against_taylor), cmocka_unit_test(expm_of_stochastic),
      cmocka_unit_test(expm_of_rotation),    cmocka_unit_test(expm_of_nilpotent),
      cmocka_unit_test(expm_badly_scaled),   cmocka_unit_test(expm_inverse),
      cmocka_unit_test(expm_limits),         cmocka_unit_test(polar_factors),
      cmocka_unit_test(polar_closed_forms),  cmocka_unit_test(polar_limits),
      cmocka_unit_test(allocation_failures)};
  return cmocka_run_group_tests_name("matfun", tests, NULL, NULL);
}
