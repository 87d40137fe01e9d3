/* What the ops of linear algebra share: shape rules, sentences, and builders beyond build.h.
 *
 * In the comments of their rules X' is a transpose, x_ a cotangent and dx a tangent; % is the
 * element-wise product and w' beside it a row laid out over the columns. Results are matrices, of
 * the dtype of A, also of a number (a 1x1 matrix); scalars are numbers. */
#ifndef SADDLE_GRAPH_LINALG_H
#define SADDLE_GRAPH_LINALG_H

#include "build.h"
#include "saddle/linalg.h"

/* ---- shape rules and sentences ----------------------------------------------------------------*/

int sd_infer_square(sd_site *s); /* SD_OK, or "A must be square, got 2x3"; sets nothing */
int sd_infer_rows(sd_site *s);   /* SD_OK, or "numbers of rows differ: A is 3x3, B is 2x1" */

/* The sentence for a negative status of a function of A and perhaps B: which of them is not finite,
 * what is too big, that the result overflows. */
void sd_fail_linalg(const sd_call *c, int status, char why[SD_WHY]);
/* name: "" or " B"; the leading minor of that order is not positive */
void sd_fail_posdef(const sd_call *c, const char *name, int minor, char why[SD_WHY]);
/* SD_EARG unless argument k is symmetric up to p[0] max|A|; 1 and the sentence if it is not. */
int sd_check_argument(const sd_call *c, int k);
int sd_fail_symmetric(const sd_call *c, int k, char why[SD_WHY]);

/* ---- builders ---------------------------------------------------------------------------------*/

/* x in the type of node `of`, from which it may differ in being a number alone. */
sd_ref g_like(sd_graph *g, sd_ref x, sd_ref of);
/* op(a) with several results, where attr may be NULL: result j is the returned node + j. */
sd_ref g_tuple(sd_graph *g, const sd_op *op, const sd_attr *attr, sd_ref a, sd_ref b, int nouts);
/* A with the parts below, on and above the diagonal multiplied by these numbers of halves. */
sd_ref g_triangle(sd_graph *g, int below, int on, int above, sd_ref a);
sd_ref g_symmetric(sd_graph *g, sd_ref a); /* (A + A')/2 */
/* X with A X = B, the triangular A of kind SD_LOWER or SD_UPPER, or any A with SD_GENERAL */
sd_ref g_solve(sd_graph *g, int assume, sd_ref a, sd_ref b);
/* A diag(w), A(m,n), w(n,1); diag(w) A, A(n,m); (n,1): the inner products of columns of A(m,n) and
 * B(m,n). */
sd_ref g_scale_columns(sd_graph *g, sd_ref a, sd_ref w);
sd_ref g_scale_rows(sd_graph *g, sd_ref w, sd_ref a);
sd_ref g_dot_columns(sd_graph *g, sd_ref a, sd_ref b);
/* U diag(w) V' */
sd_ref g_between(sd_graph *g, sd_ref u, sd_ref w, sd_ref v);
/* With u the node of a singular value decomposition of A: A_ = U diag(s_) V'; ds = diag(U' dA V) */
sd_ref g_values_reverse(sd_graph *g, sd_ref u, sd_ref sbar);
sd_ref g_values_forward(sd_graph *g, sd_ref u, sd_ref da);
/* A mask (n,n): 1 where |w(j) - w(i)| passes n eps |w|, what rounding can tell apart. */
sd_ref g_apart(sd_graph *g, sd_ref w);
/* F(n,n): 1/(w(j) - w(i)) where `apart`, else 0 */
sd_ref g_reciprocal_gaps(sd_graph *g, sd_ref w, sd_ref apart);
/* x where |x| passes `size` eps |x|, inverted; else 0 */
sd_ref g_safe_inverse(sd_graph *g, sd_ref x, double size);
/* Rows (1,n), to be added to derivatives of vectors: NaN for those whose value is not apart from
 * all others; for those of x(n,1) that do not pass `size` eps |x|; and 0 for the rest. */
sd_ref g_unsettled(sd_graph *g, sd_ref apart);
sd_ref g_unsettled_zeros(sd_graph *g, sd_ref x, double size);
/* A number: NaN where a column is unsettled that the cotangent vbar has by construction, else 0. */
sd_ref g_doubt(sd_graph *g, sd_ref unsettled, sd_ref vbar);

/* The first failure among these, or SD_OK. */
int sd_first_failure(int n, const sd_ref *refs);

#endif
