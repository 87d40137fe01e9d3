/* Graphs: applications of ops in the order in which they were recorded, and the transforms.
 *
 * A node is an application of an op to earlier nodes; equal applications are one node. Values are
 * referred to by sd_ref (op.h): builders pass a negative one through, so that a chain of them is
 * checked once at its end, and 0, the zero of any shape, costs nothing.
 *
 * The transforms add nodes to the graph they read. References: Griewank and Walther, Evaluating
 * Derivatives, 2nd ed., SIAM 2008, chapters 3 (modes) and 5 (higher orders). */
#ifndef SADDLE_GRAPH_H
#define SADDLE_GRAPH_H

#include "saddle/op.h"

struct sd_node {
  const sd_op *op;
  sd_attr attr;
  sd_type type;
  int nargs, nouts; /* output j > 0 of node r is the node r + j, of op sd_op_part */
  const sd_ref *args;
  int varies; /* depends on an input */
  int line;   /* where the script applied it: source, or NULL */
  const char *source;
};

/* A matrix of the script that a graph refers to: read when a plan runs. *version, if
 * not NULL, counts the writes to its memory; `seen` is the version when it was captured. */
typedef struct sd_capture {
  sd_mat m;
  const uint64_t *version;
  uint64_t seen;
} sd_capture;

/* ---- building ---------------------------------------------------------------------------------*/

int sd_graph_new(sd_graph **g); /* SD_ENOMEM */
void sd_graph_free(sd_graph *g);

/* Nodes; a pointer stays valid while the graph lives. 1 <= r <= sd_graph_size(g). */
int sd_graph_size(const sd_graph *g);
const sd_node *sd_node_at(const sd_graph *g, sd_ref r);

/* The node for op applied to args. SD_ESHAPE and the like, with sd_graph_why; SD_ENOMEM. A negative
 * argument is returned as it is; 0 is not allowed. A number among joined arguments is turned into
 * the dtype of the matrices. Applied to constant numbers alone, the result is computed. */
sd_ref sd_emit(sd_graph *g, const sd_op *op, const sd_attr *attr, int nargs, const sd_ref *args,
               int nouts);
const char *sd_graph_why(const sd_graph *g);
/* Leaves a sentence for sd_graph_why and returns status, for rules that cannot serve a case. */
int sd_graph_refuse(sd_graph *g, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Nodes from now on carry this place; source outlives the graph or is NULL. */
void sd_graph_place(sd_graph *g, const char *source, int line);
/* The line that nodes carry now, *source its chunk or NULL: after a failed transform, those of the
 * node whose rule failed. */
int sd_graph_where(const sd_graph *g, const char **source);
/* A copy of the string that lives as long as the graph; NULL when memory is short. */
const char *sd_graph_string(sd_graph *g, const char *s);

/* Leaves. The next input (numbered from 0); a captured matrix (equal ones are one node), read
 * later; a number. */
sd_ref sd_graph_input(sd_graph *g, sd_type type);
sd_ref sd_graph_capture(sd_graph *g, const sd_capture *what);
sd_ref sd_graph_number(sd_graph *g, double v);
int sd_graph_inputs(const sd_graph *g);
int sd_graph_captures(const sd_graph *g);
const sd_capture *sd_graph_capture_at(const sd_graph *g, int k);
/* A new name for x: equal to it, differentiable by itself. */
sd_ref sd_graph_alias(sd_graph *g, sd_ref x);

/* Copies into g what outs of `from` need, with input k of `from` replaced by in[k] (of its type);
 * out[j] <- the copy of outs[j]. from may be g's own body, never g. */
int sd_graph_inline(sd_graph *g, const sd_graph *from, const sd_ref *in, int nout,
                    const sd_ref *outs, sd_ref *out);

/* As sd_graph_inline, but applications become what a plan runs instead of them (op->lower). */
int sd_graph_lower(sd_graph *g, const sd_graph *from, const sd_ref *in, int nout,
                   const sd_ref *outs, sd_ref *out);

/* As sd_graph_inline, but the copy stops at cut[k], for which replacement[k] of g (of its type)
 * stands. in may be NULL when no input is needed; SD_EARG when one is. */
int sd_graph_extract(sd_graph *g, const sd_graph *from, const sd_ref *in, int ncut,
                     const sd_ref *cut, const sd_ref *replacement, int nout, const sd_ref *outs,
                     sd_ref *out);

/* cut <- the nodes that outs need, that do not depend on wrt, and that are read by nodes that do
 * (or are outputs themselves); constants are left out. Returns how many, at most sd_graph_size(g),
 * or SD_ENOMEM. wrt are leaves. Newest first. */
int sd_graph_split(const sd_graph *g, int nwrt, const sd_ref *wrt, int nout, const sd_ref *outs,
                   sd_ref *cut);

/* sw <- the switches of outs: the values, once each and in the order of recording, at whose changes
 * of sign outs go from one smooth piece to another while wrt move (op->kink); each depends on wrt,
 * and is smooth itself while no earlier one changes its sign. Returns how many, at most SD_KINKS
 * sd_graph_size(g) before the call, or a status. *untold <- the first node with pieces that no sign
 * tells apart, or 0. Stopped gradients are followed: it is values that switch. */
int sd_graph_switches(sd_graph *g, int nwrt, const sd_ref *wrt, int nout, const sd_ref *outs,
                      sd_ref *sw, sd_ref *untold);

/* ---- transforms -------------------------------------------------------------------------------*/

/* bar[k] <- sum over outputs of cot[j]' d out[j] / d wrt[k], of wrt[k]'s type, 0 when none depends
 * on it. wrt are leaves or aliases: nothing is followed below them. */
int sd_reverse(sd_graph *g, int nout, const sd_ref *out, const sd_ref *cot, int nwrt,
               const sd_ref *wrt, sd_ref *bar);

/* tan[j] <- the tangent of out[j] when wrt[k] moves by dot[k] (0: not at all). */
int sd_forward(sd_graph *g, int nwrt, const sd_ref *wrt, const sd_ref *dot, int nout,
               const sd_ref *out, sd_ref *tan);

/* The derivatives, of each column j of y (m,n) by itself, of sum_i cot_ij y_ij in wrt[leaf]: the
 * sum over its terms of a_j b_j' (a: rows of the leaf x n, b: its columns x n), or, where b is 0,
 * of column j of a laid out in the shape of the leaf (at most one such term a leaf). All columns at
 * once, where the samples that the columns are share the leaves (blocks.c). Returns the number of
 * terms in out[room], sorted by leaf; SD_EARG and sd_graph_why when an op mixes the columns, has no
 * rule, or the room is too small. */
typedef struct sd_term {
  int leaf;
  sd_ref a, b;
} sd_term;
int sd_blocks(sd_graph *g, sd_ref y, sd_ref cot, int nwrt, const sd_ref *wrt, int room,
              sd_term *out);

#endif
