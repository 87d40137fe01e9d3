/* Files opened for reading, and the sentences of failures (see io.h, stream.h). */
#include "saddle/status.h"
#include "stream.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- sentences --------------------------------------------------------------------------------*/

int io_why(char why[SD_WHY], int status, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(why, SD_WHY, fmt, ap);
  va_end(ap);
  return status;
}

int io_errno(char why[SD_WHY], const char *what) {
  int code = errno;
  return io_why(why, SD_EIO, "%s%s%s", what ? what : "", what ? ": " : "", strerror(code));
}

const char *io_show(const char *text, size_t n, char buf[IO_SHOWN]) {
  const size_t most = 40;
  size_t shown = n < most ? n : most;
  for (size_t i = 0; i < shown; i++)
    buf[i] = (unsigned char)text[i] < 32 || text[i] == 127 ? (char)'?' : text[i];
  memcpy(buf + shown, n > most ? "..." : "\0\0\0", 4);
  return buf;
}

int io_status(char why[SD_WHY], int status) {
  return io_why(why, status, "%s", sd_status_text(status));
}

int io_poll(char why[SD_WHY]) { return sd_interrupted() ? io_status(why, SD_EINTR) : SD_OK; }

/* ---- files ------------------------------------------------------------------------------------*/

static int check_kind(sd_file *f, const struct stat *st) {
  if (S_ISDIR(st->st_mode)) return io_fail(f, SD_EIO, "it is a directory");
  if (!S_ISREG(st->st_mode))
    return io_fail(f, SD_EIO, "it is not a regular file (a pipe, a device or a socket)");
  return SD_OK;
}

/* The kind is looked at before opening, since opening a device may act on it, and again after,
 * since the name may have come to mean another file. */
int sd_file_open(sd_file *f, const char *path) {
  struct stat st;
  *f = (sd_file)SD_FILE_CLOSED;
  if (stat(path, &st) != 0) return io_errno(f->why, NULL);
  int status = check_kind(f, &st);
  if (status != SD_OK) return status;
  f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (f->fd < 0) return io_errno(f->why, NULL);
  status = fstat(f->fd, &st) == 0 ? check_kind(f, &st) : io_errno(f->why, NULL);
  if (status != SD_OK)
    sd_file_close(f);
  else
    f->size = (uint64_t)st.st_size;
  return status;
}

void sd_file_close(sd_file *f) {
  if (f->fd >= 0) close(f->fd);
  f->fd = -1;
}

int io_read(sd_file *f, uint64_t at, void *to, size_t n) {
  char *p = to;
  if (at > f->size || n > f->size - at) return io_fail(f, SD_EFORMAT, "the file ends too early");
  while (n > 0) {
    size_t piece = n < ((size_t)1 << 24) ? n : (size_t)1 << 24;
    ssize_t got = pread(f->fd, p, piece, (off_t)at);
    int status = io_poll(f->why);
    if (status != SD_OK) return status;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_errno(f->why, NULL);
    if (got == 0) return io_fail(f, SD_EFORMAT, "the file became shorter while it was read");
    p += got, at += (uint64_t)got, n -= (size_t)got;
  }
  return SD_OK;
}
