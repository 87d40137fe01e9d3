/* Start-up: the wall time of running nothing in build/saddle (with sd loaded) and in lua5.4. */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds from fork to exit of `program -e code`; negative when it failed. */
static double once(const char *program, const char *code) {
  int status = 1;
  double start = now();
  pid_t child = fork();
  if (child == 0) {
    execlp(program, program, "-e", code, (char *)NULL);
    _exit(127);
  }
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return -1;
  return now() - start;
}

int main(int argc, char **argv) {
  char path[1024];
  snprintf(path, sizeof path, "%s/saddle", argc > 1 ? argv[1] : "build");
  double ours = once(path, "return sd"), theirs = once("lua5.4", "return 1");
  for (int k = 0; k < 5 && ours >= 0 && theirs >= 0; k++) { /* warm by now */
    ours = once(path, "return sd");
    theirs = once("lua5.4", "return 1");
    printf("start-up\tsaddle\t%.9f\nstart-up\tlua5.4\t%.9f\n", ours, theirs);
  }
  return ours < 0 || theirs < 0;
}
