/* Element-wise functions, broadcasting operators and reductions, in f64 and f32.
 *
 * One body (src/core/isa) is compiled for both dtypes and, on x86-64, for three instruction sets
 * (baseline, AVX2 with FMA, AVX-512); the best one the processor has is picked at the first call.
 * Every function is right at NaN, infinities, subnormals and signed zeros, and a value depends on
 * its inputs alone: neither on its position nor on the length. AVX2 and AVX-512 agree bit for bit.
 *
 * Accuracy. sqrt, abs, sign, floor and the arithmetic are correctly rounded. exp, log, expm1,
 * log1p, tanh, erf and sigmoid are within 2 ulp. Every other f is within c(1 + |x f'(x)/f(x)|)
 * ulp: the second term is what rounding an intermediate argument by one ulp must cost. c is at most
 * 4 (src/core/isa/map.* derives it), and 16 for erfinv, normppf, digamma and polygamma.
 *
 * Kinks: relu'(0) = 1 and abs'(0) = 0 are conventions of differentiation; here relu(0) = 0. */
#ifndef SADDLE_KERNEL_H
#define SADDLE_KERNEL_H

#include "saddle/matrix.h"

/* Functions of one element: X(id, name, number of parameters). leaky_relu takes the slope, elu
 * alpha, clamp the bounds lo <= hi, polygamma the order, a whole number in 0..SD_ORDER_MOST. */
/* clang-format off */
#define SD_MAPS(X)                                                                                \
  X(NEG, neg, 0) X(ABS, abs, 0) X(SIGN, sign, 0) X(SQRT, sqrt, 0) X(FLOOR, floor, 0)              \
  X(EXP, exp, 0) X(EXPM1, expm1, 0) X(LOG, log, 0) X(LOG1P, log1p, 0)                             \
  X(SIN, sin, 0) X(COS, cos, 0) X(TANH, tanh, 0)                                                  \
  X(SIGMOID, sigmoid, 0) X(LOG_SIGMOID, log_sigmoid, 0)                                           \
  X(RELU, relu, 0) X(LEAKY_RELU, leaky_relu, 1) X(SOFTPLUS, softplus, 0)                          \
  X(GELU, gelu, 0) X(SILU, silu, 0) X(ELU, elu, 1)                                                \
  X(ERF, erf, 0) X(ERFC, erfc, 0) X(ERFINV, erfinv, 0)                                            \
  X(NORMCDF, normcdf, 0) X(NORMPPF, normppf, 0)                                                   \
  X(LGAMMA, lgamma, 0) X(DIGAMMA, digamma, 0) X(POLYGAMMA, polygamma, 1)                          \
  X(CLAMP, clamp, 2) X(ISFINITE, isfinite, 0)
/* clang-format on */

/* Functions of two elements: X(id, name). Comparisons give 1 or 0; NaN compares as IEEE says. max
 * and min return NaN when an argument is NaN. pass(m, v) is v where m is not 0, else 0. */
/* clang-format off */
#define SD_ZIPS(X)                                                                                \
  X(ADD, add) X(SUB, sub) X(MUL, mul) X(DIV, div) X(POW, pow) X(MAX, max) X(MIN, min)             \
  X(PASS, pass)                                                                                   \
  X(LT, lt) X(LE, le) X(GT, gt) X(GE, ge) X(EQ, eq) X(NE, ne)
/* clang-format on */

/* Reductions. var divides by the number of elements; norm is the Euclidean norm, scaled so that it
 * neither overflows nor underflows; argmax and argmin give 1-based positions, the first of equals,
 * and the first NaN if there is one. Sums are pairwise with f64 accumulators. */
/* clang-format off */
#define SD_REDUCES(X)                                                                             \
  X(SUM, sum) X(MEAN, mean) X(VAR, var) X(STD, std) X(MAX, max) X(MIN, min)                       \
  X(ARGMAX, argmax) X(ARGMIN, argmin) X(NORM, norm) X(LOGSUMEXP, logsumexp)
/* clang-format on */

#define SD_ENUM_MAP(id, name, n) SD_MAP_##id,
#define SD_ENUM_ZIP(id, name)    SD_ZIP_##id,
#define SD_ENUM_REDUCE(id, name) SD_REDUCE_##id,
enum { SD_MAPS(SD_ENUM_MAP) SD_MAP_COUNT };
enum { SD_ZIPS(SD_ENUM_ZIP) SD_ZIP_COUNT };
enum { SD_REDUCES(SD_ENUM_REDUCE) SD_REDUCE_COUNT };

/* The polygamma function: the derivative of order n of digamma = (log Gamma)', 0 <= n <=
 * SD_ORDER_MOST; n = 0 is digamma itself. At the poles 0, -1, -2, ... the limit where both sides
 * agree (+inf for odd n), at +-0 that of the side of the sign, else NaN. */
enum { SD_ORDER_MOST = 100 };
double sd_polygamma(int n, double x);

/* The names in the tables above; fn is in range. */
const char *sd_map_name(int fn);
const char *sd_zip_name(int fn);
const char *sd_reduce_name(int fn);

/* Y(m,n) <- fn(X(m,n)). p holds the parameters, or is NULL where fn has none. Y may be X; no other
 * overlap. SD_EARG (no such fn, parameters missing or not as above), SD_ESHAPE, SD_EDTYPE. */
int sd_map(int fn, const double *p, const sd_mat *x, sd_mat *y);

/* *m, *n <- the shape that A and B broadcast to: equal shapes, or one of them a column (m,1), a row
 * (1,n) or 1x1. A column with a row is SD_ESHAPE. */
int sd_broadcast(const sd_mat *a, const sd_mat *b, ptrdiff_t *m, ptrdiff_t *n);

/* C(m,n) <- fn(A, B), C of the shape that A and B broadcast to. C may be A or B where that one has
 * C's shape; no other overlap. SD_EARG (no such fn), SD_ESHAPE, SD_EDTYPE. */
int sd_zip(int fn, const sd_mat *a, const sd_mat *b, sd_mat *c);

/* C(m,n) <- a b', element by element: a has m elements, sa apart; b has n, sb apart; both of C's
 * dtype. No overlap of C with the others. */
void sd_outer(const void *a, ptrdiff_t sa, const void *b, ptrdiff_t sb, sd_mat *c);

/* C(m,n) <- A where the mask is not zero, else B; all three broadcast to C's shape. NaN in the mask
 * selects A (it is not zero). No overlap of C with the others. SD_ESHAPE, SD_EDTYPE. */
int sd_where(const sd_mat *mask, const sd_mat *a, const sd_mat *b, sd_mat *c);

/* dim 0: y[0] of Y(1,1) <- fn over all of X; dim 1: Y(1,n), one value per column; dim 2: Y(m,1),
 * one per row. Y is of X's dtype, or f64. Over no elements: sum 0, norm 0, logsumexp -inf, mean var
 * std NaN; max min argmax argmin are SD_EARG, for no lines of no elements too, as in NumPy.
 * SD_ESHAPE, SD_EDTYPE; SD_ETOOBIG when positions pass 2^24 and Y is f32, which cannot hold
 * them. */
int sd_reduce(int fn, int dim, const sd_mat *x, sd_mat *y);

/* As sd_reduce: the variance, or the standard deviation if root is not 0, with divisor
 * (number of elements) - ddof; NaN where that is not positive. Also SD_EARG when ddof < 0. */
int sd_spread(int root, int ddof, int dim, const sd_mat *x, sd_mat *y);

#endif
