/* Graphs: equal applications are one node, numbers are computed, sentences, transforms, copies, and
 * what happens when memory runs out at any point. */
#include "check.h"

static sd_ref zip(sd_graph *g, int fn, sd_ref a, sd_ref b) {
  sd_ref args[2] = {a, b};
  return sd_emit(g, &sd_zip_ops[fn], NULL, 2, args, 1);
}
static sd_ref map(sd_graph *g, int fn, sd_ref a) {
  return sd_emit(g, &sd_map_ops[fn], NULL, 1, &a, 1);
}
static sd_ref sum(sd_graph *g, sd_ref a) {
  return sd_emit(g, &sd_reduce_ops[SD_REDUCE_SUM], NULL, 1, &a, 1);
}
static sd_ref matmul(sd_graph *g, sd_ref a, sd_ref b) {
  sd_ref args[2] = {a, b};
  return sd_emit(g, &sd_op_matmul, NULL, 2, args, 1);
}
static sd_ref transpose(sd_graph *g, sd_ref a) {
  return sd_emit(g, &sd_op_transpose, NULL, 1, &a, 1);
}

static sd_graph *new_graph(void) {
  sd_graph *g;
  assert_int_equal(sd_graph_new(&g), SD_OK);
  return g;
}

static void equal_applications_are_one_node(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = sd_graph_input(g, sd_type_matrix(3, 4, SD_F64));
  sd_ref y = sd_graph_input(g, sd_type_matrix(3, 4, SD_F64));
  assert_int_not_equal(x, y); /* two inputs of one type are two values */
  sd_ref a = zip(g, SD_ZIP_ADD, x, y), n = sd_graph_size(g);
  assert_int_equal(zip(g, SD_ZIP_ADD, x, y), a);
  assert_int_equal(sd_graph_size(g), n);
  assert_int_not_equal(zip(g, SD_ZIP_ADD, y, x), a);
  for (int k = 0; k < 1000; k++) { /* past several growths of the table */
    sd_ref number = sd_graph_number(g, k);
    assert_int_equal(sd_graph_number(g, k), number);
  }
  assert_int_equal(zip(g, SD_ZIP_ADD, x, y), a);
  assert_int_not_equal(sd_graph_number(g, 0.0), sd_graph_number(g, -0.0));
  sd_ref alias = sd_graph_alias(g, x);
  assert_int_not_equal(sd_graph_alias(g, x), alias); /* each alias is a variable of its own */
  sd_graph_free(g);
}

static void applications_of_numbers_are_computed(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref r = zip(g, SD_ZIP_DIV, map(g, SD_MAP_EXP, sd_graph_number(g, 1)), sd_graph_number(g, 2));
  const sd_node *n = sd_node_at(g, r);
  assert_ptr_equal(n->op, &sd_op_full);
  check_near(n->attr.p[0], exp(1) / 2, 4e-16);
  assert_true(n->type.number);
  assert_false(n->varies);
  sd_graph_free(g);
}

static void transposes_fold_into_products(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = sd_graph_input(g, sd_type_matrix(3, 4, SD_F64));
  sd_ref y = sd_graph_input(g, sd_type_matrix(3, 2, SD_F64));
  const sd_node *n = sd_node_at(g, matmul(g, transpose(g, x), y));
  assert_ptr_equal(n->op, &sd_op_matmul);
  assert_int_equal(n->args[0], x);
  assert_int_equal(n->attr.k[0], 1);
  assert_int_equal(transpose(g, transpose(g, x)), x);
  sd_graph_free(g);
}

static void a_refused_application_leaves_a_sentence(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = sd_graph_input(g, sd_type_matrix(3, 4, SD_F64));
  sd_ref f = sd_graph_input(g, sd_type_matrix(3, 4, SD_F32));
  sd_ref column = sd_graph_input(g, sd_type_matrix(3, 1, SD_F64));
  sd_ref row = sd_graph_input(g, sd_type_matrix(1, 4, SD_F64));
  assert_int_equal(matmul(g, x, x), SD_ESHAPE);
  assert_string_equal(sd_graph_why(g), "matmul: inner dimensions differ: A is 3x4, B is 3x4 (the "
                                       "element-wise product is A % B)");
  assert_int_equal(zip(g, SD_ZIP_ADD, column, row), SD_ESHAPE);
  assert_int_equal(zip(g, SD_ZIP_ADD, x, f), SD_EDTYPE);
  assert_int_equal(zip(g, SD_ZIP_ADD, SD_EINTR, x), SD_EINTR); /* a status comes out again */
  assert_int_equal(zip(g, SD_ZIP_ADD, 0, x), SD_EARG);
  assert_true(zip(g, SD_ZIP_ADD, f, sd_graph_number(g, 2)) > 0); /* numbers follow */
  sd_graph_free(g);
}

static void a_rule_refuses_what_it_cannot_serve(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = sd_graph_input(g, sd_type_matrix(2, 2, SD_F64)), bar;
  sd_ref one = sd_graph_number(g, 1), bad = SD_ESHAPE;
  assert_int_equal(sd_reverse(g, 1, &bad, &one, 1, &x, &bar), SD_ESHAPE);
  assert_int_equal(sd_forward(g, 1, &x, &one, 1, &bad, &bar), SD_ESHAPE);
  sd_graph_free(g);
}

/* A plan's outputs for inputs in[]; each output a number. */
static void run(const sd_graph *g, int nout, const sd_ref *outs, const sd_mat *in, double *y) {
  sd_plan *p;
  assert_int_equal(sd_plan_new(g, nout, outs, 0, &p), SD_OK);
  void *arena = sd_alloc(sd_plan_arena(p) + 1, 1);
  sd_plan_bind(p, arena, in, NULL);
  assert_int_equal(sd_plan_run(p), SD_OK);
  for (int j = 0; j < nout; j++) y[j] = sd_mat_get(sd_plan_output(p, j), 0, 0);
  sd_plan_free(p);
  sd_free(arena);
}

/* f = sum(exp(x % x)) at a number: f' = 2 x e^(x^2), f'' = (2 + 4 x^2) e^(x^2), by reverse over
 * reverse, forward over reverse and reverse over forward. */
static void modes_agree_with_closed_forms(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = sd_graph_input(g, sd_type_number()), one = sd_graph_number(g, 1), outs[6];
  outs[0] = sum(g, map(g, SD_MAP_EXP, zip(g, SD_ZIP_MUL, x, x)));
  assert_int_equal(sd_reverse(g, 1, &outs[0], &one, 1, &x, &outs[1]), SD_OK);
  assert_int_equal(sd_forward(g, 1, &x, &one, 1, &outs[0], &outs[2]), SD_OK);
  assert_int_equal(sd_reverse(g, 1, &outs[1], &one, 1, &x, &outs[3]), SD_OK);
  assert_int_equal(sd_forward(g, 1, &x, &one, 1, &outs[1], &outs[4]), SD_OK);
  assert_int_equal(sd_reverse(g, 1, &outs[2], &one, 1, &x, &outs[5]), SD_OK);
  double v = 0.7, e = exp(v * v), y[6];
  sd_mat in = sd_mat_over(1, 1, SD_F64, &v);
  run(g, 6, outs, &in, y);
  /* fewer than 16 roundings of 2^-53 each, and exp's 2 ulp magnified by at most its argument */
  check_near(y[0], e, 16 * 0x1p-52 * e);
  check_near(y[1], 2 * v * e, 16 * 0x1p-52 * y[1]);
  check_near(y[2], 2 * v * e, 16 * 0x1p-52 * y[1]);
  for (int k = 3; k < 6; k++) check_near(y[k], (2 + 4 * v * v) * e, 32 * 0x1p-52 * y[3]);
  sd_graph_free(g);
}

/* x d/dy (x + y) is x: an alias is a variable of its own. */
static void aliases_keep_variables_apart(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = sd_graph_input(g, sd_type_number()), one = sd_graph_number(g, 1), inner, outs[2];
  sd_ref y = sd_graph_alias(g, x), s = zip(g, SD_ZIP_ADD, x, y);
  assert_int_equal(sd_reverse(g, 1, &s, &one, 1, &y, &inner), SD_OK);
  outs[0] = zip(g, SD_ZIP_MUL, x, inner);
  assert_int_equal(sd_reverse(g, 1, &outs[0], &one, 1, &x, &outs[1]), SD_OK);
  double v = 3, got[2];
  sd_mat in = sd_mat_over(1, 1, SD_F64, &v);
  run(g, 2, outs, &in, got);
  assert_true(got[0] == 3 && got[1] == 1);
  sd_graph_free(g);
}

static void what_does_not_depend_has_no_cotangent(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = sd_graph_input(g, sd_type_number()), z = sd_graph_input(g, sd_type_number());
  sd_ref y = map(g, SD_MAP_SIN, x), one = sd_graph_number(g, 1), bar[2], tan;
  sd_ref wrt[2] = {x, z};
  assert_int_equal(sd_reverse(g, 1, &y, &one, 2, wrt, bar), SD_OK);
  assert_true(bar[0] > 0 && bar[1] == 0);
  assert_int_equal(sd_forward(g, 1, &z, &one, 1, &y, &tan), SD_OK);
  assert_int_equal(tan, 0);
  sd_graph_free(g);
}

/* A network with a product, functions, a reduction and 20 arguments for one op; its gradient; a
 * copy of both; their plan. */
static int build(void) {
  sd_graph *g = NULL, *copy = NULL;
  sd_plan *p = NULL;
  sd_ref outs[2], in[2], made[2];
  int status = sd_graph_new(&g);
  if (status == SD_OK) status = sd_graph_new(&copy);
  if (status == SD_OK) {
    sd_ref w = sd_graph_input(g, sd_type_matrix(5, 4, SD_F64));
    sd_ref x = sd_graph_input(g, sd_type_matrix(4, 6, SD_F64)), one = sd_graph_number(g, 1);
    const char *source = sd_graph_string(g, "test");
    sd_ref h = source ? w : SD_ENOMEM;
    sd_graph_place(g, source, 1);
    for (int k = 0; k < 40 && h > 0; k++)
      h = map(g, SD_MAP_TANH, zip(g, SD_ZIP_ADD, h, sd_graph_number(g, k)));
    outs[0] = sum(g, map(g, SD_MAP_RELU, matmul(g, h, x)));
    status = outs[0] < 0 ? outs[0] : one < 0 ? one : w < 0 ? w : x < 0 ? x : SD_OK;
    if (status == SD_OK) status = sd_reverse(g, 1, outs, &one, 1, &w, &outs[1]);
    in[0] = sd_graph_input(copy, sd_type_matrix(5, 4, SD_F64));
    in[1] = sd_graph_input(copy, sd_type_matrix(4, 6, SD_F64));
    if (status == SD_OK) status = in[0] < 0 ? in[0] : in[1] < 0 ? in[1] : SD_OK;
    if (status == SD_OK) status = sd_graph_inline(copy, g, in, 2, outs, made);
    if (status == SD_OK) status = sd_plan_new(copy, 2, made, 0, &p);
  }
  sd_plan_free(p);
  sd_graph_free(copy);
  sd_graph_free(g);
  return status;
}

static void memory_may_run_out_anywhere(void **state) {
  (void)state;
  check_faults(build());
}

static void every_op_has_what_it_needs(void **state) {
  (void)state;
  for (int i = 0; i < sd_op_count(); i++) {
    const sd_op *op = sd_op_at(i);
    assert_non_null(sd_op_named(op->name));
    if (op->run == NULL) continue;
    if (!(op->infer && op->flops && op->reverse && op->forward && op->column) && op->nargs != 0)
      fail_msg("%s lacks a rule", op->name);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_applications_are_one_node),
      cmocka_unit_test(applications_of_numbers_are_computed),
      cmocka_unit_test(transposes_fold_into_products),
      cmocka_unit_test(a_refused_application_leaves_a_sentence),
      cmocka_unit_test(a_rule_refuses_what_it_cannot_serve),
      cmocka_unit_test(modes_agree_with_closed_forms),
      cmocka_unit_test(aliases_keep_variables_apart),
      cmocka_unit_test(what_does_not_depend_has_no_cotangent),
      cmocka_unit_test(memory_may_run_out_anywhere),
      cmocka_unit_test(every_op_has_what_it_needs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
