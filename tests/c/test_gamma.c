/* Polygamma functions of many orders: sums in long double, closed forms, poles and limits. */
#include "kernel_check.h"

enum { POINTS = 600 };

/* psi_n(x), n >= 1: the sum of its terms up to x + k >= n + 200, then five terms of the asymptotic
 * series, which leave 4 (n+11)!/((n-1)! (2 pi (n+200))^12) < 1e-14 of a tail that is below 1e-40 of
 * the sum where that is more than 1e-20 (n >= 30, x < 40). */
static long double truth(int n, long double x) {
  static const long double b[] = {1 / 6.0L, -1 / 30.0L, 1 / 42.0L, -1 / 30.0L, 5 / 66.0L};
  long double sum = 0, t = 1, tail, factorial = tgammal(n + 1.0L);
  while (x < n + 200) {
    sum += factorial / powl(x, n + 1);
    x++;
  }
  tail = 1 + n / (2 * x);
  for (int k = 1; k <= 5; k++) {
    t *= (2 * k + n - 1) * (2 * k + n - 2) / (2.0L * k * (2 * k - 1) * x * x);
    tail += b[k - 1] * t;
  }
  sum += factorial / n / powl(x, n) * tail;
  return n % 2 ? sum : -sum;
}

/* 16 (1 + |x f'/f|) ulp, as include/saddle/kernel.h has it; f' is the next order. */
static void many_orders(void **state) {
  static const int orders[] = {1, 2, 3, 4, 7, 20, SD_ORDER_MOST - 1};
  (void)state;
  if (!long_double_is_wide()) skip();
  for (size_t q = 0; q < sizeof orders / sizeof *orders; q++)
    for (int k = 0; k < POINTS; k++) {
      int n = orders[q];
      double x = check_uniform(-8, 40), y;
      if (k % 3 == 1) x = rint(x) + ldexp(check_uniform(-1, 1), -(int)(check_bits() % 40));
      if (x == rint(x) && x <= 0) continue;
      long double t = truth(n, x), slope = truth(n + 1, x);
      y = sd_polygamma(n, x);
      double bound = 16 * (1 + (double)fabsl(x * slope / t)), error = ulps(y, t, SD_F64);
      if (!(error <= bound))
        fail_msg("polygamma(%d, %.17g) = %.17g: %.3g ulp off, allowed %.3g", n, x, y, error, bound);
    }
}

/* zeta(3) and Euler's and Catalan's constants, Abramowitz and Stegun, tables 1.1 and 23.3. Bounds
 * in ulp: 16 (1 + |x f'/f|) with the values of both at hand. */
static void closed_forms(void **state) {
  const long double pi = 3.14159265358979323846L, gamma = 0.57721566490153286061L,
                    zeta3 = 1.20205690315959428540L, catalan = 0.91596559417721901505L;
  const struct {
    int n;
    double x;
    long double y;
    double bound;
  } cases[] = {{0, 1, -gamma, 16 * 3.9},
               {0, 0.5, -gamma - 2 * logl(2), 16 * 2.3},
               {0, 0.25, -gamma - pi / 2 - 3 * logl(2), 16 * 2.1},
               {0, -0.5, 2 - gamma - 2 * logl(2), 16 * 124},
               {1, 1, pi * pi / 6, 16 * 2.5},
               {1, 0.5, pi * pi / 2, 16 * 2.8},
               {1, 0.25, pi * pi + 8 * catalan, 16 * 3},
               {1, -0.5, pi * pi / 2 + 4, 16 * 2},
               {2, 1, -2 * zeta3, 16 * 3.8},
               {2, 0.5, -14 * zeta3, 16 * 4},
               {3, 1, pi * pi * pi * pi / 15, 16 * 4.9},
               {3, 0.5, pi * pi * pi * pi, 16 * 5}};
  (void)state;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    double y = sd_polygamma(cases[k].n, cases[k].x);
    if (!(ulps(y, cases[k].y, SD_F64) <= cases[k].bound))
      fail_msg("polygamma(%d, %g) = %.17g, not %.17Lg", cases[k].n, cases[k].x, y, cases[k].y);
  }
}

static void poles_and_limits(void **state) {
  (void)state;
  for (int n = 0; n <= SD_ORDER_MOST; n++) {
    double odd = n % 2 ? INFINITY : NAN, far = sd_polygamma(n, INFINITY);
    assert_true(sd_polygamma(n, 0.0) == (n % 2 ? INFINITY : -INFINITY));
    assert_true(sd_polygamma(n, -0.0) == INFINITY);
    for (int k = 0; k < 600; k++) {
      double y = sd_polygamma(n, -pow(3, k)); /* whole numbers */
      assert_true(isnan(odd) ? isnan(y) : y == odd);
    }
    assert_true(n == 0 ? far == INFINITY : far == 0 && signbit(far) == (n % 2 == 0));
    assert_true(isnan(sd_polygamma(n, NAN)));
    assert_true(isnan(sd_polygamma(n, -INFINITY)));
  }
  /* ~ 1/x for trigamma, n!/x^(n+1) near 0: neither overflows on the way */
  assert_true(fabs(sd_polygamma(1, 1e300) * 1e300 - 1) < 1e-15);
  assert_true(fabs(sd_polygamma(1, 1e-150) * 1e-300 - 1) < 1e-15);
  assert_true(sd_polygamma(2, 1e-150) == -INFINITY);
  assert_true(sd_polygamma(1, -1e-200) == INFINITY);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(many_orders), cmocka_unit_test(closed_forms),
                                     cmocka_unit_test(poles_and_limits)};
  return cmocka_run_group_tests_name("gamma", tests, NULL, NULL);
}
