/* Matrix headers: copies, transposes, reshapes, overlap; memory: sizes, ceiling, faults. */
#include "check.h"

static void transpose_of_block(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
    sd_mat a = check_random(37, 21, dtype), b, block = sd_mat_block(&a, 3, 2, 30, 17);
    assert_int_equal(sd_mat_alloc(&b, 17, 30, dtype), SD_OK);
    assert_int_equal(sd_mat_transpose(&block, &b), SD_OK);
    for (ptrdiff_t j = 0; j < 17; j++)
      for (ptrdiff_t i = 0; i < 30; i++)
        assert_true(sd_mat_get(&b, j, i) == sd_mat_get(&a, i + 3, j + 2));
    sd_free(a.x);
    sd_free(b.x);
  }
}

static void reshape_of_block_is_column_major(void **state) {
  (void)state;
  sd_mat a = check_random(9, 8, SD_F64), b, block = sd_mat_block(&a, 1, 1, 6, 4);
  assert_int_equal(sd_mat_alloc(&b, 3, 8, SD_F64), SD_OK);
  assert_int_equal(sd_mat_reshape(&block, &b), SD_OK);
  for (ptrdiff_t k = 0; k < 24; k++)
    assert_true(sd_mat_get(&b, k % 3, k / 3) == sd_mat_get(&block, k % 6, k / 6));
  sd_free(a.x);
  sd_free(b.x);
}

static void copy_converts(void **state) {
  (void)state;
  sd_mat a = check_random(5, 3, SD_F64), f;
  assert_int_equal(sd_mat_alloc(&f, 5, 3, SD_F32), SD_OK);
  sd_mat_set(&a, 0, 0, 1e300);
  assert_int_equal(sd_mat_copy(&a, &f), SD_OK);
  assert_true(isinf(sd_mat_get(&f, 0, 0)));
  for (ptrdiff_t k = 1; k < 15; k++)
    assert_true(sd_mat_get(&f, k % 5, k / 5) == (double)(float)sd_mat_get(&a, k % 5, k / 5));
  sd_free(a.x);
  sd_free(f.x);
}

static void overlap(void **state) {
  (void)state;
  sd_mat a = check_random(6, 6, SD_F64), left = sd_mat_block(&a, 0, 0, 6, 3);
  sd_mat right = sd_mat_block(&a, 0, 3, 6, 3), middle = sd_mat_block(&a, 0, 2, 6, 2);
  sd_mat none = sd_mat_block(&a, 0, 0, 0, 3);
  assert_false(sd_mat_overlap(&left, &right));
  assert_true(sd_mat_overlap(&left, &middle));
  assert_false(sd_mat_overlap(&left, &none));
  assert_true(sd_mat_same(&left, &left));
  sd_free(a.x);
}

static void finiteness(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
    sd_mat a = check_random(6, 6, dtype);
    assert_true(sd_mat_finite(&a));
    sd_mat_set(&a, 5, 5, INFINITY);
    assert_false(sd_mat_finite(&a));
    sd_mat_set(&a, 5, 5, NAN);
    assert_false(sd_mat_finite(&a));
    sd_free(a.x);
  }
}

/* One element of many, wherever it is, in blocks that are not packed, too. */
static void no_element_is_missed(void **state) {
  (void)state;
  for (int dtype = SD_F64; dtype <= SD_F32; dtype++)
    for (ptrdiff_t m = 1; m <= 40; m++) {
      sd_mat a = check_random(m, 2, dtype);
      for (ptrdiff_t k = 0; k < 2 * m; k++) {
        double old = sd_mat_get(&a, k % m, k / m);
        sd_mat_set(&a, k % m, k / m, k % 2 ? NAN : -INFINITY);
        assert_false(sd_mat_finite(&a));
        for (ptrdiff_t i = 0; i < m; i++) { /* rows i and following */
          sd_mat block = sd_mat_block(&a, i, 0, m - i, 2);
          assert_int_equal(sd_mat_finite(&block), k % m < i);
        }
        sd_mat_set(&a, k % m, k / m, old);
      }
      assert_true(sd_mat_finite(&a));
      sd_free(a.x);
    }
}

static void sizes_are_checked(void **state) {
  (void)state;
  size_t bytes;
  sd_mat a;
  assert_int_equal(sd_mem_size(3, 4, 8, &bytes), SD_OK);
  assert_int_equal(bytes, 96);
  assert_int_equal(sd_mem_size(-1, 4, 8, &bytes), SD_ETOOBIG);
  assert_int_equal(sd_mem_size((ptrdiff_t)1 << 31, (ptrdiff_t)1 << 31, 8, &bytes), SD_ETOOBIG);
  assert_int_equal(sd_mem_size((ptrdiff_t)1 << 62, (ptrdiff_t)1 << 62, 8, &bytes), SD_ETOOBIG);
  assert_int_equal(sd_mat_alloc(&a, 1000000, 1000000, SD_F64), SD_ENOMEM);
}

static void ceiling_and_faults(void **state) {
  (void)state;
  size_t before = sd_mem_held();
  sd_mem_set_ceiling(before + 100000);
  assert_null(sd_alloc(200000, 1));
  sd_mem_set_ceiling(0);
  sd_mem_fail_at(2);
  void *first = sd_alloc(10, 8), *second = sd_alloc(10, 8), *third = sd_alloc(10, 8);
  assert_non_null(first);
  assert_null(second);
  assert_non_null(third);
  assert_true(sd_mem_faulted());
  assert_int_equal((uintptr_t)first % SD_ALIGN, 0);
  sd_free(first);
  sd_free(third);
  sd_free(NULL);
  assert_int_equal(sd_mem_held(), before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transpose_of_block), cmocka_unit_test(reshape_of_block_is_column_major),
      cmocka_unit_test(copy_converts),      cmocka_unit_test(overlap),
      cmocka_unit_test(finiteness),         cmocka_unit_test(no_element_is_missed),
      cmocka_unit_test(sizes_are_checked),  cmocka_unit_test(ceiling_and_faults)};
  return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
