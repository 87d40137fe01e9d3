/* Order: sort, quantiles, and elements by their positions.
 *
 * Where the order is, derivatives go through the positions: sort is a permutation of each line, a
 * quantile a weighted mean of two of its elements. Positions are constant almost everywhere; equal
 * elements keep their order, so that ties go to the first. */
#include "build.h"
#include "saddle/arrange.h"
#include "saddle/status.h"
#include <math.h>
#include <stdio.h>

static int dim_of(const sd_node *n) { return (int)n->attr.k[0]; }

/* ---- pick and put: k = {dim}, for put then the type of the result -----------------------------*/

static int fits(int64_t dim, const sd_type *a, const sd_type *at) {
  return (dim != 1 || a->cols == at->cols) && (dim != 2 || a->rows == at->rows);
}

static int infer_pick(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  const sd_type *a = &s->in[0], *at = &s->in[1];
  if (!fits(s->attr->k[0], a, at))
    return sd_refuse(s, SD_ESHAPE, "positions of %s do not go with %s", sd_type_shape(at, sb),
                     sd_type_shape(a, sa));
  s->out[0] = at->number ? sd_type_number() : sd_type_matrix(at->rows, at->cols, a->dtype);
  return SD_OK;
}

static int infer_put(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE], sy[SD_SHAPE];
  const sd_type *x = &s->in[0], *at = &s->in[1];
  const int64_t *k = s->attr->k;
  s->out[0] = (sd_type){k[1], k[2], (int)k[3], (int)k[4]};
  if (x->rows != at->rows || x->cols != at->cols || !fits(k[0], &s->out[0], at))
    return sd_refuse(s, SD_ESHAPE, "%s at positions of %s do not go into %s", sd_type_shape(x, sa),
                     sd_type_shape(at, sb), sd_type_shape(&s->out[0], sy));
  return SD_OK;
}

static int run_pick(const sd_call *c) {
  return sd_pick((int)c->attr->k[0], &c->in[0], &c->in[1], &c->out[0]);
}
static int run_put(const sd_call *c) {
  return sd_put((int)c->attr->k[0], &c->in[0], &c->in[1], &c->out[0]);
}

static void fail_position(const sd_call *c, int status, char why[SD_WHY]) {
  snprintf(why, SD_WHY, "%s: %s", c->op->name,
           status == SD_EARG ? "a position is not one of the matrix" : sd_status_text(status));
}

static int reverse_pick(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type t = g_type(g, n->args[0]);
  bar[0] = g_put(g, dim_of(n), cot[0], n->args[1], &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int reverse_put(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type t = g_type(g, n->args[0]);
  bar[0] = g_to(g, g_pick(g, dim_of(n), cot[0], n->args[1]), &t);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

/* ---- sort: k = {dim, descending} --------------------------------------------------------------*/

static int infer_sort(sd_site *s) {
  const sd_type *a = &s->in[0];
  s->out[0] = *a;
  s->out[1] = (sd_type){a->rows, a->cols, SD_F64, a->number};
  return SD_OK;
}

static int run_sort(const sd_call *c) {
  const int64_t *k = c->attr->k;
  return sd_sort((int)k[0], (int)k[1], &c->in[0], &c->out[0], &c->out[1]);
}

/* The positions are the node's second result. */
static int reverse_sort(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  bar[0] = g_put(g, dim_of(n), cot[0], self + 1, &n->type);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_sort(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  tan[0] = g_pick(g, dim_of(sd_node_at(g, self)), dot[0], self + 1);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* n log2 n comparisons, roughly. */
static double flops_sort(const sd_site *s) {
  double n = (double)s->in[0].rows * (double)s->in[0].cols;
  return n > 2 ? n * log2(n) : n;
}

/* ---- quantile: k = {dim}, p = {q} -------------------------------------------------------------*/

/* The number of elements in a line. */
static ptrdiff_t length_of(int64_t dim, const sd_type *a) {
  return dim == 0 ? a->rows * a->cols : dim == 1 ? a->rows : a->cols;
}

/* Of one result or, where the two order statistics are found, two of one type. */
static int infer_quantile(sd_site *s) {
  char shape[SD_SHAPE];
  const sd_type *a = &s->in[0];
  int64_t dim = s->attr->k[0];
  if ((dim != 2 && a->rows == 0) || (dim != 1 && a->cols == 0))
    return sd_refuse(s, SD_ESHAPE, "no elements to take it of, A is %s", sd_type_shape(a, shape));
  int dtype = s->nouts == 1 ? a->dtype : SD_F64;
  for (int j = 0; j < s->nouts; j++)
    s->out[j] = dim == 0 || a->number ? sd_type_number()
                : dim == 1            ? sd_type_matrix(1, a->cols, dtype)
                                      : sd_type_matrix(a->rows, 1, dtype);
  return SD_OK;
}

static int run_quantile(const sd_call *c) {
  return sd_quantile((int)c->attr->k[0], c->attr->p[0], &c->in[0], &c->out[0]);
}
static int run_quantile_at(const sd_call *c) {
  return sd_quantile_at((int)c->attr->k[0], c->attr->p[0], &c->in[0], &c->out[0], &c->out[1]);
}

static const sd_op op_quantile_at;

/* The two positions and the second one's weight, for the quantile n: the first's node. */
static sd_ref places(sd_graph *g, const sd_node *n, double *weight) {
  sd_type t = g_type(g, n->args[0]);
  ptrdiff_t k, length = length_of(n->attr.k[0], &t);
  *weight = length > 0 ? sd_quantile_place(n->attr.p[0], length, &k) : 0;
  return sd_emit(g, &op_quantile_at, &n->attr, 1, n->args, 2);
}

static int reverse_quantile(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type t = g_type(g, n->args[0]);
  double w;
  if (cot[0] == 0) return SD_OK;
  sd_ref lo = places(g, n, &w);
  if (lo < 0) return lo;
  bar[0] = g_put(g, dim_of(n), g_scale(g, 1 - w, cot[0]), lo, &t);
  if (w > 0) bar[0] = g_add(g, bar[0], g_put(g, dim_of(n), g_scale(g, w, cot[0]), lo + 1, &t));
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_quantile(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  double w;
  if (dot[0] == 0) return SD_OK;
  sd_ref lo = places(g, n, &w);
  if (lo < 0) return lo;
  tan[0] = g_scale(g, 1 - w, g_pick(g, dim_of(n), dot[0], lo));
  if (w > 0) tan[0] = g_add(g, tan[0], g_scale(g, w, g_pick(g, dim_of(n), dot[0], lo + 1)));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- rows -------------------------------------------------------------------------------------*/

const sd_op sd_op_pick = {.name = "pick",
                          .nargs = 2,
                          .infer = infer_pick,
                          .run = run_pick,
                          .fail = fail_position,
                          .reverse = reverse_pick,
                          .forward = sd_forward_linear,
                          .column = sd_column_line,
                          .flops = sd_flops_none};
const sd_op sd_op_put = {.name = "put",
                         .nargs = 2,
                         .infer = infer_put,
                         .run = run_put,
                         .fail = fail_position,
                         .reverse = reverse_put,
                         .forward = sd_forward_linear,
                         .column = sd_column_line,
                         .flops = sd_flops_none};
const sd_op sd_op_sort = {.name = "sort",
                          .nargs = 1,
                          .nouts = 2,
                          .infer = infer_sort,
                          .run = run_sort,
                          .kink = sd_kink_untold,
                          .reverse = reverse_sort,
                          .forward = forward_sort,
                          .column = sd_column_line,
                          .flops = flops_sort};
const sd_op sd_op_quantile = {.name = "quantile",
                              .nargs = 1,
                              .infer = infer_quantile,
                              .run = run_quantile,
                              .kink = sd_kink_untold,
                              .reverse = reverse_quantile,
                              .forward = forward_quantile,
                              .column = sd_column_line,
                              .flops = flops_sort};
/* Where the two order statistics are: positions LO and HI. */
static const sd_op op_quantile_at = {.name = "quantile_at",
                                     .nargs = 1,
                                     .nouts = 2,
                                     .infer = infer_quantile,
                                     .run = run_quantile_at,
                                     .kink = sd_kink_untold,
                                     .reverse = sd_reverse_zero,
                                     .forward = sd_forward_zero,
                                     .column = sd_column_line,
                                     .flops = flops_sort};

const sd_op *const sd_family_order[] = {&sd_op_pick,     &sd_op_put,      &sd_op_sort,
                                        &sd_op_quantile, &op_quantile_at, NULL};
