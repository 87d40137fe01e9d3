/* Locks on bytes of a file (see process.h). */
#define _GNU_SOURCE 1
#include "saddle/process.h"
#include "stream.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int sd_lock_open(const char *path, int *fd, char why[SD_WHY]) {
  struct stat st;
  *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
  if (*fd < 0) return io_errno(why, NULL);
  int status = fstat(*fd, &st) != 0   ? io_errno(why, NULL)
               : !S_ISREG(st.st_mode) ? io_why(why, SD_EIO, "it is not a regular file")
                                      : SD_OK;
  if (status == SD_OK) return SD_OK;
  close(*fd);
  *fd = -1;
  return status;
}

/* 0, or -1 with errno. */
static int control(int fd, int command, short type, int64_t byte, struct flock *l) {
  int done;
  *l = (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
  do done = fcntl(fd, command, l);
  while (done != 0 && errno == EINTR);
  return done;
}

int sd_lock_take(int fd, int64_t byte, int *taken, char why[SD_WHY]) {
  struct flock l;
  *taken = control(fd, F_OFD_SETLK, F_WRLCK, byte, &l) == 0;
  if (*taken || errno == EAGAIN || errno == EACCES) return SD_OK;
  return io_errno(why, "cannot lock");
}

int sd_lock_taken(int fd, int64_t byte, int *taken, char why[SD_WHY]) {
  struct flock l;
  if (control(fd, F_OFD_GETLK, F_WRLCK, byte, &l) != 0) return io_errno(why, "cannot lock");
  *taken = l.l_type != F_UNLCK;
  return SD_OK;
}

int sd_lock_release(int fd, int64_t byte, char why[SD_WHY]) {
  struct flock l;
  if (control(fd, F_OFD_SETLK, F_UNLCK, byte, &l) != 0) return io_errno(why, "cannot unlock");
  return SD_OK;
}
