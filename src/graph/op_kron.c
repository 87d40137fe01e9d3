/* Kronecker products, of matrices (kron), column by column (khatri_rao) and row by row, which is
 * khatri_rao(A', B')' without a transpose of what is large: plans take it for that (op_shape.c).
 *
 * The first two are derivatives of one trilinear form T(A,B,C) = <C, A kron B>: the product is
 * dT/dC, and the rows *_part are dT/dA, with k[0] = 0, and dT/dB, with k[0] = 1. A derivative of
 * one of them is another, so the set is closed. A column of C, read as a p x m matrix with columns
 * of B's length, is contracted with a column of B or A: nothing larger than the result is made. */
#include "build.h"
#include "saddle/arrange.h"
#include "saddle/blas.h"
#include "saddle/status.h"

enum { OF_A, OF_B };

static const sd_op *product_of(const sd_op *part) {
  return part->code ? &sd_op_khatri_rao : &sd_op_kron;
}
static const sd_op *part_of(const sd_op *product) {
  return product->code ? &sd_op_khatri_rao_part : &sd_op_kron_part;
}

/* ---- the products: code 1 is column by column -------------------------------------------------*/

static int infer_product(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  const sd_type *a = &s->in[0], *b = &s->in[1];
  ptrdiff_t rows, cols, times = s->op->code ? 1 : b->cols;
  if (s->op->code && a->cols != b->cols)
    return sd_refuse(s, SD_ESHAPE, "numbers of columns differ: A is %s, B is %s",
                     sd_type_shape(a, sa), sd_type_shape(b, sb));
  if (__builtin_mul_overflow(a->rows, b->rows, &rows) ||
      __builtin_mul_overflow(a->cols, times, &cols))
    return sd_refuse(s, SD_ETOOBIG, "a result of %.3gx%.3g is larger than any memory",
                     (double)a->rows * (double)b->rows, (double)a->cols * (double)times);
  s->out[0] = (sd_type){rows, cols, a->dtype, a->number && b->number};
  return SD_OK;
}

static int run_product(const sd_call *c) {
  return c->op->code ? sd_khatri_rao(&c->in[0], &c->in[1], &c->out[0])
                     : sd_kron(&c->in[0], &c->in[1], &c->out[0]);
}

static sd_ref product(sd_graph *g, const sd_op *op, sd_ref a, sd_ref b) {
  if (a < 0 || b < 0) return a < 0 ? a : b;
  return a == 0 || b == 0 ? 0 : g_op(g, op, NULL, a, b, 0);
}

/* The part of C for A (with x = B) or for B (with x = A), of type t. */
static sd_ref part(sd_graph *g, const sd_op *op, int side, sd_ref c, sd_ref x, const sd_type *t) {
  sd_attr attr = {.k = {side, t->rows, t->cols, t->number}};
  if (c < 0 || x < 0) return c < 0 ? c : x;
  return c == 0 || x == 0 ? 0 : g_op(g, op, &attr, c, x, 0);
}

static int reverse_product(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  for (int side = OF_A; side <= OF_B; side++) {
    sd_type t = g_type(g, n->args[side]);
    bar[side] = part(g, part_of(n->op), side, cot[0], n->args[1 - side], &t);
    if (bar[side] < 0) return bar[side];
  }
  return SD_OK;
}

static int forward_product(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  tan[0] = g_add(g, product(g, n->op, dot[0], n->args[1]), product(g, n->op, n->args[0], dot[1]));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- their parts: k = {side, rows, cols, number of the result} --------------------------------*/

static int is_product(ptrdiff_t n, ptrdiff_t a, ptrdiff_t b) {
  ptrdiff_t ab;
  return !__builtin_mul_overflow(a, b, &ab) && n == ab;
}

static int infer_part(sd_site *s) {
  char sc[SD_SHAPE], sx[SD_SHAPE];
  const int64_t *k = s->attr->k;
  const sd_type *c = &s->in[0], *x = &s->in[1];
  int by_column = s->op->code;
  s->out[0] = (sd_type){k[1], k[2], c->dtype, (int)k[3]};
  if (!is_product(c->rows, k[1], x->rows) || !is_product(c->cols, k[2], by_column ? 1 : x->cols) ||
      (by_column && x->cols != k[2]))
    return sd_refuse(s, SD_ESHAPE, "shapes do not fit: C is %s, the factor is %s",
                     sd_type_shape(c, sc), sd_type_shape(x, sx));
  return SD_OK;
}

/* y <- y + C x or C' x, where C is column k of the product as a p x m matrix. */
static int contract(const sd_call *call, ptrdiff_t k, ptrdiff_t from, ptrdiff_t to) {
  const sd_mat *c = &call->in[0], *x = &call->in[1], *y = &call->out[0];
  int side = (int)call->attr->k[0];
  sd_mat column = sd_mat_block(c, 0, k, c->rows, 1), vector = sd_mat_block(x, 0, from, x->rows, 1);
  sd_mat sum = sd_mat_block(y, 0, to, y->rows, 1);
  sd_mat folded = side == OF_A ? sd_mat_over(x->rows, y->rows, c->dtype, column.x)
                               : sd_mat_over(y->rows, x->rows, c->dtype, column.x);
  return sd_gemm(side == OF_A ? SD_TRANS : SD_NOTRANS, SD_NOTRANS, 1, &folded, &vector, 1, &sum);
}

static int run_part(const sd_call *c) {
  const sd_mat *x = &c->in[1];
  sd_mat *y = &c->out[0];
  int status = SD_OK, side = (int)c->attr->k[0];
  ptrdiff_t inner = side == OF_A ? x->cols : y->cols; /* columns of B */
  sd_mat_fill(y, 0);
  if (x->rows == 0 || y->rows == 0) return SD_OK;
  for (ptrdiff_t k = 0; k < c->in[0].cols && status == SD_OK; k++) {
    ptrdiff_t j = c->op->code ? k : k / inner, l = c->op->code ? k : k % inner;
    status = side == OF_A ? contract(c, k, l, j) : contract(c, k, j, l);
  }
  return status;
}

static int reverse_part(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type tc = g_type(g, n->args[0]), tx = g_type(g, n->args[1]);
  int side = (int)n->attr.k[0];
  sd_ref x = n->args[1], y = cot[0];
  bar[0] = g_to(g, product(g, product_of(n->op), side == OF_A ? y : x, side == OF_A ? x : y), &tc);
  bar[1] = part(g, n->op, 1 - side, n->args[0], y, &tx);
  return bar[0] < 0 ? bar[0] : bar[1] < 0 ? bar[1] : SD_OK;
}

static int forward_part(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  int side = (int)n->attr.k[0];
  tan[0] = g_add(g, part(g, n->op, side, dot[0], n->args[1], &n->type),
                 part(g, n->op, side, n->args[0], dot[1], &n->type));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_part(const sd_site *s) {
  return 2 * (double)s->in[0].rows * (double)s->in[0].cols;
}

/* ---- row by row -------------------------------------------------------------------------------*/

static int infer_rows(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  const sd_type *a = &s->in[0], *b = &s->in[1];
  ptrdiff_t cols;
  if (a->rows != b->rows)
    return sd_refuse(s, SD_ESHAPE, "numbers of rows differ: A is %s, B is %s", sd_type_shape(a, sa),
                     sd_type_shape(b, sb));
  if (__builtin_mul_overflow(a->cols, b->cols, &cols))
    return sd_refuse(s, SD_ETOOBIG, "a result of %.3gx%.3g is larger than any memory",
                     (double)a->rows, (double)a->cols * (double)b->cols);
  s->out[0] = (sd_type){a->rows, cols, a->dtype, a->number && b->number};
  return SD_OK;
}

static int run_rows(const sd_call *c) {
  return sd_khatri_rao_rows(&c->in[0], &c->in[1], &c->out[0]);
}

static int reverse_rows(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref args[2] = {n->args[0], n->args[1]}, turned = g_t(g, cot[0]);
  for (int side = OF_A; side <= OF_B; side++) {
    sd_type t = g_type(g, args[side]), columns = sd_type_matrix(t.cols, t.rows, t.dtype);
    sd_ref other = g_t(g, args[1 - side]);
    bar[side] = g_to(g, g_t(g, part(g, &sd_op_khatri_rao_part, side, turned, other, &columns)), &t);
    if (bar[side] < 0) return bar[side];
  }
  return SD_OK;
}

static int forward_rows(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref a = n->args[0], b = n->args[1];
  tan[0] = g_add(g, product(g, &sd_op_khatri_rao_rows, dot[0], b),
                 product(g, &sd_op_khatri_rao_rows, a, dot[1]));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- rows of the table ------------------------------------------------------------------------*/

#define ROW(what, fn, by_column, cost, rule)                                                       \
  {                                                                                                \
    .name = #fn, .code = by_column, .nargs = 2, .joined = 3, .infer = infer_##what,                \
    .run = run_##what, .reverse = reverse_##what, .forward = forward_##what, .column = rule,       \
    .flops = cost                                                                                  \
  }
const sd_op sd_op_kron = ROW(product, kron, 0, sd_flops_one, sd_column_mixes);
const sd_op sd_op_khatri_rao = ROW(product, khatri_rao, 1, sd_flops_one, sd_column_aligned);
const sd_op sd_op_kron_part = ROW(part, kron_part, 0, flops_part, sd_column_mixes);
const sd_op sd_op_khatri_rao_part = ROW(part, khatri_rao_part, 1, flops_part, sd_column_aligned);
const sd_op sd_op_khatri_rao_rows = ROW(rows, khatri_rao_rows, 0, sd_flops_one, sd_column_mixes);

const sd_op *const sd_family_kron[] = {&sd_op_kron,
                                       &sd_op_khatri_rao,
                                       &sd_op_kron_part,
                                       &sd_op_khatri_rao_part,
                                       &sd_op_khatri_rao_rows,
                                       NULL};
