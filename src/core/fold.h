/* Reductions whose elements come block by block and are not kept (see chain.c, reduce.c).
 *
 * A total is a sum (or maximum) of terms of the elements of one line; a fold takes it, block by
 * block, as reduce.c does, with the same bits. A reduction is computed from totals: from one, in
 * the ordinary case, and where that one has over- or underflowed, from more of them. */
#ifndef SADDLE_CORE_FOLD_H
#define SADDLE_CORE_FOLD_H

#include "isa/table.h"
#include <stdint.h>

enum { SD_FOLD_BLOCK = 512, SD_FOLD_LEVELS = 48 };

typedef struct sd_fold {
  int kind; /* SD_TERM_* */
  double c, s;
  uint64_t blocks;
  double part[SD_FOLD_LEVELS]; /* of sums: see reduce.c; else part[0] alone */
} sd_fold;

void sd_fold_begin(sd_fold *f, int kind, double c, double s);
/* The next SD_FOLD_BLOCK elements of the line, or fewer if they are its last. */
void sd_fold_block(sd_fold *f, int dtype, ptrdiff_t n, const void *x);
double sd_fold_end(const sd_fold *f); /* needs a block */

/* The kind of term whose total, with c = 0 and s = 1, a reduction begins with; -1 for those that
 * need more than totals in every case, or several of them. */
int sd_fold_kind(int fn);

/* Another total of the same line. */
typedef double sd_fold_total(void *of, int kind, double c, double s);

/* The reduction of a line of count > 0 elements, sd_fold_kind(fn) >= 0; `first` is the total that
 * it begins with. */
double sd_fold_reduce(int fn, ptrdiff_t count, double first, sd_fold_total *total, void *of);

#endif
