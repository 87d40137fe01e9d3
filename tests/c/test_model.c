/* Models without Lua: builders against plain loops, the laws of parameters, what is refused, every
 * failing allocation. */
#include "model_check.h"

/* ---- plain loops ------------------------------------------------------------------------------*/

static void one_hidden_loop(const sd_mat *in, const double *x, double *y) {
  double h[ROOM];
  affine(&in[1], NULL, x, h);
  for (int i = 0; i < in[1].rows; i++) h[i] = h[i] > 0 ? h[i] : 0;
  affine(&in[0], NULL, h, y);
}

static void mlp_loop(const sd_mat *in, const double *x, double *y) {
  double h[ROOM], u[ROOM];
  affine(&in[0], &in[1], x, h);
  for (int i = 0; i < in[0].rows; i++) h[i] = tanh(h[i]);
  affine(&in[2], &in[3], h, u);
  for (int i = 0; i < in[2].rows; i++) u[i] = tanh(u[i]);
  affine(&in[4], &in[5], u, y);
}

static void low_rank_loop(const sd_mat *in, const double *x, double *y) {
  const sd_mat *t = &in[0];
  ptrdiff_t d = t->rows;
  y[0] = 0;
  for (ptrdiff_t a = 0; a < d; a++)
    for (ptrdiff_t b = 0; b < d; b++)
      for (ptrdiff_t r = 0; r < t->cols; r++)
        y[0] += sd_mat_get(t, a, r) * x[a + d * b] * sd_mat_get(t, b, r);
}

static void cubic_loop(const sd_mat *in, const double *x, double *y) {
  double u[ROOM], sum = 0, cut = 0.5;
  affine(&in[0], NULL, x, u);
  for (int i = 0; i < in[0].rows; i++) {
    double tail = 3 * cut * cut * u[i] - copysign(2 * cut * cut * cut, u[i]);
    sum += fabs(u[i]) <= cut ? u[i] * u[i] * u[i] : tail;
  }
  y[0] = sd_mat_get(&in[1], 0, 0) * sum + 0.25 * sd_mat_get(&in[2], 0, 0);
}

static void check_loop(const sd_model *m, a_loop *loop) {
  ptrdiff_t rows = m->row->chain ? m->size[m->sizes - 1] : 1;
  /* At most three sums of 16 products of numbers below 5 in a row, of slopes below 2. */
  check_columns(m, SD_MODEL_OUTPUT, rows, loop, 3 * 2 * 16 * 25 * 0x1p-53);
}

static void outputs_follow_their_formulas(void **state) {
  char why[SD_WHY];
  (void)state;
  sd_model m = small("one_hidden");
  check_loop(&m, one_hidden_loop);
  m = sd_model_new(sd_model_named("mlp"));
  m.act = *sd_act_named("tanh");
  m.sizes = 4, m.size[0] = 3, m.size[1] = 4, m.size[2] = 2, m.size[3] = 2;
  assert_int_equal(sd_model_ready(&m, why), SD_OK);
  check_loop(&m, mlp_loop);
  m = small("low_rank");
  check_loop(&m, low_rank_loop);
  m = small("cubic");
  m.hyper[hyper_at(&m, "cutoff")] = 0.5;
  m.hyper[hyper_at(&m, "tau")] = 0.25;
  check_loop(&m, cubic_loop);
}

/* ---- the table --------------------------------------------------------------------------------*/

/* Whether p comes before q in a tree: entries of lists in their order, then names bytewise;
 * what is under one name by its place there. */
static int comes_before(const sd_param *p, const sd_param *q) {
  for (int k = 0; k < SD_MODEL_DEPTH; k++) {
    if (p->at[k] == q->at[k] && p->at[k] != 0) continue;
    if (p->at[k] != 0 && q->at[k] != 0) return p->at[k] < q->at[k];
    if (p->at[k] != q->at[k]) return p->at[k] != 0;
    break;
  }
  int order = strcmp(p->name, q->name);
  return order < 0 || (order == 0 && p->entry < q->entry);
}

static void the_table_is_sound(void **state) {
  (void)state;
  for (int i = 0; i < sd_model_count(); i++) {
    const sd_model_row *row = sd_model_at(i);
    assert_ptr_equal(sd_model_named(row->name), row);
    sd_model m = small(row->name);
    sd_param list[MOST];
    int n = sd_model_params(&m, list), seen = 0;
    assert_true(n > 0 && n <= MOST);
    for (int k = 0; k < n; k++) {
      assert_true(k == 0 || comes_before(&list[k - 1], &list[k]));
      assert_true(list[k].weight <= sd_model_weights(&m));
      seen |= 1 << list[k].weight;
    }
    assert_int_equal(seen | 1, (2 << sd_model_weights(&m)) - 1); /* every layer has its weight */
  }
  assert_null(sd_model_named("no such"));
  for (int i = 0; i < sd_act_count(); i++)
    assert_ptr_equal(sd_act_named(sd_act_at(i)->name), sd_act_at(i));
  assert_null(sd_act_named("no such"));
}

/* ---- laws -------------------------------------------------------------------------------------*/

static void laws_are_those_asked_for(void **state) {
  char why[SD_WHY];
  sd_param p[MOST];
  (void)state;
  sd_model m = sd_model_new(sd_model_named("one_hidden"));
  m.sizes = 3, m.size[0] = 8, m.size[1] = 32, m.size[2] = 2;
  m.init = (sd_init){.kind = SD_INIT_HE, .uniform = 1};
  assert_int_equal(sd_model_ready(&m, why), SD_OK);
  assert_int_equal(sd_model_params(&m, p), 2);
  check_near(sd_law_deviation(&p[0].law), 0.25, 2 * 0x1p-53);
  check_near(sd_law_deviation(&p[1].law), 0.5, 2 * 0x1p-53);
  check_near(p[1].law.a, sqrt(0.75), 2 * 0x1p-53);
  m.init = (sd_init){.kind = SD_INIT_PRODUCT, .n = 2, .v = {2, 8}};
  assert_int_equal(sd_model_ready(&m, why), SD_OK);
  sd_model_params(&m, p);
  check_near(p[0].law.a, 4, 0);
  check_near(p[1].law.a, 0.5, 0);
  assert_string_equal(sd_law_name(p[1].law.kind), "normal");
  assert_int_equal(p[0].pair, SD_PAIR_NONE);
  m.init.pairs = 1;
  sd_model_params(&m, p);
  assert_int_equal(p[0].pair, SD_PAIR_COLS);
  assert_true(isnan(sd_law_deviation(&(sd_law){.kind = SD_LAW_SPECTRUM, .a = 1, .b = 1})));
}

/* The elements of the first parameter after a start from this draw of the rng. */
static void start(const sd_model *m, sd_rng from, int64_t at, int want, sd_mat *first) {
  sd_ref p[MOST];
  sd_graph *g = new_graph();
  sd_ref rng = check_ref(sd_graph_input(g, sd_type_rng()));
  assert_int_equal(sd_model_init(g, m, rng, at, NULL, p), want);
  sd_mat in = sd_mat_over(1, 1, SD_RNG, &from);
  ready r = get_ready(g, 1, p, SD_PLAN_POISON, &in);
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  sd_mat_copy(sd_plan_output(r.p, 0), first);
  let_go(r);
  sd_graph_free(g);
}

static void parameters_are_draws_in_their_order(void **state) {
  double x[ROOM], y[ROOM];
  sd_rng rng = {sd_rng_root(1, 0), 5};
  (void)state;
  sd_model m = small("linear");
  sd_mat a = sd_mat_over(3, 4, SD_F64, x), b = sd_mat_over(3, 4, SD_F64, y);
  start(&m, rng, 2, 1, &a);
  rng.ordinal += 2;
  assert_int_equal(sd_rng_normal(rng, &b), SD_OK);
  for (int k = 0; k < 12; k++) check_near(x[k], y[k] * 0.5, 0); /* 1/sqrt 4 */
}

/* ---- what is refused --------------------------------------------------------------------------*/

#define check_unready(m, status, sentence)                                                         \
  do {                                                                                             \
    char check_why[SD_WHY];                                                                        \
    assert_int_equal(sd_model_ready(m, check_why), status);                                        \
    assert_string_equal(check_why, sentence);                                                      \
  } while (0)

static void models_that_are_none(void **state) {
  (void)state;
  sd_model m = sd_model_new(sd_model_named("one_hidden"));
  check_unready(&m, SD_ESHAPE, "one_hidden: needs sizes {d, k, m}, got 0");
  m = small("one_hidden");
  m.size[1] = 0;
  check_unready(&m, SD_ESHAPE, "one_hidden: a size is in 1..2147483647, got 0");
  m = small("one_hidden");
  m.hyper[0] = 3;
  check_unready(&m, SD_EARG, "one_hidden: train cannot be 3");
  m = small("one_hidden");
  m.init = (sd_init){.kind = SD_INIT_GIVEN, .n = 1, .v = {1}};
  check_unready(&m, SD_ESHAPE, "one_hidden: init.sd needs 2 deviations, one a layer, got 1");
  m.init = (sd_init){.kind = SD_INIT_GIVEN, .n = 2, .v = {1, -1}};
  check_unready(&m, SD_EARG, "one_hidden: a deviation cannot be -1");
  m.init = (sd_init){.pairs = 1};
  check_unready(&m, SD_ESHAPE, "one_hidden: antisymmetric pairs need an even width, got 3");
}

#define check_refused(m, what, p, x, status, sentence)                                             \
  do {                                                                                             \
    assert_int_equal(sd_model_apply(g, m, what, p, x), status);                                    \
    assert_string_equal(sd_graph_why(g), sentence);                                                \
  } while (0)

static void arguments_that_do_not_fit(void **state) {
  sd_ref p[MOST + 1], bad[MOST + 1];
  int draws;
  (void)state;
  sd_model m = small("one_hidden"), linear = small("linear");
  sd_graph *g = new_graph();
  int n = add_inputs(g, &m, p);
  sd_ref wide = input(g, 5, BATCH, SD_F64), single = input(g, 4, BATCH, SD_F32);
  check_refused(&m, SD_MODEL_OUTPUT, p, wide, SD_ESHAPE,
                "one_hidden: x must have 4 rows (its columns are samples), got 5x3");
  check_refused(&m, SD_MODEL_OUTPUT, p, single, SD_EDTYPE,
                "one_hidden: dtypes differ: p.V is f64, x is f32");
  memcpy(bad, p, sizeof p);
  bad[1] = wide;
  check_refused(&m, SD_MODEL_OUTPUT, bad, p[n], SD_ESHAPE, "one_hidden: p.W must be 3x4, got 5x3");
  bad[1] = SD_ENOMEM;
  assert_int_equal(sd_model_apply(g, &m, SD_MODEL_OUTPUT, bad, p[n]), SD_ENOMEM);
  n = add_inputs(g, &linear, p);
  check_refused(&linear, SD_MODEL_FEATURES, p, p[n], SD_EARG, "linear: has no features");
  assert_int_equal(sd_model_sample(g, &linear, p[n], 0, 1, &draws), SD_EARG);
  assert_string_equal(sd_graph_why(g), "linear: has no law of its inputs");
  sd_graph_free(g);
}

/* ---- memory -----------------------------------------------------------------------------------*/

static int build(const char *name) {
  char why[SD_WHY];
  sd_ref p[MOST + 1], start_of[MOST];
  sd_graph *g;
  int draws, n, status = sd_graph_new(&g);
  if (status != SD_OK) return status;
  sd_model m = sized(name);
  status = sd_model_ready(&m, why);
  sd_ref rng = sd_graph_input(g, sd_type_rng());
  if (status == SD_OK) status = rng < 0 ? rng : sd_model_init(g, &m, rng, 0, NULL, start_of);
  if (status >= 0) status = n = add_inputs(g, &m, p);
  if (status >= 0) status = sd_model_apply(g, &m, SD_MODEL_OUTPUT, p, p[n]);
  if (status >= 0 && m.row->moments) status = sd_model_apply(g, &m, SD_MODEL_MOMENTS, p, p[n]);
  if (status >= 0 && m.row->sample) status = sd_model_sample(g, &m, rng, 0, 5, &draws);
  sd_graph_free(g);
  return status < 0 ? status : SD_OK;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for (int i = 0; i < sd_model_count(); i++) check_faults(build(sd_model_at(i)->name));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(outputs_follow_their_formulas),
      cmocka_unit_test(the_table_is_sound),
      cmocka_unit_test(laws_are_those_asked_for),
      cmocka_unit_test(parameters_are_draws_in_their_order),
      cmocka_unit_test(models_that_are_none),
      cmocka_unit_test(arguments_that_do_not_fit),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
