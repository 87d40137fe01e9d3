/* Iterations: a map of known orbit, split runs bit by bit, records, and every way to end. */
#include "plan_check.h"

/* The state (x, y, k, rng): x <- 0.9 y + 0.1 tanh(x) with y <- x, k <- k + 1; the rng persists.
 * The moody op fails or interrupts when the extra input says so. */
enum { LEAVES = 4, OUTPUTS = 3 };

static int run_moody(const sd_call *c) {
  double x = sd_mat_get(&c->in[0], 0, 0), k = sd_mat_get(&c->in[1], 0, 0);
  if (k == 5 && x == 7) sd_interrupt(1);
  if (k == 5 && x < 0) return SD_ENOCONV;
  sd_mat_set(&c->out[0], 0, 0, k == 5 && x == 9 ? NAN : 0);
  return SD_OK;
}
static int infer_moody(sd_site *s) {
  s->out[0] = s->in[0];
  return SD_OK;
}
static const sd_op op_moody = {.name = "moody", .nargs = 2, .infer = infer_moody, .run = run_moody};

static const sd_type rng_type = {1, 1, SD_RNG, 0};

typedef struct setting {
  sd_iterate *it;
  sd_plan *step, *record, *stop;
  void *arena;
  double x[4], y[4], k, mood;
  sd_rng rng;
  double xs[4 * 64], ks[64], times[64];
  sd_mat records[2], time;
} setting;

typedef struct leaves {
  sd_ref x, y, k, rng, mood;
} leaves;

static leaves inputs(sd_graph *g) {
  leaves l;
  l.x = input(g, 2, 2, SD_F64);
  l.y = input(g, 2, 2, SD_F64);
  l.k = check_ref(sd_graph_input(g, sd_type_number()));
  l.rng = check_ref(sd_graph_input(g, rng_type));
  l.mood = check_ref(sd_graph_input(g, sd_type_number()));
  return l;
}
static sd_ref number(sd_graph *g, double v) { return check_ref(sd_graph_number(g, v)); }

static sd_plan *step_plan(void) {
  sd_graph *g = new_graph();
  sd_plan *p;
  leaves l = inputs(g);
  sd_ref mood = check_ref(apply(g, &op_moody, (sd_attr){{0}, {0}}, l.mood, l.k));
  sd_ref x = add(g, mul(g, number(g, 0.9), l.y), mul(g, number(g, 0.1), map(g, SD_MAP_TANH, l.x)));
  sd_ref outs[OUTPUTS] = {add(g, x, mood), l.x, add(g, l.k, number(g, 1))};
  assert_int_equal(sd_plan_new(g, OUTPUTS, outs, SD_PLAN_POISON, &p), SD_OK);
  sd_graph_free(g);
  return p;
}

static sd_plan *record_plan(void) {
  sd_graph *g = new_graph();
  sd_plan *p;
  leaves l = inputs(g);
  sd_ref outs[2] = {add(g, l.x, l.y), l.k};
  assert_int_equal(sd_plan_new(g, 2, outs, 0, &p), SD_OK);
  sd_graph_free(g);
  return p;
}

/* Stops when k is at least `at`. */
static sd_plan *stop_plan(double at) {
  sd_graph *g = new_graph();
  sd_plan *p;
  leaves l = inputs(g);
  sd_ref out = zip(g, SD_ZIP_GE, l.k, number(g, at));
  assert_int_equal(sd_plan_new(g, 1, &out, 0, &p), SD_OK);
  sd_graph_free(g);
  return p;
}

static const int leaf[OUTPUTS] = {0, 1, 2};

static void bind(setting *s) {
  sd_mat state[LEAVES] = {sd_mat_over(2, 2, SD_F64, s->x), sd_mat_over(2, 2, SD_F64, s->y),
                          sd_mat_over(1, 1, SD_F64, &s->k), sd_mat_over(1, 1, SD_RNG, &s->rng)};
  sd_mat extra = sd_mat_over(1, 1, SD_F64, &s->mood);
  sd_iterate_bind(s->it, s->arena, state, &extra);
}

static setting *new_setting(double stop_at) {
  setting *s = calloc(1, sizeof *s);
  s->step = step_plan();
  s->record = record_plan();
  s->stop = stop_plan(stop_at);
  sd_iterate_spec spec = {s->step, s->record, s->stop, LEAVES, leaf};
  assert_int_equal(sd_iterate_new(&spec, &s->it), SD_OK);
  s->arena = sd_alloc(sd_iterate_arena(s->it), 1);
  for (int i = 0; i < 4; i++) s->x[i] = 1.5 - i, s->y[i] = 0.25 * i;
  s->rng = (sd_rng){11, 22};
  s->records[0] = sd_mat_over(4, 64, SD_F64, s->xs);
  s->records[1] = sd_mat_over(1, 64, SD_F64, s->ks);
  s->time = sd_mat_over(1, 64, SD_F64, s->times);
  bind(s);
  return s;
}
static void free_setting(setting *s) {
  sd_iterate_free(s->it);
  sd_plan_free(s->step);
  sd_plan_free(s->record);
  sd_plan_free(s->stop);
  sd_free(s->arena);
  free(s);
}
static void begin(setting *s, int64_t n, int64_t every) {
  sd_iterate_begin(s->it, 0, n, every, s->records, &s->time);
}

/* x, y after n steps of the map, in plain C. tanh within 2 ulp of the library's: the difference is
 * at most 0.1 * 4 ulp a step and the map does not expand, so 1e-15 n bounds it. */
static void orbit(int n, double x[4], double y[4]) {
  for (int i = 0; i < 4; i++) {
    x[i] = 1.5 - i, y[i] = 0.25 * i;
    for (int t = 0; t < n; t++) {
      double next = 0.9 * y[i] + 0.1 * tanh(x[i]);
      y[i] = x[i];
      x[i] = next;
    }
  }
}

static void check_state(const setting *s, int n) {
  double x[4], y[4];
  orbit(n, x, y);
  for (int i = 0; i < 4; i++) {
    check_near(s->x[i], x[i], 1e-15 * (n + 1));
    check_near(s->y[i], y[i], 1e-15 * (n + 1));
  }
  check_near(s->k, n, 0);
  assert_true(s->rng.key == 11 && s->rng.ordinal == 22);
}

static void records_are_taken(void **state) {
  (void)state;
  setting *s = new_setting(1e9);
  begin(s, 17, 5);
  assert_int_equal(sd_iterate_columns(0, 17, 5), 5);
  assert_int_equal(sd_iterate_columns(0, 15, 5), 4);
  assert_int_equal(sd_iterate_columns(0, 0, 5), 1);
  assert_int_equal(sd_iterate_columns(0, 9, 0), 0);
  assert_int_equal(sd_iterate_columns(5, 17, 5), 3);  /* 10, 15, 17 */
  assert_int_equal(sd_iterate_columns(7, 17, 5), 3);  /* the same */
  assert_int_equal(sd_iterate_columns(17, 17, 5), 0); /* all has been recorded */
  assert_int_equal(sd_iterate_run(s->it, 100), SD_RUN_DONE);
  assert_int_equal(sd_iterate_t(s->it), 17);
  assert_int_equal(sd_iterate_recorded(s->it), 5);
  check_state(s, 17);
  for (int c = 0; c < 5; c++) {
    double x[4], y[4];
    int t = c < 4 ? 5 * c : 17;
    orbit(t, x, y);
    check_near(s->times[c], t, 0);
    check_near(s->ks[c], t, 0);
    for (int i = 0; i < 4; i++) check_near(s->xs[4 * c + i], x[i] + y[i], 3e-15 * (t + 1));
  }
  assert_int_equal(sd_iterate_run(s->it, 100), SD_RUN_DONE);
  assert_int_equal(sd_iterate_record(s->it), SD_OK); /* has been taken */
  assert_int_equal(sd_iterate_recorded(s->it), 5);
  free_setting(s);
}

static void runs_can_be_split(void **state) {
  (void)state;
  setting *whole = new_setting(1e9), *parts = new_setting(1e9), *again = new_setting(1e9);
  begin(whole, 40, 3);
  assert_int_equal(sd_iterate_run(whole->it, 40), SD_RUN_DONE);
  begin(parts, 40, 3);
  for (int64_t t = 0; t < 40; t += 7) assert_int_equal(sd_iterate_run(parts->it, t), SD_RUN_PAUSED);
  bind(parts); /* binding in between changes nothing */
  assert_int_equal(sd_iterate_run(parts->it, 40), SD_RUN_DONE);
  assert_memory_equal(whole->x, parts->x, sizeof whole->x);
  assert_memory_equal(whole->y, parts->y, sizeof whole->y);
  assert_memory_equal(whole->xs, parts->xs, sizeof whole->xs);
  assert_memory_equal(whole->times, parts->times, sizeof whole->times);
  begin(again, 26, 0);
  assert_int_equal(sd_iterate_run(again->it, 26), SD_RUN_DONE);
  begin(again, 14, 0);
  assert_int_equal(sd_iterate_run(again->it, 14), SD_RUN_DONE);
  assert_memory_equal(whole->x, again->x, sizeof whole->x);
  assert_memory_equal(whole->y, again->y, sizeof whole->y);
  assert_int_equal(sd_iterate_recorded(again->it), 0);
  free_setting(whole);
  free_setting(parts);
  free_setting(again);
}

static void stops(void **state) {
  (void)state;
  setting *s = new_setting(12);
  begin(s, 100, 5);
  assert_int_equal(sd_iterate_run(s->it, 100), SD_RUN_STOPPED);
  assert_int_equal(sd_iterate_run(s->it, 100), SD_RUN_STOPPED);
  assert_int_equal(sd_iterate_t(s->it), 12);
  check_state(s, 12);
  assert_int_equal(sd_iterate_recorded(s->it), 3); /* 0, 5, 10 */
  assert_int_equal(sd_iterate_record(s->it), SD_OK);
  assert_int_equal(sd_iterate_recorded(s->it), 4);
  check_near(s->times[3], 12, 0);
  begin(s, 100, 5); /* stops before the first step */
  assert_int_equal(sd_iterate_run(s->it, 100), SD_RUN_STOPPED);
  assert_int_equal(sd_iterate_t(s->it), 0);
  free_setting(s);
}

/* Whatever ends the sixth step, the state is that of the fifth, and running on gives the orbit. */
static void mid_step(double mood, int end) {
  setting *s = new_setting(1e9);
  begin(s, 9, 2);
  s->mood = mood;
  assert_int_equal(sd_iterate_run(s->it, 9), end);
  sd_interrupt(0);
  assert_int_equal(sd_iterate_t(s->it), 5);
  check_state(s, 5);
  if (end == SD_RUN_FAILED) {
    assert_int_equal(sd_iterate_status(s->it), SD_ENOCONV);
    assert_string_equal(sd_iterate_why(s->it), "moody: the iteration did not converge");
  }
  s->mood = 0;
  assert_int_equal(sd_iterate_run(s->it, 9), SD_RUN_DONE);
  assert_int_equal(sd_iterate_status(s->it), SD_OK);
  assert_int_equal(sd_iterate_recorded(s->it), 6);
  check_state(s, 9);
  free_setting(s);
}

static void ends_in_mid_step(void **state) {
  (void)state;
  mid_step(-1, SD_RUN_FAILED);
  mid_step(7, SD_RUN_INTERRUPTED);
}

static void diverges(void **state) {
  (void)state;
  setting *s = new_setting(1e9);
  s->mood = 9;
  begin(s, 100, 2);
  assert_int_equal(sd_iterate_run(s->it, 100), SD_RUN_DIVERGED);
  assert_int_equal(sd_iterate_t(s->it), 6); /* NaN from step 6, a record at 6 */
  assert_int_equal(sd_iterate_run(s->it, 100), SD_RUN_DIVERGED);
  free_setting(s);

  s = new_setting(1e9);
  s->mood = 9;
  begin(s, 12, 0); /* at the end, however often it has paused */
  assert_int_equal(sd_iterate_run(s->it, 10), SD_RUN_PAUSED);
  assert_int_equal(sd_iterate_run(s->it, 12), SD_RUN_DIVERGED);
  assert_int_equal(sd_iterate_t(s->it), 12);
  free_setting(s);

  s = new_setting(1e9); /* an infinity that was there is not looked at; a NaN is */
  s->k = INFINITY;
  begin(s, 10, 0);
  assert_int_equal(sd_iterate_run(s->it, 10), SD_RUN_STOPPED); /* inf >= 1e9 */
  s->k = 0, s->x[0] = NAN;
  begin(s, 10, 1);
  assert_int_equal(sd_iterate_run(s->it, 0), SD_RUN_DIVERGED);
  free_setting(s);
}

static void steps_allocate_nothing(void **state) {
  (void)state;
  setting *s = new_setting(1e9);
  begin(s, 60, 1);
  assert_int_equal(sd_iterate_run(s->it, 1), SD_RUN_PAUSED);
  long before = sd_mem_mallocs();
  assert_int_equal(sd_iterate_run(s->it, 60), SD_RUN_DONE);
  assert_int_equal(sd_mem_mallocs(), before);
  free_setting(s);
}

/* Leaves that change places: outputs that lie in the state. */
static void leaves_change_places(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_plan *p;
  sd_iterate *it;
  sd_ref a = input(g, 2, 1, SD_F64), b = input(g, 2, 1, SD_F64);
  sd_ref r = check_ref(sd_graph_input(g, rng_type)), q = check_ref(sd_graph_input(g, rng_type));
  sd_ref outs[4] = {b, a, q, r};
  static const int to[4] = {0, 1, 2, 3};
  double x[2] = {1, 2}, y[2] = {3, 4};
  sd_rng u = {5, 6}, v = {7, 8};
  sd_mat in[4] = {sd_mat_over(2, 1, SD_F64, x), sd_mat_over(2, 1, SD_F64, y),
                  sd_mat_over(1, 1, SD_RNG, &u), sd_mat_over(1, 1, SD_RNG, &v)};
  assert_int_equal(sd_plan_new(g, 4, outs, 0, &p), SD_OK);
  sd_iterate_spec spec = {p, NULL, NULL, 4, to};
  assert_int_equal(sd_iterate_new(&spec, &it), SD_OK);
  void *arena = sd_alloc(sd_iterate_arena(it), 1);
  sd_iterate_bind(it, arena, in, NULL);
  sd_iterate_begin(it, 0, 3, 10, NULL, NULL);
  assert_int_equal(sd_iterate_run(it, 3), SD_RUN_DONE);
  assert_true(x[0] == 3 && x[1] == 4 && y[0] == 1 && y[1] == 2);
  assert_true(u.key == 7 && u.ordinal == 8 && v.key == 5 && v.ordinal == 6);
  sd_iterate_free(it);
  sd_free(arena);
  sd_plan_free(p);
  sd_graph_free(g);
}

static int make(const sd_iterate_spec *spec) {
  sd_iterate *it;
  int status = sd_iterate_new(spec, &it);
  sd_iterate_free(it);
  return status;
}

static void refusals(void **state) {
  (void)state;
  setting *s = new_setting(1);
  static const int twice[] = {0, 0, 2}, outside[] = {0, 1, 4}, shapes[] = {2, 1, 0};
  sd_iterate_spec good = {s->step, s->record, s->stop, LEAVES, leaf}, bad = good;
  check_faults(make(&good));
  bad.leaf = twice;
  assert_int_equal(make(&bad), SD_EARG);
  bad.leaf = outside;
  assert_int_equal(make(&bad), SD_EARG);
  bad.leaf = shapes;
  assert_int_equal(make(&bad), SD_ESHAPE);
  bad = good, bad.nstate = 6;
  assert_int_equal(make(&bad), SD_EARG);
  bad = good, bad.stop = s->record; /* two outputs; and one plan in two roles */
  assert_int_equal(make(&bad), SD_EARG);
  sd_graph *g = new_graph();
  sd_ref x = input(g, 2, 2, SD_F64);
  sd_plan *p;
  assert_int_equal(sd_plan_new(g, 1, &x, 0, &p), SD_OK);
  bad = good, bad.record = p; /* takes other inputs */
  assert_int_equal(make(&bad), SD_ESHAPE);
  sd_plan_free(p);
  sd_graph_free(g);
  free_setting(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(records_are_taken),
      cmocka_unit_test(runs_can_be_split),
      cmocka_unit_test(stops),
      cmocka_unit_test(ends_in_mid_step),
      cmocka_unit_test(diverges),
      cmocka_unit_test(leaves_change_places),
      cmocka_unit_test(steps_allocate_nothing),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
