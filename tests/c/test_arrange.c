/* Sorting, quantiles, scans, indexing, products of columns, scaling: each against a naive loop
 * over sd_mat_get, on blocks of larger matrices in both dtypes. */
#include "check.h"
#include <float.h>

/* Element k of line l of A. */
static double line_get(int dim, const sd_mat *a, ptrdiff_t l, ptrdiff_t k) {
  return dim == 1 ? sd_mat_get(a, k, l) : sd_mat_get(a, l, k);
}

/* 1 when x belongs strictly before y: NaN last, -0 equal to 0. */
static int before(double x, double y, int descending) {
  if (isnan(x)) return 0;
  if (isnan(y)) return 1;
  return descending ? x > y : x < y;
}

static void check_sorted(int dim, int descending, const sd_mat *a) {
  sd_mat s = check_new(a->rows, a->cols, a->dtype), p = check_new(a->rows, a->cols, SD_F64);
  ptrdiff_t lines = dim == 1 ? a->cols : a->rows, n = dim == 1 ? a->rows : a->cols;
  assert_int_equal(sd_sort(dim, descending, a, &s, &p), SD_OK);
  for (ptrdiff_t l = 0; l < lines; l++) {
    double seen = 0;
    for (ptrdiff_t k = 0; k < n; k++) {
      double v = line_get(dim, &s, l, k), at = line_get(dim, &p, l, k);
      double from = line_get(dim, a, l, (ptrdiff_t)at - 1);
      assert_true(v == from ? signbit(v) == signbit(from) : isnan(v) && isnan(from));
      seen += at;
      if (k == 0) continue;
      double u = line_get(dim, &s, l, k - 1), before_at = line_get(dim, &p, l, k - 1);
      assert_false(before(v, u, descending));
      assert_true(before(u, v, descending) || before_at < at); /* stable, so positions differ */
    }
    assert_true(seen == (double)(n * (n + 1)) / 2);
  }
  sd_free(s.x);
  sd_free(p.x);
}

static void sort_orders_and_is_stable(void **state) {
  (void)state;
  static const double odd[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 5e-324, -5e-324, 1, -1, 1e300};
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
    for (ptrdiff_t m = 1; m <= 301; m += 60) { /* short lines and long ones */
      sd_mat owner, a = check_block(m, 7, dtype, &owner);
      for (int round = 0; round < 2; round++) {
        for (int dim = 1; dim <= 2; dim++)
          for (int descending = 0; descending <= 1; descending++) check_sorted(dim, descending, &a);
        for (ptrdiff_t j = 0; j < 7; j++) /* second round: many ties, NaN, zeros of both signs */
          for (ptrdiff_t i = 0; i < m; i++) sd_mat_set(&a, i, j, odd[check_bits() % 10]);
      }
      sd_free(owner.x);
    }
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Against the formula on a sorted copy. Two roundings of the place and three of the interpolation,
 * with values below 1 in magnitude: 8 ulp of 1, and one rounding to the dtype. */
static void quantile_matches_sorted_copy(void **state) {
  (void)state;
  static const double qs[] = {0, 0.1, 0.25, 0.5, 0.77, 0.999, 1};
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
    for (int dim = 0; dim <= 2; dim++)
      for (int c = 0; c < 7; c++) {
        sd_mat owner, a = check_block(23, 14, dtype, &owner);
        sd_mat_set(&a, 3, 3, sd_mat_get(&a, 3, 4)); /* a tie */
        ptrdiff_t lines = dim == 0 ? 1 : dim == 1 ? 14 : 23, n = 23 * 14 / lines;
        sd_mat y = check_new(dim == 2 ? 23 : 1, dim == 1 ? 14 : 1, dtype);
        assert_int_equal(sd_quantile(dim, qs[c], &a, &y), SD_OK);
        for (ptrdiff_t l = 0; l < lines; l++) {
          double x[23 * 14];
          for (ptrdiff_t k = 0; k < n; k++)
            x[k] = dim == 0 ? sd_mat_get(&a, k % 23, k / 23) : line_get(dim, &a, l, k);
          qsort(x, (size_t)n, sizeof *x, ascending);
          double place = qs[c] * (double)(n - 1), below = floor(place);
          double t = place - below, lo = x[(int)below], hi = x[(int)fmin(below + 1, (double)n - 1)];
          double want = (1 - t) * lo + t * hi;
          check_near(sd_mat_get(&y, dim == 2 ? l : 0, dim == 1 ? l : 0), want,
                     8 * check_ulp(SD_F64) * (double)n + check_ulp(dtype));
        }
        sd_free(owner.x);
        sd_free(y.x);
      }
}

static void quantile_edges(void **state) {
  (void)state;
  double x[] = {-1.7e308, 1.7e308, 0}, v;
  sd_mat a = sd_mat_over(2, 1, SD_F64, x), y = sd_mat_over(1, 1, SD_F64, &v);
  assert_int_equal(sd_quantile(0, 0.5, &a, &y), SD_OK);
  assert_true(v == 0); /* the difference overflows, the quantile does not */
  x[0] = -INFINITY, x[1] = 3;
  assert_int_equal(sd_quantile(0, 1, &a, &y), SD_OK);
  assert_true(v == 3);
  x[0] = NAN;
  assert_int_equal(sd_quantile(0, 1, &a, &y), SD_OK);
  assert_true(isnan(v));
  assert_int_equal(sd_quantile(0, 1.5, &a, &y), SD_EARG);
  assert_int_equal(sd_quantile(0, NAN, &a, &y), SD_EARG);
  assert_int_equal(sd_quantile(3, 0.5, &a, &y), SD_EARG);
  a.rows = 0;
  assert_int_equal(sd_quantile(0, 0.5, &a, &y), SD_EARG);
}

/* A running sum of k terms below 1 in magnitude carries at most k^2 roundings of size u, a product
 * k; then one rounding to the dtype. The reference is in long double. */
static void scans_match_naive(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
    for (int dim = 1; dim <= 2; dim++) {
      sd_mat owner, a = check_block(19, 11, dtype, &owner);
      sd_mat s = check_new(19, 11, dtype), p = check_new(19, 11, dtype);
      sd_mat d = check_new(dim == 1 ? 18 : 19, dim == 1 ? 11 : 10, dtype);
      ptrdiff_t lines = dim == 1 ? 11 : 19, n = dim == 1 ? 19 : 11;
      assert_int_equal(sd_cumsum(dim, &a, &s), SD_OK);
      assert_int_equal(sd_cumprod(dim, &a, &p), SD_OK);
      assert_int_equal(sd_diff(dim, &a, &d), SD_OK);
      for (ptrdiff_t l = 0; l < lines; l++) {
        long double sum = 0, product = 1;
        for (ptrdiff_t k = 0; k < n; k++) {
          double v = line_get(dim, &a, l, k), size = (double)(k + 1);
          sum += v, product *= v;
          check_near(line_get(dim, &s, l, k), (double)sum,
                     size * size * check_ulp(SD_F64) + size * check_ulp(dtype));
          check_near(line_get(dim, &p, l, k), (double)product,
                     (size * check_ulp(SD_F64) + check_ulp(dtype)) * fabs((double)product));
          if (k + 1 < n) {
            double step = line_get(dim, &a, l, k + 1) - v;
            if (dtype == SD_F32) step = (double)(float)step;
            assert_true(line_get(dim, &d, l, k) == step);
          }
        }
      }
      assert_int_equal(sd_cumsum(dim, &a, &a), SD_OK); /* in place */
      for (ptrdiff_t k = 0; k < 19 * 11; k++)
        assert_true(sd_mat_get(&a, k % 19, k / 19) == sd_mat_get(&s, k % 19, k / 19));
      sd_free(owner.x);
      sd_free(s.x);
      sd_free(p.x);
      sd_free(d.x);
    }
}

/* scatter_add is the adjoint of gather: <gather(A, idx), B> = <A, scatter_add(0, idx, B)>. Elements
 * are small whole numbers, so that both sides are exact. */
static void gather_and_scatter_are_adjoint(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
    for (int dim = 0; dim <= 2; dim++) {
      ptrdiff_t idx[12], limit = dim == 0 ? 54 : dim == 1 ? 9 : 6;
      sd_mat owner, a = check_block(9, 6, dtype, &owner), zowner;
      sd_mat z = check_block(9, 6, dtype, &zowner);
      sd_mat b = check_new(dim == 2   ? 9
                           : dim == 1 ? 12
                                      : 4,
                           dim == 1   ? 6
                           : dim == 2 ? 12
                                      : 3,
                           dtype);
      sd_mat y = check_new(b.rows, b.cols, dtype);
      for (int k = 0; k < 12; k++) idx[k] = (ptrdiff_t)(check_bits() % (uint64_t)limit);
      for (ptrdiff_t k = 0; k < 54; k++) sd_mat_set(&a, k % 9, k / 9, (double)(k * k % 17));
      for (ptrdiff_t k = 0; k < b.rows * b.cols; k++)
        sd_mat_set(&b, k % b.rows, k / b.rows, (double)(k % 11) - 5);
      sd_mat_fill(&z, 0);
      assert_int_equal(sd_gather(dim, &a, idx, &y), SD_OK);
      for (ptrdiff_t k = 0; k < y.rows * y.cols; k++) {
        ptrdiff_t i = k % y.rows, j = k / y.rows;
        double want = dim == 0   ? sd_mat_get(&a, idx[k] % 9, idx[k] / 9)
                      : dim == 1 ? sd_mat_get(&a, idx[i], j)
                                 : sd_mat_get(&a, i, idx[j]);
        assert_true(sd_mat_get(&y, i, j) == want);
      }
      double left, right;
      assert_int_equal(sd_scatter_add(dim, idx, 12, &b, &z), SD_OK);
      assert_int_equal(sd_dot(&y, &b, &left), SD_OK);
      assert_int_equal(sd_dot(&a, &z, &right), SD_OK);
      assert_true(left == right);
      idx[7] = limit;
      assert_int_equal(sd_gather(dim, &a, idx, &y), SD_EARG);
      assert_int_equal(sd_scatter_add(dim, idx, 12, &b, &z), SD_EARG);
      idx[7] = -1;
      assert_int_equal(sd_gather(dim, &a, idx, &y), SD_EARG);
      assert_int_equal(sd_scatter_add(dim, idx, 11, &b, &z), SD_ESHAPE);
      sd_free(owner.x);
      sd_free(zowner.x);
      sd_free(b.x);
      sd_free(y.x);
    }
}

static void one_element_scatters_everywhere(void **state) {
  (void)state;
  double x[6] = {0}, v = 2;
  ptrdiff_t idx[] = {0, 2, 0};
  sd_mat a = sd_mat_over(3, 2, SD_F64, x), b = sd_mat_over(1, 1, SD_F64, &v);
  assert_int_equal(sd_scatter_add(1, idx, 3, &b, &a), SD_OK);
  static const double want[] = {4, 0, 2, 4, 0, 2};
  assert_memory_equal(x, want, sizeof want);
  assert_int_equal(sd_one_hot(idx, &a), SD_OK);
  static const double hot[] = {1, 0, 0, 0, 0, 1};
  assert_memory_equal(x, hot, sizeof hot);
  idx[1] = 3;
  assert_int_equal(sd_one_hot(idx, &a), SD_EARG);
}

static void products_match_naive(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
    sd_mat oa, ob, a = check_block(5, 4, dtype, &oa), b = check_block(3, 4, dtype, &ob);
    sd_mat c = check_new(15, 16, dtype), kr = check_new(15, 4, dtype);
    assert_int_equal(sd_kron(&a, &b, &c), SD_OK);
    assert_int_equal(sd_khatri_rao(&a, &b, &kr), SD_OK);
    for (ptrdiff_t j = 0; j < 16; j++)
      for (ptrdiff_t i = 0; i < 15; i++) {
        double want = sd_mat_get(&a, i / 3, j / 4) * sd_mat_get(&b, i % 3, j % 4);
        if (dtype == SD_F32) want = (double)(float)want;
        assert_true(sd_mat_get(&c, i, j) == want);
        if (j / 4 == j % 4) assert_true(sd_mat_get(&kr, i, j / 4) == want);
      }
    assert_int_equal(sd_khatri_rao(&a, &b, &c), SD_ESHAPE);
    sd_free(oa.x);
    sd_free(ob.x);
    sd_free(c.x);
    sd_free(kr.x);
  }
}

/* n products below 1, summed in any order: n^2 u. */
static void dot_and_trace_match_naive(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
    sd_mat oa, ob, a = check_block(21, 21, dtype, &oa), b = check_block(21, 21, dtype, &ob);
    long double sum = 0, diagonal = 0;
    double dot, trace;
    for (ptrdiff_t j = 0; j < 21; j++) {
      diagonal += sd_mat_get(&a, j, j);
      for (ptrdiff_t i = 0; i < 21; i++)
        sum += (long double)sd_mat_get(&a, i, j) * sd_mat_get(&b, i, j);
    }
    assert_int_equal(sd_dot(&a, &b, &dot), SD_OK);
    assert_int_equal(sd_trace(&a, &trace), SD_OK);
    check_near(dot, (double)sum, 441. * 441 * check_ulp(SD_F64));
    check_near(trace, (double)diagonal, 21. * 21 * check_ulp(SD_F64));
    b.cols = 20;
    assert_int_equal(sd_dot(&a, &b, &dot), SD_ESHAPE);
    assert_int_equal(sd_trace(&b, &trace), SD_ESHAPE);
    sd_free(oa.x);
    sd_free(ob.x);
  }
}

/* Against expl: the shift is rounded once (|x - top| <= 200, so 200 u relative in the result), exp
 * is within 4 u, the sum and the quotient add (n + 2) u. */
static void softmax_matches_naive(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
    for (int dim = 1; dim <= 2; dim++) {
      sd_mat owner, a = check_block(13, 17, dtype, &owner), y = check_new(13, 17, dtype);
      for (ptrdiff_t k = 0; k < 13 * 17; k++) /* 900..1100: exp overflows, both shares do not */
        sd_mat_set(&a, k % 13, k / 13, 1000 + 100 * sd_mat_get(&a, k % 13, k / 13));
      assert_int_equal(sd_softmax(dim, &a, &y), SD_OK);
      ptrdiff_t lines = dim == 1 ? 17 : 13, n = dim == 1 ? 13 : 17;
      for (ptrdiff_t l = 0; l < lines; l++) {
        long double sum = 0;
        for (ptrdiff_t k = 0; k < n; k++) sum += expl(line_get(dim, &a, l, k) - 1000);
        for (ptrdiff_t k = 0; k < n; k++) {
          double want = (double)(expl(line_get(dim, &a, l, k) - 1000) / sum);
          check_near(line_get(dim, &y, l, k), want,
                     (206 + (double)n) * check_ulp(dtype) * want + (dtype == SD_F32 ? 1e-38 : 0));
        }
      }
      sd_free(owner.x);
      sd_free(y.x);
    }
}

static void softmax_without_limit_is_nan(void **state) {
  (void)state;
  double x[] = {-INFINITY, -INFINITY, INFINITY, 0, NAN, 0, -INFINITY, 0};
  sd_mat a = sd_mat_over(2, 4, SD_F64, x);
  assert_int_equal(sd_softmax(1, &a, &a), SD_OK);
  for (int k = 0; k < 6; k++) assert_true(isnan(x[k]));
  assert_true(x[6] == 0 && x[7] == 1);
}

/* The scale is a power of two from where the norm leaves the range of doubles to where its square
 * does not; n u for the sum, halved by the root, and the quotient: (n + 2) u. */
static void normalize_never_overflows(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
    for (int dim = 0; dim <= 2; dim++)
      for (int e = -1; e <= 1; e++) {
        double size = ldexp(1, e * (dtype == SD_F32 ? 120 : 1015)); /* normal numbers, exact */
        sd_mat owner, a = check_block(20, 9, dtype, &owner), y = check_new(20, 9, dtype);
        for (ptrdiff_t k = 0; k < 180; k++) {
          double v = (double)((float)sd_mat_get(&a, k % 20, k / 20));
          sd_mat_set(&a, k % 20, k / 20, size * (fabs(v) < 1e-2 ? 1 : v));
        }
        assert_int_equal(sd_normalize(dim, &a, &y), SD_OK);
        ptrdiff_t lines = dim == 0 ? 1 : dim == 1 ? 9 : 20, n = 180 / lines;
        for (ptrdiff_t l = 0; l < lines; l++) {
          long double sum = 0;
          for (int pass = 0; pass < 2; pass++)
            for (ptrdiff_t k = 0; k < n; k++) {
              ptrdiff_t i = dim == 0 ? k % 20 : dim == 1 ? k : l;
              ptrdiff_t j = dim == 0 ? k / 20 : dim == 1 ? l : k;
              long double v = (long double)sd_mat_get(&a, i, j) / size;
              if (pass == 0)
                sum += v * v;
              else
                check_near(sd_mat_get(&y, i, j), (double)(v / sqrtl(sum)),
                           ((double)n + 2) * check_ulp(SD_F64) + check_ulp(dtype));
            }
        }
        sd_free(owner.x);
        sd_free(y.x);
      }
}

static void normalize_edges(void **state) {
  (void)state;
  double x[] = {0, -0.0, 3 * 5e-324, 4 * 5e-324, INFINITY, 1, NAN, 1};
  sd_mat a = sd_mat_over(2, 4, SD_F64, x);
  assert_int_equal(sd_normalize(1, &a, &a), SD_OK);
  assert_true(x[0] == 0 && x[1] == 0);
  check_near(x[2], 0.6, 4 * check_ulp(SD_F64)); /* subnormal input, exact after scaling */
  check_near(x[3], 0.8, 4 * check_ulp(SD_F64));
  assert_true(isnan(x[4]) && x[5] == 0);
  assert_true(isnan(x[6]) && isnan(x[7]));
}

static void shapes_and_dtypes_are_checked(void **state) {
  (void)state;
  sd_mat a = check_random(4, 3, SD_F64), f = check_random(4, 3, SD_F32), b = a;
  b.cols = 2;
  static int (*const functions[])(int, const sd_mat *, sd_mat *) = {sd_cumsum, sd_cumprod,
                                                                    sd_softmax, sd_normalize};
  for (size_t k = 0; k < 4; k++) {
    assert_int_equal(functions[k](1, &a, &b), SD_ESHAPE);
    assert_int_equal(functions[k](1, &a, &f), SD_EDTYPE);
    assert_int_equal(functions[k](3, &a, &a), SD_EARG);
  }
  assert_int_equal(sd_diff(1, &a, &a), SD_ESHAPE);
  assert_int_equal(sd_sort(1, 0, &a, &b, &a), SD_ESHAPE);
  assert_int_equal(sd_sort(1, 0, &a, &f, &a), SD_EDTYPE);
  assert_int_equal(sd_sort(0, 0, &a, &a, &a), SD_EARG);
  assert_int_equal(sd_kron(&a, &a, &a), SD_ESHAPE);
  assert_int_equal(sd_dot(&a, &f, (double[]){0}), SD_EDTYPE);
  sd_free(a.x);
  sd_free(f.x);
}

/* However many empty columns there are, nothing is done about them. */
static void empty_is_instant(void **state) {
  (void)state;
  double none, v;
  sd_mat a = sd_mat_over(0, (ptrdiff_t)1 << 50, SD_F64, &none), b = a;
  for (int dim = 1; dim <= 2; dim++) {
    assert_int_equal(sd_cumsum(dim, &a, &b), SD_OK);
    assert_int_equal(sd_softmax(dim, &a, &b), SD_OK);
    assert_int_equal(sd_normalize(dim, &a, &b), SD_OK);
    assert_int_equal(sd_sort(dim, 0, &a, &b, &b), SD_OK);
  }
  assert_int_equal(sd_diff(1, &a, &b), SD_OK);
  assert_int_equal(sd_dot(&a, &b, &v), SD_OK);
  assert_true(v == 0);
}

/* Runs every function that allocates, for each dim. */
static int call(int which, const sd_mat *a, sd_mat *y, sd_mat *z, sd_mat *column) {
  switch (which) {
  case 0: return sd_sort(1, 0, a, y, z);
  case 1: return sd_sort(2, 1, a, y, z);
  case 2: return sd_quantile(2, 0.5, a, column);
  case 3: return sd_cumsum(2, a, y);
  case 4: return sd_cumprod(2, a, y);
  case 5: return sd_softmax(2, a, y);
  default: return sd_normalize(which - 6, a, y);
  }
}

/* Lines that are sorted digit by digit, others by insertion; a quantile has no such ways. */
static void sorting_is_interrupted(void **state) {
  (void)state;
  const ptrdiff_t rows[] = {5, 300};
  for (int k = 0; k < 2; k++) {
    ptrdiff_t m = rows[k];
    sd_mat a = check_random(m, 3, SD_F64), y = check_new(m, 3, SD_F64), z = check_new(m, 3, SD_F64);
    sd_mat lo = check_new(1, 3, SD_F64), hi = check_new(1, 3, SD_F64);
    sd_interrupt(1);
    int status[] = {sd_sort(1, 0, &a, &y, &z), sd_sort(2, 0, &a, &y, &z),
                    sd_quantile(1, 0.5, &a, &lo), sd_quantile_at(1, 0.5, &a, &lo, &hi)};
    sd_interrupt(0);
    for (int j = 0; j < 4; j++) assert_int_equal(status[j], SD_EINTR);
    sd_mat *all[] = {&a, &y, &z, &lo, &hi};
    for (int j = 0; j < 5; j++) sd_free(all[j]->x);
  }
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  sd_mat a = check_random(5, 4, SD_F64), y = check_new(5, 4, SD_F64), z = check_new(5, 4, SD_F64);
  sd_mat column = check_new(5, 1, SD_F64);
  for (int which = 0; which <= 8; which++) check_faults(call(which, &a, &y, &z, &column));
  sd_free(a.x);
  sd_free(y.x);
  sd_free(z.x);
  sd_free(column.x);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(sort_orders_and_is_stable),
                                     cmocka_unit_test(sorting_is_interrupted),
                                     cmocka_unit_test(quantile_matches_sorted_copy),
                                     cmocka_unit_test(quantile_edges),
                                     cmocka_unit_test(scans_match_naive),
                                     cmocka_unit_test(gather_and_scatter_are_adjoint),
                                     cmocka_unit_test(one_element_scatters_everywhere),
                                     cmocka_unit_test(products_match_naive),
                                     cmocka_unit_test(dot_and_trace_match_naive),
                                     cmocka_unit_test(softmax_matches_naive),
                                     cmocka_unit_test(softmax_without_limit_is_nan),
                                     cmocka_unit_test(normalize_never_overflows),
                                     cmocka_unit_test(normalize_edges),
                                     cmocka_unit_test(shapes_and_dtypes_are_checked),
                                     cmocka_unit_test(empty_is_instant),
                                     cmocka_unit_test(failed_allocations_are_reported)};
  return cmocka_run_group_tests_name("arrange", tests, NULL, NULL);
}
