/* Atomic writes: a temporary file in the target's directory, renamed at the end (see stream.h).
 *
 * After write, fsync, rename and fsync of the directory a reader, or a machine that lost power,
 * sees the old file or the new one and nothing between. */
#include "saddle/io.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include "stream.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void fail(io_sink *s, int status, const char *text) {
  if (s->status == SD_OK) s->status = io_why(s->why, status, "%s", text);
}

static void fail_errno(io_sink *s, const char *what) {
  if (s->status == SD_OK) s->status = io_errno(s->why, what);
}

/* target <- the file that path names, through symbolic links; a link to nothing is itself replaced.
 * Refuses what rename would destroy. *mode <- the permissions to keep, or 0. */
static void find_target(io_sink *s, const char *path, mode_t *mode) {
  struct stat st;
  *mode = 0;
  if (realpath(path, s->target) == NULL) {
    if (strlen(path) >= PATH_MAX) {
      errno = ENAMETOOLONG;
      fail_errno(s, NULL);
      return;
    }
    memcpy(s->target, path, strlen(path) + 1);
  }
  if (stat(s->target, &st) != 0) return; /* what is wrong, if anything, creating the file says */
  if (S_ISDIR(st.st_mode))
    fail(s, SD_EIO, "it is a directory");
  else if (!S_ISREG(st.st_mode))
    fail(s, SD_EIO, "it is not a regular file (a pipe, a device or a socket)");
  *mode = st.st_mode & 0777;
}

/* Creates <directory>/.saddle-<process>-<clock>.tmp, a name that nobody else has. */
static void create(io_sink *s, mode_t mode) {
  const char *slash = strrchr(s->target, '/');
  int directory = slash ? (int)(slash - s->target) + 1 : 0;
  for (int attempt = 0; attempt < 100; attempt++) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int n = snprintf(s->temporary, PATH_MAX, "%.*s.saddle-%ld-%lx%08lx.tmp", directory, s->target,
                     (long)getpid(), (unsigned long)now.tv_sec, (unsigned long)now.tv_nsec);
    errno = ENAMETOOLONG;
    if (n < PATH_MAX) s->fd = open(s->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (s->fd >= 0 || errno != EEXIST) break;
  }
  if (s->fd < 0)
    fail_errno(s, NULL);
  else if (mode != 0 && fchmod(s->fd, mode) != 0)
    fail_errno(s, "cannot keep the file's permissions");
}

void io_sink_open(io_sink *s, const char *path, char why[SD_WHY]) {
  mode_t mode;
  *s = (io_sink){.fd = -1, .why = why};
  why[0] = '\0';
  s->buffer = sd_alloc(IO_BUFFER + 2 * (size_t)PATH_MAX, 1);
  if (s->buffer == NULL) {
    fail(s, SD_ENOMEM, sd_status_text(SD_ENOMEM));
    return;
  }
  s->temporary = s->buffer + IO_BUFFER;
  s->target = s->temporary + PATH_MAX;
  find_target(s, path, &mode);
  if (s->status == SD_OK) create(s, mode);
}

static void put(io_sink *s, const char *p, size_t n) {
  while (n > 0 && s->status == SD_OK) {
    ssize_t done = write(s->fd, p, n < ((size_t)1 << 24) ? n : (size_t)1 << 24);
    if (sd_interrupted())
      s->status = io_poll(s->why);
    else if (done < 0 && errno != EINTR)
      fail_errno(s, NULL);
    else if (done > 0)
      p += done, n -= (size_t)done;
  }
}

static void flush(io_sink *s) {
  put(s, s->buffer, s->fill);
  s->fill = 0;
}

void io_sink_write(io_sink *s, const void *from, size_t n) {
  if (s->status != SD_OK) return;
  s->at += n;
  if (n > IO_BUFFER - s->fill) flush(s);
  if (n >= IO_BUFFER)
    put(s, from, n);
  else if (n > 0) {
    memcpy(s->buffer + s->fill, from, n);
    s->fill += n;
  }
}

/* Makes the rename last. A directory that cannot be opened or flushed (some file systems do not
 * offer it) is let be: the file itself is complete and on disk. */
static void flush_directory(io_sink *s) {
  char *slash = strrchr(s->target, '/');
  int fd;
  if (slash != NULL) slash[slash == s->target] = '\0';
  fd = open(slash ? s->target : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  if (fsync(fd) != 0 && errno == EIO) fail_errno(s, "the directory could not be flushed");
  close(fd);
}

int io_sink_finish(io_sink *s) {
  if (s->status == SD_OK) flush(s);
  if (s->status == SD_OK && fsync(s->fd) != 0) fail_errno(s, NULL);
  if (s->fd >= 0) {
    if (close(s->fd) != 0) fail_errno(s, NULL);
    if (s->status == SD_OK && rename(s->temporary, s->target) != 0) fail_errno(s, NULL);
    if (s->status != SD_OK) unlink(s->temporary);
    if (s->status == SD_OK) flush_directory(s);
  }
  sd_free(s->buffer);
  s->buffer = NULL;
  s->fd = -1;
  return s->status;
}

int sd_text_save(const char *path, const char *text, size_t n, char why[SD_WHY]) {
  io_sink s;
  io_sink_open(&s, path, why);
  io_sink_write(&s, text, n);
  return io_sink_finish(&s);
}
