/* The header of an .npy array, read and written; .npy files (see io.h).
 *
 * An array is "\x93NUMPY", a version, the length of the header, the header (a Python dictionary of
 * literals with the keys descr, fortran_order and shape), then the elements. The dictionary is
 * parsed here by hand for exactly these three keys; nothing in it is ever evaluated.
 * Reference: NEP 1, "A simple file format for NumPy arrays", and numpy.lib.format. */
#include "saddle/memory.h"
#include "saddle/status.h"
#include "stream.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
  MOST_HEADER = 65535, /* bytes; NumPy's own are below 200 */
  MOST_DIMS = 32       /* as in NumPy */
};

static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* ---- the dictionary ---------------------------------------------------------------------------*/

typedef struct dict {
  const char *p; /* what is left; ends with a zero */
  char descr[16];
  int fortran, dims;
  uint64_t shape[MOST_DIMS];
  char *why;
} dict;

static void skip(dict *d) {
  while (*d->p == ' ' || *d->p == '\t' || *d->p == '\n' || *d->p == '\r') d->p++;
}

/* Takes the character c, after spaces; 1 when it was there. */
static int take(dict *d, char c) {
  skip(d);
  if (*d->p != c) return 0;
  d->p++;
  return 1;
}

static int damaged(dict *d, const char *what) {
  return io_why(d->why, SD_EFORMAT, "the header is damaged: %s", what);
}

/* word <- a quoted string without escapes, shorter than cap. */
static int string(dict *d, char *word, size_t cap) {
  skip(d);
  char quote = *d->p;
  if (quote != '\'' && quote != '"') return damaged(d, "a string was expected");
  const char *start = ++d->p, *end = strchr(start, quote);
  if (end == NULL || (size_t)(end - start) >= cap || memchr(start, '\\', (size_t)(end - start)))
    return damaged(d, "a string in it is too long or has no end");
  memcpy(word, start, (size_t)(end - start));
  word[end - start] = '\0';
  d->p = end + 1;
  return SD_OK;
}

static int boolean(dict *d) {
  skip(d);
  d->fortran = strncmp(d->p, "True", 4) == 0;
  if (!d->fortran && strncmp(d->p, "False", 5) != 0)
    return damaged(d, "fortran_order is neither True nor False");
  d->p += d->fortran ? 4 : 5;
  return SD_OK;
}

/* One side: digits, with the L that Python 2 appended to long integers. */
static int side(dict *d, uint64_t *n) {
  skip(d);
  if (*d->p == '-') return damaged(d, "a dimension is negative");
  if (*d->p < '0' || *d->p > '9') return damaged(d, "a dimension is not a number");
  for (*n = 0; *d->p >= '0' && *d->p <= '9'; d->p++) {
    if (*n > (UINT64_MAX >> 1) / 10 - 1) return damaged(d, "a dimension is larger than any memory");
    *n = *n * 10 + (uint64_t)(*d->p - '0');
  }
  if (*d->p == 'L') d->p++;
  return SD_OK;
}

static int shape(dict *d) {
  if (!take(d, '(')) return damaged(d, "the shape is not a tuple");
  for (d->dims = 0; !take(d, ')'); d->dims++) {
    if (d->dims == MOST_DIMS) return damaged(d, "the shape has more than 32 dimensions");
    int status = side(d, &d->shape[d->dims]);
    if (status != SD_OK) return status;
    skip(d);
    if (!take(d, ',') && *d->p != ')') return damaged(d, "the shape is not a tuple");
  }
  return SD_OK;
}

static int descr(dict *d) {
  skip(d);
  if (*d->p == '[' || *d->p == '(' || *d->p == '{')
    return io_why(d->why, SD_EFORMAT,
                  "it holds records (a structured dtype); save the fields one by one");
  return string(d, d->descr, sizeof d->descr);
}

static int dictionary(dict *d) {
  static const char *const keys[] = {"descr", "fortran_order", "shape"};
  static int (*const values[])(dict *) = {descr, boolean, shape};
  int seen = 0;
  char key[16];
  if (!take(d, '{')) return damaged(d, "it is not a dictionary");
  while (!take(d, '}')) {
    int status = string(d, key, sizeof key), k = 0;
    if (status != SD_OK) return status;
    while (k < 3 && strcmp(key, keys[k]) != 0) k++;
    if (k == 3 || (seen & 1 << k)) return damaged(d, "a key is unknown or comes twice");
    seen |= 1 << k;
    if (!take(d, ':')) return damaged(d, "a key has no value");
    status = values[k](d);
    if (status != SD_OK) return status;
    skip(d);
    if (!take(d, ',') && *d->p != '}') return damaged(d, "a comma is missing");
  }
  skip(d);
  if (seen != 7) return damaged(d, "descr, fortran_order or shape is missing");
  return *d->p == '\0' ? SD_OK : damaged(d, "something follows the dictionary");
}

/* ---- what it means ----------------------------------------------------------------------------*/

static int bad_dtype(const char *name, char *why) {
  const char *kind = strchr("<>=|", name[0]) && name[0] ? name + 1 : name;
  const char *what = *kind == 'c'   ? " (complex: save real and imaginary parts)"
                     : *kind == 'O' ? " (Python objects, which only Python can read)"
                     : *kind == 'S' || *kind == 'U' || *kind == 'a' ? " (strings)"
                     : *kind == 'M' || *kind == 'm'                 ? " (times)"
                     : *kind == 'V'                                 ? " (raw bytes)"
                                                                    : "";
  char shown[IO_SHOWN];
  return io_why(why, SD_EFORMAT, "dtype '%s'%s cannot be read: floats, integers and booleans can",
                io_show(name, strlen(name), shown), what);
}

/* kind, size, swapped and dtype from a name such as "<f8". */
static int read_dtype(const char *name, sd_npy *h, char *why) {
  static const char *const known[] = {"f2", "f4", "f8", "i1", "i2", "i4",
                                      "i8", "u1", "u2", "u4", "u8", "b1"};
  size_t k = 0, n = sizeof known / sizeof *known;
  char order = name[0];
  if (order == '\0' || strchr("<>=|", order) == NULL) return bad_dtype(name, why);
  while (k < n && strcmp(name + 1, known[k]) != 0) k++;
  if (k == n) return bad_dtype(name, why);
  h->kind = known[k][0];
  h->size = known[k][1] - '0';
  if (order == '|' && h->size > 1) return bad_dtype(name, why);
  h->swapped = h->size > 1 && order != '=' && order != IO_NATIVE;
  h->dtype = h->kind == 'f' && h->size <= 4 ? SD_F32 : SD_F64;
  return SD_OK;
}

/* "(2, 3, 4)" in buf, cut where it is too long. */
static const char *show_shape(const dict *d, char *buf, size_t cap) {
  size_t n = (size_t)snprintf(buf, cap, "(");
  for (int k = 0; k < d->dims && n < cap; k++)
    n += (size_t)snprintf(buf + n, cap - n, "%s%" PRIu64, k ? ", " : "", d->shape[k]);
  if (n < cap) snprintf(buf + n, cap - n, ")");
  return buf;
}

/* rows and cols from the shape, which must account for the `held` bytes behind the header. */
static int read_shape(const dict *d, sd_npy *h, uint64_t held, char *why) {
  char text[96];
  uint64_t m = d->dims > 0 ? d->shape[0] : 1, n = d->dims > 1 ? d->shape[1] : 1, bytes;
  if (d->dims > 2)
    return io_why(why, SD_EFORMAT, "its shape %s has %d dimensions; a matrix has at most 2",
                  show_shape(d, text, sizeof text), d->dims);
  if (__builtin_mul_overflow(m, n, &bytes) ||
      __builtin_mul_overflow(bytes, (uint64_t)h->size, &bytes) || bytes > PTRDIFF_MAX)
    return io_why(why, SD_EFORMAT, "its shape %s is larger than any memory",
                  show_shape(d, text, sizeof text));
  if (bytes == 0 && (m > IO_MOST_EMPTY || n > IO_MOST_EMPTY))
    return io_why(why, SD_EFORMAT, "its shape %s is out of bounds",
                  show_shape(d, text, sizeof text));
  if (bytes != held)
    return io_why(why, SD_EFORMAT,
                  "shape %s needs %" PRIu64 " bytes of elements, but %" PRIu64 " follow the header",
                  show_shape(d, text, sizeof text), bytes, held);
  h->rows = (ptrdiff_t)m;
  h->cols = (ptrdiff_t)n;
  h->dims = d->dims;
  h->fortran = d->fortran;
  return SD_OK;
}

/* The text of the header, already in memory with a closing zero. */
static int read_header(char *text, size_t n, sd_npy *h, uint64_t held, char *why) {
  dict d = {.p = text, .why = why};
  if (memchr(text, '\0', n)) return damaged(&d, "it has a zero byte");
  int status = dictionary(&d);
  if (status == SD_OK) status = read_dtype(d.descr, h, why);
  return status == SD_OK ? read_shape(&d, h, held, why) : status;
}

/* *n <- the header's length, of 2 bytes in version 1 and 4 in versions 2 and 3. */
static int preamble(io_stream *s, sd_npy *h, size_t *n) {
  unsigned char b[12];
  sd_file *f = s->file;
  if (s->left < 10) return io_fail(f, SD_EFORMAT, "it is too short for an .npy array");
  int status = io_stream_read(s, b, 10);
  if (status != SD_OK) return status;
  if (memcmp(b, magic, sizeof magic) != 0)
    return io_fail(f, SD_EFORMAT, "it is not an .npy array (it does not start with \\x93NUMPY)");
  if (b[6] < 1 || b[6] > 3 || b[7] != 0)
    return io_fail(f, SD_EFORMAT, "NPY version %d.%d is not known (1.0, 2.0 and 3.0 are)", b[6],
                   b[7]);
  if (b[6] > 1) status = io_stream_read(s, b + 10, 2);
  if (status != SD_OK) return status;
  *n = (size_t)b[8] | (size_t)b[9] << 8;
  if (b[6] > 1) *n |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
  h->data = (b[6] > 1 ? 12 : 10) + *n;
  if (*n > MOST_HEADER || *n > s->left)
    return io_fail(f, SD_EFORMAT, "a header of %zu bytes is too long%s", *n,
                   *n > s->left ? ": the file ends before" : "");
  return SD_OK;
}

int io_npy_header(io_stream *s, sd_npy *h) {
  size_t n = 0;
  char *text;
  *h = (sd_npy){0};
  int status = preamble(s, h, &n);
  if (status != SD_OK) return status;
  text = sd_alloc(n + 1, 1);
  if (text == NULL) return io_status(s->file->why, SD_ENOMEM);
  status = io_stream_read(s, text, n);
  text[n] = '\0';
  if (status == SD_OK) status = read_header(text, n, h, s->left, s->file->why);
  sd_free(text);
  return status;
}

/* ---- files ------------------------------------------------------------------------------------*/

int sd_npy_open(sd_file *f, sd_npy *h) {
  io_stream s;
  f->line = 0;
  if (f->size == 0) return io_fail(f, SD_EFORMAT, "the file is empty");
  int status = io_stream_open(&s, f, 0, f->size, f->size, 0);
  if (status == SD_OK) status = io_npy_header(&s, h);
  io_stream_close(&s);
  return status;
}

int sd_npy_read(sd_file *f, const sd_npy *h, sd_mat *a) {
  io_stream s;
  f->line = 0;
  int status = io_stream_open(&s, f, h->data, f->size - h->data, f->size - h->data, 0);
  if (status == SD_OK) status = io_npy_elements(&s, h, a);
  io_stream_close(&s);
  return status;
}

/* Padded with spaces so that the elements start at a multiple of 64. */
void io_npy_describe(const sd_mat *a, int scalar, char header[IO_NPY_HEADER], size_t *n) {
  char sides[64] = "", *text = header + 10;
  if (!scalar) snprintf(sides, sizeof sides, "%td, %td", a->rows, a->cols);
  int used = snprintf(text, IO_NPY_HEADER - 10,
                      "{'descr': '%cf%zu', 'fortran_order': True, 'shape': (%s), }", IO_NATIVE,
                      sd_dtype_size(a->dtype), sides);
  *n = ((size_t)used + 10 + 1 + 63) / 64 * 64;
  memset(text + used, ' ', *n - 10 - (size_t)used);
  header[*n - 1] = '\n';
  memcpy(header, magic, sizeof magic);
  header[6] = 1;
  header[7] = 0;
  header[8] = (char)((*n - 10) & 255);
  header[9] = (char)((*n - 10) >> 8);
}

void io_npy_emit(io_sink *s, const sd_mat *a) {
  size_t size = sd_dtype_size(a->dtype);
  if (a->rows == 0) return;
  if (sd_mat_packed(a))
    io_sink_write(s, a->x, (size_t)a->rows * (size_t)a->cols * size);
  else
    for (ptrdiff_t j = 0; j < a->cols; j++)
      io_sink_write(s, (const char *)a->x + (size_t)(j * a->ld) * size, (size_t)a->rows * size);
}

int sd_npy_save(const char *path, const sd_mat *a, int scalar, char why[SD_WHY]) {
  char header[IO_NPY_HEADER];
  size_t n;
  io_sink s;
  io_npy_describe(a, scalar, header, &n);
  io_sink_open(&s, path, why);
  io_sink_write(&s, header, n);
  io_npy_emit(&s, a);
  return io_sink_finish(&s);
}
