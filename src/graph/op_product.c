/* Products of matrices. C = op(A) op(B), op a transpose or nothing: with cotangent C',
 * bar op(A) = C' op(B)' and bar op(B) = op(A)' C'. Plans sum products by X + op(A) op(B)
 * (accumulate.c). */
#include "build.h"
#include "saddle/blas.h"
#include "saddle/status.h"

static ptrdiff_t rows_of(const sd_type *t, int64_t trans) { return trans ? t->cols : t->rows; }
static ptrdiff_t cols_of(const sd_type *t, int64_t trans) { return trans ? t->rows : t->cols; }

/* k = {transa, transb} */
static int infer_matmul(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  const sd_type *a = &s->in[0], *b = &s->in[1];
  const int64_t *k = s->attr->k;
  if (cols_of(a, k[0]) != rows_of(b, k[1]))
    return sd_refuse(
        s, SD_ESHAPE, "inner dimensions differ: A is %s, B is %s%s", sd_type_shape(a, sa),
        sd_type_shape(b, sb),
        a->rows == b->rows && a->cols == b->cols ? " (the element-wise product is A % B)" : "");
  s->out[0] = sd_type_matrix(rows_of(a, k[0]), cols_of(b, k[1]), a->dtype);
  return SD_OK;
}

static int run_matmul(const sd_call *c) {
  return sd_gemm((int)c->attr->k[0], (int)c->attr->k[1], 1, &c->in[0], &c->in[1], 0, &c->out[0]);
}

static int run_bound(const sd_call *c, sd_bound *b) {
  sd_gemm_decided(&b->gemm, c->in[0].x, c->in[1].x, c->out[0].x);
  return SD_OK;
}

static void bind_matmul(const sd_call *c, sd_bound *b) {
  int ta = (int)c->attr->k[0], tb = (int)c->attr->k[1];
  if (sd_gemm_decide(ta, tb, 1, &c->in[0], &c->in[1], 0, &c->out[0], &b->gemm)) b->run = run_bound;
}

/* Transposes of arguments become flags. */
static sd_ref simplify_matmul(sd_graph *g, const sd_site *s, const sd_ref *args) {
  int trans[2] = {(int)s->attr->k[0], (int)s->attr->k[1]}, folded = 0;
  sd_ref arg[2] = {args[0], args[1]};
  for (int i = 0; i < 2; i++) {
    const sd_node *n = sd_node_at(g, args[i]);
    if (n->op != &sd_op_transpose) continue;
    arg[i] = n->args[0];
    trans[i] = !trans[i];
    folded = 1;
  }
  return folded ? g_matmul(g, trans[0], arg[0], trans[1], arg[1]) : 0;
}

/* The rules of n, whose factors are ab[0] and ab[1]. */
static int reverse_factors(sd_graph *g, const sd_node *n, const sd_ref *ab, sd_ref c, sd_ref *bar) {
  int ta = (int)n->attr.k[0], tb = (int)n->attr.k[1];
  bar[0] = ta ? g_matmul(g, tb, ab[1], 1, c) : g_matmul(g, 0, c, !tb, ab[1]);
  bar[1] = tb ? g_matmul(g, 1, c, ta, ab[0]) : g_matmul(g, !ta, ab[0], 0, c);
  return bar[0] < 0 ? bar[0] : bar[1] < 0 ? bar[1] : SD_OK;
}

static sd_ref forward_factors(sd_graph *g, const sd_node *n, const sd_ref *ab, const sd_ref *dot) {
  int ta = (int)n->attr.k[0], tb = (int)n->attr.k[1];
  return g_add(g, g_matmul(g, ta, dot[0], tb, ab[1]), g_matmul(g, ta, ab[0], tb, dot[1]));
}

static int reverse_matmul(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  return reverse_factors(g, n, n->args, cot[0], bar);
}

static int forward_matmul(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  tan[0] = forward_factors(g, n, n->args, dot);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* Column j of A B needs column j of B and all of A. */
static int column_matmul(const sd_site *s, int k) {
  return k == 0 ? SD_SHARED : s->attr->k[1] ? SD_MIXES : SD_ALIGNED;
}

static double flops_matmul(const sd_site *s) {
  return 2 * (double)s->out[0].rows * (double)s->out[0].cols *
         (double)cols_of(&s->in[0], s->attr->k[0]);
}

const sd_op sd_op_matmul = {.name = "matmul",
                            .nargs = 2,
                            .joined = 3,
                            .infer = infer_matmul,
                            .run = run_matmul,
                            .bind = bind_matmul,
                            .simplify = simplify_matmul,
                            .reverse = reverse_matmul,
                            .forward = forward_matmul,
                            .column = column_matmul,
                            .flops = flops_matmul};

/* ---- matmul_add(X, A, B) = X + op(A) op(B) ----------------------------------------------------*/

static int infer_add(sd_site *s) {
  char sx[SD_SHAPE], sp[SD_SHAPE];
  sd_site product = *s;
  product.in = s->in + 1;
  int status = infer_matmul(&product);
  const sd_type *x = &s->in[0], *p = &s->out[0];
  if (status != SD_OK || (x->rows == p->rows && x->cols == p->cols)) return status;
  return sd_refuse(s, SD_ESHAPE, "shapes differ: X is %s, the product is %s", sd_type_shape(x, sx),
                   sd_type_shape(p, sp));
}

static int check_add(const sd_call *c) {
  return sd_gemm_check((int)c->attr->k[0], (int)c->attr->k[1], &c->in[1], &c->in[2], &c->out[0]);
}

static int run_add(const sd_call *c) {
  int ta = (int)c->attr->k[0], tb = (int)c->attr->k[1];
  sd_mat *y = &c->out[0];
  if (!sd_mat_same(&c->in[0], y)) sd_mat_copy(&c->in[0], y);
  if ((ta ? c->in[1].rows : c->in[1].cols) == 0) return SD_OK; /* an empty sum */
  return sd_gemm(ta, tb, 1, &c->in[1], &c->in[2], 1, y);
}

static int run_bound_add(const sd_call *c, sd_bound *b) {
  sd_gemm_decided(&b->gemm, c->in[1].x, c->in[2].x, c->out[0].x);
  return SD_OK;
}

/* Where X is not copied. */
static void bind_add(const sd_call *c, sd_bound *b) {
  int ta = (int)c->attr->k[0], tb = (int)c->attr->k[1];
  if (sd_mat_same(&c->in[0], &c->out[0]) &&
      sd_gemm_decide(ta, tb, 1, &c->in[1], &c->in[2], 1, &c->out[0], &b->gemm))
    b->run = run_bound_add;
}

static int reverse_add(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  bar[0] = cot[0];
  return reverse_factors(g, n, n->args + 1, cot[0], bar + 1);
}

static int forward_add(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  tan[0] = g_add(g, dot[0], forward_factors(g, n, n->args + 1, dot + 1));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

static int column_add(const sd_site *s, int k) {
  return k == 0 ? SD_ALIGNED : column_matmul(s, k - 1);
}

static double flops_add(const sd_site *s) {
  sd_site product = *s;
  product.in = s->in + 1;
  return flops_matmul(&product);
}

const sd_op sd_op_matmul_add = {.name = "matmul_add",
                                .nargs = 3,
                                .joined = 7,
                                .over = 1,
                                .infer = infer_add,
                                .run = run_add,
                                .bind = bind_add,
                                .check = check_add,
                                .reverse = reverse_add,
                                .forward = forward_add,
                                .column = column_add,
                                .flops = flops_add};

const sd_op *const sd_family_product[] = {&sd_op_matmul, &sd_op_matmul_add, NULL};
