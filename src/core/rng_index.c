/* Indices: by weight, without replacement, and minibatches (see rng.h). */
#include "rng_kernel.h"
#include "rng_math.h"
#include "saddle/memory.h"
#include "saddle/rng.h"
#include "saddle/status.h"

/* ---- categorical: search in the cumulative weights, from a guide table --------------------------
 * H.-C. Chen, Y. Asau, "On generating random variates from an empirical distribution", AIIE Trans.
 * 6 (1974): guide[g] is where the search for g/n starts, so it takes two steps on average. */
typedef struct weights {
  const double *sum; /* cumulative, divided by the largest weight */
  const ptrdiff_t *guide;
  ptrdiff_t n, last; /* the number of weights, and the last positive one */
} weights;

static void categorical(const void *context, sd_rng at, uint64_t k, const uint64_t *w, ptrdiff_t n,
                        double *x) {
  const weights *p = context;
  (void)at, (void)k;
  for (ptrdiff_t i = 0; i < n; i++) {
    double u = rng_closed(w[i]), t = u * p->sum[p->n - 1];
    ptrdiff_t e = p->guide[(ptrdiff_t)(u * (double)p->n)];
    while (e > 0 && p->sum[e - 1] > t) e--;    /* the first one whose sum passes t: its weight */
    while (e < p->last && p->sum[e] <= t) e++; /* is positive, and rounding at the end is caught */
    x[i] = (double)(e + 1);
  }
}

static int accumulate(const sd_mat *w, double *sum, weights *p) {
  double largest = 0, total = 0;
  for (ptrdiff_t k = 0; k < p->n; k++) {
    double v = sum[k] = sd_mat_get(w, k % w->rows, k / w->rows);
    if (!(v >= 0 && v < INFINITY)) return SD_EARG;
    if (v > largest) largest = v;
    if (v > 0) p->last = k;
  }
  if (!(largest > 0)) return SD_EARG;
  for (ptrdiff_t k = 0; k < p->n; k++) sum[k] = total += sum[k] / largest;
  return SD_OK;
}

int sd_rng_categorical(sd_rng at, const sd_mat *w, sd_mat *out) {
  weights p = {NULL, NULL, w->rows * w->cols, 0};
  if (p.n < 1 || (out->dtype == SD_F32 && p.n > 1 << 24)) return SD_EARG;
  double *sum = sd_alloc((size_t)p.n, sizeof *sum);
  ptrdiff_t *guide = sd_alloc((size_t)p.n, sizeof *guide);
  int status = sum && guide ? accumulate(w, sum, &p) : SD_ENOMEM;
  if (status != SD_OK) goto done;
  for (ptrdiff_t g = 0, e = 0; g < p.n; g++) {
    while (e < p.last && sum[e] <= (double)g / (double)p.n * sum[p.n - 1]) e++;
    guide[g] = e;
  }
  p.sum = sum, p.guide = guide;
  status = sd_rng_fill(at, out, categorical, &p);
done:
  sd_free(guide);
  sd_free(sum);
  return status;
}

/* ---- without replacement: Fisher and Yates ------------------------------------------------------
 * Step i exchanges positions i and j, j uniform on i..n-1. What stands at a position is the
 * position itself until an exchange touches it; for n large against k only those are kept, in a
 * hash table with linear probing, at most half full. */
typedef struct deck {
  uint64_t *card;     /* dense: what stands at each position; hashed: at the slot's position */
  uint64_t *position; /* hashed: the slot's position plus 1, 0 when free; dense: NULL */
  uint64_t mask;
} deck;

/* Where the card at position i is kept; in the hash table a slot is made when there is none. */
static uint64_t *card_at(const deck *d, uint64_t i) {
  if (d->position == NULL) return &d->card[i];
  uint64_t s = sd_rng_mix(0, i) & d->mask;
  while (d->position[s] != 0 && d->position[s] != i + 1) s = (s + 1) & d->mask;
  if (d->position[s] == 0) d->position[s] = i + 1, d->card[s] = i;
  return &d->card[s];
}

static int deck_open(deck *d, uint64_t n, uint64_t k) {
  uint64_t size = n;
  if (n / 4 > k) { /* at most two slots a step, half full */
    for (size = 4; size < 4 * k;) size *= 2;
    d->position = sd_alloc(size, sizeof *d->position);
    if (d->position == NULL) return SD_ENOMEM;
    memset(d->position, 0, size * sizeof *d->position);
  }
  d->mask = size - 1;
  d->card = sd_alloc(size, sizeof *d->card);
  if (d->card == NULL) return SD_ENOMEM;
  if (d->position == NULL)
    for (uint64_t i = 0; i < n; i++) d->card[i] = i;
  return SD_OK;
}

typedef struct dealing {
  deck d;
  uint64_t n;
} dealing;

static void deal(const void *context, sd_rng at, uint64_t k, const uint64_t *w, ptrdiff_t n,
                 double *x) {
  const dealing *c = context;
  for (ptrdiff_t i = 0; i < n; i++) {
    uint64_t from = k + (uint64_t)i, j = from + sd_rng_below(at, from, w[i], c->n - from);
    uint64_t *here = card_at(&c->d, from), *there = card_at(&c->d, j), card = *there;
    *there = *here;
    x[i] = (double)(card + 1);
  }
}

int sd_rng_choice(sd_rng at, uint64_t n, sd_mat *out) {
  dealing c = {{NULL, NULL, 0}, n};
  int status;
  if (out->rows != 1) return SD_ESHAPE;
  if (out->dtype != SD_F64) return SD_EDTYPE;
  if (n > (uint64_t)1 << 53 || (uint64_t)out->cols > n) return SD_EARG;
  status = deck_open(&c.d, n, (uint64_t)out->cols);
  if (status == SD_OK) status = sd_rng_fill(at, out, deal, &c);
  sd_free(c.d.card);
  sd_free(c.d.position);
  return status;
}
