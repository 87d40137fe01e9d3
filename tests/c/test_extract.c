/* Parts of graphs: what a cut leaves behind, and what happens when memory is short. */
#include "check.h"
#include "saddle/graph.h"
#include "saddle/memory.h"
#include "saddle/status.h"

/* z = exp(x) * y, w = exp(x) + 2 over inputs x, y of type 2x1 */
typedef struct example {
  sd_graph *g;
  sd_ref x, y, e, z, w;
} example;

static sd_ref apply(sd_graph *g, const sd_op *op, sd_ref a, sd_ref b) {
  sd_ref args[2] = {a, b};
  return sd_emit(g, op, NULL, b ? 2 : 1, args, 1);
}

static example make(void) {
  example t;
  assert_int_equal(sd_graph_new(&t.g), SD_OK);
  t.x = sd_graph_input(t.g, sd_type_matrix(2, 1, SD_F64));
  t.y = sd_graph_input(t.g, sd_type_matrix(2, 1, SD_F64));
  t.e = apply(t.g, &sd_map_ops[SD_MAP_EXP], t.x, 0);
  t.z = apply(t.g, &sd_zip_ops[SD_ZIP_MUL], t.e, t.y);
  t.w = apply(t.g, &sd_zip_ops[SD_ZIP_ADD], t.e, sd_graph_number(t.g, 2));
  assert_true(t.z > 0 && t.w > 0);
  return t;
}

static void test_split_finds_the_frontier(void **state) {
  (void)state;
  example t = make();
  sd_ref cut[16], outs[2] = {t.z, t.w};
  assert_int_equal(sd_graph_split(t.g, 1, &t.y, 1, outs, cut), 1); /* exp(x), not x */
  assert_int_equal(cut[0], t.e);
  assert_int_equal(sd_graph_split(t.g, 1, &t.y, 2, outs, cut), 2); /* w is an output itself */
  assert_int_equal(cut[0], t.w);
  assert_int_equal(cut[1], t.e);
  assert_int_equal(sd_graph_split(t.g, 1, &t.x, 1, &outs[1], cut), 0); /* 2 is a constant */
  assert_int_equal(sd_graph_split(t.g, 0, NULL, 0, NULL, cut), 0);
  sd_graph_free(t.g);
}

static void test_extract_stops_at_the_cut(void **state) {
  (void)state;
  example t = make();
  sd_graph *part;
  sd_ref cut[2] = {t.e, t.y}, in[2], out[3], outs[3] = {t.z, t.e, t.z};
  assert_int_equal(sd_graph_new(&part), SD_OK);
  for (int k = 0; k < 2; k++) in[k] = sd_graph_input(part, sd_type_matrix(2, 1, SD_F64));
  assert_int_equal(sd_graph_extract(part, t.g, NULL, 2, cut, in, 3, outs, out), SD_OK);
  assert_int_equal(sd_graph_size(part), 3); /* two inputs and a product */
  assert_int_equal(out[1], in[0]);
  assert_int_equal(out[0], out[2]);
  assert_ptr_equal(sd_node_at(part, out[0])->op, &sd_zip_ops[SD_ZIP_MUL]);
  /* an input that is needed, and for which nothing stands */
  assert_int_equal(sd_graph_extract(part, t.g, NULL, 1, cut, in, 1, outs, out), SD_EARG);
  sd_graph_free(part);
  sd_graph_free(t.g);
}

static void test_memory(void **state) {
  (void)state;
  example t = make();
  sd_ref cut[16], in[2], out[1];
  int status = SD_ENOMEM;
  for (int k = 1; status != 1; k++) {
    size_t held = sd_mem_held();
    sd_mem_fail_at(k);
    status = sd_graph_split(t.g, 1, &t.y, 1, &t.z, cut);
    assert_true(status == 1 || (status == SD_ENOMEM && sd_mem_faulted()));
    assert_int_equal(sd_mem_held(), held);
  }
  status = SD_ENOMEM;
  for (int k = 1; status != SD_OK; k++) {
    sd_graph *part;
    size_t held = sd_mem_held();
    sd_mem_fail_at(0);
    assert_int_equal(sd_graph_new(&part), SD_OK);
    in[0] = sd_graph_input(part, sd_type_matrix(2, 1, SD_F64));
    in[1] = sd_graph_input(part, sd_type_matrix(2, 1, SD_F64));
    sd_ref both[2] = {t.x, t.y};
    sd_mem_fail_at(k);
    status = sd_graph_extract(part, t.g, NULL, 2, both, in, 1, &t.z, out);
    assert_true(status == SD_OK || (status == SD_ENOMEM && sd_mem_faulted()));
    sd_graph_free(part);
    assert_int_equal(sd_mem_held(), held);
  }
  sd_mem_fail_at(0);
  sd_graph_free(t.g);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_split_finds_the_frontier),
                                     cmocka_unit_test(test_extract_stops_at_the_cut),
                                     cmocka_unit_test(test_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
