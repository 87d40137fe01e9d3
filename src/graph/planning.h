/* What the parts of planning share.
 *
 * A value is a node of the plan's graph, and has its number. A step makes values: it is one call of
 * an op's kernel, or a chain (saddle/chain.h) of element-wise functions and reductions. A plan is
 * the list of its steps. It is made in this order, each part filling in what is named behind it:
 *
 *   plan.c     the plan's own graph: what the outputs need, once       g, outs, captures
 *   layout.c   in iterations: another graph, with matrices of few
 *              rows turned, where that pays                            g, outs, types
 *   accumulate.c  another: products add to the sum of those before     g, outs
 *   group.c    what every value is and reads; which functions run as   kind, args, root, step;
 *              one step; the order of steps, constant ones first       steps, members, nconstant
 *   commit.c   in iterations: which outputs are written over the
 *              leaves they become, by the last steps, and which        over, swaps; ncommits and
 *              change places with them                                 the order of steps
 *   arena.c    which values need memory, how long, and where           stored, last_use, offset
 *   fuse.c     a chain for each step that is one                       chain, refs, cells, scratch
 *   swap.c     room for the pointers that change places                patches
 *   move.c     columns that are named when the plan runs: chosen with
 *              the kinds (group.c), room for pointers here             moves
 *
 * Then it is bound: headers and chains get their pointers (plan.c), and those that change places or
 * move are noted (swap.c, move.c). A run calls the steps in order; of the last ones, which commit,
 * either all or none. explain.c describes it. */
#ifndef SADDLE_GRAPH_PLANNING_H
#define SADDLE_GRAPH_PLANNING_H

#include "ops.h"
#include "saddle/chain.h"
#include "saddle/memory.h"
#include "saddle/plan.h"
#include <limits.h>

/* How a value comes to be: from outside; as output j > 0 of a step; as a view; in a chain, as an
 * element-wise function or, at its end, as a reduction; by a step of its own; by such a step unless
 * what it is bound to turns out to allow a view; as a view by a step that finds its place; or not
 * at all, because it equals another value or is seen through. */
enum { SD_LEAF, SD_PART, SD_VIEW, SD_ELEMENT, SD_FOLD, SD_STEP, SD_MAYBE, SD_MOVES, SD_ABSENT };
enum { SD_KEPT = INT_MAX }; /* a last use that never comes */

typedef struct sd_value {
  const sd_ref *args; /* what it reads, identities and broadcasts seen through */
  sd_ref root;        /* the value whose memory it lies in */
  sd_ref next;        /* of those released after the same step */
  int kind, step;     /* SD_LEAF, ...; the step that makes it, or -1 */
  int stored;         /* has memory, its own in the arena or that of `over` */
  int last_use;       /* the step after which nobody reads its memory */
  sd_ref over;        /* the input, or the value that dies, in whose place it is written; or 0 */
  sd_ref swaps;       /* the input with which it changes places after each run, or 0 */
  int cell;           /* of constants that chains read: 1 + the number of its cell */
  size_t offset, bytes;
} sd_value;

typedef struct sd_step sd_step;
struct sd_step {
  int (*run)(sd_step *s); /* bind's: a status */
  const sd_ref *members;  /* in order, reductions of a chain last; one, unless it is a chain */
  int nmembers;
  int skipped;     /* bind's: it turned out to be a view */
  sd_ref released; /* values that nobody reads after it */
  sd_call call;    /* without a chain */
  sd_chain *chain;
  const sd_ref *refs;     /* the values in the chain's places */
  struct sd_patch *moves; /* of a value that moves: the pointers of its readers */
  int nmoves;
  sd_bound bound; /* bind's, of the call */
};

/* A pointer, of a header or of a place of the chain, into memory that swaps, and where it points
 * after the next swap; or to a value that moves. */
typedef struct sd_patch {
  void **at, *other;
  sd_chain *chain;
} sd_patch;

struct sd_plan {
  sd_graph *g;
  int flags, nout, nsteps, nconstant; /* the first nconstant steps depend on captures alone */
  int ncommits;                       /* the last ncommits steps write over inputs */
  int nodes_before;
  sd_ref *outs;
  sd_type *types;   /* of the outputs */
  sd_value *values; /* by node, from 1 */
  sd_ref *args, *members;
  sd_step *steps;
  /* chains */
  sd_chain *chains;
  sd_place *places;
  sd_link *links;
  sd_ref *refs;
  double *cells;
  /* memory */
  size_t arena, scratch, without_reuse; /* scratch: where the chains' begins */
  char *memory;
  sd_mat *heads; /* of values from 1; then those that the calls point to */
  int nheads, nplaces, npatches;
  sd_patch *patches, *moves;
  sd_pool pool; /* workspaces of kernels */
  /* captures */
  sd_capture *captures;       /* of the graph that the plan was made of */
  int ncaptures, *capture_of; /* capture k of the plan's graph is capture_of[k] of those */
  uint64_t *seen;             /* versions when the constant steps last ran */
  int constant_done;
  char why[SD_WHY];
};

/* layout.c: another graph and outputs, and their types. SD_ENOMEM; a status of sd_emit. */
int sd_plan_turn(sd_plan *p, const sd_layout *layout);
/* accumulate.c: another graph and outputs. SD_ENOMEM; a status of sd_emit. */
int sd_plan_accumulate(sd_plan *p);
/* group.c: kinds, args, steps with their members. SD_ENOMEM. */
int sd_plan_group(sd_plan *p);
/* commit.c: over, swaps, the last steps; leaf as in sd_layout, or NULL. SD_ENOMEM. */
int sd_plan_commit(sd_plan *p, const int *leaf);
/* 1 when the step that makes r can do so over x: it reads x element by element, or not at all, and
 * once. */
int sd_plan_fits_over(const sd_plan *p, sd_ref r, sd_ref x);
/* arena.c: stored, last_use, offset, over; SD_ENOMEM, SD_ETOOBIG. */
void sd_plan_note_uses(sd_plan *p);
int sd_plan_place(sd_plan *p);
/* fuse.c: chains, and how much memory they share. SD_ENOMEM. */
int sd_plan_chain(sd_plan *p);
/* swap.c: the pointers that swap, whenever the plan has been bound. */
int sd_plan_make_patches(sd_plan *p); /* room for them; SD_ENOMEM */
void sd_plan_note_patches(sd_plan *p);
/* move.c: kinds; the pointers that move (SD_ENOMEM), whenever the plan has been bound; a step that
 * moves them: SD_EARG when there is no such column. */
void sd_plan_choose_moves(sd_plan *p);
int sd_plan_make_moves(sd_plan *p);
void sd_plan_note_moves(sd_plan *p);
int sd_plan_move(const sd_step *s);

static inline const sd_node *sd_plan_node(const sd_plan *p, sd_ref r) {
  return sd_node_at(p->g, r);
}
/* 1 when n is a column times a row, which is the element-wise product of both laid out. */
static inline int sd_is_outer(const sd_plan *p, const sd_node *n) {
  if (n->op != &sd_op_matmul) return 0;
  const sd_type *a = &sd_plan_node(p, n->args[0])->type;
  return (n->attr.k[0] ? a->rows : a->cols) == 1;
}
/* 1 when value r is an outer product that reads its k-th argument a transposed. */
static inline int sd_is_turned(const sd_plan *p, sd_ref r, int k) {
  const sd_node *n = sd_plan_node(p, r);
  const sd_type *a = &sd_plan_node(p, p->values[r].args[k])->type;
  return p->values[r].kind == SD_ELEMENT && n->op == &sd_op_matmul && n->attr.k[k] &&
         a->rows * a->cols != 1;
}
/* 1 when value a is computed in step s, block by block. */
static inline int sd_is_inside(const sd_plan *p, const sd_step *s, sd_ref a) {
  return p->values[a].kind == SD_ELEMENT && &p->steps[p->values[a].step] == s;
}
/* 1 when value r reads the constant a as a number, not as a matrix. */
static inline int sd_reads_cell(const sd_plan *p, sd_ref r, sd_ref a) {
  return p->values[r].kind == SD_ELEMENT && !sd_is_map(sd_plan_node(p, r)->op) &&
         sd_plan_node(p, a)->op == &sd_op_full;
}

#endif
