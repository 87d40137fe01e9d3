/* Extremes, Lanczos and norms by products: against dense decompositions, prescribed spectra and
 * closed forms; statuses, faults, interrupts, solves inside solves. */
#include "spectral_check.h"

/* ---- operators that are functions -------------------------------------------------------------*/

/* Fails, or gives NaN, from the call on at which *left is 0. */
typedef struct breaking {
  int left, status;
} breaking;
static int breaks(void *ctx, int transposed, const sd_mat *x, sd_mat *y) {
  breaking *b = ctx;
  laplacian(NULL, transposed, x, y);
  if (b->left-- > 0) return SD_OK;
  if (b->status == SD_OK) sd_mat_set(y, 0, 0, NAN);
  if (b->status == SD_EINTR) sd_interrupt(1);
  return b->status == SD_EINTR ? SD_OK : b->status;
}

static sd_extremes wanted(int which, ptrdiff_t k) {
  return (sd_extremes){.which = which, .k = k, .tol = 1e-12, .maxiter = 1000, .at = at};
}

/* ---- symmetric maps ---------------------------------------------------------------------------*/

typedef struct eigen {
  sd_mat w, v, r;
} eigen;

static eigen eigs(sd_linear *a, sd_extremes *e) {
  eigen x = {fresh(e->k, 1), fresh(a->rows, e->k), fresh(e->k, 1)};
  assert_int_equal(sd_eigs_symmetric(a, e, &x.w, &x.v, &x.r), SD_OK);
  return x;
}
static void drop(eigen *x) { release(&x->w), release(&x->v), release(&x->r); }

/* What the k-th result must be, from the ascending eigenvalues w(n,1). */
static double expected(int which, const sd_mat *w, ptrdiff_t k, ptrdiff_t j) {
  ptrdiff_t n = w->rows, lo = 0, hi = n - 1;
  if (which == SD_SMALLEST) return sd_mat_get(w, j, 0);
  if (which == SD_LARGEST || (which == SD_BOTH && j < (k + 1) / 2))
    return sd_mat_get(w, n - 1 - j, 0);
  if (which == SD_BOTH) return sd_mat_get(w, k - 1 - j, 0);
  for (;; j--) { /* magnitude: the larger end first */
    int low = fabs(sd_mat_get(w, lo, 0)) > fabs(sd_mat_get(w, hi, 0));
    if (j == 0) return sd_mat_get(w, low ? lo : hi, 0);
    low ? lo++ : hi--;
  }
}

/* Values: each is within its residual of an eigenvalue, and that is the expected one, since the
 * residuals (about tol |w|) are far below the gaps. */
static void check_eigs(const sd_mat *a, int which, ptrdiff_t k) {
  ptrdiff_t n = a->rows;
  sd_linear map = sd_linear_of(a);
  sd_extremes e = wanted(which, k);
  sd_mat w = fresh(n, 1);
  assert_int_equal(sd_eigh(a, &w, NULL), SD_OK);
  eigen x = eigs(&map, &e);
  assert_int_equal(e.found, k);
  assert_int_equal(e.dense, n <= 64 || 2 * k + 1 > n);
  check_orthonormal(&x.v);
  for (ptrdiff_t j = 0; j < k; j++) {
    double value = sd_mat_get(&x.w, j, 0), residual = sd_mat_get(&x.r, j, 0);
    assert_true(residual <= 4e-12 * size_of(a));
    check_near(value, expected(which, &w, k, j), residual + BOUND(n) * size_of(a));
  }
  /* the residuals are those of A V - V diag(w) */
  sd_mat left = product(0, a, 0, &x.v);
  for (ptrdiff_t j = 0; j < k; j++) {
    for (ptrdiff_t i = 0; i < n; i++)
      sd_mat_set(&left, i, j,
                 sd_mat_get(&left, i, j) - sd_mat_get(&x.w, j, 0) * sd_mat_get(&x.v, i, j));
    sd_mat column = sd_mat_block(&left, 0, j, n, 1);
    check_near(size_of(&column), sd_mat_get(&x.r, j, 0), BOUND(n) * size_of(a));
  }
  drop(&x), release(&w), release(&left);
}

static void eigs_agree_with_lapack(void **state) {
  (void)state;
  for (int which = SD_LARGEST; which <= SD_MAGNITUDE; which++) {
    sd_mat a = symmetric(120), small = symmetric(9);
    check_eigs(&a, which, 1);
    check_eigs(&a, which, 5);
    check_eigs(&a, which, 70); /* too many for ARPACK */
    check_eigs(&small, which, 3);
    release(&a), release(&small);
  }
}

static void eigs_of_a_laplacian(void **state) {
  (void)state;
  enum { N = 100, K = 4 };
  sd_linear map = map_of(N, N, laplacian, NULL);
  sd_extremes low = wanted(SD_SMALLEST, K), high = wanted(SD_LARGEST, K);
  eigen x = eigs(&map, &low), y = eigs(&map, &high);
  assert_true(low.found == K && high.found == K);
  assert_true(low.iterations > 0 && map.applied > 2 * K);
  for (ptrdiff_t j = 0; j < K; j++) { /* |A| < 4, residual 3 tol |A|; LARGEST: tol |w| */
    check_near(sd_mat_get(&x.w, j, 0), laplacian_value(N, j + 1), 12e-12);
    check_near(sd_mat_get(&y.w, j, 0), laplacian_value(N, N - j), 12e-12);
  }
  drop(&x), drop(&y);
}

/* A run that is cut short says so and returns nothing that it does not have. */
static void unconverged_is_said(void **state) {
  (void)state;
  sd_linear map = map_of(400, 400, laplacian, NULL);
  sd_extremes e = wanted(SD_SMALLEST, 6);
  e.maxiter = 2;
  eigen x = eigs(&map, &e);
  assert_true(e.found < 6);
  for (ptrdiff_t j = e.found; j < 6; j++) assert_true(isnan(sd_mat_get(&x.w, j, 0)));
  drop(&x);
}

static void same_seed_same_bits(void **state) {
  (void)state;
  sd_mat a = symmetric(90);
  sd_linear map = sd_linear_of(&a);
  sd_extremes e = wanted(SD_LARGEST, 3);
  eigen x = eigs(&map, &e), y = eigs(&map, &e);
  assert_true(distance(&x.w, &y.w) == 0 && distance(&x.v, &y.v) == 0);
  release(&a), drop(&x), drop(&y);
}

/* Zero, of low rank, the identity: Krylov spaces that close at once; and every scale. */
static void eigs_of_degenerate_maps(void **state) {
  (void)state;
  static const double three[] = {3, 2, 1}, scales[] = {1e-200, 1, 1e200};
  sd_mat zero = zeros(80, 80), one = identity(80), q = orthogonal(80, 3), scaled = fresh(80, 3);
  for (int k = 0; k < 3; k++)
    for (ptrdiff_t i = 0; i < 80; i++) sd_mat_set(&scaled, i, k, three[k] * sd_mat_get(&q, i, k));
  sd_mat low = product(0, &scaled, 1, &q);
  sd_extremes e = wanted(SD_LARGEST, 5);
  const sd_mat *maps[] = {&zero, &one, &low};
  const double want[][5] = {{0, 0, 0, 0, 0}, {1, 1, 1, 1, 1}, {3, 2, 1, 0, 0}};
  for (int m = 0; m < 3; m++)
    for (int s = 0; s < 3; s++) {
      sd_mat a = fresh(80, 80);
      for (ptrdiff_t k = 0; k < 80 * 80; k++)
        ((double *)a.x)[k] = scales[s] * ((const double *)maps[m]->x)[k];
      sd_linear map = sd_linear_of(&a);
      eigen x = eigs(&map, &e);
      assert_int_equal(e.found, 5);
      check_orthonormal(&x.v);
      for (ptrdiff_t j = 0; j < 5; j++) {
        check_near(sd_mat_get(&x.w, j, 0) / scales[s], want[m][j], BOUND(80) * 3);
        check_near(sd_mat_get(&x.r, j, 0) / scales[s], 0, BOUND(80) * 3);
      }
      release(&a), drop(&x);
    }
  release(&zero), release(&one), release(&q), release(&scaled), release(&low);
}

/* ---- general maps -----------------------------------------------------------------------------*/

/* Q B Q' with 2x2 blocks (a, b; -b, a), eigenvalues a +- ib: (j cos t_j, j sin t_j), of magnitude
 * j = 1 .. n/2. A is normal, so that an eigenvalue moves by at most the residual. */
static sd_mat rotations(ptrdiff_t n) {
  sd_mat b = zeros(n, n), q = orthogonal(n, n);
  for (ptrdiff_t j = 1; 2 * j <= n; j++) {
    double re = (double)j * cos((double)j), im = (double)j * fabs(sin((double)j));
    ptrdiff_t i = 2 * j - 2;
    sd_mat_set(&b, i, i, re), sd_mat_set(&b, i + 1, i + 1, re);
    sd_mat_set(&b, i, i + 1, im), sd_mat_set(&b, i + 1, i, -im);
  }
  sd_mat qb = product(0, &q, 0, &b), a = product(0, &qb, 1, &q);
  release(&b), release(&q), release(&qb);
  return a;
}

static void check_general(ptrdiff_t n, int which, ptrdiff_t k) {
  sd_mat a = rotations(n), wr = fresh(k + 1, 1), wi = fresh(k + 1, 1), r = fresh(k + 1, 1);
  sd_mat vr = fresh(n, k + 1), vi = fresh(n, k + 1);
  sd_linear map = sd_linear_of(&a);
  sd_extremes e = wanted(which, k);
  double slack = BOUND(n) * size_of(&a);
  assert_int_equal(sd_eigs_general(&map, &e, &wr, &wi, &vr, &vi, &r), SD_OK);
  assert_int_equal(e.found, k + k % 2); /* whole pairs */
  double before = INFINITY;
  for (ptrdiff_t j = 0; j < e.found; j++) {
    double re = sd_mat_get(&wr, j, 0), im = sd_mat_get(&wi, j, 0), residual = sd_mat_get(&r, j, 0);
    double size = hypot(re, im), whole = round(size);
    assert_true(residual <= 1e-10 * (double)n);
    assert_true(j % 2 == 0 ? im > 0 : im < 0);
    check_near(size, whole, residual + slack);
    check_near(re, whole * cos(whole), residual + slack);
    if (which == SD_MAGNITUDE) check_near(size, (double)(n / 2 - j / 2), residual + slack);
    double order = which == SD_REAL ? re : size;
    assert_true(order <= before + 2 * (residual + slack));
    before = order;
  }
  release(&a), release(&wr), release(&wi), release(&vr), release(&vi), release(&r);
}

static void general_eigenvalues(void **state) {
  (void)state;
  check_general(80, SD_MAGNITUDE, 4);
  check_general(80, SD_MAGNITUDE, 3);
  check_general(80, SD_REAL, 4);
  check_general(20, SD_MAGNITUDE, 5);
  check_general(20, SD_REAL, 2);
  check_general(80, SD_MAGNITUDE, 78);
}

/* ---- singular values --------------------------------------------------------------------------*/

static void check_svds(ptrdiff_t m, ptrdiff_t n, int which, ptrdiff_t k, double last) {
  ptrdiff_t r = least(m, n);
  const double *s = log_spaced(r, last);
  sd_mat a = with_values(m, n, r, s), u = fresh(m, k), t = fresh(k, 1), v = fresh(n, k);
  sd_mat residuals = fresh(k, 1);
  sd_linear map = sd_linear_of(&a);
  sd_extremes e = wanted(which, k);
  assert_int_equal(sd_svds(&map, &e, &u, &t, &v, &residuals), SD_OK);
  assert_int_equal(e.found, k);
  check_orthonormal(&u);
  check_orthonormal(&v);
  sd_mat av = product(0, &a, 0, &v), atu = product(1, &a, 0, &u);
  for (ptrdiff_t j = 0; j < k; j++) {
    double value = sd_mat_get(&t, j, 0), residual = sd_mat_get(&residuals, j, 0), sum = 0;
    check_near(value, s[which == SD_LARGEST ? j : r - 1 - j], residual + 2 * BOUND(m + n));
    for (ptrdiff_t i = 0; i < m; i++)
      sum += pow(sd_mat_get(&av, i, j) - value * sd_mat_get(&u, i, j), 2);
    for (ptrdiff_t i = 0; i < n; i++)
      sum += pow(sd_mat_get(&atu, i, j) - value * sd_mat_get(&v, i, j), 2);
    check_near(residual, sqrt(sum / 2), BOUND(m + n));
    assert_true(residual < 1e-6);
  }
  release(&a), release(&u), release(&t), release(&v);
  release(&residuals), release(&av), release(&atu);
}

static void svds_find_prescribed_values(void **state) {
  (void)state;
  static const ptrdiff_t sides[][2] = {{150, 90}, {90, 150}, {80, 80}, {200, 8}, {8, 200}, {1, 5}};
  for (int k = 0; k < 6; k++)
    for (int which = SD_LARGEST; which <= SD_SMALLEST; which++)
      check_svds(sides[k][0], sides[k][1], which, least(4, least(sides[k][0], sides[k][1])), 1e-2);
  check_svds(20, 12, SD_SMALLEST, 2, 1e-12); /* formed: what is small keeps its digits */
}

/* ---- Lanczos, norms ---------------------------------------------------------------------------*/

static void lanczos_factorises(void **state) {
  (void)state;
  enum { N = 60, STEPS = 25 };
  sd_mat a = symmetric(N), x = check_random(N, 1, SD_F64), alpha = fresh(STEPS, 1);
  sd_mat beta = fresh(STEPS, 1), q = fresh(N, STEPS);
  sd_linear map = sd_linear_of(&a);
  ptrdiff_t done;
  assert_int_equal(sd_lanczos(&map, &x, &alpha, &beta, &q, &done), SD_OK);
  assert_int_equal(done, STEPS);
  check_orthonormal(&q);
  sd_mat aq = product(0, &a, 0, &q), t = product(1, &q, 0, &aq);
  for (ptrdiff_t j = 0; j < STEPS; j++) {
    check_near(sd_mat_get(&t, j, j), sd_mat_get(&alpha, j, 0), BOUND(N) * size_of(&a));
    for (ptrdiff_t i = 0; i < j; i++)
      check_near(sd_mat_get(&t, i, j), i + 1 == j ? sd_mat_get(&beta, i, 0) : 0,
                 BOUND(N) * size_of(&a));
  }
  /* beta_last is the norm of what is left of the last column */
  double left = 0;
  for (ptrdiff_t i = 0; i < N; i++) {
    double d = sd_mat_get(&aq, i, STEPS - 1);
    for (ptrdiff_t k = 0; k < STEPS; k++) d -= sd_mat_get(&q, i, k) * sd_mat_get(&t, k, STEPS - 1);
    left += d * d;
  }
  check_near(sqrt(left), sd_mat_get(&beta, STEPS - 1, 0), BOUND(N) * size_of(&a));
  release(&a), release(&x), release(&alpha), release(&beta), release(&q), release(&aq), release(&t);
}

static void lanczos_stops_where_the_space_closes(void **state) {
  (void)state;
  enum { N = 30 };
  sd_mat one = identity(N), x = check_random(N, 1, SD_F64), alpha = fresh(N, 1), beta = fresh(N, 1);
  sd_mat q = fresh(N, N), nothing = zeros(N, 1);
  sd_linear map = sd_linear_of(&one), plain = map_of(N, N, laplacian, NULL);
  ptrdiff_t done;
  assert_int_equal(sd_lanczos(&map, &x, &alpha, &beta, &q, &done), SD_OK);
  assert_int_equal(done, 1);
  check_near(sd_mat_get(&alpha, 0, 0), 1, BOUND(N));
  assert_true(sd_mat_get(&beta, 0, 0) == 0);
  assert_int_equal(sd_lanczos(&plain, &x, &alpha, &beta, &q, &done), SD_OK);
  assert_int_equal(done, N); /* all of them are different */
  assert_true(sd_mat_get(&beta, N - 1, 0) == 0);
  check_orthonormal(&q);
  assert_int_equal(sd_lanczos(&plain, &nothing, &alpha, &beta, &q, &done), SD_EARG);
  release(&one), release(&x), release(&alpha), release(&beta), release(&q), release(&nothing);
}

/* The value is below the norm, within the residual of a singular value, which is the largest. */
static void check_norm(const sd_mat *a, double tol) {
  sd_linear map = sd_linear_of(a);
  sd_norm_estimate out;
  double norm;
  assert_int_equal(sd_norm(SD_NORM_TWO, a, &norm), SD_OK);
  assert_int_equal(sd_spectral_norm(&map, tol, 10000, at, &out), SD_OK);
  assert_true(out.converged);
  assert_true(out.residual <= fmax(tol, BOUND(most(a->rows, a->cols))) * norm);
  check_near(out.value, norm, out.residual + BOUND(most(a->rows, a->cols)) * norm);
}

static void spectral_norms(void **state) {
  (void)state;
  static const double scales[] = {1e-200, 1, 1e200};
  for (int k = 0; k < SHAPES; k++) {
    sd_mat a = check_random(shapes[k].m, shapes[k].n, SD_F64);
    check_norm(&a, 1e-10);
    release(&a);
  }
  for (int s = 0; s < 3; s++) {
    sd_mat a = check_random(150, 90, SD_F64);
    for (ptrdiff_t k = 0; k < 150 * 90; k++) ((double *)a.x)[k] *= scales[s];
    check_norm(&a, 1e-6);
    release(&a);
  }
  sd_linear slow = map_of(1000, 1000, laplacian, NULL);
  sd_norm_estimate out;
  assert_int_equal(sd_spectral_norm(&slow, 1e-12, 40, at, &out), SD_OK);
  assert_true(!out.converged && out.residual > 1e-12 * out.value && out.value <= 4);
}

/* ---- maps that break, statuses ----------------------------------------------------------------*/

static int half_adjoint(void *ctx, int transposed, const sd_mat *x, sd_mat *y) {
  int status = laplacian(ctx, transposed, x, y);
  for (ptrdiff_t j = 0; j < y->cols && transposed; j++)
    sd_mat_set(y, 0, j, 1.5 * sd_mat_get(y, 0, j));
  return status;
}

static void adjoints_are_checked(void **state) {
  (void)state;
  sd_mat a = check_random(40, 30, SD_F64), square = check_random(30, 30, SD_F64);
  sd_linear map = sd_linear_of(&a), general = sd_linear_of(&square);
  sd_linear wrong = map_of(30, 30, half_adjoint, NULL), right = map_of(30, 30, laplacian, NULL);
  double miss;
  assert_int_equal(sd_linear_adjoint(&map, 0, at, &miss), SD_OK);
  assert_int_equal(sd_linear_adjoint(&map, 1, at, &miss), SD_ESHAPE);
  assert_int_equal(sd_linear_adjoint(&general, 0, at, &miss), SD_OK);
  assert_int_equal(sd_linear_adjoint(&general, 1, at, &miss), SD_EARG);
  assert_int_equal(sd_linear_adjoint(&right, 1, at, &miss), SD_OK);
  assert_int_equal(sd_linear_adjoint(&wrong, 0, at, &miss), SD_EARG);
  assert_true(miss > 1e-6);
  release(&a), release(&square);
}

/* What a map's function says comes out, at whatever call; and the next solve is not harmed. */
static void broken_maps_end_a_solve(void **state) {
  (void)state;
  enum { N = 100 };
  static const struct {
    int inside, outside;
  } cases[] = {{SD_EHOST, SD_EHOST}, {SD_OK, SD_ENONFINITE}, {SD_EINTR, SD_EINTR}};
  sd_mat w = fresh(3, 1), v = fresh(N, 3), r = fresh(3, 1);
  for (int c = 0; c < 3; c++)
    for (int left = 0; left < 60; left += 7) {
      breaking b = {left, cases[c].inside};
      sd_linear map = map_of(N, N, breaks, &b), whole = map_of(N, N, laplacian, NULL);
      sd_extremes e = wanted(SD_SMALLEST, 3);
      assert_int_equal(sd_eigs_symmetric(&map, &e, &w, &v, &r), cases[c].outside);
      sd_interrupt(0);
      assert_false(sd_extremes_busy());
      assert_int_equal(sd_eigs_symmetric(&whole, &e, &w, &v, &r), SD_OK);
      check_near(sd_mat_get(&w, 0, 0), laplacian_value(N, 1), 12e-12);
    }
  release(&w), release(&v), release(&r);
}

/* A map that solves: the inner one is refused, the outer one goes on. */
static int solves(void *ctx, int transposed, const sd_mat *x, sd_mat *y) {
  sd_linear inner = map_of(100, 100, laplacian, NULL);
  sd_extremes e = wanted(SD_LARGEST, 1);
  sd_mat w = fresh(1, 1), v = fresh(100, 1), r = fresh(1, 1);
  int *refused = ctx, status = sd_eigs_symmetric(&inner, &e, &w, &v, &r);
  *refused += status == SD_EARG && sd_extremes_busy();
  release(&w), release(&v), release(&r);
  return laplacian(NULL, transposed, x, y);
}

static void no_solve_inside_a_solve(void **state) {
  (void)state;
  int refused = 0;
  sd_linear map = map_of(100, 100, solves, &refused);
  sd_extremes e = wanted(SD_LARGEST, 2);
  eigen x = eigs(&map, &e);
  assert_true(refused > 10);
  check_near(sd_mat_get(&x.w, 0, 0), laplacian_value(100, 100), 12e-12);
  drop(&x);
}

static void wrong_requests(void **state) {
  (void)state;
  sd_linear map = map_of(10, 10, laplacian, NULL), tall = map_of(10, 5, laplacian, NULL);
  sd_linear huge = map_of((ptrdiff_t)INT_MAX, (ptrdiff_t)INT_MAX, laplacian, NULL);
  sd_extremes none = wanted(SD_LARGEST, 0), many = wanted(SD_LARGEST, 11);
  sd_extremes real = wanted(SD_REAL, 1), one = wanted(SD_LARGEST, 1);
  sd_mat w = phantom(1, 1), v = phantom(10, 1), big = phantom((ptrdiff_t)INT_MAX, 1);
  sd_mat empty = phantom(0, 1), v0 = phantom(10, 0), w11 = phantom(11, 1), v11 = phantom(10, 11);
  assert_int_equal(sd_eigs_symmetric(&map, &none, &empty, &v0, &empty), SD_EARG);
  assert_int_equal(sd_eigs_symmetric(&map, &many, &w11, &v11, &w11), SD_EARG);
  assert_int_equal(sd_eigs_symmetric(&map, &real, &w, &v, &w), SD_EARG);
  assert_int_equal(sd_eigs_symmetric(&tall, &one, &w, &v, &w), SD_ESHAPE);
  assert_int_equal(sd_eigs_symmetric(&huge, &one, &w, &big, &w), SD_ETOOBIG);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  enum { N = 70, K = 3 };
  sd_mat a = symmetric(N), u = fresh(N, K), v = fresh(N, K), s = fresh(K, 1), r = fresh(K, 1);
  sd_mat wr = fresh(K + 1, 1), wi = fresh(K + 1, 1), q = fresh(K + 1, 1);
  sd_mat vr = fresh(N, K + 1), vi = fresh(N, K + 1);
  sd_linear map = sd_linear_of(&a);
  sd_extremes low = wanted(SD_SMALLEST, K), high = wanted(SD_MAGNITUDE, K);
  sd_norm_estimate norm;
  double value;
  check_faults(sd_eigs_symmetric(&map, &low, &s, &v, &r));
  check_faults(sd_eigs_general(&map, &high, &wr, &wi, &vr, &vi, &q));
  check_faults(sd_svds(&map, &low, &u, &s, &v, &r));
  check_faults(sd_spectral_norm(&map, 1e-6, 1000, at, &norm));
  check_faults(sd_linear_adjoint(&map, 1, at, &value));
  release(&a), release(&u), release(&v), release(&s), release(&r), release(&wr), release(&wi);
  release(&q), release(&vr), release(&vi);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(eigs_agree_with_lapack),
      cmocka_unit_test(eigs_of_a_laplacian),
      cmocka_unit_test(unconverged_is_said),
      cmocka_unit_test(same_seed_same_bits),
      cmocka_unit_test(eigs_of_degenerate_maps),
      cmocka_unit_test(general_eigenvalues),
      cmocka_unit_test(svds_find_prescribed_values),
      cmocka_unit_test(lanczos_factorises),
      cmocka_unit_test(lanczos_stops_where_the_space_closes),
      cmocka_unit_test(spectral_norms),
      cmocka_unit_test(adjoints_are_checked),
      cmocka_unit_test(broken_maps_end_a_solve),
      cmocka_unit_test(no_solve_inside_a_solve),
      cmocka_unit_test(wrong_requests),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
