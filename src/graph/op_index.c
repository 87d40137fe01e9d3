/* Indices that are values: gather, scatter_add, one_hot.
 *
 * With S the 0/1 matrix that picks positions, gather is y = S a and scatter_add is a + S' b: each
 * is the other's adjoint. Indices count from 1, negative ones from the end; they are read and
 * checked when the op runs. They are whole numbers: nothing flows to them. */
#include "build.h"
#include "saddle/arrange.h"
#include "saddle/status.h"
#include <stdio.h>

enum { CHUNK = 256 }; /* indices turned at a time: kernels take no memory */

static const char *const says[] = {
    [SD_SAYS_GATHER] = "gather", [SD_SAYS_SCATTER_ADD] = "scatter_add",
    [SD_SAYS_MATRIX] = "matrix", [SD_SAYS_COL] = "col",
    [SD_SAYS_ROW] = "row",       [SD_SAYS_BLOCK] = "block"};

const char *sd_says(int64_t caller) {
  return caller >= 0 && caller <= SD_SAYS_BLOCK ? says[caller] : says[SD_SAYS_GATHER];
}

static const char *const indexed[] = {"position", "row", "column"}; /* by dim */

/* How many of what dim indexes A has. */
static ptrdiff_t extent(int64_t dim, ptrdiff_t rows, ptrdiff_t cols) {
  return dim == 0 ? rows * cols : dim == 1 ? rows : cols;
}

/* ---- reading indices --------------------------------------------------------------------------*/

/* idx[0..n) <- the 0-based positions in 1..limit at column-major places from.. of v; SD_EARG. */
static int read_indices(const sd_mat *v, ptrdiff_t from, ptrdiff_t n, ptrdiff_t limit,
                        ptrdiff_t idx[CHUNK]) {
  ptrdiff_t i = 0, j = 0;
  if (from > 0) i = from % v->rows, j = from / v->rows;
  for (ptrdiff_t k = 0; k < n; k++) {
    idx[k] = sd_position(sd_mat_get(v, i, j), limit);
    if (idx[k] < 0) return SD_EARG;
    if (++i == v->rows) i = 0, j++;
  }
  return SD_OK;
}

/* The sentence for the first of the indices v that is not in 1..limit. */
static void bad_index(const char *fn, const char *what, const sd_mat *v, ptrdiff_t limit,
                      int64_t single, char why[SD_WHY]) {
  char number[SD_SHAPE], place[SD_SHAPE] = "";
  for (ptrdiff_t k = 0; k < v->rows * v->cols; k++) {
    double x = sd_mat_get(v, k % v->rows, k / v->rows);
    if (sd_position(x, limit) >= 0) continue;
    if (!single) snprintf(place, sizeof place, " (number %td of the list)", k + 1);
    snprintf(why, SD_WHY, "%s: %s %s%s is not an index into 1..%td", fn, what,
             sd_number_text(x, number), place, limit);
    return;
  }
}

/* ---- gather, scatter_add: k = {dim, caller, single, turned} -----------------------------------*/

static int has_dim(const sd_site *s) { return s->attr->k[0] >= 0 && s->attr->k[0] <= 2; }

/* The shape of A's elements, rows or columns that idx names. */
static sd_type gathered(int64_t dim, const sd_type *a, const sd_type *idx) {
  ptrdiff_t n = idx->rows * idx->cols;
  if (dim == 0) return sd_type_matrix(idx->rows, idx->cols, a->dtype);
  return sd_type_matrix(dim == 1 ? n : a->rows, dim == 1 ? a->cols : n, a->dtype);
}

/* An element named by a number is a number, and so is A(k). */
static int infer_gather(sd_site *s) {
  int64_t dim = s->attr->k[0], caller = s->attr->k[1];
  const sd_type *a = &s->in[0], *idx = &s->in[1];
  if (!has_dim(s)) return sd_refuse(s, SD_EARG, "dim must be 0, 1 or 2");
  s->out[0] = gathered(dim, a, idx);
  int one = idx->number || (caller == SD_SAYS_MATRIX && sd_is_one(idx));
  if (one && (dim == 0 || (a->number && caller == SD_SAYS_GATHER))) s->out[0] = sd_type_number();
  return SD_OK;
}

/* n elements, from the column-major place `from`, of a packed Y: as a column. */
static sd_mat stretch(const sd_mat *y, ptrdiff_t from, ptrdiff_t n) {
  return sd_mat_block(y, from % y->rows, from / y->rows, n, 1);
}

/* What the indices from.. (n of them) name, in Y of the shape of sd.gather's result. */
static sd_mat part(int64_t dim, const sd_mat *y, ptrdiff_t from, ptrdiff_t n) {
  if (dim == 0) return stretch(y, from, n);
  return dim == 1 ? sd_mat_block(y, from, 0, n, y->cols) : sd_mat_block(y, 0, from, y->rows, n);
}

/* How many indices from `from` on go together: within a column where Y has gaps between them. */
static ptrdiff_t together(int64_t dim, const sd_mat *y, ptrdiff_t from, ptrdiff_t count) {
  ptrdiff_t n = count - from < CHUNK ? count - from : CHUNK;
  if (dim == 0 && !sd_mat_packed(y) && n > y->rows - from % y->rows) n = y->rows - from % y->rows;
  return n;
}

static int run_gather(const sd_call *c) {
  const sd_mat *a = &c->in[0], *v = &c->in[1], *y = &c->out[0];
  int dim = (int)c->attr->k[0], status = SD_OK;
  ptrdiff_t idx[CHUNK], n, count = v->rows * v->cols, limit = extent(dim, a->rows, a->cols);
  int converts = y->dtype != a->dtype; /* a number of f32 */
  double cell;
  sd_mat single = sd_mat_over(1, 1, a->dtype, &cell);
  for (ptrdiff_t from = 0; from < count && status == SD_OK; from += n) {
    n = together(dim, y, from, count);
    status = read_indices(v, from, n, limit, idx);
    sd_mat to = converts ? single : part(dim, y, from, n);
    if (status == SD_OK) status = sd_gather(dim, a, idx, &to);
    if (status == SD_OK && converts) sd_mat_set(y, 0, 0, sd_mat_get(&single, 0, 0));
  }
  return status;
}

static void fail_gather(const sd_call *c, int status, char why[SD_WHY]) {
  const int64_t *k = c->attr->k;
  const sd_mat *a = &c->in[0];
  snprintf(why, SD_WHY, "%s: %s", sd_says(k[1]), sd_status_text(status));
  if (status == SD_EARG)
    bad_index(sd_says(k[1]), indexed[k[3] ? 3 - k[0] : k[0]], &c->in[c->nargs - 1],
              extent(k[0], a->rows, a->cols), k[2], why);
}

/* An index that is a constant number names a block. */
static sd_ref simplify_gather(sd_graph *g, const sd_site *s, const sd_ref *args) {
  const sd_node *n = sd_node_at(g, args[1]);
  const sd_type *a = &s->in[0], *y = &s->out[0];
  int64_t dim = s->attr->k[0];
  if (n->op != &sd_op_full || !n->type.number) return 0;
  ptrdiff_t at = sd_position(n->attr.p[0], extent(dim, a->rows, a->cols));
  if (at < 0) return 0;
  sd_attr attr = {.k = {dim == 0   ? at % a->rows
                        : dim == 1 ? at
                                   : 0,
                        dim == 0   ? at / a->rows
                        : dim == 2 ? at
                                   : 0,
                        y->rows, y->cols, y->number, s->attr->k[1]}};
  return sd_emit(g, &sd_op_slice, &attr, 1, args, 1);
}

static int reverse_gather(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type t = g_type(g, n->args[0]);
  if (cot[0] == 0) return SD_OK;
  bar[0] = g_op(g, &sd_op_scatter_add, &n->attr, g_zeros(g, &t), cot[0], n->args[1]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_gather(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  if (dot[0] == 0) return SD_OK;
  tan[0] = g_op(g, &sd_op_gather, &n->attr, dot[0], n->args[1], 0);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* Rows by number: column by column. Columns by a row of numbers: each number picks its own. */
static int column_gather(const sd_site *s, int k) {
  int64_t dim = s->attr->k[0];
  if (dim == 1) return k == 0 ? SD_ALIGNED : SD_SHARED;
  if (s->in[1].rows != 1) return SD_MIXES;
  return k == 0 ? SD_SHARED : SD_ALIGNED;
}

/* A, B, idx: B has the shape of sd.gather(A, idx), or is one element for all. */
static int infer_scatter(sd_site *s) {
  char sb[SD_SHAPE], sw[SD_SHAPE];
  const sd_type *b = &s->in[1];
  if (!has_dim(s)) return sd_refuse(s, SD_EARG, "dim must be 0, 1 or 2");
  sd_type want = gathered(s->attr->k[0], &s->in[0], &s->in[2]);
  if ((b->rows != want.rows || b->cols != want.cols) && (b->rows != 1 || b->cols != 1))
    return sd_refuse(s, SD_ESHAPE, "B is %s, the indices need %s or a number", sd_type_shape(b, sb),
                     sd_type_shape(&want, sw));
  s->out[0] = s->in[0];
  return SD_OK;
}

/* SD_EARG when an index is none: nothing has been written then. */
static int check_scatter(const sd_call *c) {
  const sd_mat *v = &c->in[2], *y = &c->out[0];
  ptrdiff_t idx[CHUNK], n, count = v->rows * v->cols;
  ptrdiff_t limit = extent(c->attr->k[0], y->rows, y->cols);
  for (ptrdiff_t from = 0; from < count; from += n) {
    n = count - from < CHUNK ? count - from : CHUNK;
    if (read_indices(v, from, n, limit, idx) != SD_OK) return SD_EARG;
  }
  return SD_OK;
}

static int run_scatter(const sd_call *c) {
  const sd_mat *b = &c->in[1], *v = &c->in[2];
  sd_mat *y = &c->out[0];
  int dim = (int)c->attr->k[0], one = b->rows == 1 && b->cols == 1;
  ptrdiff_t idx[CHUNK], n, count = v->rows * v->cols, limit = extent(dim, y->rows, y->cols);
  int status = sd_mat_same(&c->in[0], y) ? SD_OK : sd_mat_copy(&c->in[0], y);
  for (ptrdiff_t from = 0; from < count && status == SD_OK; from += n) {
    n = one ? (count - from < CHUNK ? count - from : CHUNK) : together(dim, b, from, count);
    status = read_indices(v, from, n, limit, idx);
    sd_mat add = one ? *b : part(dim, b, from, n);
    if (status == SD_OK) status = sd_scatter_add(dim, idx, n, &add, y);
  }
  return status;
}

static int reverse_scatter(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type tb = g_type(g, n->args[1]);
  if (cot[0] == 0) return SD_OK;
  bar[0] = cot[0];
  bar[1] = g_sum_to(g, g_op(g, &sd_op_gather, &n->attr, cot[0], n->args[2], 0), &tb);
  return bar[1] < 0 ? bar[1] : SD_OK;
}

static int forward_scatter(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref onto = dot[0] ? dot[0] : g_zeros(g, &n->type);
  tan[0] = dot[1] ? g_op(g, &sd_op_scatter_add, &n->attr, onto, dot[1], n->args[2]) : dot[0];
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static int column_scatter(const sd_site *s, int k) {
  if (s->attr->k[0] != 1) return SD_MIXES;
  return k == 2 ? SD_SHARED : sd_column_broadcast(s, k);
}

static double flops_scatter(const sd_site *s) {
  sd_type t = gathered(s->attr->k[0], &s->in[0], &s->in[2]);
  return (double)t.rows * (double)t.cols;
}

/* ---- one_hot: k = {rows, dtype, single} -------------------------------------------------------*/

static int infer_one_hot(sd_site *s) {
  s->out[0] = sd_type_matrix(s->attr->k[0], s->in[0].rows * s->in[0].cols, (int)s->attr->k[1]);
  return SD_OK;
}

static int run_one_hot(const sd_call *c) {
  const sd_mat *v = &c->in[0], *y = &c->out[0];
  ptrdiff_t idx[CHUNK], n;
  int status = SD_OK;
  for (ptrdiff_t from = 0; from < y->cols && status == SD_OK; from += n) {
    n = y->cols - from < CHUNK ? y->cols - from : CHUNK;
    status = read_indices(v, from, n, y->rows, idx);
    sd_mat to = sd_mat_block(y, 0, from, y->rows, n);
    if (status == SD_OK) status = sd_one_hot(idx, &to);
  }
  return status;
}

static void fail_one_hot(const sd_call *c, int status, char why[SD_WHY]) {
  snprintf(why, SD_WHY, "one_hot: %s", sd_status_text(status));
  if (status == SD_EARG)
    bad_index("one_hot", "label", &c->in[0], c->out[0].rows, c->attr->k[2], why);
}

static int column_one_hot(const sd_site *s, int k) {
  return s->in[k].rows == 1 ? SD_ALIGNED : SD_MIXES;
}

/* ---- rows -------------------------------------------------------------------------------------*/

const sd_op sd_op_gather = {.name = "gather",
                            .nargs = 2,
                            .infer = infer_gather,
                            .run = run_gather,
                            .fail = fail_gather,
                            .simplify = simplify_gather,
                            .reverse = reverse_gather,
                            .forward = forward_gather,
                            .column = column_gather,
                            .flops = sd_flops_none};
const sd_op sd_op_scatter_add = {.name = "scatter_add",
                                 .nargs = 3,
                                 .joined = 3,
                                 .over = 1,
                                 .infer = infer_scatter,
                                 .run = run_scatter,
                                 .check = check_scatter,
                                 .fail = fail_gather,
                                 .reverse = reverse_scatter,
                                 .forward = forward_scatter,
                                 .column = column_scatter,
                                 .flops = flops_scatter};
const sd_op sd_op_one_hot = {.name = "one_hot",
                             .nargs = 1,
                             .infer = infer_one_hot,
                             .run = run_one_hot,
                             .fail = fail_one_hot,
                             .reverse = sd_reverse_zero,
                             .forward = sd_forward_zero,
                             .column = column_one_hot,
                             .flops = sd_flops_none};

const sd_op *const sd_family_index[] = {&sd_op_gather, &sd_op_scatter_add, &sd_op_one_hot, NULL};
