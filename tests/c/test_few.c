/* Chains of few elements, which go through one loop over their links: every function that this loop
 * knows, of special values, has the bits of its own loop, in every instruction set; so has what
 * comes before and after a function that it does not know. And results that are reduced in a chain
 * without slots, several blocks of which are computed before the first is reduced. */
#include "kernel_check.h"
#include "plan_check.h"

enum { OPERANDS = 4, MOST = 120 };

static const double special[] = {0.0, -0.0, 1.5, -2.25, INFINITY, -INFINITY, NAN, 0x1p-1060, 3, 1};
enum { SPECIAL = sizeof special / sizeof *special };

/* Two matrices, a column and a number, in each element another pair of special values. */
static void fill(sd_mat in[OPERANDS], ptrdiff_t m, ptrdiff_t n, int dtype, int turn) {
  ptrdiff_t sides[OPERANDS][2] = {{m, n}, {m, n}, {m, 1}, {1, 1}};
  for (int k = 0; k < OPERANDS; k++) {
    assert_int_equal(sd_mat_alloc(&in[k], sides[k][0], sides[k][1], dtype), SD_OK);
    for (ptrdiff_t e = 0; e < sides[k][0] * sides[k][1]; e++)
      sd_mat_set(&in[k], e % sides[k][0], e / sides[k][0],
                 special[(e * (k ? 3 : 1) + turn * (k + 1)) % SPECIAL]);
  }
}

static sd_ref where(sd_graph *g, sd_ref mask, sd_ref a, sd_ref b) {
  return check_ref(sd_emit(g, &sd_op_where, NULL, 3, (sd_ref[]){mask, a, b}, 1));
}

/* Functions of what an earlier link has made and of operands of all kinds. */
static int functions(sd_graph *g, const sd_ref x[OPERANDS], sd_ref *outs) {
  static const int maps[] = {SD_MAP_NEG, SD_MAP_ABS, SD_MAP_SIGN, SD_MAP_SQRT, SD_MAP_TANH};
  static const double powers[] = {2, 3, -1, 0.5, 2.5};
  int n = 0;
  sd_ref made = zip(g, SD_ZIP_MAX, x[0], x[1]);
  for (int fn = 0; fn < SD_ZIP_COUNT; fn++) {
    outs[n++] = zip(g, fn, made, x[1]);
    outs[n++] = zip(g, fn, x[3], made);
    outs[n++] = zip(g, fn, x[2], x[0]);
  }
  for (size_t k = 0; k < sizeof maps / sizeof *maps; k++) outs[n++] = map(g, maps[k], outs[k]);
  for (size_t k = 0; k < sizeof powers / sizeof *powers; k++)
    outs[n++] = zip(g, SD_ZIP_POW, made, check_ref(sd_graph_number(g, powers[k])));
  outs[n++] = where(g, made, x[1], x[3]);
  outs[n++] = where(g, zip(g, SD_ZIP_LT, x[0], x[1]), outs[0], x[2]);
  sd_ref ab = mul(g, x[0], x[3]), cd = mul(g, x[1], x[2]);
  for (int sub = 0; sub < 2; sub++) {
    int fn = sub ? SD_ZIP_SUB : SD_ZIP_ADD;
    outs[n++] = zip(g, fn, mul(g, made, x[3]), x[1]);
    outs[n++] = zip(g, fn, x[1], mul(g, made, x[1]));
    outs[n++] = zip(g, fn, ab, cd);
  }
  return n;
}

static void check_against_ops(sd_graph *g, int nout, const sd_ref *outs, const sd_mat *in) {
  sd_mat values[2 * MOST];
  assert_true(nout <= MOST && sd_graph_size(g) < 2 * MOST);
  next_isa();
  eager(g, in, values);
  for (int all = 0; all < 2; all++) { /* one chain of many links, and a chain for each output */
    for (int j = 0; j < nout; j += all ? nout : 1) {
      ready r = get_ready(g, all ? nout : 1, outs + j, SD_PLAN_POISON, in);
      for (int again = 0; again < 2; again++) assert_int_equal(sd_plan_run(r.p), SD_OK);
      for (int k = 0; k < (all ? nout : 1); k++)
        check_bits_equal(sd_plan_output(r.p, k), &values[outs[j + k]], "few elements");
      let_go(r);
    }
  }
  free_values(g, values);
}

static void functions_have_their_bits(void **state) {
  static const ptrdiff_t shapes[][2] = {{1, 1}, {5, 1}, {1, 13}, {8, 8}, {3, 7}, {16, 1}, {9, 9}};
  (void)state;
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (int dtype = 0; dtype < 2; dtype++)
      for (int turn = 0; turn < 2 * SPECIAL; turn++) {
        sd_graph *g = new_graph();
        sd_mat in[OPERANDS];
        sd_ref x[OPERANDS], outs[MOST];
        fill(in, shapes[s][0], shapes[s][1], dtype, turn);
        for (int k = 0; k < OPERANDS; k++) x[k] = input(g, in[k].rows, in[k].cols, dtype);
        check_against_ops(g, functions(g, x, outs), outs, in);
        for (int k = 0; k < OPERANDS; k++) sd_free(in[k].x);
        sd_graph_free(g);
      }
}

/* a b' + c d' and its reductions, in columns that end within blocks and behind them. */
static void results_are_reduced(void **state) {
  static const ptrdiff_t shapes[][2] = {{300, 5}, {1000, 5}, {3000, 2}, {100, 90}, {2048, 2}};
  (void)state;
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (int dtype = 0; dtype < 2; dtype++)
      for (int dim = 0; dim < 2; dim++) {
        sd_graph *g = new_graph();
        sd_mat in[4];
        sd_ref x[4], outs[3];
        for (int k = 0; k < 4; k++) {
          ptrdiff_t rows = k % 2 ? 1 : shapes[s][0], cols = k % 2 ? shapes[s][1] : 1;
          in[k] = check_random(rows, cols, dtype);
          x[k] = input(g, rows, cols, dtype);
        }
        outs[0] = add(g, matmul(g, x[0], x[1]), matmul(g, x[2], x[3]));
        sd_attr along = {.k = {dim}};
        outs[1] = check_ref(apply(g, &sd_reduce_ops[SD_REDUCE_NORM], along, outs[0], 0));
        outs[2] = check_ref(apply(g, &sd_reduce_ops[SD_REDUCE_SUM], along, outs[0], 0));
        check_against_ops(g, 3, outs, in);
        for (int k = 0; k < 4; k++) sd_free(in[k].x);
        sd_graph_free(g);
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(functions_have_their_bits),
                                     cmocka_unit_test(results_are_reduced)};
  return cmocka_run_group_tests_name("few", tests, NULL, NULL);
}
