/* The laws of draws that are whole numbers: integers, categories, trials, arrangements, epochs
 * (about 30 comparisons at the levels of law.h). */
#include "law.h"

enum { N = 100000 };
static double sample[N];

static void count(const double *x, int n, int cells, long *cell) {
  memset(cell, 0, (size_t)cells * sizeof *cell);
  for (int i = 0; i < n; i++) {
    assert_true(x[i] >= 1 && x[i] <= cells && x[i] == floor(x[i]));
    cell[(int)x[i] - 1]++;
  }
}

static void integers(void **state) {
  (void)state;
  static const int his[] = {1, 2, 3, 10, 1000};
  static const double unit[] = {0, 1};
  long cell[1000];
  sd_mat x = column(sample, N);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(sd_rng_randint(fresh(), (uint64_t)his[i], &x), SD_OK);
    count(sample, N, his[i], cell);
    if (his[i] > 1) expect_counts("randint", cell, NULL, his[i]);
  }
  assert_int_equal(sd_rng_randint(fresh(), (uint64_t)3 << 51, &x), SD_OK);
  for (int i = 0; i < N; i++) sample[i] = (sample[i] - 0.5) / (3 * 0x1p51);
  expect_law("randint", sample, N, uniform_cdf, unit, 0x1p-50);
}

static void categories(void **state) {
  (void)state;
  double w[50], p[50], sum = 0;
  long cell[50];
  sd_mat x = column(sample, N), weights = column(w, 50);
  for (int i = 0; i < 50; i++) sum += w[i] = i % 7 == 0 ? 0 : check_uniform(0, 1e-300) * (1 + i);
  for (int i = 0; i < 50; i++) p[i] = w[i] / sum;
  assert_int_equal(sd_rng_categorical(fresh(), &weights, &x), SD_OK);
  count(sample, N, 50, cell);
  expect_counts("categorical", cell, p, 50);
  for (int i = 0; i < 50; i++) w[i] = i == 31 ? 1.5e308 : i == 30 ? 1.5e308 : 0; /* sums overflow */
  assert_int_equal(sd_rng_categorical(fresh(), &weights, &x), SD_OK);
  count(sample, N, 50, cell);
  for (int i = 0; i < 50; i++) p[i] = i == 30 || i == 31 ? 0.5 : 0;
  expect_counts("two huge weights", cell, p, 50);
}

static void signs_and_trials(void **state) {
  (void)state;
  sd_mat x = column(sample, N);
  long cell[2];
  double p[2], v;
  sd_mat chance = sd_mat_over(1, 1, SD_F64, &v);
  assert_int_equal(sd_rng_rademacher(fresh(), &x), SD_OK);
  for (int i = 0; i < N; i++) assert_true(fabs(sample[i]) == 1);
  expect_power("rademacher", sample, N, 0, 1, 1, 0, 1);
  static const double ps[] = {0, 1e-3, 0.5, 0.9, 1};
  for (int i = 0; i < 5; i++) {
    v = ps[i], p[0] = 1 - v, p[1] = v;
    assert_int_equal(sd_rng_bernoulli(fresh(), &chance, &x), SD_OK);
    for (int k = 0; k < N; k++) sample[k]++;
    count(sample, N, 2, cell);
    expect_counts("bernoulli", cell, p, 2);
  }
}

/* The rank of an arrangement of n <= 5 among the n! */
static int rank_of(const double *x, int n) {
  int r = 0;
  for (int i = 0; i < n; i++) {
    int below = 0;
    for (int j = i + 1; j < n; j++) below += x[j] < x[i];
    r = r * (n - i) + below;
  }
  return r;
}

static void arrangements(void **state) {
  (void)state;
  long all[120] = {0}, pairs[13 * 13] = {0}, batch[120] = {0};
  double x[5], p[13 * 13];
  sd_rng at = fresh();
  sd_mat five = sd_mat_over(1, 5, SD_F64, x), two = sd_mat_over(1, 2, SD_F64, x);
  for (int i = 0; i < 24000; i++, at.ordinal++) {
    assert_int_equal(sd_rng_choice(at, 5, &five), SD_OK);
    all[rank_of(x, 5)]++;
    assert_int_equal(sd_rng_minibatch(at.key, 5, at.ordinal, &five), SD_OK);
    batch[rank_of(x, 5)]++;
    assert_int_equal(sd_rng_choice(at, 13, &two), SD_OK); /* 13/4 > 2: the hash table */
    pairs[13 * ((int)x[0] - 1) + (int)x[1] - 1]++;
  }
  for (int i = 0; i < 169; i++) p[i] = i % 14 ? 1.0 / 156 : 0;
  expect_counts("permutation", all, NULL, 120);
  expect_counts("choice", pairs, p, 169);
  expect_counts("epochs of 5", batch, NULL, 120);
}

/* The network's shuffles: what stands first, and how far away its successor is, over epochs of one
 * key and over keys. */
static void shuffles_of_the_network(void **state) {
  (void)state;
  enum { SIZE = 300 };
  static long first[SIZE], apart[SIZE], middle[SIZE];
  double x[3], p[SIZE];
  sd_mat three = sd_mat_over(1, 3, SD_F64, x);
  for (int c = 0; c < SIZE; c++) p[c] = c ? 1.0 / (SIZE - 1) : 0;
  for (int by_key = 0; by_key < 2; by_key++) {
    uint64_t key = check_bits();
    memset(first, 0, sizeof first), memset(apart, 0, sizeof apart),
        memset(middle, 0, sizeof middle);
    for (uint64_t e = 0; e < 30000; e++) { /* three per batch: 100 batches an epoch */
      uint64_t t = by_key ? 0 : 100 * e;
      assert_int_equal(sd_rng_minibatch(by_key ? sd_rng_mix(key, e) : key, SIZE, t, &three), SD_OK);
      first[(int)x[0] - 1]++;
      apart[(int)(x[1] - x[0] + SIZE) % SIZE]++;
      middle[(int)x[2] - 1]++;
    }
    expect_counts("first index", first, NULL, SIZE);
    expect_counts("successor", apart, p, SIZE);
    expect_counts("third index", middle, NULL, SIZE);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(integers), cmocka_unit_test(categories), cmocka_unit_test(signs_and_trials),
      cmocka_unit_test(arrangements), cmocka_unit_test(shuffles_of_the_network)};
  return cmocka_run_group_tests_name("rng counts", tests, NULL, NULL);
}
