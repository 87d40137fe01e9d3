/* Columns scaled, A diag(w), and the inner products of columns, diag(A'B).
 *
 * Both are derivatives of one trilinear form, sum over j of w_j <a_j, b_j>, so a derivative of one
 * is the other. They serve the rules of spectral decompositions; the derivative of a vector that is
 * not determined is NaN there, whatever it is multiplied by, since a weight that is 0 here may
 * still move. */
#include "linalg.h"
#include "saddle/arrange.h"
#include "saddle/status.h"

static const sd_op op_scale_columns, op_dot_columns;

sd_ref g_scale_columns(sd_graph *g, sd_ref a, sd_ref w) {
  if (a < 0 || w < 0) return a < 0 ? a : w;
  return a == 0 || w == 0 ? 0 : g_op(g, &op_scale_columns, NULL, a, w, 0);
}
sd_ref g_dot_columns(sd_graph *g, sd_ref a, sd_ref b) {
  if (a < 0 || b < 0) return a < 0 ? a : b;
  return a == 0 || b == 0 ? 0 : g_op(g, &op_dot_columns, NULL, a, b, 0);
}

/* ---- A diag(w) --------------------------------------------------------------------------------*/

static int infer_scale(sd_site *s) {
  char sa[SD_SHAPE], sw[SD_SHAPE];
  const sd_type *a = &s->in[0], *w = &s->in[1];
  if (w->rows != a->cols || w->cols != 1)
    return sd_refuse(s, SD_ESHAPE, "%s factors do not go with the columns of %s",
                     sd_type_shape(w, sw), sd_type_shape(a, sa));
  s->out[0] = sd_type_matrix(a->rows, a->cols, a->dtype);
  return SD_OK;
}

static int run_scale(const sd_call *c) {
  sd_mat w = c->in[1];
  for (ptrdiff_t j = 0; j < w.rows; j++) {
    sd_mat from = sd_mat_block(&c->in[0], 0, j, c->in[0].rows, 1);
    sd_mat to = sd_mat_block(&c->out[0], 0, j, c->out[0].rows, 1);
    sd_mat factor = sd_mat_block(&w, j, 0, 1, 1);
    sd_zip(SD_ZIP_MUL, &from, &factor, &to);
  }
  return SD_OK;
}

static int reverse_scale(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref a = n->args[0], w = n->args[1];
  bar[0] = g_like(g, g_scale_columns(g, cot[0], w), a);
  bar[1] = g_like(g, g_dot_columns(g, a, cot[0]), w);
  return sd_first_failure(2, bar);
}

static int forward_scale(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref a = n->args[0], w = n->args[1];
  tan[0] = g_add(g, g_scale_columns(g, dot[0], w), g_scale_columns(g, a, dot[1]));
  return sd_first_failure(1, tan);
}

static int column_scale(const sd_site *s, int k) {
  (void)s;
  return k == 0 ? SD_ALIGNED : SD_MIXES;
}

/* ---- diag(A'B) --------------------------------------------------------------------------------*/

static int infer_dots(sd_site *s) {
  s->out[0] = sd_type_matrix(s->in[0].cols, 1, s->in[0].dtype);
  return sd_need_same_shape(s);
}

static int run_dots(const sd_call *c) {
  for (ptrdiff_t j = 0; j < c->in[0].cols; j++) {
    sd_mat a = sd_mat_block(&c->in[0], 0, j, c->in[0].rows, 1);
    sd_mat b = sd_mat_block(&c->in[1], 0, j, c->in[1].rows, 1);
    double value;
    sd_dot(&a, &b, &value);
    sd_mat_set(&c->out[0], j, 0, value);
  }
  return SD_OK;
}

static int reverse_dots(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  for (int k = 0; k < 2; k++)
    bar[k] = g_like(g, g_scale_columns(g, n->args[1 - k], cot[0]), n->args[k]);
  return sd_first_failure(2, bar);
}

static int forward_dots(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref a = n->args[0], b = n->args[1];
  tan[0] = g_add(g, g_dot_columns(g, dot[0], b), g_dot_columns(g, a, dot[1]));
  return sd_first_failure(1, tan);
}

static double flops_columns(const sd_site *s) {
  return 2 * (double)s->in[0].rows * (double)s->in[0].cols;
}

/* ---- rows -------------------------------------------------------------------------------------*/

static const sd_op op_scale_columns = {.name = "scale_columns",
                                       .nargs = 2,
                                       .joined = 3,
                                       .infer = infer_scale,
                                       .run = run_scale,
                                       .reverse = reverse_scale,
                                       .forward = forward_scale,
                                       .column = column_scale,
                                       .flops = flops_columns};
static const sd_op op_dot_columns = {.name = "dot_columns",
                                     .nargs = 2,
                                     .joined = 3,
                                     .infer = infer_dots,
                                     .run = run_dots,
                                     .reverse = reverse_dots,
                                     .forward = forward_dots,
                                     .column = sd_column_mixes,
                                     .flops = flops_columns};

const sd_op *const sd_family_columns[] = {&op_scale_columns, &op_dot_columns, NULL};
