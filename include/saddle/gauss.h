/* The standard normal law in one and two dimensions, tails included: results are relative to the
 * probability itself, not to 1, and logarithms stand for what no double can hold.
 *
 * X and Y are standard normal with correlation rho, Q(x) = P(X >= x). Thresholds may be infinite
 * where that has a meaning; finite ones are at most SD_GAUSS_REACH in size and rho is in [-1,1],
 * else, and for NaN, the result is NaN. */
#ifndef SADDLE_GAUSS_H
#define SADDLE_GAUSS_H

#define SD_GAUSS_REACH 1e10

/* log Q(x) */
double sd_gauss_logsf(double x);
/* The x with log Q(x) = l, l <= 0. */
double sd_gauss_logisf(double l);
/* log P(X >= h, Y >= k) */
double sd_gauss_orthant(double h, double k, double rho);
/* log E[(X-h)+ (Y-k)+], h, k > -inf */
double sd_gauss_relu_relu(double h, double k, double rho);
/* E[1{X >= h} (Y-k)+], k > -inf: a difference, whose absolute error is some 10 (1 + h^2 + k^2) ulp
 * of phi(h) + phi(k) */
double sd_gauss_step_relu(double h, double k, double rho);

#endif
