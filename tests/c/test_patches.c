/* Images of patches and their discriminators without Lua: outputs, features and moments against
 * plain loops, their laws, and what is refused. */
#include "model_check.h"

/* Sums of at most 12 products of numbers below 1, two in a row through slopes below 4 (rt' with
 * zeta = 1/2 has 3), of at most 28 terms below 100 in the end. */
#define TOL (28 * 100 * 4 * 12 * 0x1p-53)

/* ---- plain loops ------------------------------------------------------------------------------*/

enum { D = 3 }; /* elements of a patch in small models of images */

static const double zeta = 0.5;

static double ramp(double z) {
  double t = z / zeta;
  if (z < 0) return 0;
  return z >= zeta ? z - zeta / 2 : zeta * (t * t * t - t * t * t * t / 2);
}
static double ramp_slope(double z) {
  double t = z / zeta;
  return z < 0 ? 0 : z >= zeta ? 1 : 3 * t * t - 2 * t * t * t;
}
static double leaky(double z) { return zeta * z + (1 - zeta) * ramp(z); }

/* <column r of w, x> */
static double against(const sd_mat *w, ptrdiff_t r, const double *x) {
  double sum = 0;
  for (ptrdiff_t k = 0; k < w->rows; k++) sum += sd_mat_get(w, k, r) * x[k];
  return sum;
}

static double number(const sd_mat *b) { return sd_mat_get(b, 0, 0); }

static void gates_loop(const sd_mat *in, const double *x, double *y) {
  for (int r = 0; r < in[1].cols; r++) y[r] = against(&in[1], r, x) >= number(&in[2]);
}

static void gated_loop(const sd_mat *in, const double *x, double *y) {
  double gate[ROOM];
  gates_loop(in, x, gate);
  *y = 0;
  for (int r = 0; r < in[0].cols; r++) *y += gate[r] * against(&in[0], r, x);
}

/* rt(s - 2b), then rt'(s - b) */
static void ramps_loop(const sd_mat *in, const double *x, double *y) {
  ptrdiff_t m = in[0].cols;
  for (int r = 0; r < m; r++) {
    y[r] = ramp(against(&in[0], r, x) - 2 * number(&in[1]));
    y[m + r] = ramp_slope(against(&in[0], r, x) - number(&in[1]));
  }
}

static double bent(double v) { return v >= 0 ? 3 * v : v; }

static void pair_loop(const sd_mat *in, const double *x, double *y) {
  double both[ROOM];
  ptrdiff_t m = in[0].cols;
  ramps_loop(in, x, both);
  for (int r = 0; r < m; r++)
    y[r] = both[r] * bent(sd_mat_get(&in[2], r, 0)) + both[m + r] * bent(sd_mat_get(&in[3], r, 0));
}

/* Four patches of two channels. */
static void channels_loop(const sd_mat *in, const double *x, double *y) {
  for (int q = 0; q < 8; q++)
    y[q] = ramp(against(&in[q / 2], q % 2, x + D * (q / 2)) - number(&in[4]));
}

/* C_pq a_p a_q of all pairs. */
static void products_loop(const sd_mat *in, const double *x, double *y) {
  double a[8];
  channels_loop(in, x, a);
  for (int q = 1; q < 8; q++)
    for (int p = 0; p < q; p++) *y++ = (p / 2 == q / 2 ? 3 : 0.25) * a[p] * a[q];
}

static void product_loop(const sd_mat *in, const double *x, double *y) {
  double all[28];
  products_loop(in, x, all);
  *y = 0;
  for (int k = 0; k < 28; k++) *y += (sd_mat_get(&in[6], k, 0) - sd_mat_get(&in[5], k, 0)) * all[k];
}

/* s above h, of four patches below with two channels each. */
static void sides_loop(const sd_mat *in, const double *x, double *y) {
  double below[8];
  for (int k = 0; k < 8; k++) below[k] = leaky(against(&in[3 + k / 2], k % 2, x + D * (1 + k / 2)));
  affine(&in[0], NULL, below, y + 2);
  for (int r = 0; r < 2; r++) {
    y[r] = against(&in[1], r, x);
    y[2 + r] = leaky(y[2 + r] - sd_mat_get(&in[2], r, 0));
  }
}

static void link_loop(const sd_mat *in, const double *x, double *y) {
  double both[4];
  sides_loop(in, x, both);
  for (int r = 0; r < 2; r++) y[r] = ramp(fabs(both[r] - both[2 + r]) - 0.125);
}

/* S of the two patches of each level: p[] begins with V of the level, and `skip` W are before b. */
static void level_loop(const sd_mat *p, int skip, int j, const double *below, double *s) {
  affine(&p[j], NULL, below, s);
  for (int r = 0; r < p[j].rows; r++) s[r] = fmax(s[r] - sd_mat_get(&p[2 + skip + j], r, 0), 0);
}

static void hidden_loop(const sd_mat *in, int skip, const double *z, double *s) {
  double both[6];
  level_loop(in, skip, 0, z, s);
  level_loop(in, skip, 1, z, s + 3);
  memcpy(both, s + 3, 3 * sizeof *s);
  memcpy(both + 3, s, 3 * sizeof *s);
  level_loop(in + 4 + skip, skip, 0, both, s + 6);
  level_loop(in + 4 + skip, skip, 1, s, s + 8);
}

static void features_loop(const sd_mat *in, const double *z, double *y) {
  hidden_loop(in, 2, z, y);
}

static void images_loop(const sd_mat *in, const double *z, double *y) {
  double s[10];
  hidden_loop(in, 2, z, s);
  for (int j = 0; j < 2; j++) {
    affine(&in[2 + j], NULL, s + 3 * j, y + D * j);
    affine(&in[8 + j], NULL, s + 6 + 2 * j, y + D * (2 + j));
  }
}

static void shared_loop(const sd_mat *in, const double *z, double *y) {
  double s[10];
  hidden_loop(in, 1, z, s);
  for (int j = 0; j < 2; j++) {
    affine(&in[2], NULL, s + 3 * j, y + D * j);
    affine(&in[7], NULL, s + 6 + 2 * j, y + D * (2 + j));
  }
}

/* ---- outputs ----------------------------------------------------------------------------------*/

static sd_model with_zeta(const char *name) {
  sd_model m = small(name);
  m.hyper[hyper_at(&m, "zeta")] = zeta;
  return m;
}

static void images_follow_their_formula(void **state) {
  char why[SD_WHY];
  (void)state;
  sd_model m = small("patch_generator");
  check_columns(&m, SD_MODEL_OUTPUT, 4 * D, images_loop, TOL);
  check_columns(&m, SD_MODEL_FEATURES, 10, features_loop, TOL);
  m.hyper[hyper_at(&m, "shared")] = 1;
  assert_int_equal(sd_model_ready(&m, why), SD_OK);
  check_columns(&m, SD_MODEL_OUTPUT, 4 * D, shared_loop, TOL);
}

static void discriminators_follow_their_formulas(void **state) {
  (void)state;
  sd_model m = small("gated_linear");
  check_columns(&m, SD_MODEL_OUTPUT, 1, gated_loop, TOL);
  check_columns(&m, SD_MODEL_FEATURES, 3, gates_loop, 0);
  m = with_zeta("threshold_pair");
  m.hyper[hyper_at(&m, "K")] = 3;
  check_columns(&m, SD_MODEL_OUTPUT, 3, pair_loop, TOL);
  check_columns(&m, SD_MODEL_FEATURES, 6, ramps_loop, TOL);
  m = with_zeta("product_pair");
  m.hyper[hyper_at(&m, "within")] = 3, m.hyper[hyper_at(&m, "across")] = 0.25;
  check_columns(&m, SD_MODEL_OUTPUT, 1, product_loop, TOL);
  check_columns(&m, SD_MODEL_FEATURES, 8, channels_loop, TOL);
  m = with_zeta("patch_link");
  m.hyper[hyper_at(&m, "width")] = 0.125;
  check_columns(&m, SD_MODEL_OUTPUT, 2, link_loop, TOL);
  check_columns(&m, SD_MODEL_FEATURES, 4, sides_loop, TOL);
}

/* moments(rows,cols) are the means over the batch of what term makes of a sample. */
static void check_moments(const sd_model *m, ptrdiff_t rows, ptrdiff_t cols, a_loop *term) {
  double x[MOST + 1][ROOM], y[ROOM], one[ROOM], want[ROOM] = {0};
  sd_mat in[MOST + 1], out = sd_mat_over(rows, cols, SD_F64, y);
  sd_param list[MOST];
  int n = sd_model_params(m, list);
  fill(m, x, in);
  run_model(m, SD_MODEL_MOMENTS, in, &out);
  for (int j = 0; j < BATCH; j++) {
    term(in, x[n] + j * sd_model_inputs(m), one);
    for (int i = 0; i < rows * cols; i++) want[i] += one[i] / BATCH;
  }
  for (int i = 0; i < rows * cols; i++) check_near(y[i], want[i], TOL);
}

static void gated_terms(const sd_mat *in, const double *x, double *y) {
  double gate[ROOM];
  gates_loop(in, x, gate);
  for (int r = 0; r < in[1].cols; r++)
    for (int k = 0; k < in[1].rows; k++) *y++ = gate[r] * x[k];
}

static void moments_are_means(void **state) {
  (void)state;
  sd_model m = small("gated_linear");
  check_moments(&m, 4, 3, gated_terms);
  m = with_zeta("threshold_pair");
  check_moments(&m, 3, 2, ramps_loop);
  m = with_zeta("product_pair");
  m.hyper[hyper_at(&m, "within")] = 3, m.hyper[hyper_at(&m, "across")] = 0.25;
  check_moments(&m, 28, 1, products_loop);
}

/* ---- laws -------------------------------------------------------------------------------------*/

/* y <- parameter k at the start; returns how many draws all parameters took. */
static int draw(const sd_model *m, int k, sd_mat *y) {
  sd_ref p[MOST];
  sd_graph *g = new_graph();
  sd_rng from = {sd_rng_root(1, 0), 0};
  sd_mat in = sd_mat_over(1, 1, SD_RNG, &from);
  sd_ref rng = check_ref(sd_graph_input(g, sd_type_rng()));
  int draws = sd_model_init(g, m, rng, 0, NULL, p);
  ready r = get_ready(g, 1, &p[k], SD_PLAN_POISON, &in);
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  sd_mat_copy(sd_plan_output(r.p, 0), y);
  let_go(r);
  sd_graph_free(g);
  return draws;
}

static void columns_start_orthonormal(void **state) {
  double x[ROOM];
  sd_mat w = sd_mat_over(4, 3, SD_F64, x);
  (void)state;
  sd_model m = small("gated_linear");
  assert_int_equal(draw(&m, 1, &w), 1);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) check_near(against(&w, i, x + 4 * j), i == j, 32 * 0x1p-53);
}

/* Rows of y have `share` elements each that no other row has, whose squares sum up to length^2. */
static void check_disjoint(const sd_mat *y, int share, double length) {
  for (ptrdiff_t i = 0; i < y->rows; i++) {
    double sum = 0;
    int count = 0;
    for (ptrdiff_t j = 0; j < y->cols; j++) {
      double v = sd_mat_get(y, i, j);
      sum += v * v, count += v != 0;
      for (ptrdiff_t k = 0; k < i; k++) check_near(v * sd_mat_get(y, k, j), 0, 0);
    }
    assert_int_equal(count, share);
    check_near(sum, length * length, 16 * length * length * 0x1p-53);
  }
}

/* One element of z has no row. */
static sd_model target(void) {
  static const ptrdiff_t chain[] = {1, 1, 1, 2}, channels[] = {3, 1};
  sd_model m = sized("patch_generator");
  m.size[0] = 7;
  m.list[1].v = channels, m.list[2] = (sd_whole){chain, 4};
  m.init = (sd_init){.kind = SD_INIT_DISJOINT, .n = 2, .v = {1.5, 0.75}};
  return m;
}

static void targets_start_with_disjoint_rows(void **state) {
  char why[SD_WHY];
  double x[ROOM];
  (void)state;
  sd_model m = target();
  assert_int_equal(sd_model_ready(&m, why), SD_OK);
  sd_mat v = sd_mat_over(3, 7, SD_F64, x), above = sd_mat_over(1, 3, SD_F64, x);
  sd_mat b = sd_mat_over(3, 1, SD_F64, x);
  /* two for each V on level 1, one above, one for each W */
  assert_int_equal(draw(&m, 0, &v), 2 * 2 + 2 + 4);
  check_disjoint(&v, 2, 1.5);
  draw(&m, 6, &above);
  for (int k = 0; k < 3; k++) check_near(x[k], 1, 0);
  draw(&m, 4, &b);
  for (int k = 0; k < 3; k++) check_near(x[k], 0.75, 0);
}

static int start_target(void) {
  char why[SD_WHY];
  sd_ref p[MOST];
  sd_graph *g;
  sd_model m = target();
  int status = sd_model_ready(&m, why);
  if (status == SD_OK) status = sd_graph_new(&g);
  if (status != SD_OK) return status;
  sd_ref rng = sd_graph_input(g, sd_type_rng());
  status = rng < 0 ? rng : sd_model_init(g, &m, rng, 0, NULL, p);
  sd_graph_free(g);
  return status < 0 ? status : SD_OK;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  check_faults(start_target());
}

static void learners_start_aligned(void **state) {
  char why[SD_WHY];
  double x[ROOM];
  sd_mat v = sd_mat_over(3, 7, SD_F64, x), above = sd_mat_over(2, 6, SD_F64, x);
  (void)state;
  sd_model m = sized("patch_generator");
  m.size[0] = 7;
  m.init = (sd_init){.kind = SD_INIT_ALIGNED, .n = 2, .v = {1.5, -0.75}};
  assert_int_equal(sd_model_ready(&m, why), SD_OK);
  assert_int_equal(draw(&m, 1, &v), 4);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 7; j++) check_near(sd_mat_get(&v, i, j), j == 3 + i ? 1.5 : 0, 0);
  draw(&m, 6, &above);
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 6; j++) check_near(sd_mat_get(&above, i, j), i == j, 0);
  assert_true(isnan(sd_law_deviation(&(sd_law){.kind = SD_LAW_DISJOINT, .a = 1})));
}

/* ---- what is refused --------------------------------------------------------------------------*/

/* The small generator with another list, which is not one. */
static void check_list(int which, sd_whole list, int status, const char *sentence) {
  char why[SD_WHY];
  sd_model m = sized("patch_generator");
  m.list[which] = list;
  assert_int_equal(sd_model_ready(&m, why), status);
  assert_string_equal(why, sentence);
}
#define LIST(...)                                                                                  \
  (sd_whole) {                                                                                     \
    (const ptrdiff_t[]){__VA_ARGS__}, sizeof((ptrdiff_t[]){__VA_ARGS__}) / sizeof(ptrdiff_t)       \
  }

static void lists_that_do_not_fit(void **state) {
  static const char needs[] = "patch_generator: from needs for each patch of the levels from 2 how "
                              "many patches it hangs on, and which";
  (void)state;
  check_list(0, (sd_whole){NULL, 0}, SD_ESHAPE,
             "patch_generator: patches must be a list of sizes, one for each level");
  check_list(0, LIST(2, 70000), SD_ESHAPE, "patch_generator: 70002 patches, 65536 at most");
  check_list(1, LIST(3), SD_ESHAPE, "patch_generator: patches are of 2 levels, channels of 1");
  check_list(1, LIST(3, 0), SD_ESHAPE,
             "patch_generator: channels[2] must be a whole number from 1, got 0");
  check_list(1, LIST(3, 4), SD_ESHAPE,
             "patch_generator: 4 channels: orthonormal columns of 3 elements are 3 at most");
  check_list(2, LIST(1, 1), SD_ESHAPE, needs);
  check_list(2, LIST(2, 1, 2, 3), SD_ESHAPE, needs);
  check_list(2, LIST(1, 1, 1, 1, 1), SD_ESHAPE, needs);
  check_list(2, LIST(1, 3, 1, 1), SD_EARG,
             "patch_generator: from[2][1][1] must be a patch in 1..2 that is not there yet, got 3");
  check_list(2, LIST(1, 1, 2, 2, 2), SD_EARG,
             "patch_generator: from[2][2][2] must be a patch in 1..2 that is not there yet, got 2");
}

static void check_start_refused(const char *name, sd_init init, int status, const char *sentence) {
  char why[SD_WHY];
  sd_model m = sized(name);
  m.init = init;
  assert_int_equal(sd_model_ready(&m, why), status);
  assert_string_equal(why, sentence);
}

static void starts_that_do_not_fit(void **state) {
  sd_init aligned = {.kind = SD_INIT_ALIGNED, .n = 2, .v = {1, 0}};
  sd_init disjoint = {.kind = SD_INIT_DISJOINT, .n = 2, .v = {0, 0}};
  (void)state;
  check_start_refused("patch_generator", aligned, SD_ESHAPE,
                      "patch_generator: init: aligned needs 6 elements of z at least, got 4");
  check_start_refused("linear", aligned, SD_EARG,
                      "linear: its parameters do not begin in this way");
  check_start_refused("patch_generator", (sd_init){.kind = SD_INIT_HE}, SD_EARG,
                      "patch_generator: its parameters do not begin in this way");
  check_start_refused(
      "patch_generator", disjoint, SD_EARG,
      "patch_generator: init: disjoint needs a single patch below each, from[2][1] has 2");
  aligned.v[0] = 0;
  check_start_refused("patch_generator", aligned, SD_EARG,
                      "patch_generator: init: aligned needs a positive length and a threshold");
  sd_graph *g = new_graph();
  sd_ref p[MOST + 1];
  sd_model m = small("patch_link");
  int n = add_inputs(g, &m, p);
  assert_int_equal(sd_model_apply(g, &m, SD_MODEL_MOMENTS, p, p[n]), SD_EARG);
  assert_string_equal(sd_graph_why(g), "patch_link: has no moments");
  p[4] = input(g, 2, 2, SD_F64);
  assert_int_equal(sd_model_apply(g, &m, SD_MODEL_OUTPUT, p, p[n]), SD_ESHAPE);
  assert_string_equal(sd_graph_why(g), "patch_link: p.from[2] must be 3x2, got 2x2");
  sd_graph_free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(images_follow_their_formula),
      cmocka_unit_test(discriminators_follow_their_formulas),
      cmocka_unit_test(moments_are_means),
      cmocka_unit_test(columns_start_orthonormal),
      cmocka_unit_test(targets_start_with_disjoint_rows),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(learners_start_aligned),
      cmocka_unit_test(lists_that_do_not_fit),
      cmocka_unit_test(starts_that_do_not_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
