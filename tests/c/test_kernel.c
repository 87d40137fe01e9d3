/* Element-wise functions, broadcasting and where, for every instruction set and both dtypes:
 * special values, shapes and strides, against naive loops over sd_mat_get. */
#include "kernel_check.h"

/* ---- values that must be exact ----------------------------------------------------------------*/

static void special_values(void **state) {
  const double inf = INFINITY, nan = NAN, z = -0.0;
  const struct {
    int fn;
    double x, y;
  } cases[] = {{SD_MAP_NEG, 0, z},
               {SD_MAP_NEG, z, 0},
               {SD_MAP_ABS, z, 0},
               {SD_MAP_ABS, -inf, inf},
               {SD_MAP_SIGN, -inf, -1},
               {SD_MAP_SIGN, 0.25, 1},
               {SD_MAP_SIGN, z, z},
               {SD_MAP_SQRT, z, z},
               {SD_MAP_SQRT, -1, nan},
               {SD_MAP_SQRT, inf, inf},
               {SD_MAP_FLOOR, -0.5, -1},
               {SD_MAP_FLOOR, 0.5, 0},
               {SD_MAP_FLOOR, z, z},
               {SD_MAP_FLOOR, -3, -3},
               {SD_MAP_FLOOR, 2.75, 2},
               {SD_MAP_FLOOR, 1e30f, 1e30f},
               {SD_MAP_FLOOR, -inf, -inf},
               {SD_MAP_FLOOR, 8388607.5, 8388607},
               {SD_MAP_EXP, -inf, 0},
               {SD_MAP_EXP, inf, inf},
               {SD_MAP_EXP, 1000, inf},
               {SD_MAP_EXP, z, 1},
               {SD_MAP_EXPM1, z, z},
               {SD_MAP_EXPM1, -inf, -1},
               {SD_MAP_LOG, 0, -inf},
               {SD_MAP_LOG, z, -inf},
               {SD_MAP_LOG, -1, nan},
               {SD_MAP_LOG, 1, 0},
               {SD_MAP_LOG, inf, inf},
               {SD_MAP_LOG1P, z, z},
               {SD_MAP_LOG1P, -1, -inf},
               {SD_MAP_LOG1P, -2, nan},
               {SD_MAP_LOG1P, inf, inf},
               {SD_MAP_SIN, z, z},
               {SD_MAP_SIN, inf, nan},
               {SD_MAP_COS, -inf, nan},
               {SD_MAP_COS, 0, 1},
               {SD_MAP_TANH, z, z},
               {SD_MAP_TANH, -inf, -1},
               {SD_MAP_SIGMOID, -inf, 0},
               {SD_MAP_SIGMOID, inf, 1},
               {SD_MAP_SIGMOID, z, 0.5},
               {SD_MAP_LOG_SIGMOID, -inf, -inf},
               {SD_MAP_LOG_SIGMOID, inf, 0},
               {SD_MAP_RELU, z, 0},
               {SD_MAP_RELU, -inf, 0},
               {SD_MAP_RELU, 2, 2},
               {SD_MAP_LEAKY_RELU, -2, -1},
               {SD_MAP_LEAKY_RELU, inf, inf},
               {SD_MAP_LEAKY_RELU, -inf, -inf},
               {SD_MAP_SOFTPLUS, -inf, 0},
               {SD_MAP_SOFTPLUS, inf, inf},
               {SD_MAP_GELU, -inf, z},
               {SD_MAP_GELU, inf, inf},
               {SD_MAP_GELU, z, z},
               {SD_MAP_SILU, -inf, z},
               {SD_MAP_SILU, inf, inf},
               {SD_MAP_SILU, z, z},
               {SD_MAP_ELU, -inf, -0.5},
               {SD_MAP_ELU, 3, 3},
               {SD_MAP_ERF, z, z},
               {SD_MAP_ERF, -inf, -1},
               {SD_MAP_ERFC, inf, 0},
               {SD_MAP_ERFC, -inf, 2},
               {SD_MAP_ERFINV, z, z},
               {SD_MAP_ERFINV, 1, inf},
               {SD_MAP_ERFINV, -1, -inf},
               {SD_MAP_ERFINV, 1.5, nan},
               {SD_MAP_ERFINV, inf, nan},
               {SD_MAP_NORMCDF, -inf, 0},
               {SD_MAP_NORMCDF, inf, 1},
               {SD_MAP_NORMCDF, 0, 0.5},
               {SD_MAP_NORMPPF, 0, -inf},
               {SD_MAP_NORMPPF, 1, inf},
               {SD_MAP_NORMPPF, 0.5, 0},
               {SD_MAP_NORMPPF, -0.25, nan},
               {SD_MAP_NORMPPF, 2, nan},
               {SD_MAP_LGAMMA, 1, 0},
               {SD_MAP_LGAMMA, -3, inf},
               {SD_MAP_LGAMMA, -inf, inf},
               {SD_MAP_DIGAMMA, 0, -inf},
               {SD_MAP_DIGAMMA, z, inf},
               {SD_MAP_DIGAMMA, -3, nan},
               {SD_MAP_DIGAMMA, inf, inf},
               {SD_MAP_DIGAMMA, -inf, nan},
               {SD_MAP_POLYGAMMA, 0, -inf}, /* of order 2 */
               {SD_MAP_POLYGAMMA, z, inf},
               {SD_MAP_POLYGAMMA, -2, nan},
               {SD_MAP_POLYGAMMA, inf, z},
               {SD_MAP_CLAMP, -inf, 0.5},
               {SD_MAP_CLAMP, 0.625, 0.625},
               {SD_MAP_CLAMP, 9, 0.75},
               {SD_MAP_ISFINITE, nan, 0},
               {SD_MAP_ISFINITE, -inf, 0},
               {SD_MAP_ISFINITE, 3, 1}};
  (void)state;
  EACH_ISA {
    for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
      for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double y = map1(cases[k].fn, cases[k].x, dtype), want = cases[k].y;
        if (isnan(want) ? !isnan(y) : !(y == want && signbit(y) == signbit(want)))
          fail_msg("%s %s %s(%g) = %g, not %g", isas[isa_at], sd_dtype_name(dtype),
                   sd_map_name(cases[k].fn), cases[k].x, y, want);
      }
      for (int fn = 0; fn < SD_MAP_COUNT; fn++)
        if (fn != SD_MAP_ISFINITE && !isnan(map1(fn, NAN, dtype)))
          fail_msg("%s(NaN) is not NaN", sd_map_name(fn));
    }
  }
}

/* C's own arithmetic; pow is held against powl. From f32, one operation in f64 rounded to f32 is
 * the correctly rounded one (53 >= 2*24 + 2 bits). */
static double naive(int fn, double a, double b) {
  switch (fn) {
  case SD_ZIP_ADD: return a + b;
  case SD_ZIP_SUB: return a - b;
  case SD_ZIP_MUL: return a * b;
  case SD_ZIP_DIV: return a / b;
  case SD_ZIP_MAX: return isnan(a) || isnan(b) ? NAN : a > b || (a == b && !signbit(a)) ? a : b;
  case SD_ZIP_MIN: return isnan(a) || isnan(b) ? NAN : a < b || (a == b && signbit(a)) ? a : b;
  case SD_ZIP_PASS: return a == 0 ? 0 : b;
  case SD_ZIP_LT: return a < b;
  case SD_ZIP_LE: return a <= b;
  case SD_ZIP_GT: return a > b;
  case SD_ZIP_GE: return a >= b;
  case SD_ZIP_EQ: return a == b;
  default: return a != b;
  }
}

/* pow's bound in ulp (kernel.h). */
static double pow_bound(double b) {
  return b == 3 || b == -0.5 ? 1.5 : b == 4 || b == -2 ? 2.5 : 1;
}

static void check_pair(int fn, double a, double b, double c, int dtype) {
  double want = fn == SD_ZIP_POW ? 0 : naive(fn, a, b);
  if (dtype == SD_F32) want = (double)(float)want;
  if (fn == SD_ZIP_POW ? ulps(c, powl(a, b), dtype) <= pow_bound(b)
                       : (isnan(want) ? isnan(c) : c == want && signbit(c) == signbit(want)))
    return;
  fail_msg("%s %s %s(%.17g, %.17g) = %.17g", sd_isa_name(), sd_dtype_name(dtype), sd_zip_name(fn),
           a, b, c);
}

static void pairs_of_special_values(void **state) {
  static const double v[] = {0,       4,    -0.0, INFINITY, -INFINITY, NAN,    1,      -1,
                             2,       -2,   3,    -3,       0.5,       -0.5,   1.5,    1e-38f,
                             -1e-38f, 1e38, 7e37, 0x1p-149, 0x1p-1074, 1e-310, 0x1p31, 0x1p53 - 1};
  enum { N = sizeof v / sizeof *v };
  (void)state;
  if (!long_double_is_wide()) skip();
  EACH_ISA {
    for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
      sd_mat a = check_random(N, N, dtype), b = check_random(N, N, dtype),
             c = check_random(N, N, dtype);
      for (int k = 0; k < N * N; k++) {
        sd_mat_set(&a, k % N, k / N, v[k % N]);
        sd_mat_set(&b, k % N, k / N, v[k / N]);
      }
      for (int fn = 0; fn < SD_ZIP_COUNT; fn++) {
        assert_int_equal(sd_zip(fn, &a, &b, &c), SD_OK);
        for (int k = 0; k < N * N; k++)
          check_pair(fn, sd_mat_get(&a, k % N, k / N), sd_mat_get(&b, k % N, k / N),
                     sd_mat_get(&c, k % N, k / N), dtype);
      }
      sd_free(a.x), sd_free(b.x), sd_free(c.x);
    }
  }
}

/* ---- shapes, strides, position ----------------------------------------------------------------*/

/* A matrix of wild values: some huge, some tiny, some special. */
static sd_mat wild(ptrdiff_t m, ptrdiff_t n, int dtype) {
  sd_mat a = check_random(m, n, dtype);
  for (ptrdiff_t k = 0; k < m * n; k++) sd_mat_set(&a, k % m, k / m, point((int)k, -9, 9, dtype));
  return a;
}

static int same_bits(double a, double b) {
  return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

/* Whole, columns and short rows of a larger matrix, in place or not: each value is that of the
 * element alone. */
static void positions(int fn, ptrdiff_t m, ptrdiff_t n, int dtype) {
  sd_mat big = wild(m + 3, n + 2, dtype), out = wild(m + 1, n, dtype);
  sd_mat x = sd_mat_block(&big, 2, 1, m, n), y = sd_mat_block(&out, 0, 0, m, n), flat;
  double border = sd_mat_get(&out, m, 0);
  assert_int_equal(sd_mat_alloc(&flat, m, n, dtype), SD_OK);
  assert_int_equal(sd_map(fn, parameters(fn), &x, &y), SD_OK);
  assert_int_equal(sd_map(fn, parameters(fn), &x, &flat), SD_OK);
  for (ptrdiff_t k = 0; k < m * n; k += 1 + m * n / 40) {
    double alone = map1(fn, sd_mat_get(&x, k % m, k / m), dtype);
    assert_true(same_bits(sd_mat_get(&y, k % m, k / m), alone));
    assert_true(same_bits(sd_mat_get(&flat, k % m, k / m), alone));
  }
  assert_int_equal(sd_map(fn, parameters(fn), &x, &x), SD_OK);
  for (ptrdiff_t k = 0; k < m * n; k++)
    assert_true(same_bits(sd_mat_get(&x, k % m, k / m), sd_mat_get(&flat, k % m, k / m)));
  assert_true(same_bits(sd_mat_get(&out, m, 0), border)); /* nothing beside Y is touched */
  sd_free(big.x), sd_free(out.x), sd_free(flat.x);
}

static void position_does_not_matter(void **state) {
  static const ptrdiff_t shapes[][2] = {{1, 1}, {1, 67}, {5, 23}, {40, 3}, {77, 1}, {31, 40}};
  (void)state;
  EACH_ISA {
    for (size_t q = 0; q < sizeof shapes / sizeof *shapes; q++)
      for (int fn = 0; fn < SD_MAP_COUNT; fn++) {
        positions(fn, shapes[q][0], shapes[q][1], SD_F64);
        positions(fn, shapes[q][0], shapes[q][1], SD_F32);
      }
  }
}

/* AVX2 and AVX-512 give the same bits for every function. */
static void fma_sets_agree(void **state) {
  (void)state;
  if (sd_isa_select("avx512") != SD_OK) skip();
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
    for (int fn = 0; fn < SD_MAP_COUNT; fn++) {
      sd_mat x = wild(401, 1, dtype), y = wild(401, 1, dtype), z = wild(401, 1, dtype);
      sd_isa_select("avx512");
      assert_int_equal(sd_map(fn, parameters(fn), &x, &y), SD_OK);
      sd_isa_select("avx2");
      assert_int_equal(sd_map(fn, parameters(fn), &x, &z), SD_OK);
      for (ptrdiff_t k = 0; k < 401; k++)
        assert_true(same_bits(sd_mat_get(&y, k, 0), sd_mat_get(&z, k, 0)));
      sd_free(x.x), sd_free(y.x), sd_free(z.x);
    }
}

/* Operand kinds: 0 full, 1 column, 2 row, 3 1x1; each packed or a view. */
static sd_mat operand(sd_mat *whole, int kind, int view, ptrdiff_t m, ptrdiff_t n, int dtype) {
  if (kind & 1) n = 1;
  if (kind & 2) m = 1;
  *whole = check_random(m + 2 * view, n + view, dtype);
  return sd_mat_block(whole, view, view, m, n);
}

static double at(const sd_mat *a, ptrdiff_t i, ptrdiff_t j) {
  return sd_mat_get(a, a->rows == 1 ? 0 : i, a->cols == 1 ? 0 : j);
}

static void check_broadcast(int fn, const sd_mat *a, const sd_mat *b, int view, ptrdiff_t m,
                            ptrdiff_t n) {
  sd_mat whole = check_random(m + view, n, a->dtype), c = sd_mat_block(&whole, 0, 0, m, n);
  double border = sd_mat_get(&whole, whole.rows - 1, n - 1);
  assert_int_equal(sd_zip(fn, a, b, &c), SD_OK);
  for (ptrdiff_t j = 0; j < n; j++)
    for (ptrdiff_t i = 0; i < m; i++)
      check_pair(fn, at(a, i, j), at(b, i, j), sd_mat_get(&c, i, j), a->dtype);
  if (view) assert_true(sd_mat_get(&whole, m, n - 1) == border);
  sd_free(whole.x);
}

static void zip_broadcasts(void **state) {
  static const ptrdiff_t shapes[][2] = {{3, 300}, {37, 5}, {1, 9}, {9, 1}};
  (void)state;
  EACH_ISA {
    for (int k = 0; k < 4 * 4 * 4 * 8; k++) {
      int ka = k & 3, kb = k >> 2 & 3, views = k >> 6;
      ptrdiff_t m = shapes[k >> 4 & 3][0], n = shapes[k >> 4 & 3][1], rm, rn;
      for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
        sd_mat wa, wb, a = operand(&wa, ka, views & 1, m, n, dtype);
        sd_mat b = operand(&wb, kb, views >> 1 & 1, m, n, dtype);
        int status = sd_broadcast(&a, &b, &rm, &rn);
        if (status == SD_OK)
          check_broadcast(k % 2 ? SD_ZIP_SUB : SD_ZIP_DIV, &a, &b, views >> 2, rm, rn);
        else /* only a column with a row may be refused */
          assert_true((a.cols == 1 && b.rows == 1) || (a.rows == 1 && b.cols == 1));
        sd_free(wa.x), sd_free(wb.x);
      }
    }
  }
}

static void zip_in_place(void **state) {
  (void)state;
  EACH_ISA {
    for (int kind = 0; kind < 4; kind++)
      for (int swap = 0; swap < 2; swap++) {
        for (ptrdiff_t m = 3; m <= 40; m += 37) {
          sd_mat whole, wb, a = operand(&whole, 0, 1, m, 50, SD_F64),
                            copy = check_random(m, 50, SD_F64);
          sd_mat b = operand(&wb, kind, 0, m, 50, SD_F64);
          sd_mat_copy(&a, &copy);
          assert_int_equal(swap ? sd_zip(SD_ZIP_SUB, &b, &a, &a) : sd_zip(SD_ZIP_SUB, &a, &b, &a),
                           SD_OK);
          for (ptrdiff_t j = 0; j < 50; j++)
            for (ptrdiff_t i = 0; i < m; i++) {
              double d = sd_mat_get(&copy, i, j) - at(&b, i, j);
              assert_true(sd_mat_get(&a, i, j) == (swap ? -d : d));
            }
          assert_int_equal(sd_zip(SD_ZIP_MUL, &copy, &copy, &copy), SD_OK); /* A <- A % A */
          sd_free(whole.x), sd_free(wb.x), sd_free(copy.x);
        }
      }
  }
}

static const double powers[] = {-2, -1, -0.5, 0.5, 1, 2, 3, 4};
enum { POWERS = sizeof powers / sizeof *powers };

/* These powers have paths of their own for a number: the same bits as element by element, at every
 * length. */
static void powers_agree(void **state) {
  (void)state;
  EACH_ISA {
    for (int k = 0; k < 4 * POWERS; k++) {
      int dtype = k / POWERS % 2;
      ptrdiff_t m = k < 2 * POWERS ? 100 : 1 + (ptrdiff_t)(check_bits() % 17);
      sd_mat a = wild(m, 1, dtype), e = check_random(m, 1, dtype), y = wild(m, 1, dtype);
      sd_mat z = wild(m, 1, dtype), one = sd_mat_block(&e, 0, 0, 1, 1);
      sd_mat_fill(&e, powers[k % POWERS]);
      assert_int_equal(sd_zip(SD_ZIP_POW, &a, &e, &y), SD_OK);
      assert_int_equal(sd_zip(SD_ZIP_POW, &a, &one, &z), SD_OK);
      for (ptrdiff_t i = 0; i < m; i++)
        assert_true(same_bits(sd_mat_get(&y, i, 0), sd_mat_get(&z, i, 0)));
      sd_free(a.x), sd_free(e.x), sd_free(y.x), sd_free(z.x);
    }
  }
}

static void where_selects(void **state) {
  (void)state;
  EACH_ISA {
    for (int k = 0; k < 64; k++)
      for (ptrdiff_t m = 3; m <= 40; m += 37) {
        int dtype = k % 3 == 0 ? SD_F32 : SD_F64;
        sd_mat wm, wa, wb, mask = operand(&wm, k & 3, 1, m, 30, dtype),
                           c = check_random(m, 30, dtype);
        sd_mat a = operand(&wa, k >> 2 & 3, k & 1, m, 30, dtype),
               b = operand(&wb, k >> 4, 0, m, 30, dtype);
        for (ptrdiff_t j = 0; j < mask.cols; j++)
          for (ptrdiff_t i = 0; i < mask.rows; i++)
            sd_mat_set(&mask, i, j, (i + j) % 3 == 0 ? 0 : (i + j) % 3 == 1 ? NAN : -0.0);
        sd_mat_set(&a, 0, 0, INFINITY); /* what is not selected must not leak */
        assert_int_equal(sd_where(&mask, &a, &b, &c), SD_OK);
        for (ptrdiff_t j = 0; j < 30; j++)
          for (ptrdiff_t i = 0; i < m; i++)
            assert_true(sd_mat_get(&c, i, j) ==
                        (at(&mask, i, j) != 0 ? at(&a, i, j) : at(&b, i, j)));
        sd_free(wm.x), sd_free(wa.x), sd_free(wb.x), sd_free(c.x);
      }
  }
}

static void refusals(void **state) {
  double v[6] = {0};
  float f[6] = {0};
  const double reversed[] = {2, 1}, unknown[] = {NAN, 1};
  sd_mat col = sd_mat_over(3, 1, SD_F64, v), row = sd_mat_over(1, 3, SD_F64, v);
  sd_mat a = sd_mat_over(3, 2, SD_F64, v), g = sd_mat_over(3, 1, SD_F32, f);
  ptrdiff_t m, n;
  (void)state;
  assert_int_equal(sd_map(SD_MAP_EXP, NULL, &col, &row), SD_ESHAPE);
  assert_int_equal(sd_map(SD_MAP_EXP, NULL, &col, &g), SD_EDTYPE);
  assert_int_equal(sd_map(SD_MAP_COUNT, NULL, &col, &col), SD_EARG);
  assert_int_equal(sd_map(SD_MAP_ELU, NULL, &col, &col), SD_EARG);
  assert_int_equal(sd_map(SD_MAP_CLAMP, reversed, &col, &col), SD_EARG);
  assert_int_equal(sd_map(SD_MAP_CLAMP, unknown, &col, &col), SD_EARG);
  assert_int_equal(sd_map(SD_MAP_POLYGAMMA, unknown, &col, &col), SD_EARG);
  assert_int_equal(sd_map(SD_MAP_POLYGAMMA, parameters(SD_MAP_ELU), &col, &col), SD_EARG);
  assert_int_equal(sd_broadcast(&col, &row, &m, &n), SD_ESHAPE);
  assert_int_equal(sd_broadcast(&a, &row, &m, &n), SD_ESHAPE);
  assert_int_equal(sd_zip(SD_ZIP_ADD, &col, &col, &a), SD_ESHAPE);
  assert_int_equal(sd_zip(SD_ZIP_ADD, &col, &g, &col), SD_EDTYPE);
  assert_int_equal(sd_zip(-1, &col, &col, &col), SD_EARG);
  assert_int_equal(sd_where(&row, &col, &a, &a), SD_ESHAPE);
  assert_int_equal(sd_where(&g, &col, &a, &a), SD_EDTYPE);
  assert_int_equal(sd_isa_select("neon?"), SD_EARG);
}

/* Empty operands are fine, and nothing here allocates. */
static void empty_and_frugal(void **state) {
  double v[4] = {1, 2, 3, 4}, w[4];
  sd_mat none = sd_mat_over(0, 3, SD_F64, v), row = sd_mat_over(1, 3, SD_F64, v);
  sd_mat a = sd_mat_over(2, 2, SD_F64, v), b = sd_mat_over(2, 2, SD_F64, w);
  (void)state;
  sd_mem_fail_at(1);
  assert_int_equal(sd_map(SD_MAP_EXP, NULL, &none, &none), SD_OK);
  assert_int_equal(sd_zip(SD_ZIP_ADD, &none, &row, &none), SD_OK);
  assert_int_equal(sd_where(&none, &row, &row, &none), SD_OK);
  assert_int_equal(sd_map(SD_MAP_LGAMMA, NULL, &a, &b), SD_OK);
  assert_int_equal(sd_zip(SD_ZIP_POW, &a, &a, &b), SD_OK);
  assert_int_equal(sd_reduce(SD_REDUCE_LOGSUMEXP, 0, &a, &(sd_mat){1, 1, 1, SD_F64, w}), SD_OK);
  assert_false(sd_mem_faulted());
  sd_mem_fail_at(0);
}

int main(void) {
  const struct CMUnitTest tests[] = {

      cmocka_unit_test(special_values),
      cmocka_unit_test(pairs_of_special_values),
      cmocka_unit_test(position_does_not_matter),
      cmocka_unit_test(fma_sets_agree),
      cmocka_unit_test(zip_broadcasts),
      cmocka_unit_test(zip_in_place),
      cmocka_unit_test(powers_agree),
      cmocka_unit_test(where_selects),
      cmocka_unit_test(refusals),
      cmocka_unit_test(empty_and_frugal)};
  return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
