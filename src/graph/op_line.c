/* Functions of the lines of a matrix (its columns, its rows, or all of it) and inner products.
 *
 * With c a cotangent or a tangent, and <., .> over a line:
 *   y = softmax(x)              y % (c - <y, c>)
 *   y = x / r, r = |x|          (c - y <y, c>) / r, and 0 where r is 0
 *   y = x - mean(x)             c - mean(c)
 * These Jacobians are symmetric: one rule serves both modes. */
#include "build.h"
#include "saddle/arrange.h"
#include "saddle/status.h"

static int dim_of(const sd_node *n) { return (int)n->attr.k[0]; }

/* ---- symmetric Jacobians ----------------------------------------------------------------------*/

static sd_ref along_softmax(sd_graph *g, const sd_node *n, sd_ref y, sd_ref c) {
  return g_mul(g, y, g_sub(g, c, g_sum(g, dim_of(n), g_mul(g, y, c))));
}

/* r is divided by where it is not 0, and counts for nothing elsewhere, at any order. */
static sd_ref along_normalize(sd_graph *g, const sd_node *n, sd_ref y, sd_ref c) {
  sd_ref r = g_reduce(g, SD_REDUCE_NORM, dim_of(n), n->args[0]);
  sd_ref across = g_sub(g, c, g_mul(g, y, g_sum(g, dim_of(n), g_mul(g, y, c))));
  return g_div(g, g_where(g, r, across, 0), g_where(g, r, r, g_num(g, 1)));
}

static sd_ref along_centre(sd_graph *g, const sd_node *n, sd_ref y, sd_ref c) {
  (void)y;
  return g_line(g, &sd_op_centre, dim_of(n), c);
}

#define SYMMETRIC(name)                                                                            \
  static int both_##name(sd_graph *g, sd_ref self, const sd_ref *c, sd_ref *out) {                 \
    const sd_node *n = sd_node_at(g, self);                                                        \
    out[0] = c[0] <= 0 ? c[0] : g_broadcast(g, along_##name(g, n, self, c[0]), &n->type);          \
    return out[0] < 0 ? out[0] : SD_OK;                                                            \
  }
SYMMETRIC(softmax)
SYMMETRIC(normalize)
SYMMETRIC(centre)

static int run_softmax(const sd_call *c) {
  return sd_softmax((int)c->attr->k[0], &c->in[0], &c->out[0]);
}
static int run_normalize(const sd_call *c) {
  return sd_normalize((int)c->attr->k[0], &c->in[0], &c->out[0]);
}
static int run_centre(const sd_call *c) {
  return sd_centre((int)c->attr->k[0], &c->in[0], &c->out[0]);
}

/* What is centred stays. */
static sd_ref simplify_centre(sd_graph *g, const sd_site *s, const sd_ref *args) {
  const sd_node *n = sd_node_at(g, args[0]);
  return n->op == &sd_op_centre && n->attr.k[0] == s->attr->k[0] ? args[0] : 0;
}

static double size_of(const sd_site *s) { return (double)s->in[0].rows * (double)s->in[0].cols; }
static double flops_line(const sd_site *s) { return 3 * size_of(s); }

/* ---- inner products ---------------------------------------------------------------------------*/

static int infer_dot(sd_site *s) {
  s->out[0] = sd_type_number();
  return sd_need_same_shape(s);
}

static int run_dot(const sd_call *c) { return sd_dot(&c->in[0], &c->in[1], c->out[0].x); }

static int reverse_dot(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  for (int k = 0; k < 2; k++) {
    sd_type t = g_type(g, n->args[k]);
    bar[k] = g_broadcast(g, g_mul(g, cot[0], n->args[1 - k]), &t);
    if (bar[k] < 0) return bar[k];
  }
  return SD_OK;
}

static sd_ref dot(sd_graph *g, sd_ref a, sd_ref b) {
  return a <= 0 ? a : g_op(g, &sd_op_dot, NULL, a, b, 0);
}

static int forward_dot(sd_graph *g, sd_ref self, const sd_ref *d, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  tan[0] = g_add(g, dot(g, d[0], n->args[1]), dot(g, d[1], n->args[0]));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_dot(const sd_site *s) { return 2 * size_of(s); }

static int infer_trace(sd_site *s) {
  char shape[SD_SHAPE];
  if (s->in[0].rows != s->in[0].cols)
    return sd_refuse(s, SD_ESHAPE, "A must be square, got %s", sd_type_shape(&s->in[0], shape));
  s->out[0] = sd_type_number();
  return SD_OK;
}

static int run_trace(const sd_call *c) { return sd_trace(&c->in[0], c->out[0].x); }

/* trace and scaled_eye (a number times the identity) are each other's adjoints. */
static const sd_op op_scaled_eye;

static int reverse_trace(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = g_type(g, sd_node_at(g, self)->args[0]);
  sd_attr attr = {.k = {t.rows, t.cols, t.dtype, t.number}};
  bar[0] = cot[0] <= 0 ? cot[0] : g_op(g, &op_scaled_eye, &attr, cot[0], 0, 0);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static double flops_trace(const sd_site *s) { return (double)s->in[0].rows; }

static int run_scaled_eye(const sd_call *c) {
  sd_mat *y = &c->out[0];
  double v = sd_mat_get(&c->in[0], 0, 0);
  sd_mat_fill(y, 0);
  for (ptrdiff_t i = 0; i < y->rows; i++) sd_mat_set(y, i, i, v);
  return SD_OK;
}

static int reverse_scaled_eye(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_type t = g_type(g, sd_node_at(g, self)->args[0]);
  bar[0] = cot[0] <= 0 ? cot[0] : g_to(g, g_op(g, &sd_op_trace, NULL, cot[0], 0, 0), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

/* ---- rows -------------------------------------------------------------------------------------*/

const sd_op sd_op_softmax = {.name = "softmax",
                             .nargs = 1,
                             .infer = sd_infer_like,
                             .run = run_softmax,
                             .reverse = both_softmax,
                             .forward = both_softmax,
                             .column = sd_column_line,
                             .flops = flops_line};
const sd_op sd_op_normalize = {.name = "normalize",
                               .nargs = 1,
                               .infer = sd_infer_like,
                               .run = run_normalize,
                               .reverse = both_normalize,
                               .forward = both_normalize,
                               .column = sd_column_line,
                               .flops = flops_line};
const sd_op sd_op_centre = {.name = "centre",
                            .nargs = 1,
                            .infer = sd_infer_like,
                            .run = run_centre,
                            .simplify = simplify_centre,
                            .reverse = both_centre,
                            .forward = both_centre,
                            .column = sd_column_line,
                            .flops = flops_line};
const sd_op sd_op_dot = {.name = "dot",
                         .nargs = 2,
                         .joined = 3,
                         .infer = infer_dot,
                         .run = run_dot,
                         .reverse = reverse_dot,
                         .forward = forward_dot,
                         .column = sd_column_mixes,
                         .flops = flops_dot};
const sd_op sd_op_trace = {.name = "trace",
                           .nargs = 1,
                           .infer = infer_trace,
                           .run = run_trace,
                           .reverse = reverse_trace,
                           .forward = sd_forward_linear,
                           .column = sd_column_mixes,
                           .flops = flops_trace};
static const sd_op op_scaled_eye = {.name = "scaled_eye", /* k = the type of the result */
                                    .nargs = 1,
                                    .infer = sd_infer_given,
                                    .run = run_scaled_eye,
                                    .reverse = reverse_scaled_eye,
                                    .forward = sd_forward_linear,
                                    .column = sd_column_mixes,
                                    .flops = sd_flops_none};

const sd_op *const sd_family_line[] = {&sd_op_softmax, &sd_op_normalize, &sd_op_centre, &sd_op_dot,
                                       &sd_op_trace,   &op_scaled_eye,   NULL};
