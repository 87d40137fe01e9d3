/* Memory: checked sizes, aligned blocks, and a ceiling.
 *
 * Workspaces of the core come from sd_alloc and go back by sd_free within the same call. Matrices
 * that a script sees belong to its Lua state instead (src/lua/lw.c) but ask sd_mem_allow first, so
 * that a script that wants too much meets an error and not the kernel's out-of-memory killer. */
#ifndef SADDLE_MEMORY_H
#define SADDLE_MEMORY_H

#include <stddef.h>

enum { SD_ALIGN = 64 }; /* bytes: a cache line, and an AVX-512 register */

/* The next multiple of SD_ALIGN. */
static inline size_t sd_align_up(size_t bytes) {
  return (bytes + SD_ALIGN - 1) / SD_ALIGN * SD_ALIGN;
}

/* *bytes <- rows * cols * size; SD_ETOOBIG when a factor is negative or the product overflows. */
int sd_mem_size(ptrdiff_t rows, ptrdiff_t cols, size_t size, size_t *bytes);

/* A 64-byte aligned block for count items of size bytes (at least one byte), contents undefined;
 * NULL when memory, the ceiling or the fault hook says no, or the product overflows. */
void *sd_alloc(size_t count, size_t size);
void sd_free(void *block); /* NULL is allowed */

/* Asks the system for large pages under what has just been allocated and not been touched, where it
 * is long: the first touch of 32 MB in pages of 4 KB costs more than filling them. It is a
 * hint, no more. */
void sd_mem_advise(void *block, size_t bytes);

/* SD_OK when a caller that holds `held` bytes may take `bytes` more, else SD_ENOMEM: the sum with
 * the core's own blocks stays below the ceiling and, for large requests, what the machine has free
 * now covers it. */
int sd_mem_allow(size_t held, size_t bytes);

/* The ceiling in bytes: by default four fifths of the machine's memory, or of the control group's
 * limit where that is lower; the environment variable SADDLE_MEMORY (bytes, or 512M, 8G)
 * overrides it. Setting 0 restores the default. */
size_t sd_mem_ceiling(void);
void sd_mem_set_ceiling(size_t bytes);
size_t sd_mem_held(void); /* bytes in live blocks of sd_alloc, and in pools */
/* Requests so far that went to the system, not to a pool. */
long sd_mem_mallocs(void);

/* Pools keep blocks for work that is repeated. While one is in use on this thread, sd_free keeps
 * blocks in it and sd_alloc takes blocks of the same size out of it: the second time round nothing
 * is asked of the system. An empty pool is zeros. */
typedef struct sd_pool {
  void *blocks;
} sd_pool;

/* From now on this thread uses p (NULL: none); returns what it used before. */
sd_pool *sd_pool_use(sd_pool *p);
void sd_pool_drain(sd_pool *p); /* gives back all that it keeps */

/* Fault injection, for tests: the k-th sd_alloc from now fails (k >= 1), once; 0 turns it off.
 * sd_mem_faulted() says whether it has fired. */
void sd_mem_fail_at(long k);
int sd_mem_faulted(void);

#endif
