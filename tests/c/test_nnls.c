/* sd_nnls: optimality conditions, all active sets by brute force, cones, degenerate columns, and a
 * probability in closed form.
 *
 * The method promises w_j <= tol |a_j| (|b| + sum_i x_i |a_i|) for the dual w = A'(b - A x), and
 * |w_j| of the same size where x_j > 0 (there it is the residual of a stable least-squares
 * solution). TOL is the binding's default 10 eps max(m,n); the checks allow twice it, for the
 * rounding of their own sums. */
#include "check.h"
#include <float.h>

static double tol_of(ptrdiff_t m, ptrdiff_t n) {
  return 10 * DBL_EPSILON * (double)(m > n ? m : n);
}

static double gauss(void) {
  double u = check_uniform(0x1p-53, 1), v = check_uniform(0, 1);
  return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static sd_mat gaussian(ptrdiff_t m, ptrdiff_t n) {
  sd_mat a = check_random(m, n, SD_F64);
  for (ptrdiff_t k = 0; k < m * n; k++) ((double *)a.x)[k] = gauss();
  return a;
}

static double size(const sd_mat *a, ptrdiff_t j) {
  double sum = 0;
  for (ptrdiff_t i = 0; i < a->rows; i++) sum = hypot(sum, sd_mat_get(a, i, j));
  return sum;
}

/* b - A x, element i of column c. */
static double residual(const sd_mat *a, const sd_mat *b, const sd_mat *x, ptrdiff_t i,
                       ptrdiff_t c) {
  long double sum = (long double)sd_mat_get(b, i, c);
  for (ptrdiff_t j = 0; j < a->cols; j++)
    sum -= (long double)sd_mat_get(a, i, j) * (long double)sd_mat_get(x, j, c);
  return (double)sum;
}

/* The optimality conditions and the reported residual norm, for every column of B. */
static void check_optimal(const sd_mat *a, const sd_mat *b, const sd_mat *x, const sd_mat *r) {
  double tol = 2 * tol_of(a->rows, a->cols);
  for (ptrdiff_t c = 0; c < b->cols; c++) {
    double scale = size(b, c), norm = 0;
    for (ptrdiff_t j = 0; j < a->cols; j++) scale += sd_mat_get(x, j, c) * size(a, j);
    for (ptrdiff_t i = 0; i < a->rows; i++) norm = hypot(norm, residual(a, b, x, i, c));
    check_near(sd_mat_get(r, 0, c), norm, tol * scale);
    for (ptrdiff_t j = 0; j < a->cols; j++) {
      double w = 0, xj = sd_mat_get(x, j, c), bound = tol * size(a, j) * scale;
      for (ptrdiff_t i = 0; i < a->rows; i++) w += sd_mat_get(a, i, j) * residual(a, b, x, i, c);
      assert_true(xj >= 0);
      if (xj > 0)
        check_near(w, 0, bound);
      else if (!(w <= bound))
        fail_msg("dual %td is %.3g, bound %.3g", j, w, bound);
    }
  }
}

static int solve(const sd_mat *a, const sd_mat *b, sd_mat *x, sd_mat *r) {
  assert_int_equal(sd_mat_alloc(x, a->cols, b->cols, SD_F64), SD_OK);
  assert_int_equal(sd_mat_alloc(r, 1, b->cols, SD_F64), SD_OK);
  return sd_nnls(tol_of(a->rows, a->cols), 3 * a->cols + 1, a, b, x, r);
}

static void solve_and_check(sd_mat a, sd_mat b) {
  sd_mat x, r;
  assert_int_equal(solve(&a, &b, &x, &r), SD_OK);
  check_optimal(&a, &b, &x, &r);
  sd_free(a.x), sd_free(b.x), sd_free(x.x), sd_free(r.x);
}

static void optimality(void **state) {
  (void)state;
  const ptrdiff_t shapes[][2] = {{1, 1},   {1, 9},    {9, 1},    {6, 12},  {12, 6},
                                 {20, 20}, {50, 400}, {120, 40}, {40, 41}, {3, 200}};
  for (size_t k = 0; k < 10; k++) {
    ptrdiff_t m = shapes[k][0], n = shapes[k][1];
    solve_and_check(gaussian(m, n), gaussian(m, 3));
    sd_mat a = check_random(m, n, SD_F64); /* positive columns: the cone is narrow */
    for (ptrdiff_t i = 0; i < m * n; i++) ((double *)a.x)[i] = 1.01 + ((double *)a.x)[i];
    solve_and_check(a, gaussian(m, 3));
  }
}

/* A Hilbert section: columns nearly dependent, so variables enter, leave and are turned away. */
static void ill_conditioned(void **state) {
  (void)state;
  for (ptrdiff_t n = 4; n <= 20; n += 4) {
    sd_mat a = check_random(n, n, SD_F64), b = check_random(n, 4, SD_F64);
    for (ptrdiff_t i = 0; i < n; i++)
      for (ptrdiff_t j = 0; j < n; j++) sd_mat_set(&a, i, j, 1 / (double)(i + j + 1));
    solve_and_check(a, b);
  }
}

/* min over subsets S of |A_S z - b| with z >= 0, each by normal equations and elimination in long
 * double (n <= 6, Gaussian columns: well conditioned with 64 bits). */
static double brute_force(const sd_mat *a, const sd_mat *b) {
  double best = size(b, 0);
  for (unsigned set = 1; set < 1u << a->cols; set++) {
    long double g[6][7], sum = 0;
    ptrdiff_t member[6];
    int k = 0, feasible = 1;
    for (ptrdiff_t j = 0; j < a->cols; j++)
      if (set >> j & 1) member[k++] = j;
    if (k > a->rows) continue; /* dependent: a smaller set does as well */
    for (int p = 0; p < k; p++)
      for (int q = 0; q <= k; q++) {
        g[p][q] = 0;
        for (ptrdiff_t i = 0; i < a->rows; i++)
          g[p][q] += (long double)sd_mat_get(a, i, member[p]) *
                     (long double)(q < k ? sd_mat_get(a, i, member[q]) : sd_mat_get(b, i, 0));
      }
    for (int p = 0; p < k; p++) /* Gauss-Jordan; a Gram matrix needs no pivoting */
      for (int row = 0; row < k; row++) {
        long double f = g[row][p] / g[p][p];
        for (int q = p; q <= k && row != p; q++) g[row][q] -= f * g[p][q];
      }
    for (int p = 0; p < k; p++) feasible = feasible && g[p][k] / g[p][p] >= 0;
    for (ptrdiff_t i = 0; i < a->rows && feasible; i++) {
      long double t = (long double)sd_mat_get(b, i, 0);
      for (int p = 0; p < k; p++) t -= (long double)sd_mat_get(a, i, member[p]) * g[p][k] / g[p][p];
      sum += t * t;
    }
    if (feasible) best = fmin(best, (double)sqrtl(sum));
  }
  return best;
}

/* The convex problem's value is determined to rounding: |r - best| <= tol (|b| + |A| |x|). */
static void against_brute_force(void **state) {
  (void)state;
  for (int trial = 0; trial < 60; trial++) {
    ptrdiff_t m = 1 + trial % 8, n = 1 + trial % 6;
    sd_mat a = gaussian(m, n), b = gaussian(m, 1), x, r;
    assert_int_equal(solve(&a, &b, &x, &r), SD_OK);
    double scale = size(&b, 0);
    for (ptrdiff_t j = 0; j < n; j++) scale += sd_mat_get(&x, j, 0) * size(&a, j);
    check_near(sd_mat_get(&r, 0, 0), brute_force(&a, &b), 2 * tol_of(m, n) * scale);
    sd_free(a.x), sd_free(b.x), sd_free(x.x), sd_free(r.x);
  }
}

/* b = A x0 with x0 >= 0: b lies in the span of the passive columns, so the residual is the backward
 * error of their least-squares solution; for independent columns x is x0. */
static void cone_membership(void **state) {
  (void)state;
  const ptrdiff_t shapes[][2] = {{5, 5}, {30, 10}, {10, 60}, {50, 300}};
  for (size_t k = 0; k < 4; k++)
    for (int scaled = 0; scaled < 2; scaled++) {
      ptrdiff_t m = shapes[k][0], n = shapes[k][1];
      sd_mat a = gaussian(m, n), x0 = check_random(n, 1, SD_F64), b = gaussian(m, 1), x, r;
      double scale = 0;
      for (ptrdiff_t j = 0; j < n; j++) {
        double f = scaled ? pow(10, (double)(j % 7) * 40 - 120) : 1; /* columns of wild sizes */
        for (ptrdiff_t i = 0; i < m; i++) sd_mat_set(&a, i, j, f * sd_mat_get(&a, i, j));
        sd_mat_set(&x0, j, 0, fmax(0, sd_mat_get(&x0, j, 0)) / f);
        scale += size(&a, j) * sd_mat_get(&x0, j, 0);
      }
      assert_int_equal(sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &a, &x0, 0, &b), SD_OK);
      assert_int_equal(solve(&a, &b, &x, &r), SD_OK);
      check_optimal(&a, &b, &x, &r);
      if (m > n) /* columns of unit size here have singular values above 1 - 1/sqrt 3 - 0.2 > 1/5 */
        for (ptrdiff_t j = 0; j < n; j++)
          check_near(sd_mat_get(&x, j, 0) * size(&a, j), sd_mat_get(&x0, j, 0) * size(&a, j),
                     10 * tol_of(m, n) * scale);
      for (ptrdiff_t i = 0; i < m; i++)
        check_near(residual(&a, &b, &x, i, 0), 0, 2 * tol_of(m, n) * scale);
      sd_free(a.x), sd_free(x0.x), sd_free(b.x), sd_free(x.x), sd_free(r.x);
    }
}

/* Duplicates, multiples, opposites and zero columns. */
static void degenerate_columns(void **state) {
  (void)state;
  for (int trial = 0; trial < 20; trial++) {
    sd_mat a = gaussian(6, 12);
    for (ptrdiff_t i = 0; i < 6; i++) {
      sd_mat_set(&a, i, 3, sd_mat_get(&a, i, 0));
      sd_mat_set(&a, i, 4, 3 * sd_mat_get(&a, i, 1));
      sd_mat_set(&a, i, 5, -sd_mat_get(&a, i, 2));
      sd_mat_set(&a, i, 6, 0);
      sd_mat_set(&a, i, 7, sd_mat_get(&a, i, 0) + sd_mat_get(&a, i, 1));
    }
    solve_and_check(a, gaussian(6, 2));
  }
}

static void orthant(void **state) {
  (void)state;
  sd_mat a = check_random(4, 4, SD_F64), b = check_random(4, 5, SD_F64), x, r;
  sd_mat_fill(&a, 0);
  for (ptrdiff_t i = 0; i < 4; i++) sd_mat_set(&a, i, i, ldexp(1, (int)i * 300));
  for (ptrdiff_t i = 0; i < 4; i++) sd_mat_set(&b, i, 4, 0);
  assert_int_equal(solve(&a, &b, &x, &r), SD_OK);
  for (ptrdiff_t c = 0; c < 5; c++)
    for (ptrdiff_t i = 0; i < 4; i++) /* max(b, 0) in exact powers of two */
      check_near(sd_mat_get(&x, i, c) * ldexp(1, (int)i * 300), fmax(0, sd_mat_get(&b, i, c)),
                 10 * DBL_EPSILON);
  assert_true(sd_mat_get(&r, 0, 4) == 0);
  sd_free(a.x), sd_free(b.x), sd_free(x.x), sd_free(r.x);
}

/* The tail P(Bin(trials, p) >= hits), summed from the hits upwards. */
static double binomial_tail(int trials, int hits, double p) {
  double sum = 0;
  for (int k = hits; k <= trials; k++)
    sum += exp(lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(p) +
               (trials - k) * log1p(-p));
  return sum;
}

/* Wendel: a fixed b lies in the cone of k Gaussian columns in R^m with probability P(Bin(k, 1/2) >=
 * m). The count over 500 draws must not fall into either tail of probability 1e-6 of its exact
 * binomial law, so a right implementation fails one run in 1.7e5; the stream is fixed. */
static void probability_of_interpolation(void **state) {
  (void)state;
  const struct {
    ptrdiff_t k;
    double p;
  } cases[] = {{8, 0.145}, {12, 0.613}, {18, 0.952}};
  const int trials = 500;
  sd_mat b = gaussian(6, 1);
  for (int c = 0; c < 3; c++) {
    double p = binomial_tail((int)cases[c].k, 6, 0.5);
    int hits = 0;
    check_near(p, cases[c].p, 0.0005);
    for (int t = 0; t < trials; t++) {
      sd_mat v = gaussian(6, cases[c].k), x, r;
      assert_int_equal(solve(&v, &b, &x, &r), SD_OK);
      hits += sd_mat_get(&r, 0, 0) <= 1e-10 * size(&b, 0);
      sd_free(v.x), sd_free(x.x), sd_free(r.x);
    }
    assert_true(binomial_tail(trials, hits, p) > 1e-6);
    assert_true(binomial_tail(trials, trials - hits, 1 - p) > 1e-6);
  }
  sd_free(b.x);
}

static void limits(void **state) {
  (void)state;
  sd_mat a = gaussian(3, 4), b = gaussian(3, 2), x = gaussian(4, 2), r = gaussian(1, 2);
  sd_mat none = sd_mat_over(0, 4, SD_F64, NULL), nob = sd_mat_over(0, 2, SD_F64, NULL);
  sd_mat noa = sd_mat_over(3, 0, SD_F64, NULL), nox = sd_mat_over(0, 2, SD_F64, NULL);
  sd_mat nocols = sd_mat_over(3, 0, SD_F64, NULL), nosol = sd_mat_over(4, 0, SD_F64, NULL);
  sd_mat nor = sd_mat_over(1, 0, SD_F64, NULL);
  assert_int_equal(sd_nnls(0, 1, &none, &nob, &x, &r), SD_OK);
  assert_true(sd_mat_get(&x, 3, 1) == 0 && sd_mat_get(&r, 0, 1) == 0);
  assert_int_equal(sd_nnls(0, 1, &noa, &b, &nox, &r), SD_OK);
  check_near(sd_mat_get(&r, 0, 1), size(&b, 1), 10 * DBL_EPSILON * size(&b, 1));
  assert_int_equal(sd_nnls(0, 1, &a, &nocols, &nosol, &nor), SD_OK);
  assert_int_equal(sd_nnls(0, 1, &a, &b, &r, &x), SD_ESHAPE);
  assert_int_equal(sd_nnls(0, 1, &a, &nob, &x, &r), SD_ESHAPE);
  assert_int_equal(sd_nnls(NAN, 1, &a, &b, &x, &r), SD_EARG);
  assert_int_equal(sd_nnls(0, 0, &a, &b, &x, &r), SD_EARG);
  sd_interrupt(1);
  assert_int_equal(sd_nnls(1e-14, 9, &a, &b, &x, &r), SD_EINTR);
  sd_interrupt(0);
  sd_mat_set(&b, 1, 1, NAN);
  assert_int_equal(sd_nnls(1e-14, 9, &a, &b, &x, &r), SD_ENONFINITE);
  sd_mat_fill(&a, 1e-300);
  sd_mat_fill(&b, 1e300); /* x is 1e600 */
  assert_int_equal(sd_nnls(1e-14, 9, &a, &b, &x, &r), SD_EARG);
  sd_mat_fill(&a, 0);
  sd_mat_set(&a, 0, 0, 1);
  sd_mat_set(&a, 1, 1, 1); /* two columns must enter, one may */
  sd_mat_fill(&b, 1);
  assert_int_equal(sd_nnls(1e-14, 1, &a, &b, &x, &r), SD_ENOCONV);
  assert_int_equal(sd_nnls(1e-14, 2, &a, &b, &x, &r), SD_OK);
  sd_free(a.x), sd_free(b.x), sd_free(x.x), sd_free(r.x);
}

static void f32_and_overlap(void **state) {
  (void)state;
  sd_mat a = check_random(5, 5, SD_F32), b = check_random(5, 4, SD_F32), x, r, x2 = b;
  assert_int_equal(sd_mat_alloc(&x, 5, 4, SD_F32), SD_OK);
  assert_int_equal(sd_mat_alloc(&r, 1, 4, SD_F32), SD_OK);
  assert_int_equal(sd_nnls(tol_of(5, 5), 15, &a, &b, &x, &r), SD_OK);
  assert_int_equal(sd_nnls(tol_of(5, 5), 15, &a, &b, &x2, &r), SD_OK); /* over b */
  for (ptrdiff_t k = 0; k < 20; k++)
    assert_true(sd_mat_get(&x, k % 5, k / 5) == sd_mat_get(&b, k % 5, k / 5));
  sd_free(a.x), sd_free(b.x), sd_free(x.x), sd_free(r.x);
}

static void allocation_failures(void **state) {
  (void)state;
  sd_mat a = gaussian(4, 4), b = gaussian(4, 2), r = gaussian(1, 2), kept = gaussian(4, 2);
  sd_mat_copy(&b, &kept);
  check_faults((sd_mat_copy(&kept, &b), sd_nnls(tol_of(4, 4), 12, &a, &b, &b, &r)));
  sd_free(a.x), sd_free(b.x), sd_free(r.x), sd_free(kept.x);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(optimality),
                                     cmocka_unit_test(ill_conditioned),
                                     cmocka_unit_test(against_brute_force),
                                     cmocka_unit_test(cone_membership),
                                     cmocka_unit_test(degenerate_columns),
                                     cmocka_unit_test(orthant),
                                     cmocka_unit_test(probability_of_interpolation),
                                     cmocka_unit_test(limits),
                                     cmocka_unit_test(f32_and_overlap),
                                     cmocka_unit_test(allocation_failures)};
  return cmocka_run_group_tests_name("nnls", tests, NULL, NULL);
}
