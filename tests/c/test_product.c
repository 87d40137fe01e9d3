/* Products with a small side against a loop in long double: every instruction set, dtype, flag,
 * leading dimension, alpha and beta; and that no bit depends on where the operands lie. */
#include "kernel_check.h"

enum { SIDES = 14 };
static const ptrdiff_t sides[SIDES] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 40, 70};

/* A block with gaps between its columns, inside a larger matrix of random numbers; *whole is what
 * to free. */
static sd_mat gapped(ptrdiff_t m, ptrdiff_t n, int dtype, sd_mat *whole) {
  *whole = check_random(m + 3, n + 1, dtype);
  return sd_mat_block(whole, 2, 1, m, n);
}

static double at(int trans, const sd_mat *a, ptrdiff_t i, ptrdiff_t j) {
  return trans ? sd_mat_get(a, j, i) : sd_mat_get(a, i, j);
}

/* With u the unit roundoff: k products and additions have k roundings on the longest way, the
 * partial sums' joining at most 8 more, and each of alpha, beta and the last sum one more in terms
 * that are not larger: (k + 10) u (|alpha| |A||B| + |beta C|) in all, first order (Higham, Accuracy
 * and Stability of Numerical Algorithms, 3.1); doubled for the terms of higher order, and alpha and
 * beta themselves are exact here. */
static void check_product(int ta, int tb, double alpha, const sd_mat *a, const sd_mat *b,
                          double beta, const sd_mat *before, const sd_mat *c) {
  ptrdiff_t k = ta ? a->rows : a->cols;
  double u = c->dtype == SD_F32 ? 0x1p-24 : 0x1p-53;
  for (ptrdiff_t j = 0; j < c->cols; j++)
    for (ptrdiff_t i = 0; i < c->rows; i++) {
      long double sum = 0, size = 0, old = beta != 0 ? beta * sd_mat_get(before, i, j) : 0;
      for (ptrdiff_t l = 0; l < k; l++) {
        long double term = (long double)at(ta, a, i, l) * at(tb, b, l, j);
        sum += term, size += fabsl(term);
      }
      double error = (double)fabsl(sd_mat_get(c, i, j) - (alpha * sum + old));
      double bound = 2 * (double)(k + 10) * u * (double)(fabs(alpha) * size + fabsl(old));
      if (!(error <= bound))
        fail_msg("%s %s %td x %td x %td %d%d alpha %g beta %g: (%td,%td) errs by %g, bound %g",
                 sd_isa_name(), sd_dtype_name(c->dtype), c->rows, c->cols, k, ta, tb, alpha, beta,
                 i, j, error, bound);
    }
}

/* What is decided by headers without elements gives the bits of sd_gemm, in the place of `before`;
 * returns how often there was something to decide. */
static int check_decided(int ta, int tb, double alpha, const sd_mat *a, const sd_mat *b,
                         double beta, const sd_mat *before, const sd_mat *c) {
  sd_mat nowhere[3] = {*a, *b, *c};
  sd_gemm_way w;
  for (int k = 0; k < 3; k++) nowhere[k].x = NULL;
  if (!sd_gemm_decide(ta, tb, alpha, &nowhere[0], &nowhere[1], beta, &nowhere[2], &w)) return 0;
  for (int again = beta == 0; again >= 0; again--) sd_gemm_decided(&w, a->x, b->x, before->x);
  for (ptrdiff_t j = 0; j < c->cols; j++)
    for (ptrdiff_t i = 0; i < c->rows; i++)
      assert_true(sd_mat_get(before, i, j) == sd_mat_get(c, i, j));
  return 1;
}

static int decisions;

static void one(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, int ta, int tb, int dtype, double alpha,
                double beta) {
  sd_mat wa, wb, wc, before;
  sd_mat a = ta ? gapped(k, m, dtype, &wa) : gapped(m, k, dtype, &wa);
  sd_mat b = tb ? gapped(n, k, dtype, &wb) : gapped(k, n, dtype, &wb);
  sd_mat c = gapped(m, n, dtype, &wc), edge = sd_mat_block(&wc, 0, 0, m + 3, n + 1);
  if (beta == 0) sd_mat_fill(&c, NAN); /* it is not read */
  assert_int_equal(sd_mat_alloc(&before, m + 3, n + 1, dtype), SD_OK);
  assert_int_equal(sd_mat_copy(&edge, &before), SD_OK);
  sd_mat old = sd_mat_block(&before, 2, 1, m, n);
  assert_int_equal(sd_gemm(ta, tb, alpha, &a, &b, beta, &c), SD_OK);
  check_product(ta, tb, alpha, &a, &b, beta, &old, &c);
  for (ptrdiff_t j = 0; j < n + 1; j++) /* what lies around C is as it was */
    for (ptrdiff_t i = 0; i < m + 3; i++)
      if (j < 1 || i < 2 || i >= m + 2)
        assert_true(sd_mat_get(&wc, i, j) == sd_mat_get(&before, i, j));
  decisions += check_decided(ta, tb, alpha, &a, &b, beta, &old, &c);
  sd_free(wa.x);
  sd_free(wb.x);
  sd_free(wc.x);
  sd_free(before.x);
}

static void all_small_sides(void **state) {
  (void)state;
  EACH_ISA {
    for (int mn = 0; mn < SIDES * SIDES; mn++) {
      ptrdiff_t m = sides[mn / SIDES], n = sides[mn % SIDES];
      for (int s = 0; s < SIDES; s++) {
        ptrdiff_t k = sides[s];
        int flags = (int)(check_bits() >> 60);
        if (m > 17 && n > 17 && k > 17) continue; /* BLAS's */
        one(m, n, k, flags & 1, flags >> 1 & 1, flags >> 2 & 1, 1, 0);
        one(m, n, k, flags >> 1 & 1, flags >> 2 & 1, flags & 1, -0.5, flags >> 3 ? 1 : 0.25);
      }
    }
  }
  sd_isa_select(NULL);
}

/* Where blocks are turned and where C is cut into blocks of columns, in all of the flags. */
static void long_sides(void **state) {
  const ptrdiff_t shapes[][3] = {{5, 1, 1000},  {1000, 1, 5},  {1000, 5, 1},  {5, 600, 2},
                                 {600, 5, 2},   {5, 100, 512}, {512, 30, 10}, {16, 16, 700},
                                 {3, 700, 300}, {300, 700, 3}, {1, 1, 3000},  {700, 3, 300},
                                 {5000, 20, 5}, {9, 4097, 2}};
  (void)state;
  EACH_ISA {
    decisions = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
      for (int flags = 0; flags < 4; flags++)
        for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
          one(shapes[s][0], shapes[s][1], shapes[s][2], flags & 1, flags >> 1, dtype, 1, 0);
    assert_int_equal(decisions > 0, sd_isa() != SD_ISA_BASE); /* which leaves all to BLAS */
  }
  sd_isa_select(NULL);
}

/* The same numbers at eight offsets from a cache line, and with 1 and 2 threads. */
static void bits_are_the_same_everywhere(void **state) {
  const ptrdiff_t m = 13, n = 5, k = 300;
  sd_mat a = check_random(m, k, SD_F64), b = check_random(k, n, SD_F64), first, c;
  int threads = sd_blas_threads();
  (void)state;
  assert_int_equal(sd_mat_alloc(&first, m, n, SD_F64), SD_OK);
  assert_int_equal(sd_mat_alloc(&c, m, n, SD_F64), SD_OK);
  EACH_ISA {
    if (sd_isa() == SD_ISA_BASE) continue; /* BLAS's */
    assert_int_equal(sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &a, &b, 0, &first), SD_OK);
    for (int shift = 0; shift < 8; shift++) {
      sd_mat wide, part;
      assert_int_equal(sd_mat_alloc(&wide, m * k + 8, 1, SD_F64), SD_OK);
      part = sd_mat_over(m, k, SD_F64, (double *)wide.x + shift);
      assert_int_equal(sd_mat_copy(&a, &part), SD_OK);
      sd_blas_set_threads(1 + shift % 2);
      assert_int_equal(sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &part, &b, 0, &c), SD_OK);
      assert_memory_equal(first.x, c.x, (size_t)(m * n) * sizeof(double));
      sd_free(wide.x);
    }
  }
  sd_isa_select(NULL);
  sd_blas_set_threads(threads);
  sd_free(a.x);
  sd_free(b.x);
  sd_free(c.x);
  sd_free(first.x);
}

/* 0 times infinity is NaN, as in arithmetic: no term is left out. */
static void special_values_flow(void **state) {
  double x[] = {INFINITY, 1, 2, 3}, zero[] = {0, 1}, y[2];
  sd_mat a = sd_mat_over(2, 2, SD_F64, x), b = sd_mat_over(2, 1, SD_F64, zero);
  sd_mat c = sd_mat_over(2, 1, SD_F64, y);
  (void)state;
  EACH_ISA {
    if (sd_isa() == SD_ISA_BASE) continue; /* BLAS's */
    assert_int_equal(sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &a, &b, 0, &c), SD_OK);
    assert_true(isnan(y[0]));
    assert_true(y[1] == 3);
  }
  sd_isa_select(NULL);
}

static void empty_and_wrong_shapes(void **state) {
  sd_mat a = check_random(3, 0, SD_F64), b = check_random(0, 2, SD_F64), none;
  sd_mat c = check_random(3, 2, SD_F64), f = check_random(3, 2, SD_F32);
  (void)state;
  none = sd_mat_block(&c, 0, 0, 0, 2);
  assert_int_equal(sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &a, &b, 0, &c), SD_OK);
  for (int i = 0; i < 6; i++) assert_true(((double *)c.x)[i] == 0);
  assert_int_equal(sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &a, &b, 1, &c), SD_EARG);
  assert_int_equal(sd_gemm(SD_NOTRANS, SD_TRANS, 1, &none, &c, 0, &none), SD_ESHAPE);
  assert_int_equal(sd_gemm(SD_TRANS, SD_NOTRANS, 1, &c, &c, 0, &f), SD_ESHAPE);
  assert_int_equal(sd_gemm(SD_NOTRANS, SD_NOTRANS, 1, &a, &b, 0, &f), SD_EDTYPE);
  sd_free(a.x);
  sd_free(b.x);
  sd_free(c.x);
  sd_free(f.x);
}

static void transposes(void **state) {
  (void)state;
  EACH_ISA {
    for (int mn = 0; mn < SIDES * SIDES; mn++)
      for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
        ptrdiff_t m = sides[mn / SIDES], n = sides[mn % SIDES];
        sd_mat wa, wb, a = gapped(m, n, dtype, &wa), b = gapped(n, m, dtype, &wb);
        double corner = sd_mat_get(&wb, 1, 0), below = sd_mat_get(&wb, n + 2, 1);
        assert_int_equal(sd_mat_transpose(&a, &b), SD_OK);
        for (ptrdiff_t j = 0; j < n; j++)
          for (ptrdiff_t i = 0; i < m; i++)
            assert_true(sd_mat_get(&b, j, i) == sd_mat_get(&a, i, j));
        assert_true(corner == sd_mat_get(&wb, 1, 0) && below == sd_mat_get(&wb, n + 2, 1));
        sd_free(wa.x);
        sd_free(wb.x);
      }
  }
  sd_isa_select(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(all_small_sides),
                                     cmocka_unit_test(long_sides),
                                     cmocka_unit_test(bits_are_the_same_everywhere),
                                     cmocka_unit_test(special_values_flow),
                                     cmocka_unit_test(empty_and_wrong_shapes),
                                     cmocka_unit_test(transposes)};
  return cmocka_run_group_tests_name("product", tests, NULL, NULL);
}
