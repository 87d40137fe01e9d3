/* Children: how they are started, written to, read and reaped (see process.h).
 *
 * posix_spawn, not fork: a fork of a process with BLAS threads and gigabytes of matrices is slow,
 * and hangs some of these threads. Linux gives a descriptor for a process (pidfd), by which poll
 * learns of its end; where a kernel has none, ten looks a second take its place. */
#define _GNU_SOURCE 1
#include "saddle/process.h"
#include "saddle/memory.h"
#include "stream.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  REPORT = 3,  /* the descriptor by which a child reports */
  SLICE = 100, /* milliseconds between two looks at the interrupt flag */
  ABOUT = 48   /* bytes of "cannot write to child <pid>" */
};

struct sd_child {
  pid_t pid;
  int in, out;     /* our ends of its input and of its reports; -1: closed */
  int handle;      /* its pidfd; -1: none */
  int how, number; /* as sd_child_status gives them, once it has been reaped */
  sd_child *next;  /* in the list of those that were freed while they ran */
};

static void shut(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* ---- reaping ----------------------------------------------------------------------------------*/

/* Freed while they ran: each is reaped by the first call after its end that starts or frees one. */
static sd_child *left;

static void reap_left(void) {
  for (sd_child **at = &left; *at != NULL;) {
    sd_child *c = *at;
    if (waitpid(c->pid, NULL, WNOHANG) == 0) {
      at = &c->next;
      continue;
    }
    *at = c->next;
    sd_free(c);
  }
}

/* 1 when the child has ended, whether it has been reaped or not. */
static int has_ended(const sd_child *c) {
  siginfo_t info = {0};
  if (c->how != SD_RUNS) return 1;
  return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

int sd_child_status(sd_child *c, int *how, int *number, char why[SD_WHY]) {
  int word;
  if (c->how == SD_RUNS) {
    pid_t got = waitpid(c->pid, &word, WNOHANG);
    if (got < 0) return io_errno(why, "the status of a child is lost");
    if (got > 0) {
      c->how = WIFSIGNALED(word) ? SD_KILLED : SD_EXITED;
      c->number = WIFSIGNALED(word) ? WTERMSIG(word) : WEXITSTATUS(word);
      shut(&c->handle);
    }
  }
  *how = c->how, *number = c->number;
  return SD_OK;
}

void sd_child_free(sd_child *c) {
  reap_left();
  if (c == NULL) return;
  shut(&c->in), shut(&c->out), shut(&c->handle);
  if (c->how == SD_RUNS && waitpid(c->pid, NULL, WNOHANG) == 0)
    c->next = left, left = c;
  else
    sd_free(c);
}

/* ---- starting ---------------------------------------------------------------------------------*/

/* The descriptor, or -1 with errno, moved where it is one of 0..3: these get other meanings in a
 * child, and are free where somebody has started us without them. */
static int move_up(int fd) {
  if (fd < 0 || fd > REPORT) return fd;
  int up = fcntl(fd, F_DUPFD_CLOEXEC, REPORT + 1), code = errno;
  close(fd);
  errno = code;
  return up;
}

/* ends <- those of a pipe, closed by exec; 0, or -1 with errno. */
static int open_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  for (int k = 0; k < 2; k++)
    if ((ends[k] = move_up(ends[k])) < 0) return -1;
  return 0;
}

static int same_name(const char *a, const char *b) {
  size_t n = strcspn(a, "=");
  return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* Our environment with extra, to be freed; NULL when memory is short. */
static char **merge(char *const extra[]) {
  size_t ours = 0, more = 0, n = 0;
  while (environ != NULL && environ[ours] != NULL) ours++;
  while (extra[more] != NULL) more++;
  char **all = sd_alloc(ours + more + 1, sizeof *all);
  if (all == NULL) return NULL;
  for (size_t i = 0; i < ours; i++) {
    int replaced = 0;
    for (size_t j = 0; j < more && !replaced; j++) replaced = same_name(extra[j], environ[i]);
    if (!replaced) all[n++] = environ[i];
  }
  for (size_t j = 0; j < more; j++) all[n++] = extra[j];
  all[n] = NULL;
  return all;
}

/* What the child's descriptors become; 0 or an errno, as posix_spawn's own functions. */
static int set_files(posix_spawn_file_actions_t *a, int in, int report, int out) {
  int code = posix_spawn_file_actions_adddup2(a, in, STDIN_FILENO);
  if (code == 0) code = posix_spawn_file_actions_adddup2(a, report, REPORT);
  if (code == 0 && out == SD_OUT_STDERR)
    code = posix_spawn_file_actions_adddup2(a, STDERR_FILENO, STDOUT_FILENO);
  if (code == 0 && out == SD_OUT_NULL)
    code = posix_spawn_file_actions_addopen(a, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (code == 0) code = posix_spawn_file_actions_addclosefrom_np(a, REPORT + 1);
  return code;
}

/* What was ignored when we were started is the user's wish as far as terminals go. */
static int set_signals(posix_spawnattr_t *attr) {
  sigset_t none, reset;
  sigemptyset(&none);
  sigfillset(&reset);
  sigdelset(&reset, SIGHUP), sigdelset(&reset, SIGINT), sigdelset(&reset, SIGQUIT);
  int code = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (code == 0) code = posix_spawnattr_setsigmask(attr, &none);
  if (code == 0) code = posix_spawnattr_setsigdefault(attr, &reset);
  return code;
}

/* pid <- the new process; 0 or an errno. */
static int spawn(pid_t *pid, char *const words[], char *const env[], int in, int report, int out) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attr;
  int code = posix_spawn_file_actions_init(&files);
  if (code != 0) return code;
  code = posix_spawnattr_init(&attr);
  if (code == 0) {
    code = set_files(&files, in, report, out);
    if (code == 0) code = set_signals(&attr);
    if (code == 0) code = posix_spawnp(pid, words[0], &files, &attr, words, env);
    posix_spawnattr_destroy(&attr);
  }
  posix_spawn_file_actions_destroy(&files);
  return code;
}

/* c <- a child over two new pipes; 0 or an errno, and then no descriptor is left. */
static int start(sd_child *c, char *const words[], char *const env[], int out) {
  int in[2] = {-1, -1}, report[2] = {-1, -1};
  int code =
      open_pipe(in) != 0 || open_pipe(report) != 0 || fcntl(report[0], F_SETFL, O_NONBLOCK) != 0
          ? errno
          : spawn(&c->pid, words, env, in[0], report[1], out);
  shut(&in[0]), shut(&report[1]);
  if (code != 0) {
    shut(&in[1]), shut(&report[0]);
    return code;
  }
  c->in = in[1], c->out = report[0];
  c->handle = move_up(pidfd_open(c->pid, 0)); /* closed by exec */
  return 0;
}

int sd_child_start(char *const words[], char *const extra[], int out, sd_child **child,
                   char why[SD_WHY]) {
  struct sigaction ending;
  reap_left();
  if (sigaction(SIGCHLD, NULL, &ending) == 0 && ending.sa_handler == SIG_IGN)
    signal(SIGCHLD, SIG_DFL); /* inherited; the system would throw away how children end */
  sd_child *c = sd_alloc(1, sizeof *c);
  char **env = c ? merge(extra) : NULL;
  if (env == NULL) {
    sd_free(c);
    return io_status(why, SD_ENOMEM);
  }
  *c = (sd_child){.in = -1, .out = -1, .handle = -1, .how = SD_RUNS};
  int code = start(c, words, env, out);
  sd_free(env);
  if (code != 0) {
    sd_free(c);
    return io_why(why, SD_EIO, "cannot start %.180s: %s", words[0], strerror(code));
  }
  *child = c;
  return SD_OK;
}

long sd_child_pid(const sd_child *c) { return (long)c->pid; }

int sd_child_signal(sd_child *c, int number, char why[SD_WHY]) {
  if (c->how != SD_RUNS) /* its number may be another process's by now */
    return io_why(why, SD_EIO, "child %ld has ended", (long)c->pid);
  return kill(c->pid, number) == 0 ? SD_OK : io_errno(why, "cannot send a signal");
}

/* ---- pipes ------------------------------------------------------------------------------------*/

/* A pipe that is ready has room for PIPE_BUF bytes, so that no write blocks and every interrupt is
 * seen; but it ends the call only where nobody reads, as half a text helps no one. */
static int send_all(int fd, const char *about, const char *text, size_t n, char why[SD_WHY]) {
  while (n > 0) {
    struct pollfd pipe = {fd, POLLOUT, 0};
    int ready = poll(&pipe, 1, SLICE);
    if (ready < 0 && errno != EINTR) return io_errno(why, about);
    if (ready == 0 && io_poll(why) != SD_OK) return SD_EINTR;
    if (ready <= 0) continue;
    ssize_t put = write(fd, text, n < PIPE_BUF ? n : PIPE_BUF);
    if (put < 0 && errno != EINTR && errno != EAGAIN) return io_errno(why, about);
    if (put > 0) text += put, n -= (size_t)put;
  }
  return SD_OK;
}

/* As send_all, without SIGPIPE. It is not ignored for the whole process, which should still end
 * when its own output goes to a pipe that nobody reads. */
static int send_quietly(int fd, const char *about, const char *text, size_t n, char why[SD_WHY]) {
  sigset_t broken, before, pending;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &broken, &before);
  int status = send_all(fd, about, text, n, why);
  if (!sigismember(&pending, SIGPIPE)) {
    const struct timespec now = {0, 0};
    while (sigtimedwait(&broken, NULL, &now) < 0 && errno == EINTR) continue;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status;
}

int sd_child_write(sd_child *c, const char *text, size_t n, char why[SD_WHY]) {
  char about[ABOUT];
  snprintf(about, sizeof about, "cannot write to child %ld", (long)c->pid);
  if (c->in < 0) return io_why(why, SD_EIO, "%s: its input has been closed", about);
  return send_quietly(c->in, about, text, n, why);
}

void sd_child_close(sd_child *c) { shut(&c->in); }

/* read(2), again when a signal came. */
static ssize_t read_some(int fd, char *to, size_t room) {
  for (;;) {
    ssize_t got = read(fd, to, room);
    if (got >= 0 || errno != EINTR) return got;
  }
}

/* Others may have the pipe from the child and outlive it: its end is also the end of reading. */
int sd_child_read(sd_child *c, char *to, size_t room, size_t *n, char why[SD_WHY]) {
  *n = 0;
  if (c->out < 0) return 1;
  ssize_t got = read_some(c->out, to, room);
  if (got < 0 && errno == EAGAIN) {
    if (!has_ended(c)) return SD_OK;
    got = read_some(c->out, to, room); /* what came between the look and its end */
    if (got < 0 && errno == EAGAIN) got = 0;
  }
  if (got < 0) return io_errno(why, "cannot read from a child");
  if (got == 0) {
    shut(&c->out);
    return 1;
  }
  *n = (size_t)got;
  return SD_OK;
}

/* ---- waiting ----------------------------------------------------------------------------------*/

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* 1 when one has ended of those that poll knows nothing of. */
static int any_ended(sd_child *const *list, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (list[i]->handle < 0 && has_ended(list[i])) return 1;
  return 0;
}

int sd_child_wait(sd_child *const *list, size_t n, double seconds, int *ready, char why[SD_WHY]) {
  double end = now() + seconds;
  int status = SD_OK;
  struct pollfd *fds = sd_alloc(n, 2 * sizeof *fds);
  if (fds == NULL) return io_status(why, SD_ENOMEM);
  for (size_t i = 0; i < n; i++) { /* poll passes over descriptors below 0 */
    fds[2 * i] = (struct pollfd){list[i]->out, POLLIN, 0};
    fds[2 * i + 1] = (struct pollfd){list[i]->handle, POLLIN, 0};
  }
  for (*ready = any_ended(list, n); !*ready; *ready = any_ended(list, n)) {
    double rest = fmax(end - now(), 0);
    int found = poll(fds, 2 * n, (int)ceil(fmin(rest * 1000, SLICE)));
    if (found < 0 && errno != EINTR)
      status = io_errno(why, "cannot wait for children");
    else
      status = io_poll(why);
    *ready = found > 0;
    if (status != SD_OK || *ready || rest == 0) break;
  }
  sd_free(fds);
  return status;
}

/* ---- in a child -------------------------------------------------------------------------------*/

int sd_report(const char *text, size_t n, char why[SD_WHY]) {
  struct stat st;
  if (fstat(REPORT, &st) != 0 || !S_ISFIFO(st.st_mode))
    return io_why(why, SD_EIO, "cannot report: this process was not started to report to another");
  return send_quietly(REPORT, "cannot report", text, n, why);
}

int sd_orphaned(void) {
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0 && !(input.revents & POLLIN);
}
