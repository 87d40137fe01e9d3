/* Chains: element-wise functions that follow from each other, run together over one shape.
 *
 * A chain computes a block of a few hundred elements through all of its links before it goes on to
 * the next, so that values between links stay in the first-level cache. The loops are those of
 * kernel.h: the results are the same bits as those of sd_map, sd_zip, sd_where and sd_mat_copy, one
 * after the other.
 *
 * A value of a chain is a place: first the operands, which broadcast to the shape; then the
 * results; then slots, which hold a block each. A link reads operands, and results or slots that an
 * earlier link has written. */
#ifndef SADDLE_CHAIN_H
#define SADDLE_CHAIN_H

#include "saddle/kernel.h"

/* COPY lays its operand over the shape, converting it to the dtype of its result. */
enum { SD_LINK_MAP, SD_LINK_ZIP, SD_LINK_WHERE, SD_LINK_COPY };

typedef struct sd_link {
  int kind, fn;       /* SD_LINK_*; SD_MAP_* or SD_ZIP_* */
  const double *p;    /* parameters of a map */
  int in[3], out;     /* places; out is no operand, and of a COPY not in[0] */
  void (*loop)(void); /* bind's */
} sd_link;

typedef struct sd_place {
  sd_mat m; /* of operands and results; of slots, the dtype alone */
  /* bind's: where the elements of the present block start, and 1 or 0 elements to the next; how the
   * place moves with blocks; memory for a block, of slots and of operands that must be packed */
  char *at;
  int step, moves;
  char *buffer;
} sd_place;

typedef struct sd_chain {
  ptrdiff_t rows, cols;
  int nin, nout, nslots, nlinks;
  sd_place *places; /* nin + nout + nslots */
  sd_link *links;
  ptrdiff_t block; /* bind's */
  int walk;
} sd_chain;

/* Bytes of memory that bind wants, 64-byte aligned. */
size_t sd_chain_scratch(const sd_chain *c);

/* Prepares a chain whose places and links are filled in, for the instruction set in use. Results
 * are packed and of the chain's shape; the dtypes fit (all places of a link but COPY are of one);
 * the operand of a map has the chain's shape; results overlap nothing. May be called again. */
void sd_chain_bind(sd_chain *c, void *scratch);

/* The headers of operands or results point elsewhere, to the same shapes with the same gaps. */
void sd_chain_moved(sd_chain *c);

/* Runs a bound chain; the operands may have been written to since, but not moved. */
void sd_chain_run(const sd_chain *c);

#endif
