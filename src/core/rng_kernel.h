/* What the generator's files share: words in bulk, one word, and the loop over a matrix.
 *
 * Blocks of Philox come in groups of eight. The group's 16 words are the first words of its eight
 * blocks, then their second words: with eight 64-bit lanes, or four, or two, nothing has to be
 * shuffled. Word k of a draw is thus half (k/8)%2 of block 8(k/16) + k%8. */
#ifndef SADDLE_CORE_RNG_KERNEL_H
#define SADDLE_CORE_RNG_KERNEL_H

#include "saddle/rng.h"

enum { RNG_GROUP = 16, RNG_CHUNK = 256 }; /* words per group, words made at a time */

typedef struct sd_rng_kernel {
  const char *name;
  /* w <- the words of `groups` groups from number `group` on, at the given attempt */
  void (*words)(sd_rng at, uint64_t group, ptrdiff_t groups, uint32_t attempt, uint64_t *w);
  /* x <- the uniform on [0,1), or the normal number, of each of n <= RNG_CHUNK words */
  void (*uniform)(const uint64_t *w, ptrdiff_t n, double *x);
  void (*normal)(const uint64_t *w, ptrdiff_t n, double *x);
} sd_rng_kernel;

/* src/core/isa/rng_fill.c, once per instruction set; all give the same bits. */
extern const sd_rng_kernel sd_rng_kernel_base, sd_rng_kernel_avx2, sd_rng_kernel_avx512;
const sd_rng_kernel *sd_rng_now(void); /* that of the instruction set in use */

/* The two words of a block; word k of a draw; at an attempt below 2^16. */
void sd_rng_block(sd_rng at, uint64_t block, uint32_t attempt, uint64_t w[2]);
uint64_t sd_rng_word(sd_rng at, uint64_t k, uint32_t attempt);

/* Uniform on 0..n-1, n >= 1, from w, which is word k of a draw at attempt 0. Lemire's method: the
 * upper half of w*n, unless the lower half is below 2^64 mod n. */
uint64_t sd_rng_below(sd_rng at, uint64_t k, uint64_t w, uint64_t n);

/* Calls fn for each chunk of out: x <- n numbers made of words k, k+1, ..., k+n-1 (w). */
typedef void (*sd_rng_chunk)(const void *context, sd_rng at, uint64_t k, const uint64_t *w,
                             ptrdiff_t n, double *x);
int sd_rng_fill(sd_rng at, sd_mat *out, sd_rng_chunk fn, const void *context);

/* Writes x[0..n-1] to the elements k, k+1, ... of out (down the columns). */
void sd_rng_store(sd_mat *out, ptrdiff_t k, ptrdiff_t n, const double *x);

#endif
