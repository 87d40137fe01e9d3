/* Steps of optimisers without Lua: built, planned, iterated and held against plain loops; what is
 * refused; every failing allocation. */
#include "plan_check.h"

/* A player with a 2x2 leaf and a number; the objective is 3/2 |p|^2, so that the gradient is 3 p.
 * The state: both leaves, then each slot, then t. */
enum { LEAVES = 2, ELEMENTS = 5, STEPS = 40, MOST = LEAVES * (1 + SD_OPTIM_SLOTS) + 1 };

typedef struct nodes {
  sd_ref p[LEAVES], grad[LEAVES], slot[SD_OPTIM_SLOTS][LEAVES], t;
  sd_ref hyper[SD_OPTIM_HYPERS], step[LEAVES], out[SD_OPTIM_SLOTS][LEAVES];
} nodes;

static sd_update update_of(nodes *n) {
  sd_update u = {.n = LEAVES, .grad = n->grad, .param = n->p, .hyper = n->hyper, .t = n->t};
  u.step = n->step;
  for (int j = 0; j < SD_OPTIM_SLOTS; j++) u.slot[j] = n->slot[j], u.slot_out[j] = n->out[j];
  return u;
}

static int size_of(const sd_optim *row, int j) { return sd_slot_size(&row->slot[j], LEAVES); }

static sd_ref leaf_input(sd_graph *g, int k) {
  return sd_graph_input(g, k ? sd_type_number() : sd_type_matrix(2, 2, SD_F64));
}

/* Inputs, gradients and the defaults of the row; a status. */
static int prepare(sd_graph *g, const sd_optim *row, nodes *n) {
  int last = 1;
  for (int k = 0; k < LEAVES && last > 0; k++) last = n->p[k] = leaf_input(g, k);
  for (int j = 0; j < sd_optim_slots(row); j++)
    for (int k = 0; k < size_of(row, j) && last > 0; k++)
      last = n->slot[j][k] = leaf_input(g, row->slot[j].number || k);
  if (last > 0) last = n->t = sd_graph_input(g, sd_type_number());
  for (int k = 0; k < LEAVES && last > 0; k++) {
    sd_ref three = sd_graph_number(g, 3), args[2] = {n->p[k], three};
    last = n->grad[k] = sd_emit(g, &sd_zip_ops[SD_ZIP_MUL], NULL, 2, args, 1);
  }
  for (int k = 0; k < sd_optim_hypers(row) && last > 0; k++) {
    const sd_hyper *h = &row->hyper[k];
    if (h->words)
      n->hyper[k] = (sd_ref)h->value;
    else
      last = n->hyper[k] = sd_graph_number(g, h->value);
  }
  return last < 0 ? last : SD_OK;
}

/* What the tests ask of a row: the step of a player of ELEMENTS numbers, in place. */
typedef void naive(const double *g, const double *p, double *m, double *v, int t, double *step);

static void naive_momentum(const double *g, const double *p, double *m, double *v, int t,
                           double *step) {
  (void)p, (void)v, (void)t;
  for (int i = 0; i < ELEMENTS; i++) m[i] = 0.9 * m[i] + g[i], step[i] = -0.01 * m[i];
}
static void naive_adam(const double *g, const double *p, double *m, double *v, int t,
                       double *step) {
  (void)p;
  for (int i = 0; i < ELEMENTS; i++) {
    m[i] = 0.9 * m[i] + 0.1 * g[i];
    v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
    step[i] = -0.001 * (m[i] / (1 - pow(0.9, t))) / (sqrt(v[i] / (1 - pow(0.999, t))) + 1e-8);
  }
}
static void naive_adam_raw(const double *g, const double *p, double *m, double *v, int t,
                           double *step) {
  (void)p, (void)t;
  for (int i = 0; i < ELEMENTS; i++) {
    m[i] = 0.5 * m[i] + g[i];
    v[i] = 0.9 * v[i] + g[i] * g[i];
    step[i] = -0.001 * m[i] / sqrt(v[i] + 1e-8);
  }
}
static void naive_normalized(const double *g, const double *p, double *m, double *v, int t,
                             double *step) {
  double sum = 0;
  (void)p, (void)m, (void)v, (void)t;
  for (int i = 0; i < ELEMENTS; i++) sum += g[i] * g[i];
  for (int i = 0; i < ELEMENTS; i++) step[i] = -0.01 * g[i] / sqrt(sum);
}

/* A plan for one step: p + step, the slots, t + 1. Fills leaf[], and *count with the outputs. */
static sd_plan *step_plan(const sd_optim *row, int *leaf, int *count) {
  sd_graph *g = new_graph();
  sd_plan *plan;
  nodes n = {0};
  sd_ref outs[MOST];
  assert_int_equal(prepare(g, row, &n), SD_OK);
  sd_update u = update_of(&n);
  assert_int_equal(sd_optim_step(g, row, &u), SD_OK);
  int c = 0;
  for (int k = 0; k < LEAVES; k++) outs[c++] = add(g, n.p[k], n.step[k]);
  for (int j = 0; j < sd_optim_slots(row); j++)
    for (int k = 0; k < size_of(row, j); k++) outs[c++] = check_ref(n.out[j][k]);
  outs[c++] = add(g, n.t, check_ref(sd_graph_number(g, 1)));
  for (int k = 0; k < c; k++) leaf[k] = k;
  assert_int_equal(sd_plan_new(g, c, outs, SD_PLAN_POISON, &plan), SD_OK);
  sd_graph_free(g);
  *count = c;
  return plan;
}

/* Forty steps of the row, by the plan and by the loop. */
static void follow(const char *name, naive *alone) {
  const sd_optim *row = sd_optim_named(name);
  double x[3][ELEMENTS] = {{1, -2, 0.5, 3, -1.5}}, y[3][ELEMENTS], step[ELEMENTS], t = 1;
  double number[SD_OPTIM_SLOTS] = {0};
  sd_mat state[MOST];
  int leaf[MOST], n, at = 0, leaves = 0;
  sd_iterate *it;
  memcpy(y, x, sizeof x);
  sd_plan *plan = step_plan(row, leaf, &n);
  for (int j = -1; j < sd_optim_slots(row); j++) {
    if (j >= 0 && row->slot[j].number) {
      state[at++] = sd_mat_over(1, 1, SD_F64, &number[j]);
      continue;
    }
    state[at++] = sd_mat_over(2, 2, SD_F64, x[leaves]);
    state[at++] = sd_mat_over(1, 1, SD_F64, &x[leaves++][4]);
  }
  state[at++] = sd_mat_over(1, 1, SD_F64, &t);
  assert_int_equal(at, n);
  sd_iterate_spec spec = {plan, NULL, NULL, n, leaf};
  assert_int_equal(sd_iterate_new(&spec, &it), SD_OK);
  void *arena = sd_alloc(sd_iterate_arena(it), 1);
  sd_iterate_bind(it, arena, state, NULL);
  sd_iterate_begin(it, 0, STEPS, 0, NULL, NULL);
  assert_int_equal(sd_iterate_run(it, STEPS), SD_RUN_DONE);
  for (int k = 1; k <= STEPS; k++) {
    double g[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) g[i] = 3 * y[0][i];
    alone(g, y[0], y[1], y[2], k, step);
    for (int i = 0; i < ELEMENTS; i++) y[0][i] += step[i];
  }
  /* 40 steps of at most 20 roundings, relative to values up to 3, which do not grow */
  for (int i = 0; i < ELEMENTS; i++) check_near(x[0][i], y[0][i], STEPS * 20 * 3 * 0x1p-52);
  check_near(t, STEPS + 1, 0);
  sd_iterate_free(it);
  sd_plan_free(plan);
  sd_free(arena);
}

static void steps_follow_their_formulas(void **state) {
  (void)state;
  follow("momentum", naive_momentum);
  follow("adam", naive_adam);
  follow("adam_raw", naive_adam_raw);
  follow("normalized", naive_normalized);
}

static void the_table_is_sound(void **state) {
  (void)state;
  for (int i = 0; i < sd_optim_count(); i++) {
    const sd_optim *row = sd_optim_at(i);
    assert_ptr_equal(sd_optim_named(row->name), row);
    assert_true(sd_optim_hypers(row) > 0);
    for (int k = 0; k < sd_optim_hypers(row); k++)
      assert_true(sd_hyper_allows(&row->hyper[k], row->hyper[k].value));
    for (int j = 0; j < sd_optim_slots(row); j++) {
      int known = row->slot[j].unless == NULL;
      for (int k = 0; k < sd_optim_hypers(row); k++)
        known = known || strcmp(row->hyper[k].name, row->slot[j].unless) == 0;
      assert_true(known);
    }
  }
  assert_null(sd_optim_named("no such"));
}

static void ranges(void **state) {
  (void)state;
  const sd_optim *adam = sd_optim_named("adam"), *raw = sd_optim_named("adam_raw");
  assert_true(sd_hyper_allows(&adam->hyper[0], -1));
  assert_false(sd_hyper_allows(&adam->hyper[0], INFINITY));
  assert_false(sd_hyper_allows(&adam->hyper[0], NAN));
  assert_true(sd_hyper_allows(&adam->hyper[2], 0));
  assert_false(sd_hyper_allows(&adam->hyper[2], 1));
  assert_true(sd_hyper_allows(&raw->hyper[2], 1));
  const sd_hyper *scope = &sd_optim_named("normalized")->hyper[3];
  assert_true(sd_hyper_allows(scope, 1));
  assert_false(sd_hyper_allows(scope, 2));
  assert_false(sd_hyper_allows(scope, 0.5));
}

/* Fails unless the step, with node r put at *at, is refused with this sentence. */
#define check_refused(at, r, status, sentence)                                                     \
  do {                                                                                             \
    sd_ref check_before = (at);                                                                    \
    (at) = (r);                                                                                    \
    assert_int_equal(sd_optim_step(g, row, &u), status);                                           \
    assert_string_equal(sd_graph_why(g), sentence);                                                \
    (at) = check_before;                                                                           \
  } while (0)

static void refusals(void **state) {
  (void)state;
  const sd_optim *row = sd_optim_named("adam");
  sd_graph *g = new_graph();
  nodes n = {0};
  assert_int_equal(prepare(g, row, &n), SD_OK);
  sd_update u = update_of(&n);
  sd_ref wide = input(g, 2, 3, SD_F64), single = input(g, 2, 2, SD_F32);
  check_refused(n.grad[0], wide, SD_ESHAPE,
                "adam: leaf 1: the parameter is 2x2 f64, its gradient is 2x3 f64");
  check_refused(n.slot[1][0], single, SD_ESHAPE,
                "adam: leaf 1: the parameter is 2x2 f64, its slot is 2x2 f32");
  check_refused(n.slot[2][0], wide, SD_ESHAPE, "adam: m_weight must be a number");
  check_refused(n.hyper[0], wide, SD_ESHAPE, "adam: lr must be a number");
  check_refused(u.t, wide, SD_ESHAPE, "adam: t must be a number");
  check_refused(n.hyper[1], check_ref(sd_graph_number(g, 1)), SD_EARG, "adam: b1 cannot be 1");
  sd_reshape none = {0};
  assert_int_equal(sd_optim_reshape(g, SD_RESHAPES, &none), SD_EARG);
  assert_string_equal(sd_graph_why(g), "optim: there is no reshaping of number 5");
  sd_graph_free(g);
}

static int build(const sd_optim *row) {
  sd_graph *g;
  nodes n = {0};
  int status = sd_graph_new(&g);
  if (status != SD_OK) return status;
  status = prepare(g, row, &n);
  sd_update u = update_of(&n);
  if (status == SD_OK) status = sd_optim_step(g, row, &u);
  for (int how = 0; how < SD_RESHAPES && status == SD_OK; how++) {
    sd_reshape r = {SD_GLOBAL, LEAVES, n.step, n.p, n.hyper[0], n.t, n.step};
    status = sd_optim_reshape(g, how, &r);
  }
  sd_graph_free(g);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for (int i = 0; i < sd_optim_count(); i++) check_faults(build(sd_optim_at(i)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_follow_their_formulas),
      cmocka_unit_test(the_table_is_sound),
      cmocka_unit_test(ranges),
      cmocka_unit_test(refusals),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
