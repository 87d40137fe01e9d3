/* Vectors of the instruction set that a file is compiled for, and SLEEF's functions of them.
 *
 * SD_ISA is base, avx2 or avx512 (see the Makefile). GCC's vector types give the arithmetic; SLEEF
 * (N. Shibata, F. Petrogalli, IEEE TPDS 31(6), 2020) gives exp and the like. We call its
 * reproducible variants: the plain ones take a short cut when every lane is small, so that cos(x)
 * would depend on x's neighbours. `finz` (with FMA) is bit-identical on AVX2 and AVX-512; `cinz`
 * (without) is what the baseline has.
 *
 * Masks are integer vectors of all ones or all zeros, as comparisons of vectors give them. */
#ifndef SADDLE_ISA_VECTOR_H
#define SADDLE_ISA_VECTOR_H

#include <math.h>
#include <sleef.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SD_GLUE_(a, b)      a##b
#define SD_GLUE(a, b)       SD_GLUE_(a, b)
#define SD_ISA_LEVEL_base   0
#define SD_ISA_LEVEL_avx2   1
#define SD_ISA_LEVEL_avx512 2
#define SD_ISA_LEVEL        SD_GLUE(SD_ISA_LEVEL_, SD_ISA)
#define SD_ISA_NAME(stem)   SD_GLUE(stem, SD_ISA) /* sd_maps_ -> sd_maps_avx2 */

#if SD_ISA_LEVEL == 2
#include <immintrin.h>
#define SD_VECTOR_BYTES 64
typedef __m512d sd_native_d;
typedef __m512 sd_native_f;
#define SD_SLEEF_D(f, acc) Sleef_finz_##f##d8_##acc##avx512f
#define SD_SLEEF_F(f, acc) Sleef_finz_##f##f16_##acc##avx512f
#define SD_SQRT_D(x)       _mm512_sqrt_pd(x)
#define SD_SQRT_F(x)       _mm512_sqrt_ps(x)
#define SD_FMA_D(a, b, c)  _mm512_fmadd_pd(a, b, c)
#define SD_FMA_F(a, b, c)  _mm512_fmadd_ps(a, b, c)
#elif SD_ISA_LEVEL == 1
#include <immintrin.h>
#define SD_VECTOR_BYTES    32
typedef __m256d sd_native_d;
typedef __m256 sd_native_f;
#define SD_SLEEF_D(f, acc) Sleef_finz_##f##d4_##acc##avx2
#define SD_SLEEF_F(f, acc) Sleef_finz_##f##f8_##acc##avx2
#define SD_SQRT_D(x)       _mm256_sqrt_pd(x)
#define SD_SQRT_F(x)       _mm256_sqrt_ps(x)
#define SD_FMA_D(a, b, c)  _mm256_fmadd_pd(a, b, c)
#define SD_FMA_F(a, b, c)  _mm256_fmadd_ps(a, b, c)
#else
#define SD_VECTOR_BYTES 16
#ifdef __x86_64__
#include <emmintrin.h>
typedef __m128d sd_native_d;
typedef __m128 sd_native_f;
#define SD_SLEEF_D(f, acc) Sleef_cinz_##f##d2_##acc##sse2
#define SD_SLEEF_F(f, acc) Sleef_cinz_##f##f4_##acc##sse2
#define SD_SQRT_D(x)       _mm_sqrt_pd(x)
#define SD_SQRT_F(x)       _mm_sqrt_ps(x)
#endif
#endif

typedef double vd __attribute__((vector_size(SD_VECTOR_BYTES)));
typedef float vf __attribute__((vector_size(SD_VECTOR_BYTES)));
typedef float vhalf __attribute__((vector_size(SD_VECTOR_BYTES / 2))); /* as many as in vd */
typedef int64_t md __attribute__((vector_size(SD_VECTOR_BYTES)));
typedef int32_t mf __attribute__((vector_size(SD_VECTOR_BYTES)));
enum { WD = SD_VECTOR_BYTES / 8, WF = SD_VECTOR_BYTES / 4 };

/* X(function, SLEEF's name of its accuracy) */
/* clang-format off */
#define SD_SLEEF_UNARY(X)                                                                         \
  X(exp, u10) X(expm1, u10) X(log, u10) X(log1p, u10) X(sin, u10) X(cos, u10) X(tanh, u10)        \
  X(erf, u10) X(erfc, u15)
/* clang-format on */

#ifdef SD_SLEEF_D
#define SD_WRAP(f, acc)                                                                            \
  static inline vd sleef_##f##_d(vd x) { return (vd)SD_SLEEF_D(f, acc)((sd_native_d)x); }          \
  static inline vf sleef_##f##_f(vf x) { return (vf)SD_SLEEF_F(f, acc)((sd_native_f)x); }
static inline vd sleef_pow_d(vd x, vd y) {
  return (vd)SD_SLEEF_D(pow, u10)((sd_native_d)x, (sd_native_d)y);
}
static inline vd sqrt_d(vd x) { return (vd)SD_SQRT_D((sd_native_d)x); }
static inline vf sqrt_f(vf x) { return (vf)SD_SQRT_F((sd_native_f)x); }
#else /* no vector SLEEF that we know here: its scalar functions, lane by lane */
#define SD_WRAP(f, acc)                                                                            \
  static inline vd sleef_##f##_d(vd x) {                                                           \
    for (int k = 0; k < WD; k++) x[k] = Sleef_cinz_##f##d1_##acc##purec(x[k]);                     \
    return x;                                                                                      \
  }                                                                                                \
  static inline vf sleef_##f##_f(vf x) {                                                           \
    for (int k = 0; k < WF; k++) x[k] = Sleef_cinz_##f##f1_##acc##purec(x[k]);                     \
    return x;                                                                                      \
  }
static inline vd sleef_pow_d(vd x, vd y) {
  for (int k = 0; k < WD; k++) x[k] = Sleef_cinz_powd1_u10purec(x[k], y[k]);
  return x;
}
static inline vd sqrt_d(vd x) {
  for (int k = 0; k < WD; k++) x[k] = sqrt(x[k]);
  return x;
}
static inline vf sqrt_f(vf x) {
  for (int k = 0; k < WF; k++) x[k] = sqrtf(x[k]);
  return x;
}
#endif
SD_SLEEF_UNARY(SD_WRAP)

/* n - q*d, exact but for the last rounding: by FMA, else by Dekker's product (Numer. Math. 18,
 * 1971), whose splitting needs |q|, |d| far from overflow. */
#ifdef SD_FMA_D
static inline vd residual_d(vd n, vd q, vd d) {
  return (vd)SD_FMA_D((sd_native_d)-q, (sd_native_d)d, (sd_native_d)n);
}
static inline vf residual_f(vf n, vf q, vf d) {
  return (vf)SD_FMA_F((sd_native_f)-q, (sd_native_f)d, (sd_native_f)n);
}
#else
#define SD_RESIDUAL(name, V, splitter)                                                             \
  static inline V name(V n, V q, V d) {                                                            \
    V sq = q * splitter, sd = d * splitter, p = q * d;                                             \
    V qh = sq - (sq - q), dh = sd - (sd - d), ql = q - qh, dl = d - dh;                            \
    return (n - p) - (((qh * dh - p) + qh * dl + ql * dh) + ql * dl);                              \
  }
SD_RESIDUAL(residual_d, vd, 0x1p27 + 1)
SD_RESIDUAL(residual_f, vf, 0x1p12f + 1)
#endif

/* Loads, stores, splats and selections: mask ? a : b, lane by lane. */
#define SD_VECTOR_TOOLS(s, T, V, M, W)                                                             \
  static inline V load_##s(const T *p) {                                                           \
    V v;                                                                                           \
    memcpy(&v, p, sizeof v);                                                                       \
    return v;                                                                                      \
  }                                                                                                \
  static inline void store_##s(T *p, V v) { memcpy(p, &v, sizeof v); }                             \
  static inline V splat_##s(T x) { return x - (V){0}; } /* x - 0 is x, of -0 too */                \
  static inline V select_##s(M mask, V a, V b) { return (V)((mask & (M)a) | (~mask & (M)b)); }
SD_VECTOR_TOOLS(d, double, vd, md, WD)
SD_VECTOR_TOOLS(f, float, vf, mf, WF)

/* What has to do with the sign: it alone, the others' bits being 0, and the functions that change
 * it. sign(x) keeps +-0 and NaN. */
#define SD_VECTOR_SIGNS(s, V, M, LEAST)                                                            \
  static inline M bits_##s(void) { return (M){0} + LEAST; }                                        \
  static inline V neg_##s(V x) { return (V)((M)x ^ bits_##s()); }                                  \
  static inline V abs_##s(V x) { return (V)((M)x & ~bits_##s()); }                                 \
  static inline V sign_##s(V x) {                                                                  \
    V one = splat_##s(1);                                                                          \
    return select_##s(x > 0, one, select_##s(x < 0, -one, x));                                     \
  }
SD_VECTOR_SIGNS(d, vd, md, INT64_MIN)
SD_VECTOR_SIGNS(f, vf, mf, INT32_MIN)

/* The first r of W elements, zeros behind them; and stored, leaving alone what follows. The rest of
 * the vector is not touched in memory, wherever it may lie. */
#if SD_ISA_LEVEL == 2
static inline vd load_part_d(const double *p, ptrdiff_t r) {
  return (vd)_mm512_maskz_loadu_pd((__mmask8)((1u << r) - 1), p);
}
static inline vf load_part_f(const float *p, ptrdiff_t r) {
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << r) - 1), p);
}
static inline void store_part_d(double *p, vd v, ptrdiff_t r) {
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << r) - 1), (sd_native_d)v);
}
static inline void store_part_f(float *p, vf v, ptrdiff_t r) {
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << r) - 1), (sd_native_f)v);
}
#elif SD_ISA_LEVEL == 1
static const int64_t sd_first_d[2 * WD] = {-1, -1, -1, -1};
static const int32_t sd_first_f[2 * WF] = {-1, -1, -1, -1, -1, -1, -1, -1};
static inline __m256i first_d(ptrdiff_t r) {
  return _mm256_loadu_si256((const __m256i *)(const void *)(sd_first_d + WD - r));
}
static inline __m256i first_f(ptrdiff_t r) {
  return _mm256_loadu_si256((const __m256i *)(const void *)(sd_first_f + WF - r));
}
static inline vd load_part_d(const double *p, ptrdiff_t r) {
  return (vd)_mm256_maskload_pd(p, first_d(r));
}
static inline vf load_part_f(const float *p, ptrdiff_t r) {
  return (vf)_mm256_maskload_ps(p, first_f(r));
}
static inline void store_part_d(double *p, vd v, ptrdiff_t r) {
  _mm256_maskstore_pd(p, first_d(r), (sd_native_d)v);
}
static inline void store_part_f(float *p, vf v, ptrdiff_t r) {
  _mm256_maskstore_ps(p, first_f(r), (sd_native_f)v);
}
#else
#define SD_VECTOR_PARTS(s, T, V)                                                                   \
  static inline V load_part_##s(const T *p, ptrdiff_t r) {                                         \
    V v = {0};                                                                                     \
    for (ptrdiff_t k = 0; k < r; k++) v[k] = p[k];                                                 \
    return v;                                                                                      \
  }                                                                                                \
  static inline void store_part_##s(T *p, V v, ptrdiff_t r) {                                      \
    for (ptrdiff_t k = 0; k < r; k++) p[k] = v[k];                                                 \
  }
SD_VECTOR_PARTS(d, double, vd)
SD_VECTOR_PARTS(f, float, vf)
#endif

/* The last r of a loop's elements; one alone is read and written as such, since a store that is
 * masked holds up the load that follows it. Behind it comes the same again, not zeros. */
#define SD_VECTOR_RESTS(s, T, V)                                                                   \
  static inline V load_rest_##s(const T *p, ptrdiff_t r) {                                         \
    return r == 1 ? splat_##s(*p) : load_part_##s(p, r);                                           \
  }                                                                                                \
  static inline void store_rest_##s(T *p, V v, ptrdiff_t r) {                                      \
    if (r == 1)                                                                                    \
      *p = v[0];                                                                                   \
    else                                                                                           \
      store_part_##s(p, v, r);                                                                     \
  }
SD_VECTOR_RESTS(d, double, vd)
SD_VECTOR_RESTS(f, float, vf)

/* a*b + c: with one rounding where the instruction set has FMA. */
#ifdef SD_FMA_D
static inline vd muladd_d(vd a, vd b, vd c) {
  return (vd)SD_FMA_D((sd_native_d)a, (sd_native_d)b, (sd_native_d)c);
}
static inline vf muladd_f(vf a, vf b, vf c) {
  return (vf)SD_FMA_F((sd_native_f)a, (sd_native_f)b, (sd_native_f)c);
}
#else
static inline vd muladd_d(vd a, vd b, vd c) { return a * b + c; }
static inline vf muladd_f(vf a, vf b, vf c) { return a * b + c; }
#endif

/* f32 through f64: f applied to both halves of x. */
static inline __attribute__((always_inline)) vf through_d(vf x, vd (*f)(vd)) {
  vhalf h[2];
  memcpy(h, &x, sizeof x);
  h[0] = __builtin_convertvector(f(__builtin_convertvector(h[0], vd)), vhalf);
  h[1] = __builtin_convertvector(f(__builtin_convertvector(h[1], vd)), vhalf);
  memcpy(&x, h, sizeof x);
  return x;
}

#endif
