/* Plans: random graphs against their ops run one by one, with and without fusion and reuse; views,
 * captures, workspaces, failures. */
#include "kernel_check.h"
#include "plan_check.h"

/* ---- ops of the tests' own --------------------------------------------------------------------*/

/* x, by way of two workspaces of the core */
static int run_working(const sd_call *c) {
  double *a = sd_alloc(100, sizeof *a), *b = sd_alloc(5000, sizeof *b);
  int status = a && b ? sd_mat_copy(&c->in[0], &c->out[0]) : SD_ENOMEM;
  sd_free(a);
  sd_free(b);
  return status;
}
static int same_type(sd_site *s) {
  s->out[0] = s->in[0];
  return SD_OK;
}
static const sd_op op_working = {
    .name = "working", .nargs = 1, .infer = same_type, .run = run_working};

/* x, unless its first element is negative (fails) or 7 (interrupts) */
static int run_moody(const sd_call *c) {
  double x = sd_mat_get(&c->in[0], 0, 0);
  if (x == 7) sd_interrupt(1);
  return x < 0 ? SD_ENOCONV : sd_mat_copy(&c->in[0], &c->out[0]);
}
static const sd_op op_moody = {.name = "moody", .nargs = 1, .infer = same_type, .run = run_moody};

/* The block of x from (i,j), k = {i,j,m,n} */
static int infer_cut(sd_site *s) {
  s->out[0] = sd_type_matrix(s->attr->k[2], s->attr->k[3], s->in[0].dtype);
  return SD_OK;
}
static int view_cut(const sd_call *c) {
  const int64_t *k = c->attr->k;
  c->out[0] = sd_mat_block(&c->in[0], k[0], k[1], k[2], k[3]);
  return 1;
}
static int run_cut(const sd_call *c) {
  const int64_t *k = c->attr->k;
  sd_mat block = sd_mat_block(&c->in[0], k[0], k[1], k[2], k[3]);
  return sd_mat_copy(&block, &c->out[0]);
}
static const sd_op op_cut = {
    .name = "cut", .nargs = 1, .infer = infer_cut, .run = run_cut, .view = view_cut};

/* x and 2x: an op with two results */
static int infer_pair(sd_site *s) {
  s->out[0] = s->out[1] = s->in[0];
  return SD_OK;
}
static int run_pair(const sd_call *c) {
  sd_mat_copy(&c->in[0], &c->out[0]);
  return sd_zip(SD_ZIP_ADD, &c->in[0], &c->in[0], &c->out[1]);
}
static const sd_op op_pair = {
    .name = "pair", .nargs = 1, .nouts = 2, .infer = infer_pair, .run = run_pair};

/* ---- random graphs ----------------------------------------------------------------------------*/

enum { LARGE = 6000 }; /* elements */

static int pick(int n) { return (int)(check_bits() % (uint64_t)n); }

/* One more node that takes some of the values of g, or a refusal. */
static sd_ref random_node(sd_graph *g, const ptrdiff_t *sides) {
  int size = sd_graph_size(g);
  sd_ref args[3] = {1 + pick(size), 1 + pick(size), 1 + pick(size)};
  const sd_type t = sd_node_at(g, args[0])->type;
  sd_attr attr = {{0}, {0}};
  switch (pick(14)) {
  case 0:
  case 1:
  case 2:
    attr.p[0] = -0.5, attr.p[1] = 0.5;
    return sd_emit(g, &sd_map_ops[pick(SD_MAP_COUNT)], &attr, 1, args, 1);
  case 3:
  case 4:
  case 5:
  case 6: return sd_emit(g, &sd_zip_ops[pick(SD_ZIP_COUNT)], NULL, 2, args, 1);
  case 7: return sd_emit(g, &sd_op_where, NULL, 3, args, 1);
  case 8:
    attr.k[0] = pick(3);
    return sd_emit(g, &sd_reduce_ops[pick(SD_REDUCE_COUNT)], &attr, 1, args, 1);
  case 9: {
    const sd_type u = sd_node_at(g, args[1])->type;
    attr.k[0] = pick(2), attr.k[1] = pick(2);
    if ((attr.k[0] ? t.cols : t.rows) * (attr.k[1] ? u.rows : u.cols) > LARGE) return SD_EARG;
    return sd_emit(g, &sd_op_matmul, &attr, 2, args, 1);
  }
  case 10: {
    attr = (sd_attr){{0}, {sides[pick(3)], sides[pick(3)], t.dtype, 0}};
    if (attr.k[0] * attr.k[1] > LARGE) return SD_EARG;
    return sd_emit(g, pick(3) ? &sd_op_broadcast : &sd_op_sum_to, &attr, 1, args, 1);
  }
  case 11: {
    attr.k[0] = pick(2) ? t.rows * t.cols : t.cols, attr.k[1] = attr.k[0] == t.cols ? t.rows : 1;
    return sd_emit(g, pick(2) ? &sd_op_reshape : &sd_op_transpose, &attr, 1, args, 1);
  }
  case 12:
    attr.k[0] = pick(2);
    if (pick(3) == 0) return sd_emit(g, &sd_op_to, &attr, 1, args, 1);
    attr = (sd_attr){{check_uniform(-2, 3)}, {sides[pick(3)], sides[pick(3)], t.dtype, 0}};
    if (attr.k[0] * attr.k[1] > LARGE) return SD_EARG;
    return sd_emit(g, &sd_op_full, &attr, 0, NULL, 1);
  default:
    if (pick(3) == 0) return sd_emit(g, &op_pair, NULL, 1, args, 2);
    if (pick(2)) return sd_emit(g, &sd_op_stop_gradient, NULL, 1, args, 1);
    if (t.rows < 1 || t.cols < 1) return SD_EARG;
    attr.k[2] = 1 + pick((int)t.rows), attr.k[3] = 1 + pick((int)t.cols);
    attr.k[0] = pick((int)(t.rows - attr.k[2] + 1)),
    attr.k[1] = pick((int)(t.cols - attr.k[3] + 1));
    return sd_emit(g, &op_cut, &attr, 1, args, 1);
  }
}

enum { INPUTS = 6, OUTS = 5, NODES = 60 };

static void one_random_graph(int seed) {
  static const ptrdiff_t all_sides[4][3] = {{1, 3, 70}, {1, 5, 9}, {1, 1, 1100}, {1, 0, 4}};
  const ptrdiff_t *sides = all_sides[seed % 4];
  sd_graph *g = new_graph();
  sd_mat whole[INPUTS], in[INPUTS], values[4 * NODES] = {{0}};
  sd_ref outs[OUTS];
  for (int k = 0; k < INPUTS; k++) { /* some with gaps between columns */
    ptrdiff_t m = sides[pick(3)], n = sides[pick(3)];
    if (m * n > LARGE) n = 3;
    whole[k] = check_random(m + 3, n, pick(4) == 0);
    in[k] = pick(2) ? sd_mat_block(&whole[k], 1, 0, m, n)
                    : sd_mat_over(m, n, whole[k].dtype, whole[k].x);
    if (k < 4) {
      input(g, m, n, in[k].dtype);
    } else {
      sd_capture what = {in[k], NULL, 0};
      check_ref(sd_graph_capture(g, &what));
    }
  }
  check_ref(sd_graph_number(g, 2));
  while (sd_graph_size(g) < NODES) random_node(g, sides);
  for (int j = 0; j < OUTS; j++) outs[j] = 1 + pick(sd_graph_size(g));
  eager(g, in, values);
  for (int flags = 0; flags < 8; flags++) {
    ready r = get_ready(g, OUTS, outs, flags, in);
    for (int again = 0; again < 2; again++) {
      char what[64];
      snprintf(what, sizeof what, "graph %d, flags %d, run %d", seed, flags, again);
      assert_int_equal(sd_plan_run(r.p), SD_OK);
      for (int j = 0; j < OUTS; j++)
        check_bits_equal(sd_plan_output(r.p, j), &values[outs[j]], what);
    }
    let_go(r);
  }
  free_values(g, values);
  for (int k = 0; k < INPUTS; k++) sd_free(whole[k].x);
  sd_graph_free(g);
}

static void random_graphs(void **state) {
  (void)state;
  int n = getenv("SADDLE_QUICK") ? 20 : 1500;
  for (int seed = 0; seed < n; seed++) {
    next_isa();
    one_random_graph(seed);
  }
  sd_isa_select(NULL);
}

/* ---- fusion -----------------------------------------------------------------------------------*/

/* tanh(x) feeds a product and, behind it, 1 - tanh(x)^2, which runs with what it multiplies: three
 * steps, and of the second loop only its result is stored. */
static void chains_are_convex(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref w = input(g, 40, 40, SD_F64), x = input(g, 40, 30, SD_F64);
  sd_ref y = map(g, SD_MAP_TANH, x), z = matmul(g, w, y);
  sd_ref slope = zip(g, SD_ZIP_SUB, check_ref(sd_graph_number(g, 1)), mul(g, y, y));
  sd_ref out = mul(g, z, slope);
  sd_mat in[2] = {check_random(40, 40, SD_F64), check_random(40, 30, SD_F64)}, values[20];
  ready r = get_ready(g, 1, &out, 0, in);
  char *text = explained(r.p);
  assert_non_null(strstr(text, "3 steps (0 constant"));
  assert_non_null(strstr(text, "mul sub mul\n"));
  eager(g, in, values);
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  check_bits_equal(sd_plan_output(r.p, 0), &values[out], "convex");
  free(text);
  free_values(g, values);
  let_go(r);
  sd_free(in[0].x);
  sd_free(in[1].x);
  sd_graph_free(g);
}

/* A long chain needs two values at a time, whatever its length. */
static void memory_is_used_again(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref w = input(g, 64, 64, SD_F64), x = input(g, 64, 64, SD_F64), r = x;
  sd_mat in[2] = {check_random(64, 64, SD_F64), check_random(64, 64, SD_F64)};
  for (int k = 0; k < 100; k++) r = map(g, SD_MAP_TANH, matmul(g, w, r));
  ready tight = get_ready(g, 1, &r, 0, in), loose = get_ready(g, 1, &r, SD_PLAN_NO_REUSE, in);
  size_t one = 64 * 64 * sizeof(double), blocks = 512 * sizeof(double);
  assert_true(sd_plan_arena(tight.p) <= 3 * one + blocks);
  assert_true(sd_plan_arena(loose.p) >= 200 * one);
  assert_int_equal((uintptr_t)sd_plan_output(tight.p, 0)->x % SD_ALIGN, 0);
  let_go(tight);
  let_go(loose);
  sd_free(in[0].x);
  sd_free(in[1].x);
  sd_graph_free(g);
}

static void too_big(void **state) {
  (void)state;
  const sd_attr none = {{0}, {0}};
  sd_graph *g = new_graph();
  sd_plan *p;
  /* 2^61 bytes fit by themselves; four do not */
  sd_attr big = {{0}, {(int64_t)1 << 33, (int64_t)1 << 25, SD_F64, 0}};
  sd_ref sum = check_ref(apply(g, &sd_op_broadcast, big, input(g, 1, 1, SD_F64), 0));
  for (int k = 0; k < 4; k++) sum = check_ref(apply(g, &sd_map_ops[SD_MAP_EXP], none, sum, 0));
  assert_int_equal(sd_plan_new(g, 1, &sum, SD_PLAN_UNFUSED, &p), SD_ETOOBIG);
  sd_ref nothing = 0;
  assert_int_equal(sd_plan_new(g, 1, &nothing, 0, &p), SD_EARG);
  sd_graph_free(g);
}

/* ---- views ------------------------------------------------------------------------------------*/

static void views_share_memory(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = input(g, 6, 4, SD_F64), y = map(g, SD_MAP_EXP, x);
  sd_attr block = {{0}, {1, 1, 2, 3}}, shape = {{0}, {4, 6}}, line = {{0}, {24, 1}};
  sd_ref outs[5] = {y, check_ref(apply(g, &op_cut, block, y, 0)),
                    check_ref(apply(g, &sd_op_reshape, shape, y, 0)),
                    check_ref(apply(g, &sd_op_reshape, line, x, 0)),
                    check_ref(apply(g, &sd_op_stop_gradient, line, x, 0))};
  sd_mat whole = check_random(8, 4, SD_F64), in = sd_mat_over(6, 4, SD_F64, whole.x);
  ready r = get_ready(g, 5, outs, 0, &in);
  for (int gaps = 0; gaps < 2; gaps++) {
    assert_int_equal(sd_plan_run(r.p), SD_OK);
    const sd_mat *e = sd_plan_output(r.p, 0), *cut = sd_plan_output(r.p, 1);
    assert_ptr_equal(cut->x, (double *)e->x + 7);
    assert_int_equal(cut->ld, 6);
    assert_ptr_equal(sd_plan_output(r.p, 2)->x, e->x);
    assert_ptr_equal(sd_plan_output(r.p, 4)->x, in.x);
    if (gaps) /* a reshape of an input with gaps is a copy after all */
      assert_ptr_not_equal(sd_plan_output(r.p, 3)->x, in.x);
    else
      assert_ptr_equal(sd_plan_output(r.p, 3)->x, in.x);
    for (ptrdiff_t k = 0; k < 24; k++)
      check_near(sd_mat_get(sd_plan_output(r.p, 3), k, 0), sd_mat_get(&in, k % 6, k / 6), 0);
    in = sd_mat_block(&whole, 1, 0, 6, 4);
    sd_plan_feed(r.p, &in);
  }
  int from[5] = {-1, -1, -1, 0, 0};
  for (int j = 0; j < 5; j++) assert_int_equal(sd_plan_output_input(r.p, j), from[j]);
  let_go(r);
  sd_free(whole.x);
  sd_graph_free(g);
}

/* ---- captures ---------------------------------------------------------------------------------*/

static void captures_have_versions(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  uint64_t version = 3, other = 0;
  double a = 2, b = 10, x = 1;
  sd_capture dead = {sd_mat_over(1, 2, SD_F64, &b), &other, 0},
             what = {sd_mat_over(1, 1, SD_F64, &a), &version, 0},
             instead[2] = {dead, {sd_mat_over(1, 1, SD_F64, &b), &other, 0}};
  check_ref(sd_graph_capture(g, &dead));
  sd_ref c = check_ref(sd_graph_capture(g, &what)), in = input(g, 1, 1, SD_F64);
  sd_ref out = add(g, mul(g, c, c), in);
  sd_mat m = sd_mat_over(1, 1, SD_F64, &x);
  ready r = get_ready(g, 1, &out, 0, &m);
#define CHECK_RUN(v)                                                                               \
  do {                                                                                             \
    assert_int_equal(sd_plan_run(r.p), SD_OK);                                                     \
    check_near(sd_mat_get(sd_plan_output(r.p, 0), 0, 0), v, 0);                                    \
  } while (0)
  assert_int_equal(sd_plan_captures(r.p), 2);
  CHECK_RUN(5);
  a = 3, x = 2; /* the input is read again; the capture's square is kept until the version moves */
  CHECK_RUN(6);
  sd_plan_feed(r.p, &m);
  CHECK_RUN(6);
  version++;
  CHECK_RUN(11);
  a = 4;
  sd_plan_bind(r.p, r.arena, &m, NULL); /* forgets */
  CHECK_RUN(18);
  sd_plan_bind(r.p, r.arena, &m, instead);
  CHECK_RUN(102);
  version++; /* of a matrix that is no longer captured */
  CHECK_RUN(102);
  let_go(r);
  sd_graph_free(g);
}

/* ---- workspaces, failures ---------------------------------------------------------------------*/

static void runs_allocate_nothing(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  size_t held = sd_mem_held();
  sd_ref x = input(g, 50, 3, SD_F64), y = x;
  for (int k = 0; k < 3; k++)
    y = add(g, x, check_ref(apply(g, &op_working, (sd_attr){{0}, {0}}, y, 0)));
  sd_mat in = check_random(50, 3, SD_F64);
  ready r = get_ready(g, 1, &y, 0, &in);
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  long before = sd_mem_mallocs();
  for (int k = 0; k < 10; k++) assert_int_equal(sd_plan_run(r.p), SD_OK);
  assert_int_equal(sd_mem_mallocs(), before);
  for (long k = 1; k <= 6; k++) { /* faults count requests, wherever they are served */
    sd_mem_fail_at(k);
    assert_int_equal(sd_plan_run(r.p), SD_ENOMEM);
    assert_true(sd_mem_faulted());
    sd_mem_fail_at(0);
  }
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  let_go(r);
  sd_free(in.x);
  sd_graph_free(g);
  assert_true(sd_mem_held() < held);
}

/* A pool that holds what is wanted elsewhere gives it back. */
static void pools_yield(void **state) {
  (void)state;
  size_t held = sd_mem_held(), ceiling = sd_mem_ceiling();
  sd_pool pool = {NULL};
  assert_null(sd_pool_use(&pool));
  sd_free(sd_alloc(1 << 20, 1));
  assert_true(sd_mem_held() >= held + (1 << 20));
  sd_mem_set_ceiling(held + (3 << 19));
  void *other = sd_alloc(1 << 20, 1), *more = sd_alloc(1 << 20, 1);
  assert_non_null(other);
  assert_null(more);
  sd_free(other);
  other = sd_alloc(1 << 19, 1); /* fits only without the kept one */
  assert_non_null(other);
  assert_true(sd_mem_held() < held + (1 << 20));
  sd_mem_set_ceiling(ceiling);
  assert_ptr_equal(sd_pool_use(NULL), &pool);
  sd_free(other);
  sd_pool_drain(&pool);
  assert_int_equal(sd_mem_held(), held);
}

static int make_plan(const sd_graph *g, sd_ref out) {
  sd_plan *p;
  uint64_t key[2];
  int status = sd_plan_key(g, 1, &out, key);
  if (status == SD_OK) status = sd_plan_new(g, 1, &out, 0, &p);
  if (status == SD_OK) sd_plan_free(p);
  return status;
}

static void failed_allocations(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  double a = 2;
  sd_capture what = {sd_mat_over(1, 1, SD_F64, &a), NULL, 0};
  sd_ref x = input(g, 4, 4, SD_F64), c = check_ref(sd_graph_capture(g, &what));
  sd_graph_place(g, "here", 1);
  sd_ref out = add(g, matmul(g, x, map(g, SD_MAP_EXP, mul(g, x, c))), x);
  check_faults(make_plan(g, out));
  sd_graph_free(g);
}

static void steps_fail(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  sd_ref x = input(g, 1, 1, SD_F64);
  sd_graph_place(g, "fig.lua", 12);
  sd_ref y = check_ref(apply(g, &op_moody, (sd_attr){{0}, {0}}, mul(g, x, x), 0));
  sd_ref z = check_ref(apply(g, &op_moody, (sd_attr){{0}, {0}}, x, 0)), out = add(g, y, z);
  double v = 3;
  sd_mat in = sd_mat_over(1, 1, SD_F64, &v);
  ready r = get_ready(g, 1, &out, 0, &in);
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  check_near(sd_mat_get(sd_plan_output(r.p, 0), 0, 0), 12, 0);
  v = -1;
  assert_int_equal(sd_plan_run(r.p), SD_ENOCONV);
  assert_string_equal(sd_plan_why(r.p), "moody: the iteration did not converge (at fig.lua:12)");
  v = 7;
  assert_int_equal(sd_plan_run(r.p), SD_EINTR);
  sd_interrupt(0);
  v = 2;
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  assert_string_equal(sd_plan_why(r.p), "");
  check_near(sd_mat_get(sd_plan_output(r.p, 0), 0, 0), 6, 0);
  let_go(r);
  sd_graph_free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_graphs),         cmocka_unit_test(chains_are_convex),
      cmocka_unit_test(memory_is_used_again),  cmocka_unit_test(too_big),
      cmocka_unit_test(views_share_memory),    cmocka_unit_test(captures_have_versions),
      cmocka_unit_test(runs_allocate_nothing), cmocka_unit_test(pools_yield),
      cmocka_unit_test(failed_allocations),    cmocka_unit_test(steps_fail),

  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
