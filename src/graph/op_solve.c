/* Linear systems: A X = B, the inverse, log|det A|.
 *
 * With A X = B: dX = A^-1 (dB - dA X), hence B_ = A^-T X_ and A_ = -B_ X'. What A is assumed to be
 * holds for its derivatives: of a triangle dA and A_ are that triangle, of a symmetric A their
 * symmetric part; A' of a lower triangle is solved with as an upper one. The inverse Y has
 * dY = -Y dA Y, and d log|det A| = tr(A^-1 dA). The estimate of the condition and the sign of the
 * determinant are taken as constant. Reference: Giles, An extended collection of matrix
 * derivative results for forward and reverse mode algorithmic differentiation, 2008. */
#include "linalg.h"
#include "saddle/status.h"
#include <stdio.h>

static double cubed(const sd_site *s, double times) {
  double n = (double)s->in[0].rows;
  return times * n * n * n;
}

/* The sentence for a positive status; rcond is that of status n + 1. */
static void fail_singular(const sd_call *c, int status, double rcond, const char *instead,
                          char why[SD_WHY]) {
  const sd_mat *a = &c->in[0];
  if (status > a->rows)
    snprintf(why, SD_WHY,
             "%s: A (%tdx%td) is singular to working precision: rcond %.2g (sd.%s gives the "
             "least-squares %s)",
             c->op->name, a->rows, a->cols, rcond, instead,
             instead[0] == 'p' ? "inverse" : "solution");
  else
    snprintf(why, SD_WHY, "%s: A (%tdx%td) is singular: pivot %d is zero", c->op->name, a->rows,
             a->cols, status);
}

/* ---- solve: p = {tol}, k = {assume} -----------------------------------------------------------*/

static int is_symmetric(int64_t assume) { return assume == SD_SYMMETRIC || assume == SD_POSDEF; }

static int infer_solve(sd_site *s) {
  s->out[0] = sd_type_matrix(s->in[1].rows, s->in[1].cols, s->in[0].dtype);
  s->out[1] = sd_type_number();
  int status = sd_infer_square(s);
  return status == SD_OK ? sd_infer_rows(s) : status;
}

/* What is not true is not assumed. */
static int check_assumption(const sd_call *c, ptrdiff_t *i, ptrdiff_t *j) {
  int assume = (int)c->attr->k[0];
  if (is_symmetric(assume)) return sd_check_argument(c, 0);
  return assume == SD_GENERAL ? SD_OK : sd_check_triangular(assume, &c->in[0], i, j);
}

static int run_solve(const sd_call *c) {
  ptrdiff_t i, j;
  int status = check_assumption(c, &i, &j);
  return status == SD_OK
             ? sd_solve((int)c->attr->k[0], &c->in[0], &c->in[1], &c->out[0], (double *)c->out[1].x)
             : status;
}

static void fail_solve(const sd_call *c, int status, char why[SD_WHY]) {
  const sd_mat *a = &c->in[0];
  int assume = (int)c->attr->k[0];
  ptrdiff_t i, j;
  if (status == SD_EARG && check_assumption(c, &i, &j) != SD_OK) {
    if (is_symmetric(assume))
      sd_fail_symmetric(c, 0, why);
    else
      snprintf(why, SD_WHY, "solve: A is not %s triangular: A(%td,%td) is %.6g",
               assume == SD_LOWER ? "lower" : "upper", i + 1, j + 1, sd_mat_get(a, i, j));
  } else if (status > 0 && status <= a->rows && assume == SD_POSDEF)
    sd_fail_posdef(c, "", status, why);
  else if (status > 0)
    fail_singular(c, status, sd_mat_get(&c->out[1], 0, 0), "lstsq", why);
  else
    sd_fail_linalg(c, status, why);
}

/* X as A is: the triangle or the symmetric part that is read. */
static sd_ref as_read(sd_graph *g, int64_t assume, sd_ref x) {
  return is_symmetric(assume) ? g_symmetric(g, x)
         : assume == SD_LOWER ? g_triangle(g, 2, 2, 0, x)
         : assume == SD_UPPER ? g_triangle(g, 0, 2, 2, x)
                              : x;
}

/* op(A)^-1 B, where A is that of node n: the same factorisation, or its transpose */
static sd_ref solve_again(sd_graph *g, const sd_node *n, int trans, sd_ref b) {
  sd_attr attr = n->attr;
  sd_ref a = n->args[0];
  if (trans && !is_symmetric(attr.k[0])) {
    a = g_t(g, a);
    attr.k[0] = attr.k[0] == SD_LOWER ? SD_UPPER : attr.k[0] == SD_UPPER ? SD_LOWER : SD_GENERAL;
  }
  return b <= 0 ? b : g_tuple(g, &sd_op_solve, &attr, a, b, 2);
}

static int reverse_solve(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref b = solve_again(g, n, 1, cot[0]);
  bar[0] = g_like(g, as_read(g, n->attr.k[0], g_neg(g, g_matmul(g, 0, b, 1, self))), n->args[0]);
  bar[1] = g_like(g, b, n->args[1]);
  return sd_first_failure(2, bar);
}

static int forward_solve(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref moved = g_matmul(g, 0, as_read(g, n->attr.k[0], dot[0]), 0, self);
  tan[0] = solve_again(g, n, 0, g_sub(g, dot[1], moved));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static int column_solve(const sd_site *s, int k) {
  (void)s;
  return k == 0 ? SD_SHARED : SD_ALIGNED;
}

static double flops_solve(const sd_site *s) {
  double n = (double)s->in[0].rows;
  int64_t assume = s->attr->k[0];
  double factor = assume == SD_GENERAL ? 2.0 / 3 : is_symmetric(assume) ? 1.0 / 3 : 0;
  return cubed(s, factor) + (assume < SD_LOWER ? 2 : 1) * n * n * (double)s->in[1].cols;
}

/* ---- inv --------------------------------------------------------------------------------------*/

static int infer_inv(sd_site *s) {
  s->out[0] = sd_type_matrix(s->in[0].rows, s->in[0].rows, s->in[0].dtype);
  return sd_infer_square(s);
}

static int run_inv(const sd_call *c) {
  double rcond;
  return sd_inv(&c->in[0], &c->out[0], &rcond);
}

/* The condition is asked for again: a run has no place for it. */
static void fail_inv(const sd_call *c, int status, char why[SD_WHY]) {
  double rcond = 0;
  if (status > c->in[0].rows) sd_inv(&c->in[0], &c->out[0], &rcond);
  if (status > 0)
    fail_singular(c, status, rcond, "pinv", why);
  else
    sd_fail_linalg(c, status, why);
}

static int reverse_inv(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_ref x = g_matmul(g, 1, self, 0, g_matmul(g, 0, cot[0], 1, self));
  bar[0] = g_like(g, g_neg(g, x), sd_node_at(g, self)->args[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_inv(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  tan[0] = g_neg(g, g_matmul(g, 0, self, 0, g_matmul(g, 0, dot[0], 0, self)));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_inv(const sd_site *s) { return cubed(s, 2); }

/* ---- logdet: log|det A| and its sign ----------------------------------------------------------*/

static int infer_logdet(sd_site *s) {
  s->out[0] = s->out[1] = sd_type_number();
  return sd_infer_square(s);
}

static int run_logdet(const sd_call *c) {
  return sd_logdet(&c->in[0], (double *)c->out[0].x, (double *)c->out[1].x);
}

static sd_ref inverse(sd_graph *g, sd_ref a) { return g_op(g, &sd_op_inv, NULL, a, 0, 0); }

static int reverse_logdet(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_ref a = sd_node_at(g, self)->args[0];
  if (cot[0] == 0) return SD_OK;
  bar[0] = g_like(g, g_mul(g, cot[0], g_t(g, inverse(g, a))), a);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_logdet(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  tan[0] = g_sum(g, 0, g_mul(g, g_t(g, inverse(g, sd_node_at(g, self)->args[0])), dot[0]));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_logdet(const sd_site *s) { return cubed(s, 2.0 / 3); }

/* ---- rows -------------------------------------------------------------------------------------*/

const sd_op sd_op_solve = {.name = "solve",
                           .nargs = 2,
                           .nouts = 2,
                           .joined = 3,
                           .infer = infer_solve,
                           .run = run_solve,
                           .fail = fail_solve,
                           .reverse = reverse_solve,
                           .forward = forward_solve,
                           .column = column_solve,
                           .flops = flops_solve};
const sd_op sd_op_inv = {.name = "inv",
                         .nargs = 1,
                         .infer = infer_inv,
                         .run = run_inv,
                         .fail = fail_inv,
                         .reverse = reverse_inv,
                         .forward = forward_inv,
                         .column = sd_column_mixes,
                         .flops = flops_inv};
const sd_op sd_op_logdet = {.name = "logdet",
                            .nargs = 1,
                            .nouts = 2,
                            .infer = infer_logdet,
                            .run = run_logdet,
                            .fail = sd_fail_linalg,
                            .reverse = reverse_logdet,
                            .forward = forward_logdet,
                            .column = sd_column_mixes,
                            .flops = flops_logdet};

const sd_op *const sd_family_solve[] = {&sd_op_solve, &sd_op_inv, &sd_op_logdet, NULL};
