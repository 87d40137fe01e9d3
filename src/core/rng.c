/* Keys, the generator, and the draws that need one word per element (see rng.h). */
#include "saddle/rng.h"
#include "rng_kernel.h"
#include "rng_math.h"
#include "saddle/isa.h"
#include "saddle/status.h"

__extension__ typedef unsigned __int128 wide;

/* ---- keys -------------------------------------------------------------------------------------*/

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection that mixes all bits. */
static uint64_t finalise(uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

uint64_t sd_rng_mix(uint64_t key, uint64_t word) {
  uint64_t k = finalise(key + 0x9e3779b97f4a7c15u), w = finalise(word + 0xd1b54a32d192ed03u);
  return finalise(k ^ w);
}

uint64_t sd_rng_hash(const void *bytes, size_t n) {
  const unsigned char *s = bytes;
  uint64_t h = 14695981039346656037u;
  for (size_t i = 0; i < n; i++) h = (h ^ s[i]) * 1099511628211u;
  return h;
}

/* A word of its own for each kind of key keeps the kinds apart. */
uint64_t sd_rng_root(uint64_t seed, uint64_t stream) {
  return sd_rng_mix(sd_rng_mix(sd_rng_hash("root", 4), seed), stream);
}

uint64_t sd_rng_child(uint64_t key, uint64_t name) {
  return sd_rng_mix(sd_rng_mix(key, sd_rng_hash("child", 5)), name);
}

/* ---- the generator ----------------------------------------------------------------------------*/

void sd_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)c0 * 0xD2511F53u, p1 = (uint64_t)c2 * 0xCD9E8D57u;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

void sd_rng_block(sd_rng at, uint64_t block, uint32_t attempt, uint64_t w[2]) {
  uint32_t c[4] = {(uint32_t)block, (uint32_t)(block >> 32) | attempt << 16, (uint32_t)at.ordinal,
                   (uint32_t)(at.ordinal >> 32)};
  uint32_t key[2] = {(uint32_t)at.key, (uint32_t)(at.key >> 32)};
  sd_philox(c, key, c);
  w[0] = c[0] | (uint64_t)c[1] << 32;
  w[1] = c[2] | (uint64_t)c[3] << 32;
}

uint64_t sd_rng_word(sd_rng at, uint64_t k, uint32_t attempt) {
  uint64_t w[2];
  sd_rng_block(at, k / 16 * 8 + k % 8, attempt, w);
  return w[k / 8 % 2];
}

uint64_t sd_rng_below(sd_rng at, uint64_t k, uint64_t w, uint64_t n) {
  for (uint32_t attempt = 1;; attempt++) {
    wide product = (wide)w * n;
    uint64_t low = (uint64_t)product;
    if (low >= n || low >= (0 - n) % n) return (uint64_t)(product >> 64);
    w = sd_rng_word(at, k, attempt);
  }
}

const sd_rng_kernel *sd_rng_now(void) {
#ifdef __x86_64__
  if (sd_isa() == SD_ISA_AVX512) return &sd_rng_kernel_avx512;
  if (sd_isa() == SD_ISA_AVX2) return &sd_rng_kernel_avx2;
#endif
  return &sd_rng_kernel_base;
}

/* ---- the loop over a matrix -------------------------------------------------------------------*/

void sd_rng_store(sd_mat *out, ptrdiff_t k, ptrdiff_t n, const double *x) {
  ptrdiff_t i = k % out->rows, j = k / out->rows;
  while (n > 0) { /* a run within one column */
    ptrdiff_t run = out->rows - i < n ? out->rows - i : n;
    sd_mat to = sd_mat_block(out, i, j++, run, 1);
    if (out->dtype == SD_F32)
      for (ptrdiff_t r = 0; r < run; r++) ((float *)to.x)[r] = (float)x[r];
    else
      memcpy(to.x, x, (size_t)run * sizeof *x);
    x += run, n -= run, i = 0;
  }
}

static int fill_one(sd_rng at, sd_mat *out, sd_rng_chunk fn, const void *context) {
  uint64_t w = sd_rng_word(at, 0, 0);
  double x;
  fn(context, at, 0, &w, 1, &x);
  sd_mat_set(out, 0, 0, x);
  return SD_OK;
}

int sd_rng_fill(sd_rng at, sd_mat *out, sd_rng_chunk fn, const void *context) {
  _Alignas(64) uint64_t w[RNG_CHUNK];
  _Alignas(64) double x[RNG_CHUNK];
  ptrdiff_t total = out->rows * out->cols;
  int direct = out->dtype == SD_F64 && sd_mat_packed(out);
  if (total == 1) return fill_one(at, out, fn, context); /* which would cost a group of words */
  const sd_rng_kernel *kernel = sd_rng_now();
  for (ptrdiff_t k = 0; k < total; k += RNG_CHUNK) {
    ptrdiff_t n = total - k < RNG_CHUNK ? total - k : RNG_CHUNK;
    if (sd_interrupted()) return SD_EINTR;
    if (n == 1)
      w[0] = sd_rng_word(at, (uint64_t)k, 0);
    else
      kernel->words(at, (uint64_t)(k / RNG_GROUP), (n + RNG_GROUP - 1) / RNG_GROUP, 0, w);
    fn(context, at, (uint64_t)k, w, n, direct ? (double *)out->x + k : x);
    if (!direct) sd_rng_store(out, k, n, x);
  }
  return SD_OK;
}

/* ---- one word per element ---------------------------------------------------------------------*/

static void uniform(const void *context, sd_rng at, uint64_t k, const uint64_t *w, ptrdiff_t n,
                    double *x) {
  (void)context, (void)at, (void)k;
  sd_rng_now()->uniform(w, n, x);
}

/* 24 bits, which a float holds. */
static void uniform_f32(const void *context, sd_rng at, uint64_t k, const uint64_t *w, ptrdiff_t n,
                        double *x) {
  (void)context, (void)at, (void)k;
  for (ptrdiff_t i = 0; i < n; i++) x[i] = rng_closed(w[i] >> 40 << 40);
}

int sd_rng_uniform(sd_rng at, sd_mat *out) {
  return sd_rng_fill(at, out, out->dtype == SD_F32 ? uniform_f32 : uniform, NULL);
}

static void normal(const void *context, sd_rng at, uint64_t k, const uint64_t *w, ptrdiff_t n,
                   double *x) {
  (void)context, (void)at, (void)k;
  sd_rng_now()->normal(w, n, x);
}

int sd_rng_normal(sd_rng at, sd_mat *out) { return sd_rng_fill(at, out, normal, NULL); }

static void rademacher(const void *context, sd_rng at, uint64_t k, const uint64_t *w, ptrdiff_t n,
                       double *x) {
  (void)context, (void)at, (void)k;
  for (ptrdiff_t i = 0; i < n; i++) x[i] = rng_signed(1.0, w[i] >> 63);
}

int sd_rng_rademacher(sd_rng at, sd_mat *out) { return sd_rng_fill(at, out, rademacher, NULL); }

static void bernoulli(const void *context, sd_rng at, uint64_t k, const uint64_t *w, ptrdiff_t n,
                      double *x) {
  const sd_mat *p = context;
  double one = p->rows == 1 && p->cols == 1 ? sd_mat_get(p, 0, 0) : -1;
  (void)at;
  for (ptrdiff_t i = 0; i < n; i++) {
    ptrdiff_t e = (ptrdiff_t)k + i;
    double chance = one >= 0 ? one : sd_mat_get(p, e % p->rows, e / p->rows);
    x[i] = rng_closed(w[i]) < chance ? 1 : 0;
  }
}

int sd_rng_bernoulli(sd_rng at, const sd_mat *p, sd_mat *out) {
  if (!(p->rows == 1 && p->cols == 1) && !sd_mat_same_shape(p, out)) return SD_ESHAPE;
  for (ptrdiff_t j = 0; j < p->cols; j++)
    for (ptrdiff_t i = 0; i < p->rows; i++) {
      double chance = sd_mat_get(p, i, j);
      if (!(chance >= 0 && chance <= 1)) return SD_EARG;
    }
  return sd_rng_fill(at, out, bernoulli, p);
}

static void randint(const void *context, sd_rng at, uint64_t k, const uint64_t *w, ptrdiff_t n,
                    double *x) {
  uint64_t hi = *(const uint64_t *)context;
  for (ptrdiff_t i = 0; i < n; i++)
    x[i] = (double)(1 + (int64_t)sd_rng_below(at, k + (uint64_t)i, w[i], hi));
}

int sd_rng_randint(sd_rng at, uint64_t hi, sd_mat *out) {
  if (hi < 1 || hi > (uint64_t)1 << (out->dtype == SD_F32 ? 24 : 53)) return SD_EARG;
  return sd_rng_fill(at, out, randint, &hi);
}
