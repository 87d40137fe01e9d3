/* Loops of the functions of one element, for one instruction set (see map.inc). */
#include "../as241.h"
#include "root.h"
#include "table.h"
#include "vector.h"

/* ---- functions that have one body, in f64 -----------------------------------------------------*/

static inline vd horner(vd r, const double *c, int n) {
  vd v = splat_d(c[n - 1]);
  for (int k = n - 2; k >= 0; k--) v = v * r + c[k];
  return v;
}

/* The inverse of the normal distribution by Wichura's rational functions (as241.h). q = p - 1/2,
 * tail = min(p, 1-p); in the middle the result is q times a function of q^2, which keeps relative
 * accuracy near zero. There q stands as m*km, for inputs whose half would be rounded; all is scaled
 * by k.
 *
 * Error 16: two polynomials of degree 7 with terms of one sign, 14 roundings each, a division, the
 * scaling and the root; half an ulp each. Measured: 6. */
static inline vd quantile(vd q, vd tail, vd m, double km, double k) {
  const md sign = (md){0} + INT64_MIN;
  vd r = 0.180625 - q * q;
  vd middle = m * (horner(r, as241_a, 8) / horner(r, as241_b, 8) * (km * k));
  vd t = sqrt_d(-sleef_log_d(tail)), near = t - 1.6, far = t - 5;
  vd tails = select_d(t <= 5, horner(near, as241_c, 8) / horner(near, as241_d, 8),
                      horner(far, as241_e, 8) / horner(far, as241_f, 8));
  tails = select_d(tail == 0, splat_d(INFINITY), tails * k); /* p = 0 or 1 */
  tails = (vd)((md)tails ^ ((md)q & sign));                  /* a negative tail has given NaN */
  return select_d((vd)((md)q & ~sign) <= 0.425, middle, tails);
}

static inline vd normppf(vd p) {
  return quantile(p - 0.5, select_d(p < 0.5, p, 1 - p), p - 0.5, 1, 1);
}

static inline vd erfinv(vd x) {
  vd size = (vd)((md)x & ~((md){0} + INT64_MIN));
  return quantile(x * 0.5, (1 - size) * 0.5, x, 0.5, M_SQRT1_2);
}

/* Error 3: 1.5 of erfc, and the argument's two roundings, which cost up to x^2 ulp each: that is
 * the conditioning of the tail. */
static inline vd normcdf(vd x) { return 0.5 * sleef_erfc_d(x * -M_SQRT1_2); }

/* x Phi(x), error 4; towards -infinity the limit -0, where the product would be NaN. */
static inline vd gelu(vd x) { return select_d(x == splat_d(-INFINITY), -(vd){0}, x * normcdf(x)); }

/* glibc's, lane by lane (error 4, by its manual): it keeps its accuracy at the zeros, which SLEEF's
 * does not. */
static inline vd log_gamma(vd x) {
  for (int k = 0; k < WD; k++) {
    int sign;
    x[k] = lgamma_r(x[k], &sign);
  }
  return x;
}

/* ---- bodies for both dtypes -------------------------------------------------------------------*/

#define T        double
#define V        vd
#define M        md
#define W        WD
#define FN(name) name##_d
#define POINT    0x1p52  /* from here on every number is whole */
#define TINY     0x1p-54 /* below, x^2 is nothing beside x */
#define HUGE_ARG 0x1p1000
#define SHRINK   0x1p-64
#define SHRUNK   44.3614195558364998027028557733 /* 64 log 2 */
#define WIDE(f)  f(x)
#include "map.inc"

#define T        float
#define V        vf
#define M        mf
#define W        WF
#define FN(name) name##_f
#define POINT    0x1p23f
#define TINY     0x1p-25f
#define HUGE_ARG 0x1p100f
#define SHRINK   0x1p-32f
#define SHRUNK   22.1807097779182499013514278866f /* 32 log 2 */
#define WIDE(f)  through_d(x, f)
#include "map.inc"

sd_map_loop *const SD_ISA_NAME(sd_maps_)[2][SD_MAP_COUNT] = {
#define ROW_D(id, name, n) loop_##name##_d,
#define ROW_F(id, name, n) loop_##name##_f,
    {SD_MAPS(ROW_D)}, {SD_MAPS(ROW_F)}};
