/* Sums of large products: which become products that add, where they lie, and what they compute. */
#include "plan_check.h"

enum { M = 96, N = 100, K = 7, FACTORS = 8, MOST = 40 };

static double elements[FACTORS][M * N];

/* Factors A, C, .. of M x K and B, D, .. of K x N by turns; positive, so that a bound on |A||B| is
 * one on A B. */
static void make_factors(sd_graph *g, sd_ref ref[FACTORS], sd_mat in[FACTORS]) {
  for (int f = 0; f < FACTORS; f++) {
    ptrdiff_t m = f % 2 ? K : M, n = f % 2 ? N : K;
    for (ptrdiff_t i = 0; i < m * n; i++) elements[f][i] = 0.1 + (double)((i * 7 + f) % 13) / 9;
    in[f] = sd_mat_over(m, n, SD_F64, elements[f]);
    ref[f] = input(g, m, n, SD_F64);
  }
}

static int count_words(const char *text, const char *word) {
  int n = 0;
  for (; (text = strstr(text, word)) != NULL; text += strlen(word)) n++;
  return n;
}

/* Plans the outputs, of which `adding` products add to others, and compares them with what the ops
 * give one by one. With a sum of `products` products, both are within (K + 10 + products) u of it,
 * hence the bound; and the same bits where none adds. */
static size_t check_sum(const sd_graph *g, int nout, const sd_ref *outs, const sd_mat *in,
                        int products, int adding) {
  static const int flags[] = {0, SD_PLAN_POISON, SD_PLAN_NO_REUSE | SD_PLAN_POISON,
                              SD_PLAN_UNFUSED};
  sd_mat values[MOST];
  size_t arena = 0;
  assert_true(sd_graph_size(g) < MOST);
  eager(g, in, values);
  for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
    ready r = get_ready(g, nout, outs, flags[f], in);
    char *text = explained(r.p);
    assert_int_equal(count_words(text, " matmul_add "), adding);
    free(text);
    if (f == 0) arena = sd_plan_arena(r.p);
    assert_int_equal(sd_plan_run(r.p), SD_OK);
    assert_int_equal(sd_plan_run(r.p), SD_OK); /* nothing has been added to what the first left */
    for (int j = 0; j < nout; j++) {
      const sd_mat *x = &values[outs[j]], *y = sd_plan_output(r.p, j);
      if (adding == 0) check_bits_equal(y, x, "output");
      for (ptrdiff_t i = 0; i < M * N; i++) {
        double e = ((double *)x->x)[i], bound = 2 * (K + 10 + products) * 0x1p-53 * e;
        if (!(fabs(((double *)y->x)[i] - e) <= bound)) fail_msg("element %td of output %d", i, j);
      }
    }
    let_go(r);
  }
  free_values(g, values);
  return arena;
}

/* ((A B + C D) + E F) + G H, with the products as recorded: one matrix of memory. */
static void products_add_up(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x[FACTORS];
  sd_mat in[FACTORS];
  make_factors(g, x, in);
  sd_ref sum = matmul(g, x[0], x[1]);
  for (int f = 2; f < FACTORS; f += 2) sum = add(g, sum, matmul(g, x[f], x[f + 1]));
  size_t arena = check_sum(g, 1, &sum, in, 4, 3);
  assert_true(arena < 2 * sizeof elements[0]);
  sd_graph_free(g);
}

/* E F + (A B + C D), where the sum is younger than the product that is added to it. */
static void sums_come_late(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x[FACTORS];
  sd_mat in[FACTORS];
  make_factors(g, x, in);
  sd_ref early = matmul(g, x[4], x[5]), a = matmul(g, x[0], x[1]), c = matmul(g, x[2], x[3]);
  sd_ref sum = add(g, early, add(g, c, a));
  check_sum(g, 1, &sum, in, 3, 2);
  sd_graph_free(g);
}

/* What somebody else reads stays a product of its own; so does a sum of two sums. */
static void readers_keep_products(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x[FACTORS], p[4];
  sd_mat in[FACTORS];
  make_factors(g, x, in);
  for (int i = 0; i < 4; i++) p[i] = matmul(g, x[2 * i], x[2 * i + 1]);
  sd_ref read[2] = {add(g, p[0], p[1]), map(g, SD_MAP_SQRT, p[1])};
  check_sum(g, 2, read, in, 2, 0);
  sd_ref returned[2] = {add(g, p[0], p[1]), p[0]};
  check_sum(g, 2, returned, in, 2, 0);
  sd_ref twice = add(g, p[0], p[0]);
  check_sum(g, 1, &twice, in, 2, 0);
  sd_ref pairs = add(g, add(g, p[0], p[1]), add(g, p[2], p[3]));
  check_sum(g, 1, &pairs, in, 4, 2);
  sd_graph_free(g);
}

/* Products of columns and rows are element-wise; a product broadcast over another is no term; and
 * small products are not worth it. */
static void others_are_left(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x[FACTORS];
  sd_mat in[FACTORS];
  make_factors(g, x, in);
  sd_attr k0 = {{0}, {0, 0, M, 1, 0, 0}}, k1 = {{0}, {0, 0, 1, N, 0, 0}};
  sd_ref column = check_ref(apply(g, &sd_op_slice, k0, x[0], 0));
  sd_ref row = check_ref(apply(g, &sd_op_slice, k1, x[1], 0));
  sd_ref outer = add(g, matmul(g, x[2], x[3]), matmul(g, column, row));
  check_sum(g, 1, &outer, in, 2, 0);
  sd_attr last = {{0}, {0, 0, K, 1, 0, 0}};
  sd_ref product = matmul(g, x[2], check_ref(apply(g, &sd_op_slice, last, x[3], 0)));
  sd_ref broad = add(g, matmul(g, x[0], x[1]), product);
  check_sum(g, 1, &broad, in, 2, 0);
  sd_graph_free(g);

  g = new_graph();
  sd_ref a = input(g, 50, 3, SD_F64), b = input(g, 3, 60, SD_F64), c = input(g, 50, 3, SD_F64);
  sd_ref small = add(g, matmul(g, a, b), matmul(g, c, b));
  sd_plan *p;
  assert_int_equal(sd_plan_new(g, 1, &small, 0, &p), SD_OK);
  char *text = explained(p);
  assert_int_equal(count_words(text, "matmul_add"), 0);
  free(text);
  sd_plan_free(p);
  sd_graph_free(g);
}

/* The sum is a leaf of the next step: its memory is not the leaf's while the leaf is read. */
static void leaves_are_read_first(void **state) {
  (void)state;
  enum { S = 96, STEPS = 3 };
  static double x[2][S * S], expected[S * S];
  sd_graph *g = new_graph();
  sd_ref a = input(g, S, S, SD_F64), b = input(g, S, S, SD_F64);
  sd_ref next = add(g, matmul(g, a, b), matmul(g, b, a));
  sd_mat state_now[2], ab;
  for (int l = 0; l < 2; l++) {
    for (int i = 0; i < S * S; i++) x[l][i] = (0.5 + (double)((i + l) % 11)) / (6 * S);
    state_now[l] = sd_mat_over(S, S, SD_F64, x[l]);
  }
  assert_int_equal(sd_mat_alloc(&ab, S, S, SD_F64), SD_OK);
  sd_mat sum = sd_mat_over(S, S, SD_F64, expected);
  sd_mat_copy(&state_now[0], &sum);
  for (int t = 0; t < STEPS; t++) {
    sd_mat old = sum;
    assert_int_equal(sd_gemm(0, 0, 1, &old, &state_now[1], 0, &ab), SD_OK);
    assert_int_equal(sd_gemm(0, 0, 1, &state_now[1], &old, 1, &ab), SD_OK);
    sd_mat_copy(&ab, &sum);
  }
  sd_layout layout = {2, (int[]){0}, NULL};
  sd_plan *p;
  sd_iterate *it;
  assert_int_equal(sd_plan_new_laid(g, 1, &next, 0, &layout, &p), SD_OK);
  sd_iterate_spec spec = {.step = p, .nstate = 2, .leaf = (int[]){0}};
  assert_int_equal(sd_iterate_new(&spec, &it), SD_OK);
  void *arena = sd_alloc(sd_iterate_arena(it) + 1, 1);
  sd_iterate_bind(it, arena, state_now, NULL);
  sd_iterate_begin(it, 0, STEPS, 0, NULL, NULL);
  assert_int_equal(sd_iterate_run(it, STEPS), SD_RUN_DONE);
  /* each step multiplies the relative error it finds by 1 and adds (S + 12) u; of both */
  for (int i = 0; i < S * S; i++)
    assert_true(fabs(x[0][i] - expected[i]) <= 2 * STEPS * (S + 12) * 0x1p-53 * expected[i]);
  sd_iterate_free(it);
  sd_plan_free(p);
  sd_graph_free(g);
  sd_free(arena);
  sd_free(ab.x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_add_up),       cmocka_unit_test(sums_come_late),
      cmocka_unit_test(readers_keep_products), cmocka_unit_test(others_are_left),
      cmocka_unit_test(leaves_are_read_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
