/* The Moore-Penrose inverse and least squares.
 *
 * X = A^+ has, where the rank of A does not change (Golub and Pereyra, The differentiation of
 * pseudo-inverses and nonlinear least squares problems whose variables separate, 1973),
 *   dX = -X dA X + X X' dA' (I - A X) + (I - X A) dA' X' X,
 * and the adjoint
 *   A_ = -X' X_ X' + (I - A X) X_' X X' + X' X X_' (I - X A).
 * The rank is that of the singular values above rcond s_1. The least-squares solution is A^+ B. */
#include "linalg.h"
#include "saddle/status.h"

/* ---- pinv: p = {rcond} ------------------------------------------------------------------------*/

static int infer_pinv(sd_site *s) {
  s->out[0] = sd_type_matrix(s->in[0].cols, s->in[0].rows, s->in[0].dtype);
  return SD_OK;
}

static int run_pinv(const sd_call *c) { return sd_pinv(c->attr->p[0], &c->in[0], &c->out[0]); }

/* Y - A (X Y), with a transpose on both where trans is 1 */
static sd_ref outside(sd_graph *g, int trans, sd_ref a, sd_ref x, sd_ref y) {
  return g_sub(g, y, g_matmul(g, trans, a, 0, g_matmul(g, trans, x, 0, y)));
}

/* A_ from X_; I - X A is symmetric: it is I - A' X' */
static sd_ref pinv_reverse(sd_graph *g, sd_ref a, sd_ref x, sd_ref xbar) {
  sd_ref first = g_matmul(g, 1, x, 0, g_matmul(g, 0, xbar, 1, x));
  sd_ref right = g_matmul(g, 1, xbar, 0, g_matmul(g, 0, x, 1, x)); /* X_' X X' */
  sd_ref below = g_matmul(g, 0, xbar, 0, g_matmul(g, 1, x, 0, x)); /* X_ X' X */
  sd_ref second = outside(g, 0, a, x, right), third = g_t(g, outside(g, 1, a, x, below));
  return g_sub(g, g_add(g, second, third), first);
}

static sd_ref pinv_forward(sd_graph *g, sd_ref a, sd_ref x, sd_ref da) {
  sd_ref first = g_matmul(g, 0, x, 0, g_matmul(g, 0, da, 0, x));
  sd_ref right = g_matmul(g, 0, da, 0, g_matmul(g, 0, x, 1, x)); /* dA X X' */
  sd_ref below = g_matmul(g, 1, da, 0, g_matmul(g, 1, x, 0, x)); /* dA' X' X */
  sd_ref second = g_t(g, outside(g, 0, a, x, right)), third = outside(g, 1, a, x, below);
  return g_sub(g, g_add(g, second, third), first);
}

static int reverse_pinv(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_ref a = sd_node_at(g, self)->args[0];
  bar[0] = g_like(g, pinv_reverse(g, a, self, cot[0]), a);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_pinv(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  tan[0] = pinv_forward(g, sd_node_at(g, self)->args[0], self, dot[0]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_pinv(const sd_site *s) {
  double m = (double)s->in[0].rows, n = (double)s->in[0].cols;
  return 14 * m * n * (m < n ? m : n);
}

/* ---- lstsq: p = {rcond}; X, the rank, the singular values -------------------------------------*/

static int infer_lstsq(sd_site *s) {
  const sd_type *a = &s->in[0];
  s->out[0] = sd_type_matrix(a->cols, s->in[1].cols, a->dtype);
  s->out[1] = sd_type_number();
  s->out[2] = sd_type_matrix(a->rows < a->cols ? a->rows : a->cols, 1, a->dtype);
  return sd_infer_rows(s);
}

static int run_lstsq(const sd_call *c) {
  ptrdiff_t rank = 0;
  int status = sd_lstsq(c->attr->p[0], &c->in[0], &c->in[1], &c->out[0], &rank, &c->out[2]);
  sd_mat_set(&c->out[1], 0, 0, (double)rank);
  return status;
}

static sd_ref pinv_of(sd_graph *g, const sd_node *n) {
  return g_op(g, &sd_op_pinv, &n->attr, n->args[0], 0, 0);
}

/* The node of A's singular value decomposition. */
static sd_ref factors(sd_graph *g, sd_ref a) { return g_tuple(g, &sd_op_svd, NULL, a, 0, 3); }

static int reverse_lstsq(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref a = n->args[0], b = n->args[1], x = 0;
  if (cot[2] != 0) x = g_values_reverse(g, factors(g, a), cot[2]);
  if (cot[0] != 0) {
    sd_ref p = pinv_of(g, n);
    x = g_add(g, x, pinv_reverse(g, a, p, g_matmul(g, 0, cot[0], 1, b)));
    bar[1] = g_like(g, g_matmul(g, 1, p, 0, cot[0]), b);
  }
  bar[0] = g_like(g, x, a);
  return sd_first_failure(2, bar);
}

static int forward_lstsq(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref a = n->args[0], p = pinv_of(g, n);
  sd_ref dp = dot[0] == 0 ? 0 : pinv_forward(g, a, p, dot[0]);
  tan[0] = g_add(g, g_matmul(g, 0, dp, 0, n->args[1]), g_matmul(g, 0, p, 0, dot[1]));
  if (dot[0] != 0) tan[2] = g_values_forward(g, factors(g, a), dot[0]);
  return sd_first_failure(3, tan);
}

static int column_lstsq(const sd_site *s, int k) {
  (void)s;
  return k == 0 ? SD_SHARED : SD_ALIGNED;
}

static double flops_lstsq(const sd_site *s) {
  return flops_pinv(s) + 4 * (double)s->in[0].rows * (double)s->in[0].cols * (double)s->in[1].cols;
}

/* ---- rows -------------------------------------------------------------------------------------*/

const sd_op sd_op_pinv = {.name = "pinv",
                          .nargs = 1,
                          .infer = infer_pinv,
                          .run = run_pinv,
                          .fail = sd_fail_linalg,
                          .reverse = reverse_pinv,
                          .forward = forward_pinv,
                          .column = sd_column_mixes,
                          .flops = flops_pinv};
const sd_op sd_op_lstsq = {.name = "lstsq",
                           .nargs = 2,
                           .nouts = 3,
                           .joined = 3,
                           .infer = infer_lstsq,
                           .run = run_lstsq,
                           .fail = sd_fail_linalg,
                           .reverse = reverse_lstsq,
                           .forward = forward_lstsq,
                           .column = column_lstsq,
                           .flops = flops_lstsq};

const sd_op *const sd_family_lstsq[] = {&sd_op_pinv, &sd_op_lstsq, NULL};
