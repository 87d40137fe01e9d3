/* Builders: a graph written as formulas, for derivative rules.
 *
 * All take and give sd_ref (op.h). A negative argument comes out again; an argument 0, the zero of
 * any shape, is not recorded: g_add(g, 0, x) is x, g_mul(g, 0, x) is 0. Divisors and the arguments
 * of nonlinear functions must not be 0.
 *
 * g_where of a value and nothing is pass(mask, value), and the builders that are linear move a pass
 * of their argument outwards (op_zip.c says why). */
#ifndef SADDLE_GRAPH_BUILD_H
#define SADDLE_GRAPH_BUILD_H

#include "ops.h"

sd_type g_type(const sd_graph *g, sd_ref x); /* x > 0 */

sd_ref g_num(sd_graph *g, double v);                    /* a number */
sd_ref g_full(sd_graph *g, const sd_type *t, double v); /* v everywhere */
sd_ref g_zeros(sd_graph *g, const sd_type *t);

/* Element by element, broadcasting. */
sd_ref g_add(sd_graph *g, sd_ref a, sd_ref b);
sd_ref g_sub(sd_graph *g, sd_ref a, sd_ref b);
sd_ref g_mul(sd_graph *g, sd_ref a, sd_ref b);
sd_ref g_div(sd_graph *g, sd_ref a, sd_ref b);
sd_ref g_scale(sd_graph *g, double v, sd_ref a);       /* v a */
sd_ref g_shift(sd_graph *g, sd_ref a, double v);       /* a + v */
sd_ref g_zip(sd_graph *g, int fn, sd_ref a, sd_ref b); /* SD_ZIP_*; no argument 0 */
sd_ref g_map(sd_graph *g, int fn, sd_ref a);           /* SD_MAP_* without parameters; not of 0 */
sd_ref g_neg(sd_graph *g, sd_ref a);
/* a where the mask is not 0, else b; one of a, b may be 0: nothing flows there. */
sd_ref g_where(sd_graph *g, sd_ref mask, sd_ref a, sd_ref b);

sd_ref g_reduce(sd_graph *g, int fn, int dim, sd_ref a); /* SD_REDUCE_* */
sd_ref g_sum(sd_graph *g, int dim, sd_ref a);
sd_ref g_matmul(sd_graph *g, int transa, sd_ref a, int transb, sd_ref b);
sd_ref g_t(sd_graph *g, sd_ref a);
sd_ref g_reshape(sd_graph *g, sd_ref a, ptrdiff_t rows, ptrdiff_t cols);

/* a in type t, which differs in dtype or in being a number alone. */
sd_ref g_to(sd_graph *g, sd_ref a, const sd_type *t);
/* a laid out over t; a summed down to t (each other's adjoints). */
sd_ref g_broadcast(sd_graph *g, sd_ref a, const sd_type *t);
sd_ref g_sum_to(sd_graph *g, sd_ref a, const sd_type *t);

/* x, or 0 where x is a constant 0: a cotangent or tangent that ends here. */
sd_ref g_flow(const sd_graph *g, sd_ref x);
/* The constant that an element-wise application of constants is, or 0. For simplify. */
sd_ref g_fold(sd_graph *g, const sd_site *s, const sd_ref *args);
/* softmax, normalize, centre: functions of the lines along dim. */
sd_ref g_line(sd_graph *g, const sd_op *op, int dim, sd_ref a);
/* Elements of a at positions; a placed at positions in zeros of type t (each other's adjoints). */
sd_ref g_pick(sd_graph *g, int dim, sd_ref a, sd_ref at);
sd_ref g_put(sd_graph *g, int dim, sd_ref a, sd_ref at, const sd_type *t);

/* An op with up to three arguments and these k. */
sd_ref g_op(sd_graph *g, const sd_op *op, const sd_attr *attr, sd_ref a, sd_ref b, sd_ref c);

#endif
