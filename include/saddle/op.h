/* Ops: what eager calls, graphs and plans have in common.
 *
 * An op is a function of matrices to matrices, and a row of one table: its name, the rule for the
 * shapes, the kernel, and what the transforms need. An eager call applies the shape rule and the
 * kernel at once; a trace applies the shape rule and records a node of a graph (graph.h); a plan
 * (plan.h) runs kernels of a graph. So a shape error reads the same everywhere.
 *
 * The derivative rules are written in ops: they take nodes and add nodes. The set is closed under
 * differentiation, hence gradients of gradients need nothing more. */
#ifndef SADDLE_OP_H
#define SADDLE_OP_H

#include "saddle/blas.h"
#include "saddle/kernel.h"
#include "saddle/matrix.h"
#include "saddle/status.h"
#include <stdint.h>

/* A third dtype, of graphs alone: a value of this type is one sd_rng. */
enum { SD_RNG = 2 };

/* What is known of a value before it exists. A number is f64 and 1x1; beside a matrix it takes the
 * matrix's dtype, while a 1x1 matrix keeps its own. */
typedef struct sd_type {
  ptrdiff_t rows, cols;
  int dtype, number;
} sd_type;

sd_type sd_type_matrix(ptrdiff_t rows, ptrdiff_t cols, int dtype);
sd_type sd_type_number(void);
sd_type sd_type_rng(void);
int sd_type_same(const sd_type *a, const sd_type *b);
size_t sd_type_size(const sd_type *t); /* bytes of one element */
/* to <- from: values of one type, matrices or rngs, that do not overlap; rngs are packed. */
void sd_value_copy(const sd_mat *from, sd_mat *to);

/* Static parameters of an application: sizes, dims, flags, constants; each op says what it keeps
 * where. Unused fields are zero. */
typedef struct sd_attr {
  double p[2];
  int64_t k[6];
} sd_attr;

typedef struct sd_op sd_op;
typedef struct sd_graph sd_graph;
typedef struct sd_node sd_node;

/* A value of a graph: > 0 a node, 0 a zero of whatever shape is due, < 0 a status. */
typedef int sd_ref;
enum { SD_UNASKED = -1000 }; /* in bar[] of ops that ask */

/* An application before values exist: the shape rule reads in[], writes out[] or a sentence. */
typedef struct sd_site {
  const sd_op *op;
  const sd_attr *attr;
  int nargs, nouts;
  const sd_type *in;
  sd_type *out;
  char *why;
} sd_site;

/* An application with values; out[] exist and have the shapes of the shape rule. */
typedef struct sd_call {
  const sd_op *op;
  const sd_attr *attr;
  int nargs, nouts;
  sd_mat *in, *out;
} sd_call;

/* What an op knows of a call of a plan's as soon as its headers are there, and need not find out
 * again: how to run it, for as long as nothing but the addresses of elements changes. */
typedef struct sd_bound sd_bound;
struct sd_bound {
  int (*run)(const sd_call *c, sd_bound *b); /* in place of the op's; NULL: there is nothing */
  sd_gemm_way gemm;
};

/* How column j of a result depends on an argument: on its column j alone, on all of it in the same
 * way for every j, or otherwise. Samples are columns, so the first keeps samples apart. */
enum { SD_MIXES, SD_ALIGNED, SD_SHARED };

/* Most switches of an op, and what kink returns of pieces that no sign tells apart. */
enum { SD_KINKS = 2, SD_UNTOLD };

struct sd_op {
  const char *name;
  int code;        /* what the kernel does, where one serves several rows */
  int nargs;       /* arguments; -1: any number from one */
  int nouts;       /* results, where there is not one; -1: as many as the call says */
  uint32_t joined; /* bit k: argument k shares a dtype with the others so marked, numbers follow */
  int draws;       /* argument 0 is an rng (of other ops none is) */
  int takes_rngs;  /* any argument may be an rng */
  int asks;        /* reverse finds bar[k] = SD_UNASKED where nobody reads it */
  int over;        /* 1 + the argument in whose place result 0 may lie when it is run, or 0 */
  void *ctx;       /* of ops that are made at run time */
  /* Of ops that are counted: graphs add 1 for each of their nodes, and -1 when they are freed. */
  void (*hold)(const sd_op *op, int by);

  /* out[] <- types, or SD_ESHAPE (SD_EDTYPE, SD_EARG) and why. */
  int (*infer)(sd_site *s);
  /* The kernel: a status. out[] overlap nothing, but for `over`. */
  int (*run)(const sd_call *c);
  /* Of ops that can decide by shapes how they run: fills in b. */
  void (*bind)(const sd_call *c, sd_bound *b);
  /* Of ops that run over an argument: what run would return, without running. */
  int (*check)(const sd_call *c);
  /* 1 and a header of out[0] over elements of in[0], if the result is there already; else 0. In
   * plans such a result is a view and run is not called. It looks at shapes and at ld alone. */
  int (*view)(const sd_call *c);
  /* The sentence for a failed run; without it the status's own text is used. */
  void (*fail)(const sd_call *c, int status, char why[SD_WHY]);
  /* An equal value that is there already or simpler; 0 when there is none. */
  sd_ref (*simplify)(sd_graph *g, const sd_site *s, const sd_ref *args);

  /* What a plan runs instead, of the same value, and nobody differentiates; args are n's in g. 0
   * when there is nothing better. */
  sd_ref (*lower)(sd_graph *g, const sd_node *n, const sd_ref *args);

  /* Functions of one element: the derivative at x, with y = f(x) at hand. Serves both modes. */
  sd_ref (*slope)(sd_graph *g, const sd_node *n, sd_ref x, sd_ref y);
  /* bar[k] <- the cotangent of argument k, of its type; bar[] is zero before, and 0 stays where
   * nothing flows. cot[] has one per output, 0 where none arrives. */
  int (*reverse)(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar);
  /* tan[j] <- the tangent of output j, of its type, given those of the arguments (0: constant). */
  int (*forward)(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan);
  /* Of ops that are put together of smooth pieces: sw[] <- values, at most SD_KINKS, such that self
   * is on one piece while none of their elements changes its sign. How many, SD_UNTOLD where the
   * piece depends on more, or a status. NULL: smooth wherever it has a derivative at all. */
  int (*kink)(sd_graph *g, sd_ref self, sd_ref *sw);
  /* SD_ALIGNED, SD_SHARED or SD_MIXES for argument k. */
  int (*column)(const sd_site *s, int k);
  /* Floating-point operations of one application. */
  double (*flops)(const sd_site *s);
};

/* ---- the table --------------------------------------------------------------------------------*/

int sd_op_count(void);
const sd_op *sd_op_at(int i);               /* 0 <= i < sd_op_count() */
const sd_op *sd_op_named(const char *name); /* NULL when there is none */

/* ---- the rows by name -------------------------------------------------------------------------*/

/* Leaves and names: never run; values come from outside. */
extern const sd_op sd_op_input, sd_op_capture, sd_op_alias, sd_op_part;
/* Shape and dtype. k = {rows, cols, dtype, number} of the result, where it has them.
 * full: p[0] everywhere. to: {dtype, number}. broadcast: a number, 1x1, column or row laid out over
 * a matrix; sum_to: its adjoint, sums of the rows, columns or both. */
extern const sd_op sd_op_full, sd_op_to, sd_op_broadcast, sd_op_sum_to, sd_op_stop_gradient;
extern const sd_op sd_op_transpose, sd_op_reshape;
/* k = {transa, transb}. matmul_add: of X, A, B, X + op(A) op(B), in the place of X. */
extern const sd_op sd_op_matmul, sd_op_matmul_add;
/* Blocks: k = {i, j, rows, cols of the result, number, caller}, the place (i,j) from 0; with two
 * more arguments those are the place, from 1. pad is slice's adjoint. k = {} of the others. */
extern const sd_op sd_op_slice, sd_op_pad, sd_op_hcat, sd_op_vcat, sd_op_diag;
/* Elements (dim 0), rows (1) or columns (2) by number: gather of A and indices; scatter_add of A, B
 * and indices; k = {dim, caller, single: the index is one number, turned: messages say row for
 * column}. one_hot of indices, k = {rows, dtype, single}. */
extern const sd_op sd_op_gather, sd_op_scatter_add, sd_op_one_hot;
/* scatter_add at one place, and a number everywhere: of X, b, B and the index; k as there. */
extern const sd_op sd_op_add_spike;
/* What messages of these call the function (k's caller). */
enum {
  SD_SAYS_GATHER,
  SD_SAYS_SCATTER_ADD,
  SD_SAYS_MATRIX,
  SD_SAYS_COL,
  SD_SAYS_ROW,
  SD_SAYS_BLOCK
};
/* Kronecker products, and the derivatives of <C, product>: k = {0: for A, 1: for B; rows, cols,
 * number of the result}, of C and the other factor. */
extern const sd_op sd_op_kron, sd_op_khatri_rao, sd_op_kron_part, sd_op_khatri_rao_part;
/* khatri_rao(A', B')', which plans run as one. */
extern const sd_op sd_op_khatri_rao_rows;
/* Element by element, indexed by SD_MAP_*, SD_ZIP_*; p holds the parameters of a map. */
extern const sd_op sd_map_ops[SD_MAP_COUNT], sd_zip_ops[SD_ZIP_COUNT], sd_op_where;
/* Reductions, indexed by SD_REDUCE_*; k = {dim, ddof, 1: positions in f64 whatever the dtype}. */
extern const sd_op sd_reduce_ops[SD_REDUCE_COUNT];
/* Linear algebra. triangle: k = {below, on, above}, the halves by which these parts are multiplied;
 * cholesky, eigh, eigvalsh: p = {tol} of the symmetry that is asked for; solve: p = {tol},
 * k = {assume}; pinv, lstsq: p = {rcond}; svd, svdvals: k = {driver}. */
extern const sd_op sd_op_triangle, sd_op_cholesky, sd_op_qr, sd_op_solve, sd_op_inv, sd_op_logdet;
extern const sd_op sd_op_eigh, sd_op_eigvalsh, sd_op_svd, sd_op_svdvals, sd_op_cond;
extern const sd_op sd_op_pinv, sd_op_lstsq, sd_op_expm, sd_op_sqrtm;
/* Functions of lines; k = {dim}, for cumsum {dim, 1 to go backwards}. centre: less the mean. */
extern const sd_op sd_op_softmax, sd_op_normalize, sd_op_centre;
extern const sd_op sd_op_cumsum, sd_op_cumprod, sd_op_diff;
/* sort: k = {dim, descending}, results S and I. quantile: k = {dim}, p = {q}. */
extern const sd_op sd_op_sort, sd_op_quantile;
/* Elements at 1-based positions, which are argument 1: k = {dim}; its adjoint: k = {dim} and the
 * type of the result. */
extern const sd_op sd_op_pick, sd_op_put;
extern const sd_op sd_op_dot, sd_op_trace;
/* Draws, indexed by SD_DRAW_*: argument 0 is the rng; k = {rows, cols, dtype, number, offset, a
 * whole number that the law needs}, p = its parameters (src/graph/op_random.c). */
#define SD_DRAWS(X)                                                                                \
  X(RAND, rand)                                                                                    \
  X(RANDN, randn)                                                                                  \
  X(RADEMACHER, rademacher)                                                                        \
  X(RANDINT, randint)                                                                              \
  X(BERNOULLI, bernoulli)                                                                          \
  X(CATEGORICAL, categorical)                                                                      \
  X(GAMMA, gamma)                                                                                  \
  X(CHI2, chi2)                                                                                    \
  X(TRUNCATED_NORMAL, truncated_normal)                                                            \
  X(SPHERE, sphere)                                                                                \
  X(ORTHOGONAL, orthogonal)                                                                        \
  X(PERMUTATION, permutation)                                                                      \
  X(CHOICE, choice)                                                                                \
  X(MINIBATCH, minibatch)
#define SD_DRAW_ID(id, name) SD_DRAW_##id,
enum { SD_DRAWS(SD_DRAW_ID) SD_DRAW_COUNT };
extern const sd_op sd_draw_ops[SD_DRAW_COUNT];
/* Points of a random stream: an rng moved on by k[0] draws; its child of name k[0]. */
extern const sd_op sd_op_rng_advance, sd_op_rng_child;

/* ---- fields of rows that have little to say ---------------------------------------------------*/

int sd_column_mixes(const sd_site *s, int k); /* SD_MIXES */
double sd_flops_none(const sd_site *s);       /* 0 */
double sd_flops_one(const sd_site *s);        /* one an element of out[0] */
/* Nothing flows: of ops with one result, which is whole-numbered or piecewise constant. */
int sd_reverse_zero(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar);
int sd_forward_zero(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan);
/* SD_UNTOLD */
int sd_kink_untold(sd_graph *g, sd_ref self, sd_ref *sw);

/* ---- applying one -----------------------------------------------------------------------------*/

/* Runs the shape rule after the checks that all ops share: the number of arguments, one dtype among
 * those that are joined. Numbers among them must have been turned (see sd_joined_dtype). */
int sd_infer(sd_site *s);

/* The dtype that joined numbers take: that of the first joined matrix, or -1 when all are
 * numbers. */
int sd_op_joins(const sd_op *op, int k); /* argument k is among them; those from 31 on are alike */
int sd_joined_dtype(const sd_op *op, int nargs, const sd_type *in);

/* *why <- the sentence for a failed run, of op->fail or of the status. */
void sd_fail(const sd_call *c, int status, char why[SD_WHY]);

/* s->why <- "name: " and the sentence, printf-style; returns status. */
int sd_refuse(sd_site *s, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "64x32" in buf. */
enum { SD_SHAPE = 48 };
const char *sd_type_shape(const sd_type *t, char buf[SD_SHAPE]);

#endif
