/* Element-wise functions: the choice of an instruction set, and the walk over matrices.
 *
 * The loops of src/core/isa want contiguous operands. A walk finds them: the whole matrix when it
 * has no gaps; else one column after the other; and where columns are short (a row of a matrix, a
 * bias added to a batch of few features) blocks of columns that are packed on the stack. */
#include "saddle/kernel.h"
#include "isa/table.h"
#include "saddle/isa.h"
#include "saddle/status.h"
#include <math.h>
#include <string.h>

/* ---- names ------------------------------------------------------------------------------------*/

#define NAME_MAP(id, name, n)  #name,
#define NAME(id, name)         #name,
#define COUNT_MAP(id, name, n) n,
static const char *const map_names[] = {SD_MAPS(NAME_MAP)};
static const char *const zip_names[] = {SD_ZIPS(NAME)};
static const char *const reduce_names[] = {SD_REDUCES(NAME)};
static const int map_params[] = {SD_MAPS(COUNT_MAP)};

const char *sd_map_name(int fn) { return map_names[fn]; }
const char *sd_zip_name(int fn) { return zip_names[fn]; }
const char *sd_reduce_name(int fn) { return reduce_names[fn]; }

/* ---- instruction sets -------------------------------------------------------------------------*/

#define TABLES(isa)                                                                                \
  {                                                                                                \
    sd_maps_##isa, sd_zips_##isa, sd_wheres_##isa, sd_sums_##isa, sd_pairs_##isa, sd_pads_##isa,   \
        sd_fews_##isa, sd_spreads_##isa, sd_lines_##isa, sd_rows_##isa, sd_products_##isa,         \
        sd_turns_##isa                                                                             \
  }
static const sd_kernels tables[] = {
    /* in the order of sd_isa */
    TABLES(base),
#ifdef __x86_64__
    TABLES(avx2),
    TABLES(avx512),
#endif
};

const sd_kernels *sd_kernels_now(void) { return &tables[sd_isa()]; }

/* ---- the walk ---------------------------------------------------------------------------------*/

enum { SHORT = 32, BLOCK = 512, FEEDS = 3 }; /* SHORT columns are packed in blocks of BLOCK */

/* An operand laid over the result: element (i,j) at x + i*rs + j*cs elements, 0 to broadcast. */
typedef struct feed {
  const char *x;
  ptrdiff_t rs, cs;
} feed;

typedef struct job {
  const sd_kernels *k;
  int fn, feeds;
  const double *p;
  feed in[FEEDS];
  sd_mat out;
} job;

static feed feed_of(const sd_mat *a, const sd_mat *c) {
  feed f = {a->x, a->rows == c->rows, a->cols == c->cols ? a->ld : 0};
  if (c->cols == 1) f.cs = 0;
  return f;
}

static int is_constant(const feed *f, const sd_mat *c) {
  return (f->rs == 0 || c->rows == 1) && (f->cs == 0 || c->cols == 1);
}

/* 1 when the operand lies in memory as the packed result does. */
static int is_dense(const feed *f, const sd_mat *c) {
  return (f->rs == 1 || c->rows == 1) && (c->cols == 1 || f->cs == c->rows);
}

/* n elements; in[f] runs with step[f], 1 or 0. */
static void run(const job *w, ptrdiff_t n, const void *const in[], const int step[], void *out) {
  int t = w->out.dtype;
  if (w->feeds == 1)
    w->k->maps[t][w->fn](n, in[0], out, w->p);
  else if (w->feeds == 2)
    w->k->zips[t][w->fn](n, in[0], step[0], in[1], step[1], out);
  else
    w->k->wheres[t](n, in[0], step[0], in[1], step[1], in[2], step[2], out);
}

/* 1 when everything was contiguous or constant and has been run as one long column. */
static int run_flat(const job *w) {
  const void *in[FEEDS] = {NULL};
  int step[FEEDS] = {0};
  if (!sd_mat_packed(&w->out)) return 0;
  for (int f = 0; f < w->feeds; f++) {
    in[f] = w->in[f].x;
    step[f] = is_dense(&w->in[f], &w->out);
    if (!step[f] && !is_constant(&w->in[f], &w->out)) return 0;
  }
  run(w, w->out.rows * w->out.cols, in, step, w->out.x);
  return 1;
}

static void run_columns(const job *w) {
  const sd_mat *c = &w->out;
  ptrdiff_t size = (ptrdiff_t)sd_dtype_size(c->dtype);
  for (ptrdiff_t j = 0; j < c->cols; j++) {
    const void *in[FEEDS] = {NULL};
    int step[FEEDS] = {0};
    for (int f = 0; f < w->feeds; f++) {
      in[f] = w->in[f].x + j * w->in[f].cs * size;
      step[f] = w->in[f].rs != 0;
    }
    run(w, c->rows, in, step, (char *)c->x + j * c->ld * size);
  }
}

/* to[i + j*m] <- element (i, j) counted from column j0, n columns of m. */
static void pack(const feed *f, int dtype, ptrdiff_t j0, ptrdiff_t m, ptrdiff_t n, void *to) {
#define PACK(T)                                                                                    \
  do {                                                                                             \
    const T *x = (const T *)(const void *)f->x;                                                    \
    T *y = to;                                                                                     \
    for (ptrdiff_t j = j0; j < j0 + n; j++)                                                        \
      for (ptrdiff_t i = 0; i < m; i++) *y++ = x[i * f->rs + j * f->cs];                           \
  } while (0)
  if (dtype == SD_F32)
    PACK(float);
  else
    PACK(double);
#undef PACK
}

static void run_blocks(const job *w) {
  const sd_mat *c = &w->out;
  int packed = sd_mat_packed(c);
  ptrdiff_t size = (ptrdiff_t)sd_dtype_size(c->dtype), m = c->rows, most = BLOCK / m;
  double buffer[FEEDS + 1][BLOCK];
  for (ptrdiff_t j = 0, n; j < c->cols; j += n) {
    const void *in[FEEDS] = {NULL};
    int step[FEEDS] = {0};
    n = c->cols - j < most ? c->cols - j : most;
    for (int f = 0; f < w->feeds; f++) {
      const feed *a = &w->in[f];
      step[f] = !is_constant(a, c);
      in[f] = step[f] ? buffer[f] : (const void *)a->x;
      if (step[f] && is_dense(a, c))
        in[f] = a->x + j * m * size;
      else if (step[f] && (a->cs != 0 || j == 0)) /* a column is packed once */
        pack(a, c->dtype, j, m, n, buffer[f]);
    }
    if (packed) {
      run(w, n * m, in, step, (char *)c->x + j * m * size);
    } else {
      sd_mat from = sd_mat_over(m, n, c->dtype, buffer[FEEDS]), to = sd_mat_block(c, 0, j, m, n);
      run(w, n * m, in, step, buffer[FEEDS]);
      sd_mat_copy(&from, &to);
    }
  }
}

static int walk(const job *w) {
  if (w->out.rows == 0 || w->out.cols == 0 || run_flat(w)) return SD_OK;
  if (w->out.rows < SHORT)
    run_blocks(w);
  else
    run_columns(w);
  return SD_OK;
}

/* ---- the public functions ---------------------------------------------------------------------*/

int sd_map(int fn, const double *p, const sd_mat *x, sd_mat *y) {
  if (fn < 0 || fn >= SD_MAP_COUNT || (map_params[fn] > 0 && p == NULL)) return SD_EARG;
  if (fn == SD_MAP_CLAMP && !(p[0] <= p[1])) return SD_EARG;
  if (fn == SD_MAP_POLYGAMMA && !(p[0] >= 0 && p[0] <= SD_ORDER_MOST && p[0] == floor(p[0])))
    return SD_EARG;
  if (!sd_mat_same_shape(x, y)) return SD_ESHAPE;
  if (x->dtype != y->dtype) return SD_EDTYPE;
  job w = {sd_kernels_now(), fn, 1, p, {feed_of(x, y)}, *y};
  return walk(&w);
}

static int side(ptrdiff_t a, ptrdiff_t b, ptrdiff_t *n) {
  *n = a == 1 ? b : a;
  return a == b || a == 1 || b == 1;
}

int sd_broadcast(const sd_mat *a, const sd_mat *b, ptrdiff_t *m, ptrdiff_t *n) {
  if (!side(a->rows, b->rows, m) || !side(a->cols, b->cols, n)) return SD_ESHAPE;
  int of_a = *m == a->rows && *n == a->cols, of_b = *m == b->rows && *n == b->cols;
  return of_a || of_b ? SD_OK : SD_ESHAPE;
}

int sd_zip(int fn, const sd_mat *a, const sd_mat *b, sd_mat *c) {
  ptrdiff_t m, n;
  if (fn < 0 || fn >= SD_ZIP_COUNT) return SD_EARG;
  if (sd_broadcast(a, b, &m, &n) != SD_OK || m != c->rows || n != c->cols) return SD_ESHAPE;
  if (a->dtype != b->dtype || a->dtype != c->dtype) return SD_EDTYPE;
  job w = {sd_kernels_now(), fn, 2, NULL, {feed_of(a, c), feed_of(b, c)}, *c};
  return walk(&w);
}

static int broadcasts_to(const sd_mat *a, const sd_mat *c) {
  return (a->rows == c->rows || a->rows == 1) && (a->cols == c->cols || a->cols == 1);
}

int sd_where(const sd_mat *mask, const sd_mat *a, const sd_mat *b, sd_mat *c) {
  if (!broadcasts_to(mask, c) || !broadcasts_to(a, c) || !broadcasts_to(b, c)) return SD_ESHAPE;
  if (mask->dtype != c->dtype || a->dtype != c->dtype || b->dtype != c->dtype) return SD_EDTYPE;
  job w = {sd_kernels_now(), 0, 3, NULL, {feed_of(mask, c), feed_of(a, c), feed_of(b, c)}, *c};
  return walk(&w);
}

void sd_outer(const void *a, ptrdiff_t sa, const void *b, ptrdiff_t sb, sd_mat *c) {
  job w = {sd_kernels_now(), SD_ZIP_MUL, 2, NULL, {{a, sa, 0}, {b, 0, sb}}, *c};
  double buffer[BLOCK];
  if (sa <= 1 || c->rows < SHORT) {
    walk(&w);
    return;
  }
  for (ptrdiff_t i = 0, n; i < c->rows; i += n) { /* a long a with gaps: piece by piece */
    ptrdiff_t size = (ptrdiff_t)sd_dtype_size(c->dtype);
    n = c->rows - i < BLOCK ? c->rows - i : BLOCK;
    w.in[0] = (feed){(const char *)a + i * sa * size, sa, 0};
    pack(&w.in[0], c->dtype, 0, n, 1, buffer);
    w.in[0] = (feed){(const char *)buffer, 1, 0};
    w.out = sd_mat_block(c, i, 0, n, c->cols);
    walk(&w);
  }
}
