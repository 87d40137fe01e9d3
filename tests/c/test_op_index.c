/* Ops of blocks, indices and Kronecker products from C: the column rules against what columns do,
 * inputs with gaps between their columns, failing memory. Values and derivatives are tested from
 * Lua (tests/ops). */
#include "check.h"

enum { MOST = 3 };

/* An application: inputs are shapes, filled at random or with `values` (column-major). */
typedef struct use {
  const char *op;
  sd_attr attr;
  int nargs;
  struct {
    ptrdiff_t rows, cols;
    const double *values;
    int rule;
  } in[MOST];
} use;

static const double two_rows[] = {3, 1}, three_columns[] = {4, 1, -1}, one[] = {1};

static const use uses[] = {
    {"gather", {.k = {1}}, 2, {{3, 4, NULL, SD_ALIGNED}, {2, 1, two_rows, SD_SHARED}}},
    {"gather", {.k = {2}}, 2, {{3, 4, NULL, SD_SHARED}, {1, 3, three_columns, SD_ALIGNED}}},
    {"gather", {.k = {2}}, 2, {{3, 4, NULL, SD_MIXES}, {3, 1, three_columns, SD_MIXES}}},
    {"gather", {.k = {0}}, 2, {{3, 4, NULL, SD_SHARED}, {1, 3, three_columns, SD_ALIGNED}}},
    {"scatter_add",
     {.k = {1}},
     3,
     {{3, 4, NULL, SD_ALIGNED}, {2, 4, NULL, SD_ALIGNED}, {2, 1, two_rows, SD_SHARED}}},
    {"scatter_add",
     {.k = {1}},
     3,
     {{3, 4, NULL, SD_ALIGNED}, {1, 1, NULL, SD_SHARED}, {2, 1, two_rows, SD_SHARED}}},
    {"scatter_add",
     {.k = {2}},
     3,
     {{3, 4, NULL, SD_MIXES}, {3, 2, NULL, SD_MIXES}, {2, 1, two_rows, SD_MIXES}}},
    {"one_hot", {.k = {4}}, 1, {{1, 3, three_columns, SD_ALIGNED}}},
    {"one_hot", {.k = {4}}, 1, {{3, 1, three_columns, SD_MIXES}}},
    {"slice", {.k = {1, 0, 2, 4}}, 1, {{3, 4, NULL, SD_ALIGNED}}},
    {"slice", {.k = {0, 1, 3, 2}}, 1, {{3, 4, NULL, SD_MIXES}}},
    {"slice",
     {.k = {0, 0, 2, 4}},
     3,
     {{3, 4, NULL, SD_ALIGNED}, {1, 1, one, SD_SHARED}, {1, 1, one, SD_SHARED}}},
    {"pad", {.k = {1, 0, 5, 4}}, 1, {{3, 4, NULL, SD_ALIGNED}}},
    {"pad", {.k = {0, 1, 3, 6}}, 1, {{3, 4, NULL, SD_MIXES}}},
    {"vcat", {.k = {0}}, 2, {{3, 4, NULL, SD_ALIGNED}, {1, 4, NULL, SD_ALIGNED}}},
    {"hcat", {.k = {0}}, 2, {{3, 2, NULL, SD_MIXES}, {3, 1, NULL, SD_MIXES}}},
    {"diag", {.k = {0}}, 1, {{3, 1, NULL, SD_MIXES}}},
    {"khatri_rao", {.k = {0}}, 2, {{3, 4, NULL, SD_ALIGNED}, {2, 4, NULL, SD_ALIGNED}}},
    {"khatri_rao_part", {.k = {0, 3, 4}}, 2, {{6, 4, NULL, SD_ALIGNED}, {2, 4, NULL, SD_ALIGNED}}},
    {"khatri_rao_part", {.k = {1, 2, 4}}, 2, {{6, 4, NULL, SD_ALIGNED}, {3, 4, NULL, SD_ALIGNED}}},
    {"kron", {.k = {0}}, 2, {{3, 2, NULL, SD_MIXES}, {2, 2, NULL, SD_MIXES}}},
    {"kron_part", {.k = {0, 3, 2}}, 2, {{6, 4, NULL, SD_MIXES}, {2, 2, NULL, SD_MIXES}}},
};
enum { USES = sizeof uses / sizeof *uses };

/* A use with its values; inputs are packed, or blocks of larger matrices. */
typedef struct trial {
  sd_type types[MOST], made;
  sd_mat in[MOST], owners[MOST], out;
  sd_site site;
  sd_call call;
  char why[SD_WHY];
} trial;

static void set_up(trial *t, const use *u, int gaps) {
  const sd_op *op = sd_op_named(u->op);
  assert_non_null(op);
  for (int k = 0; k < u->nargs; k++) {
    ptrdiff_t m = u->in[k].rows, n = u->in[k].cols;
    t->types[k] = sd_type_matrix(m, n, SD_F64);
    t->owners[k] = check_random(m + 3 * gaps, n + gaps, SD_F64);
    t->in[k] = sd_mat_block(&t->owners[k], 2 * gaps, gaps, m, n);
    for (ptrdiff_t e = 0; u->in[k].values && e < m * n; e++)
      sd_mat_set(&t->in[k], e % m, e / m, u->in[k].values[e]);
  }
  t->site = (sd_site){op, &u->attr, u->nargs, 1, t->types, &t->made, t->why};
  assert_int_equal(sd_infer(&t->site), SD_OK);
  assert_int_equal(sd_mat_alloc(&t->out, t->made.rows, t->made.cols, t->made.dtype), SD_OK);
  t->call = (sd_call){op, &u->attr, u->nargs, 1, t->in, &t->out};
  assert_int_equal(op->run(&t->call), SD_OK);
}

static void tear_down(trial *t) {
  for (int k = 0; k < t->call.nargs; k++) sd_free(t->owners[k].x);
  sd_free(t->out.x);
}

static void swap_columns(const sd_mat *a, ptrdiff_t i, ptrdiff_t j) {
  for (ptrdiff_t r = 0; r < a->rows; r++) {
    double x = sd_mat_get(a, r, i);
    sd_mat_set(a, r, i, sd_mat_get(a, r, j));
    sd_mat_set(a, r, j, x);
  }
}

static void assert_equal(const sd_mat *a, const sd_mat *b) {
  assert_true(sd_mat_same_shape(a, b));
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++) assert_true(sd_mat_get(a, i, j) == sd_mat_get(b, i, j));
}

/* Unless an argument mixes, column j of the result is one function of the shared arguments and the
 * aligned ones' columns j: exchanging two columns of all aligned arguments exchanges those of the
 * result, and leaves the others. */
static void columns_do_as_the_rules_say(void **state) {
  (void)state;
  for (int i = 0; i < USES; i++) {
    trial t;
    int mixes = 0;
    set_up(&t, &uses[i], 0);
    for (int k = 0; k < uses[i].nargs; k++) {
      int rule = t.site.op->column(&t.site, k);
      if (rule != uses[i].in[k].rule)
        fail_msg("use %d (%s), argument %d: rule %d", i, uses[i].op, k, rule);
      mixes |= rule == SD_MIXES;
    }
    if (!mixes) {
      sd_mat want;
      assert_int_equal(sd_mat_alloc(&want, t.out.rows, t.out.cols, SD_F64), SD_OK);
      assert_int_equal(sd_mat_copy(&t.out, &want), SD_OK);
      swap_columns(&want, 0, t.out.cols - 1);
      for (int k = 0; k < uses[i].nargs; k++)
        if (uses[i].in[k].rule == SD_ALIGNED) {
          assert_int_equal(t.in[k].cols, t.out.cols);
          swap_columns(&t.in[k], 0, t.out.cols - 1);
        }
      assert_int_equal(t.call.op->run(&t.call), SD_OK);
      assert_equal(&t.out, &want);
      sd_free(want.x);
    }
    tear_down(&t);
  }
}

/* The same numbers in packed inputs give the same result. */
static void inputs_may_have_gaps(void **state) {
  (void)state;
  for (int i = 0; i < USES; i++) {
    trial packed, gapped;
    set_up(&packed, &uses[i], 0);
    set_up(&gapped, &uses[i], 1);
    for (int k = 0; k < uses[i].nargs; k++)
      assert_int_equal(sd_mat_copy(&gapped.in[k], &packed.in[k]), SD_OK);
    assert_int_equal(packed.call.op->run(&packed.call), SD_OK);
    assert_equal(&gapped.out, &packed.out);
    tear_down(&packed);
    tear_down(&gapped);
  }
}

static void positions_count_from_one_or_the_end(void **state) {
  (void)state;
  assert_int_equal(sd_position(1, 3), 0);
  assert_int_equal(sd_position(3, 3), 2);
  assert_int_equal(sd_position(-1, 3), 2);
  assert_int_equal(sd_position(-3, 3), 0);
  const double bad[] = {0, -0.0, 4, -4, 1.5, INFINITY, -INFINITY, NAN, 1e300, 0x1p63};
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
    assert_int_equal(sd_position(bad[k], 3), -1);
  assert_int_equal(sd_position(1, 0), -1);
  assert_int_equal(sd_position(-1, 0), -1);
}

/* The tangent of a join of more arguments than need no memory; a status. */
static int tangent_of_join(void) {
  enum { N = 2 * 8 };
  sd_graph *g;
  sd_ref x[N], tan = 0;
  int status = sd_graph_new(&g);
  if (status != SD_OK) return status;
  for (int k = 0; k < N; k++) x[k] = sd_graph_input(g, sd_type_matrix(1, 2, SD_F64));
  sd_ref join = sd_emit(g, sd_op_named("vcat"), NULL, N, x, 1);
  status = join < 0 ? join : sd_forward(g, 1, &x[3], &x[5], 1, &join, &tan);
  if (status == SD_OK) assert_true(tan > 0);
  sd_graph_free(g);
  return status;
}

static void failed_allocations_are_reported(void **state) {
  (void)state;
  check_faults(tangent_of_join());
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(columns_do_as_the_rules_say),
                                     cmocka_unit_test(inputs_may_have_gaps),
                                     cmocka_unit_test(positions_count_from_one_or_the_end),
                                     cmocka_unit_test(failed_allocations_are_reported)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
