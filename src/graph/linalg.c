/* Shared by the ops of linear algebra (see linalg.h). */
#include "linalg.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>
#include <stdio.h>

/* ---- shape rules and sentences ----------------------------------------------------------------*/

int sd_infer_square(sd_site *s) {
  char shape[SD_SHAPE];
  if (s->in[0].rows == s->in[0].cols) return SD_OK;
  return sd_refuse(s, SD_ESHAPE, "A must be square, got %s", sd_type_shape(&s->in[0], shape));
}

int sd_infer_rows(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  if (s->in[0].rows == s->in[1].rows) return SD_OK;
  return sd_refuse(s, SD_ESHAPE, "numbers of rows differ: A is %s, B is %s",
                   sd_type_shape(&s->in[0], sa), sd_type_shape(&s->in[1], sb));
}

void sd_fail_linalg(const sd_call *c, int status, char why[SD_WHY]) {
  const sd_mat *a = &c->in[0];
  const char *fn = c->op->name;
  switch (status) {
  case SD_ENONFINITE:
    snprintf(why, SD_WHY, "%s: %s has NaN or infinite elements", fn,
             c->nargs < 2 || !sd_mat_finite(a) ? "A" : "B");
    break;
  case SD_ETOOBIG:
    snprintf(why, SD_WHY,
             "%s: A is %tdx%td: its work array is longer than a 32-bit LAPACK can count", fn,
             a->rows, a->cols);
    break;
  case SD_ENOCONV:
    snprintf(why, SD_WHY, "%s: the iteration did not converge (A is %tdx%td)", fn, a->rows,
             a->cols);
    break;
  case SD_EARG:
    snprintf(why, SD_WHY, "%s: the result overflows %s", fn, sd_dtype_name(a->dtype));
    break;
  default: snprintf(why, SD_WHY, "%s: %s", fn, sd_status_text(status));
  }
}

void sd_fail_posdef(const sd_call *c, const char *name, int minor, char why[SD_WHY]) {
  snprintf(why, SD_WHY, "%s: %tdx%td matrix%s is not positive definite (leading minor %d)",
           c->op->name, c->in[0].rows, c->in[0].cols, name, minor);
}

int sd_check_argument(const sd_call *c, int k) {
  ptrdiff_t i, j;
  return sd_check_symmetric(c->attr->p[0], &c->in[k], &i, &j);
}

int sd_fail_symmetric(const sd_call *c, int k, char why[SD_WHY]) {
  const sd_mat *a = &c->in[k];
  ptrdiff_t i, j;
  char name = (char)('A' + k);
  if (sd_check_symmetric(c->attr->p[0], a, &i, &j) != SD_EARG) return 0;
  snprintf(why, SD_WHY, "%s: %c is not symmetric: |%c(%td,%td) - %c(%td,%td)| is %.6g", c->op->name,
           name, name, i + 1, j + 1, name, j + 1, i + 1,
           fabs(sd_mat_get(a, i, j) - sd_mat_get(a, j, i)));
  return 1;
}

/* ---- builders ---------------------------------------------------------------------------------*/

int sd_first_failure(int n, const sd_ref *refs) {
  for (int k = 0; k < n; k++)
    if (refs[k] < 0) return refs[k];
  return SD_OK;
}

sd_ref g_like(sd_graph *g, sd_ref x, sd_ref of) {
  sd_type t = g_type(g, of);
  return g_to(g, x, &t);
}

sd_ref g_tuple(sd_graph *g, const sd_op *op, const sd_attr *attr, sd_ref a, sd_ref b, int nouts) {
  sd_ref args[2] = {a, b};
  return sd_emit(g, op, attr, b != 0 ? 2 : 1, args, nouts);
}

sd_ref g_triangle(sd_graph *g, int below, int on, int above, sd_ref a) {
  sd_attr attr = {.k = {below, on, above}};
  return a <= 0 ? a : g_op(g, &sd_op_triangle, &attr, a, 0, 0);
}

sd_ref g_symmetric(sd_graph *g, sd_ref a) { return g_scale(g, 0.5, g_add(g, a, g_t(g, a))); }

sd_ref g_solve(sd_graph *g, int assume, sd_ref a, sd_ref b) {
  sd_attr attr = {.k = {assume}};
  return b <= 0 ? b : g_tuple(g, &sd_op_solve, &attr, a, b, 2);
}

/* The rows (dim 1) or columns (2) lo..hi-1 of x, from 0, that are not 0 by construction: x may be a
 * block laid into zeros, or a sum of such. */
typedef struct span {
  ptrdiff_t lo, hi;
} span;

static span moved(span y, ptrdiff_t by) { return (span){y.lo + by, y.hi + by}; }

static span span_within(const sd_graph *g, sd_ref x, int dim, int depth) {
  const sd_node *n = sd_node_at(g, x);
  span all = {0, dim == 1 ? n->type.rows : n->type.cols};
  if (depth == 0) return all;
  if (n->op == &sd_op_pad && n->nargs == 1)
    return moved(span_within(g, n->args[0], dim, depth - 1), n->attr.k[dim == 1 ? 0 : 1]);
  if (n->op == &sd_map_ops[SD_MAP_NEG]) return span_within(g, n->args[0], dim, depth - 1);
  if (n->op != &sd_zip_ops[SD_ZIP_ADD] && n->op != &sd_zip_ops[SD_ZIP_SUB]) return all;
  span out = {all.hi, 0};
  for (int k = 0; k < 2; k++) {
    sd_type t = g_type(g, n->args[k]);
    if (t.rows != n->type.rows || t.cols != n->type.cols) return all;
    span one = span_within(g, n->args[k], dim, depth - 1);
    if (one.lo < out.lo) out.lo = one.lo;
    if (one.hi > out.hi) out.hi = one.hi;
  }
  return out;
}

static span span_of(const sd_graph *g, sd_ref x, int dim) {
  enum { DEPTH = 12 }; /* of sums of sums: their number may double with each */
  return span_within(g, x, dim, DEPTH);
}

/* These rows or columns of x. */
static sd_ref block(sd_graph *g, sd_ref x, int dim, span s) {
  if (x <= 0) return x;
  sd_type t = g_type(g, x);
  ptrdiff_t size = s.hi - s.lo;
  if (size == (dim == 1 ? t.rows : t.cols)) return x;
  sd_attr attr = {.k = {0, 0, t.rows, t.cols}};
  attr.k[dim - 1] = s.lo;
  attr.k[dim + 1] = size;
  return g_op(g, &sd_op_slice, &attr, x, 0, 0);
}

sd_ref g_scale_rows(sd_graph *g, sd_ref w, sd_ref a) {
  return g_t(g, g_scale_columns(g, g_t(g, a), w));
}

/* Of the columns alone whose factors are not 0 by construction: what the others are is of no
 * account then, at higher orders, too. */
sd_ref g_between(sd_graph *g, sd_ref u, sd_ref w, sd_ref v) {
  if (u < 0 || v < 0 || w <= 0) return u < 0 ? u : v < 0 ? v : w;
  span s = span_of(g, w, 1);
  sd_ref left = g_scale_columns(g, block(g, u, 2, s), block(g, w, 1, s));
  return g_matmul(g, 0, left, 1, block(g, v, 2, s));
}

sd_ref g_values_reverse(sd_graph *g, sd_ref u, sd_ref sbar) {
  return u < 0 ? u : g_between(g, u, sbar, u + 2);
}
sd_ref g_values_forward(sd_graph *g, sd_ref u, sd_ref da) {
  return u < 0 ? u : g_dot_columns(g, u, g_matmul(g, 0, da, 0, u + 2));
}

/* What rounding may move w's elements by: size eps |w|, as a number that derivatives pass by. */
static sd_ref resolution(sd_graph *g, sd_ref w, double size) {
  double eps = g_type(g, w).dtype == SD_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  sd_ref fixed = g_op(g, &sd_op_stop_gradient, NULL, w, 0, 0);
  return fixed < 0 ? fixed : g_scale(g, size * eps, g_reduce(g, SD_REDUCE_NORM, 0, fixed));
}

/* (n,n): w(j) - w(i) */
static sd_ref gaps(sd_graph *g, sd_ref w) {
  sd_type t = g_type(g, w);
  t.cols = t.rows;
  return g_sub(g, g_broadcast(g, g_t(g, w), &t), g_broadcast(g, w, &t));
}

static sd_ref passes(sd_graph *g, sd_ref x, sd_ref limit) {
  return x < 0 ? x : g_zip(g, SD_ZIP_GT, g_map(g, SD_MAP_ABS, x), limit);
}

sd_ref g_apart(sd_graph *g, sd_ref w) {
  return passes(g, gaps(g, w), resolution(g, w, (double)g_type(g, w).rows));
}

/* 1/x where the mask is 1, else 0, without dividing by what is left out */
static sd_ref masked_inverse(sd_graph *g, sd_ref mask, sd_ref x) {
  sd_ref one = g_num(g, 1);
  return g_where(g, mask, g_div(g, one, g_where(g, mask, x, one)), 0);
}

sd_ref g_reciprocal_gaps(sd_graph *g, sd_ref w, sd_ref apart) {
  return masked_inverse(g, apart, gaps(g, w));
}

sd_ref g_safe_inverse(sd_graph *g, sd_ref x, double size) {
  return masked_inverse(g, passes(g, x, resolution(g, x, size)), x);
}

/* 0 where the mask is 1, else NaN */
static sd_ref nan_unless(sd_graph *g, sd_ref mask) {
  return mask < 0 ? mask : g_where(g, mask, 0, g_num(g, NAN));
}

sd_ref g_unsettled(sd_graph *g, sd_ref apart) {
  if (apart < 0) return apart;
  double others = (double)g_type(g, apart).rows - 1;
  sd_ref count = g_sum(g, 1, apart);
  return count < 0 ? count : nan_unless(g, g_zip(g, SD_ZIP_GE, count, g_num(g, others)));
}

sd_ref g_unsettled_zeros(sd_graph *g, sd_ref x, double size) {
  return nan_unless(g, g_t(g, passes(g, x, resolution(g, x, size))));
}

sd_ref g_doubt(sd_graph *g, sd_ref unsettled, sd_ref vbar) {
  if (unsettled < 0 || vbar <= 0) return unsettled < 0 ? unsettled : vbar;
  return g_sum(g, 0, block(g, unsettled, 2, span_of(g, vbar, 2)));
}
