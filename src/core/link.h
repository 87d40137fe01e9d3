/* The links of a chain over a piece of its shape, without the walk (see chain.c). */
#ifndef SADDLE_CORE_LINK_H
#define SADDLE_CORE_LINK_H

#include "isa/table.h"

/* Chooses the loop of a link whose places are filled in. */
void sd_link_bind(const sd_chain *c, const sd_kernels *k, sd_link *l);

/* How many operands a link has. */
int sd_link_reads(const sd_link *l);

/* Links from..to-1, no reductions among them, over n elements from where the places are. */
void sd_links_run(const sd_chain *c, int from, int to, ptrdiff_t n);

/* Notes in the links where their operands and results are, for those of this dtype. The places do
 * not move in a run. */
void sd_links_settle(const sd_chain *c, int dtype);

/* As sd_links_run, of settled links, over n elements that fill whole vectors. */
void sd_links_run_few(const sd_chain *c, int dtype, ptrdiff_t n);

/* The same over one element: arithmetic on f64 numbers is done without a loop. */
void sd_links_run_number(const sd_chain *c);

#endif
