/* What the readers and writers of src/io share: sentences, bounded reads, atomic writes. */
#ifndef SADDLE_IO_STREAM_H
#define SADDLE_IO_STREAM_H

#include "saddle/io.h"
#include <zlib.h>

/* Elements are written as they lie in memory, and the headers say so. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define IO_NATIVE '<'
#else
#define IO_NATIVE '>'
#endif

enum {
  IO_BUFFER = 1 << 16,
  IO_MOST_EMPTY = 0x7fffffff, /* the longest side of an array without elements: no bytes vouch for
                                 it */
  IO_DEFLATE_RATIO = 1032     /* deflate gives at most 258 bytes for 2 bits */
};

/* ---- sentences --------------------------------------------------------------------------------*/

/* why <- the sentence; returns status. */
int io_why(char why[SD_WHY], int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same in f->why, for f. */
#define io_fail(f, status, ...) io_why((f)->why, status, __VA_ARGS__)
/* The code's own sentence; returns status. */
int io_status(char why[SD_WHY], int status);
/* SD_EIO with the words for errno, after "what: " unless what is NULL. */
int io_errno(char why[SD_WHY], const char *what);
/* buf <- n bytes of a file fit to be shown: at most 40, control characters as '?'. */
enum { IO_SHOWN = 48 };
const char *io_show(const char *text, size_t n, char buf[IO_SHOWN]);
/* SD_EINTR with its sentence when the user has interrupted, else SD_OK. */
int io_poll(char why[SD_WHY]);

/* ---- reading ----------------------------------------------------------------------------------*/

/* to <- exactly n bytes from `at`. SD_EFORMAT when the file ends before, SD_EIO. */
int io_read(sd_file *f, uint64_t at, void *to, size_t n);

/* A stretch of a file read from front to back, inflated on the way or not, with its CRC-32. */
typedef struct io_stream {
  sd_file *file;
  uint64_t at, packed; /* the bytes of the file that are still to come */
  uint64_t left;       /* bytes still to be given out */
  uint32_t crc;
  int deflated;
  unsigned char *in; /* with deflate: input, IO_BUFFER bytes */
  z_stream z;
} io_stream;

/* `packed` bytes at `at` that unpack to `size`. SD_ENOMEM. io_stream_close afterwards, always. */
int io_stream_open(io_stream *s, sd_file *f, uint64_t at, uint64_t packed, uint64_t size,
                   int deflated);
/* to <- exactly n bytes. SD_EFORMAT, SD_EIO, SD_EINTR. */
int io_stream_read(io_stream *s, void *to, size_t n);
/* After the last byte: SD_EFORMAT unless the input is used up and the checksum is crc. */
int io_stream_finish(io_stream *s, uint32_t crc);
void io_stream_close(io_stream *s);

/* h <- the header at the start of s, whose array must fill s to its end. As sd_npy_open. */
int io_npy_header(io_stream *s, sd_npy *h);
/* A <- the elements, s standing at the first. As sd_npy_read. */
int io_npy_elements(io_stream *s, const sd_npy *h, sd_mat *a);

/* ---- writing ----------------------------------------------------------------------------------*/

/* A temporary file beside its target. The first failure is kept; later calls do nothing. */
typedef struct io_sink {
  int fd, status;
  uint64_t at; /* bytes written */
  size_t fill;
  char *buffer; /* IO_BUFFER bytes, then the two names */
  char *temporary, *target;
  char *why;
} io_sink;

/* Starts to write what will be `path`. io_sink_finish afterwards, always. */
void io_sink_open(io_sink *s, const char *path, char why[SD_WHY]);
void io_sink_write(io_sink *s, const void *from, size_t n);
/* Puts the file in its place if all went well, else removes the temporary; the status of it all. */
int io_sink_finish(io_sink *s);

/* header <- the header of A, *n bytes of it. */
enum { IO_NPY_HEADER = 192 };
void io_npy_describe(const sd_mat *a, int scalar, char header[IO_NPY_HEADER], size_t *n);
/* The elements of A, column by column. */
void io_npy_emit(io_sink *s, const sd_mat *a);

/* ---- zip --------------------------------------------------------------------------------------*/

enum {
  IO_ZIP_LOCAL = 0x04034b50, /* signatures, little-endian */
  IO_ZIP_ENTRY = 0x02014b50,
  IO_ZIP_END = 0x06054b50,
  IO_ZIP_END64 = 0x06064b50,
  IO_ZIP_LOCATOR = 0x07064b50,
  IO_ZIP_STORED = 0,
  IO_ZIP_DEFLATED = 8
};
#define IO_ZIP_LIMIT 0xFFFFFFFFu /* a 32-bit field with this value: see the zip64 field */

/* sd_npz_save with zip64 fields for sizes and offsets from `limit` on (IO_ZIP_LIMIT, except where
 * a test wants them in a small file). */
int io_npz_save(const char *path, const sd_named *items, size_t n, uint64_t limit,
                char why[SD_WHY]);

#endif
