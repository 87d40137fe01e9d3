/* IDX files: every type of element against bytes written by hand, gzip files made by zlib itself,
 * and files that lie. */
#include "io.h"
#include <zlib.h>

/* bytes[] <- an IDX file of the type with the sides and n bytes of elements; its length. */
static size_t file(unsigned char *bytes, int type, int dims, const uint32_t *sides,
                   const void *elements, size_t n) {
  const unsigned char head[4] = {0, 0, (unsigned char)type, (unsigned char)dims};
  memcpy(bytes, head, 4);
  for (int k = 0; k < 4 * dims; k++)
    bytes[4 + k] = (unsigned char)(sides[k / 4] >> (24 - k % 4 * 8));
  if (n > 0) memcpy(bytes + 4 + 4 * dims, elements, n);
  return 4 + 4 * (size_t)dims + n;
}

/* A <- the file at path; A->x is NULL when that failed. */
static int load(sd_file *f, const char *path, sd_mat *a, sd_idx *h) {
  a->x = NULL;
  int status = sd_file_open(f, path);
  if (status == SD_OK) status = sd_idx_open(f, h);
  if (status == SD_OK) status = sd_mat_alloc(a, h->array.rows, h->array.cols, h->array.dtype);
  if (status == SD_OK) status = sd_idx_read(f, h, a);
  if (status != SD_OK) sd_free(a->x), a->x = NULL;
  sd_file_close(f);
  return status;
}

/* packed[cap] <- bytes as a gzip file, with all optional parts of a header or none; its length. */
static size_t zip(const unsigned char *bytes, size_t n, int parts, unsigned char *packed,
                  size_t cap) {
  gz_header header = {.extra = (Bytef *)"abcd",
                      .extra_len = 4,
                      .name = (Bytef *)"images",
                      .comment = (Bytef *)"drawn by hand",
                      .hcrc = 1};
  z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes,
                .avail_in = (unsigned)n,
                .next_out = packed,
                .avail_out = (unsigned)cap};
  assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  if (parts) assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  deflateEnd(&z);
  return cap - z.avail_out;
}

/* ---- what is read -----------------------------------------------------------------------------*/

static void types(void **state) {
  (void)state;
  const struct {
    int type;
    const char *bytes;
    size_t n;
    double value;
    int dtype;
  } cases[] = {{0x08, "\xff", 1, 255, SD_F64},
               {0x09, "\xff", 1, -1, SD_F64},
               {0x0b, "\xff\xfe", 2, -2, SD_F64},
               {0x0c, "\x7f\xff\xff\xff", 4, 2147483647.0, SD_F64},
               {0x0c, "\x80\0\0\0", 4, -2147483648.0, SD_F64},
               {0x0d, "\xbf\xc0\0\0", 4, -1.5, SD_F32},
               {0x0e, "\x3f\xf8\0\0\0\0\0\0", 8, 1.5, SD_F64}};
  const uint32_t one = 1;
  unsigned char bytes[64];
  sd_file f;
  sd_idx h;
  sd_mat a;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    size_t n = file(bytes, cases[k].type, 1, &one, cases[k].bytes, cases[k].n);
    assert_int_equal(load(&f, io_put("a.idx", bytes, n), &a, &h), SD_OK);
    assert_int_equal(a.dtype, cases[k].dtype);
    assert_true(sd_mat_get(&a, 0, 0) == cases[k].value);
    sd_free(a.x);
  }
}

/* Pixel (r,c) of image i is byte i*6 + r*3 + c of the elements: column i, row r*3 + c. */
static void images_are_columns(void **state) {
  (void)state;
  const uint32_t sides[] = {4, 2, 3};
  unsigned char elements[24], bytes[64];
  sd_file f;
  sd_idx h;
  sd_mat a;
  for (int k = 0; k < 24; k++) elements[k] = (unsigned char)(200 - k);
  io_put("a.idx", bytes, file(bytes, 8, 3, sides, elements, 24));
  assert_int_equal(load(&f, io_path("a.idx"), &a, &h), SD_OK);
  assert_true(a.rows == 6 && a.cols == 4 && h.dims == 3);
  assert_true(h.sides[0] == 4 && h.sides[1] == 2 && h.sides[2] == 3);
  for (int i = 0; i < 4; i++)
    for (int r = 0; r < 2; r++)
      for (int c = 0; c < 3; c++)
        assert_true(sd_mat_get(&a, r * 3 + c, i) == 200 - (i * 6 + r * 3 + c));
  sd_free(a.x);
  io_put("a.idx", bytes, file(bytes, 8, 1, sides, elements, 4)); /* labels: a row */
  assert_int_equal(load(&f, io_path("a.idx"), &a, &h), SD_OK);
  assert_true(a.rows == 1 && a.cols == 4 && h.dims == 1 && sd_mat_get(&a, 0, 3) == 197);
  sd_free(a.x);
  const uint32_t none[] = {0, 2, 3};
  io_put("a.idx", bytes, file(bytes, 8, 3, none, NULL, 0));
  assert_int_equal(load(&f, io_path("a.idx"), &a, &h), SD_OK);
  assert_true(a.rows == 6 && a.cols == 0);
  sd_free(a.x);
}

static void gzipped(void **state) {
  (void)state;
  const uint32_t sides[] = {300, 20, 30};
  size_t elements = 300 * 20 * 30, cap = 2 * elements;
  unsigned char *bytes = malloc(elements + 16), *packed = malloc(cap);
  sd_file f;
  sd_idx h;
  sd_mat plain, a;
  assert_true(bytes != NULL && packed != NULL);
  size_t n = file(bytes, 8, 3, sides, NULL, 0) + elements;
  uint32_t x = 1; /* noise, so that several buffers of deflated data are needed */
  for (size_t k = 16; k < n; k++) bytes[k] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
  assert_int_equal(load(&f, io_put("a.idx", bytes, n), &plain, &h), SD_OK);
  for (int parts = 0; parts < 2; parts++) {
    size_t m = zip(bytes, n, parts, packed, cap);
    assert_int_equal(load(&f, io_put("a.gz", packed, m), &a, &h), SD_OK);
    assert_true(io_same(&plain, &a));
    sd_free(a.x);
    packed[m - 5] ^= 1; /* the checksum */
    assert_int_equal(load(&f, io_put("a.gz", packed, m), &a, &h), SD_EFORMAT);
    io_says(f.why, "the checksum is wrong");
  }
  sd_free(plain.x);
  free(packed);
  free(bytes);
}

/* ---- what is refused --------------------------------------------------------------------------*/

static void files_that_lie(void **state) {
  (void)state;
  const uint32_t big = 0xffffffff;
  const struct {
    int type, dims;
    uint32_t sides[8];
    size_t held;
    const char *says;
  } cases[] = {{0x0a, 1, {1}, 1, "type 0x0a of elements is not known"},
               {8, 0, {0}, 1, "it has 0 dimensions; from 1 to 8 are read"},
               {8, 9, {0}, 1, "it has 9 dimensions"},
               {8, 3, {2, 2, 2}, 7, "shape 2x2x2 needs 8 bytes of elements, but 7 follow"},
               {8, 3, {2, 2, 2}, 9, "but 9 follow the header"},
               {0x0e, 1, {2}, 8, "needs 16 bytes of elements, but 8 follow"},
               {8, 2, {big, 1}, 8, "shape 4294967295x1 needs 4294967295 bytes"},
               {8, 3, {big, big, big}, 8, "larger than any memory"},
               {0x0e, 2, {1u << 31, 1u << 29}, 8, "larger than any memory"},
               {8, 8, {0, big, big, big, big, big, big, big}, 0, "larger than any memory"},
               {8, 2, {0, big}, 0, "its shape 0x4294967295 is out of bounds"},
               {8, 2, {big, 0}, 0, "out of bounds"}};
  const unsigned char elements[64] = {0};
  unsigned char bytes[256];
  size_t before = sd_mem_held();
  sd_file f;
  sd_idx h;
  sd_mat a;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    int dims = cases[k].dims > 8 ? 8 : cases[k].dims;
    size_t n = file(bytes, cases[k].type, dims, cases[k].sides, elements, cases[k].held);
    bytes[3] = (unsigned char)cases[k].dims;
    assert_int_equal(load(&f, io_put("a.idx", bytes, n), &a, &h), SD_EFORMAT);
    io_says(f.why, cases[k].says);
  }
  assert_int_equal(load(&f, io_put("a.idx", "", 0), &a, &h), SD_EFORMAT);
  io_says(f.why, "the file is empty");
  assert_int_equal(load(&f, io_put("a.idx", "\1\0\10\1", 4), &a, &h), SD_EFORMAT);
  io_says(f.why, "it is not an IDX file (it does not start with two zero bytes)");
  assert_int_equal(sd_mem_held(), before);
}

static void gzip_files_that_lie(void **state) {
  (void)state;
  const uint32_t side = 8;
  unsigned char bytes[64], good[256], bad[512];
  sd_file f;
  sd_idx h;
  sd_mat a;
  size_t n = zip(bytes, file(bytes, 8, 1, &side, "12345678", 8), 0, good, sizeof good);
#define REFUSED(length, text)                                                                      \
  assert_int_equal(load(&f, io_put("a.gz", bad, length), &a, &h), SD_EFORMAT);                     \
  io_says(f.why, text)
#define COPY memcpy(bad, good, n)
  COPY, bad[2] = 7;
  REFUSED(n, "a gzip file of an unknown kind");
  COPY, bad[3] = 0x20;
  REFUSED(n, "a gzip file of an unknown kind");
  COPY, bad[3] = 4, bad[10] = 255, bad[11] = 255; /* an extra field beyond the file */
  REFUSED(n, "the gzip header does not end");
  COPY, bad[3] = 8, memset(bad + 10, 'x', n - 10); /* a name without an end */
  REFUSED(n, "the gzip header does not end");
  COPY, bad[n - 1] = 255; /* 4 GB from a few bytes */
  REFUSED(n, "it cannot unpack from");
  COPY, bad[n - 4]++; /* a byte more than there is */
  REFUSED(n, "shape 8 needs 8 bytes of elements, but 9 follow the header");
  COPY, bad[12] ^= 0xff;
  assert_int_equal(load(&f, io_put("a.gz", bad, n), &a, &h), SD_EFORMAT);
  COPY, memcpy(bad + n, good, n); /* two members */
  REFUSED(2 * n, "unused bytes follow the deflated data");
}

/* Cut anywhere it is refused; with any bit changed it is refused or holds as many elements. */
static void truncated_and_flipped(void **state) {
  (void)state;
  const uint32_t sides[] = {3, 2, 2};
  unsigned char files[2][256];
  size_t n[2], before = sd_mem_held();
  sd_file f;
  sd_idx h;
  sd_mat a;
  n[0] = file(files[0], 8, 3, sides, "abcdefghijkl", 12);
  n[1] = zip(files[0], n[0], 1, files[1], sizeof files[1]);
  for (int kind = 0; kind < 2; kind++) {
    for (size_t k = 0; k < n[kind]; k++) {
      f.why[0] = '\0';
      assert_int_equal(load(&f, io_put("t.idx", files[kind], k), &a, &h), SD_EFORMAT);
      assert_true(f.why[0] != '\0');
    }
    for (size_t bit = 0; bit < 8 * n[kind]; bit++) {
      files[kind][bit / 8] ^= (unsigned char)(1 << bit % 8);
      if (load(&f, io_put("t.idx", files[kind], n[kind]), &a, &h) == SD_OK) {
        assert_int_equal(a.rows * a.cols * (ptrdiff_t)h.array.size, 12);
        sd_free(a.x);
      }
      files[kind][bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
  }
  assert_int_equal(sd_mem_held(), before);
}

static void failures(void **state) {
  (void)state;
  const uint32_t side = 8;
  unsigned char bytes[64], packed[256];
  double y[8];
  sd_file f;
  sd_idx h;
  sd_mat a;
  size_t n = zip(bytes, file(bytes, 8, 1, &side, "12345678", 8), 0, packed, sizeof packed);
  io_put("a.gz", packed, n);
  size_t before = sd_mem_held();
  int k = 1, status;
  do {
    sd_mem_fail_at(k++);
    status = load(&f, io_path("a.gz"), &a, &h);
    assert_int_equal(status, sd_mem_faulted() ? SD_ENOMEM : SD_OK);
    sd_free(a.x);
    assert_int_equal(sd_mem_held(), before);
  } while (sd_mem_faulted());
  sd_mem_fail_at(0);
  assert_true(k > 6); /* the matrix, two buffers, and those of inflation, twice */
  sd_interrupt(1);
  status = load(&f, io_path("a.gz"), &a, &h);
  sd_interrupt(0);
  assert_int_equal(status, SD_EINTR);
  assert_int_equal(sd_file_open(&f, io_path("a.gz")), SD_OK);
  assert_int_equal(sd_idx_open(&f, &h), SD_OK);
  sd_mat tall = sd_mat_over(8, 1, SD_F64, y), single = sd_mat_over(1, 8, SD_F32, y);
  assert_int_equal(sd_idx_read(&f, &h, &tall), SD_ESHAPE);
  assert_int_equal(sd_idx_read(&f, &h, &single), SD_EDTYPE);
  sd_file_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(types),
                                     cmocka_unit_test(images_are_columns),
                                     cmocka_unit_test(gzipped),
                                     cmocka_unit_test(files_that_lie),
                                     cmocka_unit_test(gzip_files_that_lie),
                                     cmocka_unit_test(truncated_and_flipped),
                                     cmocka_unit_test(failures)};
  return cmocka_run_group_tests_name("io_idx", tests, io_setup, io_teardown);
}
