/* Accuracy of the functions of one element, for every instruction set and both dtypes.
 *
 * Witnesses: formulas in long double, and for the inverse functions the step that Newton's method
 * would still take. */
#include "kernel_check.h"

enum { POINTS = 4000 };

static long double t_sigmoid(long double x) {
  return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
}
static long double t_softplus(long double x) { return fmaxl(x, 0) + log1pl(expl(-fabsl(x))); }
static long double t_log_sigmoid(long double x) { return fminl(x, 0) - log1pl(expl(-fabsl(x))); }
static long double t_normcdf(long double x) { return erfcl(-x * sqrtl(0.5L)) / 2; }
static long double t_gelu(long double x) { return isinf(x) && x < 0 ? -0.0L : x * t_normcdf(x); }
static long double t_silu(long double x) { return isinf(x) && x < 0 ? -0.0L : x * t_sigmoid(x); }
static long double t_elu(long double x) { return x > 0 ? x : expm1l(x) * 0.5L; }

/* psi_n for n = 0 and 2: the recurrence up to 40 (or, far below 0, the reflection in closed form),
 * then the asymptotic series; at 40 five terms leave 1e-21 of it. */
static long double t_psi(int n, long double x) {
  static const long double b[] = {1 / 6.0L, -1 / 30.0L, 1 / 42.0L, -1 / 30.0L, 5 / 66.0L};
  const long double pi = acosl(-1);
  long double sum = 0, c = 1 / tanl(pi * (x - rintl(x))), power = 1;
  if (x == 0) return -1 / x;
  if (x < 0 && x == floorl(x)) return NAN;
  if (x < -40) return t_psi(n, 1 - x) - (n ? 2 * pi * pi * pi * c * (1 + c * c) : pi * c);
  while (x < 40) {
    sum -= n ? 2 / (x * x * x) : 1 / x;
    x++;
  }
  for (int k = 1; k <= 5; k++) {
    power *= x * x;
    sum -= b[k - 1] * (n ? (2 * k + 1) / (power * x * x) : 1 / (2 * k * power));
  }
  return sum + (n ? -1 / (x * x) - 1 / (x * x * x) : logl(x) - 1 / (2 * x));
}
static long double t_digamma(long double x) { return t_psi(0, x); }
static long double t_polygamma(long double x) { return t_psi(2, x); }

/* c: the bound in ulp; `conditioned`: times 1 + |x f'/f|; lo, hi: where the function is at work. */
static const struct truth {
  int fn;
  long double (*f)(long double);
  double c;
  int conditioned;
  double lo, hi;
} truths[] = {{SD_MAP_EXP, expl, 2, 0, -746, 710},
              {SD_MAP_EXPM1, expm1l, 2, 0, -40, 710},
              {SD_MAP_LOG, logl, 2, 0, 0, 3},
              {SD_MAP_LOG1P, log1pl, 2, 0, -1, 3},
              {SD_MAP_SIN, sinl, 2, 0, -100, 100},
              {SD_MAP_COS, cosl, 2, 0, -100, 100},
              {SD_MAP_TANH, tanhl, 2, 0, -20, 20},
              {SD_MAP_ERF, erfl, 2, 0, -6, 6},
              {SD_MAP_SIGMOID, t_sigmoid, 2, 0, -746, 40},
              {SD_MAP_SQRT, sqrtl, 0.51, 0, 0, 9},
              {SD_MAP_ERFC, erfcl, 2, 1, -6, 28},
              {SD_MAP_LOG_SIGMOID, t_log_sigmoid, 3, 1, -40, 746},
              {SD_MAP_SOFTPLUS, t_softplus, 3, 1, -746, 40},
              {SD_MAP_SILU, t_silu, 3, 1, -746, 40},
              {SD_MAP_ELU, t_elu, 3, 1, -40, 2},
              {SD_MAP_NORMCDF, t_normcdf, 3, 1, -39, 9},
              {SD_MAP_GELU, t_gelu, 4, 1, -39, 9},
              {SD_MAP_LGAMMA, lgammal, 4, 1, -10, 10},
              {SD_MAP_DIGAMMA, t_digamma, 16, 1, -10, 15},
              {SD_MAP_POLYGAMMA, t_polygamma, 16, 1, -10, 15}};

/* |x f'(x)/f(x)| of the truth by a central difference. */
static double condition(long double (*f)(long double), double x) {
  long double h = 0x1p-20L, t = f(x);
  double c = (double)fabsl((f(x * (1 + h)) - f(x * (1 - h))) / (2 * h * t));
  return isfinite(c) ? c : 0;
}

static void accuracy_of(const struct truth *w, int dtype) {
  for (int k = 0; k < POINTS; k++) {
    double x = point(k, w->lo, w->hi, dtype), y = map1(w->fn, x, dtype);
    double error = ulps(y, w->f(x), dtype), bound = w->c;
    if (error > bound && w->conditioned) bound *= 1 + condition(w->f, x);
    if (!(error <= bound))
      fail_msg("%s %s %s(%.17g) = %.17g: error %.3g ulp, allowed %.3g", sd_isa_name(),
               sd_dtype_name(dtype), sd_map_name(w->fn), x, y, error, bound);
  }
}

static void accuracy(void **state) {
  (void)state;
  if (!long_double_is_wide()) skip();
  EACH_ISA {
    for (size_t q = 0; q < sizeof truths / sizeof *truths; q++) {
      accuracy_of(&truths[q], SD_F64);
      accuracy_of(&truths[q], SD_F32);
    }
  }
}

/* Every function is measured here, or has a test of its own: exact ones in test_kernel.c. */
static void none_is_left_out(void **state) {
  static const int elsewhere[] = {SD_MAP_NEG,   SD_MAP_ABS,        SD_MAP_SIGN,   SD_MAP_FLOOR,
                                  SD_MAP_RELU,  SD_MAP_LEAKY_RELU, SD_MAP_ERFINV, SD_MAP_NORMPPF,
                                  SD_MAP_CLAMP, SD_MAP_ISFINITE};
  (void)state;
  for (int fn = 0; fn < SD_MAP_COUNT; fn++) {
    int found = 0;
    for (size_t q = 0; q < sizeof truths / sizeof *truths; q++) found |= truths[q].fn == fn;
    for (size_t q = 0; q < sizeof elsewhere / sizeof *elsewhere; q++) found |= elsewhere[q] == fn;
    if (!found) fail_msg("%s has no accuracy test", sd_map_name(fn));
  }
}

/* The step that Newton's method would still take from z = erfinv(y), in ulp of z. Its own error is
 * of second order. 1 - y is exact for |y| >= 1/2. */
static double erfinv_step(double y, double z, int dtype) {
  long double size = fabsl((long double)z), slope = M_2_SQRTPI * expl(-size * size);
  long double gap = fabs(y) < 0.5 ? erfl(size) - fabs(y) : (1 - fabs(y)) - erfcl(size);
  return ulps(z, copysignl(size - gap / slope, (long double)z), dtype);
}

static double normppf_step(double p, double z, int dtype) {
  long double slope = 0.5L * M_2_SQRTPI * sqrtl(0.5L) * expl(-0.5L * z * z), gap;
  if (fabs(p - 0.5) < 0.25)
    gap = erfl(z * sqrtl(0.5L)) / 2 - ((long double)p - 0.5L);
  else
    gap = p < 0.5 ? t_normcdf(z) - p : (1 - (long double)p) - t_normcdf(-(long double)z);
  return ulps(z, z - gap / slope, dtype);
}

/* 16 ulp: derived in src/core/isa/map.c; one more for the step's own rounding. Conditioning is at
 * most 1 away from p = 1/2, where q = p - 1/2 is exact. */
static void inverses_of(int dtype) {
  for (int k = 0; k < POINTS; k++) {
    double y = point(k | 1, -1, 1, dtype), p = point(k, 0, 1, dtype),
           z = map1(SD_MAP_ERFINV, y, dtype);
    if (k % 4 == 2) p = ldexp(check_uniform(1, 2), -(k % (dtype == SD_F32 ? 149 : 1022)) - 1);
    if (dtype == SD_F32) p = (double)(float)p;
    if (fabs(y) < 1 && !(erfinv_step(y, z, dtype) <= 17))
      fail_msg("%s erfinv(%.17g) = %.17g is %.3g ulp off", sd_isa_name(), y, z,
               erfinv_step(y, z, dtype));
    z = map1(SD_MAP_NORMPPF, p, dtype);
    if (p > 0 && p < 1 && !(normppf_step(p, z, dtype) <= 17))
      fail_msg("%s normppf(%.17g) = %.17g is %.3g ulp off", sd_isa_name(), p, z,
               normppf_step(p, z, dtype));
  }
}

static void inverses(void **state) {
  (void)state;
  if (!long_double_is_wide()) skip();
  EACH_ISA {
    inverses_of(SD_F64);
    inverses_of(SD_F32);
  }
}

/* Powers that are taken by arithmetic, with their bounds in ulp (kernel.h). powl errs by less than
 * 0.01 ulp of f64. */
static void powers(void **state) {
  const struct {
    double e, bound;
  } cases[] = {{-2, 2.5}, {-1, 0.5}, {-0.5, 1.5}, {0.5, 0.5}, {1, 0}, {2, 0.5}, {3, 1.5}, {4, 2.5}};
  (void)state;
  if (!long_double_is_wide()) skip();
  EACH_ISA {
    for (int k = 0; k < POINTS; k++)
      for (int t = 0; t < 2 * (int)(sizeof cases / sizeof *cases); t++) {
        double e = cases[t / 2].e, b = e, x = point(k, -30, 30, t % 2), y = 0;
        sd_mat in = sd_mat_over(1, 1, t % 2, &x), of = sd_mat_over(1, 1, t % 2, &b);
        sd_mat out = sd_mat_over(1, 1, t % 2, &y);
        sd_mat_set(&in, 0, 0, x), sd_mat_set(&of, 0, 0, e);
        double from = sd_mat_get(&in, 0, 0);
        assert_int_equal(sd_zip(SD_ZIP_POW, &in, &of, &out), SD_OK);
        double error = ulps(sd_mat_get(&out, 0, 0), powl(from, e), t % 2);
        if (!(error <= cases[t / 2].bound + 0.01))
          fail_msg("%s %s %.17g^%g errs by %g ulp", sd_isa_name(), sd_dtype_name(t % 2), from, e,
                   error);
      }
  }
  sd_isa_select(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(accuracy), cmocka_unit_test(inverses),
                                     cmocka_unit_test(none_is_left_out), cmocka_unit_test(powers)};
  return cmocka_run_group_tests_name("accuracy", tests, NULL, NULL);
}
