/* Functions of square matrices: expm and sqrtm.
 *
 * For an analytic f,  f([A E; 0 A]) = [f(A) L(A,E); 0 f(A)]  with L(A,E) the derivative of f at A
 * in direction E, and L(A', .) the adjoint of L(A, .) (Higham, Functions of Matrices, 2008, 3.6 and
 * 3.17). The rules evaluate f on such a block matrix, so that every order follows from the same
 * op; each order doubles the side. E is scaled to norm 1 first: L is linear in it, and a large
 * E would cost f(A) its digits. */
#include "linalg.h"
#include "saddle/matfun.h"
#include "saddle/status.h"
#include <stdio.h>

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

/* X (n,n) as block (i,j) of a matrix of twice its sides, zeros elsewhere. */
static sd_ref placed(sd_graph *g, int i, int j, sd_ref x) {
  if (x <= 0) return x;
  ptrdiff_t n = g_type(g, x).rows;
  sd_attr attr = {.k = {i * n, j * n, 2 * n, 2 * n}};
  return g_op(g, &sd_op_pad, &attr, x, 0, 0);
}

/* The Frobenius norm of E, or 1 when it is 0: a number that derivatives pass by. */
static sd_ref size_of(sd_graph *g, sd_ref e) {
  sd_ref fixed = e < 0 ? e : g_op(g, &sd_op_stop_gradient, NULL, e, 0, 0);
  sd_ref norm = g_reduce(g, SD_REDUCE_NORM, 0, fixed), one = g_num(g, 1);
  return norm < 0 ? norm : g_where(g, norm, norm, one);
}

/* L(A, E) */
static sd_ref derivative(sd_graph *g, const sd_op *op, sd_ref a, sd_ref e) {
  ptrdiff_t n = a > 0 ? g_type(g, a).rows : 0;
  sd_attr corner = {.k = {0, n, n, n}};
  sd_ref size = size_of(g, e);
  sd_ref twice = g_add(g, placed(g, 0, 0, a), placed(g, 1, 1, a));
  sd_ref block = g_add(g, twice, placed(g, 0, 1, g_div(g, e, size)));
  sd_ref value = g_op(g, op, NULL, block, 0, 0);
  return g_mul(g, size, g_op(g, &sd_op_slice, &corner, value, 0, 0));
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

#define MATFUN(fn)                                                                                 \
  {                                                                                                \
    .name = #fn, .nargs = 1, .infer = infer_matfun, .run = run_##fn, .fail = fail_##fn,            \
    .reverse = reverse_matfun, .forward = forward_matfun, .column = sd_column_mixes,               \
    .flops = flops_matfun                                                                          \
  }
const sd_op sd_op_expm = MATFUN(expm), sd_op_sqrtm = MATFUN(sqrtm);

const sd_op *const sd_family_matfun[] = {&sd_op_expm, &sd_op_sqrtm, NULL};
