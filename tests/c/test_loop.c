/* Loops in C: values against plain C, who holds the op, failing kernels, failing allocations. */
#include "check.h"

enum { N = 5 };

/* *op <- x <- sin(c x) + 1/t, writing down x as it was before: one state, one constant, one
 * write. */
static int make_op(const sd_op **op) {
  sd_graph *g;
  int status = sd_graph_new(&g);
  if (status != SD_OK) return status;
  sd_ref t = sd_graph_input(g, sd_type_number());
  sd_ref in[2] = {sd_graph_input(g, sd_type_matrix(2, 1, SD_F64)),
                  sd_graph_input(g, sd_type_number())};
  sd_ref product[2] = {in[1], in[0]}, one[2] = {sd_graph_number(g, 1), t}, sum[2], out[2];
  sd_ref scaled = sd_emit(g, &sd_zip_ops[SD_ZIP_MUL], NULL, 2, product, 1);
  sum[0] = sd_emit(g, &sd_map_ops[SD_MAP_SIN], NULL, 1, &scaled, 1);
  sum[1] = sd_emit(g, &sd_zip_ops[SD_ZIP_DIV], NULL, 2, one, 1);
  out[0] = sd_emit(g, &sd_zip_ops[SD_ZIP_ADD], NULL, 2, sum, 1);
  out[1] = in[0];
  sd_body body = {g, 1, 1, 0, 1, t, in, out};
  status = in[0] < 0 ? in[0] : t < 0 ? t : out[0] < 0 ? out[0] : sd_loop_new(&body, op);
  sd_graph_free(g);
  return status;
}

/* The plan of {last state, tape, d sum(last + tape) / d x, d / d c, second derivative along 1}. */
static int make_plan(sd_plan **plan) {
  const sd_op *op;
  sd_graph *g;
  int status = make_op(&op);
  if (status != SD_OK) return status;
  status = sd_graph_new(&g);
  sd_attr attr = {.k = {N}};
  sd_ref in[2], out[5], bar[2], tan[1], one = 0;
  if (status == SD_OK) {
    in[0] = sd_graph_input(g, sd_type_matrix(2, 1, SD_F64));
    in[1] = sd_graph_input(g, sd_type_number());
    sd_ref r = in[0] < 0 || in[1] < 0 ? SD_ENOMEM : sd_emit(g, op, &attr, 2, in, 2);
    status = r < 0 ? r : SD_OK;
    out[0] = r, out[1] = r + 1;
    if (status == SD_OK && (one = sd_graph_number(g, 1)) < 0) status = one;
  }
  op->hold(op, -1); /* the graph holds it */
  if (status == SD_OK) {
    sd_attr column = {.k = {2, 1, SD_F64, 0}}, tape = {.k = {2, N, SD_F64, 0}};
    sd_ref cot[2] = {sd_emit(g, &sd_op_broadcast, &column, 1, &one, 1),
                     sd_emit(g, &sd_op_broadcast, &tape, 1, &one, 1)};
    status = cot[0] < 0 ? cot[0] : cot[1] < 0 ? cot[1] : sd_reverse(g, 2, out, cot, 2, in, bar);
    if (status == SD_OK) status = sd_forward(g, 1, in, cot, 1, bar, tan);
    out[2] = bar[0], out[3] = bar[1], out[4] = tan[0];
  }
  if (status == SD_OK) status = sd_plan_new(g, 5, out, 0, plan);
  sd_graph_free(g);
  return status;
}

/* Makes the plan, runs it, and gives its outputs in y[2 + 2 N + 2 + 1 + 2]. */
static int run_all(double x[2], double c, double *y) {
  sd_plan *plan;
  sd_mat in[2] = {sd_mat_over(2, 1, SD_F64, x), sd_mat_over(1, 1, SD_F64, &c)};
  int status = make_plan(&plan), at = 0;
  if (status != SD_OK) return status;
  void *arena = sd_alloc(sd_plan_arena(plan) + 1, 1);
  if (arena != NULL) {
    sd_plan_bind(plan, arena, in, NULL);
    status = sd_plan_run(plan);
    for (int j = 0; j < 5 && status == SD_OK; j++) {
      const sd_mat *m = sd_plan_output(plan, j);
      for (ptrdiff_t k = 0; k < m->rows * m->cols; k++)
        y[at++] = sd_mat_get(m, k % m->rows, k / m->rows);
    }
  } else
    status = SD_ENOMEM;
  sd_free(arena);
  sd_plan_free(plan);
  return status;
}

static void test_values_and_derivatives(void **state) {
  (void)state;
  double x[2] = {.3, -.8}, c = 1.2, y[19], bar_c = 0;
  assert_int_equal(run_all(x, c, y), SD_OK);
  for (int i = 0; i < 2; i++) {
    /* by hand: s = x_t, d = dx_t/dx, e = d2x_t/dx2, f = dx_t/dc; sums over the tape and the end */
    double s = x[i], d = 1, e = 0, f = 0, bar = 0, second = 0;
    for (int t = 1; t <= N; t++) {
      check_near(y[2 + 2 * (t - 1) + i], s, 1e-14);
      bar += d, second += e, bar_c += f;
      double sine = sin(c * s), cosine = cos(c * s);
      f = cosine * (s + c * f);
      e = -sine * c * c * d * d + cosine * c * e;
      d = cosine * c * d;
      s = sine + 1.0 / t;
    }
    check_near(y[i], s, 1e-14); /* five steps that stretch by at most 1.2, an ulp or two each */
    check_near(y[12 + i], bar + d, 1e-13);
    check_near(y[15 + i], second + e, 1e-12);
    bar_c += f;
  }
  check_near(y[14], bar_c, 1e-13);
}

static void test_failing_allocations(void **state) {
  (void)state;
  double x[2] = {.3, -.8}, y[19];
  check_faults(run_all(x, 1.2, y));
}

/* p <- bernoulli(p) + 0.4 t: the second iteration finds p above 1. */
static void test_failing_kernel(void **state) {
  (void)state;
  sd_graph *g;
  sd_plan *plan;
  const sd_op *op;
  assert_int_equal(sd_graph_new(&g), SD_OK);
  sd_ref t = sd_graph_input(g, sd_type_number());
  sd_ref in[2] = {sd_graph_input(g, sd_type_rng()), sd_graph_input(g, sd_type_number())}, out[2];
  sd_attr draw = {.k = {0}}, next = {.k = {1}}, three = {.k = {3}};
  sd_ref slope[2] = {sd_graph_number(g, .4), t}, sum[2];
  sum[0] = sd_emit(g, &sd_draw_ops[SD_DRAW_BERNOULLI], &draw, 2, in, 1);
  sum[1] = sd_emit(g, &sd_zip_ops[SD_ZIP_MUL], NULL, 2, slope, 1);
  out[0] = sd_emit(g, &sd_op_rng_advance, &next, 1, in, 1);
  out[1] = sd_emit(g, &sd_zip_ops[SD_ZIP_ADD], NULL, 2, sum, 1);
  sd_body body = {g, 2, 0, 0, 0, t, in, out};
  assert_int_equal(sd_loop_new(&body, &op), SD_OK);
  sd_graph_free(g);

  assert_int_equal(sd_graph_new(&g), SD_OK);
  sd_ref given[2] = {sd_graph_input(g, sd_type_rng()), sd_graph_input(g, sd_type_number())};
  sd_ref wrong[2] = {given[0], given[0]};
  assert_int_equal(sd_emit(g, op, &three, 1, given, 2), SD_EARG);
  assert_string_equal(sd_graph_why(g), "loop: takes 2 arguments, got 1");
  assert_int_equal(sd_emit(g, op, &three, 2, wrong, 2), SD_ESHAPE);
  sd_ref r = sd_emit(g, op, &three, 2, given, 2), last[2] = {r, r + 1};
  op->hold(op, -1);
  assert_int_equal(sd_plan_new(g, 2, last, 0, &plan), SD_OK);
  sd_graph_free(g);

  sd_rng rng = {7, 0};
  double p = 1;
  sd_mat values[2] = {sd_mat_over(1, 1, SD_RNG, &rng), sd_mat_over(1, 1, SD_F64, &p)};
  void *arena = sd_alloc(sd_plan_arena(plan) + 1, 1);
  sd_plan_bind(plan, arena, values, NULL);
  assert_int_equal(sd_plan_run(plan), SD_EARG);
  assert_string_equal(sd_plan_why(plan),
                      "loop: iteration 2: bernoulli: p must be in 0..1, got 1.4");
  assert_int_equal(rng.ordinal, 0);
  sd_interrupt(1);
  assert_int_equal(sd_plan_run(plan), SD_EINTR);
  sd_interrupt(0);
  sd_free(arena);
  sd_plan_free(plan);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_values_and_derivatives),
                                     cmocka_unit_test(test_failing_allocations),
                                     cmocka_unit_test(test_failing_kernel)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
