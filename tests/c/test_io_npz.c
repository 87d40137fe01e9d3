/* .npz archives: made by sd_npz_save, and made here by hand with one thing wrong at a time. */
#include "../../src/io/stream.h"
#include "io.h"

/* ---- an archive under construction ------------------------------------------------------------*/

typedef struct archive {
  unsigned char b[8192], directory[2048];
  size_t n, d;
  unsigned count;
} archive;

static size_t add(unsigned char *b, size_t n, uint64_t v, int bytes) {
  for (; bytes > 0; bytes--, v >>= 8) b[n++] = (unsigned char)v;
  return n;
}

/* What a test wants of a member; zero is the ordinary thing. */
typedef struct wish {
  int method, flags, descriptor;
  uint32_t crc_error;
  int64_t size_error, packed_error, at_error;
} wish;

/* Appends a member that holds the n bytes at data. */
static void member(archive *z, const char *name, const unsigned char *data, size_t n, wish w) {
  static unsigned char packed[4096];
  uLong crc = crc32(crc32(0, NULL, 0), data, (unsigned)n) ^ w.crc_error;
  size_t length = n, at = z->n, names = strlen(name);
  memcpy(packed, data, n);
  if (w.method == 8) {
    z_stream s = {0};
    assert_int_equal(deflateInit2(&s, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    s.next_in = (unsigned char *)(uintptr_t)data, s.avail_in = (unsigned)n;
    s.next_out = packed, s.avail_out = sizeof packed;
    assert_int_equal(deflate(&s, Z_FINISH), Z_STREAM_END);
    length = s.total_out;
    deflateEnd(&s);
  }
  uint64_t fields[] = {crc, length + (uint64_t)w.packed_error, n + (uint64_t)w.size_error};
  z->n = add(z->b, z->n, 0x04034b50, 4);
  z->n = add(z->b, z->n,
             20 | (uint64_t)(w.flags | w.descriptor * 8) << 16 | (uint64_t)w.method << 32, 10);
  for (int k = 0; k < 3; k++) z->n = add(z->b, z->n, w.descriptor ? 0 : fields[k], 4);
  z->n = add(z->b, z->n, names, 4);
  memcpy(z->b + z->n, name, names);
  memcpy(z->b + z->n + names, packed, length);
  z->n += names + length;
  for (int k = 0; w.descriptor && k < 3; k++) z->n = add(z->b, z->n, fields[k], 4);
  z->d = add(z->directory, z->d, 0x02014b50, 4);
  z->d = add(z->directory, z->d, 20 | 20 << 16 | (uint64_t)w.flags << 32 | (uint64_t)w.method << 48,
             8);
  z->d = add(z->directory, z->d, 0, 4);
  for (int k = 0; k < 3; k++) z->d = add(z->directory, z->d, fields[k], 4);
  z->d = add(z->directory, z->d, names, 8);
  z->d = add(z->directory, z->d, 0, 6);
  z->d = add(z->directory, z->d, at + (uint64_t)w.at_error, 4);
  memcpy(z->directory + z->d, name, names);
  z->d += names;
  z->count++;
}

static void finish(archive *z) {
  size_t at = z->n;
  memcpy(z->b + z->n, z->directory, z->d);
  z->n = add(z->b, z->n + z->d, 0x06054b50, 4);
  z->n = add(z->b, z->n, 0, 4);
  z->n = add(z->b, z->n, z->count | (uint64_t)z->count << 16, 4);
  z->n = add(z->b, z->n, z->d, 4);
  z->n = add(z->b, z->n, at, 4);
  z->n = add(z->b, z->n, 0, 2);
}

/* data[512] <- the 8 x 4 array 0, 1, 2, ... as .npy; its length. */
static size_t counting(unsigned char *data) {
  const char *header = "{'descr': '<f8', 'fortran_order': True, 'shape': (8, 4)}";
  size_t n = 10 + strlen(header);
  memcpy(data, "\x93NUMPY\1\0", 8);
  data[8] = (unsigned char)strlen(header), data[9] = 0;
  memcpy(data + 10, header, n - 10);
  for (int k = 0; k < 32; k++) {
    double v = k;
    memcpy(data + n + 8 * (size_t)k, &v, 8);
  }
  return n + 256;
}

/* Reads all members; *count and the last one in A (A->x is NULL without one). */
static int load(sd_file *f, const char *path, sd_mat *a, sd_member *m, int *count) {
  sd_npz z;
  *count = 0;
  a->x = NULL;
  int status = sd_file_open(f, path);
  if (status == SD_OK) status = sd_npz_open(f, &z);
  while (status == SD_OK && (status = sd_npz_next(f, &z, m)) == SD_OK) {
    sd_free(a->x);
    status = sd_mat_alloc(a, m->npy.rows, m->npy.cols, m->npy.dtype);
    if (status == SD_OK) status = sd_npz_read(f, m, a);
    ++*count;
  }
  sd_file_close(f);
  if (status != 1) sd_free(a->x), a->x = NULL;
  return status == 1 ? SD_OK : status;
}

/* ---- what we write ----------------------------------------------------------------------------*/

static void round_trip(void **state) {
  (void)state;
  const uint64_t limits[] = {IO_ZIP_LIMIT, 0, 150, 300}; /* none, all, some members in zip64 */
  char why[SD_WHY];
  sd_mat w = check_random(6, 5, SD_F64), v = sd_mat_block(&w, 1, 1, 3, 2),
         s = check_random(1, 1, SD_F32);
  sd_named items[] = {{"G/W", w, 0}, {"h\xC3\xBC/2", v, 0}, {"lr", s, 1}};
  sd_file f;
  for (size_t k = 0; k < 4; k++) {
    sd_npz z;
    sd_member m;
    assert_int_equal(io_npz_save(io_path("a.npz"), items, 3, limits[k], why), SD_OK);
    assert_int_equal(sd_file_open(&f, io_path("a.npz")), SD_OK);
    assert_int_equal(sd_npz_open(&f, &z), SD_OK);
    for (int i = 0; i < 3; i++) {
      sd_mat b;
      assert_int_equal(sd_npz_next(&f, &z, &m), SD_OK);
      assert_string_equal(m.name, items[i].name);
      assert_int_equal(m.npy.dims, items[i].scalar ? 0 : 2);
      assert_int_equal(sd_mat_alloc(&b, m.npy.rows, m.npy.cols, m.npy.dtype), SD_OK);
      assert_int_equal(sd_npz_read(&f, &m, &b), SD_OK);
      assert_true(io_same(&items[i].a, &b));
      sd_free(b.x);
    }
    assert_int_equal(sd_npz_next(&f, &z, &m), 1);
    sd_file_close(&f);
  }
  sd_free(w.x);
  sd_free(s.x);
}

static void same_bytes_and_empty(void **state) {
  (void)state;
  static unsigned char one[4096], two[4096];
  char why[SD_WHY];
  sd_mat w = check_random(6, 5, SD_F64), none;
  sd_named items[] = {{"W", w, 0}};
  sd_file f;
  sd_member m;
  int count;
  assert_int_equal(sd_npz_save(io_path("1.npz"), items, 1, why), SD_OK);
  assert_int_equal(sd_npz_save(io_path("2.npz"), items, 1, why), SD_OK);
  size_t n = io_get(io_path("1.npz"), one, sizeof one);
  assert_int_equal(io_get(io_path("2.npz"), two, sizeof two), n);
  assert_memory_equal(one, two, n);
  assert_int_equal(sd_npz_save(io_path("0.npz"), items, 0, why), SD_OK);
  assert_int_equal(load(&f, io_path("0.npz"), &none, &m, &count), SD_OK);
  assert_int_equal(count, 0);
  sd_free(w.x);
}

static void bad_names(void **state) {
  (void)state;
  static char longest[SD_MEMBER_NAME];
  char why[SD_WHY];
  double x = 1;
  const char *const names[] = {"",      "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                               "a\xc3", longest};
  memset(longest, 'x', SD_MEMBER_NAME - 4);
  for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
    sd_named item = {names[k], sd_mat_over(1, 1, SD_F64, &x), 0};
    assert_int_equal(sd_npz_save(io_path("n.npz"), &item, 1, why), SD_EARG);
  }
  longest[SD_MEMBER_NAME - 5] = '\0';
  sd_named item = {longest, sd_mat_over(1, 1, SD_F64, &x), 0};
  assert_int_equal(sd_npz_save(io_path("n.npz"), &item, 1, why), SD_OK);
  item.name = "\xf0\x9d\x94\xbc_\xe2\x88\x87"; /* four and three bytes */
  assert_int_equal(sd_npz_save(io_path("n.npz"), &item, 1, why), SD_OK);
}

/* ---- what others write ------------------------------------------------------------------------*/

static void deflated_and_described(void **state) {
  (void)state;
  unsigned char data[512];
  size_t n = counting(data);
  sd_file f;
  sd_member m;
  sd_mat a;
  int count;
  for (int k = 0; k < 4; k++) {
    archive z = {.n = 0};
    member(&z, "dir/", data, 0, (wish){0});
    member(&z, "a.npy", data, n, (wish){.method = k & 1 ? 8 : 0, .descriptor = k >> 1});
    finish(&z);
    io_put("d.npz", z.b, z.n);
    if (load(&f, io_path("d.npz"), &a, &m, &count) != SD_OK) fail_msg("%d: %s", k, f.why);
    assert_int_equal(count, 1);
    assert_string_equal(m.name, "a");
    for (int e = 0; e < 32; e++) assert_true(sd_mat_get(&a, e % 8, e / 8) == e);
    sd_free(a.x);
  }
}

static void hostile(void **state) {
  (void)state;
  const struct {
    wish w;
    const char *name, *says;
  } cases[] = {
      {{.crc_error = 1}, "a.npy", "member \"a\": the checksum is wrong"},
      {{.crc_error = 1, .method = 8}, "a.npy", "member \"a\": the checksum is wrong"},
      {{.method = 12}, "a.npy", "compression method 12"},
      {{.flags = 1}, "a.npy", "is encrypted"},
      {{.at_error = 100000}, "a.npy", "lies outside the archive"},
      {{.at_error = 1}, "a.npy", "has a damaged header"},
      {{.packed_error = 100000, .method = 8}, "a.npy", "lies outside the archive"},
      {{.packed_error = -8, .method = 8}, "a.npy", "end too early"},
      {{.size_error = 8}, "a.npy", "cannot unpack"},
      {{.size_error = 1 << 30, .method = 8}, "a.npy", "cannot unpack"},
      {{.size_error = 4000, .method = 8}, "a.npy", "needs 256 bytes of elements, but 4256"},
      {{.size_error = -1, .method = 8}, "a.npy", "needs 256 bytes of elements, but 255"},
      {{0}, "a.txt", "member \"a.txt\" is not an .npy array"},
      {{0}, "", "is not an .npy array"}};
  unsigned char data[512];
  size_t n = counting(data), held = sd_mem_held();
  sd_file f;
  sd_member m;
  sd_mat a;
  int count;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    archive z = {.n = 0};
    member(&z, cases[k].name, data, n, cases[k].w);
    finish(&z);
    io_put("h.npz", z.b, z.n);
    assert_int_equal(load(&f, io_path("h.npz"), &a, &m, &count), SD_EFORMAT);
    io_says(f.why, cases[k].says);
  }
  assert_int_equal(sd_mem_held(), held);
}

/* A header that promises as many elements as the directory does bytes, but other deflated data. */
static void deflated_sizes(void **state) {
  (void)state;
  unsigned char data[512];
  size_t n = counting(data);
  sd_file f;
  sd_member m;
  sd_mat a;
  int count;
  for (int more = 0; more < 2; more++) {
    archive z = {.n = 0};
    data[10 + 50] = more ? '7' : '9'; /* shape (7, 4) or (9, 4), of 224 or 288 bytes */
    assert_true(data[10 + 49] == '(' && data[10 + 51] == ',');
    member(&z, "a.npy", data, n, (wish){.method = 8, .size_error = more ? -32 : 32});
    finish(&z);
    io_put("s.npz", z.b, z.n);
    assert_int_equal(load(&f, io_path("s.npz"), &a, &m, &count), SD_EFORMAT);
    io_says(f.why, more ? "more bytes than declared" : "fewer bytes than declared");
  }
}

static void overlapping_members(void **state) {
  (void)state;
  unsigned char data[512];
  size_t n = counting(data), first = 30 + 5 + n;
  archive z = {.n = 0};
  sd_file f;
  sd_member m;
  sd_mat a;
  int count;
  member(&z, "a.npy", data, n, (wish){0});
  member(&z, "b.npy", data, n, (wish){.at_error = -(int64_t)first}); /* the same bytes twice */
  finish(&z);
  assert_int_equal(load(&f, io_put("o.npz", z.b, z.n), &a, &m, &count), SD_EFORMAT);
  io_says(f.why, "two members overlap");
}

/* Every prefix is an error. A flipped bit is one too, or it hit something that says nothing of the
 * elements (a date, the name): then the values are right. */
static void truncated_and_flipped(void **state) {
  (void)state;
  unsigned char data[512];
  size_t n = counting(data), held = sd_mem_held();
  sd_file f;
  sd_member m;
  sd_mat a;
  int count, survived = 0;
  for (int deflated = 0; deflated < 2; deflated++) {
    archive z = {.n = 0};
    member(&z, "a.npy", data, n, (wish){.method = deflated ? 8 : 0});
    finish(&z);
    for (size_t k = 0; k < z.n; k++)
      assert_int_equal(load(&f, io_put("t.npz", z.b, k), &a, &m, &count), SD_EFORMAT);
    for (size_t bit = 0; bit < 8 * z.n; bit++) {
      z.b[bit / 8] ^= (unsigned char)(1 << bit % 8);
      int status = load(&f, io_put("t.npz", z.b, z.n), &a, &m, &count);
      z.b[bit / 8] ^= (unsigned char)(1 << bit % 8);
      if (status != SD_OK || count == 0) continue;
      survived++;
      assert_true(a.rows == 8 && a.cols == 4);
      for (int e = 0; e < 32; e++) assert_true(sd_mat_get(&a, e % 8, e / 8) == e);
      sd_free(a.x);
    }
  }
  assert_true(survived > 0);
  assert_int_equal(sd_mem_held(), held);
}

static void damaged_zip64(void **state) {
  (void)state;
  static unsigned char bytes[4096];
  char why[SD_WHY];
  sd_mat w = check_random(4, 4, SD_F64), a;
  sd_named item = {"W", w, 0};
  sd_file f;
  sd_member m;
  int count, errors = 0;
  assert_int_equal(io_npz_save(io_path("a.npz"), &item, 1, 0, why), SD_OK);
  size_t n = io_get(io_path("a.npz"), bytes, sizeof bytes), held = sd_mem_held();
  for (size_t k = 0; k < n; k++)
    assert_int_equal(load(&f, io_put("t.npz", bytes, k), &a, &m, &count), SD_EFORMAT);
  for (size_t bit = 8 * (n - 200); bit < 8 * n; bit++) {
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    if (load(&f, io_put("t.npz", bytes, n), &a, &m, &count) != SD_OK)
      errors++;
    else if (count > 0)
      assert_true(io_same(&w, &a));
    sd_free(a.x);
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
  }
  assert_true(errors > 0);
  assert_int_equal(sd_mem_held(), held);
  sd_free(w.x);
}

static void allocation_failures(void **state) {
  (void)state;
  unsigned char data[512];
  char why[SD_WHY];
  size_t n = counting(data), held = sd_mem_held();
  archive z = {.n = 0};
  sd_file f;
  sd_member m;
  sd_mat a;
  int count, k = 1;
  double x = 1;
  sd_named item = {"x", sd_mat_over(1, 1, SD_F64, &x), 0};
  member(&z, "a.npy", data, n, (wish){.method = 8});
  finish(&z);
  io_put("m.npz", z.b, z.n);
  do {
    sd_mem_fail_at(k++);
    int status = load(&f, io_path("m.npz"), &a, &m, &count);
    assert_int_equal(status, sd_mem_faulted() ? SD_ENOMEM : SD_OK);
    sd_free(a.x);
    assert_int_equal(sd_mem_held(), held);
  } while (sd_mem_faulted());
  assert_true(k > 10);
  k = 1;
  do {
    sd_mem_fail_at(k++);
    int status = sd_npz_save(io_path("w.npz"), &item, 1, why);
    assert_int_equal(status, sd_mem_faulted() ? SD_ENOMEM : SD_OK);
    assert_int_equal(sd_mem_held(), held);
  } while (sd_mem_faulted());
  assert_int_equal(k, 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip),
                                     cmocka_unit_test(same_bytes_and_empty),
                                     cmocka_unit_test(bad_names),
                                     cmocka_unit_test(deflated_and_described),
                                     cmocka_unit_test(hostile),
                                     cmocka_unit_test(deflated_sizes),
                                     cmocka_unit_test(overlapping_members),
                                     cmocka_unit_test(truncated_and_flipped),
                                     cmocka_unit_test(damaged_zip64),
                                     cmocka_unit_test(allocation_failures)};
  return cmocka_run_group_tests_name("io_npz", tests, io_setup, io_teardown);
}
