/* The choice of an instruction set (see isa.h). */
#include "saddle/isa.h"
#include "saddle/status.h"
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"base", "avx2", "avx512"};
int sd_isa_chosen = -1;

static int best(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    return SD_ISA_AVX512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return SD_ISA_AVX2;
#endif
  return SD_ISA_BASE;
}

int sd_isa_select(const char *name) {
  int top = best();
  if (name == NULL) {
    sd_isa_chosen = top;
    return SD_OK;
  }
  for (int k = 0; k <= top; k++)
    if (strcmp(name, names[k]) == 0) {
      sd_isa_chosen = k;
      return SD_OK;
    }
  return SD_EARG;
}

int sd_isa_choose(void) {
  if (sd_isa_select(getenv("SADDLE_ISA")) != SD_OK) sd_isa_select(NULL);
  return sd_isa_chosen;
}

const char *sd_isa_name(void) { return names[sd_isa()]; }
