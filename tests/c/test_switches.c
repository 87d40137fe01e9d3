/* Switches: which values they are, in what order, of which leaves; and that ops without any are
 * smooth. */
#include "check.h"

enum { MOST = 64 };

typedef struct fixture {
  sd_graph *g;
  sd_ref x, y, sw[MOST], untold;
} fixture;

static fixture begin(void) {
  fixture f = {0};
  assert_int_equal(sd_graph_new(&f.g), SD_OK);
  f.x = sd_graph_input(f.g, sd_type_matrix(3, 4, SD_F64));
  f.y = sd_graph_input(f.g, sd_type_matrix(3, 4, SD_F64));
  return f;
}

static sd_ref zip(sd_graph *g, int fn, sd_ref a, sd_ref b) {
  sd_ref args[2] = {a, b};
  return sd_emit(g, &sd_zip_ops[fn], NULL, 2, args, 1);
}
static sd_ref map(sd_graph *g, int fn, sd_ref a, double p0, double p1) {
  sd_attr attr = {.p = {p0, p1}};
  return sd_emit(g, &sd_map_ops[fn], &attr, 1, &a, 1);
}
static sd_ref reduce(sd_graph *g, int fn, sd_ref a) {
  return sd_emit(g, &sd_reduce_ops[fn], NULL, 1, &a, 1);
}

/* How many switches out has while x moves. */
static int of(fixture *f, sd_ref out) {
  return sd_graph_switches(f->g, 1, &f->x, 1, &out, f->sw, &f->untold);
}

static void they_are_recorded_once_and_in_order(void **state) {
  (void)state;
  fixture f = begin();
  sd_ref h = map(f.g, SD_MAP_RELU, f.x, 0, 0);
  sd_ref k = zip(f.g, SD_ZIP_SUB, map(f.g, SD_MAP_ABS, f.x, 0, 0), f.y);
  sd_ref mask = zip(f.g, SD_ZIP_GE, k, sd_graph_number(f.g, 0));
  sd_ref out = zip(f.g, SD_ZIP_MUL, zip(f.g, SD_ZIP_MUL, h, mask), map(f.g, SD_MAP_RELU, k, 0, 0));
  map(f.g, SD_MAP_RELU, map(f.g, SD_MAP_NEG, f.x, 0, 0), 0, 0); /* nobody needs this one */
  assert_int_equal(of(&f, out), 2);
  assert_int_equal(f.sw[0], f.x);
  assert_int_equal(f.sw[1], k); /* of a comparison with 0 the other side */
  assert_int_equal(f.untold, 0);
  sd_graph_free(f.g);
}

static void each_op_has_its_own(void **state) {
  (void)state;
  fixture f = begin();
  assert_int_equal(of(&f, zip(f.g, SD_ZIP_MAX, f.x, f.y)), 1);
  assert_int_equal(f.sw[0], zip(f.g, SD_ZIP_SUB, f.x, f.y));
  assert_int_equal(of(&f, map(f.g, SD_MAP_CLAMP, f.x, -1, 2)), 2);
  assert_int_equal(f.sw[0], zip(f.g, SD_ZIP_ADD, f.x, sd_graph_number(f.g, 1)));
  assert_int_equal(f.sw[1], zip(f.g, SD_ZIP_ADD, f.x, sd_graph_number(f.g, -2)));
  assert_int_equal(of(&f, map(f.g, SD_MAP_CLAMP, f.x, -INFINITY, 2)), 1);
  assert_int_equal(of(&f, map(f.g, SD_MAP_LEAKY_RELU, f.x, 0.5, 0)), 1);
  assert_int_equal(of(&f, map(f.g, SD_MAP_LEAKY_RELU, f.x, 1, 0)), 0);
  assert_int_equal(of(&f, map(f.g, SD_MAP_FLOOR, f.x, 0, 0)), 1);
  assert_ptr_equal(sd_node_at(f.g, f.sw[0])->op, &sd_map_ops[SD_MAP_SIN]);
  sd_graph_free(f.g);
}

static void what_stands_still_has_none(void **state) {
  (void)state;
  fixture f = begin();
  sd_ref still = map(f.g, SD_MAP_RELU, f.y, 0, 0);
  assert_int_equal(of(&f, zip(f.g, SD_ZIP_MUL, still, f.x)), 0);
  /* but the value behind a stopped gradient moves */
  sd_ref stopped = sd_emit(f.g, &sd_op_stop_gradient, NULL, 1, &f.x, 1);
  assert_int_equal(of(&f, map(f.g, SD_MAP_RELU, stopped, 0, 0)), 1);
  sd_graph_free(f.g);
}

static void pieces_that_no_sign_tells_are_named(void **state) {
  (void)state;
  fixture f = begin();
  sd_ref largest = reduce(f.g, SD_REDUCE_MAX, map(f.g, SD_MAP_RELU, f.x, 0, 0));
  assert_int_equal(of(&f, largest), 1);
  assert_int_equal(f.untold, largest);
  assert_int_equal(of(&f, reduce(f.g, SD_REDUCE_SUM, f.x)), 0);
  assert_int_equal(f.untold, 0);
  assert_int_equal(of(&f, reduce(f.g, SD_REDUCE_MAX, f.y)), 0);
  assert_int_equal(f.untold, 0);
  sd_graph_free(f.g);
}

static int build(void) {
  sd_graph *g;
  sd_ref sw[MOST], untold;
  int status = sd_graph_new(&g);
  if (status != SD_OK) return status;
  sd_ref x = sd_graph_input(g, sd_type_matrix(3, 4, SD_F64));
  sd_ref out = x < 0 ? x : map(g, SD_MAP_CLAMP, x, -1, 2);
  status = out < 0 ? out : sd_graph_switches(g, 1, &x, 1, &out, sw, &untold);
  sd_graph_free(g);
  return status < 0 ? status : SD_OK;
}

static void memory_may_run_out_anywhere(void **state) {
  (void)state;
  check_faults(build());
}

/* Of a function on -0.8..0.8 at N + 1 places, h apart: the largest second difference over h. With
 * |f''| <= C it is at most C h; at a kink it is the jump of f', at a jump more. */
enum { N = 1 << 12 };
static double roughness(const sd_mat *v) {
  double worst = 0, h = 1.6 / N;
  for (int k = 1; k < N; k++) {
    double d = fabs(sd_mat_get(v, k + 1, 0) - 2 * sd_mat_get(v, k, 0) + sd_mat_get(v, k - 1, 0));
    if (isnan(d)) return d;
    worst = fmax(worst, d / h);
  }
  return worst;
}

/* The functions here that are finite on -0.8..0.8 have |f''| <= 25 there (log1p at -0.8), so C h
 * is below 0.02; jumps of slopes are 0.5 and more. */
static void ops_without_switches_are_smooth(void **state) {
  (void)state;
  static const double p[2] = {0.5, 0.75}; /* slope, alpha, order or lo and hi */
  sd_mat x, b, y;
  int smooth = 0, kinked = 0;
  assert_int_equal(sd_mat_alloc(&x, N + 1, 1, SD_F64), SD_OK);
  assert_int_equal(sd_mat_alloc(&b, 1, 1, SD_F64), SD_OK);
  assert_int_equal(sd_mat_alloc(&y, N + 1, 1, SD_F64), SD_OK);
  for (int k = 0; k <= N; k++) sd_mat_set(&x, k, 0, -0.8 + 1.6 * k / N);
  sd_mat_set(&b, 0, 0, 0.3);
  for (int fn = 0; fn < SD_MAP_COUNT + SD_ZIP_COUNT; fn++) {
    int zips = fn >= SD_MAP_COUNT, code = zips ? fn - SD_MAP_COUNT : fn;
    const sd_op *op = zips ? &sd_zip_ops[code] : &sd_map_ops[code];
    if (zips && (code == SD_ZIP_PASS || code == SD_ZIP_EQ || code == SD_ZIP_NE)) continue;
    int status = zips ? sd_zip(code, &x, &b, &y) : sd_map(code, p, &x, &y);
    double rough = status == SD_OK ? roughness(&y) : NAN; /* polygamma of order 1/2 is refused */
    if (!isfinite(rough)) continue;
    if ((op->kink == NULL) != (rough < 0.02))
      fail_msg("%s: roughness %g, %s", op->name, rough, op->kink ? "switches" : "no switches");
    if (op->kink)
      kinked++;
    else
      smooth++;
  }
  assert_int_equal(kinked, 7 + 6);
  assert_true(smooth >= 20);
  sd_free(x.x), sd_free(b.x), sd_free(y.x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_are_recorded_once_and_in_order),
      cmocka_unit_test(each_op_has_its_own),
      cmocka_unit_test(what_stands_still_has_none),
      cmocka_unit_test(pieces_that_no_sign_tells_are_named),
      cmocka_unit_test(memory_may_run_out_anywhere),
      cmocka_unit_test(ops_without_switches_are_smooth),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
