/* Products with a small side: which loop of src/core/isa takes them, and how (see product.h).
 *
 * BLAS packs its operands for large products and pays 100 ns to microseconds before it multiplies.
 * With a side of up to 16, and with vectors that fit in cache, two loops do better: one adds
 * columns of A, which must be contiguous, the other takes dot products of rows of A and columns of
 * B. Each also serves C' = B' A', and the rows of A can be turned to columns (or the other way)
 * block by block on the stack. What is cheapest is told by counting vector operations. */
#include "product.h"
#include "isa/table.h"
#include "saddle/blas.h"
#include "saddle/isa.h"
#include <stdint.h>

/* Elements of a turned block, and its extent along k; between its columns a gap, where all would
 * else fall into few sets of the cache. */
enum { TURNED = 4096, DEEP = 256, GAP = 8 };

/* A small side; so few multiplications that a choice would take longer; the most elements of an
 * operand, and multiplications, that are not left to BLAS. */
enum { SMALL = 16, FEW = 128, LARGE = 1 << 18, MOST = 1 << 22 };

/* A way to do a product: which loop, on P, what is turned for it, the cost in half cycles; whether
 * P has been swapped. */
enum { NOTHING, OF_A, OF_B };
typedef struct way {
  int loop, turned;
  ptrdiff_t cost;
  int swaps;
} way;

/* Half cycles: storing a vector of C, or an element on its own; turning an element of A; a row that
 * is reduced alone; a turned block. */
enum { STORE = 2, SCATTER = 6, TURN = 2, ALONE = 30, BLOCK = 60 };

/* Loads and multiplications of the loop over columns: eight columns of C share a load of A. */
static way by_columns(const sd_product *p, int log_lanes) {
  ptrdiff_t vm = (p->m + (1 << log_lanes) - 1) >> log_lanes;
  way w = {SD_PRODUCT_COLUMNS, p->ai != 1 ? OF_A : NOTHING, 0, 0};
  w.cost = p->k * vm * (p->n + (p->n + 7) / 8) + p->n * (p->ci == 1 ? STORE * vm : SCATTER * p->m);
  if (w.turned) w.cost += BLOCK + TURN * p->m * p->k;
  return w;
}

/* Rows that fill a vector are reduced together; each of fewer takes two loads a multiplication. */
static way by_dots(const sd_product *p, int log_lanes) {
  ptrdiff_t lanes = (ptrdiff_t)1 << log_lanes, rest = p->m & (lanes - 1);
  ptrdiff_t vk = (p->k + lanes - 1) >> log_lanes, alone = rest <= lanes / 2 ? rest : 0;
  ptrdiff_t together = p->m - rest + (alone ? 0 : lanes);
  way w = {SD_PRODUCT_DOTS, p->al != 1 ? OF_A : p->bl != 1 ? OF_B : NOTHING, 0, 0};
  w.cost = p->n * (together * (3 * vk + 10) / 2 + alone * (2 * vk + ALONE));
  if (p->ci != 1) w.cost += SCATTER * p->n * p->m;
  if (w.turned == OF_A) w.cost += BLOCK + TURN * p->m * p->k;
  if (w.turned == OF_B) w.cost += BLOCK + TURN * p->n * p->k;
  if (p->bl != 1 && (w.turned == OF_A || p->n * p->k > TURNED)) w.cost = PTRDIFF_MAX;
  return w;
}

/* C' = B' A'. */
static sd_product swapped(const sd_product *p) {
  return (sd_product){p->n,  p->m,  p->k,  p->b,  p->a,  p->c,     p->bj,
                      p->bl, p->al, p->ai, p->cj, p->ci, p->alpha, p->beta};
}

/* The cheapest of the ways to do P; P may become the swapped one. Of a product with a vector, or of
 * little work, it is one that turns nothing. */
static way cheapest(sd_product *p, int log_lanes) {
  int few = p->n == 1 || p->m * p->n * p->k <= FEW;
  if (few && p->ai == 1 && p->m > 1) return (way){SD_PRODUCT_COLUMNS, NOTHING, 0, 0};
  if (few && p->al == 1 && p->bl == 1) return (way){SD_PRODUCT_DOTS, NOTHING, 0, 0};
  sd_product s = swapped(p);
  way ways[] = {by_columns(p, log_lanes), by_dots(p, log_lanes), by_columns(&s, log_lanes),
                by_dots(&s, log_lanes)};
  int best = 0;
  for (int i = 1; i < 4; i++)
    if (ways[i].cost < ways[best].cost) best = i;
  ways[best].swaps = best >= 2;
  if (best >= 2) *p = s;
  return ways[best];
}

static const void *plus(const void *x, ptrdiff_t elements, ptrdiff_t size) {
  return (const char *)x + elements * size;
}

/* P in blocks of columns whose part of C fits in the first-level cache, if eight of them do. */
static void run_direct(const sd_product *p, sd_product_loop *loop, ptrdiff_t size) {
  if (p->n <= 8) {
    loop(p);
    return;
  }
  ptrdiff_t wide = p->m < TURNED ? (TURNED / p->m + 7) / 8 * 8 : 8;
  for (ptrdiff_t j = 0; j < p->n; j += wide) {
    sd_product q = *p;
    q.n = p->n - j < wide ? p->n - j : wide;
    q.b = plus(p->b, j * p->bj, size);
    q.c = (char *)p->c + j * p->cj * size;
    loop(&q);
  }
}

/* P with all of B turned, which is no larger than a block. */
static void run_turned_b(const sd_product *p, sd_product_loop *loop, int dtype) {
  double block[TURNED];
  sd_product q = *p;
  sd_kernels_now()->turns[dtype](p->n, p->k, p->b, p->bl, block, p->k);
  q.b = block, q.bl = 1, q.bj = p->k;
  run_direct(&q, loop, (ptrdiff_t)sd_dtype_size(dtype));
}

/* P with blocks of A turned: the loop wants the other of its steps to be 1. */
static void run_turned_a(const sd_product *p, sd_product_loop *loop, int dtype) {
  double block[TURNED + GAP * TURNED / 64];
  ptrdiff_t deep = p->k < DEEP ? p->k : DEEP, wide = TURNED / deep;
  ptrdiff_t size = (ptrdiff_t)sd_dtype_size(dtype);
  sd_turn_loop *turn = sd_kernels_now()->turns[dtype];
  for (ptrdiff_t l = 0; l < p->k; l += deep)
    for (ptrdiff_t i = 0; i < p->m; i += wide) {
      sd_product q = *p;
      q.k = p->k - l < deep ? p->k - l : deep;
      q.m = p->m - i < wide ? p->m - i : wide;
      int rows = p->al == 1; /* A's rows are contiguous: they become columns */
      ptrdiff_t across = rows ? q.m : q.k, ld = across + (across % 64 == 0 ? GAP : 0);
      turn(rows ? q.k : q.m, across, plus(p->a, i * p->ai + l * p->al, size), rows ? p->ai : p->al,
           block, ld);
      q.a = block, q.ai = rows ? 1 : ld, q.al = rows ? ld : 1;
      q.b = plus(p->b, l * p->bl, size);
      q.c = (char *)p->c + i * p->ci * size;
      if (l > 0) q.beta = 1;
      run_direct(&q, loop, size);
    }
}

/* Where the loops were measured to be no slower than OpenBLAS: a side of up to SMALL, operands that
 * fit in the second-level cache, no more work than would repay a second thread. Columns of two or
 * three elements times a vector do not fill a vector register. */
static int is_small(const sd_product *p) {
  ptrdiff_t least = p->m < p->n ? p->m : p->n;
  double m = (double)p->m, n = (double)p->n, k = (double)p->k;
  if (p->k < least) least = p->k;
  if (least > SMALL) return 0;
  if (m * n * k > FEW && (m * n * k > MOST || m * k > LARGE || n * k > LARGE)) return 0;
  if (p->k > 1 && p->k < 4) return !(p->n == 1 && p->ai != 1) && !(p->m == 1 && p->bj != 1);
  return 1;
}

int sd_product_way(int transa, int transb, double alpha, const sd_mat *a, const sd_mat *b,
                   double beta, const sd_mat *c, sd_gemm_way *w) {
  int log_lanes = 1 + sd_isa() + (a->dtype == SD_F32);
  sd_product p = {.m = c->rows, .n = c->cols, .k = transa ? a->rows : a->cols};
  p.alpha = alpha, p.beta = beta;
  p.ai = transa ? a->ld : 1, p.al = transa ? 1 : a->ld;
  p.bl = transb ? b->ld : 1, p.bj = transb ? 1 : b->ld;
  p.ci = 1, p.cj = c->ld;
  if (p.m == 1) p.ai = 1; /* a step that is never taken */
  if (p.k == 1) p.al = p.bl = 1;
  if (p.n == 1) p.bj = p.cj = 1;
  sd_product_loop *const *loops = sd_kernels_now()->products[a->dtype];
  if (alpha == 0 || loops[0] == NULL || !is_small(&p)) return 0;
  int swaps = p.m == 1;
  if (swaps) p = swapped(&p);
  way best = cheapest(&p, log_lanes);
  *w = (sd_gemm_way){p, loops[best.loop], a->dtype, swaps ^ best.swaps, best.turned};
  return 1;
}

void sd_gemm_decided(sd_gemm_way *w, const void *a, const void *b, void *c) {
  sd_product *p = &w->p;
  p->a = w->swapped ? b : a;
  p->b = w->swapped ? a : b;
  p->c = c;
  if (w->turned == OF_A)
    run_turned_a(p, w->loop, w->dtype);
  else if (w->turned == OF_B)
    run_turned_b(p, w->loop, w->dtype);
  else
    run_direct(p, w->loop, (ptrdiff_t)sd_dtype_size(w->dtype));
}
