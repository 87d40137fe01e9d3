/* Keys of plans, and reports of what they do. */
#include "plan_check.h"

/* ---- keys -------------------------------------------------------------------------------------*/

enum { PLAIN, DEAD, ALIAS, NUMBER, SHAPE, OP, WIRING, OUTPUT, POSITION, OTHER, KINDS };

/* The key of x (c x + 2), or of something that differs in one way; OTHER: in a capture that is not
 * needed, but bound. */
static void key_of(int kind, uint64_t key[2]) {
  static double m[2][16];
  sd_graph *g = new_graph();
  ptrdiff_t n = kind == SHAPE ? 3 : 4;
  sd_capture first = {sd_mat_over(4, kind == OTHER ? 3 : 4, SD_F64, m[0]), NULL, 0},
             what = {sd_mat_over(n, n, SD_F64, m[1]), NULL, 0};
  if (kind != POSITION) check_ref(sd_graph_capture(g, &first));
  sd_ref c = check_ref(sd_graph_capture(g, &what));
  if (kind == DEAD) map(g, SD_MAP_EXP, c);
  sd_ref x = input(g, n, 1, SD_F64);
  if (kind == ALIAS) x = check_ref(sd_graph_alias(g, x));
  sd_graph_place(g, "elsewhere", kind);
  sd_ref two = check_ref(sd_graph_number(g, kind == NUMBER ? 2.5 : 2));
  sd_ref y = add(g, matmul(g, c, kind == WIRING ? matmul(g, c, x) : x), two);
  sd_ref out = kind == OP ? add(g, x, y) : mul(g, x, y);
  assert_int_equal(sd_plan_key(g, 1, kind == OUTPUT ? &y : &out, key), SD_OK);
  sd_ref none = 99;
  assert_int_equal(sd_plan_key(g, 1, &none, (uint64_t[2]){0}), SD_EARG);
  sd_graph_free(g);
}

static void keys(void **state) {
  (void)state;
  uint64_t plain[2], key[2];
  key_of(PLAIN, plain);
  for (int kind = 0; kind < KINDS; kind++) {
    key_of(kind, key);
    int equal = key[0] == plain[0], both = equal && key[1] == plain[1];
    assert_int_equal(both, kind <= ALIAS);
    assert_int_equal(equal, both);
    assert_int_equal(key[1] == plain[1], both);
  }
}

/* ---- reports ----------------------------------------------------------------------------------*/

static int refuse_text(void *to, const char *text, size_t n) {
  (void)text, (void)n;
  return ++*(int *)to == 3 ? SD_EIO : SD_OK;
}

static void reports(void **state) {
  (void)state;
  sd_graph *g = new_graph();
  double a[4] = {1, 2, 3, 4};
  sd_capture what = {sd_mat_over(2, 2, SD_F64, a), NULL, 0};
  sd_graph_place(g, "a/very/long/path/to/the/place/where/the/script/lies/fig.lua", 12345);
  sd_ref x = input(g, 2, 1000, SD_F64), c = check_ref(sd_graph_capture(g, &what));
  sd_ref y = matmul(g, matmul(g, c, c), x), half = check_ref(sd_graph_number(g, 0.5));
  sd_attr shape = {{0}, {1000, 2}};
  for (int k = 0; k < 100; k++) y = map(g, SD_MAP_TANH, mul(g, half, y));
  sd_ref outs[2] = {y, check_ref(apply(g, &sd_op_reshape, shape, y, 0))};
  sd_mat in = check_random(2, 1000, SD_F64);
  ready r = get_ready(g, 2, outs, 0, &in);
  char *text = explained(r.p);
  static const char *const words[] = {"3 steps (1 constant, marked c)",
                                      "\n    1 c matmul",
                                      "loop of 200",
                                      "and 140 more",
                                      "0.5 (..",
                                      "fig.lua:12345",
                                      "views",
                                      "2x2           f64",
                                      "16.0K"};
  for (size_t k = 0; k < sizeof words / sizeof *words; k++)
    if (strstr(text, words[k]) == NULL) fail_msg("'%s' is missing in\n%s", words[k], text);
  for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
    if (end - line > 100) fail_msg("too long: %.*s", (int)(end - line), line);
  int calls = 0;
  assert_int_equal(sd_plan_explain(r.p, refuse_text, &calls), SD_EIO);
  assert_int_equal(calls, 3);
  free(text);
  let_go(r);
  sd_free(in.x);
  sd_graph_free(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(keys), cmocka_unit_test(reports)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
