/* Blocks of matrices: slice and pad, side by side and on top of each other, diagonals.
 *
 * All are linear. slice takes a block out and pad places one in zeros: each is the other's adjoint.
 * The place of the block is static, or two more arguments that are read when the op runs. */
#include "build.h"
#include "saddle/arrange.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <stdio.h>

/* ---- slice, pad: k = {i, j, rows, cols of the result, number, caller} -------------------------*/

/* The shape rule for an m x n block of a p x q matrix. */
static int infer_block(sd_site *s, const sd_type *block, const sd_type *whole) {
  char sb[SD_SHAPE], sw[SD_SHAPE], from[2 * SD_SHAPE] = "";
  const int64_t *k = s->attr->k;
  ptrdiff_t i = s->nargs == 1 ? k[0] : 0, j = s->nargs == 1 ? k[1] : 0;
  if (s->nargs != 1 && (s->nargs != 3 || !sd_is_one(&s->in[1]) || !sd_is_one(&s->in[2])))
    return sd_refuse(s, SD_EARG, "the place of a block is two numbers");
  if (block->rows >= 0 && block->cols >= 0 && i >= 0 && j >= 0 && block->rows <= whole->rows &&
      block->cols <= whole->cols && i <= whole->rows - block->rows &&
      j <= whole->cols - block->cols)
    return SD_OK;
  if (s->nargs == 1) /* counted from 1, whatever the attributes are */
    snprintf(from, sizeof from, " from (%td,%td)", (ptrdiff_t)((size_t)i + 1),
             (ptrdiff_t)((size_t)j + 1));
  snprintf(s->why, SD_WHY, "%s: %s%s does not fit in %s", sd_says(k[5]), sd_type_shape(block, sb),
           from, sd_type_shape(whole, sw));
  return SD_ESHAPE;
}

static int infer_slice(sd_site *s) {
  const int64_t *k = s->attr->k;
  s->out[0] = sd_type_matrix(k[2], k[3], s->in[0].dtype);
  if (k[4] && sd_is_one(&s->out[0])) s->out[0] = sd_type_number();
  return infer_block(s, &s->out[0], &s->in[0]);
}

static int infer_pad(sd_site *s) {
  const int64_t *k = s->attr->k;
  s->out[0] = sd_type_matrix(k[2], k[3], s->in[0].dtype);
  return infer_block(s, &s->in[0], &s->out[0]);
}

/* *i, *j <- where the block is, from 0; SD_EARG when it is not inside. A block without rows
 * (columns) has no first one, and its i (j) is not looked at. */
static int place(const sd_call *c, const sd_mat *block, const sd_mat *whole, ptrdiff_t *i,
                 ptrdiff_t *j) {
  *i = c->attr->k[0];
  *j = c->attr->k[1];
  if (c->nargs == 1) return SD_OK;
  *i = block->rows > 0 ? sd_position(sd_mat_get(&c->in[1], 0, 0), whole->rows) : 0;
  *j = block->cols > 0 ? sd_position(sd_mat_get(&c->in[2], 0, 0), whole->cols) : 0;
  if (*i < 0 || *j < 0) return SD_EARG;
  return block->rows <= whole->rows - *i && block->cols <= whole->cols - *j ? SD_OK : SD_EARG;
}

static int run_slice(const sd_call *c) {
  ptrdiff_t i, j;
  sd_mat *y = &c->out[0];
  int status = place(c, y, &c->in[0], &i, &j);
  if (status != SD_OK) return status;
  sd_mat from = sd_mat_block(&c->in[0], i, j, y->rows, y->cols);
  return sd_mat_copy(&from, y);
}

/* A block at a static place is there already. */
static int view_slice(const sd_call *c) {
  const sd_mat *a = &c->in[0], *y = &c->out[0];
  if (c->nargs != 1 || a->dtype != y->dtype) return 0;
  c->out[0] = sd_mat_block(a, (ptrdiff_t)c->attr->k[0], (ptrdiff_t)c->attr->k[1], y->rows, y->cols);
  return 1;
}

static int run_pad(const sd_call *c) {
  ptrdiff_t i, j;
  const sd_mat *b = &c->in[0];
  int status = place(c, b, &c->out[0], &i, &j);
  if (status != SD_OK) return status;
  sd_mat to = sd_mat_block(&c->out[0], i, j, b->rows, b->cols);
  sd_mat_fill(&c->out[0], 0);
  return sd_mat_copy(b, &to);
}

static void fail_block(const sd_call *c, int status, char why[SD_WHY]) {
  char number[SD_SHAPE];
  const sd_mat *block = c->op == &sd_op_slice ? &c->out[0] : &c->in[0];
  const sd_mat *whole = c->op == &sd_op_slice ? &c->in[0] : &c->out[0];
  const char *fn = sd_says(c->attr->k[5]);
  snprintf(why, SD_WHY, "%s: %s", fn, sd_status_text(status));
  if (status != SD_EARG || c->nargs != 3) return;
  for (int k = 1; k <= 2; k++) {
    ptrdiff_t limit = k == 1 ? whole->rows : whole->cols;
    double at = sd_mat_get(&c->in[k], 0, 0);
    if ((k == 1 ? block->rows : block->cols) == 0 || sd_position(at, limit) >= 0) continue;
    snprintf(why, SD_WHY, "%s: %s %s is not an index into 1..%td", fn, k == 1 ? "row" : "column",
             sd_number_text(at, number), limit);
    return;
  }
  ptrdiff_t i, j;
  place(c, block, whole, &i, &j);
  snprintf(why, SD_WHY, "%s: %tdx%td from (%td,%td) does not fit in %tdx%td", fn, block->rows,
           block->cols, i + 1, j + 1, whole->rows, whole->cols);
}

/* self's op, or its adjoint, applied to x at self's place; the result is rows x cols. */
static sd_ref placed(sd_graph *g, const sd_op *op, sd_ref self, sd_ref x, ptrdiff_t rows,
                     ptrdiff_t cols, int number) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref args[3] = {x, n->nargs == 3 ? n->args[1] : 0, n->nargs == 3 ? n->args[2] : 0};
  sd_attr attr = n->attr;
  attr.k[2] = rows;
  attr.k[3] = cols;
  attr.k[4] = number;
  return x <= 0 ? x : sd_emit(g, op, &attr, n->nargs, args, 1);
}

static int reverse_slice(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = g_type(g, sd_node_at(g, self)->args[0]), y = g_type(g, self);
  sd_type block = sd_type_matrix(y.rows, y.cols, t.dtype);
  bar[0] = g_to(g, placed(g, &sd_op_pad, self, g_to(g, cot[0], &block), t.rows, t.cols, 0), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int reverse_pad(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = g_type(g, sd_node_at(g, self)->args[0]);
  bar[0] = g_to(g, placed(g, &sd_op_slice, self, cot[0], t.rows, t.cols, 0), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_block(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  const int64_t *k = n->attr.k;
  tan[0] = placed(g, n->op, self, dot[0], k[2], k[3], (int)k[4]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- simpler equals of a slice ----------------------------------------------------------------*/

static sd_ref block_of(sd_graph *g, const sd_site *s, sd_ref x, ptrdiff_t i, ptrdiff_t j) {
  sd_attr attr = *s->attr;
  attr.k[0] = i;
  attr.k[1] = j;
  return sd_emit(g, &sd_op_slice, &attr, 1, &x, 1);
}

/* With a constant place the place is static; 0 when it is not constant, or outside. */
static sd_ref settle(sd_graph *g, const sd_site *s, const sd_ref *args) {
  ptrdiff_t at[2] = {0, 0};
  for (int k = 0; k < 2; k++) {
    const sd_node *n = sd_node_at(g, args[k + 1]);
    ptrdiff_t size = k == 0 ? s->out[0].rows : s->out[0].cols;
    ptrdiff_t limit = k == 0 ? s->in[0].rows : s->in[0].cols;
    if (n->op != &sd_op_full || !n->type.number) return 0;
    if (size == 0) continue;
    at[k] = sd_position(n->attr.p[0], limit);
    if (at[k] < 0 || size > limit - at[k]) return 0;
  }
  return block_of(g, s, args[0], at[0], at[1]);
}

/* Of matrices laid side by side, a block that lies in one of them. */
static sd_ref within_one(sd_graph *g, const sd_site *s, const sd_node *n) {
  int across = n->op == &sd_op_hcat;
  ptrdiff_t from = s->attr->k[across ? 1 : 0], size = across ? s->out[0].cols : s->out[0].rows;
  for (int k = 0; k < n->nargs; k++) {
    sd_type t = g_type(g, n->args[k]);
    ptrdiff_t here = across ? t.cols : t.rows;
    if (from >= 0 && from + size <= here)
      return block_of(g, s, n->args[k], across ? s->attr->k[0] : from,
                      across ? from : s->attr->k[1]);
    from -= here;
  }
  return 0;
}

static sd_ref simplify_slice(sd_graph *g, const sd_site *s, const sd_ref *args) {
  const sd_node *n = sd_node_at(g, args[0]);
  const sd_type *a = &s->in[0], *y = &s->out[0];
  const int64_t *k = s->attr->k, *inner = n->attr.k;
  if (s->nargs == 3) return settle(g, s, args);
  if (a->rows == y->rows && a->cols == y->cols) return g_to(g, args[0], y);
  if (n->op == &sd_op_full && a->dtype == y->dtype) return g_full(g, y, n->attr.p[0]);
  if (n->op == &sd_op_slice && n->nargs == 1 && n->type.dtype == g_type(g, n->args[0]).dtype)
    return block_of(g, s, n->args[0], inner[0] + k[0], inner[1] + k[1]);
  if (n->op == &sd_op_pad && n->nargs == 1 && inner[0] == k[0] && inner[1] == k[1]) {
    sd_type t = g_type(g, n->args[0]);
    if (t.rows == y->rows && t.cols == y->cols) return g_to(g, n->args[0], y);
  }
  return n->op == &sd_op_hcat || n->op == &sd_op_vcat ? within_one(g, s, n) : 0;
}

/* All columns: each by itself. The place is the same for all. */
static int column_block(const sd_site *s, int k) {
  if (s->in[0].cols != s->out[0].cols) return SD_MIXES;
  return k == 0 ? SD_ALIGNED : SD_SHARED;
}

/* ---- hcat, vcat: code 1 is across -------------------------------------------------------------*/

static int infer_cat(sd_site *s) {
  int across = s->op->code;
  ptrdiff_t along = 0, side = 0;
  if (s->nargs < 1) return sd_refuse(s, SD_EARG, "needs at least one matrix");
  for (int k = 0; k < s->nargs; k++) {
    ptrdiff_t other = across ? s->in[k].rows : s->in[k].cols;
    if (k > 0 && other != side)
      return sd_refuse(s, SD_ESHAPE, "argument %d has %td %s, those before have %td", k + 1, other,
                       across ? "rows" : "columns", side);
    side = other;
    along += across ? s->in[k].cols : s->in[k].rows;
  }
  s->out[0] = across ? sd_type_matrix(side, along, s->in[0].dtype)
                     : sd_type_matrix(along, side, s->in[0].dtype);
  return SD_OK;
}

static int run_cat(const sd_call *c) {
  const sd_mat *y = &c->out[0];
  int across = c->op->code, status = SD_OK;
  ptrdiff_t at = 0;
  for (int k = 0; k < c->nargs && status == SD_OK; k++) {
    const sd_mat *a = &c->in[k];
    sd_mat to = across ? sd_mat_block(y, 0, at, a->rows, a->cols)
                       : sd_mat_block(y, at, 0, a->rows, a->cols);
    status = sd_mat_copy(a, &to);
    at += across ? a->cols : a->rows;
  }
  return status;
}

static sd_ref simplify_cat(sd_graph *g, const sd_site *s, const sd_ref *args) {
  return s->nargs == 1 ? g_to(g, args[0], &s->out[0]) : 0;
}

static int reverse_cat(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  int across = n->op->code;
  ptrdiff_t at = 0;
  if (cot[0] == 0) return SD_OK;
  for (int k = 0; k < n->nargs; k++) {
    sd_type t = g_type(g, n->args[k]);
    sd_attr attr = {.k = {across ? 0 : at, across ? at : 0, t.rows, t.cols, 0, SD_SAYS_BLOCK}};
    bar[k] = g_to(g, g_op(g, &sd_op_slice, &attr, cot[0], 0, 0), &t);
    if (bar[k] < 0) return bar[k];
    at += across ? t.cols : t.rows;
  }
  return SD_OK;
}

static int forward_cat(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref few[SD_FEW], *args = few;
  if (n->nargs > SD_FEW && (args = sd_alloc((size_t)n->nargs, sizeof *args)) == NULL)
    return SD_ENOMEM;
  for (int k = 0; k < n->nargs; k++) {
    sd_type t = g_type(g, n->args[k]);
    args[k] = dot[k] ? dot[k] : g_zeros(g, &t);
  }
  tan[0] = sd_emit(g, n->op, NULL, n->nargs, args, 1);
  if (args != few) sd_free(args);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- diag: builds from a column, extracts from a square ---------------------------------------*/

static int infer_diag(sd_site *s) {
  char sa[SD_SHAPE];
  const sd_type *a = &s->in[0];
  if (a->rows != a->cols && a->cols != 1)
    return sd_refuse(s, SD_ESHAPE,
                     "needs a column (to build) or a square matrix (to extract), got %s%s",
                     sd_type_shape(a, sa), a->rows == 1 ? " (use A:t())" : "");
  s->out[0] = sd_type_matrix(a->rows, a->rows == a->cols ? 1 : a->rows, a->dtype);
  return SD_OK;
}

static int run_diag(const sd_call *c) {
  const sd_mat *a = &c->in[0];
  sd_mat *y = &c->out[0];
  int extracts = a->rows == a->cols;
  if (!extracts) sd_mat_fill(y, 0);
  for (ptrdiff_t i = 0; i < a->rows; i++)
    sd_mat_set(y, i, extracts ? 0 : i, sd_mat_get(a, i, extracts ? i : 0));
  return SD_OK;
}

/* The adjoint of building is extracting, and the other way round. */
static int reverse_diag(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = g_type(g, sd_node_at(g, self)->args[0]);
  if (cot[0] == 0) return SD_OK;
  bar[0] = g_to(g, g_op(g, &sd_op_diag, NULL, cot[0], 0, 0), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_diag(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  (void)self;
  if (dot[0] == 0) return SD_OK;
  tan[0] = g_op(g, &sd_op_diag, NULL, dot[0], 0, 0);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- rows -------------------------------------------------------------------------------------*/

const sd_op sd_op_slice = {.name = "slice",
                           .nargs = -1,
                           .infer = infer_slice,
                           .run = run_slice,
                           .view = view_slice,
                           .fail = fail_block,
                           .simplify = simplify_slice,
                           .reverse = reverse_slice,
                           .forward = forward_block,
                           .column = column_block,
                           .flops = sd_flops_none};
const sd_op sd_op_pad = {.name = "pad",
                         .nargs = -1,
                         .infer = infer_pad,
                         .run = run_pad,
                         .fail = fail_block,
                         .reverse = reverse_pad,
                         .forward = forward_block,
                         .column = column_block,
                         .flops = sd_flops_none};

#define CAT(fn, across, rule)                                                                      \
  const sd_op sd_op_##fn = {.name = #fn,                                                           \
                            .code = across,                                                        \
                            .nargs = -1,                                                           \
                            .joined = ~(uint32_t)0,                                                \
                            .infer = infer_cat,                                                    \
                            .run = run_cat,                                                        \
                            .simplify = simplify_cat,                                              \
                            .reverse = reverse_cat,                                                \
                            .forward = forward_cat,                                                \
                            .column = rule,                                                        \
                            .flops = sd_flops_none}
CAT(hcat, 1, sd_column_mixes);
CAT(vcat, 0, sd_column_aligned);

const sd_op sd_op_diag = {.name = "diag",
                          .nargs = 1,
                          .infer = infer_diag,
                          .run = run_diag,
                          .reverse = reverse_diag,
                          .forward = forward_diag,
                          .column = sd_column_mixes,
                          .flops = sd_flops_none};

const sd_op *const sd_family_block[] = {&sd_op_slice, &sd_op_pad,  &sd_op_hcat,
                                        &sd_op_vcat,  &sd_op_diag, NULL};
