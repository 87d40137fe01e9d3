/* Builders for derivative rules (see build.h). */
#include "build.h"
#include "saddle/status.h"

sd_type g_type(const sd_graph *g, sd_ref x) { return sd_node_at(g, x)->type; }

sd_ref g_op(sd_graph *g, const sd_op *op, const sd_attr *attr, sd_ref a, sd_ref b, sd_ref c) {
  sd_ref args[3] = {a, b, c};
  return sd_emit(g, op, attr, c != 0 ? 3 : b != 0 ? 2 : 1, args, 1);
}

static sd_attr attr_of(const sd_type *t) {
  return (sd_attr){.k = {t->rows, t->cols, t->dtype, t->number}};
}

sd_ref g_num(sd_graph *g, double v) { return sd_graph_number(g, v); }

sd_ref g_full(sd_graph *g, const sd_type *t, double v) {
  sd_attr attr = attr_of(t);
  attr.p[0] = v;
  return sd_emit(g, &sd_op_full, &attr, 0, NULL, 1);
}

sd_ref g_zeros(sd_graph *g, const sd_type *t) { return g_full(g, t, 0); }

/* ---- element by element -----------------------------------------------------------------------*/

sd_ref g_zip(sd_graph *g, int fn, sd_ref a, sd_ref b) {
  return g_op(g, &sd_zip_ops[fn], NULL, a, b, 0);
}
sd_ref g_map(sd_graph *g, int fn, sd_ref a) { return g_op(g, &sd_map_ops[fn], NULL, a, 0, 0); }

sd_ref g_neg(sd_graph *g, sd_ref a) { return a <= 0 ? a : g_map(g, SD_MAP_NEG, a); }

sd_ref g_add(sd_graph *g, sd_ref a, sd_ref b) {
  return a == 0 ? b : b == 0 ? a : g_zip(g, SD_ZIP_ADD, a, b);
}
sd_ref g_sub(sd_graph *g, sd_ref a, sd_ref b) {
  return a == 0 ? g_neg(g, b) : b == 0 ? a : g_zip(g, SD_ZIP_SUB, a, b);
}
sd_ref g_mul(sd_graph *g, sd_ref a, sd_ref b) {
  if (a < 0 || b < 0) return a < 0 ? a : b;
  return a == 0 || b == 0 ? 0 : g_zip(g, SD_ZIP_MUL, a, b);
}
sd_ref g_div(sd_graph *g, sd_ref a, sd_ref b) { return a <= 0 ? a : g_zip(g, SD_ZIP_DIV, a, b); }
sd_ref g_scale(sd_graph *g, double v, sd_ref a) {
  return a <= 0 || v == 1 ? a : g_mul(g, g_num(g, v), a);
}
sd_ref g_shift(sd_graph *g, sd_ref a, double v) { return g_add(g, a, g_num(g, v)); }

sd_ref g_where(sd_graph *g, sd_ref mask, sd_ref a, sd_ref b) {
  if (a < 0 || b < 0) return a < 0 ? a : b;
  if (a == 0 && b == 0) return 0;
  return g_op(g, &sd_op_where, NULL, mask, a ? a : g_num(g, 0), b ? b : g_num(g, 0));
}

/* ---- the rest ---------------------------------------------------------------------------------*/

sd_ref g_reduce(sd_graph *g, int fn, int dim, sd_ref a) {
  sd_attr attr = {.k = {dim}};
  return a <= 0 ? a : g_op(g, &sd_reduce_ops[fn], &attr, a, 0, 0);
}
sd_ref g_sum(sd_graph *g, int dim, sd_ref a) { return g_reduce(g, SD_REDUCE_SUM, dim, a); }

sd_ref g_matmul(sd_graph *g, int transa, sd_ref a, int transb, sd_ref b) {
  sd_attr attr = {.k = {transa, transb}};
  if (a < 0 || b < 0) return a < 0 ? a : b;
  return a == 0 || b == 0 ? 0 : g_op(g, &sd_op_matmul, &attr, a, b, 0);
}
sd_ref g_t(sd_graph *g, sd_ref a) { return a <= 0 ? a : g_op(g, &sd_op_transpose, NULL, a, 0, 0); }

sd_ref g_reshape(sd_graph *g, sd_ref a, ptrdiff_t rows, ptrdiff_t cols) {
  sd_attr attr = {.k = {rows, cols}};
  return a <= 0 ? a : g_op(g, &sd_op_reshape, &attr, a, 0, 0);
}

sd_ref g_to(sd_graph *g, sd_ref a, const sd_type *t) {
  sd_attr attr = {.k = {t->dtype, t->number}};
  return a <= 0 ? a : g_op(g, &sd_op_to, &attr, a, 0, 0);
}

sd_ref g_broadcast(sd_graph *g, sd_ref a, const sd_type *t) {
  sd_attr attr = attr_of(t);
  return a <= 0 ? a : g_op(g, &sd_op_broadcast, &attr, a, 0, 0);
}

sd_ref g_sum_to(sd_graph *g, sd_ref a, const sd_type *t) {
  sd_attr attr = attr_of(t);
  return a <= 0 ? a : g_op(g, &sd_op_sum_to, &attr, a, 0, 0);
}

/* ---- lines ------------------------------------------------------------------------------------*/

sd_ref g_line(sd_graph *g, const sd_op *op, int dim, sd_ref a) {
  sd_attr attr = {.k = {dim}};
  return a <= 0 ? a : g_op(g, op, &attr, a, 0, 0);
}

sd_ref g_pick(sd_graph *g, int dim, sd_ref a, sd_ref at) {
  sd_attr attr = {.k = {dim}};
  return a <= 0 ? a : g_op(g, &sd_op_pick, &attr, a, at, 0);
}

sd_ref g_put(sd_graph *g, int dim, sd_ref a, sd_ref at, const sd_type *t) {
  sd_attr attr = {.k = {dim, t->rows, t->cols, t->dtype, t->number}};
  return a <= 0 ? a : g_op(g, &sd_op_put, &attr, a, at, 0);
}
