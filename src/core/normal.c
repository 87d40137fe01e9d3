/* One normal variable: the logarithm of its tail and the inverse.
 *
 *   Q(x) = erfc(x / sqrt 2) / 2 = phi(x) R(x),  R(x) = 1/(x + 1/(x + 2/(x + 3/(x + ...))))
 *
 * From x = 5 on 50 terms of Laplace's continued fraction leave a relative error below 1e-16; below,
 * the rounding of x / sqrt 2 is worth at most x^2 = 25 ulp of Q.
 *
 * The inverse solves log Q(x) = l by Newton's method. log Q is concave and decreasing, and
 * Q(x) <= exp(-x^2/2)/2 for x >= 0, so from x_0 = sqrt(-2 (l + log 2)) on the iterates fall
 * monotonically to the root. l > -log 2 is reflected.
 *
 * Reference: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.12 and 26.2.14. */
#include "saddle/normal.h"
#include <math.h>

static const double log_root_2pi = 0.91893853320467274178;

/* Mills' ratio Q(x)/phi(x), x >= 5. */
static double mills(double x) {
  double tail = x;
  for (int k = 50; k >= 1; k--) tail = x + k / tail;
  return 1 / tail;
}

double sd_normal_logsf(double x) {
  if (x >= 5) return x < HUGE_VAL ? log(mills(x)) - x * x / 2 - log_root_2pi : -HUGE_VAL;
  if (x < -1) return log1p(-erfc(-x * M_SQRT1_2) / 2);
  return log(erfc(x * M_SQRT1_2) / 2);
}

double sd_normal_logisf(double l) {
  if (!(l <= 0)) return NAN;
  if (l == 0 || l == -HUGE_VAL) return l == 0 ? -HUGE_VAL : HUGE_VAL;
  if (l > -M_LN2) return -sd_normal_logisf(log(-expm1(l)));
  double x = sqrt(fmax(0, -2 * (l + M_LN2)));
  for (int i = 0; i < 60; i++) { /* the last ones are quadratic: 5 or 6 in all */
    double at = sd_normal_logsf(x), hazard = exp(-x * x / 2 - log_root_2pi - at);
    double step = (l - at) / hazard;
    x -= step;
    if (!(fabs(step) > 1e-16 * fabs(x))) break;
  }
  return x;
}
