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
#define SD_NO_BIT(m)       (_mm512_test_epi64_mask((__m512i)(m), (__m512i)(m)) == 0)
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
#define SD_NO_BIT(m)       _mm256_testz_si256((__m256i)(m), (__m256i)(m))
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
  static inline V splat_##s(T x) {                                                                 \
    V v = {0};                                                                                     \
    for (int k = 0; k < W; k++) v[k] = x;                                                          \
    return v;                                                                                      \
  }                                                                                                \
  static inline V select_##s(M mask, V a, V b) { return (V)((mask & (M)a) | (~mask & (M)b)); }
SD_VECTOR_TOOLS(d, double, vd, md, WD)
SD_VECTOR_TOOLS(f, float, vf, mf, WF)

/* The first r elements, 0 < r <= W, with zeros behind them; and storing these alone. half_part
 * takes as many f32 as a vector of f64 has. */
#if SD_ISA_LEVEL == 2
#define SD_PART(r) ((1u << (r)) - 1)
static inline vd load_part_d(const double *p, ptrdiff_t r) {
  return (vd)_mm512_maskz_loadu_pd((__mmask8)SD_PART(r), p);
}
static inline vf load_part_f(const float *p, ptrdiff_t r) {
  return (vf)_mm512_maskz_loadu_ps((__mmask16)SD_PART(r), p);
}
static inline vhalf half_part(const float *p, ptrdiff_t r) {
  return (vhalf)_mm256_maskz_loadu_ps((__mmask8)SD_PART(r), p);
}
static inline void store_part_d(double *p, vd v, ptrdiff_t r) {
  _mm512_mask_storeu_pd(p, (__mmask8)SD_PART(r), (__m512d)v);
}
static inline void store_part_f(float *p, vf v, ptrdiff_t r) {
  _mm512_mask_storeu_ps(p, (__mmask16)SD_PART(r), (__m512)v);
}
#elif SD_ISA_LEVEL == 1
static inline __m256i part_d(ptrdiff_t r) { return (__m256i)((md){0, 1, 2, 3} < (md){0} + r); }
static inline __m256i part_f(ptrdiff_t r) {
  return (__m256i)((mf){0, 1, 2, 3, 4, 5, 6, 7} < (mf){0} + (int)r);
}
static inline vd load_part_d(const double *p, ptrdiff_t r) {
  return (vd)_mm256_maskload_pd(p, part_d(r));
}
static inline vf load_part_f(const float *p, ptrdiff_t r) {
  return (vf)_mm256_maskload_ps(p, part_f(r));
}
static inline vhalf half_part(const float *p, ptrdiff_t r) {
  return (vhalf)_mm_maskload_ps(p, _mm256_castsi256_si128(part_f(r)));
}
static inline void store_part_d(double *p, vd v, ptrdiff_t r) {
  _mm256_maskstore_pd(p, part_d(r), (__m256d)v);
}
static inline void store_part_f(float *p, vf v, ptrdiff_t r) {
  _mm256_maskstore_ps(p, part_f(r), (__m256)v);
}
#else
#define SD_PART_TOOLS(load, store, T, V)                                                           \
  static inline V load(const T *p, ptrdiff_t r) {                                                  \
    V v = {0};                                                                                     \
    for (ptrdiff_t k = 0; k < r; k++) v[k] = p[k];                                                 \
    return v;                                                                                      \
  }                                                                                                \
  static inline void store(T *p, V v, ptrdiff_t r) { memcpy(p, &v, (size_t)r * sizeof *p); }
SD_PART_TOOLS(load_part_d, store_part_d, double, vd)
SD_PART_TOOLS(load_part_f, store_part_f, float, vf)
SD_PART_TOOLS(half_part, store_half_part, float, vhalf)
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
