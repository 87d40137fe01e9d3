/* The standard normal law in one and two dimensions, tails included: results are relative to the
 * probability itself, not to 1, and logarithms stand for what no double can hold.
 *
 * X and Y are standard normal with correlation rho, Q(x) = P(X >= x). Thresholds may be infinite
 * where that has a meaning; finite ones are at most SD_NORMAL_REACH in size and rho is in [-1,1],
 * else, and for NaN, the result is NaN. */
#ifndef SADDLE_NORMAL_H
#define SADDLE_NORMAL_H

#define SD_NORMAL_REACH 1e10

/* log Q(x) */
double sd_normal_logsf(double x);
/* The x with log Q(x) = l, l <= 0. */
double sd_normal_logisf(double l);
/* log P(X >= h, Y >= k) */
double sd_normal_orthant(double h, double k, double rho);
/* log E[(X-h)+ (Y-k)+], h, k > -inf */
double sd_normal_relu_relu(double h, double k, double rho);
/* E[1{X >= h} (Y-k)+], k > -inf: a difference, whose absolute error is some 10 (1 + h^2 + k^2) ulp
 * of phi(h) + phi(k) */
double sd_normal_step_relu(double h, double k, double rho);

#endif
