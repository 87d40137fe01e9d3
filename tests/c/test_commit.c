/* Steps that write their outputs over the state: the same bits as with copies, whatever reads
 * what; and no leaf changed by a run that fails. */
#include "kernel_check.h"
#include "plan_check.h"

enum { LEAVES = 5, SIDE = 9, STEPS = 5, NODES = 14 };

/* Leaves: three SIDE x SIDE matrices, large enough to change places; a column, a number. */
static sd_type leaf_type(int k) {
  return k < 3    ? sd_type_matrix(SIDE, SIDE, SD_F64)
         : k == 3 ? sd_type_matrix(SIDE, 1, SD_F64)
                  : sd_type_number();
}

typedef struct memory {
  double x[LEAVES][SIDE * SIDE];
  sd_mat m[LEAVES];
} memory;

static void fill(memory *s) {
  for (int k = 0; k < LEAVES; k++) {
    sd_type t = leaf_type(k);
    for (int i = 0; i < SIDE * SIDE; i++) s->x[k][i] = 0.3 + 0.1 * k + 0.005 * i;
    s->m[k] = sd_mat_over(t.rows, t.cols, t.dtype, s->x[k]);
  }
}

static sd_graph *graph_of_leaves(sd_ref leaf[LEAVES]) {
  sd_graph *g = new_graph();
  for (int k = 0; k < LEAVES; k++) leaf[k] = check_ref(sd_graph_input(g, leaf_type(k)));
  return g;
}

typedef struct iteration {
  sd_plan *p;
  sd_iterate *it;
  void *arena;
} iteration;

static iteration start(const sd_graph *g, int nout, const sd_ref *outs, const int *leaf, int flags,
                       memory *s) {
  iteration i;
  sd_layout layout = {LEAVES, leaf, NULL};
  assert_int_equal(sd_plan_new_laid(g, nout, outs, flags, &layout, &i.p), SD_OK);
  sd_iterate_spec spec = {.step = i.p, .nstate = LEAVES, .leaf = leaf};
  assert_int_equal(sd_iterate_new(&spec, &i.it), SD_OK);
  i.arena = sd_alloc(sd_iterate_arena(i.it) + 1, 1);
  fill(s);
  sd_iterate_bind(i.it, i.arena, s->m, NULL);
  sd_iterate_begin(i.it, 0, STEPS, 0, NULL, NULL);
  return i;
}

static void end(iteration i) {
  sd_iterate_free(i.it);
  sd_plan_free(i.p);
  sd_free(i.arena);
}

/* How many outputs the plan writes over their leaves. */
static int count_over(const sd_plan *p, int nout, const int *leaf, const memory *s) {
  int n = 0;
  for (int j = 0; j < nout; j++)
    n += sd_plan_output_input(p, j) < 0 && sd_mat_same(sd_plan_output(p, j), &s->m[leaf[j]]);
  return n;
}

/* Runs the step with and without copies; `over` of its outputs are expected in their place. */
static void check_step(const sd_graph *g, int nout, const sd_ref *outs, const int *leaf, int over) {
  static const int flags[] = {0, SD_PLAN_POISON, SD_PLAN_UNFUSED};
  memory a, b;
  iteration copied = start(g, nout, outs, leaf, SD_PLAN_COPY, &a);
  assert_int_equal(sd_iterate_run(copied.it, STEPS), SD_RUN_DONE);
  assert_int_equal(count_over(copied.p, nout, leaf, &a), 0);
  for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
    iteration other = start(g, nout, outs, leaf, flags[f], &b);
    if (f == 1) assert_int_equal(sd_iterate_run(other.it, 2), SD_RUN_PAUSED);
    if (f == 1) assert_int_equal(sd_iterate_run(other.it, 3), SD_RUN_PAUSED);
    assert_int_equal(sd_iterate_run(other.it, STEPS), SD_RUN_DONE);
    if (over >= 0 && flags[f] == 0) assert_int_equal(count_over(other.p, nout, leaf, &b), over);
    for (int k = 0; k < LEAVES; k++) check_bits_equal(&b.m[k], &a.m[k], "leaf");
    end(other);
  }
  end(copied);
}

/* x' = x - y/2 and y' = x' + x y run in one loop: y' reads the old x after x' has been computed.
 * x' = x - y/2 and y' = y + x/2 are two loops: one result is copied. */
static void pairs_use_old_values(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_ref half = check_ref(sd_graph_number(g, 0.5));
  sd_ref next = zip(g, SD_ZIP_SUB, l[0], mul(g, half, l[1]));
  sd_ref outs[2] = {next, add(g, next, mul(g, l[0], l[1]))};
  check_step(g, 2, outs, (int[]){0, 1}, 2);
  outs[1] = add(g, l[1], mul(g, half, l[0]));
  check_step(g, 2, outs, (int[]){0, 1}, 1);
  sd_graph_free(g);
}

/* A leaf that becomes another one is copied, and so is what would overwrite it too early. */
static void leaves_change_places(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_ref outs[3] = {l[1], l[0], add(g, l[2], l[0])};
  check_step(g, 3, outs, (int[]){0, 1, 2}, 1);
  sd_ref delayed[2] = {map(g, SD_MAP_TANH, l[0]), l[0]};
  check_step(g, 2, delayed, (int[]){0, 1}, 0);
  sd_ref twice = map(g, SD_MAP_TANH, l[0]), same[2] = {twice, twice};
  check_step(g, 2, same, (int[]){0, 1}, 1);
  sd_graph_free(g);
}

/* A number that scales a matrix changes after the matrix; a column likewise. */
static void small_leaves_wait(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_ref decay = check_ref(sd_graph_number(g, 0.9));
  sd_ref outs[3] = {mul(g, l[4], decay), mul(g, l[3], l[4]), mul(g, l[0], add(g, l[3], l[4]))};
  check_step(g, 3, outs, (int[]){4, 3, 0}, 3);
  sd_graph_free(g);
}

/* x' = x + y and y' = y + x tanh(x y) each read both, in two loops: one of them is copied. */
static void circles_are_cut(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_ref product = map(g, SD_MAP_TANH, matmul(g, l[0], l[1]));
  sd_ref outs[2] = {add(g, l[0], l[1]), add(g, l[1], mul(g, l[0], product))};
  check_step(g, 2, outs, (int[]){0, 1}, -1);
  sd_graph_free(g);
}

/* A transposed leaf is read at other places than those that are written. */
static void other_elements_are_no_obstacle(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_attr shape = {.k = {SIDE, SIDE}}, first = {.k = {0, 0, SIDE, 1}};
  sd_ref turned = check_ref(apply(g, &sd_op_transpose, shape, l[0], 0));
  sd_ref column = check_ref(apply(g, &sd_op_slice, first, l[1], 0));
  sd_ref outs[2] = {add(g, l[0], turned), mul(g, l[1], column)};
  check_step(g, 2, outs, (int[]){0, 1}, 1); /* the transpose is a copy, the column a view */
  sd_graph_free(g);
}

/* What other steps read, some of which may fail, has memory that changes places with the leaf's: at
 * an odd number of steps too, records and rules look at the state's own memory. */
static void read_outputs_swap(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_ref x = map(g, SD_MAP_TANH, l[0]), product = matmul(g, x, l[1]);
  sd_ref outs[2] = {x, map(g, SD_MAP_SIN, product)}, record = add(g, l[0], l[1]);
  int leaf[2] = {0, 1};
  check_step(g, 2, outs, leaf, 1);
  double seen[2][SIDE * SIDE * (STEPS + 1)];
  for (int f = 0; f < 2; f++) {
    memory s;
    sd_plan *step, *recorder;
    sd_iterate *it;
    sd_layout layout = {LEAVES, leaf, NULL};
    assert_int_equal(sd_plan_new_laid(g, 2, outs, f ? SD_PLAN_COPY : 0, &layout, &step), SD_OK);
    assert_int_equal(sd_plan_swaps(step, 0), !f);
    assert_int_equal(sd_plan_swaps(step, 1), 0);
    assert_int_equal(sd_plan_new(g, 1, &record, 0, &recorder), SD_OK);
    sd_iterate_spec spec = {.step = step, .record = recorder, .nstate = LEAVES, .leaf = leaf};
    assert_int_equal(sd_iterate_new(&spec, &it), SD_OK);
    void *arena = sd_alloc(sd_iterate_arena(it), 1);
    sd_mat records = sd_mat_over(SIDE * SIDE, STEPS + 1, SD_F64, seen[f]);
    fill(&s);
    sd_iterate_bind(it, arena, s.m, NULL);
    sd_iterate_begin(it, 0, STEPS, 1, &records, NULL);
    assert_int_equal(sd_iterate_run(it, STEPS), SD_RUN_DONE);
    sd_iterate_free(it);
    sd_plan_free(step);
    sd_plan_free(recorder);
    sd_free(arena);
  }
  assert_memory_equal(seen[0], seen[1], sizeof seen[0]);
  sd_graph_free(g);
}

/* Random steps: functions of elements, broadcasts, products, reductions of anything made so far. */
static sd_ref random_node(sd_graph *g, const sd_ref *pool, int n) {
  sd_ref a = pool[check_bits() % (unsigned)n], b = pool[check_bits() % (unsigned)n];
  sd_type ta = sd_node_at(g, a)->type, tb = sd_node_at(g, b)->type;
  sd_attr none = {{0}, {0}}, whole = {.k = {0}};
  switch (check_bits() % 6) {
  case 0: return map(g, SD_MAP_TANH, a);
  case 1:
    if (ta.cols == tb.rows && !ta.number && !tb.number) return map(g, SD_MAP_SIN, matmul(g, a, b));
    return map(g, SD_MAP_SIN, a);
  case 2: return check_ref(apply(g, &sd_reduce_ops[SD_REDUCE_MEAN], whole, a, 0));
  case 3: return ta.rows == ta.cols ? check_ref(apply(g, &sd_op_transpose, none, a, 0)) : a;
  case 4: return mul(g, a, b);
  default: return zip(g, check_bits() & 1 ? SD_ZIP_ADD : SD_ZIP_SUB, a, b);
  }
}

static void random_steps(void **state) {
  (void)state;
  int over = 0;
  for (int round = 0; round < 400; round++) {
    sd_ref pool[LEAVES + NODES], outs[LEAVES];
    int leaf[LEAVES], nout = 0;
    sd_graph *g = graph_of_leaves(pool);
    for (int i = 0; i < NODES; i++) pool[LEAVES + i] = random_node(g, pool, LEAVES + i);
    for (int k = 0; k < LEAVES; k++) {
      sd_type want = leaf_type(k);
      sd_ref found = 0;
      for (int i = LEAVES; i < LEAVES + NODES; i++) {
        sd_type t = sd_node_at(g, pool[i])->type;
        if (sd_type_same(&t, &want) && (found == 0 || check_bits() & 1)) found = pool[i];
      }
      if (found == 0) continue;
      leaf[nout] = k;
      outs[nout++] = found;
    }
    check_step(g, nout, outs, leaf, -1);
    memory s;
    iteration it = start(g, nout, outs, leaf, 0, &s);
    over += count_over(it.p, nout, leaf, &s);
    end(it);
    sd_graph_free(g);
  }
  assert_true(over > 400); /* the tests are about something */
}

/* Scatters go in place too; an index that is none is found before anything is written. */
static void failing_changes_nothing(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_ref one = check_ref(sd_graph_number(g, 1));
  sd_attr columns = {.k = {2, SD_SAYS_COL, 1}};
  sd_ref args[3] = {l[1], l[3], l[4]};
  sd_ref outs[3] = {add(g, l[0], one),
                    check_ref(sd_emit(g, &sd_op_scatter_add, &columns, 3, args, 1)),
                    add(g, l[4], one)};
  int leaf[3] = {0, 1, 4};
  memory s, before;
  iteration i = start(g, 3, outs, leaf, 0, &s);
  assert_int_equal(count_over(i.p, 3, leaf, &s), 3);
  s.x[4][0] = SIDE; /* the last column; then one too many */
  assert_int_equal(sd_iterate_run(i.it, 1), SD_RUN_PAUSED);
  check_near(s.x[1][SIDE * (SIDE - 1)], 0.4 + 0.005 * SIDE * (SIDE - 1) + 0.6, 1e-15);
  before = s;
  assert_int_equal(sd_iterate_run(i.it, 2), SD_RUN_FAILED);
  assert_int_equal(sd_iterate_status(i.it), SD_EARG);
  assert_non_null(strstr(sd_iterate_why(i.it), "col: column 10 is not an index into 1..9"));
  assert_memory_equal(s.x, before.x, sizeof s.x);
  assert_int_equal(sd_iterate_t(i.it), 1);
  s.x[4][0] = 1;
  assert_int_equal(sd_iterate_run(i.it, 2), SD_RUN_PAUSED);
  end(i);
  sd_graph_free(g);
}

static void interrupts_change_nothing(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_ref outs[2] = {add(g, l[0], matmul(g, l[0], l[1])), map(g, SD_MAP_TANH, l[1])};
  memory s, before;
  iteration i = start(g, 2, outs, (int[]){0, 1}, 0, &s);
  before = s;
  sd_interrupt(1);
  assert_int_equal(sd_plan_run(i.p), SD_EINTR); /* seen after the product */
  sd_interrupt(0);
  assert_memory_equal(s.x, before.x, sizeof s.x);
  end(i);
  sd_graph_free(g);
}

static int plan_once(const sd_graph *g, int nout, const sd_ref *outs) {
  sd_plan *p;
  int leaf[2] = {0, 1};
  sd_layout layout = {LEAVES, leaf, NULL};
  int status = sd_plan_new_laid(g, nout, outs, 0, &layout, &p);
  if (status == SD_OK) sd_plan_free(p);
  return status;
}

static void short_of_memory(void **state) {
  (void)state;
  sd_ref l[LEAVES];
  sd_graph *g = graph_of_leaves(l);
  sd_ref outs[2] = {add(g, l[0], l[1]), mul(g, l[1], l[0])};
  check_faults(plan_once(g, 2, outs));
  sd_graph_free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pairs_use_old_values),
      cmocka_unit_test(leaves_change_places),
      cmocka_unit_test(small_leaves_wait),
      cmocka_unit_test(circles_are_cut),
      cmocka_unit_test(other_elements_are_no_obstacle),
      cmocka_unit_test(read_outputs_swap),
      cmocka_unit_test(random_steps),
      cmocka_unit_test(failing_changes_nothing),
      cmocka_unit_test(interrupts_change_nothing),
      cmocka_unit_test(short_of_memory),
  };
  int failed = 0;
  EACH_ISA failed += cmocka_run_group_tests_name(isas[isa_at], tests, NULL, NULL);
  return failed;
}
