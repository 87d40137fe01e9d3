/* Statistics for tests of random draws: means of powers, Kolmogorov and Smirnov, chi-squared.
 *
 * Seeds are fixed, so a test passes always or never; its threshold is where a correct generator
 * with a random seed would fail with the probability stated:
 *  - means of standardised powers: 6 standard errors, 2e-9;
 *  - Kolmogorov and Smirnov: P(D > d) <= 2 exp(-2 n d^2) (Massart 1990), 1e-9;
 *  - chi-squared with k degrees of freedom: P(X > k + 2 sqrt(k x) + 2 x) <= exp(-x) (Laurent and
 *    Massart 2000), 1e-9. */
#ifndef SADDLE_TESTS_LAW_H
#define SADDLE_TESTS_LAW_H

#include "check.h"
#include <stdlib.h>
#include <string.h>

/* A fresh rng for each use. */
static inline sd_rng fresh(void) {
  static uint64_t stream;
  sd_rng at = {sd_rng_root(20, stream++), 0};
  return at;
}

static inline sd_mat column(double *x, ptrdiff_t n) { return sd_mat_over(n, 1, SD_F64, x); }

/* The mean of ((x - mean)/sd)^k against `expected`; `square` is the expected 2k-th power. */
static inline void expect_power(const char *what, const double *x, int n, double mean, double sd,
                                int k, double expected, double square) {
  double s = 0, se = sqrt((square - expected * expected) / n);
  for (int i = 0; i < n; i++) s += pow((x[i] - mean) / sd, k);
  if (!(fabs(s / n - expected) <= 6 * se))
    fail_msg("%s: power %d has mean %g, expected %g, standard error %g", what, k, s / n, expected,
             se);
}

static inline int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* x[0..n-1] against the distribution function cdf(parameters, .), itself good to `slack`. Atoms (0
 * for a gamma number below the smallest double) are judged at their upper end only. */
static inline void expect_law(const char *what, double *x, int n,
                              double (*cdf)(const double *, double), const double *parameters,
                              double slack) {
  double worst = 0, limit = sqrt(log(2e9) / 2 / n) + slack;
  qsort(x, (size_t)n, sizeof *x, ascending);
  for (int i = 0; i < n; i++) {
    double f = cdf(parameters, x[i]);
    if (!(f >= -1e-9 && f <= 1 + 1e-9)) fail_msg("%s: F(%g) = %g", what, x[i], f);
    int first = i == 0 || x[i - 1] < x[i], last = i == n - 1 || x[i] < x[i + 1];
    double d =
        fmax(last ? fabs((i + 1.0) / n - f) : 0, first && x[i] > 0 ? fabs(f - (double)i / n) : 0);
    if (d > worst) worst = d;
  }
  if (worst > limit) fail_msg("%s: distance %g, limit %g", what, worst, limit);
}

/* Counts against probabilities p (NULL: equal) in `cells` cells. */
static inline void expect_counts(const char *what, const long *count, const double *p, int cells) {
  double total = 0, chi = 0, x = log(1e9), k = cells - 1, limit = k + 2 * sqrt(k * x) + 2 * x;
  for (int c = 0; c < cells; c++) total += (double)count[c];
  for (int c = 0; c < cells; c++) {
    double e = total * (p ? p[c] : 1.0 / cells);
    if (e == 0) {
      assert_int_equal(count[c], 0);
      continue;
    }
    chi += ((double)count[c] - e) * ((double)count[c] - e) / e;
  }
  if (!(chi <= limit)) fail_msg("%s: chi-squared %g, limit %g", what, chi, limit);
}

static inline double uniform_cdf(const double *ends, double x) {
  return (x - ends[0]) / (ends[1] - ends[0]);
}

#endif
