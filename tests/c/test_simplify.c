/* Simpler equals of element-wise applications: which node stands for which formula. That values
 * stay the same is seen by tests/ops, which runs every op eagerly and planned. */
#include "check.h"
#include "saddle/graph.h"
#include <math.h>
#include <string.h>

static sd_graph *g;
static sd_ref x, row, one_by_one;

static int setup(void **state) {
  (void)state;
  assert_int_equal(sd_graph_new(&g), SD_OK);
  x = sd_graph_input(g, sd_type_matrix(3, 4, SD_F64));
  row = sd_graph_input(g, sd_type_matrix(1, 4, SD_F64));
  one_by_one = sd_graph_input(g, sd_type_matrix(1, 1, SD_F64));
  return 0;
}

static int teardown(void **state) {
  (void)state;
  sd_graph_free(g);
  return 0;
}

static sd_ref num(double v) { return sd_graph_number(g, v); }
static sd_ref full(double v) {
  sd_attr attr = {.p = {v}, .k = {3, 4, SD_F64, 0}};
  return sd_emit(g, &sd_op_full, &attr, 0, NULL, 1);
}
static sd_ref zip(int fn, sd_ref a, sd_ref b) {
  return sd_emit(g, &sd_zip_ops[fn], NULL, 2, (sd_ref[]){a, b}, 1);
}
static sd_ref map(int fn, sd_ref a) { return sd_emit(g, &sd_map_ops[fn], NULL, 1, &a, 1); }
static sd_ref where(sd_ref m, sd_ref a, sd_ref b) {
  return sd_emit(g, &sd_op_where, NULL, 3, (sd_ref[]){m, a, b}, 1);
}
static const char *name(sd_ref r) { return sd_node_at(g, r)->op->name; }

static void neutral_elements(void **state) {
  (void)state;
  assert_int_equal(zip(SD_ZIP_MUL, x, num(1)), x);
  assert_int_equal(zip(SD_ZIP_MUL, full(1), x), x);
  assert_int_equal(zip(SD_ZIP_DIV, x, num(1)), x);
  assert_int_equal(zip(SD_ZIP_DIV, x, full(1)), x);
  assert_int_equal(zip(SD_ZIP_POW, x, num(1)), x);
  assert_int_equal(zip(SD_ZIP_POW, x, num(0)), full(1));
  assert_int_equal(map(SD_MAP_NEG, map(SD_MAP_NEG, x)), x);
  assert_int_equal(zip(SD_ZIP_MUL, num(-1), x), map(SD_MAP_NEG, x));
  /* what would change the type stays, and so does x + 0, which is not x where x is -0 */
  assert_string_equal(name(zip(SD_ZIP_MUL, row, full(1))), "mul");
  assert_string_equal(name(zip(SD_ZIP_MUL, one_by_one, full(1))), "mul");
  assert_string_equal(name(zip(SD_ZIP_ADD, x, num(0))), "add");
}

static void masks_that_are_constant_vanish(void **state) {
  (void)state;
  assert_int_equal(zip(SD_ZIP_PASS, num(1), x), x);
  assert_int_equal(zip(SD_ZIP_PASS, full(NAN), x), x); /* NaN is not 0 */
  assert_int_equal(zip(SD_ZIP_PASS, num(-0.0), x), full(0));
  assert_string_equal(name(zip(SD_ZIP_PASS, full(1), row)), "pass"); /* it lays the row out */
  assert_string_equal(name(zip(SD_ZIP_PASS, x, row)), "pass");
  assert_string_equal(name(zip(SD_ZIP_MUL, x, num(0))), "mul"); /* infinity times 0 is NaN */
}

/* In f32 a constant may round to 0, or to 1. */
static void constants_as_the_dtype_has_them(void **state) {
  sd_ref low = sd_graph_input(g, sd_type_matrix(3, 4, SD_F32));
  (void)state;
  assert_string_equal(name(zip(SD_ZIP_PASS, num(1e-60), low)), "full");
  assert_int_equal(zip(SD_ZIP_MUL, low, num(1 + 1e-12)), low);
}

static void constants(void **state) {
  (void)state;
  assert_int_equal(zip(SD_ZIP_ADD, full(2), num(3)), full(5));
  assert_int_equal(zip(SD_ZIP_LT, full(2), full(3)), full(1));
  assert_int_equal(map(SD_MAP_SQRT, full(4)), full(2));
  assert_int_equal(zip(SD_ZIP_ADD, x, full(3)), zip(SD_ZIP_ADD, x, num(3))); /* no memory for it */
  assert_int_equal(zip(SD_ZIP_SUB, full(3), x), zip(SD_ZIP_SUB, num(3), x));
  assert_int_equal(where(full(1), x, num(2)), x);
  assert_int_equal(where(num(0), x, num(2)), full(2));
  assert_int_equal(where(num(NAN), x, num(2)), x); /* NaN is not zero */
  assert_string_equal(name(where(num(1), row, x)), "where");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(neutral_elements, setup, teardown),
      cmocka_unit_test_setup_teardown(masks_that_are_constant_vanish, setup, teardown),
      cmocka_unit_test_setup_teardown(constants_as_the_dtype_has_them, setup, teardown),
      cmocka_unit_test_setup_teardown(constants, setup, teardown)};
  return cmocka_run_group_tests_name("simplify", tests, NULL, NULL);
}
