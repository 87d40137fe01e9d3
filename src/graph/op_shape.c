/* Shape and dtype: constants, conversions, broadcasting and its adjoint, transpose, reshape.
 *
 * Each of these is linear: its reverse rule is its adjoint, its forward rule is itself. */
#include "build.h"
#include "saddle/status.h"

/* The application of self's op, with its attributes, to the tangent. */
static int forward_same(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  tan[0] = dot[0] == 0 ? 0 : sd_emit(g, n->op, &n->attr, 1, dot, 1);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static sd_type argument_type(const sd_graph *g, sd_ref self) {
  return g_type(g, sd_node_at(g, self)->args[0]);
}

/* ---- full -------------------------------------------------------------------------------------*/

static int run_full(const sd_call *c) {
  sd_mat_fill(&c->out[0], c->attr->p[0]);
  return SD_OK;
}

/* ---- to: k = {dtype, number} ------------------------------------------------------------------*/

static int infer_to(sd_site *s) {
  s->out[0] = (sd_type){s->in[0].rows, s->in[0].cols, (int)s->attr->k[0], (int)s->attr->k[1]};
  return SD_OK;
}

static int run_copy(const sd_call *c) { return sd_mat_copy(&c->in[0], &c->out[0]); }

/* A constant in the result's type; 0 where that undoes the rounding to f32. */
static sd_ref refill(sd_graph *g, const sd_site *s, const sd_node *n) {
  int rounds = n->type.dtype == SD_F32 && s->out[0].dtype != SD_F32;
  return n->op == &sd_op_full && !rounds ? g_full(g, &s->out[0], n->attr.p[0]) : 0;
}

static sd_ref simplify_to(sd_graph *g, const sd_site *s, const sd_ref *args) {
  const sd_node *n = sd_node_at(g, args[0]);
  if (sd_type_same(&s->in[0], &s->out[0])) return args[0];
  return refill(g, s, n);
}

static int reverse_to(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = argument_type(g, self);
  bar[0] = g_to(g, cot[0], &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

/* ---- broadcast and sum_to: k = the type of the result -----------------------------------------*/

static int infer_broadcast(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  sd_infer_given(s);
  const sd_type *a = &s->in[0], *t = &s->out[0];
  if ((a->rows != t->rows && a->rows != 1) || (a->cols != t->cols && a->cols != 1))
    return sd_refuse(s, SD_ESHAPE, "%s does not broadcast to %s", sd_type_shape(a, sa),
                     sd_type_shape(t, sb));
  return SD_OK;
}

/* Y <- A with its only row, column or element repeated; in A's dtype or the other one */
static int run_broadcast(const sd_call *c) {
  const sd_mat *a = &c->in[0], *y = &c->out[0];
  for (ptrdiff_t j = 0; j < y->cols; j++) {
    ptrdiff_t from = a->cols == 1 ? 0 : j;
    sd_mat column = sd_mat_block(y, 0, j, y->rows, 1);
    sd_mat source = sd_mat_block(a, 0, from, a->rows, 1);
    if (a->rows == y->rows)
      sd_mat_copy(&source, &column);
    else
      sd_mat_fill(&column, sd_mat_get(a, 0, from));
  }
  return SD_OK;
}

static sd_ref simplify_broadcast(sd_graph *g, const sd_site *s, const sd_ref *args) {
  const sd_node *n = sd_node_at(g, args[0]);
  if (sd_type_same(&s->in[0], &s->out[0])) return args[0];
  return refill(g, s, n);
}

static int reverse_broadcast(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = argument_type(g, self);
  bar[0] = g_sum_to(g, cot[0], &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int infer_sum_to(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  sd_infer_given(s);
  const sd_type *a = &s->in[0], *t = &s->out[0];
  if ((a->rows != t->rows && t->rows != 1) || (a->cols != t->cols && t->cols != 1))
    return sd_refuse(s, SD_ESHAPE, "%s does not sum to %s", sd_type_shape(a, sa),
                     sd_type_shape(t, sb));
  return SD_OK;
}

/* Along what a sum to (rows, cols) goes, as sd_reduce has it; -1: along nothing. */
static int sum_dim(ptrdiff_t m, ptrdiff_t n, ptrdiff_t rows, ptrdiff_t cols) {
  if (m == rows) return n == cols ? -1 : 2;
  return n == cols ? 1 : 0;
}

int sd_reduction(const sd_graph *g, const sd_node *n, int *dim) {
  const sd_op *first = &sd_reduce_ops[0];
  if (n->op == &sd_op_sum_to) {
    const sd_type *a = &sd_node_at(g, n->args[0])->type;
    *dim = sum_dim(a->rows, a->cols, n->type.rows, n->type.cols);
    return *dim < 0 ? -1 : SD_REDUCE_SUM;
  }
  if (n->op < first || n->op >= first + SD_REDUCE_COUNT) return -1;
  *dim = (int)n->attr.k[0];
  return n->op->code;
}

/* Sums are taken in f64; where the result is of the other dtype they go through a cell or line. */
static int run_sum_to(const sd_call *c) {
  const sd_mat *a = &c->in[0];
  sd_mat *y = &c->out[0];
  int dim = sum_dim(a->rows, a->cols, y->rows, y->cols);
  return dim < 0 ? sd_mat_copy(a, y) : sd_reduce(SD_REDUCE_SUM, dim, a, y);
}

static sd_ref simplify_sum_to(sd_graph *g, const sd_site *s, const sd_ref *args) {
  (void)g;
  return sd_type_same(&s->in[0], &s->out[0]) ? args[0] : 0;
}

static int reverse_sum_to(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = argument_type(g, self);
  bar[0] = g_broadcast(g, cot[0], &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static double flops_sum_to(const sd_site *s) {
  return (double)s->in[0].rows * (double)s->in[0].cols;
}

/* ---- stop_gradient ----------------------------------------------------------------------------*/

/* ---- transpose, reshape -----------------------------------------------------------------------*/

static int infer_transpose(sd_site *s) {
  s->out[0] = sd_type_matrix(s->in[0].cols, s->in[0].rows, s->in[0].dtype);
  return SD_OK;
}

static int run_transpose(const sd_call *c) { return sd_mat_transpose(&c->in[0], &c->out[0]); }

/* Of a line without gaps: its elements in the same order. */
static int view_transpose(const sd_call *c) {
  const sd_mat *a = &c->in[0];
  if ((a->rows != 1 && a->cols != 1) || !sd_mat_packed(a)) return 0;
  c->out[0] = sd_mat_over(a->cols, a->rows, a->dtype, a->x);
  return 1;
}

/* (A')' is A; a constant and one element are themselves. */
static sd_ref simplify_transpose(sd_graph *g, const sd_site *s, const sd_ref *args) {
  const sd_node *n = sd_node_at(g, args[0]);
  if (n->op == &sd_op_full) return g_full(g, &s->out[0], n->attr.p[0]);
  if (sd_is_one(&s->out[0])) return g_to(g, args[0], &s->out[0]);
  return n->op == &sd_op_transpose ? g_to(g, n->args[0], &s->out[0]) : 0;
}

/* A product column by column is made row by row at once. With one row in a factor it is no larger
 * than the other factor, and as well turned itself. */
static sd_ref lower_transpose(sd_graph *g, const sd_node *n, const sd_ref *args) {
  const sd_node *product = sd_node_at(g, args[0]);
  (void)n;
  if (product->op != &sd_op_khatri_rao) return 0;
  sd_ref a = product->args[0], b = product->args[1];
  if (g_type(g, a).rows < 2 || g_type(g, b).rows < 2) return 0;
  a = g_t(g, a);
  b = g_t(g, b);
  if (a < 0 || b < 0) return a < 0 ? a : b;
  return g_op(g, &sd_op_khatri_rao_rows, NULL, a, b, 0);
}

static int reverse_transpose(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = argument_type(g, self);
  bar[0] = g_to(g, g_t(g, cot[0]), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

/* k = {rows, cols} */
static int infer_reshape(sd_site *s) {
  char shape[SD_SHAPE];
  const int64_t *k = s->attr->k;
  ptrdiff_t total, have = s->in[0].rows * s->in[0].cols;
  if (__builtin_mul_overflow(k[0], k[1], &total) || total != have)
    return sd_refuse(s, SD_ESHAPE, "%s has %td elements, %lldx%lld needs %.17g",
                     sd_type_shape(&s->in[0], shape), have, (long long)k[0], (long long)k[1],
                     (double)k[0] * (double)k[1]);
  s->out[0] = sd_type_matrix(k[0], k[1], s->in[0].dtype);
  return SD_OK;
}

static int run_reshape(const sd_call *c) { return sd_mat_reshape(&c->in[0], &c->out[0]); }

static int view_reshape(const sd_call *c) {
  if (!sd_mat_packed(&c->in[0])) return 0;
  c->out[0] = sd_mat_over(c->out[0].rows, c->out[0].cols, c->in[0].dtype, c->in[0].x);
  return 1;
}

static sd_ref simplify_reshape(sd_graph *g, const sd_site *s, const sd_ref *args) {
  const sd_node *n = sd_node_at(g, args[0]);
  if (n->op == &sd_op_full) return g_full(g, &s->out[0], n->attr.p[0]);
  if (s->in[0].rows == s->out[0].rows && s->in[0].cols == s->out[0].cols)
    return g_to(g, args[0], &s->out[0]);
  return n->op == &sd_op_reshape ? g_reshape(g, n->args[0], s->out[0].rows, s->out[0].cols) : 0;
}

static int reverse_reshape(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = argument_type(g, self);
  bar[0] = g_to(g, g_reshape(g, cot[0], t.rows, t.cols), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

/* ---- rows -------------------------------------------------------------------------------------*/

const sd_op sd_op_full = {
    .name = "full", .infer = sd_infer_given, .run = run_full, .flops = sd_flops_none};
const sd_op sd_op_to = {.name = "to",
                        .nargs = 1,
                        .infer = infer_to,
                        .run = run_copy,
                        .simplify = simplify_to,
                        .reverse = reverse_to,
                        .forward = forward_same,
                        .column = sd_column_aligned,
                        .flops = sd_flops_none};
const sd_op sd_op_broadcast = {.name = "broadcast",
                               .nargs = 1,
                               .infer = infer_broadcast,
                               .run = run_broadcast,
                               .simplify = simplify_broadcast,
                               .reverse = reverse_broadcast,
                               .forward = forward_same,
                               .column = sd_column_broadcast,
                               .flops = sd_flops_none};
const sd_op sd_op_sum_to = {.name = "sum_to",
                            .nargs = 1,
                            .infer = infer_sum_to,
                            .run = run_sum_to,
                            .simplify = simplify_sum_to,
                            .reverse = reverse_sum_to,
                            .forward = forward_same,
                            .column = sd_column_broadcast,
                            .flops = flops_sum_to};
const sd_op sd_op_stop_gradient = {.name = "stop_gradient",
                                   .nargs = 1,
                                   .infer = sd_infer_like,
                                   .run = run_copy,
                                   .reverse = sd_reverse_zero,
                                   .forward = sd_forward_zero,
                                   .column = sd_column_aligned,
                                   .flops = sd_flops_none};
const sd_op sd_op_transpose = {.name = "t",
                               .nargs = 1,
                               .infer = infer_transpose,
                               .run = run_transpose,
                               .view = view_transpose,
                               .simplify = simplify_transpose,
                               .lower = lower_transpose,
                               .reverse = reverse_transpose,
                               .forward = forward_same,
                               .column = sd_column_mixes,
                               .flops = sd_flops_none};
const sd_op sd_op_reshape = {.name = "reshape",
                             .nargs = 1,
                             .infer = infer_reshape,
                             .run = run_reshape,
                             .view = view_reshape,
                             .simplify = simplify_reshape,
                             .reverse = reverse_reshape,
                             .forward = forward_same,
                             .column = sd_column_mixes,
                             .flops = sd_flops_none};

const sd_op *const sd_family_shape[] = {
    &sd_op_full,          &sd_op_to,        &sd_op_broadcast, &sd_op_sum_to,
    &sd_op_stop_gradient, &sd_op_transpose, &sd_op_reshape,   NULL};
