/* Two correlated normal variables: orthants and the moments of shifted ReLUs.
 *
 * Price's theorem gives the derivative by the correlation, d/dr P(X >= h, Y >= k) = phi_2(h,k,r),
 * so that with L(r) the orthant and M(r) = E[(X-h)+ (Y-k)+], M' = L,
 *
 *   L(rho) = L(-1) + int_{-1}^{rho} phi_2(h,k,r) dr
 *   M(rho) = M(-1) + (1 + rho) L(-1) + int_{-1}^{rho} (rho - r) phi_2(h,k,r) dr
 *
 * Every term is non-negative: nothing cancels, however small the result. At r = -1 Y is -X, and the
 * terms are integrals of phi over [h,-k]. With r = tanh u, A = (h+k)^2/4 and B = (h-k)^2/4,
 *
 *   phi_2(h,k,r) dr = exp(-A/(1+r) - B/(1-r)) / (2 pi cosh u) du,
 *   A/(1+r) + B/(1-r) = (A + B + A e^{-2u} + B e^{2u}) / 2,
 *
 * a log-concave function of u whose features have at least the length 1 or that of its peak, also
 * near rho = +-1, where u goes to infinity. It is integrated away from an anchor, the largest value
 * in reach, by Gauss-Legendre panels on each of which it falls by at most e^10. All is computed
 * from the offset t to the anchor and p = 1 + r, q = 1 - r there, which are exact for a given rho:
 * cosh(u - t) = (q e^t + p e^-t) / (2 sqrt(pq)).
 *
 * References: R. Price, A useful theorem for nonlinear devices having Gaussian inputs, IRE Trans.
 * Inf. Theory 4 (1958) 69-72; R. L. Plackett, A reduction formula for normal multivariate
 * integrals, Biometrika 41 (1954) 351-360. */
#include "saddle/normal.h"
#include <math.h>

static const double log_2pi = 1.8378770664093454836;

/* Gauss-Legendre, 16 points on [-1,1]: the positive half. */
static const double nodes[8] = {0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863,
                                0.6178762444026437484, 0.7554044083550030339, 0.8656312023878317438,
                                0.9445750230732325761, 0.9894009349916499326};
static const double weights[8] = {
    0.1894506104550684963, 0.1826034150449235888, 0.1691565193950025382, 0.1495959888165767321,
    0.1246289712555338720, 0.0951585116824927848, 0.0622535239386478929, 0.0271524594117540949};

/* Panels are at most 3/2 wide (poles of 1/cosh are pi/2 away: error 4.4^-32), the integrand falls
 * by at most e^10 on each, and what is below e^-38 of the anchor is left out. */
static const double widest = 1.5, fall = 10, depth = 38;

typedef double curve(double t, const void *of);

static double panel(curve *exponent, curve *weight, const void *of, double from, double to) {
  double middle = (from + to) / 2, half = (to - from) / 2, sum = 0;
  for (int i = 0; i < 8; i++) {
    double a = middle - half * nodes[i], b = middle + half * nodes[i];
    sum +=
        weights[i] * (exp(exponent(a, of)) * weight(a, of) + exp(exponent(b, of)) * weight(b, of));
  }
  return sum * fabs(half);
}

/* int over t from 0 to end (either side, possibly infinite) of weight(t) exp(exponent(t)), where
 * the exponent is concave, 0 at 0 and largest there; the weight is a polynomial or nearly. */
static double side(curve *exponent, curve *weight, const void *of, double end) {
  double sign = end < 0 ? -1 : 1, left = fabs(end), t = 0, at = 0, width = widest, sum = 0;
  while (t < left && at > -depth) {
    double next;
    width = fmin(width, left - t);
    while (at - (next = exponent(sign * (t + width), of)) > fall) width /= 2;
    sum += panel(exponent, weight, of, sign * t, sign * (t + width));
    t += width;
    at = next;
  }
  return sum;
}

/* log(e^a + e^b) */
static double log_sum(double a, double b) {
  double high = fmax(a, b), low = fmin(a, b);
  return low == -HUGE_VAL ? high : high + log1p(exp(low - high));
}

/* ---- one variable: int_a^b (x - h)^i (s x - k)^j phi(x) dx, the cases rho = s = +-1 -----------*/

typedef struct line {
  double at, h, k, s;
  int i, j;
} line;

static double line_exponent(double t, const void *of) {
  const line *l = of;
  return -t * (l->at + t / 2);
}

static double line_weight(double t, const void *of) {
  const line *l = of;
  double x = l->at + t;
  return (l->i ? x - l->h : 1) * (l->j ? l->s * x - l->k : 1);
}

/* The logarithm of the integral over where both factors are positive. */
static double line_log(double h, double k, double s, int i, int j) {
  double a = s > 0 ? fmax(h, k) : h, b = s > 0 ? HUGE_VAL : -k;
  if (!(a < b)) return -HUGE_VAL;
  line l = {fmin(fmax(0, a), b), h, k, s, i, j};
  double sum = side(line_exponent, line_weight, &l, b - l.at) +
               side(line_exponent, line_weight, &l, a - l.at);
  return log(sum) - l.at * l.at / 2 - log_2pi / 2;
}

/* ---- along the correlation --------------------------------------------------------------------*/

typedef struct arc {
  double a, b;    /* A q/(2p), B p/(2q) at the anchor */
  double p, q;    /* 1 + r, 1 - r there */
  double ahead;   /* from there to atanh(rho) */
  double product; /* of the inverse cosh at both */
} arc;

/* cosh(u - t) / cosh u, from e^t */
static double arc_cosh(double e, const arc *c) { return (c->q * e + c->p / e) / 2; }

/* -a (e^{2t} - 1) - b (e^{-2t} - 1) - log cosh; t points to smaller correlations */
static double arc_exponent(double t, const void *of) {
  const arc *c = of;
  double m = expm1(t), e = 1 + m, square = m * (m + 2);
  return c->b * square / (e * e) - c->a * square - log(arc_cosh(e, c));
}

static double arc_one(double t, const void *of) {
  (void)t, (void)of;
  return 1;
}

/* rho - r = sinh(U - u) / (cosh U cosh u) */
static double arc_rest(double t, const void *of) {
  const arc *c = of;
  return c->product * sinh(c->ahead + t) / arc_cosh(exp(t), c);
}

/* The u where A e^{-2u} - B e^{2u} - tanh u = 0, the largest value: between 0 and where the first
 * two terms cancel, and not above (log(1 + A))/2 + 1 for A > B, where the first is below e^-2.
 * Newton's method, and bisection where it leaves the bracket. */
static double mode(double A, double B) {
  double side = A > B ? 1 : -1, more = fmax(A, B), less = fmin(A, B);
  double low = 0, high = log1p(more) / 2 + 1;
  if (less > 0) high = fmin(high, log(more / less) / 4);
  double u = high / 2;
  for (int i = 0; i < 100; i++) {
    double e = more * exp(-2 * u), f = less * exp(2 * u), slope = tanh(u);
    double value = e - f - slope;
    if (value > 0)
      low = u;
    else
      high = u;
    double next = u + value / (2 * e + 2 * f + 1 - slope * slope);
    if (!(next >= low && next <= high)) next = (low + high) / 2;
    if (fabs(next - u) <= 1e-16 * u) break;
    u = next;
  }
  return side * u;
}

/* log int_{-1}^{rho} (rho - r)^j phi_2(h,k,r) dr, -1 < rho < 1 */
static double arc_log(double h, double k, double rho, int j) {
  double A = (h + k) * (h + k) / 4, B = (h - k) * (h - k) / 4, P = 1 + rho, Q = 1 - rho;
  arc c = {0, 0, P, Q, 0, 0};
  if (A * Q / P - B * P / Q - rho < 0) {
    double top = log(P / Q) / 2, u = fmin(mode(A, B), top);
    c.p = 2 / (1 + exp(-2 * u)), c.q = 2 / (1 + exp(2 * u)), c.ahead = fmax(0, top - u);
  }
  c.a = A * c.q / (2 * c.p), c.b = B * c.p / (2 * c.q);
  c.product = sqrt(P * Q) * sqrt(c.p * c.q);
  curve *weight = j ? arc_rest : arc_one;
  double sum = side(arc_exponent, weight, &c, HUGE_VAL) + side(arc_exponent, weight, &c, -c.ahead);
  return log(sum) + log(c.p * c.q) / 2 - A / c.p - B / c.q - log_2pi;
}

/* ---- the functions ----------------------------------------------------------------------------*/

static int out_of_reach(double h, double k, double rho) {
  return !(rho >= -1 && rho <= 1) || isnan(h) || isnan(k) ||
         (fabs(h) > SD_NORMAL_REACH && !isinf(h)) || (fabs(k) > SD_NORMAL_REACH && !isinf(k));
}

double sd_normal_orthant(double h, double k, double rho) {
  if (out_of_reach(h, k, rho)) return NAN;
  if (isinf(h) || isinf(k)) return sd_normal_logsf(fmax(h, k));
  if (rho == 1) return sd_normal_logsf(fmax(h, k));
  double opposite = line_log(h, k, -1, 0, 0);
  return rho == -1 ? opposite : fmin(0, log_sum(opposite, arc_log(h, k, rho, 0)));
}

double sd_normal_relu_relu(double h, double k, double rho) {
  if (out_of_reach(h, k, rho) || fmin(h, k) == -HUGE_VAL) return NAN;
  if (fmax(h, k) == HUGE_VAL) return -HUGE_VAL;
  if (fabs(rho) == 1) return line_log(h, k, rho, 1, 1);
  double start = log_sum(line_log(h, k, -1, 1, 1), log1p(rho) + line_log(h, k, -1, 0, 0));
  return log_sum(start, arc_log(h, k, rho, 1));
}

static double density(double x) { return exp(-x * x / 2 - log_2pi / 2); }

/* (h - rho k) / sqrt(1 - rho^2), the differences taken where they are exact */
static double conditional(double h, double k, double rho) {
  double difference = rho > 0 ? (h - k) + k * (1 - rho) : (h + k) - k * (1 + rho);
  return difference / sqrt((1 - rho) * (1 + rho));
}

/* With s = sqrt(1 - rho^2): phi(k) Q((h - rho k)/s) + rho phi(h) Q((k - rho h)/s)
 * - k P(X>=h, Y>=k), by parts. */
double sd_normal_step_relu(double h, double k, double rho) {
  if (out_of_reach(h, k, rho) || k == -HUGE_VAL) return NAN;
  if (fmax(h, k) == HUGE_VAL) return 0;
  if (h == -HUGE_VAL) return exp(line_log(k, k, 1, 1, 0));
  if (fabs(rho) == 1) return exp(line_log(h, k, rho, 0, 1));
  double sum = density(k) * exp(sd_normal_logsf(conditional(h, k, rho))) +
               rho * density(h) * exp(sd_normal_logsf(conditional(k, h, rho)));
  return fmax(0, sum - k * exp(sd_normal_orthant(h, k, rho)));
}
