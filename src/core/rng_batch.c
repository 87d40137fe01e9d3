/* Minibatches: keyed permutations that name any position without the others (see rng.h).
 *
 * A Feistel network on b bits, 2^(b-1) < n <= 2^b, permutes 0..2^b-1 (M. Luby, C. Rackoff, SIAM J.
 * Comput. 17, 1988); applying it until the result is below n permutes 0..n-1, in fewer than two
 * steps on average (J. Black, P. Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). It
 * is a simulation's shuffle, not a cipher. Up to TABLE it would be coarse, and a table is as
 * quick. */
#include "rng_kernel.h"
#include "saddle/rng.h"
#include "saddle/status.h"

__extension__ typedef unsigned __int128 wide;

enum { TABLE = 256, ROUNDS = 8 };

typedef struct epoch {
  uint64_t n;
  uint64_t round[ROUNDS];              /* keys of the network's rounds */
  int left, right;                     /* bits of the two halves */
  uint16_t index[TABLE], place[TABLE]; /* n <= TABLE: the permutation and its inverse */
} epoch;

static void shuffle(epoch *e, sd_rng at) {
  _Alignas(64) uint64_t w[TABLE];
  sd_rng_now()->words(at, 0, (ptrdiff_t)(e->n + RNG_GROUP - 1) / RNG_GROUP, 0, w);
  for (uint64_t i = 0; i < e->n; i++) e->index[i] = (uint16_t)i;
  for (uint64_t i = 0; i + 1 < e->n; i++) {
    uint64_t j = i + sd_rng_below(at, i, w[i], e->n - i);
    uint16_t card = e->index[j];
    e->index[j] = e->index[i];
    e->index[i] = card;
  }
  for (uint64_t i = 0; i < e->n; i++) e->place[e->index[i]] = (uint16_t)i;
}

static void epoch_open(epoch *e, uint64_t key, uint64_t n, uint64_t number) {
  sd_rng at = {sd_rng_mix(sd_rng_mix(key, sd_rng_hash("epoch", 5)), number), 0};
  int bits = 1;
  e->n = n;
  if (n <= TABLE) {
    shuffle(e, at);
    return;
  }
  while (bits < 63 && (uint64_t)1 << bits < n) bits++;
  e->left = bits / 2, e->right = bits - e->left;
  for (uint64_t r = 0; r < ROUNDS; r++) e->round[r] = sd_rng_word(at, r, 0);
}

/* Round r on the number (left half, right half): one half is changed by a function of the other, so
 * each round is its own inverse. */
static uint64_t feistel_round(const epoch *e, int r, uint64_t x) {
  uint64_t low = ((uint64_t)1 << e->right) - 1, half = r % 2 ? x >> e->right : x & low;
  uint64_t f = (half + e->round[r]) * 0xbf58476d1ce4e5b9u;
  f = (f ^ f >> 29) * 0x94d049bb133111ebu;
  f >>= 64 - (r % 2 ? e->right : e->left); /* the product's upper bits are its best */
  return x ^ (r % 2 ? f : f << e->right);
}

/* The index at a position of the epoch, and the position of an index; both from 0. */
static uint64_t index_at(const epoch *e, uint64_t x) {
  if (e->n <= TABLE) return e->index[x]; /* filled by shuffle NOLINT(*UndefReturn) */
  do {
    for (int r = 0; r < ROUNDS; r++) x = feistel_round(e, r, x);
  } while (x >= e->n);
  return x;
}

static uint64_t place_of(const epoch *e, uint64_t x) {
  if (e->n <= TABLE) return e->place[x];
  do {
    for (int r = ROUNDS - 1; r >= 0; r--) x = feistel_round(e, r, x);
  } while (x >= e->n);
  return x;
}

/* Writes the index, and says how many there are then. */
static ptrdiff_t put(sd_mat *out, ptrdiff_t i, uint64_t index) {
  sd_mat_set(out, 0, i, (double)(index + 1));
  return i + 1;
}

/* Walks epoch `e` from its start until `fresh` indices have been met that are not among the last
 * `tail` of the epoch `before`, and writes those (deferred = 0) or the others (deferred = 1) from
 * element i of out on, as far as it reaches. *past is the position after the walk. */
static ptrdiff_t head(const epoch *e, const epoch *before, uint64_t tail, uint64_t fresh,
                      int deferred, sd_mat *out, ptrdiff_t i, uint64_t *past) {
  for (*past = 0; fresh > 0; ++*past) {
    uint64_t index = index_at(e, *past);
    int seen = place_of(before, index) >= e->n - tail;
    fresh -= !seen;
    if (seen == deferred && i < out->cols) i = put(out, i, index);
  }
  return i;
}

/* Batches of epochs laid end to end, n >= 2B or B = n; see the contract for the order within. The
 * deferral reaches no further than position B of its epoch, and a tail starts behind n - B, so
 * tails are those of the plain permutations and no batch needs more than two of them. */
static void walk(uint64_t key, uint64_t n, uint64_t t, sd_mat *out) {
  uint64_t size = (uint64_t)out->cols, past;
  wide start = (wide)t * size;
  uint64_t number = (uint64_t)(start / n), from = (uint64_t)(start % n);
  uint64_t tail = (uint64_t)((wide)number * n % size), fresh = tail ? size - tail : 0;
  ptrdiff_t i = 0;
  epoch e, other;
  epoch_open(&e, key, n, number);
  if (fresh > 0 && from == fresh) { /* the batch after a straddling one: the deferred go first */
    epoch_open(&other, key, n, number - 1);
    i = head(&e, &other, tail, fresh, 1, out, i, &past);
    from = past;
  }
  while (i < out->cols && from < n) i = put(out, i, index_at(&e, from++));
  if (i < out->cols) { /* straddling: its first i are the tail of e */
    epoch_open(&other, key, n, number + 1);
    head(&other, &e, (uint64_t)i, size - (uint64_t)i, 0, out, i, &past);
  }
}

int sd_rng_minibatch(uint64_t key, uint64_t n, uint64_t t, sd_mat *out) {
  const uint64_t most = (uint64_t)1 << 53;
  uint64_t size = (uint64_t)out->cols;
  if (out->rows != 1) return SD_ESHAPE;
  if (out->dtype != SD_F64) return SD_EDTYPE;
  if (size < 1 || size > n || n > most || t >= most) return SD_EARG;
  if (n % size == 0 || n / 2 >= size)
    walk(key, n, t, out);
  else {
    epoch e;
    epoch_open(&e, key, n, t);
    for (ptrdiff_t i = 0; i < out->cols;) i = put(out, i, index_at(&e, (uint64_t)i));
  }
  return SD_OK;
}
