/* Chains that end in reductions, and outer products in chains: the same bits as op by op, for every
 * walk over the shape, and where sums and norms must be scaled; explained as one step. */
#include "kernel_check.h"
#include "plan_check.h"

static sd_ref reduce(sd_graph *g, int fn, int dim, sd_ref a) {
  return check_ref(apply(g, &sd_reduce_ops[fn], (sd_attr){{0}, {dim}}, a, 0));
}
static sd_ref turned(sd_graph *g, sd_ref a) {
  return check_ref(apply(g, &sd_op_transpose, (sd_attr){{0}, {0}}, a, 0));
}

/* Runs g's outs as one plan after the other kind, twice, against the ops one by one. */
static void check_plan(sd_graph *g, int nout, const sd_ref *outs, const sd_mat *in,
                       const char *what) {
  sd_mat values[100] = {{0}};
  next_isa();
  eager(g, in, values);
  for (int flags = 0; flags < 8; flags++) {
    ready r = get_ready(g, nout, outs, flags, in);
    for (int again = 0; again < 2; again++) {
      assert_int_equal(sd_plan_run(r.p), SD_OK);
      for (int j = 0; j < nout; j++)
        check_bits_equal(sd_plan_output(r.p, j), &values[outs[j]], what);
    }
    let_go(r);
  }
  free_values(g, values);
}

static const ptrdiff_t shapes[][2] = {{1000, 5}, {5, 1000}, {3, 7},   {64, 100}, {1, 1},
                                      {700, 1},  {1, 700},  {63, 20}, {65, 9},   {512, 3},
                                      {17, 300}, {5, 1},    {1, 13},  {8, 8}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

enum { FULL, GAPS, COLUMN, ROW, TURNED_COLUMN, TURNED_ROW, OPERANDS };

/* Operands of every kind for a shape; those that are turned are rows and columns with gaps. */
static void operands(ptrdiff_t m, ptrdiff_t n, int dtype, double scale, sd_mat *whole, sd_mat *in) {
  ptrdiff_t sides[OPERANDS][2] = {{m, n}, {m, n}, {m, 1}, {1, n}, {1, m}, {n, 1}};
  for (int k = 0; k < OPERANDS; k++) {
    ptrdiff_t rows = sides[k][0], cols = sides[k][1], gap = k == GAPS || k == TURNED_COLUMN;
    whole[k] = check_random(rows + 2 * gap, cols, dtype);
    in[k] = sd_mat_block(&whole[k], gap, 0, rows, cols);
    for (ptrdiff_t j = 0; j < cols; j++)
      for (ptrdiff_t i = 0; i < rows; i++)
        sd_mat_set(&in[k], i, j, scale * sd_mat_get(&in[k], i, j));
  }
}

/* (full + column * row) * gaps, and x y' of a turned column and row, with reductions along dim. */
static void one_shape(ptrdiff_t m, ptrdiff_t n, int dtype, int dim, double scale) {
  static const int fns[] = {SD_REDUCE_SUM, SD_REDUCE_MEAN, SD_REDUCE_NORM, SD_REDUCE_MAX,
                            SD_REDUCE_MIN};
  sd_graph *g = new_graph();
  sd_mat whole[OPERANDS], in[OPERANDS];
  sd_ref x[OPERANDS], outs[16];
  char what[96];
  int nout = 0;
  snprintf(what, sizeof what, "%tdx%td %s, dim %d, scale %g", m, n, sd_dtype_name(dtype), dim,
           scale);
  operands(m, n, dtype, scale, whole, in);
  for (int k = 0; k < OPERANDS; k++) x[k] = input(g, in[k].rows, in[k].cols, dtype);
  sd_ref flat = add(g, x[FULL], map(g, SD_MAP_NEG, x[FULL]));
  sd_ref plain = add(g, x[FULL], matmul(g, x[COLUMN], x[ROW]));
  sd_ref value = mul(g, plain, x[GAPS]);
  sd_ref odd = add(g, matmul(g, turned(g, x[TURNED_COLUMN]), turned(g, x[TURNED_ROW])), x[COLUMN]);
  for (size_t f = 0; f < sizeof fns / sizeof *fns; f++) {
    outs[nout++] = reduce(g, fns[f], dim, value);
    outs[nout++] = reduce(g, fns[f], dim, odd);
  }
  outs[nout++] = reduce(g, SD_REDUCE_NORM, dim, flat); /* of zeros */
  outs[nout++] = plain;
  outs[nout++] = odd;
  check_plan(g, nout, outs, in, what);
  for (int k = 0; k < OPERANDS; k++) sd_free(whole[k].x);
  sd_graph_free(g);
}

static void every_walk(void **state) {
  (void)state;
  for (int s = 0; s < SHAPES; s++)
    for (int dtype = 0; dtype < 2; dtype++)
      for (int dim = 0; dim < 3; dim++) one_shape(shapes[s][0], shapes[s][1], dtype, dim, 1);
}

/* Squares over- and underflow from 1e154 and 1e-154 on; of 1e-200 even products do. */
static void sums_are_scaled(void **state) {
  static const double scales[] = {1e70, 1e150, 1e-70, 1e-110, 1e-200, 0, INFINITY, NAN};
  (void)state;
  for (size_t k = 0; k < sizeof scales / sizeof *scales; k++)
    for (int s = 0; s < SHAPES; s++)
      for (int dim = 0; dim < 2; dim++)
        one_shape(shapes[s][0], shapes[s][1], SD_F64, dim, scales[k]);
}

/* A sum of finite numbers that passes DBL_MAX on the way: the halves cancel. */
static void sums_pass_the_largest(void **state) {
  (void)state;
  enum { N = 3000 };
  sd_graph *g = new_graph();
  sd_ref x = input(g, N, 1, SD_F64), y = add(g, x, x), out = reduce(g, SD_REDUCE_SUM, 0, y);
  sd_mat in = check_random(N, 1, SD_F64);
  for (ptrdiff_t i = 0; i < N; i++) sd_mat_set(&in, i, 0, i < N / 2 ? 0x1p1021 : -0x1p1021);
  sd_mat_set(&in, 0, 0, 0x1p1022);
  ready r = get_ready(g, 1, &out, 0, &in);
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  assert_true(sd_mat_get(sd_plan_output(r.p, 0), 0, 0) == 0x1p1022); /* every sum is exact */
  let_go(r);
  sd_free(in.x);
  sd_graph_free(g);
}

/* ab + c, ab - c, c - ab with operands that run and that do not; two products in one sum; products
 * that are read again, reduced or stored. */
static void sums_of_products(void **state) {
  (void)state;
  for (int s = 0; s < SHAPES; s++)
    for (int dtype = 0; dtype < 2; dtype++) {
      sd_graph *g = new_graph();
      sd_mat whole[OPERANDS], in[OPERANDS];
      sd_ref x[OPERANDS], outs[40];
      int nout = 0;
      operands(shapes[s][0], shapes[s][1], dtype, 1, whole, in);
      for (int k = 0; k < OPERANDS; k++) x[k] = input(g, in[k].rows, in[k].cols, dtype);
      for (int form = 0; form < 3; form++)
        for (int k = 0; k < 8; k++) { /* k: which operands run */
          sd_ref a = x[k & 1 ? FULL : ROW], b = x[k & 2 ? GAPS : ROW], c = x[k & 4 ? FULL : ROW];
          sd_ref ab = mul(g, a, b);
          outs[nout++] = form == 0   ? add(g, k & 2 ? c : ab, k & 2 ? ab : c)
                         : form == 1 ? zip(g, SD_ZIP_SUB, ab, c)
                                     : zip(g, SD_ZIP_SUB, c, ab);
        }
      sd_ref p = mul(g, x[FULL], x[GAPS]), q = mul(g, x[FULL], x[COLUMN]);
      sd_ref both = add(g, p, q), twice = add(g, mul(g, both, both), mul(g, both, x[FULL]));
      sd_ref again = mul(g, twice, x[ROW]);
      outs[nout++] = zip(g, SD_ZIP_SUB, again, add(g, again, x[COLUMN]));
      outs[nout++] = reduce(g, SD_REDUCE_SUM, 0, again);
      /* what a product reads is reduced, too: the reduction, recorded before the sum, runs after */
      sd_ref e = map(g, SD_MAP_EXP, both);
      outs[nout++] = reduce(g, SD_REDUCE_SUM, 0, e);
      sd_ref ex = add(g, mul(g, e, x[FULL]), x[GAPS]);
      outs[nout++] = mul(g, map(g, SD_MAP_TANH, ex), ex);
      sd_ref kept = mul(g, both, x[ROW]);
      outs[nout++] = add(g, kept, twice);
      outs[nout++] = kept;
      check_plan(g, nout, outs, in, "sums of products");
      for (int k = 0; k < OPERANDS; k++) sd_free(whole[k].x);
      sd_graph_free(g);
    }
}

/* ab + cd and ab - cd, with every choice of operands that run: three roundings. */
static void sums_of_two_products(void **state) {
  (void)state;
  for (int s = 0; s < SHAPES; s++)
    for (int dtype = 0; dtype < 2; dtype++) {
      sd_graph *g = new_graph();
      sd_mat whole[OPERANDS], in[OPERANDS];
      sd_ref x[OPERANDS], outs[40];
      int nout = 0;
      operands(shapes[s][0], shapes[s][1], dtype, 1, whole, in);
      for (int k = 0; k < OPERANDS; k++) x[k] = input(g, in[k].rows, in[k].cols, dtype);
      for (int k = 0; k < 32; k++) {
        sd_ref ab = mul(g, x[k & 1 ? FULL : ROW], x[k & 2 ? GAPS : ROW]);
        sd_ref cd = mul(g, x[k & 4 ? FULL : COLUMN], x[k & 8 ? GAPS : COLUMN]);
        if ((k & 15) == 0) continue; /* a row and a column do not broadcast */
        outs[nout++] = k & 16 ? add(g, ab, cd) : zip(g, SD_ZIP_SUB, ab, cd);
      }
      outs[nout++] = add(g, matmul(g, x[COLUMN], x[ROW]), mul(g, x[FULL], x[GAPS]));
      outs[nout++] = add(g, mul(g, outs[0], outs[1]), mul(g, outs[2], outs[0]));
      check_plan(g, nout, outs, in, "sums of two products");
      for (int k = 0; k < OPERANDS; k++) sd_free(whole[k].x);
      sd_graph_free(g);
    }
}

/* Plain arithmetic on one number gives the bits of the loops, also of what is not finite. */
static void numbers_are_elements(void **state) {
  static const double values[] = {0., -0., 1, -2, 3e-310, INFINITY, -INFINITY, NAN};
  static const int maps[] = {SD_MAP_NEG,  SD_MAP_ABS,  SD_MAP_SIGN,   SD_MAP_SQRT,
                             SD_MAP_RELU, SD_MAP_TANH, SD_MAP_SIGMOID};
  enum { VALUES = sizeof values / sizeof *values, MAPS = sizeof maps / sizeof *maps };
  (void)state;
  for (int dtype = 0; dtype < 2; dtype++) {
    sd_graph *g = new_graph();
    sd_ref x[3], outs[SD_ZIP_COUNT + MAPS + 5];
    int nout = 0;
    for (int k = 0; k < 3; k++) x[k] = input(g, 1, 1, dtype);
    for (int fn = 0; fn < SD_ZIP_COUNT; fn++) outs[nout++] = zip(g, fn, x[0], x[1]);
    for (int k = 0; k < MAPS; k++) outs[nout++] = map(g, maps[k], x[0]);
    sd_ref ab = mul(g, x[0], x[1]), bc = mul(g, x[1], x[2]), ac = mul(g, x[0], x[2]);
    outs[nout++] = zip(g, SD_ZIP_SUB, x[2], ab);
    outs[nout++] = zip(g, SD_ZIP_SUB, bc, ac);
    outs[nout++] = check_ref(sd_emit(g, &sd_op_where, &(sd_attr){{0}, {0}}, 3, x, 1));
    outs[nout++] = reduce(g, SD_REDUCE_NORM, 0, map(g, SD_MAP_NEG, x[1]));
    outs[nout++] = reduce(g, SD_REDUCE_MEAN, 0, map(g, SD_MAP_NEG, x[2]));
    for (int k = 0; k < VALUES * VALUES; k++) {
      sd_mat in[3];
      double v[3] = {values[k / VALUES], values[k % VALUES], values[(k + k / VALUES) % VALUES]};
      for (int i = 0; i < 3; i++) {
        in[i] = check_random(1, 1, dtype);
        sd_mat_set(&in[i], 0, 0, v[i]);
      }
      check_plan(g, nout, outs, in, "numbers");
      for (int i = 0; i < 3; i++) sd_free(in[i].x);
    }
    sd_graph_free(g);
  }
}

/* A few f64 elements and what they are in f32, by one chain: whole vectors of the one are twice as
 * long as of the other. The first result takes the place of W x, before that of W W x. */
static void few_of_both_types(void **state) {
  (void)state;
  for (ptrdiff_t n = 2; n < 20; n++) {
    sd_graph *g = new_graph();
    sd_mat in[2] = {check_random(n, n, SD_F64), check_random(n, 1, SD_F64)};
    sd_ref w = input(g, n, n, SD_F64), x = input(g, n, 1, SD_F64), outs[3];
    outs[0] = matmul(g, w, matmul(g, w, x));
    outs[1] = map(g, SD_MAP_ABS, outs[0]);
    outs[2] = check_ref(apply(g, &sd_op_to, (sd_attr){{0}, {SD_F32}}, outs[1], 0));
    check_plan(g, 3, outs, in, "both types");
    for (int k = 0; k < 2; k++) sd_free(in[k].x);
    sd_graph_free(g);
  }
}

/* A column times a row, either way up and with gaps, is one product an element. */
static void outer_products(void **state) {
  (void)state;
  for (int s = 0; s < SHAPES; s++)
    for (int kind = 0; kind < 8; kind++) {
      int ta = kind & 1, tb = kind >> 1 & 1, gap = kind >> 2;
      ptrdiff_t m = shapes[s][0], n = shapes[s][1];
      sd_mat a = check_random((ta ? 1 : m) + gap, ta ? m : 1, SD_F64);
      sd_mat b = check_random((tb ? n : 1) + gap, tb ? 1 : n, SD_F64);
      sd_mat whole = check_random(m + gap, n, SD_F64), c = sd_mat_block(&whole, gap, 0, m, n);
      sd_mat left = sd_mat_block(&a, gap, 0, ta ? 1 : m, ta ? m : 1);
      sd_mat right = sd_mat_block(&b, gap, 0, tb ? n : 1, tb ? 1 : n);
      double kept = sd_mat_get(&whole, 0, 0);
      assert_int_equal(sd_gemm(ta, tb, 1, &left, &right, 0, &c), SD_OK);
      for (ptrdiff_t j = 0; j < n; j++)
        for (ptrdiff_t i = 0; i < m; i++)
          check_near(sd_mat_get(&c, i, j),
                     sd_mat_get(&left, ta ? 0 : i, ta ? i : 0) *
                         sd_mat_get(&right, tb ? j : 0, tb ? 0 : j),
                     0);
      if (gap) check_near(sd_mat_get(&whole, 0, 0), kept, 0);
      sd_free(a.x), sd_free(b.x), sd_free(whole.x);
    }
}

/* ---- steps ------------------------------------------------------------------------------------*/

static void expect(const sd_graph *g, int nout, const sd_ref *outs, const sd_mat *in,
                   const char *steps, const char *loop) {
  ready r = get_ready(g, nout, outs, 0, in);
  char *text = explained(r.p);
  if (!strstr(text, steps)) fail_msg("'%s' is missing in\n%s", steps, text);
  if (!strstr(text, loop)) fail_msg("'%s' is missing in\n%s", loop, text);
  free(text);
  let_go(r);
}

/* The gradient of a bilinear form, its norm, and a second reduction along another dim, which is a
 * step of its own. */
static void steps_are_few(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_mat in[2] = {check_random(300, 1, SD_F64), check_random(1, 5, SD_F64)};
  sd_ref a = input(g, 300, 1, SD_F64), b = input(g, 1, 5, SD_F64);
  sd_ref outer = matmul(g, a, b), twice = add(g, outer, matmul(g, a, map(g, SD_MAP_EXP, b)));
  sd_ref outs[3] = {reduce(g, SD_REDUCE_NORM, 0, twice), reduce(g, SD_REDUCE_SUM, 0, twice),
                    reduce(g, SD_REDUCE_SUM, 1, twice)};
  expect(g, 2, outs, in, "2 steps (0 constant", "matmul matmul add norm* sum\n");
  expect(g, 2, outs, in, "2 steps (0 constant", "loop of 5        300x5 ");
  expect(g, 3, outs, in, "3 steps (0 constant", "matmul matmul add* norm* sum\n");
  for (int k = 0; k < 2; k++) sd_free(in[k].x);
  sd_graph_free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_walk),
                                     cmocka_unit_test(sums_are_scaled),
                                     cmocka_unit_test(sums_pass_the_largest),
                                     cmocka_unit_test(sums_of_products),
                                     cmocka_unit_test(sums_of_two_products),
                                     cmocka_unit_test(numbers_are_elements),
                                     cmocka_unit_test(few_of_both_types),
                                     cmocka_unit_test(outer_products),
                                     cmocka_unit_test(steps_are_few)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
