/* Layouts: which leaves are turned, the plans that are made for them, and every op turned against
 * the same op as written. (tests/ops runs all cases turned, too.) */
#include "kernel_check.h"
#include "plan_check.h"

enum { M = 5, N = 40 };

typedef struct program {
  sd_graph *g;
  sd_ref x; /* an input of MxN, the first */
} program;

static program begin(ptrdiff_t m, ptrdiff_t n) {
  program p = {new_graph(), 0};
  p.x = input(p.g, m, n, SD_F64);
  return p;
}

static sd_ref op(sd_graph *g, const sd_op *o, sd_attr attr, sd_ref a, sd_ref b) {
  return check_ref(apply(g, o, attr, a, b));
}
static sd_ref number(sd_graph *g, double v) { return check_ref(sd_graph_number(g, v)); }
static sd_ref reduce(sd_graph *g, int fn, int dim, sd_ref a) {
  return op(g, &sd_reduce_ops[fn], (sd_attr){.k = {dim}}, a, 0);
}
static sd_ref transpose(sd_graph *g, sd_ref a) {
  return op(g, &sd_op_transpose, (sd_attr){.k = {0}}, a, 0);
}
static sd_ref draw(sd_graph *g, ptrdiff_t m, ptrdiff_t n) {
  sd_ref rng = check_ref(sd_graph_input(g, sd_type_rng()));
  return op(g, &sd_draw_ops[SD_DRAW_RAND], (sd_attr){.k = {m, n, SD_F64}}, rng, 0);
}

/* Whether x is turned in the step x <- out; the graph is freed. */
static int is_turned(program p, sd_ref out) {
  int leaf = 0;
  char turned[4] = {9, 9, 9, 9};
  sd_layout layout = {sd_graph_inputs(p.g), &leaf, turned};
  sd_plan *plan;
  assert_int_equal(sd_plan_new_laid(p.g, 1, &out, 0, &layout, &plan), SD_OK);
  sd_type have = sd_plan_input_type(plan, 0), gives = sd_plan_output_type(plan, 0);
  sd_type was = sd_node_at(p.g, p.x)->type;
  assert_int_equal(have.rows, turned[0] ? was.cols : was.rows);
  assert_int_equal(have.cols, turned[0] ? was.rows : was.cols);
  assert_int_equal(gives.rows, have.rows);
  assert_int_equal(gives.cols, have.cols);
  sd_plan_free(plan);
  sd_graph_free(p.g);
  return turned[0];
}

static void what_pays_is_turned(void **state) {
  (void)state;
  program p = begin(M, N); /* a row over the columns */
  assert_true(is_turned(p, mul(p.g, p.x, input(p.g, 1, N, SD_F64))));
  p = begin(M, N); /* sums of columns */
  sd_ref sums = reduce(p.g, SD_REDUCE_SUM, 1, p.x);
  assert_true(is_turned(p, mul(p.g, p.x, reduce(p.g, SD_REDUCE_NORM, 0, sums))));
  p = begin(M, N); /* an outer product */
  sd_ref u = input(p.g, M, 1, SD_F64), v = input(p.g, N, 1, SD_F64);
  assert_true(is_turned(p, add(p.g, p.x, matmul(p.g, u, transpose(p.g, v)))));
  p = begin(M, N); /* a product with a vector */
  v = matmul(p.g, p.x, input(p.g, N, 1, SD_F64));
  assert_true(is_turned(p, mul(p.g, p.x, reduce(p.g, SD_REDUCE_NORM, 0, v))));
}

static void what_does_not_pay_stays(void **state) {
  (void)state;
  program p = begin(M, N); /* element by element, columns are one after the other anyway */
  assert_false(is_turned(p, map(p.g, SD_MAP_TANH, p.x)));
  p = begin(N, M); /* tall */
  assert_false(is_turned(p, mul(p.g, p.x, input(p.g, 1, M, SD_F64))));
  p = begin(17, 400); /* many rows */
  assert_false(is_turned(p, mul(p.g, p.x, input(p.g, 1, 400, SD_F64))));
  p = begin(16, 63); /* few columns for its rows */
  assert_false(is_turned(p, mul(p.g, p.x, input(p.g, 1, 63, SD_F64))));
  p = begin(M, N); /* one pass against the transpose of a draw */
  sd_ref w = mul(p.g, p.x, input(p.g, 1, N, SD_F64));
  assert_false(is_turned(p, add(p.g, w, draw(p.g, M, N))));
  p = begin(M, N); /* a product with a large matrix */
  assert_false(is_turned(p, matmul(p.g, p.x, input(p.g, N, N, SD_F64))));
}

/* A run of out[0] (a matrix) from x, turned where `turned`, in memory of its own. */
static sd_mat run_once(const sd_graph *g, sd_ref out, int flags, int nleaves, char *turned,
                       const sd_mat *in) {
  sd_layout layout = {nleaves, NULL, turned};
  sd_plan *p;
  sd_mat result;
  assert_int_equal(sd_plan_new_laid(g, 1, &out, flags, &layout, &p), SD_OK);
  void *arena = sd_alloc(sd_plan_arena(p), 1);
  sd_plan_bind(p, arena, in, NULL);
  assert_int_equal(sd_plan_run(p), SD_OK);
  const sd_mat *y = sd_plan_output(p, 0);
  assert_int_equal(sd_mat_alloc(&result, y->rows, y->cols, y->dtype), SD_OK);
  sd_mat_copy(y, &result);
  sd_plan_free(p);
  sd_free(arena);
  return result;
}

static void near(const sd_mat *a, const sd_mat *b, double tol) {
  assert_true(sd_mat_same_shape(a, b));
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++)
      check_near(sd_mat_get(a, i, j), sd_mat_get(b, i, j), tol);
}

/* A program that meets most rules; the result is MxN. With |x|, |v| <= 1 every intermediate is at
 * most N M in size, sums have at most N M terms of size 1, and each of the few further operations
 * multiplies errors by at most 4: 64 (N M)^2 eps bounds the difference of two orders. */
static sd_ref mixed(program p, sd_ref row, sd_ref column) {
  sd_graph *g = p.g;
  sd_ref x = mul(g, p.x, row), y = add(g, x, column);
  sd_attr block = {.k = {1, 2, 3, N - 2, 0, SD_SAYS_BLOCK}}, whole = {.k = {1, 2, M, N}};
  sd_ref sums = reduce(g, SD_REDUCE_MEAN, 1, y), lines = reduce(g, SD_REDUCE_MAX, 2, x);
  sd_ref part = op(g, &sd_op_pad, whole, op(g, &sd_op_slice, block, y, 0), 0);
  sd_ref outer = matmul(g, lines, sums);
  sd_ref soft = op(g, &sd_op_softmax, (sd_attr){.k = {1}}, add(g, y, outer), 0);
  sd_ref square = matmul(g, x, transpose(g, y)); /* M x M */
  sd_ref back = op(g, &sd_op_reshape, (sd_attr){.k = {M, N}},
                   op(g, &sd_op_reshape, (sd_attr){.k = {N, M}}, y, 0), 0);
  sd_ref all = add(g, matmul(g, square, soft), add(g, part, back));
  return mul(g, all, op(g, &sd_op_dot, (sd_attr){.k = {0}}, x, soft));
}

static void turned_values_are_the_same(void **state) {
  (void)state;
  program p = begin(M, N);
  sd_ref row = input(p.g, 1, N, SD_F64), column = input(p.g, M, 1, SD_F64);
  sd_ref out = mixed(p, row, column);
  sd_mat in[3] = {check_random(M, N, SD_F64), check_random(1, N, SD_F64),
                  check_random(M, 1, SD_F64)};
  sd_mat xt, values[256], turned_in[3] = {in[0], in[1], in[2]};
  assert_int_equal(sd_mat_alloc(&xt, N, M, SD_F64), SD_OK);
  sd_mat_transpose(&in[0], &xt);
  turned_in[0] = xt;
  eager(p.g, in, values);
  char no = 0, yes = 1;
  double tol = 64.0 * M * N * M * N * 0x1p-52;
  int flags = SD_PLAN_TURN;
  sd_mat inner = run_once(p.g, out, flags, 0, NULL, in);
  sd_mat leaf = run_once(p.g, out, flags, 1, &yes, turned_in);
  sd_mat plain = run_once(p.g, out, 0, 1, &no, in);
  sd_mat apart = run_once(p.g, out, flags | SD_PLAN_UNFUSED | SD_PLAN_NO_REUSE | SD_PLAN_POISON, 1,
                          &yes, turned_in);
  near(&plain, &values[out], tol);
  near(&inner, &values[out], tol);
  near(&leaf, &values[out], tol);
  check_bits_equal(&apart, &leaf, "unfused");
  sd_mat *all[] = {&inner, &leaf, &plain, &apart, &xt, &in[0], &in[1], &in[2]};
  free_values(p.g, values);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) sd_free(all[i]->x);
  sd_graph_free(p.g);
}

/* x <- y, y <- x % w, c <- zeros, an rng: two leaves that change places are turned together. */
static void leaves_are_tied(void **state) {
  (void)state;
  program p = begin(M, N);
  sd_ref y = input(p.g, M, N, SD_F64), c = input(p.g, M, N, SD_F64), w = input(p.g, 1, N, SD_F64);
  sd_attr zeros = {.k = {M, N, SD_F64}};
  sd_ref outs[3] = {y, mul(p.g, p.x, w), op(p.g, &sd_op_full, zeros, 0, 0)};
  int leaf[3] = {0, 1, 2};
  char turned[4];
  sd_layout layout = {4, leaf, turned};
  sd_plan *plan;
  assert_true(c > 0);
  assert_int_equal(sd_plan_new_laid(p.g, 3, outs, 0, &layout, &plan), SD_OK);
  assert_true(turned[0] && turned[1] && !turned[2] && !turned[3]);
  assert_int_equal(sd_plan_output_input(plan, 0), 1);
  assert_int_equal(sd_plan_output_type(plan, 1).rows, N);
  sd_plan_free(plan);
  assert_int_equal(sd_plan_new_laid(p.g, 3, outs, SD_PLAN_TURN, &layout, &plan), SD_OK);
  assert_true(turned[2] && !turned[3]); /* a constant is turned for nothing */
  sd_plan_free(plan);
  sd_graph_free(p.g);
}

/* What is computed from a captured matrix is turned when that has been written to, not each run. */
static void captures_are_turned_once(void **state) {
  (void)state;
  program p = begin(M, N);
  uint64_t version = 1;
  sd_capture what = {check_random(M, N, SD_F64), &version, 1};
  sd_ref w = input(p.g, 1, N, SD_F64);
  sd_ref out = add(p.g, mul(p.g, p.x, w), check_ref(sd_graph_capture(p.g, &what)));
  int leaf = 0;
  char turned[2];
  sd_layout layout = {2, &leaf, turned};
  sd_mat in[2] = {check_random(N, M, SD_F64), check_random(1, N, SD_F64)};
  sd_plan *plan;
  assert_int_equal(sd_plan_new_laid(p.g, 1, &out, 0, &layout, &plan), SD_OK);
  assert_true(turned[0]);
  void *arena = sd_alloc(sd_plan_arena(plan), 1);
  sd_plan_bind(plan, arena, in, NULL);
  double was = sd_mat_get(&what.m, 1, 2);
  for (int round = 0; round < 3; round++) { /* as it was; nobody is told of the write; told */
    double moved = sd_mat_get(&in[0], 2, 1) * sd_mat_get(&in[1], 0, 2); /* x moves in its place */
    if (round == 1) sd_mat_set(&what.m, 1, 2, 7);
    if (round == 2) version++;
    assert_int_equal(sd_plan_run(plan), SD_OK);
    check_near(sd_mat_get(sd_plan_output(plan, 0), 2, 1), moved + (round < 2 ? was : 7), 0);
  }
  sd_plan_free(plan);
  sd_free(arena);
  sd_free(what.m.x);
  sd_free(in[0].x);
  sd_free(in[1].x);
  sd_graph_free(p.g);
}

static int plan_again(const sd_graph *g, sd_ref out) {
  int leaf = 0;
  char turned[3];
  sd_layout layout = {3, &leaf, turned};
  sd_plan *p;
  int status = sd_plan_new_laid(g, 1, &out, 0, &layout, &p);
  if (status == SD_OK) assert_true(turned[0]);
  if (status == SD_OK) sd_plan_free(p);
  return status;
}

static void failed_allocations(void **state) {
  (void)state;
  program p = begin(M, N);
  sd_ref row = input(p.g, 1, N, SD_F64), column = input(p.g, M, 1, SD_F64);
  sd_ref sums = reduce(p.g, SD_REDUCE_SUM, 1, p.x), parts[9], out;
  for (int k = 0; k < 9; k++) parts[k] = sums;
  sd_ref many = check_ref(sd_emit(p.g, &sd_op_vcat, NULL, 9, parts, 1));
  out = add(p.g, mul(p.g, p.x, row), column);
  out = add(p.g, out, mul(p.g, number(p.g, 2), reduce(p.g, SD_REDUCE_SUM, 1, many)));
  check_faults(plan_again(p.g, out));
  sd_graph_free(p.g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_pays_is_turned),        cmocka_unit_test(what_does_not_pay_stays),
      cmocka_unit_test(turned_values_are_the_same), cmocka_unit_test(leaves_are_tied),
      cmocka_unit_test(captures_are_turned_once),   cmocka_unit_test(failed_allocations),
  };
  int failed = 0;
  EACH_ISA failed += cmocka_run_group_tests_name(isas[isa_at], tests, NULL, NULL);
  return failed;
}
