/* Digamma and the polygamma functions psi_n, the derivatives of log Gamma.
 *
 * For n >= 1 and x > 0 it is (-1)^(n+1) psi_n that is computed, a sum of positive terms:
 *
 *   psi_n(x) = (-1)^(n+1) n! sum_{k >= 0} (x + k)^-(n+1)
 *
 * The terms below y = x + m >= n + 10 are added one by one, the rest is Euler and Maclaurin's
 *
 *   (n-1)!/y^n [1 + n/(2y) + sum_k B_2k T_k],  T_k = (2k+n-1)! / ((2k)! (n-1)! y^2k),
 *
 * whose error is below its first term left out: with |B_2k| <= 4 (2k)!/(2 pi)^2k that is less than
 * 4 (n+2k-1)! / ((n-1)! (2 pi y)^2k), for k = 11 below 2e-17 for every n. For n = 0 the sum is
 *
 *   psi(x) = log y - 1/(2y) - sum_k B_2k/(2k y^2k) - sum_{j < m} 1/(x + j).
 *
 * Negative x are reflected: psi_n(x) = (-1)^n psi_n(1-x) - pi D^n cot(pi x). D^n cot(pi x) =
 * (-pi)^n Q_n(cot pi x) with Q_0 = c, Q_{n+1} = (1 + c^2) Q_n', polynomials of one parity whose
 * coefficients are positive: they lose no digits.
 *
 * Reference: Abramowitz and Stegun, Handbook of Mathematical Functions, 6.3 and 6.4.
 *
 * Error: 16 (1 + |x f'/f|) ulp. For n >= 1 a term has n + 1 factors of at most one ulp each, the
 * partial sums rise towards the terms that are added last, and |x f'/f| >= n. For n = 0, u = 2^-53
 * and 1 <= x < 10, the sum rises from 0.1 to at most 2.9 in at most 9 steps; roundings of its
 * terms, of itself and of log y add up to at most 14 u. What is allowed is at least 16 (|f| + |x
 * f'|) u, and |f| + |x f'| >= 1.3 there. Below 1 the term 1/x adds 4 u/x to the error and 16 u/x to
 * the bound. */
#include "saddle/kernel.h"
#include <math.h>

enum { TERMS = 10 };
static const double bernoulli[TERMS + 1] = {
    1,      1. / 6,       -1. / 30,     1. / 42,       -1. / 30, 5. / 66, -691. / 2730,
    7. / 6, -3617. / 510, 43867. / 798, -174611. / 330};

/* n!/x^(n+1), by factors that neither overflow nor underflow before the result does. */
static double term(int n, double x) {
  double t = 1 / x;
  for (int i = 1; i <= n; i++) t *= i / x;
  return t;
}

static double digamma_above(double x) {
  int m = x < 10 ? (int)ceil(10 - x) : 0;
  double y = x + m, square = y * y, power = 1, sum = 0;
  for (int k = 1; k <= TERMS; k++) {
    power *= square;
    sum += bernoulli[k] / (2 * k * power);
  }
  sum += 0.5 / y;
  for (int j = m - 1; j >= 0; j--) sum += 1 / (x + j);
  return log(y) - sum;
}

/* psi_n(x) for x > 0 */
static double above(int n, double x) {
  if (n == 0) return digamma_above(x);
  int m = x < n + 10 ? (int)ceil(n + 10 - x) : 0;
  double y = x + m, t = 1, series = 0;
  for (int k = 1; k <= TERMS; k++) {
    t *= (2 * k + n - 1) / (2 * k * y) * ((2 * k + n - 2) / ((2 * k - 1) * y));
    series += bernoulli[k] * t;
  }
  double sum = term(n - 1, y) * (1 + (n / (2 * y) + series));
  for (int j = m - 1; j >= 0; j--) sum += term(n, x + j);
  return n % 2 ? sum : -sum;
}

/* pi^(n+1) Q_n(c). q[k] is the coefficient of c^k; those of the other parity are left over from the
 * polynomial before and not read. */
static double cotangent(int n, double c) {
  double q[SD_ORDER_MOST + 2] = {0, 1}, sum = 0;
  for (int i = 1; i <= n; i++) /* from Q_{i-1}, of degree i, to Q_i */
    for (int k = (i + 1) % 2; k <= i + 1; k += 2)
      q[k] = (k > 0 ? (k - 1) * q[k - 1] : 0) + (k < i ? (k + 1) * q[k + 1] : 0);
  for (int k = n + 1; k >= 0; k -= 2) sum = (k == n + 1 ? 0 : sum * (c * c)) + q[k];
  if (n % 2 == 0) sum *= c;
  for (int i = 0; i <= n; i++) sum *= M_PI;
  return sum;
}

double sd_polygamma(int n, double x) {
  double r = x - rint(x); /* exact; from here on x is not at a pole unless r is 0 */
  if (x > 0 || isnan(x)) return above(n, x);
  if (n % 2 && r == 0) return INFINITY;
  if (x == 0) return -1 / x;
  if (isinf(x) || r == 0) return NAN;
  double mirrored = above(n, 1 - x), wave = cotangent(n, 1 / tan(M_PI * r));
  return n % 2 ? wave - mirrored : mirrored - wave;
}
