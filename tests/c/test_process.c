/* Children from C: what they inherit, SIGPIPE, failing requests, thousands of them. What scripts
 * see is tested in tests/lua/process_spec.lua. */
#define _GNU_SOURCE 1
#include "check.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char why[SD_WHY];
static char *const nothing[] = {NULL};

/* A shell that runs the text; fails the test when it cannot be started. */
static sd_child *shell(const char *text) {
  char *const words[] = {(char *)"/bin/sh", (char *)"-c", (char *)text, NULL};
  sd_child *c = NULL;
  if (sd_child_start(words, nothing, SD_OUT_INHERIT, &c, why) != SD_OK) fail_msg("%s", why);
  return c;
}

/* Waits for the child's end: its exit status, or minus the signal. */
static int finish(sd_child *c) {
  int how = SD_RUNS, number = 0, ready;
  while (how == SD_RUNS) {
    assert_int_equal(sd_child_wait(&c, 1, 10, &ready, why), SD_OK);
    assert_true(ready);
    assert_int_equal(sd_child_status(c, &how, &number, why), SD_OK);
  }
  sd_child_free(c);
  return how == SD_EXITED ? number : -number;
}

static int open_files(void) {
  int n = 0;
  DIR *d = opendir("/proc/self/fd");
  assert_non_null(d);
  while (readdir(d) != NULL) n++;
  closedir(d);
  return n;
}

/* ---- what a child inherits --------------------------------------------------------------------*/

static void descriptors_stay_ours(void **state) {
  (void)state;
  assert_int_equal(dup2(STDERR_FILENO, 50), 50); /* not closed by exec, as files of io.open */
  assert_int_equal(finish(shell("test -e /proc/$$/fd/50")), 1);
  assert_int_equal(finish(shell("test -e /proc/$$/fd/3 -a -e /proc/$$/fd/2")), 0);
  close(50);
}

/* Whatever descriptors are free here, the child's 0 and 3 are its pipes, and ours are elsewhere. */
static void low_descriptors_may_be_free(void **state) {
  (void)state;
  int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 60), three = fcntl(3, F_DUPFD_CLOEXEC, 60);
  for (int mask = 1; mask < 4; mask++) {
    char text[16] = "";
    size_t n = 0;
    int ready, used;
    if (mask & 1) close(STDIN_FILENO);
    if (mask & 2) close(3);
    sd_child *c = shell("read x; echo \"<$x>\" >&3");
    assert_int_equal(sd_child_write(c, "word\n", 5, why), SD_OK);
    assert_int_equal(sd_child_wait(&c, 1, 10, &ready, why), SD_OK);
    assert_int_equal(sd_child_read(c, text, sizeof text - 1, &n, why), SD_OK);
    used = (mask & 1 && fcntl(STDIN_FILENO, F_GETFD) >= 0) || (mask & 2 && fcntl(3, F_GETFD) >= 0);
    if (input >= 0) dup2(input, STDIN_FILENO);
    if (three >= 0) dup2(three, 3);
    assert_string_equal(text, "<word>\n");
    assert_false(used);
    assert_int_equal(finish(c), 0);
  }
  if (input >= 0) close(input);
  if (three >= 0) close(three);
}

static void signals_are_reset(void **state) {
  (void)state;
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, NULL);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  assert_int_equal(finish(shell("kill -TERM $$; exit 7")), -SIGTERM);
  assert_int_equal(finish(shell("kill -USR1 $$; exit 7")), -SIGUSR1);
  assert_int_equal(finish(shell("kill -HUP $$; exit 7")), 7); /* nohup reaches children */
  signal(SIGHUP, SIG_DFL);
  signal(SIGUSR1, SIG_DFL);
  sigprocmask(SIG_UNBLOCK, &term, NULL);
}

static void ends_are_seen_when_sigchld_was_ignored(void **state) {
  (void)state;
  signal(SIGCHLD, SIG_IGN);
  assert_int_equal(finish(shell("exit 5")), 5);
  signal(SIGCHLD, SIG_DFL);
}

/* ---- SIGPIPE ----------------------------------------------------------------------------------*/

static int is_pending(void) {
  sigset_t set;
  sigpending(&set);
  return sigismember(&set, SIGPIPE);
}

static void a_broken_pipe_is_an_error(void **state) {
  (void)state;
  sigset_t broken, before;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  signal(SIGPIPE, SIG_DFL); /* SIGPIPE would end this test */
  sd_child *c = shell("exit 0");
  int how = SD_RUNS, number, ready;
  while (how == SD_RUNS) {
    assert_int_equal(sd_child_wait(&c, 1, 10, &ready, why), SD_OK);
    assert_int_equal(sd_child_status(c, &how, &number, why), SD_OK);
  }
  assert_int_equal(sd_child_write(c, "x", 1, why), SD_EIO);
  assert_non_null(strstr(why, ": Broken pipe"));
  assert_false(is_pending());
  sigprocmask(SIG_SETMASK, NULL, &before);
  assert_false(sigismember(&before, SIGPIPE));
  sigprocmask(SIG_BLOCK, &broken, NULL); /* one that was pending before is not ours to take */
  raise(SIGPIPE);
  assert_int_equal(sd_child_write(c, "x", 1, why), SD_EIO);
  assert_true(is_pending());
  signal(SIGPIPE, SIG_IGN); /* this drops it */
  signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_SETMASK, &before, NULL);
  sd_child_free(c);
}

/* ---- resources --------------------------------------------------------------------------------*/

/* For check_faults: a child from start to end. */
static int whole_life(void) {
  char *const words[] = {(char *)"/bin/true", NULL};
  sd_child *c = NULL;
  int status = sd_child_start(words, nothing, SD_OUT_NULL, &c, why), how = SD_RUNS, number, ready;
  if (status != SD_OK) return status;
  while (status == SD_OK && how == SD_RUNS) {
    status = sd_child_wait(&c, 1, 10, &ready, why);
    sd_child_status(c, &how, &number, why);
  }
  while (how == SD_RUNS) sd_child_status(c, &how, &number, why);
  sd_child_free(c);
  return status;
}

static void failing_requests_leave_nothing(void **state) {
  (void)state;
  int files = open_files();
  check_faults(whole_life());
  assert_int_equal(open_files(), files);
}

/* Half of them cannot be started, some are freed while they run and reaped later; in the end there
 * is no child at all. */
static void thousands_come_and_go(void **state) {
  (void)state;
  char *const missing[] = {(char *)"/no/such", NULL}, *const gone[] = {(char *)"/bin/true", NULL};
  const int quick = getenv("SADDLE_QUICK") != NULL, cycles = quick ? 100 : 2000;
  int files = open_files();
  size_t held = sd_mem_held();
  for (int k = 0; k < cycles; k++) {
    sd_child *c = NULL;
    if (k % 2 == 0 && !quick) /* valgrind's vfork is a fork, which hides that exec failed */
      assert_int_equal(sd_child_start(missing, nothing, SD_OUT_NULL, &c, why), SD_EIO);
    else if (k % 4 == 1) {
      assert_int_equal(sd_child_start(gone, nothing, SD_OUT_NULL, &c, why), SD_OK);
      sd_child_free(c);
    } else
      assert_int_equal(whole_life(), SD_OK);
  }
  assert_int_equal(open_files(), files);
  for (int tries = 0; tries < 1000 && sd_mem_held() > held; tries++) {
    poll(NULL, 0, 10);
    sd_child_free(NULL); /* reaps those that were left */
  }
  assert_int_equal(sd_mem_held(), held);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(descriptors_stay_ours),
      cmocka_unit_test(low_descriptors_may_be_free),
      cmocka_unit_test(signals_are_reset),
      cmocka_unit_test(ends_are_seen_when_sigchld_was_ignored),
      cmocka_unit_test(a_broken_pipe_is_an_error),
      cmocka_unit_test(failing_requests_leave_nothing),
      cmocka_unit_test(thousands_come_and_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
