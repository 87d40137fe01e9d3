/* Gauss rules, incomplete functions and assignment against constants of 50-digit arithmetic, exact
 * moments, and all permutations.
 *
 * The constants were computed from the definitions: nodes by Newton's method on the recurrences,
 * the functions by series of positive terms, all with 50 digits or more. */
#include "check.h"
#include <float.h>
#include <string.h>

static sd_mat column(ptrdiff_t n) {
  sd_mat a;
  assert_int_equal(sd_mat_alloc(&a, n, 1, SD_F64), SD_OK);
  return a;
}

static double at(const sd_mat *a, ptrdiff_t i) { return sd_mat_get(a, i, 0); }

/* ---- Gauss rules ------------------------------------------------------------------------------*/

typedef int rule(sd_mat *x, sd_mat *w);

/* The k-th largest node of the n-point rule and its weight. */
typedef struct node {
  int n, k;
  long double x, w;
} node;

static const node legendre[] = {
    {5, 1, 0.9061798459386639927976269L, 0.236926885056189087514264L},
    {5, 2, 0.5384693101056830910363144L, 0.4786286704993664680412915L},
    {64, 1, 0.9993050417357721394569056L, 0.001783280721696432947296079L},
    {64, 20, 0.5718956462026340342838781L, 0.03995374113272034138665693L},
    {1000, 1, 0.9999971112980755105698763L, 0.000007413338416432071517476832L},
    {1000, 2, 0.9999847796329174183242981L, 0.00001725676977373923011776458L},
    {1000, 300, 0.5888008475381117382613795L, 0.002538011195810989010847032L},
    {1000, 500, 0.001570010480083193829005023L, 0.003140018380182867786995939L},
    {2000, 1, 0.9999992774631703113403766L, 0.000001854262610213272819722419L}};

static const node hermite[] = {
    {4, 1, 2.334414218338977239317512L, 0.04587585476806849181689299L},
    {4, 2, 0.7419637843027258576485136L, 0.454124145231931508183107L},
    {40, 1, 11.45337784154873034606669L, 1.461839873869416706319273e-29L},
    {40, 15, 2.736208340465430922149746L, 0.00477354488182336089733602L},
    {1000, 300, 20.26605270801462451447178L, 2.730822217520134828968111e-91L},
    {1000, 500, 0.0496605297482824117563826L, 0.03957454925993191938346604L},
    {2000, 900, 7.06641258135961692522892L, 4.034400956068446371745926e-13L}};

/* One rounding from extended precision: an ulp, and for nodes near 0 the extended eps of the
 * largest. Where long double is no wider than double, n steps of the recurrence round. */
static double roundings(int n) { return long_double_is_wide() ? 1 : n; }

static void check_nodes(rule *f, const node *list, size_t count) {
  for (size_t c = 0; c < count; c++) {
    const node *e = &list[c];
    sd_mat x = column(e->n), w = column(e->n);
    assert_int_equal(f(&x, &w), SD_OK);
    double got = at(&x, e->n - e->k), weight = at(&w, e->n - e->k);
    check_near(got, (double)e->x, (DBL_EPSILON * fabs(got) + 0x1p-60) * roundings(e->n));
    check_near(weight / (double)e->w, 1, 4 * DBL_EPSILON * roundings(e->n));
    assert_true(at(&x, e->k - 1) == -got && at(&w, e->k - 1) == weight);
    sd_free(x.x), sd_free(w.x);
  }
}

static void test_constants(void **state) {
  (void)state;
  check_nodes(sd_gauss_legendre, legendre, sizeof legendre / sizeof *legendre);
  check_nodes(sd_gauss_hermite, hermite, sizeof hermite / sizeof *hermite);
}

/* sum w_i x_i^2k in extended precision. */
static long double moment(const sd_mat *x, const sd_mat *w, int k) {
  long double sum = 0;
  for (ptrdiff_t i = 0; i < x->rows; i++)
    sum += (long double)at(w, i) * powl((long double)at(x, i), 2 * k);
  return sum;
}

/* Even powers up to 2n-2 are exact: 2/(2k+1), and (2k-1)!!. Nodes and weights are rounded once, so
 * that a term is off by at most (2k + 1) u of itself, u = 2^-53, and terms are positive. The power
 * 2n is not exact: the error is known to be |P_n|^2 of the monic polynomial, which for n = 4 and
 * Hermite is 4! of (2n-1)!! = 105. */
static void test_exactness(void **state) {
  (void)state;
  const int sizes[] = {1, 2, 3, 4, 7, 20, 33, 100};
  for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
    int n = sizes[c];
    sd_mat x = column(n), w = column(n), y = column(n), v = column(n);
    assert_int_equal(sd_gauss_legendre(&x, &w), SD_OK);
    assert_int_equal(sd_gauss_hermite(&y, &v), SD_OK);
    long double normal = 1;
    for (int k = 0; k < n; k++) {
      if (k > 0) normal *= 2 * k - 1;
      double tol = (2 * k + 3) * DBL_EPSILON * roundings(n);
      check_near((double)(moment(&x, &w, k) * (2 * k + 1) / 2), 1, tol);
      check_near((double)(moment(&y, &v, k) / normal), 1, tol);
    }
    if (n == 4) check_near((double)moment(&y, &v, 4), 105 - 24, 105 * 11 * DBL_EPSILON);
    sd_free(x.x), sd_free(w.x), sd_free(y.x), sd_free(v.x);
  }
}

/* All n: ascending, symmetric, positive weights that sum to 2 and to 1. */
static void test_every_size(void **state) {
  (void)state;
  for (int n = 1; n <= 60; n++)
    for (int which = 0; which < 2; which++) {
      sd_mat x = column(n), w = column(n);
      assert_int_equal((which ? sd_gauss_hermite : sd_gauss_legendre)(&x, &w), SD_OK);
      for (int i = 0; i < n; i++) {
        assert_true(at(&w, i) > 0 && at(&x, i) == -at(&x, n - 1 - i));
        if (i > 0) assert_true(at(&x, i) > at(&x, i - 1));
      }
      check_near((double)moment(&x, &w, 0), which ? 1 : 2, 2 * DBL_EPSILON * roundings(n));
      sd_free(x.x), sd_free(w.x);
    }
}

static void test_rule_errors(void **state) {
  (void)state;
  sd_mat x = column(3), w = column(3), longer = column(SD_GAUSS_MOST + 1), none = column(0);
  assert_int_equal(sd_gauss_legendre(&x, &longer), SD_ESHAPE);
  assert_int_equal(sd_gauss_legendre(&longer, &longer), SD_EARG);
  assert_int_equal(sd_gauss_hermite(&none, &none), SD_EARG);
  check_faults(sd_gauss_hermite(&x, &w));
  sd_interrupt(1);
  assert_int_equal(sd_gauss_hermite(&x, &w), SD_EINTR);
  sd_interrupt(0);
  sd_free(x.x), sd_free(w.x), sd_free(longer.x), sd_free(none.x);
}

/* ---- incomplete functions ---------------------------------------------------------------------*/

typedef struct tails {
  double a, b, x, lower, upper; /* b = 0: gamma */
} tails;

static const tails known[] = {
    {2, 3, 0.375, 0.481201171875, 0.518798828125},
    {0.5, 0.5, 0.0001220703125, 0.0070338643292633185021, 0.9929661356707366815},
    {0.0078125, 0.25, 1e-300, 0.0044062269238116016012, 0.9955937730761883984},
    {50, 2000, 0.0078125, 6.6271296355185911733e-12, 0.99999999999337287036},
    {50, 2000, 0.0625, 0.99999999999999976732, 2.3267602423424370383e-16},
    {1000, 1000, 0.46875, 0.002575221553587426289, 0.99742477844641257371},
    {10000, 10000, 0.50390625, 0.86538930679578998383, 0.13461069320421001617},
    {1e6, 1e6, 0.5009765625, 0.99712879127963136819, 0.0028712087203686318068},
    {1, 1000, 0.25, 1.0, 1.1514985401248269498e-125},
    {3.5, 0.5, 0.9990234375, 0.9363898082482961444, 0.063610191751703855604},
    {0.5, 0, 0.25, 0.52049987781304653768, 0.47950012218695346232},
    {0.5, 0, 300, 1.0, 1.674167984691787762e-132},
    {3, 0, 0.0009765625, 1.5510678666173495128e-10, 0.99999999984489321334},
    {10, 0, 40, 0.99999999607406777371, 3.9259322262861881947e-9},
    {100, 0, 60, 1.4815276326460467889e-6, 0.99999851847236735395},
    {100, 0, 180, 0.99999999997051705442, 2.9482945576482845174e-11},
    {10000, 0, 9800, 0.022207543813969693862, 0.97779245618603030614},
    {10000, 0, 10500, 0.99999957241275449404, 4.2758724550596472692e-7},
    {1e6, 0, 1.004e6, 0.99996765455268652232, 0.000032345447313477680324},
    {0.0078125, 0, 5, 0.99999086409750966528, 9.1359024903347201754e-6}};

static double value(double a, double b, double x, int upper) {
  double v = NAN;
  assert_int_equal(b == 0 ? sd_gammainc(a, x, upper, &v) : sd_betainc(a, b, x, upper, &v), SD_OK);
  return v;
}

/* The relative error that numerics.h promises. */
static double promised(double a, double b, double want) {
  return (20 + 4 * fabs(log(want)) + 2 * sqrt(a + b)) * DBL_EPSILON;
}

static void test_tails(void **state) {
  (void)state;
  for (size_t c = 0; c < sizeof known / sizeof *known; c++) {
    const tails *t = &known[c];
    for (int upper = 0; upper < 2; upper++) {
      double want = upper ? t->upper : t->lower;
      check_near(value(t->a, t->b, t->x, upper) / want, 1, promised(t->a, t->b, want));
    }
  }
}

/* P(n,x) is a Poisson tail, I_x(k,n-k+1) a binomial one: sums of positive terms. */
static void test_sums(void **state) {
  (void)state;
  for (int n = 1; n <= 12; n++)
    for (int e = 0; e < 12; e++) {
      double x = 0.25 * pow(1.5, e);
      long double term = expl(-(long double)x), sum = 0;
      for (int k = 0; k < n; k++) {
        sum += term;
        term *= (long double)x / (k + 1);
      }
      check_near(value(n, 0, x, 1) / (double)sum, 1, promised(n, 0, (double)sum));
    }
  for (int n = 1; n <= 12; n++)
    for (int k = 1; k <= n; k++)
      for (int e = 1; e < 16; e++) {
        double x = e / 16.0;
        long double term = powl((long double)x, n), sum = 0;
        for (int j = n; j >= k; term *= (long double)j / (n - j + 1) * (1 - x) / x, j--)
          sum += term;
        check_near(value(k, n - k + 1, x, 0) / (double)sum, 1, promised(k, n - k + 1, (double)sum));
      }
}

/* The inverse is the first double at which the function reaches p: the one before does not. */
static void test_inverses(void **state) {
  (void)state;
  const double shapes[] = {0.5, 1, 3.7, 200}, p[] = {1e-300, 1e-12, 0.01, 0.5, 0.99, 1 - 0x1p-53};
  for (int c = 0; c < 4 * 4 * 6 * 4; c++) {
    double a = shapes[c % 4], b = shapes[c / 4 % 4], q = p[c / 16 % 6], x;
    int upper = c / 96 % 2, gamma = c / 192;
    if (gamma) b = 0;
    assert_int_equal(gamma ? sd_gammaincinv(a, q, upper, &x) : sd_betaincinv(a, b, q, upper, &x),
                     SD_OK);
    double here = value(a, b, x, upper), before = x > 0 ? value(a, b, nextafter(x, 0), upper) : 0;
    if (upper)
      assert_true(here <= q && (x == 0 || before > q));
    else
      assert_true(here >= q && (x == 0 || before < q));
  }
}

static void test_domains(void **state) {
  (void)state;
  double v;
  assert_true(value(2, 0, 0, 0) == 0 && value(2, 0, INFINITY, 0) == 1 && value(2, 0, 0, 1) == 1);
  assert_true(value(2, 2, 0, 0) == 0 && value(2, 2, 1, 0) == 1 && value(2, 2, 1, 1) == 0);
  assert_int_equal(sd_gammainc(0, 1, 0, &v), SD_EARG);
  assert_int_equal(sd_gammainc(NAN, 1, 0, &v), SD_EARG);
  assert_int_equal(sd_gammainc(1, -1, 0, &v), SD_EARG);
  assert_int_equal(sd_betainc(1, 1, 1.5, 0, &v), SD_EARG);
  assert_int_equal(sd_betainc(1, 1e11, 0.5, 0, &v), SD_EARG);
  assert_int_equal(sd_betaincinv(1, 1, NAN, 0, &v), SD_EARG);
  assert_int_equal(sd_betaincinv(1, 0, 0.5, 0, &v), SD_EARG);
}

/* ---- assignment -------------------------------------------------------------------------------*/

/* The least cost of giving rows i.. columns that are not taken, by trying all; a row may stay
 * without one when there are more rows than columns. */
static double brute(const sd_mat *c, ptrdiff_t i, unsigned taken, ptrdiff_t spare) {
  if (i == c->rows) return 0;
  double best = spare > 0 ? brute(c, i + 1, taken, spare - 1) : INFINITY;
  for (ptrdiff_t j = 0; j < c->cols; j++)
    if (!(taken >> j & 1))
      best = fmin(best, sd_mat_get(c, i, j) + brute(c, i + 1, taken | 1u << j, spare));
  return best;
}

/* The assignment is one, costs what is said, and the dual proves that none is cheaper. Costs are
 * whole numbers below 2^31, so that all of it is exact. */
static double check_assignment(const sd_mat *c) {
  const ptrdiff_t m = c->rows, n = c->cols;
  sd_mat u = column(m), v = column(n);
  ptrdiff_t given[64], pairs = 0;
  double cost, sum = 0, dual = 0;
  int taken[64] = {0};
  assert_int_equal(sd_hungarian(c, given, &cost, &u, &v), SD_OK);
  for (ptrdiff_t i = 0; i < m; i++) {
    dual += at(&u, i);
    if (m > n) assert_true(at(&u, i) <= 0);
    if (given[i] < 0) {
      assert_true(at(&u, i) == 0);
      continue;
    }
    pairs++;
    sum += sd_mat_get(c, i, given[i]);
    assert_false(taken[given[i]]++);
  }
  assert_int_equal(pairs, m < n ? m : n);
  for (ptrdiff_t j = 0; j < n; j++) {
    dual += at(&v, j);
    if (m <= n) assert_true(at(&v, j) <= 0 && (taken[j] || at(&v, j) == 0));
    for (ptrdiff_t i = 0; i < m; i++) assert_true(at(&u, i) + at(&v, j) <= sd_mat_get(c, i, j));
  }
  assert_true(cost == sum && dual == cost);
  sd_free(u.x), sd_free(v.x);
  return cost;
}

static sd_mat whole_costs(ptrdiff_t m, ptrdiff_t n, double most) {
  sd_mat c = check_random(m, n, SD_F64);
  for (ptrdiff_t k = 0; k < m * n; k++) ((double *)c.x)[k] = rint(((double *)c.x)[k] * most);
  return c;
}

static void test_assignment(void **state) {
  (void)state;
  for (int trial = 0; trial < 300; trial++) {
    ptrdiff_t m = 1 + trial % 7, n = 1 + trial / 7 % 6;
    sd_mat c = whole_costs(m, n, trial % 3 ? 100 : 2); /* of few values: many ties */
    assert_true(check_assignment(&c) == brute(&c, 0, 0, m > n ? m - n : 0));
    sd_free(c.x);
  }
  for (ptrdiff_t m = 60; m > 20; m -= 13) {
    sd_mat c = whole_costs(m, 40, 1e6);
    check_assignment(&c);
    sd_free(c.x);
  }
}

static void test_assignment_edges(void **state) {
  (void)state;
  sd_mat c = check_random(3, 3, SD_F64), u = column(3), v = column(3), none = column(0);
  sd_mat f = check_random(3, 4, SD_F32), w = column(4), empty = {.x = NULL};
  ptrdiff_t given[3];
  double cost, small;
  check_faults(sd_hungarian(&c, given, &cost, &u, &v));
  /* a permutation that is cheapest stays so when all is scaled, however far */
  ptrdiff_t same[3];
  memcpy(same, given, sizeof same);
  for (int e = -1020; e <= 1020; e += 2040) {
    sd_mat big = column(9);
    big.rows = big.cols = big.ld = 3;
    for (int k = 0; k < 9; k++) ((double *)big.x)[k] = ldexp(((double *)c.x)[k], e);
    assert_int_equal(sd_hungarian(&big, given, &small, &u, &v), SD_OK);
    assert_memory_equal(given, same, sizeof same);
    check_near(small / ldexp(cost, e), 1, 8 * DBL_EPSILON);
    sd_free(big.x);
  }
  assert_int_equal(sd_hungarian(&f, given, &cost, &u, &w), SD_OK);
  assert_int_equal(sd_hungarian(&c, given, &cost, &u, &w), SD_ESHAPE);
  assert_int_equal(sd_mat_alloc(&empty, 0, 4, SD_F64), SD_OK);
  assert_int_equal(sd_hungarian(&empty, given, &cost, &none, &w), SD_OK);
  assert_true(cost == 0 && at(&w, 2) == 0);
  sd_interrupt(1);
  assert_int_equal(sd_hungarian(&c, given, &cost, &u, &v), SD_EINTR);
  sd_interrupt(0);
  sd_mat_fill(&c, 1.5e308);
  assert_int_equal(sd_hungarian(&c, given, &cost, &u, &v), SD_EARG);
  sd_mat_set(&c, 1, 1, NAN);
  assert_int_equal(sd_hungarian(&c, given, &cost, &u, &v), SD_ENONFINITE);
  sd_free(c.x), sd_free(u.x), sd_free(v.x), sd_free(f.x), sd_free(w.x), sd_free(none.x);
  sd_free(empty.x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_constants),  cmocka_unit_test(test_exactness),
      cmocka_unit_test(test_every_size), cmocka_unit_test(test_rule_errors),
      cmocka_unit_test(test_tails),      cmocka_unit_test(test_sums),
      cmocka_unit_test(test_inverses),   cmocka_unit_test(test_domains),
      cmocka_unit_test(test_assignment), cmocka_unit_test(test_assignment_edges)};
  return cmocka_run_group_tests_name("numerics", tests, NULL, NULL);
}
