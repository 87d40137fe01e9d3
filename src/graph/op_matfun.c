/* Functions of square matrices, expm and sqrtm, and the quadrants that their derivatives use.
 *
 * For an analytic f,  f([A E; 0 A]) = [f(A) L(A,E); 0 f(A)]  with L(A,E) the derivative of f at A
 * in direction E, and L(A', .) the adjoint of L(A, .) (Higham, Functions of Matrices, 2008, 3.6 and
 * 3.17). The rules evaluate f on such a block matrix, so that every order follows from the same
 * two ops; each order doubles the side. E is scaled to norm 1 first: L is linear in it, and a large
 * E would cost f(A) its digits. */
#include "linalg.h"
#include "saddle/matfun.h"
#include "saddle/status.h"
#include <stdio.h>

/* ---- quadrant, place: k = {i, j}, 0 or 1 ------------------------------------------------------*/

static int infer_quadrant(sd_site *s) {
  char shape[SD_SHAPE];
  const sd_type *a = &s->in[0];
  if (a->rows % 2 != 0 || a->cols % 2 != 0)
    return sd_refuse(s, SD_ESHAPE, "the sides of A must be even, A is %s", sd_type_shape(a, shape));
  s->out[0] = sd_type_matrix(a->rows / 2, a->cols / 2, a->dtype);
  return SD_OK;
}

static sd_mat quadrant_of(const sd_call *c, const sd_mat *a) {
  ptrdiff_t m = a->rows / 2, n = a->cols / 2;
  return sd_mat_block(a, (ptrdiff_t)c->attr->k[0] * m, (ptrdiff_t)c->attr->k[1] * n, m, n);
}

static int run_quadrant(const sd_call *c) {
  sd_mat from = quadrant_of(c, &c->in[0]);
  return sd_mat_copy(&from, &c->out[0]);
}

/* A in one quadrant, zeros elsewhere */
static int infer_place(sd_site *s) {
  s->out[0] = sd_type_matrix(2 * s->in[0].rows, 2 * s->in[0].cols, s->in[0].dtype);
  return SD_OK;
}

static int run_place(const sd_call *c) {
  sd_mat to = quadrant_of(c, &c->out[0]);
  sd_mat_fill(&c->out[0], 0);
  return sd_mat_copy(&c->in[0], &to);
}

static sd_ref linear(sd_graph *g, const sd_op *op, const sd_node *n, sd_ref x) {
  return x <= 0 ? x : g_op(g, op, &n->attr, x, 0, 0);
}

/* Each other's adjoints. */
static int reverse_quadrant(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  const sd_op *adjoint = n->op == &sd_op_place ? &sd_op_quadrant : &sd_op_place;
  bar[0] = g_like(g, linear(g, adjoint, n, cot[0]), n->args[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_quadrant(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  tan[0] = linear(g, n->op, n, dot[0]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- expm, sqrtm ------------------------------------------------------------------------------*/

static int infer_matfun(sd_site *s) {
  s->out[0] = sd_type_matrix(s->in[0].rows, s->in[0].rows, s->in[0].dtype);
  return sd_infer_square(s);
}

static int run_expm(const sd_call *c) { return sd_expm(&c->in[0], &c->out[0]); }

static void fail_expm(const sd_call *c, int status, char why[SD_WHY]) {
  if (status == SD_EARG)
    snprintf(why, SD_WHY,
             "expm: the result has infinite elements: exp(A) passes the largest %s number",
             sd_dtype_name(c->in[0].dtype));
  else if (status == SD_ENOCONV)
    snprintf(why, SD_WHY,
             "expm: A is too large for its 16 digits to determine one digit of exp(A) (its norm "
             "passes 1e15)");
  else
    sd_fail_linalg(c, status, why);
}

static int run_sqrtm(const sd_call *c) {
  sd_sqrtm_fault fault;
  return sd_sqrtm(&c->in[0], &c->out[0], &fault);
}

/* The fault is asked for again: a run has no place for it. */
static void fail_sqrtm(const sd_call *c, int status, char why[SD_WHY]) {
  sd_sqrtm_fault fault = {0, 0};
  if (status != SD_EARG) {
    sd_fail_linalg(c, status, why);
    return;
  }
  sd_sqrtm(&c->in[0], &c->out[0], &fault);
  if (fault.why == SD_SQRTM_NEGATIVE)
    snprintf(why, SD_WHY,
             "sqrtm: A has a negative eigenvalue %.6g: no real square root is computed for "
             "symmetric A",
             fault.eigenvalue);
  else if (fault.why == SD_SQRTM_NOTREAL)
    snprintf(why, SD_WHY,
             "sqrtm: the principal square root is not real: A has an eigenvalue near %.6g on the "
             "negative real axis",
             fault.eigenvalue);
  else
    snprintf(why, SD_WHY,
             "sqrtm: A is singular and defective, or too near to it: no square root to working "
             "precision");
}

static sd_ref placed(sd_graph *g, int i, int j, sd_ref x) {
  sd_attr attr = {.k = {i, j}};
  return x <= 0 ? x : g_op(g, &sd_op_place, &attr, x, 0, 0);
}

/* The Frobenius norm of E, or 1 when it is 0: a number that derivatives pass by. */
static sd_ref size_of(sd_graph *g, sd_ref e) {
  sd_ref fixed = e < 0 ? e : g_op(g, &sd_op_stop_gradient, NULL, e, 0, 0);
  sd_ref norm = g_reduce(g, SD_REDUCE_NORM, 0, fixed), one = g_num(g, 1);
  return norm < 0 ? norm : g_where(g, norm, norm, one);
}

/* L(A, E) */
static sd_ref derivative(sd_graph *g, const sd_op *op, sd_ref a, sd_ref e) {
  sd_attr corner = {.k = {0, 1}};
  sd_ref size = size_of(g, e);
  sd_ref twice = g_add(g, placed(g, 0, 0, a), placed(g, 1, 1, a));
  sd_ref block = g_add(g, twice, placed(g, 0, 1, g_div(g, e, size)));
  sd_ref value = g_op(g, op, NULL, block, 0, 0);
  return g_mul(g, size, g_op(g, &sd_op_quadrant, &corner, value, 0, 0));
}

static int reverse_matfun(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  bar[0] = g_like(g, derivative(g, n->op, g_t(g, n->args[0]), cot[0]), n->args[0]);
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_matfun(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  tan[0] = derivative(g, n->op, n->args[0], dot[0]);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static double flops_matfun(const sd_site *s) {
  double n = (double)s->in[0].rows;
  return 25 * n * n * n;
}

/* ---- rows -------------------------------------------------------------------------------------*/

#define LINEAR(fn)                                                                                 \
  {                                                                                                \
    .name = #fn, .nargs = 1, .infer = infer_##fn, .run = run_##fn, .reverse = reverse_quadrant,    \
    .forward = forward_quadrant, .column = sd_column_mixes, .flops = sd_flops_none                 \
  }
#define MATFUN(fn)                                                                                 \
  {                                                                                                \
    .name = #fn, .nargs = 1, .infer = infer_matfun, .run = run_##fn, .fail = fail_##fn,            \
    .reverse = reverse_matfun, .forward = forward_matfun, .column = sd_column_mixes,               \
    .flops = flops_matfun                                                                          \
  }
const sd_op sd_op_quadrant = LINEAR(quadrant), sd_op_place = LINEAR(place);
const sd_op sd_op_expm = MATFUN(expm), sd_op_sqrtm = MATFUN(sqrtm);

static const sd_op *const rows[] = {&sd_op_quadrant, &sd_op_place, &sd_op_expm, &sd_op_sqrtm};
const sd_family sd_family_matfun = SD_FAMILY(rows);
