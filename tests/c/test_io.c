/* Files as such (kinds, atomic writes, interrupts) and .npy arrays. */
#include "io.h"
#include <signal.h>
#include <sys/resource.h>

/* bytes[] <- a version 1.0 array with the header and n bytes of elements; its length. */
static size_t array(unsigned char *bytes, const char *header, const void *elements, size_t n) {
  size_t length = strlen(header);
  memcpy(bytes, "\x93NUMPY\1\0", 8);
  bytes[8] = (unsigned char)(length & 255);
  bytes[9] = (unsigned char)(length >> 8);
  memcpy(bytes + 10, header, length);
  if (n > 0) memcpy(bytes + 10 + length, elements, n);
  return 10 + length + n;
}

static int load(sd_file *f, const char *header, const void *elements, size_t n, sd_mat *a,
                sd_npy *h) {
  unsigned char bytes[4096];
  assert_true(strlen(header) + n + 10 <= sizeof bytes);
  return io_load_npy(f, io_put("a.npy", bytes, array(bytes, header, elements, n)), a, h);
}

/* ---- NPY --------------------------------------------------------------------------------------*/

static void round_trips(void **state) {
  (void)state;
  const ptrdiff_t shapes[][2] = {{1, 1}, {5, 3}, {1, 7}, {7, 1},
                                 {0, 4}, {4, 0}, {0, 0}, {300, 211}};
  char why[SD_WHY];
  unsigned char bytes[64];
  sd_file f;
  sd_npy h;
  for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
    for (int dtype = SD_F64; dtype <= SD_F32; dtype++) {
      sd_mat a = check_random(shapes[k][0], shapes[k][1], dtype), b;
      assert_int_equal(sd_npy_save(io_path("a.npy"), &a, 0, why), SD_OK);
      assert_int_equal(io_load_npy(&f, io_path("a.npy"), &b, &h), SD_OK);
      assert_true(io_same(&a, &b));
      assert_int_equal(h.dims, 2);
      assert_int_equal(h.data % 64, 0);
      sd_free(a.x);
      sd_free(b.x);
    }
  assert_int_equal(io_files(0), 1);
  FILE *file = fopen(io_path("a.npy"), "rb");
  assert_int_equal(fread(bytes, 1, 10, file), 10);
  fclose(file);
  assert_memory_equal(bytes, "\x93NUMPY\1\0", 8);
}

static void special_values_and_views(void **state) {
  (void)state;
  const double special[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, 0x1p-1074, -0x1p-1022, 0x1p1023};
  char why[SD_WHY];
  sd_file f;
  sd_npy h;
  sd_mat a = check_random(9, 9, SD_F64), view = sd_mat_block(&a, 2, 1, 5, 4), b;
  for (ptrdiff_t k = 0; k < 8; k++) sd_mat_set(&view, k % 5, k / 5, special[k]);
  assert_int_equal(sd_npy_save(io_path("v.npy"), &view, 0, why), SD_OK);
  assert_int_equal(io_load_npy(&f, io_path("v.npy"), &b, &h), SD_OK);
  assert_true(io_same(&view, &b));
  sd_free(b.x);
  sd_mat one = sd_mat_block(&a, 3, 3, 1, 1);
  assert_int_equal(sd_npy_save(io_path("v.npy"), &one, 1, why), SD_OK);
  assert_int_equal(io_load_npy(&f, io_path("v.npy"), &b, &h), SD_OK);
  assert_int_equal(h.dims, 0);
  assert_true(io_same(&one, &b));
  sd_free(b.x);
  sd_free(a.x);
}

static void dtypes(void **state) {
  (void)state;
  const struct {
    const char *descr, *bytes;
    size_t n;
    double value;
    int dtype;
  } cases[] = {{"|b1", "\1", 1, 1, SD_F64},
               {"|b1", "\2", 1, 1, SD_F64},
               {"|i1", "\x80", 1, -128, SD_F64},
               {"|u1", "\x80", 1, 128, SD_F64},
               {"<i2", "\xfe\xff", 2, -2, SD_F64},
               {">i2", "\xff\xfe", 2, -2, SD_F64},
               {"<u2", "\xfe\xff", 2, 65534, SD_F64},
               {">u4", "\x80\0\0\1", 4, 2147483649.0, SD_F64},
               {"<i4", "\1\0\0\x80", 4, -2147483647.0, SD_F64},
               {"<i8", "\0\0\0\0\0\0\0\x80", 8, -0x1p63, SD_F64},
               {">u8", "\x80\0\0\0\0\0\0\0", 8, 0x1p63, SD_F64},
               {"<i8", "\0\0\0\0\0\0\x20\0", 8, 0x1p53, SD_F64},
               {">f8", "\x3f\xf8\0\0\0\0\0\0", 8, 1.5, SD_F64},
               {">f4", "\xbf\xc0\0\0", 4, -1.5, SD_F32},
               {"=f4", "\0\0\xc0\xbf", 4, -1.5, SD_F32},
               {"<f2", "\0\xbe", 2, -1.5, SD_F32}};
  char header[128];
  sd_file f;
  sd_npy h;
  sd_mat a;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': ()}",
             cases[k].descr);
    assert_int_equal(load(&f, header, cases[k].bytes, cases[k].n, &a, &h), SD_OK);
    assert_int_equal(a.dtype, cases[k].dtype);
    assert_true(sd_mat_get(&a, 0, 0) == cases[k].value);
    sd_free(a.x);
  }
}

/* Every half number against its definition: fraction * 2^-24, (1024 + fraction) 2^(e - 25). */
static void halves(void **state) {
  (void)state;
  static unsigned char bytes[200000];
  static uint16_t all[65536];
  sd_file f;
  sd_npy h;
  sd_mat a;
  for (uint32_t k = 0; k < 65536; k++) all[k] = (uint16_t)k;
  size_t n =
      array(bytes, "{'descr': '<f2', 'fortran_order': False, 'shape': (65536,)}", all, sizeof all);
  assert_int_equal(io_load_npy(&f, io_put("h.npy", bytes, n), &a, &h), SD_OK);
  for (int k = 0; k < 65536; k++) {
    int e = k >> 10 & 31, m = k & 1023;
    double v = e == 0   ? ldexp(m, -24)
               : e < 31 ? ldexp(1024 + m, e - 25)
               : m      ? (double)NAN
                        : INFINITY;
    double got = sd_mat_get(&a, k, 0);
    assert_true(isnan(v) ? isnan(got) != 0 : got == (k >> 15 ? -v : v));
    if (m == 0 && e == 0) assert_int_equal(signbit(got) != 0, k >> 15);
  }
  sd_free(a.x);
}

/* Row-major arrays: element (i,j) is number i*n + j; shapes with rows shorter and longer than a
 * piece of the conversion, and pieces that end within the matrix. */
static void row_major(void **state) {
  (void)state;
  const ptrdiff_t shapes[][2] = {{2, 3}, {1, 5}, {5, 1}, {300, 700}, {3, 70000}, {70000, 3}};
  unsigned char *bytes = malloc(500000);
  char header[128];
  sd_file f;
  sd_npy h;
  sd_mat a;
  assert_non_null(bytes);
  for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
    ptrdiff_t m = shapes[k][0], n = shapes[k][1];
    snprintf(header, sizeof header, "{'descr': '>u2', 'fortran_order': False, 'shape': (%td, %td)}",
             m, n);
    size_t start = array(bytes, header, NULL, 0);
    for (ptrdiff_t e = 0; e < m * n; e++) {
      bytes[start + 2 * (size_t)e] = (unsigned char)(e >> 8);
      bytes[start + 2 * (size_t)e + 1] = (unsigned char)e;
    }
    io_put("r.npy", bytes, start + 2 * (size_t)(m * n));
    assert_int_equal(io_load_npy(&f, io_path("r.npy"), &a, &h), SD_OK);
    for (ptrdiff_t i = 0; i < m; i++)
      for (ptrdiff_t j = 0; j < n; j++)
        if (sd_mat_get(&a, i, j) != (double)((i * n + j) & 65535)) fail_msg("(%td,%td)", i, j);
    sd_free(a.x);
  }
  free(bytes);
}

static void headers_that_are_fine(void **state) {
  (void)state;
  const char *const headers[] = {
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }   \n",
      "{\"shape\":(1L,2L),\"descr\":\"<f8\",\"fortran_order\":True}",
      " { 'fortran_order' : True , 'shape' : ( 1 , 2 , ) , 'descr':'<f8'}"};
  const double x[] = {1.5, -2};
  sd_file f;
  sd_npy h;
  sd_mat a;
  for (size_t k = 0; k < sizeof headers / sizeof *headers; k++) {
    assert_int_equal(load(&f, headers[k], x, sizeof x, &a, &h), SD_OK);
    assert_true(a.rows == 1 && a.cols == 2 && sd_mat_get(&a, 0, 1) == -2);
    sd_free(a.x);
  }
  const char *text = "{'descr':'<f8','fortran_order':False,'shape':()}"; /* version 3.0 */
  size_t n = strlen(text);
  unsigned char bytes[128] = "\x93NUMPY\3";
  bytes[8] = (unsigned char)n;
  memcpy(bytes + 12, text, n);
  memcpy(bytes + 12 + n, x, 8);
  assert_int_equal(io_load_npy(&f, io_put("3.npy", bytes, 12 + n + 8), &a, &h), SD_OK);
  assert_true(sd_mat_get(&a, 0, 0) == 1.5);
  sd_free(a.x);
}

#define DESCR(d) "{'descr': " d ", 'fortran_order': False, 'shape': (2,)}"
#define SHAPE(s) "{'descr': '<f8', 'fortran_order': False, 'shape': " s "}"

static void headers_that_lie(void **state) {
  (void)state;
  const struct {
    const char *header, *says;
  } cases[] = {{DESCR("'<c16'"), "dtype '<c16' (complex"},
               {DESCR("'|O'"), "(Python objects"},
               {DESCR("'<U8'"), "(strings)"},
               {DESCR("'<M8[ns]'"), "(times)"},
               {DESCR("'<f16'"), "dtype '<f16' cannot be read"},
               {DESCR("'f8'"), "dtype 'f8'"},
               {DESCR("'|f8'"), "dtype '|f8'"},
               {DESCR("''"), "dtype ''"},
               {DESCR("[('x', '<f8')]"), "structured dtype"},
               {DESCR("'<f8\\n'"), "string in it is too long"},
               {DESCR("__import__('os')"), "a string was expected"},
               {SHAPE("(2, 3, 4)"), "its shape (2, 3, 4) has 3 dimensions"},
               {SHAPE("(-1,)"), "a dimension is negative"},
               {SHAPE("(2.5,)"), "the shape is not a tuple"},
               {SHAPE("2"), "the shape is not a tuple"},
               {SHAPE("(99999999999999999999,)"), "larger than any memory"},
               {SHAPE("(1152921504606846976,)"), "larger than any memory"},
               {SHAPE("(1152921504606846976, 16)"), "larger than any memory"},
               {SHAPE("(1073741824, 1073741824)"), "larger than any memory"},
               {SHAPE("(0, 4294967296)"), "out of bounds"},
               {SHAPE("(3,)"), "needs 24 bytes of elements, but 16 follow"},
               {SHAPE("(1,)"), "needs 8 bytes of elements, but 16 follow"},
               {SHAPE("(2,)") "x", "something follows the dictionary"},
               {SHAPE("(2,), 'shape': (2,)"), "a key is unknown or comes twice"},
               {"{'descr': '<f8', 'shape': (2,)}", "is missing"},
               {"{'descr': '<f8', 'fortran_order': 1, 'shape': (2,)}", "neither True nor False"},
               {"{'descr': '<f8'", "a comma is missing"},
               {"", "it is not a dictionary"}};
  const double x[] = {1, 2};
  size_t held = sd_mem_held();
  sd_file f;
  sd_npy h;
  sd_mat a;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    assert_int_equal(load(&f, cases[k].header, x, sizeof x, &a, &h), SD_EFORMAT);
    io_says(f.why, cases[k].says);
  }
  assert_int_equal(sd_mem_held(), held);
}

static void inexact_integers(void **state) {
  (void)state;
  const uint64_t x[] = {1, (1ull << 53) + 1, 3, 4, 5, 6};
  const uint64_t minus = 0 - ((1ull << 53) + 1);
  sd_file f;
  sd_npy h;
  sd_mat a;
  assert_int_equal(
      load(&f, "{'descr': '<u8', 'fortran_order': False, 'shape': (3,2)}", x, sizeof x, &a, &h),
      SD_EFORMAT);
  io_says(f.why, "element (1,2) is the integer 9007199254740993, which no f64 holds exactly");
  assert_int_equal(
      load(&f, "{'descr': '<u8', 'fortran_order': True, 'shape': (3,2)}", x, sizeof x, &a, &h),
      SD_EFORMAT);
  io_says(f.why, "element (2,1)");
  assert_int_equal(
      load(&f, "{'descr': '<i8', 'fortran_order': True, 'shape': ()}", &minus, 8, &a, &h),
      SD_EFORMAT);
  io_says(f.why, "-9007199254740993");
}

static void truncated_and_flipped(void **state) {
  (void)state;
  char why[SD_WHY];
  unsigned char bytes[512];
  sd_file f;
  sd_npy h;
  sd_mat a = check_random(2, 3, SD_F64), b;
  assert_int_equal(sd_npy_save(io_path("a.npy"), &a, 0, why), SD_OK);
  size_t n = io_get(io_path("a.npy"), bytes, sizeof bytes), held = sd_mem_held();
  for (size_t k = 0; k < n; k++) {
    f.why[0] = '\0';
    assert_int_equal(io_load_npy(&f, io_put("t.npy", bytes, k), &b, &h), SD_EFORMAT);
    assert_true(f.why[0] != '\0');
  }
  for (size_t bit = 0; bit < 8 * (n - 48); bit++) { /* the elements may take any bits */
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    if (io_load_npy(&f, io_put("t.npy", bytes, n), &b, &h) == SD_OK) {
      assert_int_equal(b.rows * b.cols * (ptrdiff_t)h.size, 48);
      sd_free(b.x);
    }
    bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
  }
  assert_int_equal(sd_mem_held(), held);
  sd_free(a.x);
}

/* ---- files ------------------------------------------------------------------------------------*/

static void kinds_of_files(void **state) {
  (void)state;
  char why[SD_WHY], path[512];
  double x = 1;
  sd_mat a = sd_mat_over(1, 1, SD_F64, &x);
  sd_file f;
  sd_npy h;
  assert_int_equal(sd_file_open(&f, io_dir), SD_EIO);
  io_says(f.why, "it is a directory");
  assert_int_equal(f.fd, -1);
  assert_int_equal(sd_file_open(&f, "/dev/zero"), SD_EIO);
  io_says(f.why, "not a regular file");
  assert_int_equal(mkfifo(io_path("pipe.npy"), 0600), 0);
  assert_int_equal(sd_file_open(&f, io_path("pipe.npy")), SD_EIO); /* and does not wait */
  io_says(f.why, "not a regular file");
  assert_int_equal(sd_file_open(&f, io_path("none.npy")), SD_EIO);
  io_says(f.why, "No such file or directory");
  io_put("file", "", 0);
  assert_int_equal(sd_file_open(&f, io_path("file/below.npy")), SD_EIO);
  io_says(f.why, "Not a directory");
  assert_int_equal(sd_file_open(&f, io_path("file")), SD_OK);
  assert_int_equal(sd_npy_open(&f, &h), SD_EFORMAT);
  io_says(f.why, "the file is empty");
  sd_file_close(&f);
  sd_file_close(&f);
  assert_int_equal(sd_npy_save(io_dir, &a, 0, why), SD_EIO);
  io_says(why, "it is a directory");
  assert_int_equal(sd_npy_save(io_path("pipe.npy"), &a, 0, why), SD_EIO);
  io_says(why, "not a regular file");
  assert_int_equal(sd_npy_save(io_path("none/a.npy"), &a, 0, why), SD_EIO);
  io_says(why, "No such file or directory");
  assert_int_equal(sd_npy_save(io_path("file/a.npy"), &a, 0, why), SD_EIO);
  io_says(why, "Not a directory");
  memset(path, 'x', 400);
  strcpy(path + 400, ".npy");
  assert_int_equal(sd_npy_save(io_path(path), &a, 0, why), SD_EIO);
  io_says(why, "File name too long");
  io_files(1);
}

static void links_and_permissions(void **state) {
  (void)state;
  char why[SD_WHY];
  double x = 1;
  struct stat st;
  sd_mat a = sd_mat_over(1, 1, SD_F64, &x);
  io_put("real.npy", "old", 3);
  assert_int_equal(chmod(io_path("real.npy"), 0640), 0);
  assert_int_equal(symlink("real.npy", io_path("link.npy")), 0);
  assert_int_equal(sd_npy_save(io_path("link.npy"), &a, 0, why), SD_OK);
  assert_int_equal(lstat(io_path("link.npy"), &st), 0);
  assert_true(S_ISLNK(st.st_mode));
  assert_int_equal(lstat(io_path("real.npy"), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0640);
  assert_int_equal(st.st_size, 136);
  assert_int_equal(io_files(1), 2);
}

/* A file that may not grow past 4000 bytes stands for a full disk. */
static void failures_leave_the_old_file(void **state) {
  (void)state;
  char why[SD_WHY], old[64];
  struct rlimit before, small;
  sd_mat a = check_random(100, 100, SD_F64);
  sd_named item = {"a", a, 0};
  io_put("a.npy", "the old file", 12);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 4000;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  int npy = sd_npy_save(io_path("a.npy"), &a, 0, why);
  io_says(why, "File too large");
  int npz = sd_npz_save(io_path("a.npy"), &item, 1, why);
  item.a.cols = 1, item.a.rows = 10000;
  int csv = sd_csv_save(io_path("a.npy"), &item, 1, why);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, SIG_DFL);
  assert_int_equal(npy, SD_EIO);
  assert_int_equal(npz, SD_EIO);
  assert_int_equal(csv, SD_EIO);
  io_says(why, "File too large");
  sd_interrupt(1);
  npy = sd_npy_save(io_path("a.npy"), &a, 0, why);
  sd_interrupt(0);
  assert_int_equal(npy, SD_EINTR);
  io_says(why, "interrupted");
  assert_int_equal(io_get(io_path("a.npy"), old, sizeof old), 12);
  assert_memory_equal(old, "the old file", 12);
  assert_int_equal(io_files(1), 1); /* and no temporary */
  sd_free(a.x);
}

static void interrupted_reads(void **state) {
  (void)state;
  char why[SD_WHY];
  sd_file f;
  sd_npy h;
  sd_mat a = check_random(3, 3, SD_F64), b;
  assert_int_equal(sd_npy_save(io_path("a.npy"), &a, 0, why), SD_OK);
  sd_interrupt(1);
  int status = io_load_npy(&f, io_path("a.npy"), &b, &h);
  sd_interrupt(0);
  assert_int_equal(status, SD_EINTR);
  sd_free(a.x);
}

static void allocation_failures(void **state) {
  (void)state;
  const uint16_t x[] = {1, 2, 3, 4};
  char why[SD_WHY];
  sd_file f;
  sd_npy h;
  sd_mat a, b = check_random(2, 2, SD_F64);
  size_t held = sd_mem_held();
  int status = SD_ENOMEM, k = 1;
  do {
    sd_mem_fail_at(k++);
    status = load(&f, "{'descr': '>u2', 'fortran_order': False, 'shape': (2,2)}", x, 8, &a, &h);
    assert_int_equal(status, sd_mem_faulted() ? SD_ENOMEM : SD_OK);
    sd_free(a.x);
    assert_int_equal(sd_mem_held(), held);
  } while (sd_mem_faulted());
  assert_int_equal(k, 6); /* the header's text, the matrix, two buffers, then success */
  sd_mem_fail_at(1);
  assert_int_equal(sd_npy_save(io_path("m.npy"), &b, 0, why), SD_ENOMEM);
  sd_mem_fail_at(0);
  assert_int_equal(sd_mem_held(), held);
  assert_int_equal(access(io_path("m.npy"), F_OK), -1);
  sd_free(b.x);
}

static void wrong_outputs(void **state) {
  (void)state;
  const double x[] = {1, 2};
  unsigned char bytes[256];
  double y[8];
  sd_file f;
  sd_npy h;
  io_put("a.npy", bytes, array(bytes, SHAPE("(2,)"), x, sizeof x));
  assert_int_equal(sd_file_open(&f, io_path("a.npy")), SD_OK);
  assert_int_equal(sd_npy_open(&f, &h), SD_OK);
  sd_mat wide = sd_mat_over(1, 2, SD_F64, y), single = sd_mat_over(2, 1, SD_F32, y);
  assert_int_equal(sd_npy_read(&f, &h, &wide), SD_ESHAPE);
  assert_int_equal(sd_npy_read(&f, &h, &single), SD_EDTYPE);
  assert_int_equal(truncate(io_path("a.npy"), 40), 0); /* while it is open */
  sd_mat right = sd_mat_over(2, 1, SD_F64, y);
  assert_int_equal(sd_npy_read(&f, &h, &right), SD_EFORMAT);
  io_says(f.why, "became shorter");
  sd_file_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(round_trips),
                                     cmocka_unit_test(special_values_and_views),
                                     cmocka_unit_test(dtypes),
                                     cmocka_unit_test(halves),
                                     cmocka_unit_test(row_major),
                                     cmocka_unit_test(headers_that_are_fine),
                                     cmocka_unit_test(headers_that_lie),
                                     cmocka_unit_test(inexact_integers),
                                     cmocka_unit_test(truncated_and_flipped),
                                     cmocka_unit_test(kinds_of_files),
                                     cmocka_unit_test(links_and_permissions),
                                     cmocka_unit_test(failures_leave_the_old_file),
                                     cmocka_unit_test(interrupted_reads),
                                     cmocka_unit_test(allocation_failures),
                                     cmocka_unit_test(wrong_outputs)};
  return cmocka_run_group_tests_name("io", tests, io_setup, io_teardown);
}
