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

sd_ref g_scale_columns(sd_graph *g, sd_ref a, sd_ref w) { return g_mul(g, a, g_t(g, w)); }
sd_ref g_scale_rows(sd_graph *g, sd_ref w, sd_ref a) { return g_mul(g, w, a); }

sd_ref g_dot_columns(sd_graph *g, sd_ref a, sd_ref b) {
  return g_t(g, g_sum(g, 1, g_mul(g, a, b)));
}

sd_ref g_values_reverse(sd_graph *g, sd_ref u, sd_ref sbar) {
  return u < 0 ? u : g_matmul(g, 0, g_scale_columns(g, u, sbar), 1, u + 2);
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
