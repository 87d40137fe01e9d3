/* Factorisations: Cholesky, QR, and the parts of a matrix beside its diagonal.
 *
 * Cholesky, A = L L' (Murray, Differentiation of the Cholesky decomposition, 2016): with P(X) the
 * lower part of X, its diagonal halved, dL = L P(L^-1 dA L^-T), hence A_ = L^-T P(L' L_) L^-1. The
 * symmetric part of A is factored, so dA and A_ are symmetrised.
 *
 * QR of a tall A = Q R of full rank: with C = Q' dA R^-1 and T its strictly lower part,
 * dR = (C - T + T') R and dQ = dA R^-1 - Q (C - T + T'). Adjoint (Walter and Lehmann, On
 * algorithmic differentiation of rank-revealing decompositions, 2012): A_ = (Q_ + Q S) R^-T, S the
 * symmetric matrix with the lower part of R R_' - Q_' Q. */
#include "linalg.h"
#include "saddle/status.h"

static double cubed(const sd_site *s) {
  double n = (double)s->in[0].rows;
  return n * n * n;
}

/* ---- triangle: k = {below, on, above}, factors in halves of the parts of A --------------------*/

static int infer_triangle(sd_site *s) {
  s->out[0] = sd_type_matrix(s->in[0].rows, s->in[0].cols, s->in[0].dtype);
  return SD_OK;
}

/* Y <- A halves/2, where 0 halves give 0 of anything */
static void part(const sd_mat *a, int64_t halves, sd_mat y) {
  if (halves == 0)
    sd_mat_fill(&y, 0);
  else
    sd_mat_copy(a, &y);
  for (ptrdiff_t i = 0; halves == 1 && i < y.rows; i++)
    sd_mat_set(&y, i, 0, 0.5 * sd_mat_get(a, i, 0));
}

static int run_triangle(const sd_call *c) {
  const sd_mat *a = &c->in[0], *y = &c->out[0];
  for (ptrdiff_t j = 0; j < a->cols; j++) {
    ptrdiff_t to[3] = {j < a->rows ? j : a->rows, j < a->rows ? j + 1 : a->rows, a->rows};
    for (ptrdiff_t k = 0, from = 0; k < 3; from = to[k++]) {
      sd_mat source = sd_mat_block(a, from, j, to[k] - from, 1);
      part(&source, c->attr->k[2 - k], sd_mat_block(y, from, j, to[k] - from, 1));
    }
  }
  return SD_OK;
}

static sd_ref again(sd_graph *g, sd_ref self, sd_ref x) {
  const sd_node *n = sd_node_at(g, self);
  return x <= 0 ? x : sd_emit(g, n->op, &n->attr, 1, &x, 1);
}

/* Self-adjoint. */
static int reverse_triangle(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  bar[0] = g_like(g, again(g, self, cot[0]), sd_node_at(g, self)->args[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_triangle(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  tan[0] = again(g, self, dot[0]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- cholesky: p = {tol} ----------------------------------------------------------------------*/

static int infer_cholesky(sd_site *s) {
  s->out[0] = sd_type_matrix(s->in[0].rows, s->in[0].rows, s->in[0].dtype);
  return sd_infer_square(s);
}

static int run_cholesky(const sd_call *c) {
  int status = sd_check_argument(c, 0);
  return status == SD_OK ? sd_cholesky(&c->in[0], &c->out[0]) : status;
}

static void fail_cholesky(const sd_call *c, int status, char why[SD_WHY]) {
  if (status > 0)
    sd_fail_posdef(c, "", status, why);
  else if (status != SD_EARG || !sd_fail_symmetric(c, 0, why))
    sd_fail_linalg(c, status, why);
}

static int reverse_cholesky(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_ref upper = g_t(g, self), p = g_triangle(g, 2, 1, 0, g_matmul(g, 1, self, 0, cot[0]));
  sd_ref half = g_solve(g, SD_UPPER, upper, p); /* L^-T P */
  sd_ref x = g_solve(g, SD_UPPER, upper, g_t(g, half));
  bar[0] = g_like(g, g_symmetric(g, x), sd_node_at(g, self)->args[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_cholesky(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  sd_ref half = g_solve(g, SD_LOWER, self, g_symmetric(g, dot[0])); /* L^-1 dA */
  sd_ref x = g_solve(g, SD_LOWER, self, g_t(g, half));
  tan[0] = g_matmul(g, 0, self, 0, g_triangle(g, 2, 1, 0, x));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_cholesky(const sd_site *s) { return cubed(s) / 3; }

/* ---- qr ---------------------------------------------------------------------------------------*/

static int infer_qr(sd_site *s) {
  const sd_type *a = &s->in[0];
  ptrdiff_t r = a->rows < a->cols ? a->rows : a->cols;
  s->out[0] = sd_type_matrix(a->rows, r, a->dtype);
  s->out[1] = sd_type_matrix(r, a->cols, a->dtype);
  return SD_OK;
}

static int run_qr(const sd_call *c) { return sd_qr(&c->in[0], &c->out[0], &c->out[1], NULL); }

static int check_tall(sd_graph *g, sd_ref a) {
  sd_type t = g_type(g, a);
  return t.rows >= t.cols ? SD_OK
                          : sd_graph_refuse(g, SD_ESHAPE,
                                            "qr: the factors of a wide matrix (A is %tdx%td) have "
                                            "no derivative here; factor A:col(1, %td) and "
                                            "multiply the other columns by Q:t()",
                                            t.rows, t.cols, t.rows);
}

/* Y R^-1 */
static sd_ref over(sd_graph *g, sd_ref y, sd_ref r) {
  return g_t(g, g_solve(g, SD_LOWER, g_t(g, r), g_t(g, y)));
}

static int reverse_qr(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  sd_ref a = sd_node_at(g, self)->args[0], q = self, r = self + 1;
  int status = check_tall(g, a);
  if (status != SD_OK) return status;
  sd_ref m =
      g_sub(g, g_matmul(g, 0, r, 1, g_triangle(g, 0, 2, 2, cot[1])), g_matmul(g, 1, cot[0], 0, q));
  sd_ref s = g_add(g, g_triangle(g, 2, 2, 0, m), g_t(g, g_triangle(g, 2, 0, 0, m)));
  sd_ref w = g_add(g, cot[0], g_matmul(g, 0, q, 0, s));
  bar[0] = g_like(g, g_t(g, g_solve(g, SD_UPPER, r, g_t(g, w))), a);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_qr(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  sd_ref q = self, r = self + 1;
  int status = check_tall(g, sd_node_at(g, self)->args[0]);
  if (status != SD_OK) return status;
  sd_ref z = over(g, g_like(g, dot[0], q), r), c = g_matmul(g, 1, q, 0, z);
  sd_ref u = g_add(g, g_triangle(g, 0, 2, 2, c), g_t(g, g_triangle(g, 2, 0, 0, c)));
  tan[0] = g_sub(g, z, g_matmul(g, 0, q, 0, u));
  tan[1] = g_matmul(g, 0, u, 0, r);
  return sd_first_failure(2, tan);
}

static double flops_qr(const sd_site *s) {
  double m = (double)s->in[0].rows, n = (double)s->in[0].cols;
  return 4 * m * n * (m < n ? m : n);
}

/* ---- rows -------------------------------------------------------------------------------------*/

const sd_op sd_op_triangle = {.name = "triangle",
                              .nargs = 1,
                              .infer = infer_triangle,
                              .run = run_triangle,
                              .reverse = reverse_triangle,
                              .forward = forward_triangle,
                              .column = sd_column_mixes,
                              .flops = sd_flops_none};
const sd_op sd_op_cholesky = {.name = "cholesky",
                              .nargs = 1,
                              .infer = infer_cholesky,
                              .run = run_cholesky,
                              .fail = fail_cholesky,
                              .reverse = reverse_cholesky,
                              .forward = forward_cholesky,
                              .column = sd_column_mixes,
                              .flops = flops_cholesky};
const sd_op sd_op_qr = {.name = "qr",
                        .nargs = 1,
                        .nouts = 2,
                        .infer = infer_qr,
                        .run = run_qr,
                        .fail = sd_fail_linalg,
                        .reverse = reverse_qr,
                        .forward = forward_qr,
                        .column = sd_column_mixes,
                        .flops = flops_qr};

const sd_op *const sd_family_factor[] = {&sd_op_triangle, &sd_op_cholesky, &sd_op_qr, NULL};
