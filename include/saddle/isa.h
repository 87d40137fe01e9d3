/* Instruction sets: which compiled copy of the kernels (src/core/isa) runs. */
#ifndef SADDLE_ISA_H
#define SADDLE_ISA_H

/* In rising order; a processor that has one has those before it. ARM has SD_ISA_BASE alone. */
enum { SD_ISA_BASE, SD_ISA_AVX2, SD_ISA_AVX512 };

/* The set in use: the best that the processor has. The environment variable SADDLE_ISA (base, avx2,
 * avx512) lowers it; a name that is unknown, or more than the processor has, is ignored. */
extern int sd_isa_chosen; /* sd_isa()'s: -1 before the first call */
int sd_isa_choose(void);
static inline int sd_isa(void) { return sd_isa_chosen >= 0 ? sd_isa_chosen : sd_isa_choose(); }
const char *sd_isa_name(void);

/* Uses the set of that name, or the best for NULL; for tests. SD_EARG when the name is unknown or
 * the processor lacks it. */
int sd_isa_select(const char *name);

#endif
