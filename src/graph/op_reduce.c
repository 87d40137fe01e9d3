/* Reductions, over everything (a number), each column or each row. k = {dim, ddof}. */
#include "build.h"
#include "saddle/status.h"
#include <stdio.h>

static int is_spread(int fn) { return fn == SD_REDUCE_VAR || fn == SD_REDUCE_STD; }

static int infer_reduce(sd_site *s) {
  int64_t dim = s->attr->k[0];
  const sd_type *a = &s->in[0];
  s->out[0] = dim == 0   ? sd_type_number()
              : dim == 1 ? sd_type_matrix(1, a->cols, a->dtype)
                         : sd_type_matrix(a->rows, 1, a->dtype);
  return SD_OK;
}

static int run_reduce(const sd_call *c) {
  int fn = c->op->code, dim = (int)c->attr->k[0];
  if (is_spread(fn))
    return sd_spread(fn == SD_REDUCE_STD, (int)c->attr->k[1], dim, &c->in[0], &c->out[0]);
  return sd_reduce(fn, dim, &c->in[0], &c->out[0]);
}

static void fail_reduce(const sd_call *c, int status, char why[SD_WHY]) {
  const sd_mat *x = &c->in[0];
  if (status == SD_EARG)
    snprintf(why, SD_WHY, "%s: the matrix is empty (%tdx%td)", c->op->name, x->rows, x->cols);
  else if (status == SD_ETOOBIG)
    snprintf(why, SD_WHY,
             "%s: positions in a %tdx%td matrix do not fit f32 (convert it with A:to(\"f64\"))",
             c->op->name, x->rows, x->cols);
  else
    snprintf(why, SD_WHY, "%s: %s", c->op->name, sd_status_text(status));
}

/* ---- derivatives ------------------------------------------------------------------------------*/

/* A rule: d y / d x element by element, times u (of y's type), laid out over x. */
typedef sd_ref gradient(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x, sd_ref y);

/* How many elements go into one value. */
static double count(const sd_graph *g, const sd_node *n) {
  sd_type t = g_type(g, n->args[0]);
  return n->attr.k[0] == 0   ? (double)t.rows * (double)t.cols
         : n->attr.k[0] == 1 ? (double)t.rows
                             : (double)t.cols;
}

static sd_ref over(sd_graph *g, const sd_node *n, sd_ref u) {
  sd_type t = g_type(g, n->args[0]);
  return g_broadcast(g, u, &t);
}

static sd_ref of_sum(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x, sd_ref y) {
  (void)x, (void)y;
  return over(g, n, u);
}
static sd_ref of_mean(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x, sd_ref y) {
  (void)x, (void)y;
  return over(g, n, g_scale(g, 1 / count(g, n), u));
}

static gradient *const gradients[SD_REDUCE_COUNT] = {
    [SD_REDUCE_SUM] = of_sum,
    [SD_REDUCE_MEAN] = of_mean,
};

static int reverse_reduce(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  gradient *rule = gradients[n->op->code];
  if (cot[0] == 0) return SD_OK;
  if (rule == NULL) return sd_graph_refuse(g, SD_EARG, "%s: has no derivative", n->op->name);
  bar[0] = rule(g, n, cot[0], n->args[0], self);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

/* <dot, gradient with u = 1>, over the same lines: the same rule serves both modes. */
static int forward_reduce(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  gradient *rule = gradients[n->op->code];
  if (dot[0] == 0) return SD_OK;
  if (rule == NULL) return sd_graph_refuse(g, SD_EARG, "%s: has no derivative", n->op->name);
  sd_ref u = g_full(g, &n->type, 1);
  sd_ref slope = u < 0 ? u : rule(g, n, u, n->args[0], self);
  tan[0] = g_sum(g, (int)n->attr.k[0], g_mul(g, dot[0], slope));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static int column_reduce(const sd_site *s, int k) {
  (void)k;
  return s->attr->k[0] == 1 ? SD_ALIGNED : SD_MIXES;
}

static double flops_reduce(const sd_site *s) {
  return (double)s->in[0].rows * (double)s->in[0].cols;
}

/* ---- rows -------------------------------------------------------------------------------------*/

#define ROW(id, fn)                                                                                \
  [SD_REDUCE_##id] = {.name = #fn,                                                                 \
                      .code = SD_REDUCE_##id,                                                      \
                      .nargs = 1,                                                                  \
                      .infer = infer_reduce,                                                       \
                      .run = run_reduce,                                                           \
                      .fail = fail_reduce,                                                         \
                      .reverse = reverse_reduce,                                                   \
                      .forward = forward_reduce,                                                   \
                      .column = column_reduce,                                                     \
                      .flops = flops_reduce},
const sd_op sd_reduce_ops[SD_REDUCE_COUNT] = {SD_REDUCES(ROW)};

#define POINTER(id, name) &sd_reduce_ops[SD_REDUCE_##id],
static const sd_op *const rows[] = {SD_REDUCES(POINTER)};
const sd_family sd_family_reduce = SD_FAMILY(rows);
