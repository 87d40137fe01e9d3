/* The generator: known answers, one number per (key, ordinal, element), the same bits from every
 * build; draws without replacement, minibatches; errors and failing allocations. The laws that the
 * draws follow are tested in test_rng_law.c. */
#include "../../src/core/rng_kernel.h"
#include "../../src/core/rng_math.h"
#include "check.h"

/* Philox by 16-bit limbs and a key schedule by multiplication: nothing shared with the library. */
static void naive_mul(uint32_t a, uint32_t b, uint32_t *hi, uint32_t *lo) {
  uint32_t al = a & 0xffff, ah = a >> 16, bl = b & 0xffff, bh = b >> 16;
  uint32_t mid = ah * bl + (al * bl >> 16), mid2 = al * bh + (mid & 0xffff);
  *hi = ah * bh + (mid >> 16) + (mid2 >> 16);
  *lo = mid2 << 16 | ((al * bl) & 0xffff);
}

static void naive_philox(const uint32_t *c, const uint32_t *k, uint32_t *out) {
  uint32_t x[4] = {c[0], c[1], c[2], c[3]};
  for (uint32_t r = 0; r < 10; r++) {
    uint32_t h0, l0, h1, l1;
    naive_mul(0xD2511F53, x[0], &h0, &l0);
    naive_mul(0xCD9E8D57, x[2], &h1, &l1);
    uint32_t y[4] = {h1 ^ x[1] ^ (k[0] + r * 0x9E3779B9), l1, h0 ^ x[3] ^ (k[1] + r * 0xBB67AE85),
                     l0};
    for (int i = 0; i < 4; i++) x[i] = y[i];
  }
  for (int i = 0; i < 4; i++) out[i] = x[i];
}

static void known_answers(void **state) {
  (void)state; /* counter, key, result: the vectors published with Random123 */
  static const uint32_t kat[3][10] = {
      {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
      {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
       0x94fdcceb, 0x5001e420, 0x24126ea1}};
  for (int i = 0; i < 3; i++) {
    uint32_t a[4], b[4];
    sd_philox(kat[i], kat[i] + 4, a);
    naive_philox(kat[i], kat[i] + 4, b);
    assert_memory_equal(a, kat[i] + 6, sizeof a);
    assert_memory_equal(b, kat[i] + 6, sizeof b);
  }
  for (int i = 0; i < 2000; i++) {
    uint32_t in[6], a[4], b[4];
    for (int j = 0; j < 6; j++) in[j] = (uint32_t)(check_bits() >> 32);
    sd_philox(in, in + 4, a);
    naive_philox(in, in + 4, b);
    assert_memory_equal(a, b, sizeof a);
  }
}

/* Word k by the contract: half (k/8)%2 of block 8(k/16) + k%8, counter (block, attempt,
 * ordinal). */
static uint64_t naive_word(sd_rng at, uint64_t k, uint32_t attempt) {
  uint64_t b = 8 * (k / 16) + k % 8;
  uint32_t c[4] = {(uint32_t)b, (uint32_t)(b >> 32) + (attempt << 16), (uint32_t)at.ordinal,
                   (uint32_t)(at.ordinal >> 32)};
  uint32_t key[2] = {(uint32_t)at.key, (uint32_t)(at.key >> 32)}, out[4];
  int half = (int)(k / 8 % 2) * 2;
  naive_philox(c, key, out);
  return out[half] + ((uint64_t)out[half + 1] << 32);
}

static void words_follow_the_contract(void **state) {
  (void)state;
  const sd_rng_kernel *kernel = sd_rng_now();
  for (int i = 0; i < 200; i++) {
    sd_rng at = {check_bits(), check_bits()};
    uint64_t group = check_bits() >> (16 + check_bits() % 48), w[RNG_CHUNK];
    uint32_t attempt = (uint32_t)(check_bits() >> 48);
    group >>= 4; /* block numbers have 48 bits */
    kernel->words(at, group, RNG_CHUNK / RNG_GROUP, attempt, w);
    for (uint64_t k = 0; k < RNG_CHUNK; k += 1 + check_bits() % 32) {
      assert_true(w[k] == naive_word(at, group * RNG_GROUP + k, attempt));
      assert_true(w[k] == sd_rng_word(at, group * RNG_GROUP + k, attempt));
    }
  }
}

/* All builds that this processor runs, compared with the plain one; and with the scalar functions,
 * tails included (some words are shifted into them). */
static void builds_agree_to_the_bit(void **state) {
  (void)state;
  static const char *const names[] = {"base", "avx2", "avx512"};
  const sd_rng_kernel *all[3];
  int count = 0;
  for (int i = 0; i < 3; i++)
    if (sd_isa_select(names[i]) == SD_OK) all[count++] = sd_rng_now();
  sd_isa_select(NULL);
  for (int trial = 0; trial < 300; trial++) {
    sd_rng at = {check_bits(), check_bits()};
    uint64_t w[3][RNG_CHUNK];
    double u[3][RNG_CHUNK], z[3][RNG_CHUNK];
    ptrdiff_t n = 1 + (ptrdiff_t)(check_bits() % RNG_CHUNK);
    for (int b = 0; b < count; b++) {
      all[b]->words(at, (uint64_t)trial, RNG_CHUNK / RNG_GROUP, (uint32_t)trial, w[b]);
      assert_memory_equal(w[b], w[0], sizeof w[b]);
    }
    for (int k = 0; k < RNG_CHUNK; k++)
      if (trial % 3 == 0) w[0][k] >>= w[0][k] % 64;
    for (int b = 0; b < count; b++) {
      all[b]->uniform(w[0], n, u[b]);
      all[b]->normal(w[0], n, z[b]);
      for (ptrdiff_t k = 0; k < n; k++) {
        double su = rng_closed(w[0][k]), sz = rng_normal(w[0][k]);
        assert_memory_equal(&u[b][k], &su, sizeof su);
        assert_memory_equal(&z[b][k], &sz, sizeof sz);
      }
    }
  }
}

/* ---- draws as functions of (key, ordinal, element) --------------------------------------------*/

enum { KINDS = 11 };

static int draw(int kind, sd_rng at, sd_mat *out) {
  double v[] = {1, 0, 3, 0.5};
  sd_mat w = sd_mat_over(4, 1, SD_F64, v), p = sd_mat_over(1, 1, SD_F64, v + 3);
  switch (kind) {
  case 0: return sd_rng_uniform(at, out);
  case 1: return sd_rng_normal(at, out);
  case 2: return sd_rng_rademacher(at, out);
  case 3: return sd_rng_bernoulli(at, &p, out);
  case 4: return sd_rng_randint(at, 1000, out);
  case 5: return sd_rng_categorical(at, &w, out);
  case 6: return sd_rng_gamma(at, 0.5, 1, out);
  case 7: return sd_rng_gamma(at, 3.7, 2, out);
  case 8: return sd_rng_truncated_normal(at, -0.5, 3, out);
  case 9: return sd_rng_truncated_normal(at, 2, 9, out);
  default: return sd_rng_sphere(at, out);
  }
}

/* Element 1 of each draw of 3x100, in hexadecimal, and FNV-1a of all its bytes (little endian): any
 * change of the numbers shows here. */
static const struct {
  double one;
  uint64_t all;
} golden[KINDS] = {{0x1.c19ef077d9dc5p-1, 0xe2ef6e0471cfaeef},
                   {0x1.39f2aae536652p-3, 0xbeddd975b1339393},
                   {-0x1p+0, 0x60174470d67a7165},
                   {0x0p+0, 0x37dc61518cc5fc78},
                   {0x1.b78p+9, 0xc39c65bb4f255ccf},
                   {0x1.8p+1, 0x37940d973c2612d5},
                   {0x1.c1c85e621b129p-4, 0xca5840b4e7435c9f},
                   {0x1.d3f2bcecf7626p+2, 0x6d8e8b1a70a8f668},
                   {0x1.39f2aae536652p-3, 0x5e0d43a2f433ac45},
                   {0x1.08509b3b49ec9p+1, 0xd913f666470a9d5d},
                   {0x1.046ebc724073dp-4, 0x615e80c0bef07222}};

static void golden_values(void **state) {
  (void)state;
  sd_rng at = {sd_rng_root(2011, sd_rng_hash("golden", 6)), 7};
  for (int kind = 0; kind < KINDS; kind++) {
    double x[300];
    sd_mat out = sd_mat_over(3, 100, SD_F64, x);
    assert_int_equal(draw(kind, at, &out), SD_OK);
    if (x[1] != golden[kind].one || sd_rng_hash(x, sizeof x) != golden[kind].all)
      fail_msg("draw %d: %a, golden %a, or others differ", kind, x[1], golden[kind].one);
  }
}

/* Smaller draws are beginnings of larger ones; a block of a matrix holds what a packed one would;
 * f32 is the f64 draw rounded (uniform: cut to 24 bits); other ordinals and keys differ. */
static void elements_do_not_move(void **state) {
  (void)state;
  enum { M = 7, N = 90 };
  double all[M * N], x[M * N], wide[(M + 4) * N];
  float f[M * N];
  for (int kind = 0; kind < KINDS; kind++) {
    sd_rng at = {check_bits(), check_bits()}, next = {at.key, at.ordinal + 1};
    sd_mat whole = sd_mat_over(M, N, SD_F64, all), single = sd_mat_over(M, N, SD_F32, f);
    sd_mat frame = sd_mat_over(M + 4, N, SD_F64, wide), block = sd_mat_block(&frame, 2, 0, M, N);
    assert_int_equal(draw(kind, at, &whole), SD_OK);
    for (ptrdiff_t n = 0; n <= N; n += 1 + n / 3) {
      sd_mat part = sd_mat_over(M, n, SD_F64, x);
      assert_int_equal(draw(kind, at, &part), SD_OK);
      assert_memory_equal(x, all, (size_t)(M * n) * sizeof *x);
    }
    sd_mat number = sd_mat_over(1, 1, SD_F64, x);
    assert_int_equal(draw(kind, at, &number), SD_OK);
    assert_true(x[0] == all[0] || kind == KINDS - 1); /* a sphere of one element is another */
    sd_mat_fill(&frame, 77);
    assert_int_equal(draw(kind, at, &block), SD_OK);
    assert_int_equal(draw(kind, at, &single), SD_OK);
    for (ptrdiff_t k = 0; k < M * N; k++) {
      double cut = kind == 0 ? floor(all[k] * 0x1p24) * 0x1p-24 : all[k];
      assert_true(sd_mat_get(&block, k % M, k / M) == all[k]);
      /* a sphere's norm is taken of rounded numbers: three roundings of 2^-24 */
      check_near((double)f[k], cut, kind == KINDS - 1 ? 3 * 0x1p-24 : fabs(cut) * 0x1p-24);
    }
    for (ptrdiff_t j = 0; j < N; j++) assert_true(wide[j * (M + 4)] == 77);
    whole.x = x;
    assert_int_equal(draw(kind, next, &whole), SD_OK);
    assert_memory_not_equal(x, all, sizeof x);
  }
}

static void keys_are_distinct(void **state) {
  (void)state;
  enum { N = 400 };
  static uint64_t key[4 * N];
  for (uint64_t i = 0; i < N; i++) {
    key[4 * i] = sd_rng_root(i, 0);
    key[4 * i + 1] = sd_rng_root(5, i + 1000);
    key[4 * i + 2] = sd_rng_child(sd_rng_root(5, 0), i);
    key[4 * i + 3] = sd_rng_child(key[4 * i], 5000);
  }
  for (int i = 0; i < 4 * N; i++)
    for (int j = 0; j < i; j++) assert_true(key[i] != key[j]);
  assert_true(sd_rng_hash("", 0) == 0xcbf29ce484222325u); /* FNV-1a's published vectors */
  assert_true(sd_rng_hash("a", 1) == 0xaf63dc4c8601ec8cu);
  assert_true(sd_rng_hash("foobar", 6) == 0x85944171f73967e8u);
}

/* libm's log and exp are within 1 ulp (2^-52 relative) of the truth, and so are ours. */
static void own_logarithm_and_exponential(void **state) {
  (void)state;
  for (int i = 0; i < 20000; i++) {
    double x = ldexp(check_uniform(0.5, 1), (int)check_uniform(-1020, 1023));
    double near = check_uniform(0.3, 3), y = check_uniform(-708, 700);
    check_near(rng_log(x), log(x), 2 * 0x1p-52 * fabs(log(x)));
    check_near(rng_log(near), log(near), 2 * 0x1p-52 * fabs(log(near)));
    check_near(rng_exp(y), exp(y), 2 * 0x1p-52 * exp(y));
    y = check_uniform(-750, -708); /* subnormal results: two spacings */
    check_near(rng_exp(y), exp(y), 2 * 0x1p-1074 + 2 * 0x1p-52 * exp(y));
  }
  assert_true(rng_exp(-INFINITY) == 0 && rng_exp(0) == 1 && rng_log(1) == 0);
}

/* erfc is good to 1e-15 relative, which at x moves it by 1e-15/(x h), h > x the hazard rate. */
static void quantile_inverts_the_tail(void **state) {
  (void)state;
  for (int i = 0; i < 20000; i++) {
    uint64_t w = check_bits() >> check_bits() % 52 >> 1;
    double p = 0.5 * rng_open(w), z = rng_normal(w & ~(uint64_t)1);
    double back = 0.5 * erfc(z * sqrt(0.5)), density = exp(-z * z / 2) * 0.3989422804014327;
    assert_true(z > 0 && z < 8.3);
    assert_true(rng_normal(w | 1) == -rng_normal(w & ~(uint64_t)1));
    check_near(back, p, (2e-15 * z * density) + 4e-15 * p * (1 + z * z));
  }
}

/* ---- indices ----------------------------------------------------------------------------------*/

static void expect_distinct(const double *x, int k, double n) {
  for (int i = 0; i < k; i++) {
    assert_true(x[i] >= 1 && x[i] <= n && x[i] == floor(x[i]));
    for (int j = 0; j < i; j++) assert_true(x[i] != x[j]);
  }
}

/* The hash table (k below n/4) and the dense array deal the same cards. */
static void choice_begins_the_permutation(void **state) {
  (void)state;
  enum { N = 1000 };
  double all[N], some[N], fine[50];
  sd_rng at = {check_bits(), 3};
  sd_mat whole = sd_mat_over(1, N, SD_F64, all), none = sd_mat_over(1, 0, SD_F64, NULL);
  assert_int_equal(sd_rng_choice(at, N, &whole), SD_OK);
  expect_distinct(all, N, N);
  static const ptrdiff_t sizes[] = {1, 2, 3, 17, 100, 249, 250, 600, 999};
  for (int i = 0; i < 9; i++) {
    sd_mat part = sd_mat_over(1, sizes[i], SD_F64, some);
    assert_int_equal(sd_rng_choice(at, N, &part), SD_OK);
    assert_memory_equal(some, all, (size_t)sizes[i] * sizeof *some);
  }
  sd_mat few = sd_mat_over(1, 50, SD_F64, fine);
  assert_int_equal(sd_rng_choice(at, (uint64_t)1 << 53, &few), SD_OK);
  expect_distinct(fine, 50, 0x1p53);
  assert_int_equal(sd_rng_choice(at, 0, &none), SD_OK);
}

/* Every batch is distinct; an epoch, read off the epochs laid end to end, names each index once;
 * asking for a batch twice, or out of order, gives the same one. */
static void epochs(uint64_t n, int size) {
  enum { MOST = 1200 };
  double batch[MOST], again[MOST];
  uint64_t key = check_bits();
  int seen[MOST] = {0}, filled = 0;
  assert_true(n <= MOST && (n % (uint64_t)size == 0 || n >= 2 * (uint64_t)size));
  for (uint64_t t = 0; t < 6 * n / (uint64_t)size + 3; t++) {
    sd_mat out = sd_mat_over(1, size, SD_F64, batch), other = sd_mat_over(1, size, SD_F64, again);
    assert_int_equal(sd_rng_minibatch(key, n, t, &out), SD_OK);
    expect_distinct(batch, size, (double)n);
    assert_int_equal(sd_rng_minibatch(key, n, t / 2, &other), SD_OK);
    assert_int_equal(sd_rng_minibatch(key, n, t, &other), SD_OK);
    assert_memory_equal(batch, again, (size_t)size * sizeof *batch);
    for (int i = 0; i < size; i++) {
      assert_int_equal(seen[(int)batch[i] - 1]++, 0);
      if (++filled == (int)n) memset(seen, filled = 0, sizeof seen);
    }
  }
}

static void minibatches_walk_through_epochs(void **state) {
  (void)state;
  static const int cases[][2] = {{1, 1},     {2, 1},      {7, 7},     {10, 4},     {11, 5},
                                 {64, 16},   {255, 100},  {256, 100}, {257, 100},  {300, 7},
                                 {513, 256}, {1000, 499}, {1024, 64}, {1200, 1200}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    epochs((uint64_t)cases[i][0], cases[i][1]);
}

/* n/2 < B < n: a permutation per batch. Large n and t: the position is counted in 128 bits. */
static void minibatches_at_the_edges(void **state) {
  (void)state;
  double x[400], y[400];
  sd_mat out = sd_mat_over(1, 399, SD_F64, x), whole = sd_mat_over(1, 400, SD_F64, y);
  for (uint64_t t = 0; t < 5; t++) {
    assert_int_equal(sd_rng_minibatch(9, 400, t, &out), SD_OK);
    expect_distinct(x, 399, 400);
    assert_int_equal(sd_rng_minibatch(9, 400, t, &whole), SD_OK);
    assert_memory_equal(x, y, sizeof *x * 399);
  }
  const uint64_t most = (uint64_t)1 << 53;
  out = sd_mat_over(1, 100, SD_F64, x);
  assert_int_equal(sd_rng_minibatch(9, most, most - 1, &out), SD_OK);
  expect_distinct(x, 100, 0x1p53);
  assert_int_equal(sd_rng_minibatch(9, most - 1, most / 100, &out), SD_OK);
  expect_distinct(x, 100, 0x1p53 - 1);
}

/* ---- errors -----------------------------------------------------------------------------------*/

static void domains_are_checked(void **state) {
  (void)state;
  double x[12], v[3] = {1, 2, 3}, nan = (double)NAN;
  float f[12];
  sd_rng at = {1, 2};
  sd_mat out = sd_mat_over(3, 4, SD_F64, x), w = sd_mat_over(3, 1, SD_F64, v);
  sd_mat single = sd_mat_over(1, 12, SD_F32, f), row = sd_mat_over(1, 12, SD_F64, x), none = w;
  static const double bad[] = {0, -1, 1.1e12, INFINITY, NAN};
  for (int i = 0; i < 5; i++) assert_int_equal(sd_rng_gamma(at, bad[i], 1, &out), SD_EARG);
  assert_int_equal(sd_rng_gamma(at, 1, nan, &out), SD_EARG);
  assert_int_equal(sd_rng_truncated_normal(at, 1, 1, &out), SD_EARG);
  assert_int_equal(sd_rng_truncated_normal(at, nan, 1, &out), SD_EARG);
  assert_int_equal(sd_rng_truncated_normal(at, -INFINITY, -INFINITY, &out), SD_EARG);
  assert_int_equal(sd_rng_randint(at, 0, &out), SD_EARG);
  assert_int_equal(sd_rng_randint(at, ((uint64_t)1 << 53) + 1, &out), SD_EARG);
  assert_int_equal(sd_rng_randint(at, (1 << 24) + 1, &single), SD_EARG);
  assert_int_equal(sd_rng_bernoulli(at, &w, &out), SD_ESHAPE);
  w.rows = 1, v[0] = nan;
  assert_int_equal(sd_rng_bernoulli(at, &w, &out), SD_EARG);
  w.rows = 3;
  assert_int_equal(sd_rng_categorical(at, &w, &out), SD_EARG);
  v[0] = -1;
  assert_int_equal(sd_rng_categorical(at, &w, &out), SD_EARG);
  v[0] = v[1] = v[2] = 0;
  assert_int_equal(sd_rng_categorical(at, &w, &out), SD_EARG);
  none.rows = 0;
  assert_int_equal(sd_rng_categorical(at, &none, &out), SD_EARG);
  assert_int_equal(sd_rng_orthogonal(at, &out), SD_ESHAPE);
  assert_int_equal(sd_rng_choice(at, 20, &out), SD_ESHAPE);
  assert_int_equal(sd_rng_choice(at, 20, &single), SD_EDTYPE);
  assert_int_equal(sd_rng_choice(at, 11, &row), SD_EARG);
  assert_int_equal(sd_rng_minibatch(1, 11, 0, &row), SD_EARG);
  assert_int_equal(sd_rng_minibatch(1, 20, (uint64_t)1 << 53, &row), SD_EARG);
  sd_interrupt(1);
  int status[] = {sd_rng_normal(at, &out), sd_rng_gamma(at, 2, 1, &out)};
  sd_interrupt(0);
  assert_int_equal(status[0], SD_EINTR);
  assert_int_equal(status[1], SD_EINTR);
}

static int allocating(int kind, sd_mat *out, sd_mat *row) {
  sd_rng at = {1, 2};
  double v[3] = {1, 2, 3};
  sd_mat w = sd_mat_over(3, 1, SD_F64, v);
  if (kind == 0) return sd_rng_categorical(at, &w, out);
  if (kind == 1) return sd_rng_choice(at, 12, row);
  if (kind == 2) return sd_rng_choice(at, 1000, row);
  return sd_rng_orthogonal(at, out);
}

static void failing_allocations(void **state) {
  (void)state;
  double x[12];
  for (int kind = 0; kind < 5; kind++) {
    sd_mat out = sd_mat_over(4, 3, kind == 4 ? SD_F32 : SD_F64, x);
    sd_mat row = sd_mat_over(1, 12, SD_F64, x);
    check_faults(allocating(kind, &out, &row));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(known_answers),
                                     cmocka_unit_test(words_follow_the_contract),
                                     cmocka_unit_test(builds_agree_to_the_bit),
                                     cmocka_unit_test(golden_values),
                                     cmocka_unit_test(elements_do_not_move),
                                     cmocka_unit_test(keys_are_distinct),
                                     cmocka_unit_test(own_logarithm_and_exponential),
                                     cmocka_unit_test(quantile_inverts_the_tail),
                                     cmocka_unit_test(choice_begins_the_permutation),
                                     cmocka_unit_test(minibatches_walk_through_epochs),
                                     cmocka_unit_test(minibatches_at_the_edges),
                                     cmocka_unit_test(domains_are_checked),
                                     cmocka_unit_test(failing_allocations)};
  return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
