/* Incomplete gamma and beta functions, and their inverses.
 *
 * The factor in front is where digits are lost if it is put together from lgamma: logarithms of
 * order a log a would cancel. In Loader's form (Fast and accurate computation of binomial
 * probabilities, 2000) nothing does: with delta(z) = log Gamma(z+1) - log(sqrt(2 pi z) (z/e)^z)
 * and D(z,m) = z log(z/m) + m - z >= 0,
 *
 *   x^a e^-x / Gamma(a+1)    = exp(-delta(a) - D(a,x)) / sqrt(2 pi a)
 *   x^a y^b Gamma(n) / (Gamma(a) Gamma(b))
 *                            = sqrt(ab/(2 pi n)) exp(delta(n)-delta(a)-delta(b)-D(a,nx)-D(b,ny))
 *
 * for n = a + b, y = 1 - x. It is multiplied by a series (gamma below its mean) or a continued
 * fraction (Abramowitz and Stegun 6.5.29, 6.5.31, 26.5.8; evaluated by Lentz's method, in which a
 * zero is replaced by TINY), on the side of the mean where these converge in O(sqrt(a + b)) terms.
 *
 * The inverses bisect over the bit patterns of doubles, which are ordered as the numbers are: 64
 * evaluations, and the answer is right to the last digit that the function resolves. */
#include "saddle/numerics.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { TERMS = 10000000 };
static const double MOST = 1e10, TINY = 1e-300;

/* delta(z), z > 0: Stirling's series, or below 10 from lgamma in extended precision, since terms of
 * order 10 cancel. */
static double delta(double z) {
  if (z < 10) {
    int sign;
    long double y = z, half_log_2pi = 0.918938533204672741780329736406L;
    return (double)(lgammal_r(y + 1, &sign) - (y + 0.5L) * logl(y) + y - half_log_2pi);
  }
  double s = 1 / (z * z);
  return (1. / 12 - s * (1. / 360 -
                         s * (1. / 1260 - s * (1. / 1680 - s * (1. / 1188 - s * 691. / 360360))))) /
         z;
}

/* D(z,m), z > 0, m >= 0: by the series of log((1+v)/(1-v)) where z and m are near. */
static double deviance(double z, double m) {
  if (fabs(z - m) >= 0.1 * (z + m)) return z * log(z / m) + m - z;
  double v = (z - m) / (z + m), sum = (z - m) * v, term = 2 * z * v;
  for (int k = 3;; k += 2) {
    double before = sum;
    term *= v * v;
    sum += term / k;
    if (sum == before) return sum;
  }
}

/* ---- gamma ------------------------------------------------------------------------------------*/

/* sum x^k / ((a+1)...(a+k)) over k >= 0 */
static int gamma_series(double a, double x, double *value) {
  double term = 1, sum = 1;
  for (int k = 1; k < TERMS; k++) {
    term *= x / (a + k);
    sum += term;
    if (term <= sum * (DBL_EPSILON / 4)) {
      *value = sum;
      return SD_OK;
    }
  }
  return SD_ENOCONV;
}

/* Gamma(a,x) e^x / x^a for x >= a + 1 */
static int gamma_fraction(double a, double x, double *value) {
  double b = x + 1 - a, c = 1 / TINY, d = 1 / b, h = d;
  for (int k = 1; k < TERMS; k++) {
    double factor = -k * (k - a);
    b += 2;
    d = factor * d + b;
    c = b + factor / c;
    d = 1 / (fabs(d) < TINY ? TINY : d);
    c = fabs(c) < TINY ? TINY : c;
    h *= d * c;
    if (fabs(d * c - 1) <= DBL_EPSILON) {
      *value = h;
      return SD_OK;
    }
  }
  return SD_ENOCONV;
}

int sd_gammainc(double a, double x, int upper, double *value) {
  if (!(a > 0 && a <= MOST && x >= 0)) return SD_EARG;
  if (x == 0 || isinf(x)) {
    *value = (x == 0) == (upper != 0);
    return SD_OK;
  }
  double front = exp(-delta(a) - deviance(a, x)) / sqrt(2 * M_PI * a);
  int below = x < a + 1, status;
  status = below ? gamma_series(a, x, value) : gamma_fraction(a, x, value);
  *value = fmin(1, front * (below ? *value : a * *value));
  if (below == (upper != 0)) *value = 1 - *value;
  return status;
}

/* ---- beta -------------------------------------------------------------------------------------*/

/* I_x(a,b) a B(a,b) / (x^a y^b) for x <= (a+1)/(a+b+2) */
static int beta_fraction(double a, double b, double x, double *value) {
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (fabs(d) < TINY ? TINY : d);
  double h = d;
  for (int k = 1; k < TERMS; k++) {
    double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
    double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1)), step = 1;
    for (int half = 0; half < 2; half++) {
      double factor = half == 0 ? even : odd;
      d = 1 + factor * d;
      c = 1 + factor / c;
      d = 1 / (fabs(d) < TINY ? TINY : d);
      c = fabs(c) < TINY ? TINY : c;
      step = c * d;
      h *= step;
    }
    if (fabs(step - 1) <= DBL_EPSILON) {
      *value = h;
      return SD_OK;
    }
  }
  return SD_ENOCONV;
}

int sd_betainc(double a, double b, double x, int upper, double *value) {
  if (!(a > 0 && a <= MOST && b > 0 && b <= MOST && x >= 0 && x <= 1)) return SD_EARG;
  if (x == 0 || x == 1) {
    *value = (x == 0) == (upper != 0);
    return SD_OK;
  }
  const double n = a + b, y = 1 - x;
  double front = sqrt(a / n * b / (2 * M_PI)) *
                 exp(delta(n) - delta(a) - delta(b) - deviance(a, n * x) - deviance(b, n * y));
  int below = x <= (a + 1) / (n + 2), status;
  status = below ? beta_fraction(a, b, x, value) : beta_fraction(b, a, y, value);
  *value = fmin(1, front * *value / (below ? a : b));
  if (below == (upper != 0)) *value = 1 - *value;
  return status;
}

/* ---- inverses ---------------------------------------------------------------------------------*/

static double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* The function of x that is inverted: gamma of a when b is 0, else beta. */
static int evaluate(double a, double b, double x, int upper, double *value) {
  return b == 0 ? sd_gammainc(a, x, upper, value) : sd_betainc(a, b, x, upper, value);
}

static int invert(double a, double b, double p, int upper, double last, double *x) {
  uint64_t lo = 0, hi; /* the answer is in lo..hi */
  double value;
  int status = evaluate(a, b, 0, upper, &value);
  if (status != SD_OK || !(p >= 0 && p <= 1)) return SD_EARG;
  memcpy(&hi, &last, sizeof hi);
  while (lo < hi) {
    uint64_t mid = lo + (hi - lo) / 2;
    if ((status = evaluate(a, b, from_bits(mid), upper, &value)) != SD_OK) return status;
    if (upper ? value <= p : value >= p)
      hi = mid;
    else
      lo = mid + 1;
  }
  *x = from_bits(lo);
  return SD_OK;
}

int sd_gammaincinv(double a, double p, int upper, double *x) {
  return invert(a, 0, p, upper, INFINITY, x);
}

int sd_betaincinv(double a, double b, double p, int upper, double *x) {
  return b > 0 ? invert(a, b, p, upper, 1, x) : SD_EARG;
}
