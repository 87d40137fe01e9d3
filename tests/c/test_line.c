/* What derivatives of functions of lines are made of: centring, recurrences, shifts, elements by
 * position, where quantiles lie. Each against a naive loop over sd_mat_get, on blocks of larger
 * matrices in both dtypes, or against the operation whose adjoint it is. */
#include "check.h"
#include <float.h>
#include <limits.h>

/* Lines of A for dim 1 or 2, and element k of line l. */
static ptrdiff_t lines_of(int dim, const sd_mat *a) { return dim == 1 ? a->cols : a->rows; }
static ptrdiff_t length_of(int dim, const sd_mat *a) { return dim == 1 ? a->rows : a->cols; }
static double line_get(int dim, const sd_mat *a, ptrdiff_t l, ptrdiff_t k) {
  return dim == 1 ? sd_mat_get(a, k, l) : sd_mat_get(a, l, k);
}

static double inner(const sd_mat *a, const sd_mat *b) {
  double s = 0;
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++) s += sd_mat_get(a, i, j) * sd_mat_get(b, i, j);
  return s;
}

#define FOR_DTYPES for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
#define FOR_DIMS   for (int dim = 1; dim <= 2; dim++)

/* ---- centring ---------------------------------------------------------------------------------*/

/* Elements are below 1: a mean of n of them errs by its terms' rounding, n ulp, and one more; the
 * differences and the second pass by 4 ulp of 2. */
static void centre_matches_naive(void **state) {
  (void)state;
  FOR_DTYPES {
    sd_mat owner, a = check_block(130, 5, dtype, &owner), y = check_new(130, 5, dtype);
    FOR_DIMS {
      double tol = ((double)length_of(dim, &a) + 9) * check_ulp(SD_F64) + 8 * check_ulp(dtype);
      assert_int_equal(sd_centre(dim, &a, &y), SD_OK);
      for (ptrdiff_t l = 0; l < lines_of(dim, &a); l++) {
        double mean = 0;
        for (ptrdiff_t k = 0; k < length_of(dim, &a); k++) mean += line_get(dim, &a, l, k);
        mean /= (double)length_of(dim, &a);
        for (ptrdiff_t k = 0; k < length_of(dim, &a); k++)
          check_near(line_get(dim, &y, l, k), line_get(dim, &a, l, k) - mean, tol);
      }
    }
    double mean = 0, tol = 660 * check_ulp(SD_F64) + 8 * check_ulp(dtype);
    for (ptrdiff_t j = 0; j < 5; j++)
      for (ptrdiff_t i = 0; i < 130; i++) mean += sd_mat_get(&a, i, j) / 650;
    assert_int_equal(sd_mat_copy(&a, &y), SD_OK);
    assert_int_equal(sd_centre(0, &y, &y), SD_OK); /* in place */
    for (ptrdiff_t j = 0; j < 5; j++)
      for (ptrdiff_t i = 0; i < 130; i++)
        check_near(sd_mat_get(&y, i, j), sd_mat_get(&a, i, j) - mean, tol);
    sd_free(owner.x);
    sd_free(y.x);
  }
}

static void equal_elements_centre_to_zero(void **state) {
  (void)state;
  static const double values[] = {0.1, 1.0 / 3, -7e22, 1e300, 5e-324, 0.7};
  FOR_DTYPES
  for (int v = 0; v < 6; v++)
    for (ptrdiff_t n = 1; n < 40; n += 6) {
      if (dtype == SD_F32 && fabs(values[v]) > 1e38) continue;
      sd_mat a = check_new(n, 3, dtype);
      for (int dim = 0; dim <= 2; dim++) {
        sd_mat_fill(&a, values[v]);
        assert_int_equal(sd_centre(dim, &a, &a), SD_OK);
        for (ptrdiff_t j = 0; j < 3; j++)
          for (ptrdiff_t i = 0; i < n; i++) assert_true(sd_mat_get(&a, i, j) == 0);
      }
      sd_free(a.x);
    }
}

/* ---- recurrences and shifts -------------------------------------------------------------------*/

/* |a|, |b| < 1: y_k is a sum of k + 1 products of up to k factors, each off by k ulp of f64. */
static void recur_matches_naive(void **state) {
  (void)state;
  FOR_DTYPES FOR_DIMS for (int back = 0; back <= 1; back++) {
    sd_mat oa, ob, a = check_block(70, 6, dtype, &oa), b = check_block(70, 6, dtype, &ob);
    sd_mat y = check_new(70, 6, dtype);
    ptrdiff_t n = length_of(dim, &a);
    double tol = (double)(n * n + n) * check_ulp(SD_F64) + (double)n * check_ulp(dtype);
    assert_int_equal(sd_recur(dim, back, &a, &b, &y), SD_OK);
    for (ptrdiff_t l = 0; l < lines_of(dim, &a); l++) {
      double t = 0;
      for (ptrdiff_t s = 0; s < n; s++) {
        ptrdiff_t k = back ? n - 1 - s : s;
        t = line_get(dim, &a, l, k) * t + line_get(dim, &b, l, k);
        check_near(line_get(dim, &y, l, k), t, tol);
      }
    }
    assert_int_equal(sd_recur(dim, back, &a, &b, &b), SD_OK); /* in place */
    for (ptrdiff_t j = 0; j < 6; j++)
      for (ptrdiff_t i = 0; i < 70; i++) assert_true(sd_mat_get(&b, i, j) == sd_mat_get(&y, i, j));
    sd_free(oa.x);
    sd_free(ob.x);
    sd_free(y.x);
  }
}

static void recur_without_factors_sums(void **state) {
  (void)state;
  FOR_DTYPES FOR_DIMS {
    sd_mat owner, b = check_block(66, 5, dtype, &owner), y = check_new(66, 5, dtype),
                  z = check_new(66, 5, dtype);
    ptrdiff_t n = length_of(dim, &b);
    assert_int_equal(sd_recur(dim, 0, NULL, &b, &y), SD_OK);
    assert_int_equal(sd_cumsum(dim, &b, &z), SD_OK);
    for (ptrdiff_t l = 0; l < lines_of(dim, &b); l++)
      for (ptrdiff_t k = 0; k < n; k++)
        assert_true(line_get(dim, &y, l, k) == line_get(dim, &z, l, k));
    assert_int_equal(sd_recur(dim, 1, NULL, &b, &z), SD_OK);
    for (ptrdiff_t l = 0; l < lines_of(dim, &b); l++) /* sums from both ends overlap in one */
      for (ptrdiff_t k = 0; k < n; k++)
        check_near(line_get(dim, &y, l, k) + line_get(dim, &z, l, k) - line_get(dim, &b, l, k),
                   line_get(dim, &y, l, n - 1),
                   (double)(n * n) * check_ulp(SD_F64) + 4 * (double)n * check_ulp(dtype));
    sd_free(owner.x);
    sd_free(y.x);
    sd_free(z.x);
  }
}

/* An infinite first factor counts for nothing: there is nothing before. */
static void the_first_factor_is_not_used(void **state) {
  (void)state;
  double a[] = {INFINITY, 2, 3}, b[] = {1, 1, 1}, y[3];
  sd_mat ma = sd_mat_over(3, 1, SD_F64, a), mb = sd_mat_over(3, 1, SD_F64, b);
  sd_mat my = sd_mat_over(3, 1, SD_F64, y);
  assert_int_equal(sd_recur(1, 0, &ma, &mb, &my), SD_OK);
  assert_true(y[0] == 1 && y[1] == 3 && y[2] == 10);
}

static void shift_matches_naive(void **state) {
  (void)state;
  FOR_DTYPES FOR_DIMS for (int back = 0; back <= 1; back++) {
    sd_mat owner, a = check_block(5, 4, dtype, &owner), y = check_new(5, 4, dtype);
    ptrdiff_t n = length_of(dim, &a);
    assert_int_equal(sd_shift(dim, back, 2.5, &a, &y), SD_OK);
    for (ptrdiff_t l = 0; l < lines_of(dim, &a); l++)
      for (ptrdiff_t k = 0; k < n; k++) {
        ptrdiff_t from = back ? k + 1 : k - 1;
        double want = from < 0 || from >= n ? 2.5 : line_get(dim, &a, l, from);
        assert_true(line_get(dim, &y, l, k) == want);
      }
    sd_free(owner.x);
    sd_free(y.x);
  }
}

/* <diff(x), c> = <x, undiff(c)>: 2 mn terms below 2, each off by 3 ulp. */
static void undiff_is_the_adjoint_of_diff(void **state) {
  (void)state;
  FOR_DTYPES FOR_DIMS for (ptrdiff_t n = 1; n <= 9; n += 4) {
    ptrdiff_t m = dim == 1 ? n : 5, w = dim == 1 ? 5 : n;
    sd_mat owner, x = check_block(m, w, dtype, &owner), y = check_new(m, w, dtype);
    sd_mat c = check_random(dim == 1 ? m - 1 : m, dim == 2 ? w - 1 : w, dtype);
    sd_mat d = check_new(c.rows, c.cols, dtype);
    assert_int_equal(sd_diff(dim, &x, &d), SD_OK);
    assert_int_equal(sd_undiff(dim, &c, &y), SD_OK);
    check_near(inner(&d, &c), inner(&x, &y), 12 * (double)(m * w) * check_ulp(dtype));
    sd_free(owner.x);
    sd_free(y.x);
    sd_free(c.x);
    sd_free(d.x);
  }
}

/* ---- positions --------------------------------------------------------------------------------*/

/* Random positions into lines of A (all of it for dim 0), more or fewer than it has. */
static sd_mat positions(int dim, const sd_mat *a) {
  sd_mat at = check_new(dim == 2 ? a->rows : 9, dim == 1 ? a->cols : 3, SD_F64);
  ptrdiff_t n = dim == 0 ? a->rows * a->cols : length_of(dim, a);
  for (ptrdiff_t j = 0; j < at.cols; j++)
    for (ptrdiff_t i = 0; i < at.rows; i++)
      sd_mat_set(&at, i, j, (double)(check_bits() % (uint64_t)n + 1));
  return at;
}

static void pick_and_put_are_adjoint(void **state) {
  (void)state;
  FOR_DTYPES for (int dim = 0; dim <= 2; dim++) {
    sd_mat owner, a = check_block(6, 5, dtype, &owner), at = positions(dim, &a);
    sd_mat y = check_new(at.rows, at.cols, SD_F64), x = check_random(at.rows, at.cols, dtype);
    sd_mat back = check_new(6, 5, dtype);
    assert_int_equal(sd_pick(dim, &a, &at, &y), SD_OK);
    for (ptrdiff_t j = 0; j < at.cols; j++)
      for (ptrdiff_t i = 0; i < at.rows; i++) {
        ptrdiff_t p = (ptrdiff_t)sd_mat_get(&at, i, j) - 1;
        double want = dim == 0   ? sd_mat_get(&a, p % 6, p / 6)
                      : dim == 1 ? sd_mat_get(&a, p, j)
                                 : sd_mat_get(&a, i, p);
        assert_true(sd_mat_get(&y, i, j) == want);
      }
    assert_int_equal(sd_put(dim, &x, &at, &back), SD_OK);
    /* each of up to 45 terms below 1, sums of up to 27 of them rounded to the dtype */
    check_near(inner(&a, &back), inner(&y, &x), 45 * 27 * check_ulp(dtype));
    sd_free(owner.x);
    sd_free(at.x);
    sd_free(y.x);
    sd_free(x.x);
    sd_free(back.x);
  }
}

static void positions_are_checked(void **state) {
  (void)state;
  static const double wrong[] = {0, -1, 1.5, 3, NAN, INFINITY, -INFINITY, 1e300};
  double a[] = {1, 2}, p, y;
  sd_mat ma = sd_mat_over(2, 1, SD_F64, a), at = sd_mat_over(1, 1, SD_F64, &p);
  sd_mat my = sd_mat_over(1, 1, SD_F64, &y);
  for (int k = 0; k < 8; k++)
    for (int dim = 0; dim <= 1; dim++) {
      p = wrong[k];
      assert_int_equal(sd_pick(dim, &ma, &at, &my), SD_EARG);
      assert_int_equal(sd_put(dim, &my, &at, &ma), SD_EARG);
    }
}

/* The quantile is the weighted mean of the two elements: 3 roundings of numbers below 1. */
static void quantile_lies_between_its_positions(void **state) {
  (void)state;
  static const double qs[] = {0, 0.1, 0.25, 0.5, 0.77, 1};
  FOR_DTYPES for (int dim = 0; dim <= 2; dim++) for (int q = 0; q < 6; q++) {
    sd_mat owner, a = check_block(75, 4, dtype, &owner);
    ptrdiff_t m = dim == 2 ? 75 : 1, n = dim == 1 ? 4 : 1, k;
    sd_mat lo = check_new(m, n, SD_F64), hi = check_new(m, n, SD_F64), y = check_new(m, n, SD_F64);
    sd_mat x0 = check_new(m, n, SD_F64), x1 = check_new(m, n, SD_F64);
    double t = sd_quantile_place(qs[q], dim == 0 ? 300 : length_of(dim, &a), &k);
    assert_int_equal(sd_quantile(dim, qs[q], &a, &y), SD_OK);
    assert_int_equal(sd_quantile_at(dim, qs[q], &a, &lo, &hi), SD_OK);
    assert_int_equal(sd_pick(dim, &a, &lo, &x0), SD_OK);
    assert_int_equal(sd_pick(dim, &a, &hi, &x1), SD_OK);
    for (ptrdiff_t j = 0; j < n; j++)
      for (ptrdiff_t i = 0; i < m; i++)
        check_near(sd_mat_get(&y, i, j),
                   (1 - t) * sd_mat_get(&x0, i, j) + t * sd_mat_get(&x1, i, j),
                   8 * check_ulp(SD_F64));
    sd_free(owner.x);
    sd_free(lo.x);
    sd_free(hi.x);
    sd_free(y.x);
    sd_free(x0.x);
    sd_free(x1.x);
  }
}

static void quantile_positions_of_ties_and_nan(void **state) {
  (void)state;
  double ties[] = {2, 1, 1, 1}, odd[] = {1, NAN, 0, NAN}, lo, hi;
  sd_mat a = sd_mat_over(4, 1, SD_F64, ties), b = sd_mat_over(4, 1, SD_F64, odd);
  sd_mat l = sd_mat_over(1, 1, SD_F64, &lo), h = sd_mat_over(1, 1, SD_F64, &hi);
  assert_int_equal(sd_quantile_at(1, 0.5, &a, &l, &h), SD_OK); /* the second and third smallest */
  assert_true(lo == 3 && hi == 4);
  assert_int_equal(sd_quantile_at(0, 1, &a, &l, &h), SD_OK);
  assert_true(lo == 1 && hi == 1);
  assert_int_equal(sd_quantile_at(1, 0.1, &b, &l, &h), SD_OK); /* the first NaN */
  assert_true(lo == 2 && hi == 2);
}

/* ---- contracts --------------------------------------------------------------------------------*/

static void shapes_and_dtypes_are_checked(void **state) {
  (void)state;
  double x[6] = {0}, y[6];
  float f[6] = {0};
  sd_mat a = sd_mat_over(2, 3, SD_F64, x), b = sd_mat_over(2, 3, SD_F64, y);
  sd_mat t = sd_mat_over(3, 2, SD_F64, y), s = sd_mat_over(2, 3, SD_F32, f);
  sd_mat short_one = sd_mat_over(1, 3, SD_F64, x), short_single = sd_mat_over(1, 3, SD_F32, f);
  for (int dim = -1; dim <= 3; dim++) {
    if (dim != 0) assert_int_equal(sd_centre(dim, &a, &b), dim < 0 || dim > 2 ? SD_EARG : SD_OK);
    int bad = dim != 1 && dim != 2;
    assert_int_equal(sd_recur(dim, 0, &a, &a, &b), bad ? SD_EARG : SD_OK);
    assert_int_equal(sd_shift(dim, 0, 0, &a, &b), bad ? SD_EARG : SD_OK);
    assert_int_equal(sd_undiff(dim, &short_one, &b), bad ? SD_EARG : dim == 1 ? SD_OK : SD_ESHAPE);
    if (dim < 0 || dim > 2) {
      assert_int_equal(sd_pick(dim, &a, &a, &b), SD_EARG);
      assert_int_equal(sd_put(dim, &a, &a, &b), SD_EARG);
      assert_int_equal(sd_quantile_at(dim, 0.5, &a, &b, &b), SD_EARG);
    }
  }
  assert_int_equal(sd_centre(1, &a, &t), SD_ESHAPE);
  assert_int_equal(sd_centre(1, &a, &s), SD_EDTYPE);
  assert_int_equal(sd_recur(1, 0, &t, &a, &b), SD_ESHAPE);
  assert_int_equal(sd_recur(1, 0, NULL, &a, &t), SD_ESHAPE);
  assert_int_equal(sd_recur(1, 0, &s, &a, &b), SD_EDTYPE);
  assert_int_equal(sd_shift(1, 0, 0, &a, &t), SD_ESHAPE);
  assert_int_equal(sd_shift(1, 0, 0, &a, &s), SD_EDTYPE);
  assert_int_equal(sd_undiff(1, &short_single, &b), SD_EDTYPE);
  assert_int_equal(sd_pick(1, &a, &t, &t), SD_ESHAPE); /* two columns of positions, three of A */
  assert_int_equal(sd_pick(2, &a, &short_one, &short_one), SD_ESHAPE);
  assert_int_equal(sd_pick(0, &a, &a, &t), SD_ESHAPE);
  assert_int_equal(sd_put(1, &a, &short_one, &b), SD_ESHAPE);
  assert_int_equal(sd_put(2, &t, &t, &b), SD_ESHAPE);
  sd_mat row = sd_mat_over(1, 3, SD_F64, y), single = sd_mat_over(1, 3, SD_F32, f);
  assert_int_equal(sd_quantile_at(1, 0.5, &a, &row, &b), SD_ESHAPE);
  assert_int_equal(sd_quantile_at(1, 0.5, &a, &single, &row), SD_EDTYPE);
  assert_int_equal(sd_quantile_at(1, NAN, &a, &row, &row), SD_EARG);
}

/* No elements, however many lines: nothing is done, and at once. */
static void empty_is_instant(void **state) {
  (void)state;
  sd_mat wide = sd_mat_over(0, INT_MAX, SD_F64, NULL), tall = sd_mat_over(INT_MAX, 0, SD_F64, NULL);
  FOR_DIMS for (int k = 0; k < 2; k++) {
    sd_mat *e = k ? &wide : &tall;
    assert_int_equal(sd_centre(dim, e, e), SD_OK);
    assert_int_equal(sd_recur(dim, 1, e, e, e), SD_OK);
    assert_int_equal(sd_shift(dim, 1, 3, e, e), SD_OK);
    assert_int_equal(sd_pick(dim, e, e, e), SD_OK);
    assert_int_equal(sd_put(dim, e, e, e), SD_OK);
    sd_mat out = *e;
    if (dim == 1 && out.rows > 0) out.rows--;
    if (dim == 2 && out.cols > 0) out.cols--;
    assert_int_equal(sd_undiff(dim, &out, e), SD_OK);
  }
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  sd_mat a = check_random(5, 4, SD_F64);
  for (int dim = 0; dim <= 2; dim++) {
    sd_mat lo = check_new(dim == 2 ? 5 : 1, dim == 1 ? 4 : 1, SD_F64),
           hi = check_new(lo.rows, lo.cols, SD_F64);
    check_faults(sd_quantile_at(dim, 0.5, &a, &lo, &hi));
    sd_free(lo.x);
    sd_free(hi.x);
  }
  sd_free(a.x);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(centre_matches_naive),
                                     cmocka_unit_test(equal_elements_centre_to_zero),
                                     cmocka_unit_test(recur_matches_naive),
                                     cmocka_unit_test(recur_without_factors_sums),
                                     cmocka_unit_test(the_first_factor_is_not_used),
                                     cmocka_unit_test(shift_matches_naive),
                                     cmocka_unit_test(undiff_is_the_adjoint_of_diff),
                                     cmocka_unit_test(pick_and_put_are_adjoint),
                                     cmocka_unit_test(positions_are_checked),
                                     cmocka_unit_test(quantile_lies_between_its_positions),
                                     cmocka_unit_test(quantile_positions_of_ties_and_nan),
                                     cmocka_unit_test(shapes_and_dtypes_are_checked),
                                     cmocka_unit_test(empty_is_instant),
                                     cmocka_unit_test(failed_allocations_are_reported)};
  return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
