/* Shared by the tests of files: a directory of their own, whole files as bytes, one reader each. */
#ifndef SADDLE_TESTS_IO_H
#define SADDLE_TESTS_IO_H

#include "check.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char io_dir[64];

static inline int io_setup(void **state) {
  (void)state;
  int memory = access("/dev/shm", W_OK) == 0; /* thousands of small files: no disk, if possible */
  strcpy(io_dir, memory ? "/dev/shm/saddle-test-XXXXXX" : "/tmp/saddle-test-XXXXXX");
  return mkdtemp(io_dir) == NULL;
}

/* Files in the directory; with `clear` they are removed. */
static inline int io_files(int clear) {
  DIR *d = opendir(io_dir);
  int n = 0;
  char path[512];
  assert_non_null(d);
  for (struct dirent *e; (e = readdir(d)) != NULL;)
    if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
      snprintf(path, sizeof path, "%s/%s", io_dir, e->d_name);
      if (clear) remove(path);
      n++;
    }
  closedir(d);
  return n;
}

static inline int io_teardown(void **state) {
  (void)state;
  io_files(1);
  return rmdir(io_dir);
}

/* The path of a file in the directory; valid until the second next call. */
static inline const char *io_path(const char *name) {
  static char path[2][1024];
  static int turn;
  turn = !turn;
  snprintf(path[turn], sizeof path[turn], "%s/%s", io_dir, name);
  return path[turn];
}

static inline const char *io_put(const char *name, const void *bytes, size_t n) {
  const char *path = io_path(name);
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, n, f), n);
  assert_int_equal(fclose(f), 0);
  return path;
}

/* bytes[cap] <- the file; its length. */
static inline size_t io_get(const char *path, void *bytes, size_t cap) {
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  size_t n = fread(bytes, 1, cap, f);
  assert_true(n < cap);
  fclose(f);
  return n;
}

/* 1 when A and B have the same shape, dtype and bytes (so NaN equals itself and 0 is not -0). */
static inline int io_same(const sd_mat *a, const sd_mat *b) {
  int same = sd_mat_same_shape(a, b) && a->dtype == b->dtype;
  size_t size = sd_dtype_size(a->dtype);
  for (ptrdiff_t j = 0; same && j < a->cols; j++)
    same = memcmp((char *)a->x + (size_t)(j * a->ld) * size,
                  (char *)b->x + (size_t)(j * b->ld) * size, (size_t)a->rows * size) == 0;
  return same;
}

/* A <- the .npy file or the .csv file at path; A->x is NULL when that failed. */
static inline int io_load_npy(sd_file *f, const char *path, sd_mat *a, sd_npy *h) {
  a->x = NULL;
  int status = sd_file_open(f, path);
  if (status == SD_OK) status = sd_npy_open(f, h);
  if (status == SD_OK) status = sd_mat_alloc(a, h->rows, h->cols, h->dtype);
  if (status == SD_OK) status = sd_npy_read(f, h, a);
  if (status != SD_OK) sd_free(a->x), a->x = NULL;
  sd_file_close(f);
  return status;
}

static inline int io_load_csv(sd_file *f, const char *path, sd_mat *a, sd_csv *h) {
  a->x = NULL;
  int status = sd_file_open(f, path);
  if (status == SD_OK) status = sd_csv_open(f, h);
  if (status == SD_OK) status = sd_mat_alloc(a, h->rows, h->cols, SD_F64);
  if (status == SD_OK) status = sd_csv_read(f, h, a);
  if (status != SD_OK) sd_free(a->x), a->x = NULL;
  sd_file_close(f);
  return status;
}

#define io_says(why, text)                                                                         \
  do {                                                                                             \
    if (strstr(why, text) == NULL) fail_msg("the sentence is \"%s\", expected \"%s\"", why, text); \
  } while (0)

#endif
