/* Shared by the tests of plans: graphs of their own ops, values computed node by node, bits. */
#ifndef SADDLE_TESTS_PLAN_CHECK_H
#define SADDLE_TESTS_PLAN_CHECK_H

#include "check.h"
#include <string.h>

/* r, which a builder made. */
static inline sd_ref check_ref(sd_ref r) {
  assert_true(r > 0);
  return r;
}

static inline sd_ref apply(sd_graph *g, const sd_op *op, sd_attr attr, sd_ref a, sd_ref b) {
  sd_ref args[2] = {a, b};
  return sd_emit(g, op, &attr, b ? 2 : a ? 1 : 0, args, 1);
}
static inline sd_ref map(sd_graph *g, int fn, sd_ref a) {
  return check_ref(apply(g, &sd_map_ops[fn], (sd_attr){{0}, {0}}, a, 0));
}
static inline sd_ref zip(sd_graph *g, int fn, sd_ref a, sd_ref b) {
  return check_ref(apply(g, &sd_zip_ops[fn], (sd_attr){{0}, {0}}, a, b));
}
static inline sd_ref mul(sd_graph *g, sd_ref a, sd_ref b) { return zip(g, SD_ZIP_MUL, a, b); }
static inline sd_ref add(sd_graph *g, sd_ref a, sd_ref b) { return zip(g, SD_ZIP_ADD, a, b); }
static inline sd_ref matmul(sd_graph *g, sd_ref a, sd_ref b) {
  return check_ref(apply(g, &sd_op_matmul, (sd_attr){{0}, {0}}, a, b));
}
static inline sd_ref input(sd_graph *g, ptrdiff_t m, ptrdiff_t n, int dtype) {
  return check_ref(sd_graph_input(g, sd_type_matrix(m, n, dtype)));
}
static inline sd_graph *new_graph(void) {
  sd_graph *g;
  assert_int_equal(sd_graph_new(&g), SD_OK);
  return g;
}

/* A plan with its arena, bound to in[]. */
typedef struct ready {
  sd_plan *p;
  void *arena;
} ready;
static inline ready get_ready(const sd_graph *g, int nout, const sd_ref *outs, int flags,
                              const sd_mat *in) {
  ready r;
  assert_int_equal(sd_plan_new(g, nout, outs, flags, &r.p), SD_OK);
  r.arena = sd_alloc(sd_plan_arena(r.p), 1);
  assert_non_null(r.arena);
  sd_plan_bind(r.p, r.arena, in, NULL);
  return r;
}
static inline void let_go(ready r) {
  sd_plan_free(r.p);
  sd_free(r.arena);
}

static inline int keep_text(void *to, const char *text, size_t n) {
  char *s = to;
  size_t used = strlen(s);
  assert_true(used + n < 20000);
  memcpy(s + used, text, n);
  s[used + n] = 0;
  return SD_OK;
}

/* The report; the caller frees it. */
static inline char *explained(const sd_plan *p) {
  char *text = calloc(20000, 1);
  assert_int_equal(sd_plan_explain(p, keep_text, text), SD_OK);
  return text;
}

/* Fails unless a and b have the same elements, bit by bit (a NaN is a NaN). */
static inline void check_bits_equal(const sd_mat *a, const sd_mat *b, const char *what) {
  assert_int_equal(a->rows, b->rows);
  assert_int_equal(a->cols, b->cols);
  assert_int_equal(a->dtype, b->dtype);
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++) {
      double x = sd_mat_get(a, i, j), y = sd_mat_get(b, i, j);
      if (isnan(x) && isnan(y)) continue;
      if (memcmp(&x, &y, sizeof x) != 0)
        fail_msg("%s: element (%td,%td) of %tdx%td is %.17g, not %.17g", what, i, j, a->rows,
                 a->cols, x, y);
    }
}

/* values[r] <- the value of every node, by its own kernel, in memory of its own; leaves and views
 * as headers, because BLAS may round differently where columns have gaps. */
static inline void eager(const sd_graph *g, const sd_mat *in, sd_mat *values) {
  for (sd_ref r = 1; r <= sd_graph_size(g); r++) {
    const sd_node *n = sd_node_at(g, r);
    sd_mat args[8], outs[8];
    if (n->op == &sd_op_part) continue;
    for (int k = 0; k < n->nargs; k++) args[k] = values[n->args[k]];
    sd_call call = {n->op, &n->attr, n->nargs, n->nouts, args, outs};
    outs[0] = sd_mat_over(n->type.rows, n->type.cols, n->type.dtype, NULL);
    if (n->op == &sd_op_input) {
      values[r] = in[n->attr.k[0]];
    } else if (n->op == &sd_op_capture) {
      values[r] = sd_graph_capture_at(g, (int)n->attr.k[0])->m;
    } else if (n->op->view && n->op->view(&call)) {
      values[r] = outs[0];
    } else {
      for (int j = 0; j < n->nouts; j++) {
        const sd_type *t = &sd_node_at(g, r + j)->type;
        assert_int_equal(sd_mat_alloc(&values[r + j], t->rows, t->cols, t->dtype), SD_OK);
        outs[j] = values[r + j];
      }
      assert_int_equal(n->op->run(&call), SD_OK);
    }
  }
}
/* Frees what eager has allocated: what is neither a leaf nor a view. */
static inline void free_values(const sd_graph *g, sd_mat *values) {
  for (sd_ref r = sd_graph_size(g); r >= 1; r--) {
    const sd_node *n = sd_node_at(g, r);
    if (n->op == &sd_op_input || n->op == &sd_op_capture) continue;
    sd_mat out = values[r], *arg = n->nargs ? &values[n->args[0]] : NULL;
    sd_call call = {n->op, &n->attr, n->nargs, n->nouts, arg, &out};
    if (n->op->view == NULL || !n->op->view(&call)) sd_free(values[r].x);
  }
}

#endif
