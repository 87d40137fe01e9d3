/* Results in the memory of what a step reads for the last time: when they lie there, and that they
 * are the bits of ops run one by one. */
#include "plan_check.h"

enum { N = 200, INNER = 3, MOST = 40 };
static const size_t SIZE = (size_t)N * N * sizeof(double);

static double elements[3][N * N];

/* Inputs A of N x INNER, B of INNER x N, C of N x N. */
static sd_graph *start(sd_ref ref[3], sd_mat in[3]) {
  static const ptrdiff_t m[] = {N, INNER, N}, n[] = {INNER, N, N};
  sd_graph *g = new_graph();
  for (int f = 0; f < 3; f++) {
    for (ptrdiff_t i = 0; i < m[f] * n[f]; i++)
      elements[f][i] = ((double)((i * 11 + f) % 23) - 11) / 12;
    in[f] = sd_mat_over(m[f], n[f], SD_F64, elements[f]);
    ref[f] = input(g, m[f], n[f], SD_F64);
  }
  return g;
}

/* The outputs are those of ops run one by one, `matrices` of SIZE are what the plan needs besides
 * blocks of loops, which are smaller, and the inputs stay. */
static void check(const sd_graph *g, int nout, const sd_ref *outs, const sd_mat *in,
                  size_t matrices) {
  static const int flags[] = {0, SD_PLAN_POISON, SD_PLAN_NO_REUSE, SD_PLAN_UNFUSED};
  static double before[N * N];
  sd_mat values[MOST];
  assert_true(sd_graph_size(g) < MOST);
  memcpy(before, elements[2], sizeof before);
  eager(g, in, values);
  for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
    ready r = get_ready(g, nout, outs, flags[f], in);
    if (f == 0) assert_int_equal(sd_plan_arena(r.p) / SIZE, matrices);
    for (int run = 0; run < 2; run++) {
      assert_int_equal(sd_plan_run(r.p), SD_OK);
      for (int j = 0; j < nout; j++)
        check_bits_equal(sd_plan_output(r.p, j), &values[outs[j]], "output");
    }
    assert_memory_equal(elements[2], before, sizeof before);
    let_go(r);
  }
  free_values(g, values);
}

/* tanh(A B) lies over A B; of two results one does, and the other has memory of its own; with C,
 * an input, there is nothing to take. */
static void loops_take_what_dies(void **state) {
  (void)state;
  sd_ref x[3];
  sd_mat in[3];
  sd_graph *g = start(x, in);
  sd_ref product = matmul(g, x[0], x[1]), one = map(g, SD_MAP_TANH, product);
  check(g, 1, &one, in, 1);
  sd_ref shifted = add(g, product, x[2]), two[2] = {shifted, map(g, SD_MAP_TANH, shifted)};
  check(g, 2, two, in, 2);
  sd_ref again = mul(g, shifted, product), three[2] = {shifted, again}; /* read after `shifted` */
  check(g, 2, three, in, 2);
  sd_ref plain = map(g, SD_MAP_TANH, x[2]);
  check(g, 1, &plain, in, 1);
  sd_graph_free(g);
}

/* Who reads other elements too, or has them computed again, leaves them in peace. */
static void readers_of_more_wait(void **state) {
  (void)state;
  sd_ref x[3];
  sd_mat in[3];
  sd_graph *g = start(x, in);
  sd_ref product = matmul(g, x[0], x[1]);
  sd_attr last = {{0}, {0, N - 1, N, 1, 0, 0}};
  sd_ref column = check_ref(apply(g, &sd_op_slice, last, product, 0));
  sd_ref less = zip(g, SD_ZIP_SUB, product, column);
  check(g, 1, &less, in, 2);
  sd_ref root = map(g, SD_MAP_TANH, product);
  sd_ref norm = check_ref(apply(g, &sd_reduce_ops[SD_REDUCE_NORM], (sd_attr){{0}, {0}}, root, 0));
  sd_ref both[2] = {root, norm};
  check(g, 2, both, in, 2);
  sd_graph_free(g);
}

/* What may turn out to be a view of an input is not written over. */
static void views_of_inputs_stay(void **state) {
  (void)state;
  sd_ref x[3];
  sd_mat in[3];
  sd_graph *g = start(x, in);
  sd_attr shape = {{0}, {2 * N, N / 2, SD_F64, 0, 0, 0}};
  sd_ref seen = check_ref(apply(g, &sd_op_reshape, shape, x[2], 0));
  sd_ref out = map(g, SD_MAP_TANH, seen);
  check(g, 1, &out, in, 2);
  sd_graph_free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loops_take_what_dies),
      cmocka_unit_test(readers_of_more_wait),
      cmocka_unit_test(views_of_inputs_stay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
