/* The ops of linear algebra: every allocation of emitting, deriving, planning and running one fails
 * in turn; a value and a gradient by hand. What their rules compute is tested in tests/ops. */
#include "check.h"
#include "saddle/linalg.h"
#include "saddle/plan.h"

enum { N = 3, MOST = 16 };

/* An op on copies of A(3,3), symmetric positive definite, from all inputs to all outputs. */
typedef struct subject {
  const sd_op *op;
  sd_attr attr;
  int nargs;
  sd_mat a;
} subject;

/* Runs what refs hold, but for zeros. */
static int run(const sd_graph *g, int n, const sd_ref *refs, const sd_mat *a) {
  sd_ref outs[MOST];
  sd_mat in[MOST];
  sd_plan *plan;
  int count = 0;
  for (int k = 0; k < n; k++)
    if (refs[k] != 0) outs[count++] = refs[k];
  for (int k = 0; k < sd_graph_inputs(g); k++) in[k] = *a;
  int status = sd_plan_new(g, count, outs, 0, &plan);
  if (status != SD_OK) return status;
  void *arena = sd_alloc(sd_plan_arena(plan), 1);
  if (arena == NULL) status = SD_ENOMEM;
  if (status == SD_OK) sd_plan_bind(plan, arena, in, NULL);
  if (status == SD_OK) status = sd_plan_run(plan);
  sd_free(arena);
  sd_plan_free(plan);
  return status;
}

/* refs <- the reverse and forward derivatives of the subject, cotangents of A's shape alone. */
static int derive(sd_graph *g, const subject *s, sd_ref *refs) {
  sd_ref x[2], dot[2], out[MOST], cot[MOST];
  int nouts = s->op->nouts > 0 ? s->op->nouts : 1, kept = 0;
  sd_type t = sd_type_matrix(N, N, SD_F64);
  for (int k = 0; k < s->nargs; k++)
    if ((x[k] = sd_graph_input(g, t)) < 0 || (dot[k] = sd_graph_input(g, t)) < 0) return SD_ENOMEM;
  sd_ref self = sd_emit(g, s->op, &s->attr, s->nargs, x, nouts);
  if (self < 0) return self;
  for (int j = 0; j < nouts; j++) {
    sd_type made = sd_node_at(g, self + j)->type;
    out[kept] = self + j;
    cot[kept] = sd_type_same(&made, &t) ? x[0] : sd_graph_number(g, 1);
    if (cot[kept] < 0) return cot[kept];
    kept += sd_type_same(&made, &t) || made.number;
  }
  int status = sd_reverse(g, kept, out, cot, s->nargs, x, refs);
  return status == SD_OK ? sd_forward(g, s->nargs, x, dot, kept, out, refs + s->nargs) : status;
}

static int derive_and_run(const subject *s) {
  sd_ref refs[MOST] = {0};
  sd_graph *g;
  int status = sd_graph_new(&g);
  if (status != SD_OK) return status;
  status = derive(g, s, refs);
  if (status == SD_OK) status = run(g, MOST, refs, &s->a);
  sd_graph_free(g);
  return status;
}

static void survives_failing_allocations(void **state) {
  (void)state;
  double elements[N * N] = {9, 1, 2, 1, 6, 1, 2, 1, 4};
  const subject subjects[] = {
      {&sd_op_triangle, {.k = {2, 1, 0}}, 1, {0}},
      {&sd_op_cholesky, {{0}, {0}}, 1, {0}},
      {&sd_op_qr, {{0}, {0}}, 1, {0}},
      {&sd_op_solve, {.k = {SD_GENERAL}}, 2, {0}},
      {&sd_op_solve, {.k = {SD_POSDEF}}, 2, {0}},
      {&sd_op_inv, {{0}, {0}}, 1, {0}},
      {&sd_op_logdet, {{0}, {0}}, 1, {0}},
      {&sd_op_eigh, {{0}, {0}}, 1, {0}},
      {&sd_op_eigh, {{0}, {0}}, 2, {0}},
      {&sd_op_svd, {{0}, {0}}, 1, {0}},
      {&sd_op_cond, {{0}, {0}}, 1, {0}},
      {&sd_op_pinv, {.p = {1e-12}}, 1, {0}},
      {&sd_op_lstsq, {.p = {1e-12}}, 2, {0}},
      {&sd_op_expm, {{0}, {0}}, 1, {0}},
      {&sd_op_sqrtm, {{0}, {0}}, 1, {0}},
  };
  for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
    subject s = subjects[i];
    s.a = sd_mat_over(N, N, SD_F64, elements);
    check_faults(derive_and_run(&s));
  }
}

/* d log|det A| / dA at a diagonal matrix. */
static void differentiates_logdet(void **state) {
  (void)state;
  double elements[4] = {2, 0, 0, -4}, exact[4] = {0.5, 0, 0, -0.25};
  sd_mat a = sd_mat_over(2, 2, SD_F64, elements);
  sd_graph *g;
  sd_plan *plan;
  assert_int_equal(sd_graph_new(&g), SD_OK);
  sd_ref x = sd_graph_input(g, sd_type_matrix(2, 2, SD_F64)), bar;
  sd_ref y = sd_emit(g, &sd_op_logdet, NULL, 1, &x, 2), one = sd_graph_number(g, 1);
  assert_int_equal(sd_reverse(g, 1, &y, &one, 1, &x, &bar), SD_OK);
  assert_int_equal(sd_plan_new(g, 1, &bar, 0, &plan), SD_OK);
  void *arena = sd_alloc(sd_plan_arena(plan), 1);
  assert_non_null(arena);
  sd_plan_bind(plan, arena, &a, NULL);
  assert_int_equal(sd_plan_run(plan), SD_OK);
  for (int k = 0; k < 4; k++) check_near(((double *)sd_plan_output(plan, 0)->x)[k], exact[k], 0);
  sd_free(arena);
  sd_plan_free(plan);
  sd_graph_free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(survives_failing_allocations),
                                     cmocka_unit_test(differentiates_logdet)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
