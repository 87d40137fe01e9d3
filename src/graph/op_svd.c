/* Singular values: svd, svdvals, cond.
 *
 * A = U diag(s) V', thin. With Z = U' dA V and F(i,j) = 1/(s_j^2 - s_i^2):
 *   ds = diag(Z),
 *   dU = U (F % (Z % s' + s % Z')) + (I - U U') dA V diag(1/s),
 *   dV = V (F % (s % Z + Z' % s')) + (I - V V') dA' U diag(1/s);
 * the second terms only where U, V is not square. Adjoint, with H = F % (U' U_), G = F % (V' V_):
 *   A_ = U (diag(s_) + (H + H') % s' + s % (G + G')) V'
 *      + (I - U U') U_ diag(1/s) V' + U diag(1/s) V_' (I - V V').
 * References: Giles 2008, 3.2; Papadopoulo and Lourakis, Estimating the Jacobian of the singular
 * value decomposition, 2000.
 *
 * Equal singular values, as equal eigenvalues (op_eigen.c): a pair within rounding of each other,
 * r eps |s|, has no value of F, and the derivatives of its vectors are NaN. So are those of columns
 * of a U (V) that is not square where s is within max(m,n) eps |s| of zero: they are any of the
 * space outside. The vectors beside such a cluster keep their derivatives, in reverse mode where
 * the function takes them as a block, U:col(1, k); functions of s alone keep right first
 * derivatives, if they treat equal ones alike, and second ones of blocks of s that are apart from
 * the others. At a zero singular value s_i has the derivative u_i' dA v_i, which makes that of the
 * nuclear norm one of its subgradients. */
#include "linalg.h"
#include "saddle/status.h"
#include <stdio.h>

static int with_vectors(const sd_op *op) { return op == &sd_op_svd; }

static ptrdiff_t shorter(const sd_type *a) { return a->rows < a->cols ? a->rows : a->cols; }
static ptrdiff_t longer(const sd_type *a) { return a->rows > a->cols ? a->rows : a->cols; }

static int infer_svd(sd_site *s) {
  const sd_type *a = &s->in[0];
  ptrdiff_t r = shorter(a);
  sd_type values = sd_type_matrix(r, 1, a->dtype);
  s->out[0] = values;
  if (with_vectors(s->op)) {
    s->out[0] = sd_type_matrix(a->rows, r, a->dtype);
    s->out[1] = values;
    s->out[2] = sd_type_matrix(a->cols, r, a->dtype);
  }
  return SD_OK;
}

static int run_svd(const sd_call *c) {
  int driver = (int)c->attr->k[0];
  return with_vectors(c->op) ? sd_svd(driver, &c->in[0], &c->out[0], &c->out[1], &c->out[2])
                             : sd_svd(driver, &c->in[0], NULL, &c->out[0], NULL);
}

static void fail_svd(const sd_call *c, int status, char why[SD_WHY]) {
  if (c->attr->k[0] == SD_GESDD && (status == SD_ENOCONV || status == SD_ETOOBIG))
    snprintf(why, SD_WHY,
             "%s: divide and conquer %s (A is %tdx%td); driver=\"gesvd\" is slower but may succeed",
             c->op->name,
             status == SD_ENOCONV ? "did not converge" : "needs more than 32-bit LAPACK",
             c->in[0].rows, c->in[0].cols);
  else
    sd_fail_linalg(c, status, why);
}

static double flops_svd(const sd_site *s) {
  double r = (double)shorter(&s->in[0]);
  return (with_vectors(s->op) ? 14 : 4) * r * r * (double)longer(&s->in[0]);
}

/* ---- derivatives of the values ----------------------------------------------------------------*/

/* The node of U, s, V for the argument of self; s and V are the next two. */
static sd_ref factors(sd_graph *g, sd_ref self) {
  const sd_node *n = sd_node_at(g, self);
  return n->op == &sd_op_svd ? self : g_tuple(g, &sd_op_svd, &n->attr, n->args[0], 0, 3);
}

static int reverse_svdvals(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  bar[0] = g_like(g, g_values_reverse(g, factors(g, self), cot[0]), sd_node_at(g, self)->args[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_svdvals(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  tan[0] = g_values_forward(g, factors(g, self), dot[0]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- derivatives of the vectors ---------------------------------------------------------------*/

/* F(i,j) = 1/(s_j^2 - s_i^2), as a quotient by s_j - s_i and s_j + s_i, which do not cancel */
static sd_ref square_gaps(sd_graph *g, sd_ref s) {
  sd_type t = g_type(g, s);
  t.cols = t.rows;
  sd_ref apart = g_apart(g, s), one = g_num(g, 1);
  sd_ref sum = g_add(g, g_broadcast(g, g_t(g, s), &t), g_broadcast(g, s, &t));
  return g_div(g, g_reciprocal_gaps(g, s, apart), g_where(g, apart, sum, one));
}

/* X - U U'X, for U with orthonormal columns; 0 where U is square */
static sd_ref outside(sd_graph *g, sd_ref u, sd_ref x) {
  sd_type t = g_type(g, u);
  if (x <= 0 || t.rows == t.cols) return x < 0 ? x : 0;
  return g_sub(g, x, g_matmul(g, 0, u, 0, g_matmul(g, 1, u, 0, x)));
}

static sd_ref with_transpose(sd_graph *g, sd_ref x) { return g_add(g, x, g_t(g, x)); }

static sd_ref inverse_values(sd_graph *g, sd_ref a, sd_ref s) {
  sd_type t = g_type(g, a);
  return g_safe_inverse(g, s, (double)longer(&t));
}

/* (1,r): NaN for the columns of the factor x whose derivative is not determined */
static sd_ref unsettled(sd_graph *g, sd_ref a, sd_ref s, sd_ref x) {
  sd_type t = g_type(g, a), tx = g_type(g, x);
  sd_ref pairs = g_unsettled(g, g_apart(g, s));
  return tx.rows == tx.cols ? pairs : g_add(g, pairs, g_unsettled_zeros(g, s, (double)longer(&t)));
}

static int reverse_svd(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_ref a = sd_node_at(g, self)->args[0], u = self, s = self + 1, v = self + 2, core = 0, x;
  x = g_values_reverse(g, u, cot[1]);
  if (cot[0] != 0 || cot[2] != 0) {
    sd_ref f = square_gaps(g, s), inverse = inverse_values(g, a, s);
    sd_ref h = g_mul(g, f, g_matmul(g, 1, u, 0, cot[0]));
    sd_ref k = g_mul(g, f, g_matmul(g, 1, v, 0, cot[2]));
    core = g_add(g, g_scale_columns(g, with_transpose(g, h), s),
                 g_scale_rows(g, s, with_transpose(g, k)));
    sd_ref left = g_scale_columns(g, outside(g, u, cot[0]), inverse);
    sd_ref right = g_scale_columns(g, outside(g, v, cot[2]), inverse);
    x = g_add(g, x, g_matmul(g, 0, u, 0, g_matmul(g, 0, core, 1, v)));
    x = g_add(g, x, g_add(g, g_matmul(g, 0, left, 1, v), g_matmul(g, 0, u, 1, right)));
    x = g_add(g, x, g_doubt(g, unsettled(g, a, s, u), cot[0]));
    x = g_add(g, x, g_doubt(g, unsettled(g, a, s, v), cot[2]));
  }
  bar[0] = g_like(g, x, a);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_svd(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  sd_ref a = sd_node_at(g, self)->args[0], u = self, s = self + 1, v = self + 2, da = dot[0];
  sd_ref av = g_matmul(g, 0, da, 0, v), atu = g_matmul(g, 1, da, 0, u);
  sd_ref z = g_matmul(g, 1, u, 0, av), f = square_gaps(g, s), inverse = inverse_values(g, a, s);
  sd_ref turn_u = g_add(g, g_scale_columns(g, z, s), g_scale_rows(g, s, g_t(g, z)));
  sd_ref turn_v = g_add(g, g_scale_rows(g, s, z), g_scale_columns(g, g_t(g, z), s));
  tan[0] = g_add(g, g_matmul(g, 0, u, 0, g_mul(g, f, turn_u)),
                 g_scale_columns(g, outside(g, u, av), inverse));
  tan[1] = g_dot_columns(g, u, av);
  tan[2] = g_add(g, g_matmul(g, 0, v, 0, g_mul(g, f, turn_v)),
                 g_scale_columns(g, outside(g, v, atu), inverse));
  tan[0] = g_add(g, tan[0], unsettled(g, a, s, u));
  tan[2] = g_add(g, tan[2], unsettled(g, a, s, v));
  return sd_first_failure(3, tan);
}

/* ---- cond: s_1/s_r, a number ------------------------------------------------------------------*/

static int infer_cond(sd_site *s) {
  char shape[SD_SHAPE];
  s->out[0] = sd_type_number();
  if (shorter(&s->in[0]) > 0) return SD_OK;
  return sd_refuse(s, SD_ESHAPE, "an empty matrix has no condition number (A is %s)",
                   sd_type_shape(&s->in[0], shape));
}

static int run_cond(const sd_call *c) { return sd_cond(&c->in[0], (double *)c->out[0].x); }

/* The weights of the elements of s that are equal to the largest (or least) one, their share each:
 * the derivative of that one, favouring none. */
static sd_ref share(sd_graph *g, int reduction, sd_ref s) {
  sd_ref fixed = g_op(g, &sd_op_stop_gradient, NULL, s, 0, 0);
  if (fixed < 0) return fixed;
  sd_ref mask = g_zip(g, SD_ZIP_EQ, fixed, g_reduce(g, reduction, 0, fixed));
  return g_div(g, mask, g_sum(g, 0, mask));
}

/* (r,1): the derivative of c = s_1/s_r by s, (ds_1 - c ds_r)/s_r, times the number x */
static sd_ref cond_slope(sd_graph *g, sd_ref s, sd_ref x) {
  sd_ref first = share(g, SD_REDUCE_MAX, s), last = share(g, SD_REDUCE_MIN, s);
  sd_ref top = g_sum(g, 0, g_mul(g, s, first)), least = g_sum(g, 0, g_mul(g, s, last));
  sd_ref slope = g_sub(g, first, g_mul(g, last, g_div(g, top, least)));
  return g_mul(g, slope, g_div(g, x, least));
}

static int reverse_cond(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_ref u = factors(g, self);
  if (u < 0) return u;
  bar[0] =
      g_like(g, g_values_reverse(g, u, cond_slope(g, u + 1, cot[0])), sd_node_at(g, self)->args[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_cond(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  sd_ref u = factors(g, self);
  if (u < 0) return u;
  sd_ref slope = cond_slope(g, u + 1, g_num(g, 1));
  tan[0] = g_sum(g, 0, g_mul(g, slope, g_values_forward(g, u, dot[0])));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- rows: k = {driver} -----------------------------------------------------------------------*/

const sd_op sd_op_svd = {.name = "svd",
                         .nargs = 1,
                         .nouts = 3,
                         .infer = infer_svd,
                         .run = run_svd,
                         .fail = fail_svd,
                         .reverse = reverse_svd,
                         .forward = forward_svd,
                         .kink = sd_kink_untold,
                         .column = sd_column_mixes,
                         .flops = flops_svd};
const sd_op sd_op_svdvals = {.name = "svdvals",
                             .nargs = 1,
                             .infer = infer_svd,
                             .run = run_svd,
                             .fail = fail_svd,
                             .reverse = reverse_svdvals,
                             .forward = forward_svdvals,
                             .kink = sd_kink_untold,
                             .column = sd_column_mixes,
                             .flops = flops_svd};
const sd_op sd_op_cond = {.name = "cond",
                          .nargs = 1,
                          .infer = infer_cond,
                          .run = run_cond,
                          .fail = sd_fail_linalg,
                          .reverse = reverse_cond,
                          .forward = forward_cond,
                          .kink = sd_kink_untold,
                          .column = sd_column_mixes,
                          .flops = flops_svd};

const sd_op *const sd_family_svd[] = {&sd_op_svd, &sd_op_svdvals, &sd_op_cond, NULL};
