/* The normal law in one and two dimensions: long double references by other integrals, identities,
 * limits, faults. Logarithms are compared: with u = 2^-53 a probability P computed from exponents
 * as large as |log P| is good to some u (1 + |log P|); 16 covers the handful of roundings. */
#include "kernel_check.h"
#include "saddle/normal.h"

static double allowed(double log) { return 16 * 0x1p-53 * (1 + fabs(log)); }

static long double tail(long double x) { return erfcl(x / sqrtl(2.0L)) / 2; }
static long double density(long double x) { return expl(-x * x / 2) / sqrtl(2 * acosl(-1.0L)); }

/* x = h + exp(t - exp(-t)): the trapezoidal rule in t over (h, inf) converges exponentially, in
 * relative terms, for what decays like a normal tail; features of width w need steps below w. */
typedef long double integrand(long double x, const long double *of);

static long double beyond(long double h, integrand *f, const long double *of) {
  long double sum = 0, step = 1 / 512.0L;
  for (int i = -4 * 512; i <= 5 * 512; i++) {
    long double t = step * i, e = expl(-t), offset = expl(t - e);
    sum += f(h + offset, of) * offset * (1 + e);
  }
  return sum * step;
}

/* of = {h, k, rho, s}: P, E 1 ReLU and E ReLU ReLU given X = x, times the density */
static long double both(long double x, const long double *of) {
  return density(x) * tail((of[1] - of[2] * x) / of[3]);
}
static long double step_relu(long double x, const long double *of) {
  long double z = (of[1] - of[2] * x) / of[3];
  return density(x) * of[3] * (density(z) - z * tail(z));
}
static long double relu_relu(long double x, const long double *of) {
  return (x - of[0]) * step_relu(x, of);
}

static void one_variable(void **state) {
  (void)state;
  if (!long_double_is_wide()) skip();
  for (int i = 0; i < 2000; i++) {
    double x = check_uniform(-38, 100), log = sd_normal_logsf(x);
    /* up to 5 the argument's rounding costs x^2 u / 2 of Q */
    check_near(log, (double)logl(tail(x)), allowed(log) + 13 * 0x1p-53 * fmin(1, exp(-log)));
    if (x > -1) check_near(sd_normal_logisf(log), x, 64 * 0x1p-53 * (1 + fabs(x)));
  }
  assert_true(sd_normal_logsf(HUGE_VAL) == -HUGE_VAL && sd_normal_logsf(-HUGE_VAL) == 0);
  assert_true(sd_normal_logisf(-HUGE_VAL) == HUGE_VAL && sd_normal_logisf(0) == -HUGE_VAL);
  assert_true(isnan(sd_normal_logisf(1e-9)) && isnan(sd_normal_logsf(NAN)));
  check_near(sd_normal_logisf(-1e-300) / -37.0470963, 1, 1e-8);
}

/* phi(h) + phi(k) times 10 ulp (1 + h^2 + k^2), as normal.h has it */
static double step_allowed(double h, double k) {
  return 10 * 0x1p-52 * (1 + h * h + k * k) * (exp(-h * h / 2) + exp(-k * k / 2)) * 0.4;
}

static void two_variables(void **state) {
  (void)state;
  if (!long_double_is_wide()) skip();
  for (int i = 0; i < 24; i++) {
    double wide = i % 3 ? 3 : 12;
    double h = check_uniform(-wide, wide), k = check_uniform(-wide, wide);
    double rho = check_uniform(-0.95, 0.95);
    long double of[] = {h, k, rho, sqrtl((1 - (long double)rho) * (1 + (long double)rho))};
    double log = (double)logl(beyond(h, both, of));
    check_near(sd_normal_orthant(h, k, rho), log, allowed(log));
    log = (double)logl(beyond(h, relu_relu, of));
    check_near(sd_normal_relu_relu(h, k, rho), log, allowed(log));
    check_near(sd_normal_step_relu(h, k, rho), (double)beyond(h, step_relu, of),
               step_allowed(h, k));
  }
}

/* P(X>=h, Y>=k) + P(X>=h, Y<k) = P(X>=h), symmetry in h and k, and growth with rho, up to the ends:
 * correlations within 1e-16 of +-1 and thresholds that nearly meet. */
static void identities(void **state) {
  (void)state;
  for (int i = 0; i < 6000; i++) {
    double h = check_uniform(-6, 6), k = check_uniform(-6, 6);
    double near = exp(check_uniform(-36, 0)), rho = i % 2 ? 1 - near : near - 1;
    if (i % 5 == 0) k = i % 2 ? h + near * check_uniform(-1, 1) : -h + near;
    double p = exp(sd_normal_orthant(h, k, rho)), rest = exp(sd_normal_orthant(h, -k, -rho));
    double all = exp(sd_normal_logsf(h));
    check_near(p + rest, all, 0x1p-53 * 16 * (1 + fabs(log(all))) * all);
    double log = sd_normal_orthant(k, h, rho);
    check_near(sd_normal_orthant(h, k, rho), log, allowed(log));
    log = sd_normal_relu_relu(k, h, rho);
    check_near(sd_normal_relu_relu(h, k, rho), log, allowed(log));
  }
}

static void closed_forms(void **state) {
  (void)state;
  const double pi = acos(-1);
  for (int i = 0; i < 1000; i++) {
    double angle = check_uniform(0.01, pi - 0.01), rho = cos(angle);
    check_near(exp(sd_normal_orthant(0, 0, rho)), (pi - angle) / (2 * pi), 1e-15);
    check_near(exp(sd_normal_relu_relu(0, 0, rho)), (sin(angle) + (pi - angle) * rho) / (2 * pi),
               1e-15);
  }
  /* rho = +-1 is one variable: an interval, a tail, E (X-h)^2 1{X>=h} = (1+h^2) Q - h phi */
  check_near(exp(sd_normal_orthant(-1, 0.5, -1)), (erf(sqrt(0.5)) - erf(0.5 / sqrt(2))) / 2, 1e-15);
  assert_true(sd_normal_orthant(1, -1, -1) == -HUGE_VAL);
  assert_true(sd_normal_orthant(1, 2, 1) == sd_normal_logsf(2));
  check_near(exp(sd_normal_relu_relu(0, 0, 1)), 0.5, 1e-15);
  /* independent: products of the margins, 40 deviations out */
  check_near(sd_normal_orthant(40, 30, 0), sd_normal_logsf(40) + sd_normal_logsf(30),
             allowed(1254));
  /* log P = -h^2/(1+rho) - log(...): the exponent alone, where all else is log h^2 at most */
  check_near(sd_normal_orthant(1e5, 1e5, 0.5) / (-1e10 / 1.5), 1, 1e-8);
  check_near(sd_normal_orthant(1e9, -1e9, -1 + 1e-15) / sd_normal_logsf(1e9), 1, 1e-8);
}

static void limits_and_faults(void **state) {
  (void)state;
  assert_true(sd_normal_orthant(-HUGE_VAL, 1, 0.3) == sd_normal_logsf(1));
  assert_true(sd_normal_orthant(HUGE_VAL, 1, 0.3) == -HUGE_VAL);
  assert_true(sd_normal_relu_relu(HUGE_VAL, 1, 0.3) == -HUGE_VAL);
  assert_true(sd_normal_step_relu(HUGE_VAL, 1, 0.3) == 0);
  const double bad[][3] = {{NAN, 0, 0},   {0, NAN, 0},  {0, 0, NAN},    {0, 0, 1.0000001},
                           {0, 0, -1.01}, {2e10, 0, 0}, {0, -2e10, 0.5}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_true(isnan(sd_normal_orthant(bad[i][0], bad[i][1], bad[i][2])));
    assert_true(isnan(sd_normal_relu_relu(bad[i][0], bad[i][1], bad[i][2])));
    assert_true(isnan(sd_normal_step_relu(bad[i][0], bad[i][1], bad[i][2])));
  }
  assert_true(isnan(sd_normal_relu_relu(-HUGE_VAL, 0, 0)));
  assert_true(isnan(sd_normal_step_relu(0, -HUGE_VAL, 0)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_variable),      cmocka_unit_test(two_variables),
      cmocka_unit_test(identities),        cmocka_unit_test(closed_forms),
      cmocka_unit_test(limits_and_faults),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
