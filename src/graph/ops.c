/* The op table, and what all ops share: the checks before a shape rule, the words for a failure. */
#include "ops.h"
#include "saddle/memory.h"
#include "saddle/rng.h"
#include "saddle/status.h"
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The families, each a file op_<family>.c. */
#define SD_FAMILIES(X)                                                                             \
  X(leaf)                                                                                          \
  X(shape)                                                                                         \
  X(map)                                                                                           \
  X(zip)                                                                                           \
  X(reduce)                                                                                        \
  X(line)                                                                                          \
  X(order)                                                                                         \
  X(scan)                                                                                          \
  X(product)                                                                                       \
  X(block)                                                                                         \
  X(index)                                                                                         \
  X(spike)                                                                                         \
  X(kron)                                                                                          \
  X(factor)                                                                                        \
  X(solve)                                                                                         \
  X(columns)                                                                                       \
  X(eigen)                                                                                         \
  X(svd)                                                                                           \
  X(lstsq)                                                                                         \
  X(matfun)                                                                                        \
  X(random)
#define DECLARE(name) extern const sd_op *const sd_family_##name[];
#define POINTER(name) sd_family_##name,
SD_FAMILIES(DECLARE)
static const sd_op *const *const families[] = {SD_FAMILIES(POINTER) NULL};

const sd_op *sd_op_at(int i) {
  for (int f = 0; families[f]; f++)
    for (int k = 0; families[f][k]; k++)
      if (i-- == 0) return families[f][k];
  return NULL;
}

int sd_op_count(void) {
  int n = 0;
  for (int f = 0; families[f]; f++)
    for (int k = 0; families[f][k]; k++) n++;
  return n;
}

const sd_op *sd_op_named(const char *name) {
  for (int f = 0; families[f]; f++)
    for (int k = 0; families[f][k]; k++)
      if (strcmp(families[f][k]->name, name) == 0) return families[f][k];
  return NULL;
}

/* ---- types ------------------------------------------------------------------------------------*/

sd_type sd_type_matrix(ptrdiff_t rows, ptrdiff_t cols, int dtype) {
  return (sd_type){rows, cols, dtype, 0};
}
sd_type sd_type_number(void) { return (sd_type){1, 1, SD_F64, 1}; }
sd_type sd_type_rng(void) { return (sd_type){1, 1, SD_RNG, 0}; }

int sd_type_same(const sd_type *a, const sd_type *b) {
  return a->rows == b->rows && a->cols == b->cols && a->dtype == b->dtype && a->number == b->number;
}

size_t sd_type_size(const sd_type *t) {
  return t->dtype == SD_RNG ? sizeof(sd_rng) : sd_dtype_size(t->dtype);
}

void sd_value_copy(const sd_mat *from, sd_mat *to) {
  if (from->dtype == SD_RNG)
    memcpy(to->x, from->x, (size_t)from->rows * (size_t)from->cols * sizeof(sd_rng));
  else
    sd_mat_copy(from, to);
}

sd_mat sd_type_header(const sd_type *t) { return sd_mat_over(t->rows, t->cols, t->dtype, NULL); }

const char *sd_type_shape(const sd_type *t, char buf[SD_SHAPE]) {
  snprintf(buf, SD_SHAPE, "%tdx%td", t->rows, t->cols);
  return buf;
}

const char *sd_number_text(double v, char buf[SD_SHAPE]) {
  snprintf(buf, SD_SHAPE, isnan(v) ? "NaN" : "%.14g", v);
  return buf;
}

/* ---- before a shape rule ----------------------------------------------------------------------*/

int sd_refuse(sd_site *s, int status, const char *fmt, ...) {
  va_list ap;
  int used = snprintf(s->why, SD_WHY, "%s: ", s->op->name);
  va_start(ap, fmt);
  vsnprintf(s->why + used, (size_t)(SD_WHY - used), fmt, ap);
  va_end(ap);
  return status;
}

int sd_op_joins(const sd_op *op, int k) { return op->joined >> (k < 31 ? k : 31) & 1; }

int sd_joined_dtype(const sd_op *op, int nargs, const sd_type *in) {
  for (int k = 0; k < nargs; k++)
    if (sd_op_joins(op, k) && !in[k].number) return in[k].dtype;
  return -1;
}

/* "A", "B", ... as messages name arguments. */
static char letter(int k) { return (char)('A' + (k < 25 ? k : 25)); }

/* 1 when values of type t exist, and the op may have such a result. */
static int is_type(const sd_op *op, const sd_type *t) {
  if (t->rows < 0 || t->cols < 0) return 0;
  if (t->dtype == SD_RNG)
    return op->takes_rngs || op == &sd_op_rng_advance || op == &sd_op_rng_child;
  if (t->number) return t->number == 1 && sd_is_one(t) && t->dtype == SD_F64;
  return t->dtype == SD_F64 || t->dtype == SD_F32;
}

/* Refuses results that no plan could hold, in the words of eager calls. */
static int check_sizes(sd_site *s) {
  char shape[SD_SHAPE];
  for (int j = 0; j < s->nouts; j++) {
    const sd_type *t = &s->out[j];
    size_t bytes;
    if (!is_type(s->op, t)) return sd_refuse(s, SD_EARG, "its attributes say no type of a value");
    if ((t->rows == 0 || t->cols == 0) && (t->rows > INT_MAX || t->cols > INT_MAX))
      return sd_refuse(s, SD_ETOOBIG, "a %s %s matrix is empty, and its other side is above %d",
                       sd_type_shape(t, shape), sd_dtype_name(t->dtype), INT_MAX);
    if (sd_mem_size(t->rows, t->cols, sd_type_size(t), &bytes) != SD_OK)
      return sd_refuse(s, SD_ETOOBIG, "a %s %s matrix is larger than any memory",
                       sd_type_shape(t, shape), sd_dtype_name(t->dtype));
  }
  return SD_OK;
}

int sd_infer(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  int first = -1;
  if (s->op->nargs >= 0 && s->nargs != s->op->nargs)
    return sd_refuse(s, SD_EARG, "takes %d arguments, got %d", s->op->nargs, s->nargs);
  for (int k = 0; k < s->nargs; k++) {
    if (!s->op->takes_rngs && (s->in[k].dtype == SD_RNG) != (s->op->draws && k == 0))
      return sd_refuse(
          s, SD_EARG,
          s->op->draws && k == 0 ? "argument 1 must be an rng" : "argument %d is an rng", k + 1);
    if (!sd_op_joins(s->op, k)) continue;
    if (first < 0) first = k;
    if (s->in[k].dtype != s->in[first].dtype)
      return sd_refuse(
          s, SD_EDTYPE, "dtypes differ: %c is %s %s, %c is %s %s (convert one with A:to(\"f64\"))",
          letter(first), sd_type_shape(&s->in[first], sa), sd_dtype_name(s->in[first].dtype),
          letter(k), sd_type_shape(&s->in[k], sb), sd_dtype_name(s->in[k].dtype));
  }
  int status = s->op->infer(s);
  return status == SD_OK ? check_sizes(s) : status;
}

void sd_fail(const sd_call *c, int status, char why[SD_WHY]) {
  if (c->op->fail)
    c->op->fail(c, status, why);
  else
    snprintf(why, SD_WHY, "%s: %s", c->op->name, sd_status_text(status));
}

/* ---- shared by rows ---------------------------------------------------------------------------*/

int sd_need_same_shape(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  const sd_type *a = &s->in[0], *b = &s->in[1];
  if (a->rows == b->rows && a->cols == b->cols) return SD_OK;
  return sd_refuse(s, SD_ESHAPE, "shapes differ: A is %s, B is %s", sd_type_shape(a, sa),
                   sd_type_shape(b, sb));
}

int sd_infer_like(sd_site *s) {
  s->out[0] = s->in[0];
  return SD_OK;
}

int sd_infer_given(sd_site *s) {
  const int64_t *k = s->attr->k;
  s->out[0] = (sd_type){k[0], k[1], (int)k[2], (int)k[3]};
  return SD_OK;
}

int sd_column_aligned(const sd_site *s, int k) {
  (void)s, (void)k;
  return SD_ALIGNED;
}
int sd_column_mixes(const sd_site *s, int k) {
  (void)s, (void)k;
  return SD_MIXES;
}
int sd_column_line(const sd_site *s, int k) {
  (void)k;
  return s->attr->k[0] == 1 ? SD_ALIGNED : SD_MIXES;
}
int sd_column_broadcast(const sd_site *s, int k) {
  return s->in[k].cols == s->out[0].cols ? SD_ALIGNED : SD_SHARED;
}

double sd_flops_none(const sd_site *s) {
  (void)s;
  return 0;
}
double sd_flops_one(const sd_site *s) { return (double)s->out[0].rows * (double)s->out[0].cols; }

double sd_node_flops(const sd_graph *g, sd_ref r) {
  const sd_node *n = sd_node_at(g, r);
  sd_type in[SD_FEW], out[SD_FEW];
  sd_site site = {n->op, &n->attr, n->nargs, n->nouts, in, out, NULL};
  if (n->op->flops == NULL || n->nargs > SD_FEW || n->nouts > SD_FEW) return 0;
  for (int k = 0; k < n->nargs; k++) in[k] = sd_node_at(g, n->args[k])->type;
  for (int j = 0; j < n->nouts; j++) out[j] = sd_node_at(g, r + j)->type;
  return n->op->flops(&site);
}

sd_ref sd_last_output(const sd_graph *g, sd_ref r) {
  const sd_node *n = sd_node_at(g, r);
  sd_ref first = n->op == &sd_op_part ? n->args[0] : r;
  return first + sd_node_at(g, first)->nouts - 1;
}

int sd_kink_untold(sd_graph *g, sd_ref self, sd_ref *sw) {
  (void)g, (void)self, (void)sw;
  return SD_UNTOLD;
}

int sd_reverse_zero(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  (void)g, (void)self, (void)cot, (void)bar;
  return SD_OK;
}
int sd_forward_zero(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  (void)g, (void)self, (void)dot;
  tan[0] = 0;
  return SD_OK;
}
int sd_forward_linear(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref args[SD_FEW];
  for (int k = 0; k < n->nargs; k++) args[k] = k == 0 ? dot[0] : n->args[k];
  tan[0] = dot[0] == 0 ? 0 : sd_emit(g, n->op, &n->attr, n->nargs, args, n->nouts);
  return tan[0] < 0 ? tan[0] : SD_OK;
}
