/* Square roots by multiplication (src/core/isa/root.h): what the instruction gives.
 *
 * In f32 every mantissa is tried. In f64 an account of the error says which could be wrong. Let x
 * be in [1,4) and s its root, and call a relative error of 2^-53 a rounding. The estimate's error,
 * 2^-14, becomes 1.5 2^-28 and then 3.4 2^-56, less than half a rounding. Of the roundings of xy
 * and of the first step, g and h keep half the difference, 1.5; with that of the last step each has
 * at most 3. In g + hr, where r = x - g^2 is then at most 6 roundings of x, the errors are at most,
 * in s 2^-106,
 *
 *   3 of rounding r,  4.5 of (s - g)^2 / 2s, which the formula leaves out,  9 of h.
 *
 * These 16.5 matter only when s is as near as that to the middle m of two neighbours. As |x - m^2|
 * is about 2s |s - m|, it is then at most 33 x 2^-106, or 33 units of 2^-104. In units, m^2 is
 * n(n+1) + 1/4 where m = (n + 1/2) 2^-52, and x is X 2^b with b = 52 or 53; and for every even j
 * n(n+1) = -j modulo 2^b has one even and one odd solution, which are found bit by bit. The test
 * takes |j| <= 66. */
#include "kernel_check.h"
#include <float.h>

enum { N = 1 << 12 };

static sd_mat in, out;

static int setup(void **state) {
  (void)state;
  in = check_random(N, 1, SD_F64), out = check_random(N, 1, SD_F64);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  sd_free(in.x), sd_free(out.x);
  return 0;
}

static void same_bits(double x, double got, double want) {
  if (isnan(want) ? !isnan(got) : got != want || signbit(got) != signbit(want))
    fail_msg("the root of %a is %a, not %a", x, want, got);
}

/* The roots of all of `in`, by sqrt and as a power (of -0 it is 0, and no -infinity has a root). */
static void check_roots(void) {
  double *x = in.x, *y = out.x, half = 0.5;
  sd_mat exponent = sd_mat_over(1, 1, SD_F64, &half);
  assert_int_equal(sd_map(SD_MAP_SQRT, NULL, &in, &out), SD_OK);
  for (int i = 0; i < N; i++) same_bits(x[i], y[i], sqrt(x[i]));
  assert_int_equal(sd_zip(SD_ZIP_POW, &in, &exponent, &out), SD_OK);
  for (int i = 0; i < N; i++) same_bits(x[i], y[i], isinf(x[i]) ? INFINITY : sqrt(x[i] + 0));
}

/* ---- hard cases -------------------------------------------------------------------------------*/

/* The n of [2^52, 2^53) with this last bit and n(n+1) + j a multiple of 2^b; 0: there is none. */
static uint64_t solution(int64_t j, uint64_t last, int b) {
  uint64_t n = last;
  for (int k = 1; k < b; k++) n |= (n * (n + 1) + (uint64_t)j) & UINT64_C(1) << k;
  if (b == 52) n += UINT64_C(1) << 52;
  return n >> 52 == 1 ? n : 0;
}

/* The x of which m is almost the root; 0 when its X is no mantissa. */
static double almost_square(int64_t j, uint64_t n, int b) {
  __extension__ typedef __int128 wide;
  uint64_t whole = (uint64_t)(((wide)n * (wide)(n + 1) + j) >> b);
  return whole >> 52 == 1 ? ldexp((double)whole, b - 104) : 0;
}

static int find_hard(double *hard) {
  int count = 0;
  for (int b = 52; b <= 53; b++)
    for (int64_t j = -66; j <= 66; j += 2)
      for (uint64_t last = 0; last < 2; last++) {
        uint64_t n = solution(j, last, b);
        double x = n ? almost_square(j, n, b) : 0;
        if (x > 0) hard[count++] = x;
      }
  return count;
}

static void nearly_in_the_middle(void **state) {
  static double hard[4 * 67];
  double *x = in.x;
  int count = find_hard(hard), largest = 0;
  (void)state;
  for (int k = 0; k < count; k++) largest |= hard[k] == 4 - 0x1p-51; /* 2^-106 from a middle */
  assert_true(largest && count > 67);
  EACH_ISA for (int shift = -1060; shift <= 1020; shift += 40) {
    for (int i = 0; i < N; i++) x[i] = ldexp(hard[i % count], shift);
    check_roots();
  }
  sd_isa_select(NULL);
}

/* ---- all others -------------------------------------------------------------------------------*/

static void any_number(void **state) {
  static const double odd[] = {0,        -0.0,      INFINITY,  -INFINITY, NAN,      -1,
                               5e-324,   0x1p-1022, 0x1p-1000, 0x1p-901,  0x1p-900, 0x1p1000,
                               0x1p1001, DBL_MAX,   1,         0.25};
  double *x = in.x;
  (void)state;
  EACH_ISA for (int round = 0; round < 100; round++) {
    for (int i = 0; i < N; i++) {
      int wide = round % 2 ? 2 : 2000;
      x[i] = ldexp(check_uniform(1, 2), (int)(check_bits() % (unsigned)wide) - wide / 2);
      if (round % 4 > 1 && check_bits() % 16 == 0) x[i] = odd[check_bits() % 16];
      if (round % 8 == 1) x[i] = (double)(float)x[i] * (double)(float)x[i]; /* squares */
    }
    check_roots();
  }
  sd_isa_select(NULL);
}

/* Mantissas of both parities of the exponent, and what is no normal number. */
static void every_mantissa_of_f32(void **state) {
  float *x = in.x, *y = out.x;
  sd_mat from = sd_mat_over(2 * N, 1, SD_F32, x), to = sd_mat_over(2 * N, 1, SD_F32, y);
  static const uint32_t starts[] = {0x3f800000, 0, 0x7f000000, 0xff000000};
  (void)state;
  EACH_ISA for (int s = 0; s < 4; s++) {
    for (uint32_t k = 0; k < (s ? 2 * N : 1u << 24); k += 2 * N) {
      for (uint32_t i = 0; i < 2 * N; i++) {
        uint32_t bits = starts[s] + (s ? i * 2039 : k + i);
        memcpy(&x[i], &bits, sizeof bits);
      }
      assert_int_equal(sd_map(SD_MAP_SQRT, NULL, &from, &to), SD_OK);
      for (int i = 0; i < 2 * N; i++)
        if (y[i] != sqrtf(x[i])) same_bits((double)x[i], (double)y[i], (double)sqrtf(x[i]));
    }
  }
  sd_isa_select(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nearly_in_the_middle),
                                     cmocka_unit_test(any_number),
                                     cmocka_unit_test(every_mantissa_of_f32)};
  return cmocka_run_group_tests_name("root", tests, setup, teardown);
}
