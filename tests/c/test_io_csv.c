/* CSV files: exact numbers, headers, and what a line can get wrong. */
#include "io.h"

static int load(const char *text, sd_file *f, sd_mat *a, sd_csv *h) {
  return io_load_csv(f, io_put("a.csv", text, strlen(text)), a, h);
}

/* Any bit pattern that is a finite double comes back bit for bit: 17 significant digits name a
 * double uniquely (IEEE 754, 5.12.2) and glibc rounds correctly both ways. */
static void exact_round_trip(void **state) {
  (void)state;
  const double special[] = {0.0, -0.0, INFINITY, -INFINITY, 0x1p-1074, 0x1.fffffffffffffp1023,
                            0.1, 1e22, 1e23,     5e-324};
  enum { N = 5000 };
  char why[SD_WHY];
  sd_file f;
  sd_csv h;
  sd_mat a = check_random(N, 2, SD_F64), b;
  for (ptrdiff_t k = 0; k < 2 * N; k++) {
    uint64_t bits = check_bits();
    double v;
    memcpy(&v, &bits, sizeof v);
    sd_mat_set(&a, k % N, k / N, isfinite(v) ? v : 1.0);
  }
  for (ptrdiff_t k = 0; k < 10; k++) sd_mat_set(&a, k, 0, special[k]);
  sd_named columns[] = {{"x", sd_mat_block(&a, 0, 0, N, 1), 0},
                        {"y", sd_mat_block(&a, 0, 1, N, 1), 0}};
  assert_int_equal(sd_csv_save(io_path("e.csv"), columns, 2, why), SD_OK);
  assert_int_equal(io_load_csv(&f, io_path("e.csv"), &b, &h), SD_OK);
  assert_true(io_same(&a, &b));
  sd_free(b.x);
  sd_mat_set(&a, 0, 0, -(double)NAN);
  columns[0].a.rows = 1;
  assert_int_equal(sd_csv_save(io_path("e.csv"), columns, 1, why), SD_OK);
  char text[64] = "";
  io_get(io_path("e.csv"), text, sizeof text);
  assert_string_equal(text, "x\nnan\n");
  sd_free(a.x);
}

static void fine_files(void **state) {
  (void)state;
  const struct {
    const char *text;
    ptrdiff_t rows, cols;
    double last;
    const char *name; /* of the last column, or NULL */
  } cases[] = {{"1,2\n3,4\n", 2, 2, 4, NULL},
               {"1,2\n3,4", 2, 2, 4, NULL},
               {"1,2\r\n3,4\r\n", 2, 2, 4, NULL},
               {"1,2\r3,4\r", 2, 2, 4, NULL},
               {"\xEF\xBB\xBFx,y\n3,4\n\n \n", 1, 2, 4, "y"},
               {"a;b\n1;2\n", 1, 2, 2, "b"},
               {"a\tb\n1\t2\n", 1, 2, 2, "b"},
               {"\"a;b\",\"c,\"\"d\"\"\"\n1,2\n", 1, 2, 2, "c,\"d\""},
               {"x , \"y\"  \n 1 , 2 \n", 1, 2, 2, "y"},
               {"\"1\"\n2\n", 1, 1, 2, "1"},
               {"\"\"\n2\n", 1, 1, 2, ""},
               {"\"two\nlines\"\n2\n", 1, 1, 2, "two\nlines"},
               {"7", 1, 1, 7, NULL},
               {"x\n+.5e1\n", 1, 1, 5, "x"},
               {"NaN,-Infinity\n1.,INF", 2, 2, INFINITY, NULL},
               {"1e-400,-1E+2\n", 1, 2, -100, NULL}};
  char names[64];
  sd_file f;
  sd_csv h;
  sd_mat a;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    int status = load(cases[k].text, &f, &a, &h);
    if (status != SD_OK) fail_msg("case %zu: %ld: %s", k, f.line, f.why);
    assert_true(a.rows == cases[k].rows && a.cols == cases[k].cols);
    assert_true(sd_mat_get(&a, a.rows - 1, a.cols - 1) == cases[k].last);
    assert_int_equal(h.names > 0, cases[k].name != NULL);
    if (cases[k].name) {
      assert_int_equal(sd_file_open(&f, io_path("a.csv")), SD_OK);
      assert_true(h.names <= sizeof names);
      assert_int_equal(sd_csv_names(&f, &h, names), SD_OK);
      sd_file_close(&f);
      const char *last = names;
      for (ptrdiff_t j = 1; j < h.cols; j++) last += strlen(last) + 1;
      assert_string_equal(last, cases[k].name);
    }
    sd_free(a.x);
  }
}

static void header_alone(void **state) {
  (void)state;
  sd_file f;
  sd_csv h;
  sd_mat a;
  assert_int_equal(load("x,y,z\n", &f, &a, &h), SD_OK);
  assert_true(a.rows == 0 && a.cols == 3 && h.names > 0);
  sd_free(a.x);
}

static void bad_files(void **state) {
  (void)state;
  const struct {
    const char *text;
    long line;
    const char *says;
  } cases[] = {{"", 0, "the file is empty"},
               {"\n", 1, "the first line is empty"},
               {"\xEF\xBB\xBF", 1, "the file is empty"},
               {"x,y\n1,2\n3,abc\n", 3, "column 2: \"abc\" is not a number"},
               {"x,y\n1,\n", 2, "column 2: \"\" is not a number"},
               {"x,y\n1,\"2\"\n", 2, "column 2: \"2\" is text, since it is quoted"},
               {"1,2\n3\n", 2, "the line has 1 field, the first line has 2"},
               {"1,2\n3,4,5\n", 2, "the line has 3 fields, the first line has 2"},
               {"1,2\n\n3,4\n", 2, "the line is empty"},
               {"1,2\n3,0x10\n", 2, "\"0x10\" is not a number"},
               {"1,2\n3,1 2\n", 2, "\"1 2\" is not a number"},
               {"1,2\n3,1e\n", 2, "\"1e\" is not a number"},
               {"1,2\n3,.\n", 2, "\".\" is not a number"},
               {"1,2\n3,--1\n", 2, "\"--1\" is not a number"},
               {"1,2\n3,nan(1)\n", 2, "\"nan(1)\" is not a number"},
               {"1,2\n3,1e999\n", 2, "\"1e999\" is larger than any f64 number"},
               {"x;y\n1,5;2\n", 2, "\"1,5\" is not a number"},
               {"\"x\ny\",z\n1,b\n", 3, "column 2: \"b\" is not a number"},
               {"\"x\n1\n", 3, "a quote is not closed"},
               {"\"x\"y\n1\n", 1, "text follows a closing quote"},
               {"x\n1\n2\x01\n", 3, "\"2?\" is not a number"}};
  size_t held = sd_mem_held();
  sd_file f;
  sd_csv h;
  sd_mat a;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    assert_int_equal(load(cases[k].text, &f, &a, &h), SD_EFORMAT);
    io_says(f.why, cases[k].says);
    assert_int_equal(f.line, cases[k].line);
  }
  assert_int_equal(io_load_csv(&f, io_put("z.csv", "x\n1\0\n", 5), &a, &h), SD_EFORMAT);
  io_says(f.why, "zero byte");
  assert_int_equal(f.line, 2);
  assert_int_equal(sd_mem_held(), held);
}

static void long_fields(void **state) {
  (void)state;
  char text[1200] = "x\n";
  sd_file f;
  sd_csv h;
  sd_mat a;
  memset(text + 2, '1', 1000);
  assert_int_equal(load(text, &f, &a, &h), SD_EFORMAT);
  io_says(f.why, "1111111...\" is not a number");
  assert_int_equal(load(text + 2, &f, &a, &h), SD_OK); /* on the first line it is a name */
  assert_true(a.rows == 0 && h.names == 1001);
  sd_free(a.x);
}

/* More than one buffer, with lines across its borders. */
static void many_lines(void **state) {
  (void)state;
  enum { N = 40000 };
  char *text = malloc(N * 16);
  size_t n = 0;
  sd_file f;
  sd_csv h;
  sd_mat a;
  assert_non_null(text);
  for (int i = 0; i < N; i++) n += (size_t)sprintf(text + n, "%d,%d\r\n", i, -i);
  assert_int_equal(io_load_csv(&f, io_put("m.csv", text, n), &a, &h), SD_OK);
  assert_int_equal(a.rows, N);
  for (int i = 0; i < N; i++)
    if (sd_mat_get(&a, i, 0) != i || sd_mat_get(&a, i, 1) != -i) fail_msg("line %d", i + 1);
  sd_free(a.x);
  text[n - 3] = 'x';
  assert_int_equal(io_load_csv(&f, io_put("m.csv", text, n), &a, &h), SD_EFORMAT);
  assert_int_equal(f.line, N);
  free(text);
}

/* A file cut short may still be a right, shorter file; it must not be anything else. */
static void truncated(void **state) {
  (void)state;
  const char *text = "\xEF\xBB\xBF\"a,b\" ;c\r\n1;-2.5e-3\r\nnan;inf\r\n";
  size_t n = strlen(text), held = sd_mem_held();
  sd_file f;
  sd_csv h;
  sd_mat a;
  for (size_t k = 0; k <= n; k++) {
    int status = io_load_csv(&f, io_put("t.csv", text, k), &a, &h);
    if (status == SD_OK)
      assert_true(a.cols <= 2 && a.rows <= 2);
    else
      assert_int_equal(status, SD_EFORMAT);
    sd_free(a.x);
  }
  assert_int_equal(sd_mem_held(), held);
}

static void allocation_failures(void **state) {
  (void)state;
  char why[SD_WHY], names[8];
  double x = 1;
  sd_named column = {"x", sd_mat_over(1, 1, SD_F64, &x), 0};
  size_t held = sd_mem_held();
  sd_file f;
  sd_csv h;
  sd_mat a;
  int k = 1;
  do {
    sd_mem_fail_at(k++);
    int status = load("x\n1\n", &f, &a, &h);
    assert_int_equal(status, sd_mem_faulted() ? SD_ENOMEM : SD_OK);
    sd_free(a.x);
    assert_int_equal(sd_mem_held(), held);
  } while (sd_mem_faulted());
  assert_int_equal(k, 5); /* scan, matrix, numbers, then success */
  assert_int_equal(sd_file_open(&f, io_path("a.csv")), SD_OK);
  sd_mem_fail_at(1);
  assert_int_equal(sd_csv_names(&f, &h, names), SD_ENOMEM);
  sd_file_close(&f);
  sd_mem_fail_at(1);
  assert_int_equal(sd_csv_save(io_path("b.csv"), &column, 1, why), SD_ENOMEM);
  sd_mem_fail_at(0);
  assert_int_equal(sd_mem_held(), held);
}

static void wrong_arguments(void **state) {
  (void)state;
  char why[SD_WHY];
  double x[2] = {1, 2};
  sd_named columns[] = {{"x", sd_mat_over(2, 1, SD_F64, x), 0},
                        {"y", sd_mat_over(1, 1, SD_F64, x), 0}};
  sd_file f;
  sd_csv h;
  sd_mat a = sd_mat_over(1, 2, SD_F64, x);
  assert_int_equal(sd_csv_save(io_path("w.csv"), columns, 2, why), SD_ESHAPE);
  assert_int_equal(sd_csv_save(io_path("w.csv"), columns, 0, why), SD_EARG);
  assert_int_equal(sd_csv_save(io_path("w.csv"), columns, 1, why), SD_OK);
  assert_int_equal(sd_file_open(&f, io_path("w.csv")), SD_OK);
  assert_int_equal(sd_csv_open(&f, &h), SD_OK);
  assert_int_equal(sd_csv_read(&f, &h, &a), SD_ESHAPE);
  sd_file_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exact_round_trip), cmocka_unit_test(fine_files),
      cmocka_unit_test(header_alone),     cmocka_unit_test(bad_files),
      cmocka_unit_test(long_fields),      cmocka_unit_test(many_lines),
      cmocka_unit_test(truncated),        cmocka_unit_test(allocation_failures),
      cmocka_unit_test(wrong_arguments)};
  return cmocka_run_group_tests_name("io_csv", tests, io_setup, io_teardown);
}
