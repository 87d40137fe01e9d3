/* The walk of chains over blocks (see chain.h).
 *
 * Elements are taken in column-major order. Where every operand is contiguous or constant the whole
 * shape is one long column. Else a block is cut where a column ends, so that a row that is laid
 * over the shape is a constant, and a column is contiguous; and where columns are short, operands
 * are packed instead. The blocks of a chain with reductions are those of reduce.c, so that sums are
 * the same bits.
 *
 * A chain of numbers is run without a walk, and so is one of a few elements, whose loops take whole
 * vectors: a store of a part of one holds up the next link, which loads it, for as long as the link
 * takes. So operands are padded with zeros, and results get their elements in the end. */
#include "saddle/chain.h"
#include "fold.h"
#include "link.h"
#include <math.h>
#include <string.h>

enum { SHORT = 64 };                /* shorter columns are joined; no block is smaller */
enum { LARGEST = 512, L1 = 24576 }; /* elements of a block; bytes that all slots should fit */
enum { GAP = 24 };                  /* elements between slots, for the cache's sets */
enum { JOINT = 4 };                 /* blocks that are computed before they are reduced */
enum { PAD = 16 };                  /* elements that packing may write too far */
enum { LINE = 64 };                 /* bytes that loops over a few elements fill */
enum { NONE, ONE, FEW, WHOLE, CUT, JOINED }; /* walks */
enum { STAYS, RUNS, PACKED, REPEATS }; /* how a place moves; the last two differ in JOINED alone */

static int is_number(const sd_chain *c) { return c->rows == 1 && c->cols == 1; }

static ptrdiff_t block_of(const sd_chain *c) {
  ptrdiff_t n = L1 / 8 / (c->nslots + 1) / 16 * 16, total = c->rows * c->cols;
  n = n < SHORT ? SHORT : n > LARGEST ? LARGEST : n;
  if (c->nfolds) n = c->nslots ? SD_FOLD_BLOCK : JOINT * SD_FOLD_BLOCK;
  return total < n ? (total + 15) / 16 * 16 : n;
}

/* Elements from one slot to the next. */
static ptrdiff_t slot_of(const sd_chain *c) { return block_of(c) + GAP; }

/* Elements of a packed operand: it starts at the head of a column and ends at the foot of one. */
static ptrdiff_t packed_of(const sd_chain *c) { return block_of(c) + 2 * SHORT + PAD; }

static ptrdiff_t lines_of(const sd_chain *c) { return c->dim == 0 ? 1 : c->cols; }
static ptrdiff_t length_of(const sd_chain *c) { return c->dim == 0 ? c->rows * c->cols : c->rows; }

static int is_few(const sd_chain *c) {
  return c->rows * c->cols <= SHORT && (c->nfolds == 0 || lines_of(c) == 1);
}

static size_t folds_size(const sd_chain *c) {
  size_t n = (size_t)c->nfolds;
  return (n * sizeof(sd_fold) + n * (size_t)lines_of(c) * sizeof(double) + 63) / 64 * 64;
}

size_t sd_chain_scratch(const sd_chain *c) {
  ptrdiff_t packed = is_number(c) ? 0 : (c->nin + (is_few(c) ? c->nout : 0)) * packed_of(c);
  return folds_size(c) + (size_t)(c->nslots * slot_of(c) + packed) * sizeof(double);
}

int sd_chain_reduces(int fn) { return sd_fold_kind(fn) >= 0; }

/* ---- binding ----------------------------------------------------------------------------------*/

static ptrdiff_t size_of(const sd_place *p) { return p->m.dtype == SD_F32 ? 4 : 8; }

/* How an operand, or a result of the chain's shape, is laid over the shape. */
static void lay(const sd_chain *c, sd_place *p) {
  ptrdiff_t rows = p->turned ? p->m.cols : p->m.rows, cols = p->turned ? p->m.rows : p->m.cols;
  p->rs = rows == c->rows && c->rows > 1 ? (p->turned ? p->m.ld : 1) : 0;
  p->cs = cols == c->cols && c->cols > 1 ? (p->turned ? 1 : p->m.ld) : 0;
  if (p->rs == 0 && p->cs == 0)
    p->moves = STAYS;
  else if ((p->rs == 1 || c->rows == 1) && (p->cs == c->rows || c->cols == 1))
    p->moves = RUNS;
  else
    p->moves = p->cs == 0 ? REPEATS : PACKED;
}

/* Memory: folds and totals, then slots, then packed operands. */
static void bind_places(sd_chain *c, char *scratch) {
  int made = c->nin + c->nout;
  ptrdiff_t packed = packed_of(c) * 8;
  char *slots = scratch + folds_size(c), *at = slots + c->nslots * slot_of(c) * 8;
  c->folds = (sd_fold *)(void *)scratch;
  c->totals = (double *)(void *)(c->folds + c->nfolds);
  for (int i = 0; i < made + c->nslots; i++) {
    sd_place *p = &c->places[i];
    p->moves = STAYS;
    p->rs = p->cs = 0;
    p->buffer = i >= made                 ? slots + (i - made) * slot_of(c) * 8
                : i < c->nin || is_few(c) ? at + i * packed
                                          : NULL;
    if (i < made - c->nfolds) lay(c, p);
    p->at = i < made ? p->m.x : p->buffer;
    int runs = i >= c->nin || p->moves == RUNS; /* elements follow each other */
    p->down = (runs ? 1 : p->rs) * size_of(p);
    p->across = (runs ? c->rows : p->cs) * size_of(p);
    p->step = i >= c->nin || p->moves != STAYS;
  }
}

/* Where a few elements are read and written, and how many; which places are padded. */
static void pad_few(sd_chain *c) {
  ptrdiff_t total = c->rows * c->cols, vector = LINE / 8;
  c->padded = c->copied = NULL;
  for (int i = 0; i < c->nin + c->nout + c->nslots; i++)
    if (c->places[i].m.dtype == SD_F32) vector = LINE / 4;
  c->line = (total + vector - 1) / vector * vector;
  for (int i = 0; i < c->nin + c->nout - c->nfolds; i++) {
    sd_place *p = &c->places[i];
    int room = p->roomy && vector * size_of(p) == LINE; /* f64 needs more in a chain with f32 */
    int padded = c->line != total && !room && (i >= c->nin || p->moves != STAYS);
    sd_place **list = i < c->nin ? &c->padded : &c->copied;
    p->at = padded ? p->buffer : p->m.x;
    if (padded) p->next = *list, *list = p;
  }
}

/* The dtype of most links: of the first one. */
static int dtype_of(const sd_chain *c) { return c->places[c->links[0].out].m.dtype; }

static void bind_few(sd_chain *c) {
  if (c->walk == FEW) pad_few(c);
  sd_links_settle(c, c->walk == ONE ? SD_F64 : dtype_of(c));
}

/* Links up to the last one that reads what is laid over run piece by piece, the others block by
 * block. Blocks go on where a column ends if reductions want them to, or if that makes for fewer
 * calls of loops. */
static void lay_links(sd_chain *c) {
  ptrdiff_t links = c->nlinks - c->nfolds, blocks = (c->rows * c->cols - 1) / c->block + 1;
  c->nlaid = 0;
  for (int i = 0; i < links; i++)
    for (int k = 0; k < sd_link_reads(&c->links[i]); k++)
      if (c->places[c->links[i].in[k]].moves >= PACKED) c->nlaid = i + 1;
  ptrdiff_t crossing = c->nlaid * (blocks + c->cols) + (links - c->nlaid) * blocks;
  c->crosses =
      c->nfolds ? c->dim == 0 : crossing < links * c->cols * ((c->rows - 1) / c->block + 1);
  if (!c->crosses) c->nlaid = (int)links;
}

/* Pieces are of one column: what is laid over the rows is one element there. Where there is nothing
 * to keep in cache from one link to the next, a piece is as long as it can be. */
static void bind_cut(sd_chain *c) {
  c->gathers = 0;
  lay_links(c);
  for (int i = 0; i < c->nin; i++) {
    sd_place *p = &c->places[i];
    if (p->moves < PACKED) continue;
    p->step = p->rs != 0;
    c->gathers |= p->rs > 1;
  }
  if (c->nlinks == 1 && !c->gathers) c->block = c->rows * c->cols;
}

void sd_chain_bind(sd_chain *c, void *scratch) {
  const sd_kernels *k = sd_kernels_now();
  int flat = 1;
  c->kernels = k;
  c->block = block_of(c);
  bind_places(c, scratch);
  for (int i = 0; i < c->nlinks; i++) sd_link_bind(c, k, &c->links[i]);
  for (int i = 0; i < c->nin; i++) flat = flat && c->places[i].moves <= RUNS;
  c->walk = c->rows * c->cols == 0     ? NONE
            : is_number(c)             ? ONE
            : flat && is_few(c)        ? FEW
            : flat || c->rows >= SHORT ? CUT
                                       : JOINED;
  c->line = flat ? c->rows * c->cols : c->rows;
  if (c->walk <= FEW) bind_few(c);
  if (c->walk >= CUT && c->nfolds && c->dim == 1) { /* blocks end where columns do */
    if (c->walk == CUT && c->rows < SHORT) c->walk = JOINED;
    c->line = c->rows;
    if (c->walk == JOINED) c->block = c->block / c->rows * c->rows;
  }
  if (c->walk == CUT) bind_cut(c);
  int single = flat && c->line == c->rows * c->cols && c->line <= c->block;
  if (c->walk == CUT && single) c->walk = WHOLE;
}

void sd_chain_moved(sd_chain *c) {
  if (c->walk == CUT) return; /* where a piece starts is told from the headers */
  for (int i = 0; i < c->nin + c->nout; i++) c->places[i].at = c->places[i].m.x;
  if (c->walk <= FEW) bind_few(c);
}

/* ---- reductions -------------------------------------------------------------------------------*/

/* A part of the shape, elements from..to in column-major order, of which the reductions fold..end
 * take totals. */
typedef struct pass {
  ptrdiff_t from, to;
  int fold, end;
} pass;

static const sd_link *fold_link(const sd_chain *c, int k) {
  return &c->links[c->nlinks - c->nfolds + k];
}

/* The n elements from the e-th on go into the reductions: a block's, or of whole columns. */
static void fold_block(const sd_chain *c, const pass *w, ptrdiff_t e, ptrdiff_t n) {
  ptrdiff_t length = length_of(c);
  ptrdiff_t first = c->dim == 0 ? 0 : e / length;
  for (int k = w->fold; k < w->end; k++) {
    const sd_place *p = &c->places[fold_link(c, k)->in[0]];
    int slot = p >= c->places + c->nin + c->nout || p->at == p->buffer;
    const char *x = slot ? p->buffer : (char *)p->m.x + e * size_of(p);
    sd_fold *f = &c->folds[k];
    ptrdiff_t i = e - first * length, j = first;
    for (ptrdiff_t left = n, take; left > 0; left -= take, x += take * size_of(p)) {
      take = length - i < left ? length - i : left;
      if (take > SD_FOLD_BLOCK) take = SD_FOLD_BLOCK;
      sd_fold_block(f, p->m.dtype, take, x);
      if ((i += take) < length) continue;
      c->totals[k * lines_of(c) + j++] = sd_fold_end(f);
      f->blocks = 0;
      i = 0;
    }
  }
}

/* The same of few elements: where the place is, which is the only line, of one block. */
static void fold_few(const sd_chain *c, const pass *w) {
  for (int k = w->fold; k < w->end; k++) {
    const sd_place *p = &c->places[fold_link(c, k)->in[0]];
    const sd_fold *f = &c->folds[k];
    c->totals[k] = c->kernels->lines[p->m.dtype][f->kind](c->rows * c->cols, p->at, f->c, f->s);
  }
}

/* ---- walks ------------------------------------------------------------------------------------*/

/* y[0..n) <- elements x[0], x[rs], ... */
static void gather(const sd_place *p, const char *from, ptrdiff_t n, char *to) {
#define GATHER(T)                                                                                  \
  do {                                                                                             \
    const T *x = (const T *)(const void *)from;                                                    \
    T *y = (T *)(void *)to;                                                                        \
    for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i * p->rs];                                         \
  } while (0)
  if (p->m.dtype == SD_F32)
    GATHER(float);
  else
    GATHER(double);
#undef GATHER
}

/* Operands with gaps are packed: n elements from where they are. */
static void gather_all(const sd_chain *c, ptrdiff_t n) {
  for (int k = 0; k < c->nin; k++) {
    sd_place *p = &c->places[k];
    if (p->moves < PACKED || p->rs <= 1) continue;
    gather(p, p->at, n, p->buffer);
    p->at = p->buffer;
  }
}

/* Every place is moved to a piece of a column: n elements from (i,j) on; they are those from s on
 * of the block. */
static void move_to(const sd_chain *c, ptrdiff_t i, ptrdiff_t j, ptrdiff_t s, ptrdiff_t n) {
  sd_place *p = c->places, *made = p + c->nin + c->nout - c->nfolds;
  for (; p < made; p++) p->at = (char *)p->m.x + i * p->down + j * p->across;
  if (c->gathers) gather_all(c, n);
  p += c->nfolds;
  for (int k = 0; k < c->nslots; k++, p++) p->at = p->buffer + s * p->down;
}

/* The same for links that read nothing laid over: to the block that starts with element e. */
static void move_flat(const sd_chain *c, ptrdiff_t e) {
  sd_place *p = c->places, *made = p + c->nin + c->nout - c->nfolds;
  for (; p < made; p++)
    if (p->moves <= RUNS) p->at = (char *)p->m.x + e * p->down;
  p += c->nfolds;
  for (int k = 0; k < c->nslots; k++, p++) p->at = p->buffer;
}

static void run_cut(const sd_chain *c, const pass *w) {
  int links = c->nlinks - c->nfolds;
  ptrdiff_t i = w->from % c->line, j = w->from / c->line;
  for (ptrdiff_t e = w->from, n; e < w->to; e += n) {
    n = w->to - e < c->block ? w->to - e : c->block;
    if (!c->crosses && n > c->line - i) n = c->line - i;
    for (ptrdiff_t s = 0, piece; s < n; s += piece) {
      piece = n - s < c->line - i ? n - s : c->line - i;
      if (c->nlaid) {
        move_to(c, i, j, s, piece);
        sd_links_run(c, 0, c->nlaid, piece);
      }
      if ((i += piece) == c->line) i = 0, j++;
    }
    if (c->nlaid < links) {
      move_flat(c, e);
      sd_links_run(c, c->nlaid, links, n);
    }
    if (w->end) fold_block(c, w, e, n);
  }
}

/* The buffer of p <- n columns, from column j on, of an operand laid over the shape. */
static void pack(const sd_chain *c, const sd_place *p, ptrdiff_t j, ptrdiff_t n) {
  const char *x = (char *)p->m.x + j * p->cs * size_of(p);
  if (p->rs == 0) {
    c->kernels->spreads[p->m.dtype](c->rows, n, x, p->cs, p->buffer);
    return;
  }
  for (ptrdiff_t k = 0; k < n; k++)
    gather(p, x + k * p->cs * size_of(p), c->rows, p->buffer + k * c->rows * size_of(p));
}

/* The buffer of p <- a column of the shape, again and again, until a block that starts anywhere in
 * the first one ends. */
static void repeat(const sd_chain *c, const sd_place *p) {
  ptrdiff_t most = c->block + c->rows, total = c->rows * c->cols;
  if (most > total) most = total;
  gather(p, p->m.x, c->rows, p->buffer);
  for (ptrdiff_t have = c->rows, n; have < most; have += n) {
    n = most - have < have ? most - have : have;
    memcpy(p->buffer + have * size_of(p), p->buffer, (size_t)(n * size_of(p)));
  }
}

static void run_joined(const sd_chain *c, const pass *w) {
  for (ptrdiff_t e = w->from, n; e < w->to; e += n) {
    ptrdiff_t j = e / c->rows, i = e - j * c->rows;
    n = w->to - e < c->block ? w->to - e : c->block;
    for (int k = 0; k < c->nin + c->nout - c->nfolds; k++) {
      sd_place *p = &c->places[k];
      if (p->moves == RUNS) p->at = (char *)p->m.x + e * size_of(p);
      if (p->moves < PACKED) continue;
      if (p->moves == PACKED) pack(c, p, j, (i + n + c->rows - 1) / c->rows);
      if (p->moves == REPEATS && e == w->from) repeat(c, p);
      p->at = p->buffer + i * size_of(p);
    }
    sd_links_run(c, 0, c->nlinks - c->nfolds, n);
    if (w->end) fold_block(c, w, e, n);
  }
}

static void run_few(const sd_chain *c, const pass *w) {
  ptrdiff_t total = c->rows * c->cols;
  for (const sd_place *p = c->padded; p; p = p->next)
    c->kernels->pads[p->m.dtype](total, p->m.x, p->buffer);
  sd_links_run_few(c, dtype_of(c), c->line);
  for (const sd_place *p = c->copied; p; p = p->next)
    memcpy(p->m.x, p->buffer, (size_t)(total * size_of(p)));
  if (w->end) fold_few(c, w);
}

static void run_none(const sd_chain *c, const pass *w) { (void)c, (void)w; }

static void run_one(const sd_chain *c, const pass *w) {
  sd_links_run_number(c);
  if (w->end) fold_few(c, w);
}

static void run_whole(const sd_chain *c, const pass *w) {
  sd_links_run(c, 0, c->nlinks - c->nfolds, w->to);
  if (w->end) fold_block(c, w, 0, w->to);
}

/* The walks, in the order of their names. */
static void (*const runs[])(const sd_chain *c, const pass *w) = {run_none,  run_one, run_few,
                                                                 run_whole, run_cut, run_joined};

/* ---- results of reductions --------------------------------------------------------------------*/

typedef struct line {
  const sd_chain *c;
  int fold;
  ptrdiff_t j;
} line;

/* Another total of one line, by another pass over it. */
static double total_again(void *of, int kind, double centre, double scale) {
  const line *l = of;
  ptrdiff_t n = length_of(l->c);
  pass w = {l->j * n, (l->j + 1) * n, l->fold, l->fold + 1};
  sd_fold_begin(&l->c->folds[l->fold], kind, centre, scale);
  runs[l->c->walk](l->c, &w);
  return l->c->totals[l->fold * lines_of(l->c) + l->j];
}

static void finish_folds(const sd_chain *c) {
  for (int k = 0; k < c->nfolds; k++) {
    const sd_link *l = fold_link(c, k);
    sd_mat *y = &c->places[l->out].m;
    for (ptrdiff_t j = 0; j < lines_of(c); j++) {
      line of = {c, k, j};
      double first = c->totals[k * lines_of(c) + j];
      sd_mat_set(y, 0, j, sd_fold_reduce(l->fn, length_of(c), first, total_again, &of));
    }
  }
}

/* On its own: the other chains need none of its registers. */
static __attribute__((noinline)) void run_folding(const sd_chain *c) {
  pass whole = {0, c->rows * c->cols, 0, c->nfolds};
  for (int k = 0; k < c->nfolds; k++)
    sd_fold_begin(&c->folds[k], sd_fold_kind(fold_link(c, k)->fn), 0, 1);
  runs[c->walk](c, &whole);
  finish_folds(c);
}

void sd_chain_run(const sd_chain *c) {
  pass whole = {0, c->rows * c->cols, 0, 0};
  if (c->nfolds)
    run_folding(c);
  else
    runs[c->walk](c, &whole);
}
