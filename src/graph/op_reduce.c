/* Reductions, over everything (a number), each column or each row. k = {dim, ddof, wide}; wide is 1
 * for positions in f64 whatever the dtype. */
#include "build.h"
#include "saddle/status.h"
#include <math.h>
#include <stdio.h>

static int is_spread(int fn) { return fn == SD_REDUCE_VAR || fn == SD_REDUCE_STD; }

static int is_position(int fn) { return fn == SD_REDUCE_ARGMAX || fn == SD_REDUCE_ARGMIN; }
static int is_extremum(int fn) { return fn == SD_REDUCE_MAX || fn == SD_REDUCE_MIN; }

/* How many elements go into one value. */
static double count(int64_t dim, const sd_type *t) {
  return (dim == 2 ? 1 : (double)t->rows) * (dim == 1 ? 1 : (double)t->cols);
}

static int infer_reduce(sd_site *s) {
  const int64_t *k = s->attr->k;
  const sd_type *a = &s->in[0];
  int fn = s->op->code, dtype = is_position(fn) && k[2] ? SD_F64 : a->dtype;
  if ((is_extremum(fn) || is_position(fn)) && count(k[0], a) == 0)
    return sd_refuse(s, SD_EARG, "the matrix is empty (%tdx%td)", a->rows, a->cols);
  s->out[0] = k[0] == 0   ? sd_type_number()
              : k[0] == 1 ? sd_type_matrix(1, a->cols, dtype)
                          : sd_type_matrix(a->rows, 1, dtype);
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
  if (status == SD_ETOOBIG)
    snprintf(why, SD_WHY,
             "%s: positions in a %tdx%td matrix do not fit f32 (convert it with A:to(\"f64\"))",
             c->op->name, x->rows, x->cols);
  else
    snprintf(why, SD_WHY, "%s: %s", c->op->name, sd_status_text(status));
}

/* ---- derivatives ------------------------------------------------------------------------------*/

/* A rule: dy/dx element by element, times u (of y's type), of x's shape or broadcasting to it. */
typedef sd_ref gradient(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x);

static int dim_of(const sd_node *n) { return (int)n->attr.k[0]; }

static double count_of(const sd_graph *g, const sd_node *n) {
  sd_type t = g_type(g, n->args[0]);
  return count(n->attr.k[0], &t);
}

static sd_ref of_sum(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x) {
  (void)g, (void)n, (void)x;
  return u;
}
static sd_ref of_mean(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x) {
  (void)x;
  return g_scale(g, 1 / count_of(g, n), u);
}
static double freedom(const sd_graph *g, const sd_node *n) {
  return count_of(g, n) - (double)n->attr.k[1];
}
/* 2 (x - mean) / (N - ddof): the mean moves, too, but what is centred sums to 0. Undefined where
 * the variance is, which must not vanish beside a 0. */
static sd_ref of_var(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x) {
  sd_ref centred = g_line(g, &sd_op_centre, dim_of(n), x);
  if (!(freedom(g, n) > 0)) return g_mul(g, u, g_num(g, NAN));
  return g_mul(g, g_scale(g, 2 / freedom(g, n), u), centred);
}
/* std = |x - mean| / sqrt(N - ddof), with the derivative of the norm: 0 where all are equal */
static sd_ref of_std(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x) {
  sd_ref centred = g_line(g, &sd_op_centre, dim_of(n), x);
  sd_ref direction = g_line(g, &sd_op_normalize, dim_of(n), centred);
  if (!(freedom(g, n) > 0)) return g_mul(g, u, g_num(g, NAN));
  return g_mul(g, g_scale(g, 1 / sqrt(freedom(g, n)), u), direction);
}
/* x / |x|, which normalize computes without overflow, and 0 at 0 */
static sd_ref of_norm(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x) {
  return g_mul(g, u, g_line(g, &sd_op_normalize, dim_of(n), x));
}
static sd_ref of_logsumexp(sd_graph *g, const sd_node *n, sd_ref u, sd_ref x) {
  sd_type t = g_type(g, x);
  int all = dim_of(n) == 0; /* softmax is one of columns and rows */
  if (all) x = g_reshape(g, x, t.rows * t.cols, 1);
  sd_ref weights = g_line(g, &sd_op_softmax, all ? 1 : dim_of(n), x);
  return g_mul(g, u, all ? g_reshape(g, weights, t.rows, t.cols) : weights);
}

static gradient *const gradients[SD_REDUCE_COUNT] = {
    [SD_REDUCE_SUM] = of_sum, [SD_REDUCE_MEAN] = of_mean, [SD_REDUCE_VAR] = of_var,
    [SD_REDUCE_STD] = of_std, [SD_REDUCE_NORM] = of_norm, [SD_REDUCE_LOGSUMEXP] = of_logsumexp,
};

/* The positions of the first extremum (or NaN) in each line; through them alone it is derived. */
static sd_ref position(sd_graph *g, const sd_node *n) {
  sd_attr attr = {.k = {n->attr.k[0], 0, 1}};
  int fn = n->op->code == SD_REDUCE_MAX ? SD_REDUCE_ARGMAX : SD_REDUCE_ARGMIN;
  return g_op(g, &sd_reduce_ops[fn], &attr, n->args[0], 0, 0);
}

static int reverse_reduce(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type t = g_type(g, n->args[0]);
  int fn = n->op->code;
  if (cot[0] == 0 || is_position(fn)) return SD_OK;
  bar[0] = is_extremum(fn) ? g_put(g, dim_of(n), cot[0], position(g, n), &t)
                           : g_broadcast(g, gradients[fn](g, n, cot[0], n->args[0]), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

/* <dot, gradient with u = 1>, over the same lines: the same rule serves both modes. */
static sd_ref against_gradient(sd_graph *g, const sd_node *n, sd_ref dot) {
  sd_ref u = g_full(g, &n->type, 1);
  if (u < 0) return u;
  return g_sum(g, dim_of(n), g_mul(g, dot, gradients[n->op->code](g, n, u, n->args[0])));
}

static int forward_reduce(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  int fn = n->op->code;
  if (dot[0] == 0 || is_position(fn) || count_of(g, n) == 0) return SD_OK; /* no elements move */
  tan[0] = is_extremum(fn) ? g_pick(g, dim_of(n), dot[0], position(g, n))
           : fn == SD_REDUCE_SUM || fn == SD_REDUCE_MEAN ? g_reduce(g, fn, dim_of(n), dot[0])
                                                         : against_gradient(g, n, dot[0]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_reduce(const sd_site *s) {
  return (double)s->in[0].rows * (double)s->in[0].cols;
}

/* ---- norms of numbers ---------------------------------------------------------------------------
 * The joint norm of several leaves is the norm of a column of their norms. Plans run it without the
 * column, and with the same bits. */
enum { NUMBERS = 32 };

static int infer_joint(sd_site *s) {
  s->out[0] = sd_type_number();
  return SD_OK;
}

static int run_joint(const sd_call *c) {
  double x[NUMBERS];
  for (int k = 0; k < c->nargs; k++) x[k] = sd_mat_get(&c->in[k], 0, 0);
  sd_mat column = sd_mat_over(c->nargs, 1, SD_F64, x);
  return sd_reduce(SD_REDUCE_NORM, 0, &column, &c->out[0]);
}

static double flops_joint(const sd_site *s) { return s->nargs; }

/* In plans alone, where nobody differentiates. */
static const sd_op op_joint = {.name = "norm",
                               .nargs = -1,
                               .infer = infer_joint,
                               .run = run_joint,
                               .column = sd_column_mixes,
                               .flops = flops_joint};

static sd_ref lower_joint(sd_graph *g, const sd_node *n, const sd_ref *args) {
  const sd_node *column = sd_node_at(g, args[0]);
  sd_ref numbers[NUMBERS];
  if (dim_of(n) != 0 || column->op != &sd_op_vcat || column->nargs > NUMBERS) return 0;
  for (int k = 0; k < column->nargs; k++) {
    numbers[k] = column->args[k];
    if (!g_type(g, numbers[k]).number) return 0;
  }
  return sd_emit(g, &op_joint, NULL, column->nargs, numbers, 1);
}

/* ---- other norms ------------------------------------------------------------------------------*/

/* |a b'| = |a| |b|: an outer product whose norm is wanted need not be made. */
static sd_ref norm_of_outer(sd_graph *g, const sd_node *n, sd_ref product) {
  const sd_node *m = sd_node_at(g, product);
  if (n->attr.k[0] != 0 || m->op != &sd_op_matmul) return 0;
  sd_ref a = m->args[0], b = m->args[1];
  sd_type t = g_type(g, a);
  if ((m->attr.k[0] ? t.rows : t.cols) != 1) return 0;
  return g_mul(g, g_reduce(g, SD_REDUCE_NORM, 0, a), g_reduce(g, SD_REDUCE_NORM, 0, b));
}

/* Norms of a negative, of numbers, of a spike, of an outer product. */
static sd_ref lower_reduce(sd_graph *g, const sd_node *n, const sd_ref *args) {
  const sd_node *a = sd_node_at(g, args[0]);
  if (n->op->code != SD_REDUCE_NORM) return 0;
  if (a->op == &sd_map_ops[SD_MAP_NEG]) return g_op(g, n->op, &n->attr, a->args[0], 0, 0);
  sd_ref found = lower_joint(g, n, args);
  if (found == 0) found = sd_lower_spike_norm(g, n, args);
  return found ? found : norm_of_outer(g, n, args[0]);
}

/* ---- rows -------------------------------------------------------------------------------------*/

/* Which of the elements is the extremum, no sign tells. */
#define IS_CHOICE(id)                                                                              \
  (SD_REDUCE_##id == SD_REDUCE_MAX || SD_REDUCE_##id == SD_REDUCE_MIN ||                           \
   SD_REDUCE_##id == SD_REDUCE_ARGMAX || SD_REDUCE_##id == SD_REDUCE_ARGMIN)
#define ROW(id, fn)                                                                                \
  [SD_REDUCE_##id] = {.name = #fn,                                                                 \
                      .code = SD_REDUCE_##id,                                                      \
                      .nargs = 1,                                                                  \
                      .infer = infer_reduce,                                                       \
                      .run = run_reduce,                                                           \
                      .fail = fail_reduce,                                                         \
                      .lower = lower_reduce,                                                       \
                      .reverse = reverse_reduce,                                                   \
                      .forward = forward_reduce,                                                   \
                      .kink = IS_CHOICE(id) ? sd_kink_untold : NULL,                               \
                      .column = sd_column_line,                                                    \
                      .flops = flops_reduce},
const sd_op sd_reduce_ops[SD_REDUCE_COUNT] = {SD_REDUCES(ROW)};

#define POINTER(id, name) &sd_reduce_ops[SD_REDUCE_##id],
const sd_op *const sd_family_reduce[] = {SD_REDUCES(POINTER) NULL};
