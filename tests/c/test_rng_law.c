/* The laws of continuous draws, of columns on the sphere and orthonormal frames, and independence
 * (about 90 comparisons at the levels of law.h). */
#include "law.h"

enum { N = 100000 };
static double sample[N], second[N];

/* ---- distribution functions -------------------------------------------------------------------*/

static double normal_cdf(const double *unused, double x) {
  (void)unused;
  return 0.5 * erfc(-x * sqrt(0.5));
}

/* The regularised incomplete gamma function P(a, x/scale): the power series left of the mode, the
 * continued fraction from its tail right of it. */
static double gamma_cdf(const double *p, double x) {
  double a = p[0], y = x / p[1], front = exp(a * log(y) - y - lgamma(a));
  if (y <= 0) /* the atom: everything below the smallest double */
    return exp(a * -1075 * log(2) - lgamma(a + 1));
  if (y < a + 1) {
    double term = 1 / a, sum = term;
    for (int k = 1; k < 500 && term > sum * 1e-17; k++) sum += term *= y / (a + k);
    return front * sum;
  }
  double f = 0;
  for (int k = 120; k >= 1; k--) f = k * (k - a) / (y + 2 * k + 1 - a - f);
  return 1 - front / (y + 1 - a - f);
}

/* Mills's ratio P(Z > x)/density by its continued fraction, for x >= 3. */
static double mills(double x) {
  double f = x;
  for (int k = 60; k >= 1; k--) f = x + k / f;
  return 1 / f;
}

/* P(Z > x) / P(Z > lo), for x >= lo */
static double survival(double lo, double x) {
  if (x == INFINITY) return 0;
  if (lo < 3) return erfc(x * sqrt(0.5)) / erfc(lo * sqrt(0.5));
  return exp(-(x - lo) * (x + lo) / 2) * mills(x) / mills(lo);
}

static double truncated_cdf(const double *ends, double x) {
  if (ends[1] <= 0) { /* mirrored: P(X <= x) = P(-X >= -x) */
    double mirror[] = {-ends[1], -ends[0]};
    return 1 - truncated_cdf(mirror, -x);
  }
  return (1 - survival(ends[0], x)) / (1 - survival(ends[0], ends[1]));
}

/* ---- continuous laws --------------------------------------------------------------------------*/

static void uniform(void **state) {
  (void)state;
  sd_mat x = column(sample, N);
  static const double unit[] = {0, 1};
  assert_int_equal(sd_rng_uniform(fresh(), &x), SD_OK);
  for (int i = 0; i < N; i++) assert_true(sample[i] >= 0 && sample[i] < 1);
  for (int k = 1; k <= 4; k++) /* of (x - 1/2) sqrt(12): E s^k = sqrt(3)^k/(k+1), k even */
    expect_power("uniform", sample, N, 0.5, sqrt(1.0 / 12), k, k % 2 ? 0 : pow(3, k / 2) / (k + 1),
                 pow(3, k) / (2 * k + 1));
  expect_law("uniform", sample, N, uniform_cdf, unit, 0);
  float f[1000];
  sd_mat single = sd_mat_over(1000, 1, SD_F32, f);
  assert_int_equal(sd_rng_uniform(fresh(), &single), SD_OK);
  for (int i = 0; i < 1000; i++) assert_true(f[i] >= 0 && f[i] < 1);
}

/* E s^k of a standard normal s: 1 3 5 ... (k-1), k even */
static double normal_power(int k) { return k <= 0 ? 1 : (k - 1) * normal_power(k - 2); }

static void normal(void **state) {
  (void)state;
  sd_mat x = column(sample, N);
  assert_int_equal(sd_rng_normal(fresh(), &x), SD_OK);
  for (int k = 1; k <= 6; k++)
    expect_power("normal", sample, N, 0, 1, k, k % 2 ? 0 : normal_power(k), normal_power(2 * k));
  expect_law("normal", sample, N, normal_cdf, NULL, 0);
}

static void gamma_law(void **state) {
  (void)state;
  static const double shapes[] = {1e-3, 0.02, 0.5, 0.999, 1, 3.7, 40};
  enum { SIZE = N / 4 };
  sd_mat x = column(sample, SIZE);
  for (int i = 0; i < 7; i++) {
    double p[] = {shapes[i], 1};
    assert_int_equal(sd_rng_gamma(fresh(), p[0], 1, &x), SD_OK);
    /* the boost's uniforms have 2^52 values; front's exponent is good to 1e-12 */
    expect_law("gamma", sample, SIZE, gamma_cdf, p, 1e-11);
  }
  double chi2[] = {1.5, 2};
  assert_int_equal(sd_rng_gamma(fresh(), 1.5, 2, &x), SD_OK);
  expect_law("chi2(3)", sample, SIZE, gamma_cdf, chi2, 1e-11);
}

/* Standardised, a large shape is normal up to a skewness of 2/sqrt(a) and an excess of 6/a, which
 * moves the distribution function by less than the skewness. */
static void gamma_of_large_shape(void **state) {
  (void)state;
  static const double shapes[] = {1e6, 1e9, 1e12};
  sd_mat x = column(sample, N);
  for (int i = 0; i < 3; i++) {
    double a = shapes[i], skew = 2 / sqrt(a);
    double power[] = {0, 1, skew, 3 + 6 / a};
    assert_int_equal(sd_rng_gamma(fresh(), a, 1, &x), SD_OK);
    for (int k = 1; k <= 4; k++) /* the squares' excess over the normal's is below 1% */
      expect_power("gamma", sample, N, a, sqrt(a), k, power[k - 1], 1.01 * normal_power(2 * k));
    for (int k = 0; k < N; k++) sample[k] = (sample[k] - a) / sqrt(a);
    expect_law("large gamma", sample, N, normal_cdf, NULL, skew);
  }
}

static void tiny_shapes(void **state) {
  (void)state;
  sd_mat x = column(sample, 1000);
  static const double shapes[] = {1e-5, 1e-100, 0x1p-1074};
  for (int i = 0; i < 3; i++) { /* P(X > smallest double) is about 744 shape */
    int positive = 0;
    assert_int_equal(sd_rng_gamma(fresh(), shapes[i], 1, &x), SD_OK);
    for (int k = 0; k < 1000; k++) {
      assert_true(sample[k] >= 0 && sample[k] < 1e3);
      positive += sample[k] > 0;
    }
    if (i == 0) /* binomial with mean 7.4: above 30 with probability 3e-10, 0 with 6e-4 */
      assert_in_range(positive, 1, 30);
    else
      assert_int_equal(positive, 0);
  }
}

static void truncated_normal(void **state) {
  (void)state;
  static const double ends[][2] = {{-1, 2},         {0, INFINITY},
                                   {-INFINITY, 1},  {0.5, 0.6},
                                   {-0.3, 0.1},     {-5, 7},
                                   {0.9, 10},       {0.99, 3.4},
                                   {1, 1.5},        {3, 4},
                                   {10, 11},        {2, 2.3},
                                   {-11, -10},      {5, 5.001},
                                   {8, INFINITY},   {38, INFINITY},
                                   {-INFINITY, -3}, {-2, 0},
                                   {0x1p-60, 9},    {100, 100.001},
                                   {1e5, INFINITY}, {-INFINITY, INFINITY}};
  enum { SIZE = 10000 };
  sd_mat x = column(sample, SIZE);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    double lo = ends[i][0], hi = ends[i][1];
    char what[80];
    snprintf(what, sizeof what, "truncated normal [%g, %g]", lo, hi);
    assert_int_equal(sd_rng_truncated_normal(fresh(), lo, hi, &x), SD_OK);
    for (int k = 0; k < SIZE; k++) assert_true(sample[k] >= lo && sample[k] <= hi);
    for (int k = 0; hi <= 0 && k < SIZE; k++) sample[k] = -sample[k]; /* atoms are no matter here */
    double mirror[] = {-hi, -lo};
    /* near 1e5 doubles are 1.5e-11 apart, the law 1e-5 wide */
    expect_law(what, sample, SIZE, truncated_cdf, hi <= 0 ? mirror : ends[i], 1e-5);
  }
}

/* Intervals a few numbers wide, and beyond any density: nothing but membership can be asked. */
static void truncated_normal_at_the_edges(void **state) {
  (void)state;
  double next = nextafter(0.5, 1), far = nextafter(1e300, INFINITY);
  const double ends[][2] = {
      {0.5, next},     {1e300, far},   {1e300, INFINITY}, {-INFINITY, -1e9},
      {-1e308, 1e308}, {0, 0x1p-1074}, {-0x1p-1074, 0},   {1e9, nextafter(1e9, 2e9)},
      {-1e308, -1e307}};
  sd_mat x = column(sample, 500);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    assert_int_equal(sd_rng_truncated_normal(fresh(), ends[i][0], ends[i][1], &x), SD_OK);
    for (int k = 0; k < 500; k++) assert_true(sample[k] >= ends[i][0] && sample[k] <= ends[i][1]);
  }
}

/* ---- columns and matrices ---------------------------------------------------------------------*/

/* In R^3 a coordinate of a point on the sphere is uniform on [-1,1] (Archimedes). */
static void sphere(void **state) {
  (void)state;
  enum { COLS = 20000 };
  static const double ends[] = {-1, 1};
  sd_mat x = sd_mat_over(3, COLS, SD_F64, sample), line = sd_mat_over(1, COLS, SD_F64, second);
  assert_int_equal(sd_rng_sphere(fresh(), &x), SD_OK);
  for (int j = 0; j < COLS; j++) {
    const double *c = sample + 3 * j;
    /* norm, root and quotients: each of five roundings counts 2^-53 in the square twice */
    check_near(c[0] * c[0] + c[1] * c[1] + c[2] * c[2], 1, 10 * 0x1p-53);
  }
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < COLS; j++) second[j] = sample[3 * j + i];
    expect_law("sphere", second, COLS, uniform_cdf, ends, 0);
  }
  assert_int_equal(sd_rng_sphere(fresh(), &line), SD_OK);
  for (int j = 0; j < COLS; j++) assert_true(fabs(second[j]) == 1);
}

/* |Q'Q - I| of Householder's Q is of order eps sqrt(m n) with a small constant; 10 is generous. */
static void expect_orthonormal(const sd_mat *q, double eps) {
  double tol = 10 * eps * sqrt((double)(q->rows * q->cols));
  for (ptrdiff_t a = 0; a < q->cols; a++)
    for (ptrdiff_t b = 0; b <= a; b++) {
      double s = 0;
      for (ptrdiff_t i = 0; i < q->rows; i++) s += sd_mat_get(q, i, a) * sd_mat_get(q, i, b);
      check_near(s, a == b, tol);
    }
}

/* Q'G is upper triangular with a positive diagonal for the Gaussian G of the same draw: the
 * definition, by another route than the factorisation. */
static void orthogonal_is_q_of_the_gaussian(void **state) {
  (void)state;
  static const ptrdiff_t shapes[][2] = {{1, 1}, {6, 6}, {40, 13}, {5, 1}, {100, 100}, {4, 0}};
  for (int i = 0; i < 6; i++) {
    ptrdiff_t m = shapes[i][0], n = shapes[i][1];
    sd_rng at = fresh();
    sd_mat g = sd_mat_over(m, n, SD_F64, sample), q = sd_mat_over(m, n, SD_F64, second);
    assert_int_equal(sd_rng_normal(at, &g), SD_OK);
    assert_int_equal(sd_rng_orthogonal(at, &q), SD_OK);
    expect_orthonormal(&q, 0x1p-52);
    for (ptrdiff_t a = 0; a < n; a++)
      for (ptrdiff_t b = 0; b <= a; b++) { /* (Q'G)(a,b); a column of G has norm below 3 sqrt(m) */
        double s = 0;
        for (ptrdiff_t k = 0; k < m; k++) s += second[k + a * m] * sample[k + b * m];
        if (a == b)
          assert_true(s > 0);
        else
          check_near(s, 0, 10 * 0x1p-52 * sqrt((double)(m * n)) * 3 * sqrt((double)m));
      }
    float f[600];
    sd_mat single = sd_mat_over(m, n, SD_F32, f);
    if (m * n <= 600) {
      assert_int_equal(sd_rng_orthogonal(at, &single), SD_OK);
      expect_orthonormal(&single, 0x1p-23);
    }
  }
}

/* For Haar measure on O(5) tr Q has the first four moments of a standard normal (Diaconis and
 * Shahshahani 1994); entries have mean 0 and variance 1/5, a column lies uniformly on the
 * sphere. */
static void haar(void **state) {
  (void)state;
  enum { COUNT = 4000 };
  static double trace[COUNT], corner[COUNT], last[COUNT];
  static const double ends[] = {-1, 1};
  sd_rng at = fresh();
  for (int i = 0; i < COUNT; i++, at.ordinal++) {
    double x[25], y[9];
    sd_mat q = sd_mat_over(5, 5, SD_F64, x), r = sd_mat_over(3, 3, SD_F64, y);
    assert_int_equal(sd_rng_orthogonal(at, &q), SD_OK);
    trace[i] = x[0] + x[6] + x[12] + x[18] + x[24];
    assert_int_equal(sd_rng_orthogonal(at, &r), SD_OK);
    corner[i] = y[0], last[i] = y[8];
  }
  expect_power("trace", trace, COUNT, 0, 1, 1, 0, 1);
  expect_power("trace", trace, COUNT, 0, 1, 2, 1, 3);
  expect_law("first entry", corner, COUNT, uniform_cdf, ends, 0);
  expect_law("last entry", last, COUNT, uniform_cdf, ends, 0);
}

/* ---- independence -----------------------------------------------------------------------------*/

/* The mean product of n pairs of independent standard normals has standard error 1/sqrt(n). */
static void expect_uncorrelated(const char *what, const double *x, const double *y, int n) {
  double s = 0;
  for (int i = 0; i < n; i++) s += x[i] * y[i];
  if (!(fabs(s) <= 6 * sqrt(n))) fail_msg("%s: correlation %g", what, s / n);
}

static void independence(void **state) {
  (void)state;
  sd_mat x = column(sample, N), y = column(second, N);
  sd_rng at = {sd_rng_root(1, 0), 0};
  const sd_rng others[] = {{at.key, 1},
                           {sd_rng_root(1, 1), 0},
                           {sd_rng_root(2, 0), 0},
                           {sd_rng_root(1, sd_rng_hash("a", 1)), 0},
                           {sd_rng_child(at.key, 0), 0}};
  assert_int_equal(sd_rng_normal(at, &x), SD_OK);
  static const int lags[] = {1, 2, 7, 8, 16, 128, 256};
  for (int i = 0; i < 7; i++) expect_uncorrelated("lag", sample, sample + lags[i], N - lags[i]);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(sd_rng_normal(others[i], &y), SD_OK);
    expect_uncorrelated("streams", sample, second, N);
    for (int k = 0; k < N; k++) second[k] = (second[k] * second[k] - 1) * sqrt(0.5);
    double s = 0; /* squares: standardised, the first factor's as well */
    for (int k = 0; k < N; k++) s += (sample[k] * sample[k] - 1) * sqrt(0.5) * second[k];
    assert_true(fabs(s) <= 6 * sqrt(N));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(uniform),
                                     cmocka_unit_test(normal),
                                     cmocka_unit_test(gamma_law),
                                     cmocka_unit_test(gamma_of_large_shape),
                                     cmocka_unit_test(tiny_shapes),
                                     cmocka_unit_test(truncated_normal),
                                     cmocka_unit_test(truncated_normal_at_the_edges),
                                     cmocka_unit_test(sphere),
                                     cmocka_unit_test(orthogonal_is_q_of_the_gaussian),
                                     cmocka_unit_test(haar),
                                     cmocka_unit_test(independence)};
  return cmocka_run_group_tests_name("rng laws", tests, NULL, NULL);
}
