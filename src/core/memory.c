/* Checked sizes, aligned blocks with a ceiling, and fault injection (see memory.h).
 *
 * A block is preceded by one aligned line that keeps its size, so that sd_free can account for it
 * without a table. The counters are atomic: BLAS threads do not allocate here, but a host may. */
#include "saddle/memory.h"
#include "saddle/status.h"
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

static atomic_size_t held_bytes;
static atomic_size_t ceiling_bytes; /* 0: not yet determined */
static atomic_long fail_at, faulted, mallocs;

int sd_mem_size(ptrdiff_t rows, ptrdiff_t cols, size_t size, size_t *bytes) {
  size_t n;
  if (rows < 0 || cols < 0) return SD_ETOOBIG;
  if (__builtin_mul_overflow((size_t)rows, (size_t)cols, &n)) return SD_ETOOBIG;
  if (__builtin_mul_overflow(n, size, bytes) || *bytes > PTRDIFF_MAX / 2) return SD_ETOOBIG;
  return SD_OK;
}

/* The number on the first line of `path` that starts with `key`, times `unit`; 0 when there is
 * none ("max" in a control group's file means no limit). */
static size_t read_bytes(const char *path, const char *key, size_t unit) {
  char line[128];
  unsigned long long v = 0;
  FILE *f = fopen(path, "r");
  if (f == NULL) return 0;
  while (v == 0 && fgets(line, sizeof line, f))
    if (strncmp(line, key, strlen(key)) == 0) v = strtoull(line + strlen(key), NULL, 10);
  fclose(f);
  return v > SIZE_MAX / unit ? 0 : (size_t)v * unit;
}

static size_t least(size_t a, size_t b) { return a == 0 || (b != 0 && b < a) ? b : a; }

static size_t from_environment(void) {
  const char *s = getenv("SADDLE_MEMORY");
  char *end;
  if (s == NULL) return 0;
  double v = strtod(s, &end);
  if (*end == 'K' || *end == 'k') v *= 1024.0;
  if (*end == 'M' || *end == 'm') v *= 1048576.0;
  if (*end == 'G' || *end == 'g') v *= 1073741824.0;
  return v >= 1 && v < 9e18 ? (size_t)v : 0;
}

static size_t default_ceiling(void) {
  size_t all = read_bytes("/proc/meminfo", "MemTotal:", 1024);
  all = least(all, read_bytes("/sys/fs/cgroup/memory.max", "", 1));
  all = least(all, read_bytes("/sys/fs/cgroup/memory/memory.limit_in_bytes", "", 1));
  return all ? all / 5 * 4 : SIZE_MAX / 4;
}

size_t sd_mem_ceiling(void) {
  size_t c = atomic_load(&ceiling_bytes);
  if (c == 0) {
    c = from_environment();
    if (c == 0) c = default_ceiling();
    atomic_store(&ceiling_bytes, c);
  }
  return c;
}

void sd_mem_set_ceiling(size_t bytes) { atomic_store(&ceiling_bytes, bytes); }
size_t sd_mem_held(void) { return atomic_load(&held_bytes); }
long sd_mem_mallocs(void) { return atomic_load(&mallocs); }

int sd_mem_allow(size_t held, size_t bytes) {
  const size_t large = (size_t)64 << 20; /* reading /proc costs 20 us: not for small requests */
  size_t ceiling = sd_mem_ceiling(), own = sd_mem_held();
  if (bytes > ceiling || held > ceiling - bytes || own > ceiling - bytes - held) return SD_ENOMEM;
  if (bytes >= large) {
    size_t available = read_bytes("/proc/meminfo", "MemAvailable:", 1024);
    if (available != 0 && bytes > available / 20 * 19) return SD_ENOMEM;
  }
  return SD_OK;
}

void sd_mem_advise(void *block, size_t bytes) {
#ifdef MADV_HUGEPAGE
  const size_t page = (size_t)2 << 20; /* on x86-64 and, with base pages of 4 KB, on 64-bit ARM */
  char *end = (char *)block + bytes, *first = block;
  first += (page - (uintptr_t)first % page) % page;
  if (bytes >= 2 * page) madvise(first, (size_t)(end - first) / page * page, MADV_HUGEPAGE);
#else
  (void)block, (void)bytes;
#endif
}

void sd_mem_fail_at(long k) {
  atomic_store(&fail_at, k);
  atomic_store(&faulted, 0);
}

int sd_mem_faulted(void) { return atomic_load(&faulted) != 0; }

static int fault_now(void) {
  if (atomic_load(&fail_at) == 0 || atomic_fetch_sub(&fail_at, 1) != 1) return 0;
  atomic_store(&faulted, 1);
  return 1;
}

/* ---- pools ------------------------------------------------------------------------------------*/

/* The line in front of a block; `next` links the blocks that a pool keeps. */
typedef struct line {
  size_t bytes;
  struct line *next;
} line;

static _Thread_local sd_pool *in_use;

sd_pool *sd_pool_use(sd_pool *p) {
  sd_pool *before = in_use;
  in_use = p;
  return before;
}

static void give_back(line *base) {
  atomic_fetch_sub(&held_bytes, base->bytes);
  free(base);
}

void sd_pool_drain(sd_pool *p) {
  for (line *base = p->blocks, *next; base; base = next) {
    next = base->next;
    give_back(base);
  }
  p->blocks = NULL;
}

/* A kept block of that size, or NULL. */
static line *from_pool(size_t bytes) {
  line *base, *before = NULL;
  if (in_use == NULL) return NULL;
  for (base = in_use->blocks; base && base->bytes != bytes; base = base->next) before = base;
  if (base && before) before->next = base->next;
  if (base && !before) in_use->blocks = base->next;
  return base;
}

/* ---- blocks -----------------------------------------------------------------------------------*/

static line *from_system(size_t bytes) {
  line *base = NULL;
  if (sd_mem_allow(0, bytes) == SD_OK) base = aligned_alloc(SD_ALIGN, bytes);
  if (base == NULL && in_use && in_use->blocks) { /* what is kept for later may serve now */
    sd_pool_drain(in_use);
    if (sd_mem_allow(0, bytes) == SD_OK) base = aligned_alloc(SD_ALIGN, bytes);
  }
  if (base == NULL) return NULL;
  sd_mem_advise(base, bytes);
  base->bytes = bytes;
  atomic_fetch_add(&held_bytes, bytes);
  atomic_fetch_add(&mallocs, 1);
  return base;
}

void *sd_alloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX / 2) return NULL;
  if (fault_now()) return NULL;
  bytes = (bytes / SD_ALIGN + 2) * SD_ALIGN; /* the line in front, and room to round up */
  line *base = from_pool(bytes);
  if (base == NULL) base = from_system(bytes);
  return base ? (char *)base + SD_ALIGN : NULL;
}

void sd_free(void *block) {
  if (block == NULL) return;
  line *base = (line *)(void *)((char *)block - SD_ALIGN);
  if (in_use == NULL) {
    give_back(base);
  } else {
    base->next = in_use->blocks;
    in_use->blocks = base;
  }
}
