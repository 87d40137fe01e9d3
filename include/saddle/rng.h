/* Random numbers from a counter-based generator.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC
 * 2011) maps a 128-bit counter and a 64-bit key to 128 random bits. The counter of a draw is
 *
 *     (ordinal of the draw: 64 bits, attempt: 16 bits, block: 48 bits)
 *
 * as 32-bit words: block's lower half; its upper 16 bits, with the attempt above them; ordinal's
 * lower and upper half. The key's lower half comes first too. The result's first two words, lower
 * half first, are one 64-bit word, the other two another. Word k of a draw is the first (k/8 even)
 * or second (odd) of block 8 floor(k/16) + k mod 8: eight blocks at a time fill eight lanes.
 *
 * Element k is made of word k at attempt 0, or, for gamma and truncated normal, of both words of
 * block k: it is a function of (key, ordinal, k) and nothing else. A rejected
 * candidate raises the attempt of its own element. Hence neither rejection nor blocking, thread
 * count or instruction set shifts a number, and the first columns of a draw of (m,2n) are the
 * draw of (m,n) at the same ordinal. Elements are numbered down the columns from 0.
 *
 * No function here holds state: an sd_rng goes in by value, and who owns it adds one to its ordinal
 * after each draw, whatever the draw's size. Only IEEE arithmetic, square roots and functions of
 * our own (src/core/rng_math.h) are used, never a libm logarithm, so the bits are the same on every
 * machine; sd_rng_orthogonal alone goes through LAPACK and agrees up to rounding.
 *
 * An f32 draw is the f64 draw rounded (sd_rng_uniform: truncated, so that 1 stays out). Every
 * function returns SD_EARG when a parameter is outside its domain, and SD_EINTR. */
#ifndef SADDLE_RNG_H
#define SADDLE_RNG_H

#include "saddle/matrix.h"
#include <stdint.h>

typedef struct sd_rng {
  uint64_t key, ordinal;
} sd_rng;

/* out <- the ten rounds of Philox4x32 on counter under key. out may be counter. */
void sd_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Keys. With F, the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014),
 *   mix(key, word) = F(F(key + 0x9e3779b97f4a7c15) ^ F(word + 0xd1b54a32d192ed03)),
 * a bijection of word for a given key and of key for a given word; hash is 64-bit FNV-1a of n
 * bytes.
 *   root(seed, stream) = mix(mix(hash("root"), seed), stream)
 *   child(key, name) = mix(mix(key, hash("child")), name)
 * In scripts seeds are whole numbers in two's complement, and a stream or name that is a string
 * stands for its hash. */
uint64_t sd_rng_mix(uint64_t key, uint64_t word);
uint64_t sd_rng_hash(const void *bytes, size_t n);
uint64_t sd_rng_root(uint64_t seed, uint64_t stream);
uint64_t sd_rng_child(uint64_t key, uint64_t name);

/* ---- one number per element: out(m,n) of either dtype -----------------------------------------*/

/* Uniform on [0,1): (w >> 11) 2^-53 of the element's word w (f32: (w >> 40) 2^-24). */
int sd_rng_uniform(sd_rng at, sd_mat *out);
/* Standard normal: the x > 0 with P(Z > x) = ((w >> 12) + 1/2) 2^-53 (Wichura's AS 241, 1988),
 * negative when w is odd. Symmetric, never 0, |x| < 8.3. */
int sd_rng_normal(sd_rng at, sd_mat *out);
/* -1 when w >= 2^63, else 1. */
int sd_rng_rademacher(sd_rng at, sd_mat *out);
/* 1 with probability p(i,j), where the uniform of w is below it, else 0; p has out's shape or is
 * 1x1; either dtype. SD_EARG unless 0 <= p <= 1, SD_ESHAPE. p may be out (same header); no other
 * overlap. */
int sd_rng_bernoulli(sd_rng at, const sd_mat *p, sd_mat *out);
/* Whole numbers, uniform on 1..hi without bias: 1 + (w hi >> 64), unless w hi mod 2^64 is below
 * 2^64 mod hi: then again with the word of the next attempt (Lemire 2019). 1 <= hi <= 2^53, for f32
 * at most 2^24. */
int sd_rng_randint(sd_rng at, uint64_t hi, sd_mat *out);
/* k in 1..n with probability w[k-1] / sum(w). w(n elements, any shape, either dtype), not
 * overlapping out: >= 0, finite, not all 0; for f32 at most 2^24. An index of weight 0 is never
 * drawn. SD_ENOMEM. */
int sd_rng_categorical(sd_rng at, const sd_mat *w, sd_mat *out);
/* Gamma of the given shape in (0, 1e12], times scale > 0 (Marsaglia and Tsang 2000; below 1 with
 * their boost, in logarithms: a 0 means that the value is below the smallest double). */
int sd_rng_gamma(sd_rng at, double shape, double scale, sd_mat *out);
/* Standard normal given that it lies in [lo,hi], lo < hi, either infinite; exact in the tails too
 * (rejection; at least one candidate in four is taken). f32 rounding may step out by half an
 * ulp. */
int sd_rng_truncated_normal(sd_rng at, double lo, double hi, sd_mat *out);

/* ---- columns and matrices ---------------------------------------------------------------------*/

/* out(m,n) <- columns uniform on the unit sphere of R^m: those of sd_rng_normal, normalised. */
int sd_rng_sphere(sd_rng at, sd_mat *out);
/* out(m,n) <- orthonormal columns, m >= n, Haar distributed: Q of the QR factorisation of
 * sd_rng_normal's (m,n) with R's diagonal positive (Mezzadri 2007). SD_ESHAPE, SD_ENOMEM,
 * SD_ETOOBIG. */
int sd_rng_orthogonal(sd_rng at, sd_mat *out);

/* ---- indices, 1-based as scripts count: out(1,k), f64 -----------------------------------------*/

/* out(1,k) <- k distinct of 1..n, each ordered choice equally likely: the first k steps of Fisher
 * and Yates, so k = n is a permutation and a smaller k its beginning. O(k) memory. k <= n <= 2^53.
 * SD_ENOMEM. */
int sd_rng_choice(sd_rng at, uint64_t n, sd_mat *out);
/* out(1,B) <- batch t (counted from 0) of a walk through shuffled epochs: B distinct indices of
 * 1..n, a function of (key, n, B, t) in O(B) time. Epoch e is a keyed permutation of 1..n; batch t
 * stands at t*B of the epochs laid end to end, so batches within an epoch are disjoint and each
 * epoch visits each index once. A batch that straddles two epochs takes the tail of the first; an
 * index of that tail which the next epoch would name within the same batch is deferred to that
 * epoch's following batch. When n/2 < B < n an epoch has room for one batch, and batch t is the
 * beginning of epoch t. 1 <= B <= n <= 2^53, t < 2^53. The permutation is exactly uniform for
 * n <= 256, and beyond that a Feistel network (eight rounds) walked within 1..n. */
int sd_rng_minibatch(uint64_t key, uint64_t n, uint64_t t, sd_mat *out);

#endif
