/* Loops: a body applied n times, as one node.
 *
 * A body is a graph of its own. Its inputs are the iteration t, a state, constants, and columns
 * that it reads; its outputs are the state after the iteration, and columns that it writes:
 *
 *     for t = 1, ..., n (or n, ..., 1):
 *       state, written[:, t] <- body(t, state, constants, read[:, t])
 *
 * The op's arguments are the first state, the constants and the matrices read, its results the last
 * state and the matrices written. A matrix read or written holds one value a column, column-major;
 * of numbers it is 1xn, of rngs a row of them.
 *
 * The derivatives of a loop are loops. Forward, the state is joined by its tangent. Reverse, one
 * loop writes down each state on its way, and a second one runs from n to 1, reads them and carries
 * the cotangents: its memory is n times the state (what the body's derivative needs of it). Rngs
 * are written down, too, so draws are made again. */
#ifndef SADDLE_LOOP_H
#define SADDLE_LOOP_H

#include "saddle/graph.h"

typedef struct sd_body {
  const sd_graph *g;
  int states, constants, reads, writes;
  sd_ref t;          /* an input, a number */
  const sd_ref *in;  /* inputs of g: states, constants, reads */
  const sd_ref *out; /* nodes of g: states, of the types of the inputs; writes */
} sd_body;

/* *op <- a loop over a copy of what the body needs; attr k = {n, 1: from n to 1}. The graphs it is
 * recorded in hold it, and so does the caller, until op->hold(op, -1). It keeps the memory of its
 * first run for later ones. SD_ENOMEM. */
int sd_loop_new(const sd_body *body, const sd_op **op);
/* The op's own copy. */
const sd_body *sd_loop_body(const sd_op *op);

#endif
