/* What the rows of the op table share. A family of ops is a file op_<family>.c with its rows and
 * the list of them, sd_family_<family>, with NULL at its end; ops.c lists the families. */
#ifndef SADDLE_GRAPH_OPS_H
#define SADDLE_GRAPH_OPS_H

#include "saddle/graph.h"

enum { SD_FEW = 8 }; /* arguments or outputs that need no memory */

/* ---- copies -----------------------------------------------------------------------------------*/

/* Nodes of `to` from now on carry the place of n, of another graph. *last is {NULL, NULL} at first,
 * then the name of the last place there and here. SD_ENOMEM. */
typedef struct sd_origin {
  const char *source, *kept;
} sd_origin;
int sd_graph_place_as(sd_graph *to, const sd_node *n, sd_origin *last);

/* The copy in `to` of n of `from`, no input, with map[a] for its argument a; if lower, what a plan
 * runs instead. A status of sd_emit, SD_ENOMEM. */
sd_ref sd_graph_copy(sd_graph *to, const sd_graph *from, const sd_node *n, const sd_ref *map,
                     int lower, sd_origin *last);

/* ---- shape rules ------------------------------------------------------------------------------*/

sd_mat sd_type_header(const sd_type *t); /* a header without elements */
/* SD_ESHAPE and a sentence unless in[0] and in[1] have one shape. */
int sd_need_same_shape(sd_site *s);
/* out[0] <- the type of in[0] */
int sd_infer_like(sd_site *s);
/* out[0] <- the type in attr->k = {rows, cols, dtype, number} */
int sd_infer_given(sd_site *s);

static inline int sd_is_one(const sd_type *t) { return t->rows == 1 && t->cols == 1; }

/* Functions of one element, of two. */
static inline int sd_is_map(const sd_op *op) {
  return op->code >= 0 && op->code < SD_MAP_COUNT && op == &sd_map_ops[op->code];
}
static inline int sd_is_zip(const sd_op *op) {
  return op->code >= 0 && op->code < SD_ZIP_COUNT && op == &sd_zip_ops[op->code];
}

/* The reduction that a node is: SD_REDUCE_* and its dim, of the elements of its argument; -1 when
 * it is none, or is none of elements alone. */
int sd_reduction(const sd_graph *g, const sd_node *n, int *dim);

/* ---- words ------------------------------------------------------------------------------------*/

/* A number as messages show it, in buf: "2.5", "NaN". */
const char *sd_number_text(double v, char buf[SD_SHAPE]);
/* The name that messages give to a caller SD_SAYS_*. */
const char *sd_says(int64_t caller);

/* ---- column rules -----------------------------------------------------------------------------*/

int sd_column_aligned(const sd_site *s, int k); /* element by element */
int sd_column_broadcast(const sd_site *s, int k);
int sd_column_line(const sd_site *s, int k); /* line by line, with the dim in attr->k[0] */

/* ---- costs ------------------------------------------------------------------------------------*/

/* Those of one application of the op of node r; 0 of ops without a cost or of many arguments. */
double sd_node_flops(const sd_graph *g, sd_ref r);

/* ---- derivative rules -------------------------------------------------------------------------*/

/* active[r] and is_wrt[r] of nodes 1..last, zero before: whether r depends on one of wrt (behind a
 * stop_gradient nothing does), whether it is one. */
void sd_mark_active(const sd_graph *g, int last, int nwrt, const sd_ref *wrt, char *active,
                    char *is_wrt);

/* The newest output of the application that r is an output of: rules read and write all of them. */
sd_ref sd_last_output(const sd_graph *g, sd_ref r);

/* Of an op that is linear in argument 0, the others being constant: itself, of the tangent. */
int sd_forward_linear(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan);

/* ---- lowering (op_spike.c) --------------------------------------------------------------------*/

sd_ref sd_lower_spike_neg(sd_graph *g, const sd_node *n, const sd_ref *args);
sd_ref sd_lower_spike_norm(sd_graph *g, const sd_node *n, const sd_ref *args);
sd_ref sd_lower_spike_scale(sd_graph *g, const sd_node *n, const sd_ref *args);
sd_ref sd_lower_spike_power(sd_graph *g, const sd_node *n, const sd_ref *args);
sd_ref sd_lower_spike_add(sd_graph *g, const sd_node *n, const sd_ref *args);

#endif
