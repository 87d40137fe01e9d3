/* Flat matrices, densities and traces: against prescribed spectra, naive products, exact moments,
 * and the laws of the estimates. */
#include "spectral_check.h"

/* ---- flat matrices ----------------------------------------------------------------------------*/

static void check_flat(ptrdiff_t m, ptrdiff_t n, double last, int passes) {
  ptrdiff_t r = least(m, n);
  const double *s = log_spaced(r, last);
  sd_mat a = with_values(m, n, r, s), t = fresh(r, 1), g = fresh(r, r);
  double defect;
  assert_int_equal(sd_svdvals_qr(&a, &t, &defect), passes ? SD_OK : SD_ENOCONV);
  assert_true(passes ? defect <= 5.0 / 64 : defect > 5.0 / 64);
  for (ptrdiff_t j = 0; j < r && passes; j++)
    check_near(sd_mat_get(&t, j, 0), s[j], 2 * BOUND(m + n));
  assert_int_equal(sd_gram(&a, &g), SD_OK);
  check_product(&g, m >= n, &a, m < n, &a, BOUND(m + n));
  release(&a), release(&t), release(&g);
}

/* Condition numbers up to some 1e7 pass and have all digits that an SVD has; from 1e9 on the square
 * is singular to working precision. */
static void cholesky_qr_checks_itself(void **state) {
  (void)state;
  for (int wide = 0; wide < 2; wide++) {
    ptrdiff_t m = wide ? 20 : 1300, n = wide ? 1300 : 20; /* three blocks */
    check_flat(m, n, 1e-1, 1);
    check_flat(m, n, 1e-6, 1);
    check_flat(m, n, 1e-10, 0);
  }
  check_flat(6, 6, 1e-3, 1);
  sd_mat zero = zeros(9, 3), s = fresh(3, 1);
  double defect;
  assert_int_equal(sd_svdvals_qr(&zero, &s, &defect), SD_ENOCONV);
  assert_true(isinf(defect));
  release(&zero), release(&s);
}

static void flat_matrices_of_f32_and_out_of_range(void **state) {
  (void)state;
  sd_mat single = check_random(700, 5, SD_F32), twice = fresh(700, 5), s = fresh(5, 1);
  sd_mat t = fresh(5, 1), g = fresh(5, 5);
  double defect;
  sd_mat_copy(&single, &twice);
  assert_int_equal(sd_svdvals_qr(&single, &s, &defect), SD_OK);
  assert_int_equal(sd_svdvals_qr(&twice, &t, &defect), SD_OK);
  check_near(distance(&s, &t), 0, BOUND(700) * size_of(&t));
  for (int e = -500; e <= 500; e += 1000) {
    sd_mat_fill(&twice, ldexp(1, e));
    assert_int_equal(sd_svdvals_qr(&twice, &s, &defect), SD_EARG);
    assert_int_equal(sd_gram(&twice, &g), SD_EARG);
  }
  sd_mat_set(&twice, 3, 3, NAN);
  assert_int_equal(sd_gram(&twice, &g), SD_ENONFINITE);
  release(&single), release(&twice), release(&s), release(&t), release(&g);
}

/* ---- densities, traces ------------------------------------------------------------------------*/

/* One probe: the rule is exact for z'A^j z / n, j < 2 steps. |A| <= 1, so that the powers' rounding
 * stays below j BOUND(n). */
static void density_has_the_moments_of_its_probe(void **state) {
  (void)state;
  enum { N = 40, STEPS = 5 };
  sd_mat a = symmetric(N), z = fresh(N, 1), x = fresh(STEPS, 1), w = fresh(STEPS, 1);
  double norm;
  sd_norm(SD_NORM_FRO, &a, &norm);
  for (ptrdiff_t k = 0; k < N * N; k++) ((double *)a.x)[k] /= norm;
  sd_linear map = sd_linear_of(&a);
  ptrdiff_t used;
  assert_int_equal(sd_spectral_density(&map, SD_RADEMACHER, STEPS, 1, at, &x, &w, &used), SD_OK);
  assert_int_equal(used, STEPS);
  assert_int_equal(sd_rng_rademacher(at, &z), SD_OK);
  sd_mat power = fresh(N, 1);
  sd_mat_copy(&z, &power);
  for (int j = 0; j < 2 * STEPS; j++) {
    double moment = 0;
    for (ptrdiff_t k = 0; k < STEPS; k++)
      moment += sd_mat_get(&w, k, 0) * pow(sd_mat_get(&x, k, 0), j);
    sd_mat dot = product(1, &z, 0, &power), next = product(0, &a, 0, &power);
    check_near(moment, sd_mat_get(&dot, 0, 0) / N, (j + 1) * BOUND(N));
    release(&dot), release(&power);
    power = next;
  }
  release(&a), release(&z), release(&x), release(&w), release(&power);
}

/* The identity: one node per probe at 1, of weight 1/probes; smoothed, a Gaussian of that width. */
static void density_of_the_identity(void **state) {
  (void)state;
  enum { N = 10, STEPS = 3, PROBES = 4 };
  sd_mat one = identity(N), x = fresh(STEPS * PROBES, 1), w = fresh(STEPS * PROBES, 1);
  sd_mat grid = fresh(3, 1), f = fresh(3, 1), c = fresh(3, 1);
  sd_linear map = sd_linear_of(&one);
  ptrdiff_t used;
  assert_int_equal(sd_spectral_density(&map, SD_GAUSSIAN, STEPS, PROBES, at, &x, &w, &used), SD_OK);
  assert_int_equal(used, PROBES);
  sd_mat nodes = sd_mat_block(&x, 0, 0, used, 1), weights = sd_mat_block(&w, 0, 0, used, 1);
  for (ptrdiff_t k = 0; k < used; k++) {
    check_near(sd_mat_get(&x, k, 0), 1, BOUND(N));
    check_near(sd_mat_get(&w, k, 0), 1.0 / PROBES, BOUND(1));
  }
  for (ptrdiff_t k = 0; k < 3; k++) sd_mat_set(&grid, k, 0, 1 + 0.5 * (double)(k - 1));
  assert_int_equal(sd_density_smooth(&nodes, &weights, 0.5, &grid, &f, &c), SD_OK);
  for (ptrdiff_t k = 0; k < 3; k++) { /* a node that is off by d moves these by d / width^2 */
    double t = (double)(k - 1);
    check_near(sd_mat_get(&f, k, 0), exp(-t * t / 2) / (0.5 * sqrt(2 * acos(-1))), 4 * BOUND(N));
    check_near(sd_mat_get(&c, k, 0), 0.5 * erfc(-t / sqrt(2)), 4 * BOUND(N));
  }
  assert_int_equal(sd_density_smooth(&nodes, &weights, 0, &grid, &f, &c), SD_EARG);
  release(&one), release(&x), release(&w), release(&grid), release(&f), release(&c);
}

/* Over R seeds the z-scores (estimate - trace) / error have mean 0 and variance near 1 (a Student t
 * with 39 degrees of freedom has variance 39/37). The mean of R = 400 is beyond 4.5/sqrt(R) with a
 * probability of about 1e-5, and the mean square beyond 1.054 +- 6 sqrt(2.2/R) less often. Seeds
 * are fixed: it fails always or never. */
static void stated_errors_are_the_errors(void **state) {
  (void)state;
  enum { N = 30, R = 400, PROBES = 40 };
  sd_mat a = symmetric(N);
  double trace = 0;
  for (ptrdiff_t i = 0; i < N; i++) trace += sd_mat_get(&a, i, i);
  sd_linear map = sd_linear_of(&a);
  for (int method = 0; method < 4; method++) {
    double sum = 0, squares = 0;
    for (uint64_t seed = 0; seed < R; seed++) {
      sd_rng mine = {sd_rng_root(seed, 5), 0};
      double value, error;
      int kind = method % 2;
      if (method < 2)
        assert_int_equal(sd_hutchinson(&map, kind, PROBES, mine, &value, &error), SD_OK);
      else
        assert_int_equal(sd_hutchpp(&map, kind, 8, PROBES, mine, &value, &error), SD_OK);
      sum += (value - trace) / error;
      squares += pow((value - trace) / error, 2);
    }
    check_near(sum / R, 0, 4.5 / sqrt(R));
    check_near(squares / R, 39.0 / 37, 6 * sqrt(2.2 / R));
  }
  release(&a);
}

/* Rank 3: a sketch of 5 holds the range, and nothing is left to estimate; the diagonal: Rademacher
 * probes have no variance. */
static void traces_that_are_exact(void **state) {
  (void)state;
  static const double s[] = {3, 2, 1};
  sd_mat q = orthogonal(50, 3), scaled = fresh(50, 3), diagonal = zeros(50, 50);
  for (ptrdiff_t j = 0; j < 3; j++)
    for (ptrdiff_t i = 0; i < 50; i++) sd_mat_set(&scaled, i, j, s[j] * sd_mat_get(&q, i, j));
  for (ptrdiff_t i = 0; i < 50; i++) sd_mat_set(&diagonal, i, i, (double)i);
  sd_mat a = product(0, &scaled, 1, &q);
  sd_linear map = sd_linear_of(&a), easy = sd_linear_of(&diagonal);
  double value, error;
  assert_int_equal(sd_hutchpp(&map, SD_GAUSSIAN, 5, 5, at, &value, &error), SD_OK);
  check_near(value, 6, 50 * BOUND(50)); /* 50: |z|^2 of the probes of what is left */
  check_near(error, 0, 50 * BOUND(50));
  assert_int_equal(sd_hutchpp(&map, SD_GAUSSIAN, 50, 2, at, &value, &error), SD_OK);
  check_near(value, 6, 50 * BOUND(50));
  assert_true(error == 0);
  assert_int_equal(sd_hutchinson(&easy, SD_RADEMACHER, 2, at, &value, &error), SD_OK);
  check_near(value, 49 * 25, 0); /* whole numbers */
  assert_true(error == 0);
  release(&q), release(&scaled), release(&diagonal), release(&a);
}

static void wrong_requests(void **state) {
  (void)state;
  sd_linear map = map_of(10, 10, laplacian, NULL), tall = map_of(10, 5, laplacian, NULL);
  double value, error;
  assert_int_equal(sd_hutchinson(&map, SD_RADEMACHER, 1, at, &value, &error), SD_EARG);
  assert_int_equal(sd_hutchinson(&tall, SD_RADEMACHER, 2, at, &value, &error), SD_ESHAPE);
  assert_int_equal(sd_hutchpp(&map, SD_RADEMACHER, 0, 2, at, &value, &error), SD_EARG);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  enum { N = 70 };
  sd_mat a = symmetric(N), x = fresh(10, 1), w = fresh(10, 1), s = fresh(N, 1);
  sd_linear map = sd_linear_of(&a);
  ptrdiff_t used;
  double value, error;
  check_faults(sd_spectral_density(&map, SD_GAUSSIAN, 5, 2, at, &x, &w, &used));
  check_faults(sd_hutchinson(&map, SD_GAUSSIAN, 3, at, &value, &error));
  check_faults(sd_hutchpp(&map, SD_GAUSSIAN, 3, 3, at, &value, &error));
  for (ptrdiff_t i = 0; i < N; i++) sd_mat_set(&a, i, i, 100); /* well conditioned */
  check_faults(sd_svdvals_qr(&a, &s, &value));
  release(&a), release(&x), release(&w), release(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cholesky_qr_checks_itself),
      cmocka_unit_test(flat_matrices_of_f32_and_out_of_range),
      cmocka_unit_test(density_has_the_moments_of_its_probe),
      cmocka_unit_test(density_of_the_identity),
      cmocka_unit_test(stated_errors_are_the_errors),
      cmocka_unit_test(traces_that_are_exact),
      cmocka_unit_test(wrong_requests),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
