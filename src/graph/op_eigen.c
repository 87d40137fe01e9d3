/* Eigenvalues of symmetric matrices, A V = V diag(w), and of pairs, A V = B V diag(w), V'BV = I.
 *
 * With X = V' dA V, Y = V' dB V (0 without B) and F(i,j) = 1/(w_j - w_i):
 *   dw = diag(X - Y % w'),   dV = V P,   P = F % (X - Y % w'),   P(i,i) = -Y(i,i)/2.
 * Adjoint, with M = V' V_: K = diag(w_) + F % M, A_ = V K V',
 *   B_ = -V (K % w' + diag(M)/2) V'.
 * The symmetric part of A and B is decomposed, so their cotangents are symmetrised. Reference:
 * Giles, An extended collection of matrix derivative results, 2008, 3.1.
 *
 * Equal eigenvalues: V may turn within their space, and F(i,j) has no value. V has no derivative
 * there, and a function of w and V that has one, such as V g(w) V', needs g'(w), which no rule of
 * this op can see: what it gets is 0/0. So the derivative of a vector is NaN if its eigenvalue is
 * within rounding, n eps |w|, of another one. The vectors beside a cluster keep theirs: in reverse
 * mode they are those that the function takes as a block, V:col(1, k). Functions of w alone keep
 * right first derivatives, those of members of a cluster if they treat the members alike (one
 * member alone has a kink there); second derivatives are right of eigenvalues that are apart from
 * all others and are taken as a block, and NaN otherwise. Eigenvalues that are close but apart give
 * derivatives of V that are as large as they are. */
#include "linalg.h"
#include "saddle/status.h"

static int with_vectors(const sd_op *op) { return op == &sd_op_eigh; }

static int infer_eigen(sd_site *s) {
  const sd_type *a = &s->in[0];
  if (s->nargs > 2) return sd_refuse(s, SD_EARG, "takes A or A and B, got %d matrices", s->nargs);
  s->out[0] = sd_type_matrix(a->rows, 1, a->dtype);
  if (with_vectors(s->op)) s->out[1] = sd_type_matrix(a->rows, a->rows, a->dtype);
  int status = sd_infer_square(s);
  return status == SD_OK && s->nargs == 2 ? sd_need_same_shape(s) : status;
}

static int run_eigen(const sd_call *c) {
  sd_mat *v = with_vectors(c->op) ? &c->out[1] : NULL;
  int status = SD_OK;
  for (int k = 0; k < c->nargs && status == SD_OK; k++) status = sd_check_argument(c, k);
  if (status != SD_OK) return status;
  return c->nargs == 2 ? sd_eigh_pair(&c->in[0], &c->in[1], &c->out[0], v)
                       : sd_eigh(&c->in[0], &c->out[0], v);
}

static void fail_eigen(const sd_call *c, int status, char why[SD_WHY]) {
  int said = 0;
  for (int k = 0; k < c->nargs && status == SD_EARG && !said; k++)
    said = sd_fail_symmetric(c, k, why);
  if (status > 0)
    sd_fail_posdef(c, " B", status, why);
  else if (!said)
    sd_fail_linalg(c, status, why);
}

/* ---- derivatives ------------------------------------------------------------------------------*/

/* *w, *v <- the nodes of the decomposition that self is, or of which it is the values. */
static int decomposition(sd_graph *g, sd_ref self, sd_ref *w, sd_ref *v) {
  const sd_node *n = sd_node_at(g, self);
  *w = self;
  if (!with_vectors(n->op)) *w = sd_emit(g, &sd_op_eigh, &n->attr, n->nargs, n->args, 2);
  *v = *w + 1;
  return *w < 0 ? *w : SD_OK;
}

static sd_ref congruent(sd_graph *g, int trans, sd_ref v, sd_ref k) { /* V'KV or V K V' */
  return g_matmul(g, trans, v, 0, g_matmul(g, 0, k, !trans, v));
}

static sd_ref half_diagonal(sd_graph *g, sd_ref x) { return g_triangle(g, 0, 1, 0, x); }

static int reverse_eigen(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref w, v, wbar = cot[0], vbar = with_vectors(n->op) ? cot[1] : 0, k = 0, m = 0, doubt = 0;
  int status = decomposition(g, self, &w, &v);
  if (status != SD_OK) return status;
  if (vbar != 0) {
    sd_ref apart = g_apart(g, w);
    m = g_matmul(g, 1, v, 0, vbar);
    k = g_mul(g, g_reciprocal_gaps(g, w, apart), m);
    doubt = g_doubt(g, g_unsettled(g, apart), vbar);
  }
  sd_ref a = g_add(g, g_add(g, g_between(g, v, wbar, v), congruent(g, 0, v, k)), doubt);
  bar[0] = g_like(g, g_symmetric(g, a), n->args[0]);
  if (n->nargs == 2) {
    sd_ref x = g_between(g, g_scale_columns(g, v, w), wbar, v);
    sd_ref y = g_add(g, g_scale_columns(g, k, w), half_diagonal(g, m));
    sd_ref b = g_add(g, g_add(g, x, congruent(g, 0, v, y)), doubt);
    bar[1] = g_like(g, g_neg(g, g_symmetric(g, b)), n->args[1]);
  }
  return sd_first_failure(n->nargs, bar);
}

static int forward_eigen(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref w, v, b = n->nargs == 2 ? g_symmetric(g, dot[1]) : 0;
  int status = decomposition(g, self, &w, &v);
  if (status != SD_OK) return status;
  sd_ref bv = g_matmul(g, 0, b, 0, v), av = g_matmul(g, 0, g_symmetric(g, dot[0]), 0, v);
  sd_ref z = g_sub(g, av, g_scale_columns(g, bv, w)); /* V'Z is X - Y % w' */
  tan[0] = g_dot_columns(g, v, z);
  if (with_vectors(n->op)) {
    sd_ref apart = g_apart(g, w);
    sd_ref p = g_mul(g, g_reciprocal_gaps(g, w, apart), g_matmul(g, 1, v, 0, z));
    p = g_sub(g, p, half_diagonal(g, g_matmul(g, 1, v, 0, bv)));
    tan[1] = g_add(g, g_matmul(g, 0, v, 0, p), g_unsettled(g, apart));
  }
  return sd_first_failure(1 + with_vectors(n->op), tan);
}

static double flops_eigen(const sd_site *s) {
  double n = (double)s->in[0].rows;
  return (with_vectors(s->op) ? 9 : 4.0 / 3) * n * n * n;
}

/* ---- rows: p = {tol} --------------------------------------------------------------------------*/

#define ROW(fn, outs)                                                                              \
  {                                                                                                \
    .name = fn, .nargs = -1, .nouts = outs, .joined = 3, .infer = infer_eigen, .run = run_eigen,   \
    .fail = fail_eigen, .reverse = reverse_eigen, .forward = forward_eigen,                        \
    .kink = sd_kink_untold, /* where eigenvalues meet */                                           \
        .column = sd_column_mixes, .flops = flops_eigen                                            \
  }
const sd_op sd_op_eigh = ROW("eigh", 2);
const sd_op sd_op_eigvalsh = ROW("eigvalsh", 1);

const sd_op *const sd_family_eigen[] = {&sd_op_eigh, &sd_op_eigvalsh, NULL};
