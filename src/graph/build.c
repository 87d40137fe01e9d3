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

sd_ref g_zip(sd_graph *g, int fn, sd_ref a, sd_ref b) {
  return g_op(g, &sd_zip_ops[fn], NULL, a, b, 0);
}
sd_ref g_map(sd_graph *g, int fn, sd_ref a) { return g_op(g, &sd_map_ops[fn], NULL, a, 0, 0); }

/* ---- what has met a mask ----------------------------------------------------------------------*/

typedef struct masked {
  sd_ref mask, value;
} masked;

/* 1 when x is pass(mask, value). */
static int is_pass(const sd_graph *g, sd_ref x, masked *m) {
  const sd_node *n = x > 0 ? sd_node_at(g, x) : NULL;
  if (n == NULL || n->op != &sd_zip_ops[SD_ZIP_PASS]) return 0;
  *m = (masked){n->args[0], n->args[1]};
  return 1;
}

/* 1 when x is known to be 0 or 1 everywhere: a comparison, or some of them joined. */
static int is_mask(const sd_graph *g, sd_ref x) {
  const sd_node *n = sd_node_at(g, x);
  int fn = n->op->code;
  if (n->op != &sd_zip_ops[fn < SD_ZIP_COUNT ? fn : 0]) return 0;
  if (fn == SD_ZIP_MAX || fn == SD_ZIP_MUL) return is_mask(g, n->args[0]) && is_mask(g, n->args[1]);
  return fn >= SD_ZIP_LT && fn <= SD_ZIP_NE;
}

static sd_ref nonzero(sd_graph *g, sd_ref mask) {
  return mask < 0 || is_mask(g, mask) ? mask : g_zip(g, SD_ZIP_NE, mask, g_num(g, 0));
}

static int same_shape(const sd_graph *g, sd_ref a, sd_ref b) {
  sd_type ta = g_type(g, a), tb = g_type(g, b);
  return ta.rows == tb.rows && ta.cols == tb.cols;
}

/* x where the mask is not 0; of what has met another mask, where neither is. */
static sd_ref pass(sd_graph *g, sd_ref mask, sd_ref x) {
  masked m;
  if (mask < 0 || x <= 0) return mask < 0 ? mask : x;
  if (!is_pass(g, x, &m) || !same_shape(g, mask, m.mask)) return g_zip(g, SD_ZIP_PASS, mask, x);
  const sd_node *inner = sd_node_at(g, m.mask);
  int within =
      inner->op == &sd_zip_ops[SD_ZIP_MUL] && (inner->args[0] == mask || inner->args[1] == mask);
  if (m.mask == mask || within) return x;
  sd_ref both = g_zip(g, SD_ZIP_MUL, nonzero(g, mask), nonzero(g, m.mask));
  return both < 0 ? both : g_zip(g, SD_ZIP_PASS, both, m.value);
}

/* The mask in the dtype of t; a number goes with any. */
static sd_ref mask_for(sd_graph *g, sd_ref mask, const sd_type *t) {
  sd_type has = g_type(g, mask);
  if (has.number || has.dtype == t->dtype) return mask;
  has.dtype = t->dtype;
  return g_to(g, mask, &has);
}

/* 1 when `other` is mask == 0: what where hands to its two branches. */
static int is_opposite(const sd_graph *g, sd_ref mask, sd_ref other) {
  const sd_node *n = sd_node_at(g, other), *zero = n->nargs == 2 ? sd_node_at(g, n->args[1]) : n;
  return n->op == &sd_zip_ops[SD_ZIP_EQ] && n->args[0] == mask && zero->op == &sd_op_full &&
         zero->attr.p[0] == 0;
}

/* a + b where either has met a mask: where neither is selected nothing comes. */
static sd_ref add_masked(sd_graph *g, sd_ref sum, const masked *a, const masked *b) {
  if (sum < 0 || !same_shape(g, a->mask, b->mask)) return sum;
  sd_ref either = g_zip(g, SD_ZIP_MAX, nonzero(g, a->mask), nonzero(g, b->mask));
  return pass(g, either, sum);
}

/* ---- element by element -----------------------------------------------------------------------*/

sd_ref g_neg(sd_graph *g, sd_ref a) {
  masked m;
  if (is_pass(g, a, &m)) return pass(g, m.mask, g_neg(g, m.value));
  return a <= 0 ? a : g_map(g, SD_MAP_NEG, a);
}

sd_ref g_add(sd_graph *g, sd_ref a, sd_ref b) {
  masked ma, mb;
  if (a == 0 || b == 0) return a == 0 ? b : a;
  if (!is_pass(g, a, &ma) || !is_pass(g, b, &mb)) return g_zip(g, SD_ZIP_ADD, a, b);
  if (ma.mask == mb.mask) return pass(g, ma.mask, g_add(g, ma.value, mb.value));
  if (is_opposite(g, ma.mask, mb.mask)) return g_where(g, ma.mask, ma.value, mb.value);
  if (is_opposite(g, mb.mask, ma.mask)) return g_where(g, mb.mask, mb.value, ma.value);
  return add_masked(g, g_zip(g, SD_ZIP_ADD, a, b), &ma, &mb);
}
sd_ref g_sub(sd_graph *g, sd_ref a, sd_ref b) {
  masked m;
  if (a == 0 || b == 0) return a == 0 ? g_neg(g, b) : a;
  return is_pass(g, b, &m) ? g_add(g, a, g_neg(g, b)) : g_zip(g, SD_ZIP_SUB, a, b);
}
sd_ref g_mul(sd_graph *g, sd_ref a, sd_ref b) {
  masked m;
  if (a < 0 || b < 0) return a < 0 ? a : b;
  if (is_pass(g, a, &m)) return pass(g, m.mask, g_mul(g, m.value, b));
  if (is_pass(g, b, &m)) return pass(g, m.mask, g_mul(g, a, m.value));
  return a == 0 || b == 0 ? 0 : g_zip(g, SD_ZIP_MUL, a, b);
}
sd_ref g_div(sd_graph *g, sd_ref a, sd_ref b) {
  masked m;
  if (a < 0 || b < 0) return a < 0 ? a : b;
  if (is_pass(g, a, &m)) return pass(g, m.mask, g_div(g, m.value, b));
  return a == 0 ? 0 : g_zip(g, SD_ZIP_DIV, a, b);
}
sd_ref g_scale(sd_graph *g, double v, sd_ref a) {
  return a <= 0 || v == 1 ? a : g_mul(g, g_num(g, v), a);
}
sd_ref g_shift(sd_graph *g, sd_ref a, double v) { return g_add(g, a, g_num(g, v)); }

sd_ref g_where(sd_graph *g, sd_ref mask, sd_ref a, sd_ref b) {
  if (a < 0 || b < 0) return a < 0 ? a : b;
  if (b == 0) return pass(g, mask, a);
  if (a == 0) return pass(g, g_zip(g, SD_ZIP_EQ, mask, g_num(g, 0)), b);
  return g_op(g, &sd_op_where, NULL, mask, a, b);
}

sd_ref g_flow(const sd_graph *g, sd_ref x) {
  const sd_node *n = x > 0 ? sd_node_at(g, x) : NULL;
  return n && n->op == &sd_op_full && n->attr.p[0] == 0 ? 0 : x;
}

sd_ref g_fold(sd_graph *g, const sd_site *s, const sd_ref *args) {
  double cells[SD_FEW], y = 0;
  sd_mat in[SD_FEW], out = sd_mat_over(1, 1, s->out[0].dtype, &y);
  if (s->nargs > SD_FEW) return 0;
  for (int k = 0; k < s->nargs; k++) {
    const sd_node *n = sd_node_at(g, args[k]);
    if (n->op != &sd_op_full) return 0;
    in[k] = sd_mat_over(1, 1, s->in[k].dtype, &cells[k]);
    sd_mat_fill(&in[k], n->attr.p[0]);
  }
  sd_call call = {s->op, s->attr, s->nargs, 1, in, &out};
  return s->op->run(&call) == SD_OK ? g_full(g, &s->out[0], sd_mat_get(&out, 0, 0)) : 0;
}

/* ---- the rest ---------------------------------------------------------------------------------*/

sd_ref g_reduce(sd_graph *g, int fn, int dim, sd_ref a) {
  sd_attr attr = {.k = {dim}};
  return a <= 0 ? a : g_op(g, &sd_reduce_ops[fn], &attr, a, 0, 0);
}
sd_ref g_sum(sd_graph *g, int dim, sd_ref a) { return g_reduce(g, SD_REDUCE_SUM, dim, a); }

/* 1 when x is pass(mask, value) and the mask is one number or 1x1. */
static int is_switch(const sd_graph *g, sd_ref x, masked *m) {
  if (!is_pass(g, x, m)) return 0;
  sd_type t = g_type(g, m->mask);
  return sd_is_one(&t);
}

sd_ref g_matmul(sd_graph *g, int transa, sd_ref a, int transb, sd_ref b) {
  sd_attr attr = {.k = {transa, transb}};
  masked m;
  if (a < 0 || b < 0) return a < 0 ? a : b;
  if (is_switch(g, a, &m)) return pass(g, m.mask, g_matmul(g, transa, m.value, transb, b));
  if (is_switch(g, b, &m)) return pass(g, m.mask, g_matmul(g, transa, a, transb, m.value));
  return a == 0 || b == 0 ? 0 : g_op(g, &sd_op_matmul, &attr, a, b, 0);
}

/* 1 when x is pass(mask, value) and the value has x's shape, and the mask too unless it is 1x1. */
static int is_aligned_pass(const sd_graph *g, sd_ref x, masked *m, int *single) {
  if (!is_pass(g, x, m)) return 0;
  sd_type t = g_type(g, x), v = g_type(g, m->value), k = g_type(g, m->mask);
  *single = sd_is_one(&k);
  return v.rows == t.rows && v.cols == t.cols &&
         (*single || (k.rows == t.rows && k.cols == t.cols));
}

sd_ref g_t(sd_graph *g, sd_ref a) {
  masked m;
  int single;
  if (is_aligned_pass(g, a, &m, &single))
    return pass(g, single ? m.mask : g_t(g, m.mask), g_t(g, m.value));
  return a <= 0 ? a : g_op(g, &sd_op_transpose, NULL, a, 0, 0);
}

sd_ref g_reshape(sd_graph *g, sd_ref a, ptrdiff_t rows, ptrdiff_t cols) {
  sd_attr attr = {.k = {rows, cols}};
  masked m;
  int single;
  if (is_aligned_pass(g, a, &m, &single))
    return pass(g, single ? m.mask : g_reshape(g, m.mask, rows, cols),
                g_reshape(g, m.value, rows, cols));
  return a <= 0 ? a : g_op(g, &sd_op_reshape, &attr, a, 0, 0);
}

sd_ref g_to(sd_graph *g, sd_ref a, const sd_type *t) {
  sd_attr attr = {.k = {t->dtype, t->number}};
  masked m;
  if (is_pass(g, a, &m) && !t->number) return pass(g, mask_for(g, m.mask, t), g_to(g, m.value, t));
  return a <= 0 ? a : g_op(g, &sd_op_to, &attr, a, 0, 0);
}

sd_ref g_broadcast(sd_graph *g, sd_ref a, const sd_type *t) {
  sd_attr attr = attr_of(t);
  masked m;
  if (a > 0 && is_pass(g, a, &m)) {
    sd_type has = g_type(g, a);
    if (sd_type_same(&has, t)) return a;
    return pass(g, mask_for(g, m.mask, t), g_broadcast(g, m.value, t));
  }
  return a <= 0 ? a : g_op(g, &sd_op_broadcast, &attr, a, 0, 0);
}

/* Of masked terms nothing comes where none of them is selected. */
static sd_ref sum_masked(sd_graph *g, sd_ref a, sd_ref mask, const sd_type *t) {
  sd_type has = g_type(g, a);
  sd_attr attr = attr_of(t);
  sd_ref sum = g_op(g, &sd_op_sum_to, &attr, a, 0, 0);
  sd_ref some = g_op(g, &sd_op_sum_to, &attr, g_broadcast(g, nonzero(g, mask), &has), 0, 0);
  return pass(g, some, sum);
}

sd_ref g_sum_to(sd_graph *g, sd_ref a, const sd_type *t) {
  sd_attr attr = attr_of(t);
  masked m;
  if (is_pass(g, a, &m)) {
    sd_type has = g_type(g, a);
    return sd_type_same(&has, t) ? a : sum_masked(g, a, m.mask, t);
  }
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
