/* Start-up: the median processor time of running nothing in build/saddle (with sd loaded), in
 * lua5.4, and in Python with an import. What cannot be run is left out. */
#include "../bench.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval t) { return (double)t.tv_sec + 1e-6 * (double)t.tv_usec; }

/* Seconds of a process, in the kernel too, that runs `program flag code`; < 0 when it failed. */
static double once(const char *program, const char *flag, const char *code) {
  int status = 1;
  struct rusage used;
  pid_t child = fork();
  if (child == 0) {
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) dup2(null, 2);
    execlp(program, program, flag, code, (char *)NULL);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &used) != child || status != 0) return -1;
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

static void contestant(const char *who, const char *program, const char *flag, const char *code) {
  enum { TIMES = 5 };
  double t[TIMES];
  if (once(program, flag, code) < 0) return; /* the files are in memory after this */
  for (int k = 0; k < TIMES; k++)
    if ((t[k] = once(program, flag, code)) < 0) return;
  qsort(t, TIMES, sizeof *t, bench_less);
  printf("%s\t%.17g\t0\n", who, t[TIMES / 2]);
}

int main(int argc, char **argv) {
  bench_open(argc, argv);
  char saddle[1024];
  snprintf(saddle, sizeof saddle, "%s/saddle", bench_word("build"));
  contestant("saddle", saddle, "-e", "return sd");
  contestant("lua5.4", "lua5.4", "-e", "return 1");
  contestant("numpy", bench_word("python"), "-c", "import numpy");
  if (atof(bench_word("seconds")) > 0)
    contestant("torch", bench_word("python"), "-c", "import torch");
  return 0;
}
