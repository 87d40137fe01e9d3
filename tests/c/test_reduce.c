/* Reductions, for every instruction set and both dtypes, against loops in long double. */
#include "kernel_check.h"

static const double inf = INFINITY;

/* The elements that result k of a reduction over dim is made of. */
static sd_mat part(const sd_mat *x, int dim, ptrdiff_t k) {
  if (dim == 1) return sd_mat_block(x, 0, k, x->rows, 1);
  if (dim == 2) return sd_mat_block(x, k, 0, 1, x->cols);
  return *x;
}

static double nth(const sd_mat *x, ptrdiff_t k) { return sd_mat_get(x, k % x->rows, k / x->rows); }

/* fn of x by a plain loop; *size is the size of what was added up, for the bound. */
static long double naive(int fn, const sd_mat *x, double *size) {
  ptrdiff_t n = x->rows * x->cols, best = 0;
  long double sum = 0, sq = 0, dev = 0, exps = 0, top = nth(x, 0);
  *size = 0;
  for (ptrdiff_t k = 0; k < n; k++) {
    double v = nth(x, k);
    sum += v, sq += (long double)v * v, *size += fabs(v);
    if (v > top) top = v;
    if (fn == SD_REDUCE_ARGMAX ? v > nth(x, best) : v < nth(x, best)) best = k;
  }
  for (ptrdiff_t k = 0; k < n; k++) {
    dev += (nth(x, k) - sum / n) * (nth(x, k) - sum / n);
    exps += expl(nth(x, k) - top);
  }
  if (fn != SD_REDUCE_SUM) *size = fn == SD_REDUCE_MEAN ? *size / (double)n : 1;
  switch (fn) {
  case SD_REDUCE_SUM: return sum;
  case SD_REDUCE_MEAN: return sum / n;
  case SD_REDUCE_VAR: return dev / n;
  case SD_REDUCE_STD: return sqrtl(dev / n);
  case SD_REDUCE_MAX: return top;
  case SD_REDUCE_MIN: return nth(x, best);
  case SD_REDUCE_NORM: *size = (double)sqrtl(sq); return sqrtl(sq);
  case SD_REDUCE_LOGSUMEXP: *size = 1 + fabs((double)(top + logl(exps))); return top + logl(exps);
  default: return best + 1;
  }
}

/* Bound: a term passes at most 16 additions in its partial sum, 5 to join these and log2(n) in
 * pairs, and is itself within 8 u (exp 2, a square of a rounded difference 4, the scaling, the
 * root); u = 2^-53. log2(n) <= 14 here: 43 u of the size. f32 results add their own rounding. */
static void matches_naive(void **state) {
  static const ptrdiff_t shapes[][2] = {{1, 1}, {3, 1}, {1, 700}, {5, 130}, {100, 33}, {1300, 3}};
  (void)state;
  EACH_ISA {
    for (int q = 0; q < 6 * 2 * 2 * 3; q++) {
      ptrdiff_t m = shapes[q % 6][0], n = shapes[q % 6][1];
      int dtype = q / 6 % 2, view = q / 12 % 2, dim = q / 24;
      sd_mat whole = check_random(m + 3 * view, n, dtype), x = sd_mat_block(&whole, view, 0, m, n),
             y;
      assert_int_equal(sd_mat_alloc(&y, dim == 2 ? m : 1, dim == 1 ? n : 1, dtype), SD_OK);
      for (int fn = 0; fn < SD_REDUCE_COUNT; fn++) {
        assert_int_equal(sd_reduce(fn, dim, &x, &y), SD_OK);
        for (ptrdiff_t k = 0; k < y.rows * y.cols; k++) {
          sd_mat p = part(&x, dim, k);
          double size, want = (double)naive(fn, &p, &size), got = nth(&y, k);
          double bound = 43 * 0x1p-53 * size + (dtype == SD_F32 ? 0x1p-24 * fabs(want) : 0);
          if (!(fabs(got - want) <= bound))
            fail_msg("%s %s dim %d %td x %td: %.17g, not %.17g", isas[isa_at], sd_reduce_name(fn),
                     dim, m, n, got, want);
        }
      }
      sd_free(whole.x), sd_free(y.x);
    }
  }
}

static double whole(int fn, const double *v, ptrdiff_t n) {
  double out = 0;
  sd_mat x = sd_mat_over(n, 1, SD_F64, (void *)(uintptr_t)v), y = sd_mat_over(1, 1, SD_F64, &out);
  sd_mat row = sd_mat_over(1, n, SD_F64, x.x);
  assert_int_equal(sd_reduce(fn, 0, &x, &y), SD_OK);
  double first = out;
  assert_int_equal(sd_reduce(fn, 2, &row, &y), SD_OK); /* the loops over rows say the same */
  assert_true(first == out || isnan(first) == isnan(out));
  return isnan(out) ? out : first;
}
#define WHOLE(fn, ...)                                                                             \
  whole(SD_REDUCE_##fn, (const double[]){__VA_ARGS__},                                             \
        (ptrdiff_t)(sizeof(double[]){__VA_ARGS__} / sizeof(double)))

/* Rounding of a handful of operations: 8 u relative. */
#define CLOSE(got, want) check_near(got, want, 0x1p-50 * fabs((double)(want)))

static void extreme_values(void **state) {
  (void)state;
  EACH_ISA {
    CLOSE(WHOLE(NORM, 3e300, 4e300), 5e300);
    CLOSE(WHOLE(NORM, 3e-300, -4e-300, 0), 5e-300);
    CLOSE(WHOLE(NORM, 0x1p-1074), 0x1p-1074);
    CLOSE(WHOLE(NORM, 1, 1e-200, 1e-200), 1);
    assert_true(WHOLE(NORM, 0, -0.0) == 0);
    assert_true(WHOLE(NORM, -inf, 1) == inf);
    assert_true(isnan(WHOLE(NORM, inf, NAN)));
    CLOSE(WHOLE(MEAN, 1.7e308, 1.7e308, 1.7e308), 1.7e308);
    assert_true(WHOLE(SUM, 1.7e308, 1.7e308, -1.7e308, -1.7e308) == 0);
    assert_true(WHOLE(SUM, 1.7e308, 1.7e308) == inf);
    assert_true(isnan(WHOLE(SUM, inf, -inf)));
    assert_true(WHOLE(SUM, inf, 1) == inf);
    CLOSE(WHOLE(STD, 1e200, -1e200), 1e200);
    CLOSE(WHOLE(STD, 1e-200, -1e-200), 1e-200);
    CLOSE(WHOLE(STD, 1.7e308, -1.7e308), 1.7e308);
    assert_true(WHOLE(VAR, 1e200, -1e200) == inf);
    assert_true(isnan(WHOLE(VAR, inf, 1)));
    CLOSE(WHOLE(VAR, 1e8 + 1, 1e8 + 3), 1);
    assert_true(WHOLE(VAR, 7) == 0);
    CLOSE(WHOLE(LOGSUMEXP, 1000, 1000), 1000.693147180559945);
    CLOSE(WHOLE(LOGSUMEXP, 0, -50), 1.9287498479639178e-22); /* log1p(exp(-50)) */
    assert_true(WHOLE(LOGSUMEXP, -inf, -inf) == -inf);
    assert_true(WHOLE(LOGSUMEXP, -inf, 3) == 3);
    assert_true(WHOLE(LOGSUMEXP, inf, -inf, 1) == inf);
    assert_true(isnan(WHOLE(LOGSUMEXP, inf, NAN)));
  }
}

static void extrema(void **state) {
  (void)state;
  EACH_ISA {
    assert_true(WHOLE(ARGMAX, 1, 5, 2, 5) == 2);
    assert_true(WHOLE(ARGMIN, 3, 1, 1) == 2);
    assert_true(WHOLE(ARGMAX, 1, NAN, 9, NAN) == 2);
    assert_true(WHOLE(ARGMIN, -inf, NAN) == 2);
    assert_true(WHOLE(ARGMAX, -inf, -inf) == 1);
    assert_true(WHOLE(ARGMAX, -0.0, 0) == 1);
    assert_true(isnan(WHOLE(MAX, 1, NAN, inf)) && isnan(WHOLE(MIN, NAN, 1)));
    assert_true(WHOLE(MAX, -inf, -3) == -3 && WHOLE(MIN, inf, 3) == 3);
    assert_false(signbit(WHOLE(MAX, -0.0, 0.0, -0.0)));
    assert_true(signbit(WHOLE(MIN, 0.0, -0.0, 0.0)));
  }
}

/* NaN and the extremum are found wherever they stand in a long line. */
static void every_position(void **state) {
  enum { N = 1100 };
  double v[N], out;
  sd_mat x = sd_mat_over(N, 1, SD_F64, v), y = sd_mat_over(1, 1, SD_F64, &out);
  (void)state;
  EACH_ISA {
    for (ptrdiff_t k = 0; k < N; k += 7) {
      for (ptrdiff_t i = 0; i < N; i++) v[i] = -1;
      v[k] = 1;
      sd_reduce(SD_REDUCE_MAX, 0, &x, &y);
      assert_true(out == 1);
      sd_reduce(SD_REDUCE_ARGMAX, 0, &x, &y);
      assert_true(out == (double)(k + 1));
      sd_reduce(SD_REDUCE_SUM, 0, &x, &y);
      assert_true(out == 2 - N);
      v[k] = NAN;
      sd_reduce(SD_REDUCE_MIN, 0, &x, &y);
      assert_true(isnan(out));
    }
  }
}

/* The variance of equal numbers is rounding of second order: |mean - x| <= 12 u |x| (10 additions
 * after each other for 1000 numbers in blocks, a division), squared twice over. */
static void constant_data(void **state) {
  double v[1000], out;
  sd_mat x = sd_mat_over(1000, 1, SD_F64, v), y = sd_mat_over(1, 1, SD_F64, &out);
  sd_mat_fill(&x, 0.1);
  (void)state;
  EACH_ISA {
    assert_int_equal(sd_reduce(SD_REDUCE_VAR, 0, &x, &y), SD_OK);
    check_near(out, 0, 0.1 * 0.1 * 30 * 30 * 0x1p-106);
  }
}

/* One in 1000 differs by an ulp: the rounding of the mean would drown it, the correction does not.
 * With d = 2^-23 and n = 1000 the variance is d^2 (1/n - 1/n^2); the sums are of exact multiples of
 * d/2 and rounding is below 1000 u of the variance. */
static void small_spread(void **state) {
  const double d = 0x1p-23, n = 1000;
  double v[1000], out;
  sd_mat x = sd_mat_over(1000, 1, SD_F64, v), y = sd_mat_over(1, 1, SD_F64, &out);
  sd_mat_fill(&x, 0x1p29);
  v[500] += d;
  (void)state;
  EACH_ISA {
    double want = d * d * (1 / n - 1 / (n * n));
    assert_int_equal(sd_reduce(SD_REDUCE_VAR, 0, &x, &y), SD_OK);
    check_near(out, want, 1000 * 0x1p-53 * want);
  }
}

/* A view and its copy have the same bits; every instruction set has the same sums. */
static void layout_does_not_matter(void **state) {
  sd_mat big = check_random(90, 40, SD_F64), x = sd_mat_block(&big, 7, 3, 71, 33), copy;
  double a, b, base = 0;
  sd_mat ya = sd_mat_over(1, 1, SD_F64, &a), yb = sd_mat_over(1, 1, SD_F64, &b);
  (void)state;
  assert_int_equal(sd_mat_alloc(&copy, 71, 33, SD_F64), SD_OK);
  sd_mat_copy(&x, &copy);
  EACH_ISA {
    for (int fn = 0; fn < SD_REDUCE_COUNT; fn++) {
      sd_reduce(fn, 0, &x, &ya);
      sd_reduce(fn, 0, &copy, &yb);
      assert_true(a == b);
      if (fn == SD_REDUCE_SUM && isa_at == 0) base = a;
      if (fn == SD_REDUCE_SUM) assert_true(a == base);
    }
  }
  sd_free(big.x), sd_free(copy.x);
}

static void degrees_of_freedom(void **state) {
  double v[] = {1, 2, 3, 4}, out;
  sd_mat x = sd_mat_over(4, 1, SD_F64, v), y = sd_mat_over(1, 1, SD_F64, &out);
  sd_mat one = sd_mat_over(1, 1, SD_F64, v);
  (void)state;
  assert_int_equal(sd_spread(0, 1, 0, &x, &y), SD_OK);
  CLOSE(out, 5.0 / 3);
  assert_int_equal(sd_spread(1, 0, 0, &x, &y), SD_OK);
  CLOSE(out, sqrt(1.25));
  assert_int_equal(sd_spread(0, 1, 0, &one, &y), SD_OK);
  assert_true(isnan(out));
  assert_int_equal(sd_spread(0, -1, 0, &x, &y), SD_EARG);
}

static void empty_and_refused(void **state) {
  double v[4], out[4] = {1, 1, 1, 1};
  float f[4];
  sd_mat flat = sd_mat_over(0, 3, SD_F64, v), thin = sd_mat_over(3, 0, SD_F64, v);
  sd_mat y = sd_mat_over(1, 1, SD_F64, out), y3 = sd_mat_over(1, 3, SD_F64, out);
  sd_mat none = sd_mat_over(0, 0, SD_F64, v);
  sd_mat y0 = sd_mat_over(1, 0, SD_F64, out), c3 = sd_mat_over(3, 1, SD_F64, out);
  sd_mat x = sd_mat_over(2, 2, SD_F64, v), g = sd_mat_over(1, 1, SD_F32, f);
  sd_mat tall = sd_mat_over((1 << 24) + 1, 1, SD_F32, f); /* refused before it is read */
  (void)state;
  assert_int_equal(sd_reduce(SD_REDUCE_SUM, 1, &flat, &y3), SD_OK);
  assert_true(out[0] == 0 && out[2] == 0);
  assert_int_equal(sd_reduce(SD_REDUCE_LOGSUMEXP, 2, &thin, &c3), SD_OK);
  assert_true(out[2] == -inf);
  assert_int_equal(sd_reduce(SD_REDUCE_MEAN, 0, &thin, &y), SD_OK);
  assert_true(isnan(out[0]));
  assert_int_equal(sd_reduce(SD_REDUCE_NORM, 0, &thin, &y), SD_OK);
  assert_true(out[0] == 0);
  assert_int_equal(sd_reduce(SD_REDUCE_MAX, 0, &flat, &y), SD_EARG);
  assert_int_equal(sd_reduce(SD_REDUCE_ARGMIN, 1, &flat, &y3), SD_EARG);
  assert_int_equal(sd_reduce(SD_REDUCE_MAX, 1, &thin, &y0), SD_OK);
  assert_int_equal(sd_reduce(SD_REDUCE_MAX, 1, &none, &y0), SD_EARG);
  assert_int_equal(sd_reduce(SD_REDUCE_SUM, 1, &none, &y0), SD_OK);
  assert_int_equal(sd_reduce(SD_REDUCE_SUM, 1, &x, &y), SD_ESHAPE);
  assert_int_equal(sd_reduce(SD_REDUCE_SUM, 0, &x, &g), SD_EDTYPE);
  assert_int_equal(sd_reduce(SD_REDUCE_SUM, 3, &x, &y), SD_EARG);
  assert_int_equal(sd_reduce(SD_REDUCE_COUNT, 0, &x, &y), SD_EARG);
  assert_int_equal(sd_reduce(SD_REDUCE_ARGMAX, 1, &tall, &g), SD_ETOOBIG);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(matches_naive),
                                     cmocka_unit_test(extreme_values),
                                     cmocka_unit_test(extrema),
                                     cmocka_unit_test(every_position),
                                     cmocka_unit_test(constant_data),
                                     cmocka_unit_test(small_spread),
                                     cmocka_unit_test(layout_does_not_matter),
                                     cmocka_unit_test(degrees_of_freedom),
                                     cmocka_unit_test(empty_and_refused)};
  return cmocka_run_group_tests_name("reduce", tests, NULL, NULL);
}
