/* Derivatives a column at a time, in C: y = v' tanh(W X + b) against its formula, what is refused,
 * and every allocation failing in turn. */
#include "check.h"
#include "saddle/graph.h"
#include "saddle/memory.h"
#include "saddle/plan.h"
#include <math.h>
#include <string.h>

enum { D = 2, K = 3, N = 4, TERMS = 3, ROOM = 8 };

typedef struct net {
  sd_graph *g;
  sd_ref wrt[3], x, y, cot; /* W, b, v */
} net;

static sd_ref emit(sd_graph *g, const sd_op *op, sd_ref a, sd_ref b) {
  sd_ref args[2] = {a, b};
  return a < 0 ? a : b < 0 ? b : sd_emit(g, op, NULL, b ? 2 : 1, args, 1);
}

static int make_net(net *m) {
  int status = sd_graph_new(&m->g);
  if (status != SD_OK) return status;
  sd_graph *g = m->g;
  m->wrt[0] = sd_graph_input(g, sd_type_matrix(K, D, SD_F64));
  m->wrt[1] = sd_graph_input(g, sd_type_matrix(K, 1, SD_F64));
  m->wrt[2] = sd_graph_input(g, sd_type_matrix(1, K, SD_F64));
  m->x = sd_graph_input(g, sd_type_matrix(D, N, SD_F64));
  m->cot = sd_graph_input(g, sd_type_matrix(1, N, SD_F64));
  sd_ref h = emit(g, &sd_op_matmul, m->wrt[0], m->x);
  h = emit(g, &sd_map_ops[SD_MAP_TANH], emit(g, &sd_zip_ops[SD_ZIP_ADD], h, m->wrt[1]), 0);
  m->y = emit(g, &sd_op_matmul, m->wrt[2], h);
  return m->cot < 0 ? m->cot : m->y < 0 ? m->y : SD_OK;
}

/* The values of the terms' matrices, one after the other, for inputs in[5]. */
static int run(double *value) {
  static double w[K * D] = {0.3, -0.2, 0.5, 1.1, 0.4, -0.7}, b[K] = {0.1, 0, -0.3};
  static double v[K] = {2, -1, 0.5}, x[D * N] = {1, 2, -1, 0.5, 0.25, -2, 3, 1};
  static double cot[N] = {1, 1, 1, 1};
  sd_mat in[5] = {sd_mat_over(K, D, SD_F64, w), sd_mat_over(K, 1, SD_F64, b),
                  sd_mat_over(1, K, SD_F64, v), sd_mat_over(D, N, SD_F64, x),
                  sd_mat_over(1, N, SD_F64, cot)};
  net m = {NULL, {0}, 0, 0, 0};
  sd_term term[ROOM];
  sd_plan *plan = NULL;
  void *arena = NULL;
  int status = make_net(&m);
  if (status == SD_OK) status = sd_blocks(m.g, m.y, m.cot, 3, m.wrt, ROOM, term);
  if (status >= 0) {
    assert_int_equal(TERMS, status);
    for (int k = 0; k < TERMS; k++) assert_int_equal(k, term[k].leaf);
    assert_int_equal(0, term[1].b);
    sd_ref out[5] = {term[0].a, term[0].b, term[1].a, term[2].a, term[2].b};
    status = sd_plan_new(m.g, 5, out, 0, &plan);
  }
  if (status == SD_OK && (arena = sd_alloc(sd_plan_arena(plan) + 1, 1)) == NULL) status = SD_ENOMEM;
  if (status == SD_OK) {
    sd_plan_bind(plan, arena, in, NULL);
    status = sd_plan_run(plan);
  }
  for (int j = 0; j < 5 && status == SD_OK; j++) {
    const sd_mat *y = sd_plan_output(plan, j);
    for (ptrdiff_t c = 0; c < y->cols; c++)
      for (ptrdiff_t r = 0; r < y->rows; r++) *value++ = sd_mat_get(y, r, c);
  }
  sd_plan_free(plan);
  sd_free(arena);
  sd_graph_free(m.g);
  /* dy_j/dW = (v % (1 - h^2)) x_j', dy_j/db the same without x_j, dy_j/dv = h_j' */
  if (status != SD_OK) return status;
  value -= K * N + D * N + K * N + N + K * N;
  for (int j = 0; j < N; j++)
    for (int k = 0; k < K; k++) {
      double h = tanh(w[k] * x[D * j] + w[k + K] * x[D * j + 1] + b[k]), slope = v[k] * (1 - h * h);
      const double *db = value + K * N + D * N, *ones = db + K * N, *dv = ones + N;
      assert_true(fabs(value[k + K * j] - slope) <= 8 * 0x1p-53 * fabs(v[k]));
      assert_true(fabs(db[k + K * j] - slope) <= 8 * 0x1p-53 * fabs(v[k]));
      assert_true(fabs(dv[k + K * j] - h) <= 4 * 0x1p-53);
      assert_true(ones[j] == 1);
    }
  for (int i = 0; i < D * N; i++) assert_true(value[K * N + i] == x[i]);
  return SD_OK;
}

static void test_formula(void **state) {
  double value[64];
  (void)state;
  assert_int_equal(SD_OK, run(value));
}

static void test_memory(void **state) {
  double value[64];
  (void)state;
  size_t held = sd_mem_held();
  for (long k = 1;; k++) {
    sd_mem_fail_at(k);
    int status = run(value);
    int fired = sd_mem_faulted();
    sd_mem_fail_at(0);
    assert_int_equal(held, sd_mem_held());
    if (!fired) break;
    assert_true(status == SD_ENOMEM || status == SD_OK);
  }
}

static void test_refusals(void **state) {
  net m;
  sd_term term[ROOM];
  (void)state;
  assert_int_equal(SD_OK, make_net(&m));
  assert_int_equal(SD_EARG, sd_blocks(m.g, m.y, m.cot, 3, m.wrt, 2, term));
  assert_string_equal("parameters are used too often", sd_graph_why(m.g));
  sd_ref x = m.x; /* X is aligned: it has samples, and no blocks */
  assert_int_equal(SD_EARG, sd_blocks(m.g, m.y, m.cot, 1, &x, ROOM, term));
  assert_non_null(strstr(sd_graph_why(m.g), "as if they were samples"));
  sd_attr all = {.k = {2, 0, 0}};
  sd_ref mean = sd_emit(m.g, &sd_reduce_ops[SD_REDUCE_MEAN], &all, 1, &m.y, 1);
  sd_ref y = emit(m.g, &sd_zip_ops[SD_ZIP_SUB], m.y, mean);
  assert_int_equal(SD_EARG, sd_blocks(m.g, y, m.cot, 3, m.wrt, ROOM, term));
  assert_string_equal("mean mixes the columns", sd_graph_why(m.g));
  assert_int_equal(0, sd_blocks(m.g, m.x, m.x, 3, m.wrt, ROOM, term)); /* of no parameter */
  sd_graph_free(m.g);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_formula), cmocka_unit_test(test_memory),
                                     cmocka_unit_test(test_refusals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
