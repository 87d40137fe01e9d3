/* The walk of chains over blocks (see chain.h).
 *
 * Where every operand is contiguous or constant the whole shape is one long column; else columns
 * are cut into blocks, or, where they are short, joined to blocks, for which rows and columns that
 * are laid over the shape are packed. A chain of numbers is run without a walk, and the arithmetic
 * among its links without a loop. */
#include "saddle/chain.h"
#include "isa/table.h"
#include <math.h>

enum { SHORT = 64 };                 /* shorter columns are joined; no block is smaller */
enum { LARGEST = 512, L1 = 24576 };  /* elements of a block; bytes that all slots should fit */
enum { ONE, FLAT, COLUMNS, JOINED }; /* walks */
enum { STAYS, RUNS, PACKED, PACKED_ONCE }; /* how a place moves in walks FLAT and JOINED */

static ptrdiff_t block_of(const sd_chain *c) {
  ptrdiff_t n = L1 / 8 / (c->nslots + 1) / 16 * 16, total = c->rows * c->cols;
  n = n < SHORT ? SHORT : n > LARGEST ? LARGEST : n;
  return total < n ? (total + 15) / 16 * 16 : n;
}

static int is_number(const sd_chain *c) { return c->rows == 1 && c->cols == 1; }

size_t sd_chain_scratch(const sd_chain *c) {
  int buffers = c->nslots + (is_number(c) ? 0 : c->nin);
  return (size_t)buffers * (size_t)block_of(c) * sizeof(double);
}

static ptrdiff_t size_of(const sd_place *p) { return (ptrdiff_t)sd_dtype_size(p->m.dtype); }

/* Elements to the next row and column of an operand that is laid over the chain's shape. */
static ptrdiff_t row_step(const sd_chain *c, const sd_place *p) {
  return p->m.rows == c->rows && c->rows > 1;
}
static ptrdiff_t col_step(const sd_chain *c, const sd_place *p) {
  return p->m.cols == c->cols && c->cols > 1 ? p->m.ld : 0;
}

static int moves(const sd_chain *c, const sd_place *p) {
  ptrdiff_t rs = row_step(c, p), cs = col_step(c, p);
  if (rs == 0 && cs == 0) return STAYS;
  if ((rs == 1 || c->rows == 1) && (cs == c->rows || c->cols == 1)) return RUNS;
  return cs == 0 ? PACKED_ONCE : PACKED;
}

static void bind_link(const sd_chain *c, const sd_kernels *k, sd_link *l) {
  int t = c->places[l->out].m.dtype;
  if (l->kind == SD_LINK_MAP) l->loop = (void (*)(void))k->maps[t][l->fn];
  if (l->kind == SD_LINK_ZIP) l->loop = (void (*)(void))k->zips[t][l->fn];
  if (l->kind == SD_LINK_WHERE) l->loop = (void (*)(void))k->wheres[t];
}

void sd_chain_bind(sd_chain *c, void *scratch) {
  const sd_kernels *k = sd_kernels_now();
  int named = c->nin + c->nout, packed = 0;
  c->block = block_of(c);
  for (int i = 0; i < named + c->nslots; i++) {
    sd_place *p = &c->places[i];
    ptrdiff_t number = i < named ? c->nslots + i : i - named; /* slots lie together */
    p->buffer = (i < c->nin && !is_number(c)) || i >= named
                    ? (char *)scratch + number * c->block * 8
                    : NULL;
    p->moves = i < named ? moves(c, p) : STAYS;
    p->at = i < named ? p->m.x : p->buffer;
    p->step = i >= c->nin || p->moves != STAYS;
    packed = packed || p->moves >= PACKED;
  }
  for (int i = 0; i < c->nlinks; i++) bind_link(c, k, &c->links[i]);
  c->walk = is_number(c) ? ONE : !packed ? FLAT : c->rows < SHORT ? JOINED : COLUMNS;
}

void sd_chain_moved(sd_chain *c) {
  for (int i = 0; i < c->nin + c->nout; i++) c->places[i].at = c->places[i].m.x;
}

/* ---- links ------------------------------------------------------------------------------------*/

static int is_two(const sd_place *p) {
  return p->step == 0 &&
         (p->m.dtype == SD_F32 ? *(float *)(void *)p->at == 2 : *(double *)(void *)p->at == 2);
}

static void run_zip(const sd_place *p, const sd_link *l, ptrdiff_t n) {
  const sd_place *a = &p[l->in[0]], *b = &p[l->in[1]], *c = &p[l->out];
  sd_zip_loop *loop = (sd_zip_loop *)l->loop;
  if (l->fn == SD_ZIP_POW && is_two(b)) { /* as in sd_zip */
    loop = sd_kernels_now()->zips[c->m.dtype][SD_ZIP_MUL];
    b = a;
  }
  loop(n, a->at, a->step, b->at, b->step, c->at);
}

static void run_copy(const sd_place *p, const sd_link *l, ptrdiff_t n) {
  const sd_place *a = &p[l->in[0]], *y = &p[l->out];
  sd_mat from = sd_mat_over(n, 1, a->m.dtype, a->at), to = sd_mat_over(n, 1, y->m.dtype, y->at);
  if (a->step)
    sd_mat_copy(&from, &to);
  else
    sd_mat_fill(&to, sd_mat_get(&from, 0, 0));
}

static void run_links(const sd_chain *c, ptrdiff_t n) {
  const sd_place *p = c->places;
  for (int i = 0; i < c->nlinks; i++) {
    const sd_link *l = &c->links[i];
    const sd_place *a = &p[l->in[0]];
    switch (l->kind) {
    case SD_LINK_MAP: ((sd_map_loop *)l->loop)(n, a->at, p[l->out].at, l->p); break;
    case SD_LINK_ZIP: run_zip(p, l, n); break;
    case SD_LINK_WHERE: {
      const sd_place *u = &p[l->in[1]], *v = &p[l->in[2]];
      ((sd_where_loop *)l->loop)(n, a->at, a->step, u->at, u->step, v->at, v->step, p[l->out].at);
      break;
    }
    default: run_copy(p, l, n);
    }
  }
}

/* ---- numbers ----------------------------------------------------------------------------------*/

static double *cell(const sd_place *p) { return (double *)(void *)p->at; }

/* 1 when the link was arithmetic on f64 numbers, and done: one instruction has one rounding. */
static int run_number(const sd_place *p, const sd_link *l) {
  if (l->kind != SD_LINK_ZIP || p[l->out].m.dtype != SD_F64) return 0;
  double a = *cell(&p[l->in[0]]), b = *cell(&p[l->in[1]]), *c = cell(&p[l->out]);
  switch (l->fn) {
  case SD_ZIP_ADD: *c = a + b; return 1;
  case SD_ZIP_SUB: *c = a - b; return 1;
  case SD_ZIP_MUL: *c = a * b; return 1;
  case SD_ZIP_DIV: *c = a / b; return 1;
  case SD_ZIP_LT: *c = a < b; return 1;
  case SD_ZIP_LE: *c = a <= b; return 1;
  case SD_ZIP_GT: *c = a > b; return 1;
  case SD_ZIP_GE: *c = a >= b; return 1;
  default: return 0;
  }
}

static void run_numbers(const sd_chain *c) {
  sd_chain rest = *c;
  rest.nlinks = 1;
  for (int i = 0; i < c->nlinks; i++) {
    rest.links = &c->links[i];
    if (!run_number(c->places, rest.links)) run_links(&rest, 1);
  }
}

/* ---- walks ------------------------------------------------------------------------------------*/

static void run_flat(const sd_chain *c) {
  ptrdiff_t total = c->rows * c->cols;
  for (ptrdiff_t e = 0, n; e < total; e += n) {
    n = total - e < c->block ? total - e : c->block;
    for (int i = 0; i < c->nin + c->nout; i++) {
      sd_place *p = &c->places[i];
      if (p->moves == RUNS) p->at = (char *)p->m.x + e * size_of(p);
    }
    run_links(c, n);
  }
}

static void run_columns(const sd_chain *c) {
  for (ptrdiff_t j = 0; j < c->cols; j++)
    for (ptrdiff_t r = 0, n; r < c->rows; r += n) {
      n = c->rows - r < c->block ? c->rows - r : c->block;
      for (int i = 0; i < c->nin + c->nout; i++) {
        sd_place *p = &c->places[i];
        ptrdiff_t rs = row_step(c, p);
        p->at = (char *)p->m.x + (r * rs + j * col_step(c, p)) * size_of(p);
        p->step = rs != 0;
      }
      run_links(c, n);
    }
}

/* The buffer of p <- columns j0 .. j0+n-1 of the operand laid over the shape. */
static void pack(const sd_chain *c, const sd_place *p, ptrdiff_t j0, ptrdiff_t n) {
  ptrdiff_t rs = row_step(c, p), cs = col_step(c, p), e = 0;
#define PACK(T)                                                                                    \
  do {                                                                                             \
    const T *x = p->m.x;                                                                           \
    T *y = (T *)(void *)p->buffer;                                                                 \
    for (ptrdiff_t j = j0; j < j0 + n; j++)                                                        \
      for (ptrdiff_t i = 0; i < c->rows; i++) y[e++] = x[i * rs + j * cs];                         \
  } while (0)
  if (p->m.dtype == SD_F32)
    PACK(float);
  else
    PACK(double);
#undef PACK
}

static void run_joined(const sd_chain *c) {
  ptrdiff_t most = c->block / c->rows;
  for (ptrdiff_t j = 0, n; j < c->cols; j += n) {
    n = c->cols - j < most ? c->cols - j : most;
    for (int i = 0; i < c->nin + c->nout; i++) {
      sd_place *p = &c->places[i];
      if (p->moves == RUNS) p->at = (char *)p->m.x + j * c->rows * size_of(p);
      if (p->moves < PACKED) continue;
      if (p->moves == PACKED || j == 0) pack(c, p, j, n);
      p->at = p->buffer;
    }
    run_links(c, c->rows * n);
  }
}

void sd_chain_run(const sd_chain *c) {
  if (c->rows == 0 || c->cols == 0) return;
  if (c->walk == ONE)
    run_numbers(c);
  else if (c->walk == FLAT)
    run_flat(c);
  else if (c->walk == COLUMNS)
    run_columns(c);
  else
    run_joined(c);
}
