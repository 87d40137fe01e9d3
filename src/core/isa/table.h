/* What src/core/isa compiles for each instruction set, as tables of loops over contiguous memory.
 *
 * Tables are indexed by dtype first. n counts elements; loops work in place. A value depends on its
 * inputs alone, not on its position or on n. */
#ifndef SADDLE_ISA_TABLE_H
#define SADDLE_ISA_TABLE_H

#include "saddle/blas.h"
#include "saddle/chain.h"

/* y[i] <- fn(x[i]); p holds fn's parameters */
typedef void sd_map_loop(ptrdiff_t n, const void *x, void *y, const double *p);

/* c[i] <- fn(a[i*sa], b[i*sb]); a step sa, sb is 1, or 0 for a constant operand */
typedef void sd_zip_loop(ptrdiff_t n, const void *a, int sa, const void *b, int sb, void *c);

/* c[i] <- mask[i*sm] is 0 ? b[i*sb] : a[i*sa] */
typedef void sd_where_loop(ptrdiff_t n, const void *mask, int sm, const void *a, int sa,
                           const void *b, int sb, void *c);

/* d[i] <- a[i*sa] b[i*sb] and c[i*sc] added or subtracted (SD_SUM_*), rounded twice */
typedef void sd_sum_loop(ptrdiff_t n, const void *a, int sa, const void *b, int sb, const void *c,
                         int sc, void *d);

/* y[i] <- a b + c d of the i-th elements of four operands, or a b - c d: three roundings */
typedef struct sd_operand {
  const void *x;
  int step; /* 1, or 0 for a constant */
} sd_operand;
typedef void sd_pair_loop(ptrdiff_t n, const sd_operand in[4], void *y);

/* Links over n elements, a multiple of 64 bytes, one after the other; returns the first one that
 * needs its loop, or the end. What a link is comes as one number, sd_link.code; at, to and runs say
 * where its elements are. */
enum {
  SD_CODE_ZIP, /* SD_ZIP_*, and so on */
  SD_CODE_WHERE = SD_ZIP_COUNT,
  SD_CODE_SUM,
  SD_CODE_PRODUCTS = SD_CODE_SUM + SD_SUM_COUNT,
  SD_CODE_COPY = SD_CODE_PRODUCTS + SD_PAIR_COUNT, /* of one dtype */
  SD_CODE_MAP,
  SD_CODE_OTHER = SD_CODE_MAP + SD_MAP_COUNT
};
typedef const sd_link *sd_few_loop(const sd_link *first, const sd_link *end, ptrdiff_t n);

/* y[i] <- x[i], and zeros behind them up to a multiple of 64 bytes */
typedef void sd_pad_loop(ptrdiff_t n, const void *x, void *y);

/* y[i + j*m] <- x[j*cs], i < m, j < n: a row laid over n columns. Writes up to 15 elements more. */
typedef void sd_spread_loop(ptrdiff_t m, ptrdiff_t n, const void *x, ptrdiff_t cs, void *y);

/* Terms of reductions, in f64 whatever the dtype: with t = x*s - c,
 *   SUM x, SHIFT t, SQUARE t^2, EXP exp(x - c) where x is not c, COUNT 1 where x is c: summed;
 *   MAX x, MIN x, ABSMAX |t|: the largest or smallest, NaN if there is one. */
enum {
  SD_TERM_SUM,
  SD_TERM_SHIFT,
  SD_TERM_SQUARE,
  SD_TERM_EXP,
  SD_TERM_COUNT,
  SD_TERM_MAX,
  SD_TERM_MIN,
  SD_TERM_ABSMAX,
  SD_TERM_KINDS
};
enum { SD_ROWS = 64 }; /* rows that a loop over rows takes at once */

/* The reduction of n >= 1 elements. Sums have 32 partial sums whatever the vector's width, so that
 * every instruction set gives the same bits (EXP apart). */
typedef double sd_line_loop(ptrdiff_t n, const void *x, double c, double s);

/* acc[i] <- acc[i] with x[i + j*ld] reduced into it, i < m <= SD_ROWS, j < n; c, s and acc have
 * SD_ROWS elements. */
typedef void sd_rows_loop(ptrdiff_t m, ptrdiff_t n, const void *x, ptrdiff_t ld, const double *c,
                          const double *s, double *acc);

/* Products (saddle/blas.h). COLUMNS adds columns of A, each times a number: ai = 1. DOTS takes dot
 * products of rows of A and columns of B: al = bl = 1. The baseline has neither (NULL). */
enum { SD_PRODUCT_COLUMNS, SD_PRODUCT_DOTS, SD_PRODUCT_WAYS };
typedef void sd_product_loop(const sd_product *p);

/* y(n,m) <- x(m,n)'; no overlap */
typedef void sd_turn_loop(ptrdiff_t m, ptrdiff_t n, const void *x, ptrdiff_t ldx, void *y,
                          ptrdiff_t ldy);

#define SD_DECLARE_LOOPS(isa)                                                                      \
  extern sd_map_loop *const sd_maps_##isa[2][SD_MAP_COUNT];                                        \
  extern sd_zip_loop *const sd_zips_##isa[2][SD_ZIP_COUNT];                                        \
  extern sd_where_loop *const sd_wheres_##isa[2];                                                  \
  extern sd_sum_loop *const sd_sums_##isa[2][SD_SUM_COUNT];                                        \
  extern sd_pair_loop *const sd_pairs_##isa[2][SD_PAIR_COUNT];                                     \
  extern sd_pad_loop *const sd_pads_##isa[2];                                                      \
  extern sd_few_loop *const sd_fews_##isa[2];                                                      \
  extern sd_spread_loop *const sd_spreads_##isa[2];                                                \
  extern sd_line_loop *const sd_lines_##isa[2][SD_TERM_KINDS];                                     \
  extern sd_rows_loop *const sd_rows_##isa[2][SD_TERM_KINDS];                                      \
  extern sd_product_loop *const sd_products_##isa[2][SD_PRODUCT_WAYS];                             \
  extern sd_turn_loop *const sd_turns_##isa[2];
SD_DECLARE_LOOPS(base)
SD_DECLARE_LOOPS(avx2)
SD_DECLARE_LOOPS(avx512)

typedef struct sd_kernels {
  sd_map_loop *const (*maps)[SD_MAP_COUNT];
  sd_zip_loop *const (*zips)[SD_ZIP_COUNT];
  sd_where_loop *const *wheres;
  sd_sum_loop *const (*sums)[SD_SUM_COUNT];
  sd_pair_loop *const (*pairs)[SD_PAIR_COUNT];
  sd_pad_loop *const *pads;
  sd_few_loop *const *fews;
  sd_spread_loop *const *spreads;
  sd_line_loop *const (*lines)[SD_TERM_KINDS];
  sd_rows_loop *const (*rows)[SD_TERM_KINDS];
  sd_product_loop *const (*products)[SD_PRODUCT_WAYS];
  sd_turn_loop *const *turns;
} sd_kernels;

/* The tables in use (src/core/kernel.c). */
const sd_kernels *sd_kernels_now(void);

#endif
