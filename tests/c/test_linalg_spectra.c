/* Singular values, pseudo-inverses and eigenvalues: residuals, orthogonality, closed forms, second
 * routes, statuses, faults. */
#include "linalg_check.h"

/* ---- singular values --------------------------------------------------------------------------*/

static void check_svd(int driver, int kind, ptrdiff_t m, ptrdiff_t n) {
  ptrdiff_t r = least(m, n);
  sd_mat a = sample(kind, m, n), u = fresh(m, r), s = fresh(r, 1), v = fresh(n, r);
  sd_mat before = fresh(m, n), values = fresh(r, 1);
  double bound = BOUND(most(m, n)) * size_of(&a);
  sd_mat_copy(&a, &before);
  assert_int_equal(sd_svd(driver, &a, &u, &s, &v), SD_OK);
  assert_true(distance(&a, &before) == 0); /* inputs stay */
  check_orthonormal(&u);
  check_orthonormal(&v);
  for (ptrdiff_t k = 0; k < r; k++) {
    double value = sd_mat_get(&s, k, 0);
    assert_true(value >= 0 && (k == 0 || value <= sd_mat_get(&s, k - 1, 0)));
    for (ptrdiff_t i = 0; i < m; i++) sd_mat_set(&u, i, k, sd_mat_get(&u, i, k) * value);
  }
  check_product(&a, 0, &u, 1, &v, bound);
  assert_int_equal(sd_svd(driver, &a, NULL, &values, NULL), SD_OK);
  for (ptrdiff_t k = 0; k < r; k++) /* Weyl: values move by at most |E|, on each route */
    check_near(sd_mat_get(&values, k, 0), sd_mat_get(&s, k, 0), 2 * bound);
  release(&a), release(&u), release(&s), release(&v), release(&before), release(&values);
}

static void svd_rebuilds(void **state) {
  (void)state;
  for (int driver = SD_GESDD; driver <= SD_GESVD; driver++)
    for (int kind = 0; kind < KINDS; kind++)
      for (int k = 0; k < SHAPES; k++) check_svd(driver, kind, shapes[k].m, shapes[k].n);
}

/* U diag(s) V' with orthonormal factors and s falling from 1 to 1e-14; with V the identity, when
 * graded, so that the columns fall as s does. Transposed when wide; times 2^e. */
static sd_mat with_spectrum(ptrdiff_t m, ptrdiff_t n, int graded, int wide, int e, sd_mat *s) {
  sd_mat x = check_random(m, n, SD_F64), u = fresh(m, n), v = fresh(n, n), t = fresh(n, 1);
  assert_int_equal(sd_svd(SD_GESVD, &x, &u, &t, &v), SD_OK);
  for (ptrdiff_t j = 0; j < n; j++) {
    sd_mat_set(s, j, 0, ldexp(pow(10, -14 * (double)j / (double)(n - 1)), e));
    for (ptrdiff_t i = 0; i < m; i++)
      sd_mat_set(&u, i, j, sd_mat_get(&u, i, j) * sd_mat_get(s, j, 0));
    for (ptrdiff_t i = 0; i < n && graded; i++) sd_mat_set(&v, i, j, i == j);
  }
  sd_mat a = wide ? product(0, &v, 1, &u) : product(0, &u, 1, &v);
  release(&x), release(&u), release(&v), release(&t);
  return a;
}

/* A long matrix is reduced block by block: the values are those that it was made of, and those that
 * LAPACK finds without blocks. A is made to BOUND |A|, and each route adds as much. Where the
 * columns fall, the rounding of each is relative to itself (Higham, Accuracy and Stability, 19.4),
 * and what is left is diagonal up to that: small values come out as exact as large ones. Through
 * A'A those below 1e-8 would be lost. */
static void check_long(ptrdiff_t m, ptrdiff_t n, int graded, int wide, int e) {
  sd_mat s = fresh(n, 1), t = fresh(n, 1), other = fresh(n, 1);
  sd_mat a = with_spectrum(m, n, graded, wide, e, &s);
  double largest = ldexp(1, e);
  assert_int_equal(sd_svd(SD_GESDD, &a, NULL, &t, NULL), SD_OK);
  assert_int_equal(sd_svd(SD_GESVD, &a, NULL, &other, NULL), SD_OK);
  for (ptrdiff_t k = 0; k < n; k++) {
    double exact = sd_mat_get(&s, k, 0), scale = graded ? exact : largest;
    check_near(sd_mat_get(&t, k, 0), exact, 2 * BOUND(m) * scale);
    check_near(sd_mat_get(&t, k, 0), sd_mat_get(&other, k, 0), 2 * BOUND(m) * largest);
  }
  release(&s), release(&t), release(&other), release(&a);
}

static void long_matrices_keep_their_values(void **state) {
  (void)state;
  for (int wide = 0; wide < 2; wide++)
    for (int graded = 0; graded < 2; graded++) {
      check_long(256, 2, graded, wide, 0);
      check_long(769, 5, graded, wide, 0);     /* a block and a row */
      check_long(800, 66, graded, wide, 0);    /* wider panels */
      check_long(300, 12, graded, wide, 1020); /* squares overflow, or vanish */
      check_long(300, 12, graded, wide, -900);
    }
}

/* Of ranks below its own, and empty but for one row. */
static void long_matrices_of_low_rank(void **state) {
  (void)state;
  sd_mat a = zeros(800, 3), s = fresh(3, 1);
  assert_int_equal(sd_svd(SD_GESDD, &a, NULL, &s, NULL), SD_OK);
  for (ptrdiff_t k = 0; k < 3; k++) assert_true(sd_mat_get(&s, k, 0) == 0);
  for (ptrdiff_t k = 0; k < 3; k++) sd_mat_set(&a, 799, k, (double)(k + 2)); /* 2 3 4: sqrt 29 */
  assert_int_equal(sd_svd(SD_GESDD, &a, NULL, &s, NULL), SD_OK);
  check_near(sd_mat_get(&s, 0, 0), sqrt(29), BOUND(3) * sqrt(29));
  check_near(sd_mat_get(&s, 1, 0), 0, BOUND(3) * sqrt(29));
  release(&a), release(&s);
}

/* s and the square roots of the eigenvalues of A'A, an eigenvalue of which is known to
 * BOUND |A|^2: its root to BOUND |A|^2 / s. A is 3 I + (random of norm < 1): s > 2. */
static void svd_agrees_with_gram(void **state) {
  (void)state;
  enum { N = 30 };
  sd_mat a = check_random(N, N, SD_F64), s = fresh(N, 1), w = fresh(N, 1);
  for (ptrdiff_t j = 0; j < N; j++)
    for (ptrdiff_t i = 0; i < N; i++)
      sd_mat_set(&a, i, j, sd_mat_get(&a, i, j) / N + (i == j ? 3 : 0));
  sd_mat gram = product(1, &a, 0, &a);
  assert_int_equal(sd_svd(SD_GESDD, &a, NULL, &s, NULL), SD_OK);
  assert_int_equal(sd_eigh(&gram, &w, NULL), SD_OK);
  for (ptrdiff_t k = 0; k < N; k++) {
    assert_true(sd_mat_get(&s, k, 0) > 2);
    check_near(sd_mat_get(&s, k, 0), sqrt(sd_mat_get(&w, N - 1 - k, 0)),
               BOUND(N) * size_of(&a) * size_of(&a) / 2);
  }
  release(&a), release(&s), release(&w), release(&gram);
}

/* An f32 input gives the f64 results rounded, bit for bit: it is computed in f64. */
static void check_svd_of_f32(ptrdiff_t m, ptrdiff_t n) {
  ptrdiff_t r = least(m, n);
  sd_mat a = check_random(m, n, SD_F32), exact = fresh(m, n), s64 = fresh(r, 1), s32;
  sd_mat u = fresh(m, r), v = fresh(n, r);
  sd_mat_copy(&a, &exact);
  assert_int_equal(sd_mat_alloc(&s32, r, 1, SD_F32), SD_OK);
  assert_int_equal(sd_svd(SD_GESDD, &a, &u, &s32, &v), SD_OK);
  assert_int_equal(sd_svd(SD_GESDD, &exact, &u, &s64, &v), SD_OK);
  for (ptrdiff_t k = 0; k < r; k++)
    assert_true(sd_mat_get(&s32, k, 0) == (double)(float)sd_mat_get(&s64, k, 0));
  release(&a), release(&exact), release(&s64), release(&s32), release(&u), release(&v);
}

/* The same of values alone, by blocks. */
static void check_long_of_f32(ptrdiff_t m, ptrdiff_t n) {
  ptrdiff_t r = least(m, n);
  sd_mat a = check_random(m, n, SD_F32), exact = fresh(m, n), s = fresh(r, 1), t = fresh(r, 1);
  sd_mat_copy(&a, &exact);
  assert_int_equal(sd_svd(SD_GESDD, &a, NULL, &s, NULL), SD_OK);
  assert_int_equal(sd_svd(SD_GESDD, &exact, NULL, &t, NULL), SD_OK);
  for (ptrdiff_t k = 0; k < r; k++) assert_true(sd_mat_get(&s, k, 0) == sd_mat_get(&t, k, 0));
  release(&a), release(&exact), release(&s), release(&t);
}

static void svd_of_f32_is_rounded_f64(void **state) {
  (void)state;
  sd_mat big, one;
  check_svd_of_f32(7, 4);
  check_svd_of_f32(4, 7);
  check_long_of_f32(800, 3);
  check_long_of_f32(3, 800);
  assert_int_equal(sd_mat_alloc(&big, 2, 2, SD_F32), SD_OK);
  assert_int_equal(sd_mat_alloc(&one, 2, 1, SD_F32), SD_OK);
  sd_mat_fill(&big, FLT_MAX); /* its singular value is 2 FLT_MAX */
  assert_int_equal(sd_svd(SD_GESDD, &big, NULL, &one, NULL), SD_EARG);
  release(&big), release(&one);
}

static void svd_refuses(void **state) {
  (void)state;
  sd_mat a = check_random(4, 3, SD_F64), s = fresh(3, 1), bad = fresh(4, 1), u = fresh(4, 3);
  sd_mat huge = phantom(40000, 40000), values = phantom(40000, 1);
  sd_mat wide = phantom((ptrdiff_t)INT_MAX + 1, 1), value = phantom(1, 1);
  assert_int_equal(sd_svd(SD_GESDD, &a, NULL, &bad, NULL), SD_ESHAPE);
  assert_int_equal(sd_svd(SD_GESDD, &a, &u, &s, NULL), SD_ESHAPE);
  assert_int_equal(sd_svd(SD_GESDD, &a, &u, &s, &u), SD_ESHAPE);
  assert_int_equal(sd_svd(SD_GESDD, &huge, &huge, &values, &huge), SD_ETOOBIG);
  assert_int_equal(sd_svd(SD_GESVD, &wide, NULL, &value, NULL), SD_ETOOBIG);
  sd_mat_set(&a, 3, 2, NAN);
  assert_int_equal(sd_svd(SD_GESDD, &a, NULL, &s, NULL), SD_ENONFINITE);
  sd_mat_set(&a, 3, 2, -INFINITY);
  assert_int_equal(sd_svd(SD_GESVD, &a, NULL, &s, NULL), SD_ENONFINITE);
  release(&a), release(&s), release(&bad), release(&u);
}

/* The four Moore-Penrose conditions. X is off by C k eps cond |X|, and cond <= |A| |X|. */
static void pinv_meets_penrose(void **state) {
  (void)state;
  for (int kind = RANDOM; kind <= SMALL; kind++)
    for (int k = 0; k < SHAPES; k++) {
      ptrdiff_t m = shapes[k].m, n = shapes[k].n;
      sd_mat a = sample(kind, m, n), x = fresh(n, m);
      assert_int_equal(sd_pinv(1e-12, &a, &x), SD_OK);
      sd_mat ax = product(0, &a, 0, &x), xa = product(0, &x, 0, &a);
      double cond = size_of(&a) * size_of(&x), bound = BOUND(most(m, n)) * (cond + 1) * (cond + 1);
      check_product(&a, 0, &ax, 0, &a, bound * size_of(&a));
      check_product(&x, 0, &xa, 0, &x, bound * size_of(&x));
      for (ptrdiff_t j = 0; j < m; j++)
        for (ptrdiff_t i = 0; i < m; i++)
          check_near(sd_mat_get(&ax, i, j), sd_mat_get(&ax, j, i), bound);
      for (ptrdiff_t j = 0; j < n; j++)
        for (ptrdiff_t i = 0; i < n; i++)
          check_near(sd_mat_get(&xa, i, j), sd_mat_get(&xa, j, i), bound);
      release(&a), release(&x), release(&ax), release(&xa);
    }
}

static void cond_and_rank(void **state) {
  (void)state;
  double cond;
  ptrdiff_t rank;
  sd_mat graded = sample(GRADED, 7, 7), zero = fresh(3, 2), none = fresh(0, 3);
  sd_mat half = sample(DEFICIENT, 30, 8);
  sd_mat_fill(&zero, 0);
  assert_int_equal(sd_cond(&graded, &cond), SD_OK);
  check_near(cond, 1e6, 1e6 * BOUND(7) * 1e6); /* s7 = 1e-6 is known to BOUND */
  assert_int_equal(sd_cond(&zero, &cond), SD_OK);
  assert_true(isinf(cond));
  assert_int_equal(sd_cond(&none, &cond), SD_ESHAPE);
  assert_int_equal(sd_rank(1e-12, &half, &rank), SD_OK);
  assert_int_equal(rank, 4);
  assert_int_equal(sd_rank(1e-2, &graded, &rank), SD_OK);
  assert_in_range(rank, 2, 3); /* the third value, 1e-2, is on the edge */
  assert_int_equal(sd_rank(3e-3, &graded, &rank), SD_OK);
  assert_int_equal(rank, 3);
  assert_int_equal(sd_rank(0, &zero, &rank), SD_OK);
  assert_int_equal(rank, 0);
  assert_int_equal(sd_rank(0, &none, &rank), SD_OK);
  assert_int_equal(rank, 0);
  sd_mat_fill(&zero, 1.5e308); /* s1 overflows, the ratios do not */
  assert_int_equal(sd_rank(1e-12, &zero, &rank), SD_OK);
  assert_int_equal(rank, 1);
  sd_mat_set(&zero, 0, 0, -1.5e308);
  assert_int_equal(sd_cond(&zero, &cond), SD_OK);
  check_near(cond, sqrt(2), BOUND(3) * 4); /* A'A = t^2 [3 1; 1 3]: s^2 = 4, 2 */
  release(&graded), release(&zero), release(&none), release(&half);
}

/* ---- symmetric eigenvalues --------------------------------------------------------------------*/

static void check_eigh(int kind, ptrdiff_t n) {
  sd_mat a = sample(kind, n, n), w = fresh(n, 1), v = fresh(n, n), values = fresh(n, 1);
  double bound;
  symmetrise(&a);
  bound = BOUND(n) * size_of(&a);
  assert_int_equal(sd_eigh(&a, &w, &v), SD_OK);
  assert_int_equal(sd_eigh(&a, &values, NULL), SD_OK);
  check_orthonormal(&v);
  sd_mat scaled = fresh(n, n), av = product(0, &a, 0, &v);
  for (ptrdiff_t j = 0; j < n; j++) {
    double value = sd_mat_get(&w, j, 0);
    assert_true(j == 0 || value >= sd_mat_get(&w, j - 1, 0));
    check_near(sd_mat_get(&values, j, 0), value, 2 * bound);
    for (ptrdiff_t i = 0; i < n; i++) sd_mat_set(&scaled, i, j, sd_mat_get(&v, i, j) * value);
  }
  check_near(distance(&av, &scaled), 0, bound);
  release(&a), release(&w), release(&v), release(&values), release(&scaled), release(&av);
}

static void eigh_diagonalises(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++)
    for (int k = 0; k < SHAPES; k++)
      if (shapes[k].m == shapes[k].n) check_eigh(kind, shapes[k].m);
}

/* tridiag(-1, 2, -1) has the eigenvalues 2 - 2 cos(k pi/(n+1)). */
static void eigh_of_the_second_difference(void **state) {
  (void)state;
  enum { N = 50 };
  sd_mat a = fresh(N, N), w = fresh(N, 1);
  for (ptrdiff_t j = 0; j < N; j++)
    for (ptrdiff_t i = 0; i < N; i++)
      sd_mat_set(&a, i, j, i == j ? 2 : labs((long)(i - j)) == 1 ? -1 : 0);
  assert_int_equal(sd_eigh(&a, &w, NULL), SD_OK);
  for (int k = 1; k <= N; k++)
    check_near(sd_mat_get(&w, k - 1, 0), 2 - 2 * cos(k * acos(-1.0) / (N + 1)), BOUND(N) * 4);
  release(&a), release(&w);
}

/* A V = B V diag(w) and V'BV = I; errors grow with cond(B) <= n + 1, cond(V) <= its root. */
static void eigh_of_a_pair(void **state) {
  (void)state;
  const ptrdiff_t sizes[] = {0, 1, 2, 7, 40};
  for (int k = 0; k < 5; k++) {
    ptrdiff_t n = sizes[k];
    sd_mat a = check_random(n, n, SD_F64), b = positive(n), w = fresh(n, 1), v = fresh(n, n);
    symmetrise(&a);
    assert_int_equal(sd_eigh_pair(&a, &b, &w, &v), SD_OK);
    sd_mat av = product(0, &a, 0, &v), bv = product(0, &b, 0, &v), e = identity(n);
    double bound = BOUND(n) * ((double)n + 1);
    check_product(&e, 1, &v, 0, &bv, bound * sqrt((double)n + 1));
    for (ptrdiff_t j = 0; j < n; j++)
      for (ptrdiff_t i = 0; i < n; i++)
        sd_mat_set(&bv, i, j, sd_mat_get(&bv, i, j) * sd_mat_get(&w, j, 0));
    check_near(distance(&av, &bv), 0, bound * size_of(&a) * size_of(&v));
    release(&a), release(&b), release(&w), release(&v), release(&av), release(&bv), release(&e);
  }
}

static void eigh_refuses(void **state) {
  (void)state;
  const double indefinite[] = {1, 0, 0, 0, -1, 0, 0, 0, 1};
  sd_mat a = identity(3), b = from(3, 3, indefinite), w = fresh(3, 1), v = fresh(3, 3);
  sd_mat tall = fresh(3, 2);
  assert_int_equal(sd_eigh(&tall, &w, &v), SD_ESHAPE);
  assert_int_equal(sd_eigh(&a, &w, &tall), SD_ESHAPE);
  assert_int_equal(sd_eigh_pair(&a, &tall, &w, &v), SD_ESHAPE);
  assert_int_equal(sd_eigh_pair(&a, &b, &w, &v), 2);
  sd_mat_fill(&b, 0);
  for (ptrdiff_t i = 0; i < 3; i++) sd_mat_set(&b, i, i, 1e-310); /* w = 1e310 */
  assert_int_equal(sd_eigh_pair(&a, &b, &w, NULL), SD_EARG);
  sd_mat_set(&b, 2, 2, INFINITY);
  assert_int_equal(sd_eigh_pair(&a, &b, &w, &v), SD_ENONFINITE);
  sd_mat_set(&a, 0, 0, NAN);
  assert_int_equal(sd_eigh(&a, &w, &v), SD_ENONFINITE);
  release(&a), release(&b), release(&w), release(&v), release(&tall);
}

/* ---- general eigenvalues ----------------------------------------------------------------------*/

/* A v = w v in real arithmetic: A vr = vr wr - vi wi, A vi = vr wi + vi wr. */
static void check_eig(int kind, ptrdiff_t n) {
  sd_mat a = sample(kind, n, n), wr = fresh(n, 1), wi = fresh(n, 1), vr = fresh(n, n);
  sd_mat vi = fresh(n, n), re = fresh(n, n), im = fresh(n, n);
  assert_int_equal(sd_eig(&a, &wr, &wi, &vr, &vi), SD_OK);
  for (ptrdiff_t j = 0; j < n; j++) {
    double p = sd_mat_get(&wr, j, 0), q = sd_mat_get(&wi, j, 0), norm = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
      double x = sd_mat_get(&vr, i, j), y = sd_mat_get(&vi, i, j);
      norm += x * x + y * y;
      sd_mat_set(&re, i, j, x * p - y * q);
      sd_mat_set(&im, i, j, x * q + y * p);
    }
    check_near(norm, 1, BOUND(n));
    if (q > 0) check_near(sd_mat_get(&wi, j + 1, 0), -q, 0); /* pairs stand together */
  }
  double bound = BOUND(n) * size_of(&a) * sqrt((double)n);
  check_product(&re, 0, &a, 0, &vr, bound);
  check_product(&im, 0, &a, 0, &vi, bound);
  release(&a), release(&wr), release(&wi), release(&vr), release(&vi), release(&re), release(&im);
}

static void eig_solves(void **state) {
  (void)state;
  for (int kind = 0; kind < KINDS; kind++)
    for (int k = 0; k < SHAPES; k++)
      if (shapes[k].m == shapes[k].n) check_eig(kind, shapes[k].m);
}

static void eig_of_a_rotation(void **state) {
  (void)state;
  const double t = 0.7, rows[] = {cos(t), -sin(t), sin(t), cos(t)};
  sd_mat a = from(2, 2, rows), wr = fresh(2, 1), wi = fresh(2, 1);
  assert_int_equal(sd_eig(&a, &wr, &wi, NULL, NULL), SD_OK);
  for (ptrdiff_t k = 0; k < 2; k++) {
    check_near(sd_mat_get(&wr, k, 0), cos(t), BOUND(2));
    check_near(sd_mat_get(&wi, k, 0), k ? -sin(t) : sin(t), BOUND(2));
  }
  assert_int_equal(sd_eig(&a, &wr, &wi, &a, NULL), SD_ESHAPE);
  sd_mat_set(&a, 0, 0, NAN);
  assert_int_equal(sd_eig(&a, &wr, &wi, NULL, NULL), SD_ENONFINITE);
  release(&a), release(&wr), release(&wi);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  double number;
  ptrdiff_t rank;
  sd_mat a = check_random(9, 5, SD_F64), u = fresh(9, 5), s = fresh(5, 1), v = fresh(5, 5);
  sd_mat x = fresh(5, 9), b = positive(5), w = fresh(5, 1), z = fresh(5, 5), e = identity(5);
  sd_mat tall = check_random(5, 300, SD_F32);
  check_faults(sd_svd(SD_GESDD, &a, &u, &s, &v));
  check_faults(sd_svd(SD_GESVD, &a, NULL, &s, NULL));
  check_faults(sd_svd(SD_GESDD, &tall, NULL, &s, NULL));
  check_faults(sd_cond(&a, &number));
  check_faults(sd_rank(1e-10, &a, &rank));
  check_faults(sd_pinv(1e-10, &a, &x));
  check_faults(sd_eigh(&b, &w, &v));
  check_faults(sd_eigh_pair(&e, &b, &w, &v));
  check_faults(sd_eig(&b, &w, &s, &v, &z));
  release(&a), release(&u), release(&s), release(&v), release(&x), release(&b), release(&w);
  release(&z), release(&e), release(&tall);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(svd_rebuilds),
      cmocka_unit_test(long_matrices_keep_their_values),
      cmocka_unit_test(long_matrices_of_low_rank),
      cmocka_unit_test(svd_agrees_with_gram),
      cmocka_unit_test(svd_of_f32_is_rounded_f64),
      cmocka_unit_test(svd_refuses),
      cmocka_unit_test(pinv_meets_penrose),
      cmocka_unit_test(cond_and_rank),
      cmocka_unit_test(eigh_diagonalises),
      cmocka_unit_test(eigh_of_the_second_difference),
      cmocka_unit_test(eigh_of_a_pair),
      cmocka_unit_test(eigh_refuses),
      cmocka_unit_test(eig_solves),
      cmocka_unit_test(eig_of_a_rotation),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests_name("linalg spectra", tests, NULL, NULL);
}
