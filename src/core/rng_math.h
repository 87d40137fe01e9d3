/* Random words to numbers, in arithmetic that gives the same bits everywhere.
 *
 * libm's logarithm differs between versions and processors; these are made of IEEE operations in a
 * fixed order (the build forbids contraction), so vector and scalar code agree to the last bit.
 * Private to src/core/rng*.c and src/core/isa/rng_fill.c. */
#ifndef SADDLE_CORE_RNG_MATH_H
#define SADDLE_CORE_RNG_MATH_H

#include "as241.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

static inline double rng_double(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline uint64_t rng_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* A multiple of 2^-53 in [0,1), from the upper 53 bits. 52 of them are the fraction of a number in
 * [1,2); the last adds 0 or 2^-53, exactly. No integer conversion: SSE2 and AVX2 have none. */
static inline double rng_closed(uint64_t w) {
  double x = rng_double(w >> 12 | 0x3ff0000000000000u) - 1.0;
  return x + rng_double((0 - (w >> 11 & 1)) & 0x3ca0000000000000u);
}

/* (k + 1/2) 2^-52 in (0,1), from the upper 52 bits: symmetric about 1/2, never 0, 1/2 or 1. */
static inline double rng_open(uint64_t w) {
  return rng_double(w >> 12 | 0x3ff0000000000000u) - (1.0 - 0x1p-53);
}

/* log x for a positive normal x, within 1 ulp. x = 2^k m with m in [sqrt(1/2), sqrt(2)), f = m - 1
 * and s = f/(2+f): log m = 2 artanh(s) = f - s (f - 2R), R = s^2/3 + s^4/5 + ...; s^2 < 0.0295, so
 * the first term left out is below 2^-60. */
static inline double rng_log(double x) {
  const uint64_t one = 0x3ff0000000000000u, root = 0x3fe6a09e667f3bcdu; /* 1, sqrt(1/2) */
  uint64_t b = rng_bits(x), k = (b - root + one) >> 52;                 /* biased by 1023 */
  double f = rng_double(b - ((k - 1023) << 52)) - 1.0;
  double e = rng_double(k | 0x4330000000000000u) - (0x1p52 + 1023.0);
  double s = f / (2.0 + f), z = s * s, r = 1.0 / 21;
  r = r * z + 1.0 / 19;
  r = r * z + 1.0 / 17;
  r = r * z + 1.0 / 15;
  r = r * z + 1.0 / 13;
  r = r * z + 1.0 / 11;
  r = r * z + 1.0 / 9;
  r = r * z + 1.0 / 7;
  r = r * z + 1.0 / 5;
  r = (r * z + 1.0 / 3) * z;
  /* ln 2 in two parts, the first with 21 trailing zeros, so that e times it is exact */
  return e * 0x1.62e42feep-1 - ((s * (f - 2.0 * r) - e * 0x1.a39ef35793c76p-33) - f);
}

/* exp x for x <= 700, within 1 ulp (half the spacing where the result is subnormal). x = k ln 2 +
 * r; Taylor's polynomial of degree 13 is off by less than 2^-57 for |r| <= ln(2)/2. */
static inline double rng_exp(double x) {
  static const double c[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                             1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                             1.0 / 120,        1.0 / 24,        1.0 / 6,        1.0 / 2};
  if (x < -746) return 0;
  double k = floor(x * 0x1.71547652b82fep+0 + 0.5), p = c[0];
  double hi = x - k * 0x1.62e42feep-1, lo = k * 0x1.a39ef35793c76p-33, r = hi - lo;
  for (int i = 1; i < 12; i++) p = p * r + c[i];
  return ldexp(1.0 + (hi - (lo - r * r * p)), (int)k);
}

/* ---- the normal quantile (as241.h) --------------------------------------------------------------
 * Argument: p = P(Z > x) in (0, 1/2), result x > 0. */
#define RNG_RATIO(r, a, b)                                                                         \
  ((((((((a[7] * r + a[6]) * r + a[5]) * r + a[4]) * r + a[3]) * r + a[2]) * r + a[1]) * r +       \
    a[0]) /                                                                                        \
   (((((((b[7] * r + b[6]) * r + b[5]) * r + b[4]) * r + b[3]) * r + b[2]) * r + b[1]) * r +       \
    b[0]))

static const uint64_t rng_tail_words =
    0x2666666666666666u; /* 0.15 2^64: words below have p < 0.075 */
static const double rng_far_limit = 1.3887943864964021e-11; /* exp(-25): the far formula below */

/* x for q = 1/2 - p <= 0.425 */
static inline double rng_central(double q) {
  double r = 0.180625 - q * q;
  return q * RNG_RATIO(r, as241_a, as241_b);
}

/* x for rng_far_limit <= p < 0.075 */
static inline double rng_tail(double p) {
  double r = sqrt(-rng_log(p)) - 1.6;
  return RNG_RATIO(r, as241_c, as241_d);
}

/* x for p < rng_far_limit */
static inline double rng_far(double p) {
  double r = sqrt(-rng_log(p)) - 5.0;
  return RNG_RATIO(r, as241_e, as241_f);
}

/* x with the sign that the word's lowest bit gives */
static inline double rng_signed(double x, uint64_t w) { return rng_double(rng_bits(x) | w << 63); }

/* One word to one standard normal number: p from the upper 52 bits, the sign from the lowest. */
static inline double rng_normal(uint64_t w) {
  double p = 0.5 * rng_open(w), x;
  if (w >= rng_tail_words)
    x = rng_central(0.5 - p);
  else
    x = p >= rng_far_limit ? rng_tail(p) : rng_far(p);
  return rng_signed(x, w);
}

#endif
