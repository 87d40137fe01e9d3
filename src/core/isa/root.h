/* Square roots that are rounded correctly, by multiplication.
 *
 * The instruction takes 20 to 30 cycles for a vector of 8 numbers, as long as ten passes over them.
 * Where there is an estimate y of x^-1/2, with AVX-512 one to 2^-14, the root takes a third of
 * that. With h = y/2 and g = xy, a step of Goldschmidt's,
 *
 *   g <- g + g(1/2 - hg)      h <- h + h(1/2 - hg)
 *
 * squares the error of both, and g + h(x - g^2) is within a few 2^-51 ulp of the root before it is
 * rounded (P. Markstein, IBM J. Res. Dev. 34, 1990, and M. Cornea, J. Harrison, P. Tang, Scientific
 * Computing on Itanium-based Systems, 2002). That decides how the root is to be rounded unless it
 * is nearer than this to the middle of two numbers, which few roots are; tests/c/test_root.c has
 * the error's account, finds all these roots, and tries them.
 *
 * A chain of this many operations has twice the latency of the instruction: roots_d is for loops,
 * sqrt_d for where the next operation waits for it. */
#ifndef SADDLE_ISA_ROOT_H
#define SADDLE_ISA_ROOT_H

#include "vector.h"

#if SD_ISA_LEVEL == 2

/* 1 when nothing underflows on the way, not x - g^2 either, which has twice as many bits as x: not
 * for zeros, negatives, infinities and NaN. */
static inline int has_tame_roots_d(vd x) {
  __mmask8 some = _mm512_cmp_pd_mask((sd_native_d)x, _mm512_set1_pd(0x1p-900), _CMP_GE_OQ);
  return _mm512_mask_cmp_pd_mask(some, (sd_native_d)x, _mm512_set1_pd(0x1p1000), _CMP_LE_OQ) ==
         (1 << WD) - 1;
}
static inline int has_tame_roots_f(vf x) {
  __mmask16 some = _mm512_cmp_ps_mask((sd_native_f)x, _mm512_set1_ps(0x1p-90f), _CMP_GE_OQ);
  return _mm512_mask_cmp_ps_mask(some, (sd_native_f)x, _mm512_set1_ps(0x1p120f), _CMP_LE_OQ) ==
         (1 << WF) - 1;
}

static inline vd estimate_root_d(vd x) { return (vd)_mm512_rsqrt14_pd((sd_native_d)x); }
static inline vf estimate_root_f(vf x) { return (vf)_mm512_rsqrt14_ps((sd_native_f)x); }

/* STEPS: of 2^-14 become 2^-27 and 2^-54. */
#define SD_ROOTS(s, V, STEPS)                                                                      \
  static inline V roots_##s(V x) {                                                                 \
    if (!has_tame_roots_##s(x)) return sqrt_##s(x);                                                \
    V y = estimate_root_##s(x), half = splat_##s(0.5), h = y * half, g = x * y;                    \
    for (int k = 0; k < STEPS; k++) {                                                              \
      V e = residual_##s(half, h, g);                                                              \
      g = muladd_##s(g, e, g);                                                                     \
      h = muladd_##s(h, e, h);                                                                     \
    }                                                                                              \
    return muladd_##s(residual_##s(x, g, g), h, g);                                                \
  }
SD_ROOTS(d, vd, 2)
SD_ROOTS(f, vf, 1)

#else
static inline vd roots_d(vd x) { return sqrt_d(x); }
static inline vf roots_f(vf x) { return sqrt_f(x); }
#endif

#endif
