/* IDX files, plain or gzipped (see io.h).
 *
 * In memory order a file of sides n, s, t, ... is a column-major matrix of (s t ...) x n, so its
 * elements are read as those of an .npy array. A gzip file says at its end how many bytes it
 * unpacks to, modulo 2^32: that is what inflation is given room for, and the header inside has to
 * agree with it. What begins like a gzip file is one, whatever its name. */
#include "saddle/status.h"
#include "stream.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
  HEAD = 4,                             /* bytes before the sides */
  MOST_HEADER = HEAD + 4 * SD_IDX_DIMS, /* bytes before the elements */
  GZIP_HEAD = 10,
  GZIP_TAIL = 8,
  GZIP_MOST = 2048 /* bytes before the deflated data, names and comments included */
};

static uint32_t big32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static uint32_t little32(const unsigned char *p) {
  return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | (uint32_t)p[0];
}

/* ---- gzip -------------------------------------------------------------------------------------*/

/* The length of a gzip header, whose first n bytes are in b; 0 where it does not end there. */
static size_t gzip_header(const unsigned char *b, size_t n) {
  enum { CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16 };
  size_t at = GZIP_HEAD;
  if (b[3] & EXTRA) {
    if (n - at < 2) return 0;
    at += 2 + ((size_t)b[at] | (size_t)b[at + 1] << 8);
  }
  for (int text = NAME; text <= COMMENT; text += text) {
    if (!(b[3] & text)) continue;
    const unsigned char *end = at < n ? memchr(b + at, 0, n - at) : NULL;
    if (end == NULL) return 0;
    at = (size_t)(end - b) + 1;
  }
  if (b[3] & CRC) at += 2;
  return at <= n ? at : 0;
}

/* Where the deflated data are, and what they unpack to. */
static int open_gzip(sd_file *f, sd_idx *h) {
  enum { DEFLATE = 8, RESERVED = 0xe0 };
  unsigned char b[GZIP_MOST], tail[GZIP_TAIL];
  if (f->size < GZIP_HEAD + GZIP_TAIL)
    return io_fail(f, SD_EFORMAT, "it is too short for a gzip file");
  size_t n = f->size < GZIP_MOST ? (size_t)f->size : (size_t)GZIP_MOST;
  int status = io_read(f, 0, b, n);
  if (status == SD_OK) status = io_read(f, f->size - GZIP_TAIL, tail, GZIP_TAIL);
  if (status != SD_OK) return status;
  if (b[2] != DEFLATE || b[3] & RESERVED)
    return io_fail(f, SD_EFORMAT, "it is a gzip file of an unknown kind");
  h->at = gzip_header(b, n);
  if (h->at == 0 || h->at + GZIP_TAIL > f->size)
    return io_fail(f, SD_EFORMAT, "the gzip header does not end");
  h->packed = f->size - GZIP_TAIL - h->at;
  h->size = little32(tail + 4);
  h->crc = little32(tail);
  h->deflated = 1;
  if (h->size / IO_DEFLATE_RATIO > h->packed)
    return io_fail(f, SD_EFORMAT, "it cannot unpack from %" PRIu64 " to %" PRIu64 " bytes",
                   h->packed, h->size);
  return SD_OK;
}

static int locate(sd_file *f, sd_idx *h) {
  unsigned char b[2] = {0, 0};
  *h = (sd_idx){.packed = f->size, .size = f->size};
  f->line = 0;
  if (f->size == 0) return io_fail(f, SD_EFORMAT, "the file is empty");
  int status = io_read(f, 0, b, f->size < 2 ? 1 : 2);
  return status == SD_OK && b[0] == 0x1f && b[1] == 0x8b ? open_gzip(f, h) : status;
}

/* ---- the header -------------------------------------------------------------------------------*/

static int read_type(sd_file *f, unsigned char code, sd_npy *array) {
  static const struct {
    unsigned char code;
    char kind;
    int size;
  } known[] = {{0x08, 'u', 1}, {0x09, 'i', 1}, {0x0b, 'i', 2},
               {0x0c, 'i', 4}, {0x0d, 'f', 4}, {0x0e, 'f', 8}};
  size_t k = 0, n = sizeof known / sizeof *known;
  while (k < n && known[k].code != code) k++;
  if (k == n)
    return io_fail(f, SD_EFORMAT,
                   "type 0x%02x of elements is not known (uint8, int8, int16, int32, float32 and "
                   "float64 are)",
                   code);
  array->kind = known[k].kind;
  array->size = known[k].size;
  array->swapped = known[k].size > 1 && IO_NATIVE == '<';
  array->dtype = known[k].kind == 'f' && known[k].size == 4 ? SD_F32 : SD_F64;
  return SD_OK;
}

/* "60000x28x28" in buf. */
static const char *show_sides(const sd_idx *h, char *buf, size_t cap) {
  size_t n = 0;
  for (int k = 0; k < h->dims && n < cap; k++)
    n += (size_t)snprintf(buf + n, cap - n, "%s%td", k ? "x" : "", h->sides[k]);
  return buf;
}

/* rows and cols from the sides, which must account for the `held` bytes behind the header. */
static int read_shape(sd_file *f, sd_idx *h, uint64_t held) {
  char text[16 * SD_IDX_DIMS];
  uint64_t rows = 1, bytes;
  int big = 0;
  for (int k = 1; k < h->dims; k++)
    big |= __builtin_mul_overflow(rows, (uint64_t)h->sides[k], &rows);
  big |= __builtin_mul_overflow(rows, (uint64_t)h->sides[0], &bytes);
  big |= __builtin_mul_overflow(bytes, (uint64_t)h->array.size, &bytes);
  show_sides(h, text, sizeof text);
  if (big || bytes > PTRDIFF_MAX)
    return io_fail(f, SD_EFORMAT, "its shape %s is larger than any memory", text);
  if (bytes == 0 && (rows > IO_MOST_EMPTY || h->sides[0] > IO_MOST_EMPTY))
    return io_fail(f, SD_EFORMAT, "its shape %s is out of bounds", text);
  if (bytes != held)
    return io_fail(f, SD_EFORMAT,
                   "shape %s needs %" PRIu64 " bytes of elements, but %" PRIu64
                   " follow the header",
                   text, bytes, held);
  h->array.rows = (ptrdiff_t)rows;
  h->array.cols = h->sides[0];
  h->array.dims = 2;
  h->array.fortran = 1;
  return SD_OK;
}

static int read_header(io_stream *s, sd_idx *h) {
  unsigned char b[MOST_HEADER];
  sd_file *f = s->file;
  if (s->left < HEAD) return io_fail(f, SD_EFORMAT, "it is too short for an IDX file");
  int status = io_stream_read(s, b, HEAD);
  if (status != SD_OK) return status;
  if (b[0] != 0 || b[1] != 0)
    return io_fail(f, SD_EFORMAT, "it is not an IDX file (it does not start with two zero bytes)");
  status = read_type(f, b[2], &h->array);
  if (status != SD_OK) return status;
  h->dims = b[3];
  if (h->dims < 1 || h->dims > SD_IDX_DIMS)
    return io_fail(f, SD_EFORMAT, "it has %d dimensions; from 1 to %d are read", h->dims,
                   SD_IDX_DIMS);
  h->array.data = HEAD + 4 * (uint64_t)h->dims;
  if (s->left < 4 * (uint64_t)h->dims) return io_fail(f, SD_EFORMAT, "the header ends too early");
  status = io_stream_read(s, b + HEAD, 4 * (size_t)h->dims);
  for (int k = 0; k < h->dims; k++) h->sides[k] = (ptrdiff_t)big32(b + HEAD + 4 * k);
  return status == SD_OK ? read_shape(f, h, s->left) : status;
}

int sd_idx_open(sd_file *f, sd_idx *h) {
  io_stream s;
  int status = locate(f, h);
  if (status != SD_OK) return status;
  status = io_stream_open(&s, f, h->at, h->packed, h->size, h->deflated);
  if (status == SD_OK) status = read_header(&s, h);
  io_stream_close(&s);
  return status;
}

int sd_idx_read(sd_file *f, const sd_idx *h, sd_mat *a) {
  unsigned char header[MOST_HEADER];
  io_stream s;
  f->line = 0;
  int status = io_stream_open(&s, f, h->at, h->packed, h->size, h->deflated);
  if (status == SD_OK) status = io_stream_read(&s, header, (size_t)h->array.data);
  if (status == SD_OK) status = io_npy_elements(&s, &h->array, a);
  if (status == SD_OK && h->deflated) status = io_stream_finish(&s, h->crc);
  io_stream_close(&s);
  return status;
}
