/* sd_sqrtm: squares, closed forms, existence by the spectrum, faults.
 *
 * The contract is |X X - A| <= 20 n eps |X|^2; one more n eps |X|^2 is for rounding X. */
#include "linalg_check.h"
#include <lapacke.h>

static const double eps = DBL_EPSILON;

static void check_root(const sd_mat *a, const sd_mat *x, double tolerance) {
  double size = size_of(x);
  check_product(a, 0, x, 0, x, tolerance * (double)a->rows * size * size);
}

static void sqrtm_of_squares(void **state) {
  (void)state;
  for (ptrdiff_t n = 1; n <= 40; n += 13)
    for (int power = -300; power <= 300; power += 150) {
      sd_mat b = check_random(n, n, SD_F64), a = fresh(n, n), x = fresh(n, n);
      sd_sqrtm_fault fault;
      for (ptrdiff_t i = 0; i < n; i++) /* diagonally dominant: eigenvalues right of the axis */
        sd_mat_set(&b, i, i, (double)n + 1 + sd_mat_get(&b, i, i));
      assert_int_equal(sd_gemm(SD_NOTRANS, SD_NOTRANS, pow(10, power), &b, &b, 0, &a), SD_OK);
      assert_int_equal(sd_sqrtm(&a, &x, &fault), SD_OK);
      if (power == 0) check_root(&a, &x, 21 * eps);
      /* X is B: by Gershgorin the symmetric part of B is at least 1, so |exp(-tB)| <= exp(-t) and
       * dX = int_0^inf exp(-tB) dA exp(-tB) dt has |dX| <= |dA| / 2. */
      for (ptrdiff_t k = 0; k < n * n; k++) ((double *)x.x)[k] /= pow(10, power / 2);
      check_near(distance(&x, &b), 0, 21 * (double)n * eps * size_of(&b) * size_of(&b));
      sd_free(a.x), sd_free(b.x), sd_free(x.x);
    }
}

/* Random Gram matrices, of full rank and of rank 3; the root is symmetric and its own Gram root. */
static void sqrtm_symmetric(void **state) {
  (void)state;
  for (ptrdiff_t n = 1; n <= 33; n += 8)
    for (ptrdiff_t rank = 3; rank <= 50; rank += 47) {
      sd_mat b = check_random(n, rank, SD_F64), a = fresh(n, n), x = fresh(n, n);
      sd_sqrtm_fault fault;
      for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
          double sum = 0;
          for (ptrdiff_t k = 0; k < rank; k++) sum += sd_mat_get(&b, i, k) * sd_mat_get(&b, j, k);
          sd_mat_set(&a, i, j, sum);
        }
      assert_int_equal(sd_sqrtm(&a, &x, &fault), SD_OK);
      check_root(&a, &x, 21 * eps);
      for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = 0; j < i; j++) assert_true(sd_mat_get(&x, i, j) == sd_mat_get(&x, j, i));
      sd_mat_set(&a, n - 1, 0, nextafter(sd_mat_get(&a, n - 1, 0), INFINITY)); /* the other route */
      assert_int_equal(sd_sqrtm(&a, &x, &fault), SD_OK);
      check_root(&a, &x, 21 * eps);
      sd_free(a.x), sd_free(b.x), sd_free(x.x);
    }
}

static void sqrtm_closed_forms(void **state) {
  (void)state;
  const struct {
    double a[9], x[9];
  } cases[] = {
      {{4, 1, 0, 0, 4, 1, 0, 0, 4}, {2, 0.25, -1.0 / 64, 0, 2, 0.25, 0, 0, 2}}, /* Jordan block */
      {{0, -1, 0, 1, 0, 0, 0, 0, 9}, {M_SQRT1_2, -M_SQRT1_2, 0, M_SQRT1_2, M_SQRT1_2, 0, 0, 0, 3}},
      {{1, 5, 7, 0, 0, 0, 0, 0, 0}, {1, 5, 7, 0, 0, 0, 0, 0, 0}}, /* singular, not defective */
      {{4, 0, 0, 0, 1e-20, 0, 1, 0, 0}, {2, 0, 0, 0, 1e-10, 0, 0.5, 0, 0}},
      {{5, 4, 0, 4, 5, 0, 0, 0, 4}, {2, 1, 0, 1, 2, 0, 0, 0, 2}}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    sd_mat a = from(3, 3, cases[k].a), x = fresh(3, 3);
    sd_sqrtm_fault fault;
    assert_int_equal(sd_sqrtm(&a, &x, &fault), SD_OK);
    /* the condition of each root is below 10; cases 3 and 4 are triangular up to a permutation,
     * which LAPACK's balancing finds, so that their small eigenvalues are exact */
    check_elements(&x, cases[k].x, 10 * 21 * 3 * eps * size_of(&a));
    sd_free(a.x), sd_free(x.x);
  }
}

static void sqrtm_faults(void **state) {
  (void)state;
  const struct {
    double a[4];
    int why;
    double eigenvalue;
  } cases[] = {{{2, 0, 0, -0.3}, SD_SQRTM_NEGATIVE, -0.3},
               {{1, 2, 2, 1}, SD_SQRTM_NEGATIVE, -1},
               {{-4, 1, 0, 1}, SD_SQRTM_NOTREAL, -4},
               {{-4, 1, 0, -4}, SD_SQRTM_NOTREAL, -4},
               {{-4e200, 1e200, 0, 0}, SD_SQRTM_NOTREAL, -4e200},
               {{1, 1, 0, -1e-10}, SD_SQRTM_NOTREAL, -1e-10}, /* small, but no rounding error */
               {{0, 1, 0, 0}, SD_SQRTM_SINGULAR, 0},
               {{1, -1, 1, -1}, SD_SQRTM_SINGULAR, 0},
               {{1e-40, 1, 0, 1e-40}, SD_SQRTM_SINGULAR, 0}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    sd_mat a = from(2, 2, cases[k].a), x = fresh(2, 2);
    sd_sqrtm_fault fault = {0, 0};
    assert_int_equal(sd_sqrtm(&a, &x, &fault), SD_EARG);
    assert_int_equal(fault.why, cases[k].why);
    if (fault.why != SD_SQRTM_SINGULAR)
      check_near(fault.eigenvalue / cases[k].eigenvalue, 1, 10 * 2 * 10 * eps);
    sd_free(a.x), sd_free(x.x);
  }
}

/* Another witness for when there is a real root: the eigenvalues by LAPACK's real QR algorithm. A
 * random matrix has none so near the negative axis, or 0, that rounding decides. */
static void sqrtm_exists_by_the_spectrum(void **state) {
  (void)state;
  int counts[2] = {0, 0};
  for (int trial = 0; trial < 400; trial++) {
    ptrdiff_t n = 2 + trial % 7;
    sd_mat a = check_random(n, n, SD_F64), x = fresh(n, n), copy = fresh(n, n);
    double re[8], im[8];
    int negative = 0;
    sd_sqrtm_fault fault = {0, 0};
    for (ptrdiff_t i = 0; i < n && trial % 2; i++) sd_mat_set(&a, i, i, 2 + sd_mat_get(&a, i, i));
    sd_mat_copy(&a, &copy);
    lapack_int order = (lapack_int)n;
    assert_int_equal(
        LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', 'N', order, copy.x, order, re, im, NULL, 1, NULL, 1),
        0);
    for (ptrdiff_t i = 0; i < n; i++) negative = negative || (im[i] == 0 && re[i] < 0);
    assert_int_equal(sd_sqrtm(&a, &x, &fault), negative ? SD_EARG : SD_OK);
    if (negative)
      assert_int_equal(fault.why, SD_SQRTM_NOTREAL);
    else
      check_root(&a, &x, 21 * eps);
    counts[negative]++;
    sd_free(a.x), sd_free(x.x), sd_free(copy.x);
  }
  assert_true(counts[0] > 100 && counts[1] > 100); /* both kinds were met */
}

/* In f32 a Gram matrix has eigenvalues of -eps(f32) |A|: the tolerance follows the dtype. */
static void sqrtm_f32(void **state) {
  (void)state;
  sd_mat a, x, d = ROWS(2, 2, 1, 0, 0, -1e-7);
  sd_sqrtm_fault fault;
  assert_int_equal(sd_mat_alloc(&a, 2, 2, SD_F32), SD_OK);
  assert_int_equal(sd_mat_alloc(&x, 2, 2, SD_F32), SD_OK);
  assert_int_equal(sd_sqrtm(&d, &x, &fault), SD_EARG);
  sd_mat_copy(&d, &a);
  assert_int_equal(sd_sqrtm(&a, &x, &fault), SD_OK);
  check_elements(&x, (const double[]){1, 0, 0, 0}, 10 * 2 * (double)FLT_EPSILON);
  sd_free(a.x), sd_free(x.x), sd_free(d.x);
}

static void sqrtm_limits(void **state) {
  (void)state;
  sd_mat none = fresh(0, 0), wide = fresh(2, 3), bad = ROWS(2, 2, 1, NAN, 0, 1), x = zeros(2, 2);
  sd_sqrtm_fault fault;
  assert_int_equal(sd_sqrtm(&none, &none, &fault), SD_OK);
  assert_int_equal(sd_sqrtm(&wide, &wide, &fault), SD_ESHAPE);
  assert_int_equal(sd_sqrtm(&x, &wide, &fault), SD_ESHAPE);
  assert_int_equal(sd_sqrtm(&bad, &x, &fault), SD_ENONFINITE);
  assert_int_equal(sd_sqrtm(&x, &x, &fault), SD_OK); /* zero, in place */
  assert_true(size_of(&x) == 0);
  sd_mat even = ROWS(2, 2, 4, 1, 1, 4), odd = ROWS(2, 2, 4, 1, 0, 9);
  sd_interrupt(1);
  int symmetric = sd_sqrtm(&even, &x, &fault), general = sd_sqrtm(&odd, &x, &fault);
  sd_interrupt(0);
  assert_int_equal(symmetric, SD_EINTR);
  assert_int_equal(general, SD_EINTR);
  sd_free(none.x), sd_free(wide.x), sd_free(bad.x), sd_free(x.x), sd_free(even.x), sd_free(odd.x);
}

static void allocation_failures(void **state) {
  (void)state;
  sd_mat a[] = {ROWS(2, 2, 4, 1, 0, 9), ROWS(2, 2, 4, 1, 1, 9)}, x = fresh(2, 2);
  sd_sqrtm_fault fault;
  for (int k = 0; k < 2; k++) check_faults(sd_sqrtm(a + k, &x, &fault));
  sd_free(a[0].x), sd_free(a[1].x), sd_free(x.x);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(sqrtm_of_squares),
                                     cmocka_unit_test(sqrtm_symmetric),
                                     cmocka_unit_test(sqrtm_closed_forms),
                                     cmocka_unit_test(sqrtm_faults),
                                     cmocka_unit_test(sqrtm_exists_by_the_spectrum),
                                     cmocka_unit_test(sqrtm_f32),
                                     cmocka_unit_test(sqrtm_limits),
                                     cmocka_unit_test(allocation_failures)};
  return cmocka_run_group_tests_name("sqrtm", tests, NULL, NULL);
}
