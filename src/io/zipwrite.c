/* .npz archives, written: stored members, fixed time stamps, so that equal matrices give equal
 * bytes (see io.h; PKWARE APPNOTE 6.3).
 *
 * Checksums and sizes are known before a member is written, since its bytes are in memory: nothing
 * is patched afterwards. */
#include "saddle/memory.h"
#include "saddle/status.h"
#include "stream.h"
#include <string.h>

enum {
  DATE = 1 << 5 | 1, /* 1980-01-01, the first day that zip knows */
  UTF8 = 1 << 11,    /* flag: the name is UTF-8 */
  RECORD = 64        /* bytes of the longest fixed record */
};

/* What the directory must know of a member. */
typedef struct place {
  uint64_t at, size;
  uint32_t crc;
} place;

/* A record that is being put together; fields are little-endian. */
typedef struct record {
  unsigned char b[RECORD];
  size_t n;
} record;

static void add(record *r, uint64_t v, int bytes) {
  for (; bytes > 0; bytes--, v >>= 8) r->b[r->n++] = (unsigned char)(v & 255);
}

static uint64_t below(uint64_t v, uint64_t limit, uint64_t all_ones) {
  return v < limit ? v : all_ones;
}

static int is_ascii(const char *name) {
  while (*name && (unsigned char)*name < 128) name++;
  return *name == '\0';
}

/* CRC-32 of n bytes more (crc32 itself counts in 32 bits). */
static uint32_t sum(uint32_t crc, const void *from, size_t n) {
  const unsigned char *p = from;
  for (size_t piece; n > 0; p += piece, n -= piece) {
    piece = n < ((size_t)1 << 30) ? n : (size_t)1 << 30;
    crc = (uint32_t)crc32(crc, p, (unsigned)piece);
  }
  return crc;
}

static uint32_t sum_elements(uint32_t crc, const sd_mat *a) {
  size_t size = sd_dtype_size(a->dtype);
  for (ptrdiff_t j = 0; a->rows > 0 && j < a->cols; j++)
    crc = sum(crc, (const char *)a->x + (size_t)(j * a->ld) * size, (size_t)a->rows * size);
  return crc;
}

/* The fields that the local header and the directory's entry have in common, from the version that
 * is needed to the length of the name. The local header's zip64 field must hold both sizes. */
static void add_common(record *r, const sd_named *item, const place *p, uint64_t limit) {
  uint64_t size = below(p->size, limit, IO_ZIP_LIMIT);
  add(r, p->size >= limit || p->at >= limit ? 45 : 20, 2);
  add(r, is_ascii(item->name) ? 0 : UTF8, 2);
  add(r, IO_ZIP_STORED, 2);
  add(r, 0, 2);
  add(r, DATE, 2);
  add(r, p->crc, 4);
  add(r, size, 4);
  add(r, size, 4);
  add(r, strlen(item->name) + 4, 2);
}

static void write_name(io_sink *s, const char *name) {
  io_sink_write(s, name, strlen(name));
  io_sink_write(s, ".npy", 4);
}

static void write_member(io_sink *s, const sd_named *item, place *p, uint64_t limit) {
  char header[IO_NPY_HEADER];
  size_t n;
  record r = {.n = 0}, wide = {.n = 0};
  io_npy_describe(&item->a, item->scalar, header, &n);
  p->at = s->at;
  p->size = n + (uint64_t)item->a.rows * (uint64_t)item->a.cols * sd_dtype_size(item->a.dtype);
  p->crc = sum_elements(sum((uint32_t)crc32(0, NULL, 0), header, n), &item->a);
  if (p->size >= limit) {
    add(&wide, 1, 2);
    add(&wide, 16, 2);
    add(&wide, p->size, 8);
    add(&wide, p->size, 8);
  }
  add(&r, IO_ZIP_LOCAL, 4);
  add_common(&r, item, p, limit);
  add(&r, wide.n, 2);
  io_sink_write(s, r.b, r.n);
  write_name(s, item->name);
  io_sink_write(s, wide.b, wide.n);
  io_sink_write(s, header, n);
  io_npy_emit(s, &item->a);
}

static void write_entry(io_sink *s, const sd_named *item, const place *p, uint64_t limit) {
  record r = {.n = 0}, wide = {.n = 0};
  size_t fields = (p->size >= limit ? 16U : 0U) + (p->at >= limit ? 8U : 0U);
  if (fields > 0) {
    add(&wide, 1, 2);
    add(&wide, fields, 2);
  }
  if (p->size >= limit) {
    add(&wide, p->size, 8);
    add(&wide, p->size, 8);
  }
  if (p->at >= limit) add(&wide, p->at, 8);
  add(&r, IO_ZIP_ENTRY, 4);
  add(&r, 45, 2); /* made by: zip version 4.5, attributes as in FAT */
  add_common(&r, item, p, limit);
  add(&r, wide.n, 2);
  add(&r, 0, 2 + 2 + 2 + 4); /* comment, disk, attributes */
  add(&r, below(p->at, limit, IO_ZIP_LIMIT), 4);
  io_sink_write(s, r.b, r.n);
  write_name(s, item->name);
  io_sink_write(s, wide.b, wide.n);
}

/* The zip64 end record and its locator. */
static void write_end64(io_sink *s, uint64_t n, uint64_t at, uint64_t bytes) {
  record r = {.n = 0};
  uint64_t here = s->at;
  add(&r, IO_ZIP_END64, 4);
  add(&r, 44, 8); /* its length, without this and the signature */
  add(&r, 45, 2);
  add(&r, 45, 2);
  add(&r, 0, 8);
  add(&r, n, 8);
  add(&r, n, 8);
  add(&r, bytes, 8);
  add(&r, at, 8);
  io_sink_write(s, r.b, r.n);
  r.n = 0;
  add(&r, IO_ZIP_LOCATOR, 4);
  add(&r, 0, 4);
  add(&r, here, 8);
  add(&r, 1, 4);
  io_sink_write(s, r.b, r.n);
}

static void write_end(io_sink *s, uint64_t n, uint64_t at, uint64_t limit) {
  record r = {.n = 0};
  uint64_t bytes = s->at - at;
  if (n >= 0xFFFF || at >= limit || bytes >= limit) write_end64(s, n, at, bytes);
  add(&r, IO_ZIP_END, 4);
  add(&r, 0, 4);
  add(&r, below(n, 0xFFFF, 0xFFFF), 2);
  add(&r, below(n, 0xFFFF, 0xFFFF), 2);
  add(&r, below(bytes, limit, IO_ZIP_LIMIT), 4);
  add(&r, below(at, limit, IO_ZIP_LIMIT), 4);
  add(&r, 0, 2);
  io_sink_write(s, r.b, r.n);
}

/* Bytes of the UTF-8 sequence that p starts with, 0 when it is none: no overlong forms, no
 * surrogates, nothing above U+10FFFF. */
static int sequence(const unsigned char *p) {
  int n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  uint32_t v = n > 1 ? p[0] & (0x7fu >> n) : p[0];
  for (int k = 1; k < n; k++) {
    if (p[k] >> 6 != 2) return 0; /* a closing zero ends the loop too */
    v = v << 6 | (p[k] & 0x3f);
  }
  return v < least[n] || v >> 11 == 0x1b || v > 0x10ffff ? 0 : n;
}

static int check_name(const char *name, char why[SD_WHY]) {
  char shown[IO_SHOWN];
  size_t n = strlen(name);
  io_show(name, n, shown);
  if (n == 0) return io_why(why, SD_EARG, "a name is empty");
  if (n + 4 >= SD_MEMBER_NAME)
    return io_why(why, SD_EARG, "the name \"%s\" is longer than %d bytes", shown,
                  SD_MEMBER_NAME - 5);
  for (int k; *name; name += k) {
    k = sequence((const unsigned char *)name);
    if (k == 0) return io_why(why, SD_EARG, "the name \"%s\" is not UTF-8", shown);
  }
  return SD_OK;
}

int io_npz_save(const char *path, const sd_named *items, size_t n, uint64_t limit,
                char why[SD_WHY]) {
  io_sink s;
  place *places;
  for (size_t k = 0; k < n; k++) {
    int status = check_name(items[k].name, why);
    if (status != SD_OK) return status;
  }
  places = sd_alloc(n + 1, sizeof *places);
  if (places == NULL) return io_status(why, SD_ENOMEM);
  io_sink_open(&s, path, why);
  for (size_t k = 0; k < n && s.status == SD_OK; k++)
    write_member(&s, &items[k], &places[k], limit);
  uint64_t at = s.at;
  for (size_t k = 0; k < n && s.status == SD_OK; k++) write_entry(&s, &items[k], &places[k], limit);
  write_end(&s, n, at, limit);
  sd_free(places);
  return io_sink_finish(&s);
}

int sd_npz_save(const char *path, const sd_named *items, size_t n, char why[SD_WHY]) {
  return io_npz_save(path, items, n, IO_ZIP_LIMIT, why);
}
