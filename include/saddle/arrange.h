/* Rearranging and combining elements: sorting, scans, indexing, products of columns, and vectors
 * brought to a common scale. All serve f64 and f32 with any leading dimension.
 *
 * dim is 1 (within each column), 2 (within each row) or, where it says so, 0 (the whole matrix as
 * one line in column-major order); any other dim is SD_EARG. Operands of one call have one dtype
 * (SD_EDTYPE) unless it says otherwise, and shapes that differ from the contract are SD_ESHAPE.
 * Outputs do not overlap inputs unless it says so. */
#ifndef SADDLE_ARRANGE_H
#define SADDLE_ARRANGE_H

#include "saddle/matrix.h"

/* ---- order ------------------------------------------------------------------------------------*/

/* S(m,n) <- the lines of A(m,n) in ascending order, or descending when `descending`; I(m,n), f64,
 * <- the 1-based positions they had. Stable: equal elements (0 and -0 are equal) keep their order
 * either way. NaN comes last either way. dim 1 or 2. SD_ENOMEM, SD_EINTR.
 * Radix sort on the ordered bit pattern, O(length) per line (Knuth, TAOCP 3, section 5.2.5). */
int sd_sort(int dim, int descending, const sd_mat *a, sd_mat *s, sd_mat *i);

/* Y <- the q-quantile of each line of A(m,n), 0 <= q <= 1, with linear interpolation between the
 * order statistics around position q(length - 1) (type 7 of Hyndman and Fan, The American
 * Statistician 50, 1996). dim 0: Y(1,1); 1: Y(1,n); 2: Y(m,1). Y is of A's dtype or f64. NaN in a
 * line gives NaN. SD_EARG when q is outside, or a line has no elements; SD_ENOMEM, SD_EINTR. */
int sd_quantile(int dim, double q, const sd_mat *a, sd_mat *y);

/* Where the q-quantile of n > 0 elements lies: *k, from 0, is the order statistic below (or at) it,
 * returned is the weight in 0..1 of the next one, which is 0 for the last. */
double sd_quantile_place(double q, ptrdiff_t n, ptrdiff_t *k);

/* LO, HI, f64 or A's dtype and of the shape of sd_quantile's Y <- the 1-based positions in each
 * line (for dim 0 column-major in A) of the two order statistics around its q-quantile, equal
 * elements in the order of the line, HI = LO at the last one; both that of the first NaN where
 * there is one. Errors as for sd_quantile. */
int sd_quantile_at(int dim, double q, const sd_mat *a, sd_mat *lo, sd_mat *hi);

/* ---- scans ------------------------------------------------------------------------------------*/

/* Y(m,n) <- running sums (products) along dim 1 or 2 of X(m,n), accumulated in f64 from first to
 * last. Y may be X. SD_ENOMEM. */
int sd_cumsum(int dim, const sd_mat *x, sd_mat *y);
int sd_cumprod(int dim, const sd_mat *x, sd_mat *y);

/* Y <- each element's successor minus the element, along dim 1: (max(m-1,0),n), or dim 2:
 * (m,max(n-1,0)), of X(m,n). */
int sd_diff(int dim, const sd_mat *x, sd_mat *y);

/* Y(m,n) <- the adjoint of sd_diff: X has the shape that sd_diff gives for Y's. */
int sd_undiff(int dim, const sd_mat *x, sd_mat *y);

/* Y(m,n) <- y_i = a_i y_(i-1) + b_i along dim 1 or 2, with y_0 = b_0; backwards: y_i = a_i y_(i+1)
 * + b_i from the last one down. A(m,n) is 1 everywhere when NULL. Accumulated in f64. Y may be
 * B. */
int sd_recur(int dim, int backwards, const sd_mat *a, const sd_mat *b, sd_mat *y);

/* Y(m,n) <- each element's predecessor along dim 1 or 2 (backwards: successor) in X(m,n), fill
 * where there is none. */
int sd_shift(int dim, int backwards, double fill, const sd_mat *x, sd_mat *y);

/* ---- indexing: 0-based positions; one outside is SD_EARG --------------------------------------*/

/* The 0-based position of v, an index that counts from 1, or from the end when negative, in n; -1
 * when it is outside or no whole number. */
ptrdiff_t sd_position(double v, ptrdiff_t n);

/* Y(m,n) <- column j has 1 in row idx[j] (n of them) and 0 elsewhere. */
int sd_one_hot(const ptrdiff_t *idx, sd_mat *y);

/* Y <- elements of A(m,n). dim 0: Y(p,q) from the column-major positions idx (pq of them) in
 * column-major order; 1: Y(p,n), the rows idx (p of them); 2: Y(m,q), the columns idx (q). */
int sd_gather(int dim, const sd_mat *a, const ptrdiff_t *idx, sd_mat *y);

/* A(m,n) <- A plus B at the `count` positions idx, the adjoint of sd_gather: B has the shape of
 * its Y, or is 1x1 and added everywhere. Repeated positions accumulate in A's dtype. */
int sd_scatter_add(int dim, const ptrdiff_t *idx, ptrdiff_t count, const sd_mat *b, sd_mat *a);

/* Y <- elements of A(m,n) at the 1-based positions AT, of either dtype and Y's shape. dim 0: Y of
 * any shape, column-major positions; 1: Y(p,n), each from its column; 2: Y(m,q), each from its row.
 * Y may be of the other dtype. SD_EARG when a position is not one of A. */
int sd_pick(int dim, const sd_mat *a, const sd_mat *at, sd_mat *y);

/* Y(m,n) <- 0, plus the elements of X at the positions AT in Y, which accumulate where they repeat:
 * the adjoint of sd_pick. SD_EARG as there. */
int sd_put(int dim, const sd_mat *x, const sd_mat *at, sd_mat *y);

/* ---- products ---------------------------------------------------------------------------------*/

/* C(mp,nq) <- the Kronecker product of A(m,n) and B(p,q): block (i,j) is A(i,j) B. */
int sd_kron(const sd_mat *a, const sd_mat *b, sd_mat *c);

/* C(mp,n) <- column j is the Kronecker product of columns j of A(m,n) and B(p,n) (Khatri and Rao,
 * Sankhya A 30, 1968). */
int sd_khatri_rao(const sd_mat *a, const sd_mat *b, sd_mat *c);

/* C(n,mp) <- row i is the Kronecker product of rows i of A(n,m) and B(n,p). */
int sd_khatri_rao_rows(const sd_mat *a, const sd_mat *b, sd_mat *c);

/* *value <- the sum of the diagonal of A(n,n); the sum of the products of elements of A(m,n) and
 * B(m,n). Accumulated in f64. */
int sd_trace(const sd_mat *a, double *value);
int sd_dot(const sd_mat *a, const sd_mat *b, double *value);

/* ---- centre and scale -------------------------------------------------------------------------*/

/* Y(m,n) <- X(m,n) less its mean: of everything (dim 0), each column (1) or each row (2). A line of
 * equal elements becomes exactly 0. Y may be X. */
int sd_centre(int dim, const sd_mat *x, sd_mat *y);

/* Y(m,n) <- exp(x) / sum exp(x) over each column (dim 1) or row (dim 2) of X(m,n), shifted by the
 * largest element so that nothing overflows. A line that holds NaN or +inf, or only -inf, becomes
 * NaN: the limit does not exist or depends on the path. Y may be X. SD_ENOMEM. */
int sd_softmax(int dim, const sd_mat *x, sd_mat *y);

/* Y(m,n) <- X(m,n) divided by its Euclidean norm: of everything (dim 0), each column (1) or each
 * row (2). A line of zeros stays. The norm is taken after a scaling by a power of two: neither it
 * nor the quotient overflows or underflows on the way. An infinite element becomes NaN and the
 * finite ones beside it 0. Y may be X. SD_ENOMEM. */
int sd_normalize(int dim, const sd_mat *x, sd_mat *y);

#endif
