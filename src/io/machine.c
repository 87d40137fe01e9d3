/* What the machine is, and which part of it this process has (see process.h). */
#define _GNU_SOURCE 1
#include "saddle/process.h"
#include "stream.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* cpu <- what Linux calls the processor, "" when it has no name for it (as on 64-bit ARM). */
static void name_cpu(char *cpu, size_t room) {
  char line[256];
  FILE *f = fopen("/proc/cpuinfo", "re");
  cpu[0] = '\0';
  if (f == NULL) return;
  while (cpu[0] == '\0' && fgets(line, sizeof line, f)) {
    const char *value = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || value == NULL) continue;
    value += strspn(value, ": \t");
    snprintf(cpu, room, "%.*s", (int)strcspn(value, "\n"), value);
  }
  fclose(f);
}

void sd_machine_look(sd_machine *m) {
  struct utsname u;
  memset(m, 0, sizeof *m);
  if (uname(&u) == 0) {
    snprintf(m->host, sizeof m->host, "%s", u.nodename);
    snprintf(m->system, sizeof m->system, "%s %s %s", u.sysname, u.release, u.machine);
  }
  name_cpu(m->cpu, sizeof m->cpu);
  m->cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
  m->memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The kernel refuses a set that is too small for it: a larger one then. */
int sd_cores(void) {
  for (int room = 1024; room <= 1 << 20; room *= 4) {
    cpu_set_t *set = CPU_ALLOC((size_t)room);
    if (set == NULL) break;
    size_t size = CPU_ALLOC_SIZE((size_t)room);
    int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
  return 1;
}

double sd_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int sd_executable(char path[PATH_MAX], char why[SD_WHY]) {
  static const char gone[] = " (deleted)"; /* what Linux adds */
  ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (n < 0) return io_errno(why, "cannot tell which program runs");
  path[n] = '\0';
  char *end = path + n - (sizeof gone - 1);
  if (end <= path || strcmp(end, gone) != 0) return SD_OK;
  *end = '\0';
  return io_why(why, SD_EIO, "%.180s has been replaced or removed since it was started", path);
}

int sd_realpath(const char *path, char full[PATH_MAX], char why[SD_WHY]) {
  if (realpath(path, full) != NULL) return SD_OK;
  char text[SD_WHY];
  snprintf(text, sizeof text, "cannot find %.150s", path);
  return io_errno(why, text);
}
