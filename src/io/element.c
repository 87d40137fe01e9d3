/* The elements of an .npy array: any of its dtypes, both byte orders, both storage orders, into a
 * column-major f64 or f32 matrix.
 *
 * A column-major array of the matrix's own dtype is read in place. Any other passes in pieces
 * through a buffer: bytes swapped, converted, then copied, or transposed when the array is
 * row-major (a row-major m x n array is a column-major n x m one). */
#include "saddle/memory.h"
#include "saddle/status.h"
#include "stream.h"
#include <inttypes.h>
#include <string.h>

enum { PIECE = 1 << 16 }; /* elements converted at a time */

static void swap_bytes(unsigned char *p, size_t count, int size) {
  for (size_t k = 0; k < count; k++, p += size)
    for (int i = 0, j = size - 1; i < j; i++, j--) {
      unsigned char b = p[i];
      p[i] = p[j];
      p[j] = b;
    }
}

/* IEEE half to single, exact: a normal half has its exponent moved by 127 - 15; a subnormal one is
 * its fraction times 2^-24. */
static float from_half(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 0x3ff;
  uint32_t bits = sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13;
  float x;
  memcpy(&x, &bits, sizeof x);
  if (exponent == 0) x = (sign ? -0x1p-24f : 0x1p-24f) * (float)fraction;
  return x;
}

/* to <- count elements of type T at from; aligned, distinct memory */
#define CONVERT(T, To)                                                                             \
  for (size_t k = 0; k < count; k++) ((To *)to)[k] = (To)((const T *)from)[k];                     \
  break

/* to <- count elements in the machine's byte order, as h's dtype. */
static void convert(const sd_npy *h, const void *from, size_t count, void *to) {
  switch (h->kind << 8 | h->size) {
  case 'f' << 8 | 2:
    for (size_t k = 0; k < count; k++) ((float *)to)[k] = from_half(((const uint16_t *)from)[k]);
    break;
  case 'f' << 8 | 4:
  case 'f' << 8 | 8: memcpy(to, from, count * (size_t)h->size); break;
  case 'i' << 8 | 1: CONVERT(int8_t, double);
  case 'i' << 8 | 2: CONVERT(int16_t, double);
  case 'i' << 8 | 4: CONVERT(int32_t, double);
  case 'i' << 8 | 8: CONVERT(int64_t, double);
  case 'u' << 8 | 1: CONVERT(uint8_t, double);
  case 'u' << 8 | 2: CONVERT(uint16_t, double);
  case 'u' << 8 | 4: CONVERT(uint32_t, double);
  case 'u' << 8 | 8: CONVERT(uint64_t, double);
  default: /* 'b': any byte but 0 is true, as in NumPy */
    for (size_t k = 0; k < count; k++) ((double *)to)[k] = ((const uint8_t *)from)[k] != 0;
  }
}

/* The first of count 64-bit integers that no double holds exactly, or count. The magnitude without
 * its trailing zero bits must fit in 53 bits. */
static size_t first_inexact(const sd_npy *h, const uint64_t *x, size_t count) {
  for (size_t k = 0; k < count; k++) {
    uint64_t v = h->kind == 'i' && x[k] >> 63 ? 0 - x[k] : x[k];
    if (v >> 53 && v >> __builtin_ctzll(v) >> 53) return k;
  }
  return count;
}

static int check_exact(sd_file *f, const sd_npy *h, const uint64_t *x, size_t count, uint64_t at) {
  size_t k = h->size == 8 && h->kind != 'f' ? first_inexact(h, x, count) : count;
  if (k == count) return SD_OK;
  uint64_t inner = (uint64_t)(h->fortran ? h->rows : h->cols), q = (at + k) / inner + 1,
           r = (at + k) % inner + 1, v = x[k];
  int minus = h->kind == 'i' && v >> 63;
  return io_fail(f, SD_EFORMAT,
                 "element (%" PRIu64 ",%" PRIu64 ") is the integer %s%" PRIu64
                 ", which no f64 holds exactly",
                 h->fortran ? r : q, h->fortran ? q : r, minus ? "-" : "", minus ? 0 - v : v);
}

/* A's elements at..at+count in the array's order <- the converted ones; with a row-major array
 * they are whole rows, or a part of one. */
static void place(const sd_npy *h, void *values, size_t at, size_t count, sd_mat *a) {
  size_t size = sd_dtype_size(h->dtype), inner = (size_t)h->cols;
  if (h->fortran) {
    memcpy((char *)a->x + at * size, values, count * size);
    return;
  }
  ptrdiff_t i = (ptrdiff_t)(at / inner), j = (ptrdiff_t)(at % inner);
  ptrdiff_t rows = count > inner ? (ptrdiff_t)(count / inner) : 1;
  sd_mat piece = sd_mat_over((ptrdiff_t)count / rows, rows, h->dtype, values);
  sd_mat to = sd_mat_block(a, i, j, rows, (ptrdiff_t)count / rows);
  sd_mat_transpose(&piece, &to);
}

/* How many elements to take next: as many as fit, but with a row-major array whole rows where at
 * least one fits, else no further than the end of the row. */
static size_t next_piece(const sd_npy *h, size_t at, size_t total) {
  size_t inner = (size_t)h->cols, most = PIECE;
  if (!h->fortran && inner <= PIECE) most = PIECE / inner * inner;
  if (!h->fortran && inner > PIECE && inner - at % inner < PIECE) most = inner - at % inner;
  return total - at < most ? total - at : most;
}

static int read_pieces(io_stream *s, const sd_npy *h, sd_mat *a) {
  size_t total = (size_t)h->rows * (size_t)h->cols, count = 0;
  int status = SD_OK;
  void *raw = sd_alloc(PIECE, 8), *values = sd_alloc(PIECE, 8);
  if (raw == NULL || values == NULL) {
    status = io_status(s->file->why, SD_ENOMEM);
    goto done;
  }
  for (size_t at = 0; at < total; at += count) {
    count = next_piece(h, at, total);
    status = io_stream_read(s, raw, count * (size_t)h->size);
    if (status != SD_OK) goto done;
    if (h->swapped) swap_bytes(raw, count, h->size);
    status = check_exact(s->file, h, raw, count, at);
    if (status != SD_OK) goto done;
    convert(h, raw, count, values);
    place(h, values, at, count, a);
  }
done:
  sd_free(values);
  sd_free(raw);
  return status;
}

int io_npy_elements(io_stream *s, const sd_npy *h, sd_mat *a) {
  int empty = h->rows == 0 || h->cols == 0;
  if (a->rows != h->rows || a->cols != h->cols || !sd_mat_packed(a))
    return io_status(s->file->why, SD_ESHAPE);
  if (a->dtype != h->dtype) return io_status(s->file->why, SD_EDTYPE);
  int column_major = h->fortran || h->rows <= 1 || h->cols == 1;
  if (empty) return SD_OK;
  if (column_major && h->kind == 'f' && h->size > 2 && !h->swapped)
    return io_stream_read(s, a->x, (size_t)h->rows * (size_t)h->cols * (size_t)h->size);
  return read_pieces(s, h, a);
}
