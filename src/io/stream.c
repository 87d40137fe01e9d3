/* Stretches of a file, stored or deflated, read from front to back (see stream.h).
 *
 * Inflation is bounded on both sides: zlib gets no byte beyond the member's own, and no room beyond
 * the size that was declared, so a member that unpacks to more than it said is an error and not a
 * full memory. Its memory comes from sd_alloc and is counted like any other. */
#include "stream.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <limits.h>
#include <string.h>

static void *z_alloc(void *opaque, unsigned count, unsigned size) {
  (void)opaque;
  return sd_alloc(count, size);
}

static void z_free(void *opaque, void *block) {
  (void)opaque;
  sd_free(block);
}

int io_stream_open(io_stream *s, sd_file *f, uint64_t at, uint64_t packed, uint64_t size,
                   int deflated) {
  *s = (io_stream){.file = f, .at = at, .packed = packed, .left = size};
  s->crc = (uint32_t)crc32(0, NULL, 0);
  if (!deflated) return SD_OK;
  s->z.zalloc = z_alloc;
  s->z.zfree = z_free;
  s->in = sd_alloc(IO_BUFFER, 1);
  if (s->in == NULL || inflateInit2(&s->z, -MAX_WBITS) != Z_OK) /* negative: no zlib header */
    return io_status(f->why, SD_ENOMEM);
  s->deflated = 1;
  return SD_OK;
}

void io_stream_close(io_stream *s) {
  if (s->deflated) inflateEnd(&s->z);
  sd_free(s->in);
  s->in = NULL;
  s->deflated = 0;
}

static int refill(io_stream *s) {
  size_t n = s->packed < IO_BUFFER ? (size_t)s->packed : (size_t)IO_BUFFER;
  int status = io_read(s->file, s->at, s->in, n);
  s->z.next_in = s->in;
  s->z.avail_in = status == SD_OK ? (unsigned)n : 0;
  s->at += n;
  s->packed -= n;
  return status;
}

/* Up to n bytes (n fits an unsigned) and whether the deflated data came to its end. */
static int inflate_some(io_stream *s, void *to, size_t n, size_t *got, int *ended) {
  int status = SD_OK, code;
  if (s->z.avail_in == 0 && s->packed > 0) status = refill(s);
  if (status == SD_OK) status = io_poll(s->file->why);
  if (status != SD_OK) return status;
  s->z.next_out = to;
  s->z.avail_out = (unsigned)n;
  code = inflate(&s->z, Z_NO_FLUSH);
  *got = n - s->z.avail_out;
  *ended = code == Z_STREAM_END;
  if (code == Z_MEM_ERROR) return io_status(s->file->why, SD_ENOMEM);
  if (code == Z_BUF_ERROR && s->packed == 0)
    return io_fail(s->file, SD_EFORMAT, "the deflated data end too early");
  if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
    return io_fail(s->file, SD_EFORMAT, "the deflated data are damaged");
  return SD_OK;
}

static int inflate_all(io_stream *s, unsigned char *p, size_t n) {
  int ended = 0;
  while (n > 0) {
    size_t got = 0;
    if (ended)
      return io_fail(s->file, SD_EFORMAT, "the deflated data hold fewer bytes than declared");
    int status = inflate_some(s, p, n, &got, &ended);
    if (status != SD_OK) return status;
    p += got, n -= got;
  }
  return SD_OK;
}

int io_stream_read(io_stream *s, void *to, size_t n) {
  unsigned char *p = to;
  if (n > s->left) return io_fail(s->file, SD_EFORMAT, "the array ends too early");
  s->left -= n;
  while (n > 0) { /* pieces that crc32 and zlib can count, still in the cache for the sum */
    size_t piece = n < ((size_t)1 << 18) ? n : (size_t)1 << 18;
    int status = s->deflated ? inflate_all(s, p, piece) : io_read(s->file, s->at, p, piece);
    if (status != SD_OK) return status;
    if (!s->deflated) s->at += piece, s->packed -= piece;
    s->crc = (uint32_t)crc32(s->crc, p, (unsigned)piece);
    p += piece, n -= piece;
  }
  return SD_OK;
}

int io_stream_finish(io_stream *s, uint32_t crc) {
  int status = SD_OK, ended = !s->deflated;
  while (status == SD_OK && !ended) { /* the end mark may still wait in the input */
    unsigned char spare;
    size_t got = 0;
    status = inflate_some(s, &spare, 1, &got, &ended);
    if (status == SD_OK && got > 0)
      return io_fail(s->file, SD_EFORMAT, "the deflated data hold more bytes than declared");
  }
  if (status != SD_OK) return status;
  if (s->packed > 0 || s->z.avail_in > 0)
    return io_fail(s->file, SD_EFORMAT, "unused bytes follow the deflated data");
  if (s->crc != crc)
    return io_fail(s->file, SD_EFORMAT, "the checksum is wrong (CRC-32 %08x, declared %08x)",
                   (unsigned)s->crc, (unsigned)crc);
  return SD_OK;
}
