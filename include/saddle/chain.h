/* Chains: element-wise functions that follow from each other, run together over one shape, and
 * reductions of what they compute.
 *
 * A chain computes a block of a few hundred elements through all of its links before it goes on to
 * the next, so that values between links stay in the first-level cache. The loops are those of
 * kernel.h: the results are the same bits as those of sd_map, sd_zip, sd_where, sd_mat_copy and
 * sd_reduce, one after the other.
 *
 * A value of a chain is a place: first the operands, which broadcast to the shape; then the
 * results; then slots, which hold a block each. A link reads operands, and results or slots that an
 * earlier link has written. */
#ifndef SADDLE_CHAIN_H
#define SADDLE_CHAIN_H

#include "saddle/kernel.h"

/* COPY lays its operand over the shape, converting it to the dtype of its result. SUM adds a
 * product of two operands and a third one, PRODUCTS two products; each operation is rounded. REDUCE
 * takes a slot or a result to a result of its own, 1x1 or one row: see sd_chain.dim. */
enum {
  SD_LINK_MAP,
  SD_LINK_ZIP,
  SD_LINK_WHERE,
  SD_LINK_COPY,
  SD_LINK_SUM,
  SD_LINK_PRODUCTS,
  SD_LINK_REDUCE
};
enum { SD_SUM_ADD, SD_SUM_SUB, SD_SUM_FROM, SD_SUM_COUNT }; /* ab + c, ab - c, c - ab ... */
enum { SD_PAIR_COUNT = SD_SUM_FROM };                       /* ... ab + cd, ab - cd */

typedef struct sd_link {
  int kind, fn;       /* SD_LINK_*; SD_MAP_*, SD_ZIP_*, SD_SUM_* or SD_REDUCE_* */
  const double *p;    /* parameters of a map */
  int in[4], out;     /* places; out is no operand, and of a COPY not in[0] */
  void (*loop)(void); /* bind's: what runs it, and its places */
  const struct sd_place *reads[4], *writes;
  /* bind's, of chains over a few elements: what the link is, as one number (core/isa/table.h);
   * where operand k starts, with elements that follow each other if bit k of `runs` is set, else
   * with one for all; where the result goes */
  int code, runs;
  const char *at[4];
  char *to;
} sd_link;

typedef struct sd_place {
  sd_mat m;   /* of operands and results; of slots, the dtype alone */
  int turned; /* an operand that is laid over the shape as its transpose */
  int roomy;  /* a result behind which memory up to a multiple of 64 bytes may be written */
  /* bind's: elements from (i,j) to (i+1,j) and (i,j+1) of the shape, and the same in bytes; where
   * the elements of the present piece start, and 1 or 0 elements to the next; how the place moves
   * on; memory for a block, of slots and of operands that must be packed */
  ptrdiff_t rs, cs, down, across;
  char *at;
  int step, moves;
  char *buffer;
  struct sd_place *next; /* in the list of its chain that it is in, if any */
} sd_place;

typedef struct sd_chain {
  ptrdiff_t rows, cols;
  int nin, nout, nslots, nlinks;
  int nfolds; /* how many of the links, the last ones, are reductions: */
  int dim;    /* all of them over everything (0), or of each column (1); the shape is not empty */
  sd_place *places; /* nin + nout + nslots; of the results, those of reductions come last */
  sd_link *links;
  /* bind's: elements of a block; how blocks are walked; of columns, or of the one long column that
   * the shape is where nothing is laid over it, or of a few elements with their padding; operands
   * of these that are padded, and results that come from a padded copy; how many links run piece by
   * piece; whether blocks go on where a column ends; whether an operand has gaps that must be
   * packed; what is known of the reductions' lines; the loops */
  ptrdiff_t block;
  int walk;
  ptrdiff_t line;
  sd_place *padded, *copied;
  int nlaid, crosses, gathers;
  double *totals;
  struct sd_fold *folds;
  const struct sd_kernels *kernels;
} sd_chain;

/* 1 when a chain can end with this reduction (SD_REDUCE_*). */
int sd_chain_reduces(int fn);

/* Bytes of memory that bind wants, 64-byte aligned. */
size_t sd_chain_scratch(const sd_chain *c);

/* Prepares a chain whose places and links are filled in, for the instruction set in use. Results
 * are packed and, but for reductions', of the chain's shape; the dtypes fit (all places of a link
 * but COPY and REDUCE are of one); the operand of a map has the chain's shape. Results overlap
 * nothing, but where there are no reductions one may lie in the place of an operand of its shape
 * that no link after its own reads. May be called again. */
void sd_chain_bind(sd_chain *c, void *scratch);

/* The headers of operands or results point elsewhere, to the same shapes with the same gaps. */
void sd_chain_moved(sd_chain *c);

/* Runs a bound chain; the operands may have been written to since, but not moved. Where a sum or a
 * norm over- or underflows the elements are computed again. */
void sd_chain_run(const sd_chain *c);

#endif
