/* libFuzzer target for the readers of .npy, .npz, .csv and IDX files: whatever the bytes, a status.
 *
 *   clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude tests/fuzz/fuzz_io.c \
 *     src/io/[a-z]*.c build/obj/core/[a-z]*.o build/obj/core/isa/[a-z]*.o -lopenblas -llapacke \
 *     -lsleef -lsqlite3 -lz -lm -o fuzz_io
 *   ./fuzz_io -max_total_time=60 -max_len=4096 corpus
 *
 * The first byte of an input chooses the format. Good first inputs: files that sd.save wrote, with
 * a byte 0, 1 or 2 (npy, npz, csv) in front, and a small IDX file with a byte 3, also gzipped. */
#define _GNU_SOURCE 1
#include "saddle/io.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_npy(sd_file *f) {
  sd_npy h;
  sd_mat a = {.x = NULL};
  if (sd_npy_open(f, &h) == SD_OK && sd_mat_alloc(&a, h.rows, h.cols, h.dtype) == SD_OK)
    sd_npy_read(f, &h, &a);
  sd_free(a.x);
}

static void read_npz(sd_file *f) {
  sd_npz z;
  sd_member m;
  if (sd_npz_open(f, &z) != SD_OK) return;
  while (sd_npz_next(f, &z, &m) == SD_OK) {
    sd_mat a = {.x = NULL};
    int status = sd_mat_alloc(&a, m.npy.rows, m.npy.cols, m.npy.dtype);
    if (status == SD_OK) status = sd_npz_read(f, &m, &a);
    sd_free(a.x);
    if (status != SD_OK) return;
  }
}

static void read_csv(sd_file *f) {
  sd_csv h;
  sd_mat a = {.x = NULL};
  if (sd_csv_open(f, &h) != SD_OK) return;
  if (sd_mat_alloc(&a, h.rows, h.cols, SD_F64) == SD_OK) sd_csv_read(f, &h, &a);
  sd_free(a.x);
  char *names = sd_alloc(h.names, 1);
  if (names != NULL && h.names > 0) sd_csv_names(f, &h, names);
  sd_free(names);
}

static void read_idx(sd_file *f) {
  sd_idx h;
  sd_mat a = {.x = NULL};
  if (sd_idx_open(f, &h) == SD_OK &&
      sd_mat_alloc(&a, h.array.rows, h.array.cols, h.array.dtype) == SD_OK)
    sd_idx_read(f, &h, &a);
  sd_free(a.x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  static void (*const readers[])(sd_file *) = {read_npy, read_npz, read_csv, read_idx};
  char path[64];
  sd_file f;
  int fd = memfd_create("fuzz", 0);
  sd_mem_set_ceiling((size_t)256 << 20);
  if (n == 0 || fd < 0 || write(fd, data + 1, n - 1) != (ssize_t)(n - 1)) return close(fd), 0;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (sd_file_open(&f, path) == SD_OK) readers[data[0] % 4](&f);
  sd_file_close(&f);
  close(fd);
  if (sd_mem_held() != 0) abort(); /* something was kept */
  return 0;
}
