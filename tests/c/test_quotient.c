/* Division by a constant operand (src/core/isa/zip.inc): what the division instruction gives. */
#include "kernel_check.h"

/* The whole operand over one divisor against one division an element: random mantissas, quotients
 * that lie next to the middle of two numbers, and a sprinkling of extremes and zeros. */
static void check_quotients(int dtype, double divisor, int extremes) {
  enum { N = 331 };
  static const double odd[] = {0, -0.0, INFINITY, -INFINITY, NAN, 0x1p-1070, 1e300, 1e-39, 3e38};
  sd_mat a = check_random(N, 1, dtype), c = check_random(N, 1, dtype),
         b = check_random(1, 1, dtype);
  sd_mat_set(&b, 0, 0, divisor);
  for (ptrdiff_t i = 0; i < N; i++) {
    double q = check_uniform(1, 2), half = dtype == SD_F32 ? 0x1p-24 : 0x1p-53;
    if (i % 3 == 0) sd_mat_set(&a, i, 0, (double)((float)q + half) * divisor);
    if (i % 3 == 1)
      sd_mat_set(&a, i, 0, ldexp(sd_mat_get(&a, i, 0), (int)(check_bits() % 70) - 35));
    if (i % 7 == 0) sd_mat_set(&a, i, 0, i % 2 ? -0.0 : 0);
    if (extremes && i % 40 == 0) sd_mat_set(&a, i, 0, odd[i / 40]);
  }
  assert_int_equal(sd_zip(SD_ZIP_DIV, &a, &b, &c), SD_OK);
  for (ptrdiff_t i = 0; i < N; i++) {
    volatile float low = (float)sd_mat_get(&a, i, 0) / (float)sd_mat_get(&b, 0, 0);
    double want = dtype == SD_F32 ? (double)low : sd_mat_get(&a, i, 0) / divisor;
    double got = sd_mat_get(&c, i, 0);
    if (isnan(want) ? !isnan(got) : want != got || signbit(want) != signbit(got))
      fail_msg("%a / %a = %a, not %a", sd_mat_get(&a, i, 0), sd_mat_get(&b, 0, 0), got, want);
  }
  sd_free(a.x), sd_free(b.x), sd_free(c.x);
}

/* The k-th divisor: all mantissas, now and then all bits set or the last one alone, of sizes on
 * both sides of where another method begins. */
static double divisor_at(int k, int dtype) {
  int single = dtype == SD_F32, wide = (int)(check_bits() % (single ? 240 : 1600));
  double last = single ? 0x1p-23 : 0x1p-52, b = check_uniform(1, 2);
  if (k % 3 == 1) b = k % 2 ? 2 - last : 1 + last;
  b = ldexp(b, k % 5 == 1 ? wide / 2 - (single ? 60 : 400) : (int)(check_bits() % 60) - 30);
  if (k % 7 == 0) b = -b;
  return single ? (double)(float)b : b;
}

static void division_by_a_constant(void **state) {
  static const double special[] = {0, -0.0, INFINITY, NAN, 1, -3, 0x1p-1070, 0x1p900, 0x1p-900};
  (void)state;
  EACH_ISA for (int dtype = 0; dtype < 2; dtype++) {
    for (int k = 0; k < 9; k++) check_quotients(dtype, special[k], 1);
    for (int k = 0; k < 2000; k++) check_quotients(dtype, divisor_at(k, dtype), k % 2);
  }
  sd_isa_select(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(division_by_a_constant)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
