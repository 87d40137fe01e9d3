/* .npz archives, read (see io.h).
 *
 * A zip archive is read from its end: the end record says where the central directory lies, and
 * that says of each member where it is and how long. The local headers only have to agree; sizes
 * that were written behind the data ("data descriptors") are therefore no difficulty. Before a
 * member is touched, all are checked to lie in the file, before the directory, without overlap,
 * which with deflate's largest ratio bounds what an archive can unpack to.
 * Reference: PKWARE APPNOTE 6.3, sections 4.3 to 4.5. */
#include "saddle/memory.h"
#include "saddle/status.h"
#include "stream.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
  END = 22, /* bytes of the records, without their variable parts */
  END64 = 56,
  LOCATOR = 20,
  ENTRY = 46,
  LOCAL = 30,
  MOST_COMMENT = 65535
};

static uint32_t get16(const unsigned char *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static uint32_t get32(const unsigned char *p) { return get16(p) | get16(p + 2) << 16; }
static uint64_t get64(const unsigned char *p) { return get32(p) | (uint64_t)get32(p + 4) << 32; }

/* ---- the end record ---------------------------------------------------------------------------*/

/* The place of the end record: the last one whose comment ends with the file. */
static int find_end(sd_file *f, uint64_t *place) {
  size_t n = f->size < END + MOST_COMMENT ? (size_t)f->size : (size_t)(END + MOST_COMMENT);
  uint64_t from = f->size - n;
  unsigned char *tail;
  if (n < END) return io_fail(f, SD_EFORMAT, "it is not a zip archive: it is too short");
  tail = sd_alloc(n, 1);
  if (tail == NULL) return io_status(f->why, SD_ENOMEM);
  int status = io_read(f, from, tail, n), found = 0;
  for (size_t k = n - END + 1; status == SD_OK && !found && k-- > 0;)
    if (get32(tail + k) == IO_ZIP_END && k + END + get16(tail + k + 20) == n) {
      *place = from + k;
      found = 1;
    }
  sd_free(tail);
  if (status == SD_OK && !found)
    return io_fail(f, SD_EFORMAT, "it is not a whole zip archive: its end record is missing");
  return status;
}

typedef struct directory {
  uint64_t at, bytes, count;
} directory;

/* The zip64 end record, which the locator in front of the end record points to. */
static int read_end64(sd_file *f, uint64_t end, directory *d) {
  unsigned char locator[LOCATOR], b[END64];
  if (end < LOCATOR) return io_fail(f, SD_EFORMAT, "its zip64 end record is missing");
  int status = io_read(f, end - LOCATOR, locator, LOCATOR);
  if (status != SD_OK) return status;
  uint64_t at = get64(locator + 8);
  if (get32(locator) != IO_ZIP_LOCATOR || get32(locator + 16) > 1 || at > end - LOCATOR ||
      end - LOCATOR - at < END64)
    return io_fail(f, SD_EFORMAT, "its zip64 end record is missing");
  status = io_read(f, at, b, END64);
  if (status != SD_OK) return status;
  if (get32(b) != IO_ZIP_END64 || get32(b + 16) != 0 || get32(b + 20) != 0)
    return io_fail(f, SD_EFORMAT, "its zip64 end record is damaged");
  *d = (directory){.at = get64(b + 48), .bytes = get64(b + 40), .count = get64(b + 32)};
  return SD_OK;
}

static int read_end(sd_file *f, directory *d) {
  unsigned char b[END];
  uint64_t end = 0;
  int status = find_end(f, &end);
  if (status == SD_OK) status = io_read(f, end, b, END);
  if (status != SD_OK) return status;
  if ((get16(b + 4) != 0 && get16(b + 4) != 0xFFFF) || get16(b + 8) != get16(b + 10))
    return io_fail(f, SD_EFORMAT, "it is one part of an archive in several files");
  *d = (directory){.at = get32(b + 16), .bytes = get32(b + 12), .count = get16(b + 10)};
  int wide = d->at == IO_ZIP_LIMIT || d->bytes == IO_ZIP_LIMIT;
  if (wide || d->count == 0xFFFF) status = read_end64(f, end, d);
  if (status == SD_EFORMAT && !wide) status = SD_OK; /* just 65535 members */
  if (status == SD_OK && (d->at > end || d->bytes > end - d->at || d->count > d->bytes / ENTRY))
    return io_fail(f, SD_EFORMAT, "its directory lies outside the file");
  return status;
}

/* ---- members ----------------------------------------------------------------------------------*/

/* Replaces the sizes and the offset that stand in the zip64 field; extra has n bytes. */
static int read_zip64(const unsigned char *extra, size_t n, uint64_t *size, uint64_t *packed,
                      uint64_t *at) {
  uint64_t *const wide[] = {size, packed, at};
  while (n >= 4 && get16(extra) != 1) {
    size_t skip = 4 + get16(extra + 2);
    if (skip > n) return 0;
    extra += skip, n -= skip;
  }
  size_t left = n >= 4 ? get16(extra + 2) : 0;
  if (n < 4 + left) left = 0;
  extra += 4;
  for (int k = 0; k < 3; k++) {
    if (*wide[k] != IO_ZIP_LIMIT) continue;
    if (left < 8) return 0;
    *wide[k] = get64(extra);
    extra += 8, left -= 8;
  }
  return 1;
}

/* m->name <- the n bytes of a member's name without ".npy"; directories keep their slash. */
static int read_name(sd_file *f, const unsigned char *name, size_t n, sd_member *m) {
  char shown[IO_SHOWN];
  int folder = n > 0 && name[n - 1] == '/';
  io_show((const char *)name, n, shown);
  if (!folder && (n < 4 || memcmp(name + n - 4, ".npy", 4) != 0))
    return io_fail(f, SD_EFORMAT, "member \"%s\" is not an .npy array", shown);
  if (n >= SD_MEMBER_NAME || memchr(name, '\0', n))
    return io_fail(f, SD_EFORMAT, "the name of member \"%s\" is too long or has a zero byte",
                   shown);
  if (!folder) n -= 4;
  memcpy(m->name, name, n);
  m->name[n] = '\0';
  return SD_OK;
}

/* Whether the numbers of an entry make sense, and its data fit between its header and `limit`. */
static int check_entry(sd_file *f, const unsigned char *b, const sd_member *m, uint64_t limit) {
  uint32_t method = get16(b + 10);
  if (get16(b + 8) & 1) return io_fail(f, SD_EFORMAT, "member \"%.40s\" is encrypted", m->name);
  if (method != IO_ZIP_STORED && method != IO_ZIP_DEFLATED)
    return io_fail(f, SD_EFORMAT,
                   "member \"%.40s\" uses compression method %u (stored and deflated are known)",
                   m->name, (unsigned)method);
  if (m->at > limit || limit - m->at < LOCAL || m->packed > limit - m->at - LOCAL)
    return io_fail(f, SD_EFORMAT, "member \"%.40s\" lies outside the archive", m->name);
  if (m->deflated ? m->size / IO_DEFLATE_RATIO > m->packed : m->size != m->packed)
    return io_fail(f, SD_EFORMAT,
                   "member \"%.40s\" cannot unpack from %" PRIu64 " to %" PRIu64 " bytes", m->name,
                   m->packed, m->size);
  return SD_OK;
}

/* m <- the directory's entry at z->at, z->at moves behind it; `limit` is where the directory
 * starts. m->at is the local header still. */
static int read_entry(sd_file *f, sd_npz *z, uint64_t limit, sd_member *m) {
  unsigned char b[ENTRY], *tail;
  if (z->end - z->at < ENTRY) return io_fail(f, SD_EFORMAT, "its directory is damaged");
  int status = io_read(f, z->at, b, ENTRY);
  if (status != SD_OK) return status;
  size_t name = get16(b + 28), extra = get16(b + 30), all = name + extra;
  uint64_t bytes = (uint64_t)ENTRY + all + get16(b + 32);
  if (get32(b) != IO_ZIP_ENTRY || bytes > z->end - z->at)
    return io_fail(f, SD_EFORMAT, "its directory is damaged");
  tail = sd_alloc(all, 1);
  if (tail == NULL) return io_status(f->why, SD_ENOMEM);
  status = io_read(f, z->at + ENTRY, tail, all);
  m->crc = get32(b + 16);
  m->packed = get32(b + 20);
  m->size = get32(b + 24);
  m->at = get32(b + 42);
  m->deflated = get16(b + 10) == IO_ZIP_DEFLATED;
  if (status == SD_OK && !read_zip64(tail + name, extra, &m->size, &m->packed, &m->at))
    status = io_fail(f, SD_EFORMAT, "its directory is damaged (a zip64 field)");
  if (status == SD_OK) status = read_name(f, tail, name, m);
  if (status == SD_OK) status = check_entry(f, b, m, limit);
  sd_free(tail);
  z->at += bytes;
  return status;
}

/* m->at moves from the local header to the data behind it. */
static int find_data(sd_file *f, sd_member *m, uint64_t limit) {
  unsigned char b[LOCAL];
  int status = io_read(f, m->at, b, LOCAL);
  if (status != SD_OK) return status;
  m->at += (uint64_t)LOCAL + get16(b + 26) + get16(b + 28);
  if (get32(b) != IO_ZIP_LOCAL || (get16(b + 8) == IO_ZIP_DEFLATED) != m->deflated)
    return io_fail(f, SD_EFORMAT, "member \"%.40s\" has a damaged header", m->name);
  if (m->at > limit || m->packed > limit - m->at)
    return io_fail(f, SD_EFORMAT, "member \"%.40s\" lies outside the archive", m->name);
  return SD_OK;
}

/* ---- the archive ------------------------------------------------------------------------------*/

typedef struct range {
  uint64_t from, to;
} range;

static int by_start(const void *a, const void *b) {
  const range *x = a, *y = b;
  return (x->from > y->from) - (x->from < y->from);
}

/* Every entry of the directory, and that no two share bytes. */
static int check_all(sd_file *f, const directory *d, range *ranges) {
  sd_npz z = {.at = d->at, .end = d->at + d->bytes};
  sd_member m;
  for (uint64_t k = 0; k < d->count; k++) {
    int status = read_entry(f, &z, d->at, &m);
    if (status != SD_OK) return status;
    ranges[k].from = m.at;
    status = find_data(f, &m, d->at);
    if (status != SD_OK) return status;
    ranges[k].to = m.at + m.packed;
  }
  if (z.at != z.end) return io_fail(f, SD_EFORMAT, "its directory is damaged");
  qsort(ranges, (size_t)d->count, sizeof *ranges, by_start);
  for (uint64_t k = 1; k < d->count; k++)
    if (ranges[k].from < ranges[k - 1].to)
      return io_fail(f, SD_EFORMAT, "two members overlap in the archive");
  return SD_OK;
}

int sd_npz_open(sd_file *f, sd_npz *z) {
  directory d = {0};
  range *ranges;
  f->line = 0;
  if (f->size == 0) return io_fail(f, SD_EFORMAT, "the file is empty");
  int status = read_end(f, &d);
  if (status != SD_OK) return status;
  ranges = sd_alloc((size_t)d.count + 1, sizeof *ranges);
  if (ranges == NULL) return io_status(f->why, SD_ENOMEM);
  status = check_all(f, &d, ranges);
  sd_free(ranges);
  *z = (sd_npz){.at = d.at, .end = d.at + d.bytes};
  return status;
}

/* Puts the member's name in front of the sentence that its array failed with. */
static int of_member(sd_file *f, const sd_member *m, int status) {
  char text[SD_WHY], shown[IO_SHOWN];
  memcpy(text, f->why, SD_WHY);
  return io_fail(f, status, "member \"%s\": %.*s", io_show(m->name, strlen(m->name), shown),
                 SD_WHY - IO_SHOWN - 16, text);
}

int sd_npz_next(sd_file *f, sd_npz *z, sd_member *m) {
  io_stream s;
  int status = SD_OK;
  f->line = 0;
  do {
    if (z->at >= z->end) return 1;
    status = read_entry(f, z, f->size, m);
    if (status == SD_OK) status = find_data(f, m, f->size);
    if (status != SD_OK) return status;
  } while (m->name[0] && m->name[strlen(m->name) - 1] == '/' && m->size == 0); /* directories */
  status = io_stream_open(&s, f, m->at, m->packed, m->size, m->deflated);
  if (status == SD_OK) status = io_npy_header(&s, &m->npy);
  io_stream_close(&s);
  return status == SD_OK ? SD_OK : of_member(f, m, status);
}

int sd_npz_read(sd_file *f, const sd_member *m, sd_mat *a) {
  io_stream s;
  sd_npy again;
  f->line = 0;
  int status = io_stream_open(&s, f, m->at, m->packed, m->size, m->deflated);
  if (status == SD_OK) status = io_npy_header(&s, &again); /* the checksum covers it as well */
  if (status == SD_OK && (again.rows != m->npy.rows || again.cols != m->npy.cols))
    status = io_fail(f, SD_EFORMAT, "the file changed while it was read");
  if (status == SD_OK) status = io_npy_elements(&s, &again, a);
  if (status == SD_OK) status = io_stream_finish(&s, m->crc);
  io_stream_close(&s);
  return status == SD_OK ? SD_OK : of_member(f, m, status);
}
