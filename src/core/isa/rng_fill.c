/* Philox words, uniforms and normals in bulk (see ../rng_kernel.h).
 *
 * Compiled once per instruction set. The integers are exact and the doubles go through IEEE
 * operations in the order of ../rng_math.h, so all builds give the same bits; tests/c/test_rng.c
 * holds them to it. The loops carry no branch, which lets the compiler vectorise them. */
#include "../rng_kernel.h"
#include "../rng_math.h"
#if defined __SSE2__
#include <immintrin.h>
#endif

/* A vector of 64-bit lanes, each holding one 32-bit word of a block in its lower half; the upper
 * half is of no account. mul32 multiplies lower halves; high32 brings upper halves down, by a
 * shuffle, as shifts would compete with the products for one port. */
#if defined __AVX512F__
typedef uint64_t vec __attribute__((vector_size(64)));
static const vec lane = {0, 1, 2, 3, 4, 5, 6, 7};
static inline vec mul32(vec a, vec b) { return (vec)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
static inline vec high32(vec a) { return (vec)_mm512_shuffle_epi32((__m512i)a, 0xf5); }
#elif defined __AVX2__
typedef uint64_t vec __attribute__((vector_size(32)));
static const vec lane = {0, 1, 2, 3};
static inline vec mul32(vec a, vec b) { return (vec)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
static inline vec high32(vec a) { return (vec)_mm256_shuffle_epi32((__m256i)a, 0xf5); }
#else
typedef uint64_t vec __attribute__((vector_size(16)));
static const vec lane = {0, 1};
#if defined __SSE2__
static inline vec mul32(vec a, vec b) { return (vec)_mm_mul_epu32((__m128i)a, (__m128i)b); }
static inline vec high32(vec a) { return (vec)_mm_shuffle_epi32((__m128i)a, 0xf5); }
#else
static inline vec mul32(vec a, vec b) { return (a & 0xffffffffu) * (b & 0xffffffffu); }
static inline vec high32(vec a) { return a >> 32; }
#endif
#endif
enum { LANES = sizeof(vec) / sizeof(uint64_t) };

enum { ROUNDS = 10 };

/* LANES blocks from number b on: w[0..] gets their first words, w[8..] their second ones. c1, c2
 * and c3 are counter words without the block's number; key holds two words for each round. */
static inline void blocks(uint64_t b, vec c1, vec c2, vec c3, const vec *key, uint64_t *w) {
  const vec zero = {0}, m0 = zero + 0xD2511F53u, m1 = zero + 0xCD9E8D57u;
  vec c0 = lane + b;
  c1 |= c0 >> 32;
  for (int r = 0; r < ROUNDS; r++) {
    vec p0 = mul32(c0, m0), p1 = mul32(c2, m1);
    c0 = high32(p1) ^ c1 ^ key[2 * r];
    c1 = p1;
    c2 = high32(p0) ^ c3 ^ key[2 * r + 1];
    c3 = p0;
  }
  vec first = (c0 & 0xffffffffu) | c1 << 32, second = (c2 & 0xffffffffu) | c3 << 32;
  memcpy(w, &first, sizeof first);
  memcpy(w + RNG_GROUP / 2, &second, sizeof second);
}

static void words(sd_rng at, uint64_t group, ptrdiff_t groups, uint32_t attempt, uint64_t *w) {
  const vec zero = {0}, c1 = zero + ((uint64_t)attempt << 16);
  const vec c2 = zero + (uint32_t)at.ordinal, c3 = zero + (at.ordinal >> 32);
  vec key[2 * ROUNDS];
  for (uint32_t r = 0; r < ROUNDS; r++) {
    key[2 * r] = zero + ((uint32_t)at.key + r * 0x9E3779B9u);
    key[2 * r + 1] = zero + ((uint32_t)(at.key >> 32) + r * 0xBB67AE85u);
  }
  for (uint64_t g = 0; g < (uint64_t)groups; g++, w += RNG_GROUP)
    for (uint64_t l = 0; l < RNG_GROUP / 2; l += LANES)
      blocks((group + g) * (RNG_GROUP / 2) + l, c1, c2, c3, key, w + l);
}

static void uniform(const uint64_t *restrict w, ptrdiff_t n, double *restrict x) {
  for (ptrdiff_t i = 0; i < n; i++) x[i] = rng_closed(w[i]);
}

/* The few beyond the tail's formula: once in 4e10 numbers. */
static __attribute__((noinline)) void far_tails(const double *p, ptrdiff_t n, double *z) {
  for (ptrdiff_t t = 0; t < n; t++)
    if (p[t] < rng_far_limit) z[t] = rng_far(p[t]);
}

/* The central formula for all, then the other 15% collected and done together. */
static void normal(const uint64_t *restrict w, ptrdiff_t n, double *restrict x) {
  double p[RNG_CHUNK], z[RNG_CHUNK], least = 1;
  int at[RNG_CHUNK];
  ptrdiff_t tails = 0;
  for (ptrdiff_t i = 0; i < n; i++)
    x[i] = rng_signed(rng_central(0.5 - 0.5 * rng_open(w[i])), w[i]);
  for (ptrdiff_t i = 0; i < n; i++) {
    at[tails] = (int)i;
    tails += w[i] < rng_tail_words;
  }
  for (ptrdiff_t t = 0; t < tails; t++) p[t] = 0.5 * rng_open(w[at[t]]);
  for (ptrdiff_t t = 0; t < tails; t++) z[t] = rng_tail(p[t]);
  for (ptrdiff_t t = 0; t < tails; t++) least = p[t] < least ? p[t] : least;
  if (least < rng_far_limit) far_tails(p, tails, z);
  for (ptrdiff_t t = 0; t < tails; t++) x[at[t]] = rng_signed(z[t], w[at[t]]);
}

#define PASTE(a, b)  a##b
#define KERNEL(isa)  PASTE(sd_rng_kernel_, isa)
#define STRING(name) #name
#define NAME(isa)    STRING(isa)
const sd_rng_kernel KERNEL(SD_ISA) = {NAME(SD_ISA), words, uniform, normal};
