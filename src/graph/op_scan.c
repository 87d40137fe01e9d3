/* Scans along the lines of a matrix: running sums and products, differences, and the recurrence
 * they are derived by.
 *
 * y = recur(a, b) is y_i = a_i y_(i-1) + b_i. Its adjoint runs the other way: with cotangent c,
 *   s_i = c_i + a_(i+1) s_(i+1),   bar b = s,   bar a_i = s_i y_(i-1).
 * The running product y_i = x_i y_(i-1) has dy = recur(x, y_(i-1) dx_i): nothing is divided by, so
 * elements may be 0. */
#include "build.h"
#include "saddle/arrange.h"
#include "saddle/status.h"

static int dim_of(const sd_node *n) { return (int)n->attr.k[0]; }
static int backwards(const sd_node *n) { return n->attr.k[1] != 0; }

static const sd_op op_recur, op_shift, op_undiff;

/* ---- builders ---------------------------------------------------------------------------------*/

static sd_ref recur(sd_graph *g, int dim, int back, sd_ref a, sd_ref b) {
  sd_attr attr = {.k = {dim, back}};
  return a < 0 ? a : b <= 0 ? b : g_op(g, &op_recur, &attr, a, b, 0);
}

/* Each element's predecessor (back: successor), fill where there is none. */
static sd_ref shift(sd_graph *g, int dim, int back, double fill, sd_ref a) {
  sd_attr attr = {.p = {fill}, .k = {dim, back}};
  return a <= 0 ? a : g_op(g, &op_shift, &attr, a, 0, 0);
}

/* ---- recur, shift: k = {dim, backwards}, p = {fill} -------------------------------------------*/

static int infer_recur(sd_site *s) {
  s->out[0] = s->in[1];
  return sd_need_same_shape(s);
}

static int run_recur(const sd_call *c) {
  const int64_t *k = c->attr->k;
  return sd_recur((int)k[0], (int)k[1], &c->in[0], &c->in[1], &c->out[0]);
}

static int reverse_recur(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  int dim = dim_of(n), back = backwards(n);
  sd_type ta = g_type(g, n->args[0]);
  if (cot[0] == 0) return SD_OK;
  bar[1] = recur(g, dim, !back, shift(g, dim, !back, 0, n->args[0]), cot[0]);
  bar[0] = g_broadcast(g, g_mul(g, bar[1], shift(g, dim, back, 0, self)), &ta);
  return bar[0] < 0 ? bar[0] : bar[1] < 0 ? bar[1] : SD_OK;
}

static int forward_recur(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  int dim = dim_of(n), back = backwards(n);
  sd_ref of_a = dot[0] == 0 ? 0 : g_mul(g, dot[0], shift(g, dim, back, 0, self));
  sd_ref moved = g_broadcast(g, g_add(g, of_a, dot[1]), &n->type);
  tan[0] = recur(g, dim, back, n->args[0], moved);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_recur(const sd_site *s) { return 2 * sd_flops_one(s); }

static int run_shift(const sd_call *c) {
  const int64_t *k = c->attr->k;
  return sd_shift((int)k[0], (int)k[1], c->attr->p[0], &c->in[0], &c->out[0]);
}

static int reverse_shift(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  bar[0] = shift(g, dim_of(n), !backwards(n), 0, cot[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_shift(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  tan[0] = shift(g, dim_of(n), backwards(n), 0, dot[0]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- cumsum, cumprod: k = {dim, backwards} ----------------------------------------------------*/

static int run_cumsum(const sd_call *c) {
  int dim = (int)c->attr->k[0];
  return c->attr->k[1] ? sd_recur(dim, 1, NULL, &c->in[0], &c->out[0])
                       : sd_cumsum(dim, &c->in[0], &c->out[0]);
}

static int reverse_cumsum(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_attr attr = {.k = {dim_of(n), !backwards(n)}};
  bar[0] = cot[0] <= 0 ? cot[0] : g_op(g, &sd_op_cumsum, &attr, cot[0], 0, 0);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int run_cumprod(const sd_call *c) {
  return sd_cumprod((int)c->attr->k[0], &c->in[0], &c->out[0]);
}

static int reverse_cumprod(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  int dim = dim_of(n);
  if (cot[0] == 0) return SD_OK;
  sd_ref s = recur(g, dim, 1, shift(g, dim, 1, 0, n->args[0]), cot[0]);
  bar[0] = g_mul(g, s, shift(g, dim, 0, 1, self));
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_cumprod(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  int dim = dim_of(n);
  if (dot[0] == 0) return SD_OK;
  tan[0] = recur(g, dim, 0, n->args[0], g_mul(g, dot[0], shift(g, dim, 0, 1, self)));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- diff and its adjoint: k = {dim}; undiff: {dim, rows, cols} of its result -----------------*/

static int infer_diff(sd_site *s) {
  const sd_type *a = &s->in[0];
  int64_t dim = s->attr->k[0];
  s->out[0] = sd_type_matrix(dim == 1 && a->rows > 0 ? a->rows - 1 : a->rows,
                             dim == 2 && a->cols > 0 ? a->cols - 1 : a->cols, a->dtype);
  return SD_OK;
}

static int infer_undiff(sd_site *s) {
  char sa[SD_SHAPE], sy[SD_SHAPE];
  const int64_t *k = s->attr->k;
  const sd_type *a = &s->in[0];
  s->out[0] = sd_type_matrix(k[1], k[2], a->dtype);
  if (a->rows != k[1] - (k[0] == 1 && k[1] > 0) || a->cols != k[2] - (k[0] == 2 && k[2] > 0))
    return sd_refuse(s, SD_ESHAPE, "%s are not the differences of %s", sd_type_shape(a, sa),
                     sd_type_shape(&s->out[0], sy));
  return SD_OK;
}

static int run_diff(const sd_call *c) { return sd_diff((int)c->attr->k[0], &c->in[0], &c->out[0]); }
static int run_undiff(const sd_call *c) {
  return sd_undiff((int)c->attr->k[0], &c->in[0], &c->out[0]);
}

static int reverse_diff(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type t = g_type(g, n->args[0]);
  sd_attr attr = {.k = {dim_of(n), t.rows, t.cols}};
  bar[0] = cot[0] <= 0 ? cot[0] : g_to(g, g_op(g, &op_undiff, &attr, cot[0], 0, 0), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int reverse_undiff(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  bar[0] = g_line(g, &sd_op_diff, dim_of(n), cot[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

/* ---- rows -------------------------------------------------------------------------------------*/

static const sd_op op_recur = {.name = "recur",
                               .nargs = 2,
                               .joined = 3,
                               .infer = infer_recur,
                               .run = run_recur,
                               .reverse = reverse_recur,
                               .forward = forward_recur,
                               .column = sd_column_line,
                               .flops = flops_recur};
static const sd_op op_shift = {.name = "shift",
                               .nargs = 1,
                               .infer = sd_infer_like,
                               .run = run_shift,
                               .reverse = reverse_shift,
                               .forward = forward_shift,
                               .column = sd_column_line,
                               .flops = sd_flops_none};
const sd_op sd_op_cumsum = {.name = "cumsum",
                            .nargs = 1,
                            .infer = sd_infer_like,
                            .run = run_cumsum,
                            .reverse = reverse_cumsum,
                            .forward = sd_forward_linear,
                            .column = sd_column_line,
                            .flops = sd_flops_one};
const sd_op sd_op_cumprod = {.name = "cumprod", /* k = {dim} */
                             .nargs = 1,
                             .infer = sd_infer_like,
                             .run = run_cumprod,
                             .reverse = reverse_cumprod,
                             .forward = forward_cumprod,
                             .column = sd_column_line,
                             .flops = sd_flops_one};
const sd_op sd_op_diff = {.name = "diff",
                          .nargs = 1,
                          .infer = infer_diff,
                          .run = run_diff,
                          .reverse = reverse_diff,
                          .forward = sd_forward_linear,
                          .column = sd_column_line,
                          .flops = sd_flops_one};
static const sd_op op_undiff = {.name = "undiff",
                                .nargs = 1,
                                .infer = infer_undiff,
                                .run = run_undiff,
                                .reverse = reverse_undiff,
                                .forward = sd_forward_linear,
                                .column = sd_column_line,
                                .flops = sd_flops_one};

const sd_op *const sd_family_scan[] = {&op_recur,   &op_shift,  &sd_op_cumsum, &sd_op_cumprod,
                                       &sd_op_diff, &op_undiff, NULL};
