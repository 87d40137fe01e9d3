/* Plans: graphs made ready to run.
 *
 * A plan holds what its outputs need, once, as a list of steps over one arena. Element-wise
 * functions of one shape that follow from each other are one step, run block by block, whose
 * intermediate values never reach the arena (chain.h). Reshapes, slices and the like are views.
 * Memory of values that are no longer read is used again. Steps that depend on captured matrices
 * alone come first and are run again only when one of those has been written to. After the first
 * run, running allocates nothing. */
#ifndef SADDLE_PLAN_H
#define SADDLE_PLAN_H

#include "saddle/graph.h"

typedef struct sd_plan sd_plan;

/* For tests: each op a step of its own; each value memory of its own; memory that is no longer read
 * overwritten with NaN; no output in a leaf's place: the results are the same bits. With a layout:
 * what can be turned is, whether it pays or not. */
enum {
  SD_PLAN_UNFUSED = 1,
  SD_PLAN_NO_REUSE = 2,
  SD_PLAN_POISON = 4,
  SD_PLAN_COPY = 8,
  SD_PLAN_TURN = 16
};

/* A plan of an iteration, over a state: the leaves are the first nleaves inputs, packed.
 *
 * Of the step, leaf[] says what becomes of the outputs. Where everything that may fail and all that
 * reads the old value can run before, an output is written over its leaf: sd_plan_output(p, j) then
 * is that input. Others change places with their leaves (sd_plan_swap). When a run fails or is
 * interrupted no input has changed.
 *
 * A matrix of few rows and many columns may live turned, as its transpose: loops and products then
 * run along many elements. The plan of the step decides which leaves do; the other plans of the
 * iteration are made for them. */
typedef struct sd_layout {
  int nleaves;
  const int *leaf; /* of the step: output j is the new value of leaf[j], of its type, none twice;
                    * -1: of none. Else NULL */
  char *turned;    /* [nleaves] 1: the leaf lives turned. Of the step a result, else given; NULL:
                    * all live as they are */
} sd_layout;

/* A plan for outs[nout] of g, which may be freed after. SD_ENOMEM, SD_ETOOBIG; SD_EARG when an
 * output is not a node of g. */
int sd_plan_new(const sd_graph *g, int nout, const sd_ref *outs, int flags, sd_plan **plan);

/* The same for an iteration: inputs and outputs that are turned leaves have the types of their
 * transposes. Values are those of sd_plan_new but for the rounding of sums and products. */
int sd_plan_new_laid(const sd_graph *g, int nout, const sd_ref *outs, int flags,
                     const sd_layout *layout, sd_plan **plan);
void sd_plan_free(sd_plan *p);

/* key <- a hash of what sd_plan_new(g, nout, outs) depends on: ops, attributes, types and wiring of
 * what the outputs need, all inputs, and captures by position and type. Graphs of equal keys have
 * the same plan once g's own captures are bound. A key is good within a process, as long as the ops
 * it was made of live. SD_ENOMEM, SD_EARG. */
int sd_plan_key(const sd_graph *g, int nout, const sd_ref *outs, uint64_t key[2]);

int sd_plan_inputs(const sd_plan *p);
sd_type sd_plan_input_type(const sd_plan *p, int k);
int sd_plan_outputs(const sd_plan *p);
sd_type sd_plan_output_type(const sd_plan *p, int j);
/* The input whose memory output j lies in (an input itself, or a view of one), else -1. */
int sd_plan_output_input(const sd_plan *p, int j);
size_t sd_plan_arena(const sd_plan *p); /* bytes that bind wants, 64-byte aligned */
int sd_plan_captures(const sd_plan *p); /* captures of the graph that the plan was made of */
const sd_mat *sd_plan_capture(const sd_plan *p, int k); /* the one in force */

/* Lays the plan over its arena and its inputs: in[k] has the type of input k (an rng is an sd_rng)
 * and may be written to between runs; no input overlaps the arena. captures replaces the captures
 * of the graph that the plan was made of: all of them, in its order, of the same types; NULL leaves
 * those in force. What was computed from captures is forgotten. */
void sd_plan_bind(sd_plan *p, void *arena, const sd_mat *in, const sd_capture *captures);

/* Other inputs for a plan that is bound; what was computed from captures is kept. */
void sd_plan_feed(sd_plan *p, const sd_mat *in);

/* Runs all steps; the outputs are valid until the next run, and those that lie in an input until it
 * is written to. A status and sd_plan_why; SD_EINTR. */
int sd_plan_run(sd_plan *p);
const sd_mat *sd_plan_output(const sd_plan *p, int j);

/* Of a step's plan: 1 when output j's memory can change places with that of input leaf[j], which
 * all such do when sd_plan_swap is called; what reads the input then finds the output there. The
 * input's memory is the plan's until sd_plan_swap is called again. */
int sd_plan_swaps(const sd_plan *p, int j);
void sd_plan_swap(sd_plan *p);
const char *sd_plan_why(const sd_plan *p);

/* Describes the plan, in lines of at most 100 bytes: steps with shapes, costs, memory and places in
 * the script; captures and constants; totals. write(to, text, n) takes the next n bytes; a status
 * other than SD_OK ends the report and is returned. Allocates nothing. */
typedef int sd_writer(void *to, const char *text, size_t n);
int sd_plan_explain(const sd_plan *p, sd_writer *write, void *to);

#endif
