/* Dense linear algebra over LAPACK: singular values, eigenvalues, factorisations, linear systems.
 *
 * Shared by all declarations below:
 *  - Inputs may be f64 or f32 and are never written to. Everything is computed in f64; an output of
 *    dtype f32 is rounded at the end. Outputs overlap neither inputs nor each other.
 *  - Any size may be 0. r is min(m, n).
 *  - SD_ESHAPE: shapes do not fit. SD_ENONFINITE: an input has NaN or infinite elements (LAPACK
 *    would answer NaN and report success). SD_ENOMEM. SD_ETOOBIG: a side or a work array passes
 *    what a 32-bit LAPACK can count. SD_ENOCONV: the iteration did not converge. SD_EARG: the
 *    result overflows its dtype.
 *  - Positive status: a LAPACK index, counted from 1, where the declaration says so.
 *
 * Reference: Anderson et al., LAPACK Users' Guide, 3rd ed., SIAM 1999. */
#ifndef SADDLE_LINALG_H
#define SADDLE_LINALG_H

#include "saddle/matrix.h"

/* ---- singular values --------------------------------------------------------------------------*/

/* Divide and conquer (dgesdd: fast, a work array of 4 r^2) or QR iteration (dgesvd: slower, small
 * work array, converges where the other may not). */
enum { SD_GESDD, SD_GESVD };

/* A(m,n) = U diag(s) V': U(m,r) and V(n,r) with orthonormal columns, s(r,1) descending, >= 0.
 * U and V may both be NULL: values only, for which less memory than another A is taken when A is
 * long and SD_GESDD; then SD_EINTR, too. */
int sd_svd(int driver, const sd_mat *a, sd_mat *u, sd_mat *s, sd_mat *v);

/* *cond <- s1 / sr, infinite when sr is 0. An empty A is SD_ESHAPE. */
int sd_cond(const sd_mat *a, double *cond);

/* *rank <- how many singular values are > rcond s1. */
int sd_rank(double rcond, const sd_mat *a, ptrdiff_t *rank);

/* X(n,m) <- the Moore-Penrose inverse of A(m,n); singular values <= rcond s1 count as zero. */
int sd_pinv(double rcond, const sd_mat *a, sd_mat *x);

/* ---- eigenvalues ------------------------------------------------------------------------------*/

/* A V = V diag(w) for the symmetric part of A(n,n): w(n,1) ascending, V(n,n) orthogonal or NULL.
 * dsyevr: relatively robust representations (Dhillon and Parlett 2004). */
int sd_eigh(const sd_mat *a, sd_mat *w, sd_mat *v);

/* A V = B V diag(w), V'BV = I, for the symmetric parts of A(n,n) and B(n,n): w(n,1) ascending,
 * V(n,n) or NULL. Positive k: the leading minor of order k of B is not positive. */
int sd_eigh_pair(const sd_mat *a, const sd_mat *b, sd_mat *w, sd_mat *v);

/* A v = w v for general A(n,n): w = wr + i wi, both (n,1); the columns of V = vr + i vi, both
 * (n,n), have 2-norm 1 and a real largest component. vr and vi may both be NULL. The order is that
 * of dgeev: as deflation finds them, a conjugate pair side by side, positive imaginary part first;
 * the same on every run with the same threads. A defective A gives (nearly) parallel columns. */
int sd_eig(const sd_mat *a, sd_mat *wr, sd_mat *wi, sd_mat *vr, sd_mat *vi);

/* ---- factorisations ---------------------------------------------------------------------------*/

/* SD_OK when |A(i,j) - A(j,i)| <= tol max|A| for all i, j; SD_EARG otherwise, with the worst pair,
 * *i < *j, counted from 0. A not square is SD_ESHAPE. */
int sd_check_symmetric(double tol, const sd_mat *a, ptrdiff_t *i, ptrdiff_t *j);

/* L(n,n) lower triangular, positive diagonal, L L' = the symmetric part of A(n,n). Positive k: the
 * leading minor of order k is not positive. */
int sd_cholesky(const sd_mat *a, sd_mat *l);

/* A(m,n) = Q R by Householder reflections: Q(m,r) orthonormal columns, R(r,n) upper trapezoidal
 * with a diagonal of either sign. With p (n integers) column pivoting: column p[j] of A, from 0, is
 * column j of Q R, and |R(j,j)| descends (Quintana-Orti, Sun and Bischof 1998). p may be NULL. */
int sd_qr(const sd_mat *a, sd_mat *q, sd_mat *r, ptrdiff_t *p);

/* ---- linear systems ---------------------------------------------------------------------------*/

/* What the caller knows of A. GENERAL: LU with partial pivoting; SYMMETRIC: Bunch-Kaufman, of the
 * symmetric part; POSDEF: Cholesky, of the symmetric part; LOWER, UPPER: that triangle alone is
 * read (sd_check_triangular tells whether the other one is zero). */
enum { SD_GENERAL, SD_SYMMETRIC, SD_POSDEF, SD_LOWER, SD_UPPER };

/* SD_OK when A(n,n) is zero outside its lower or upper triangle; SD_EARG otherwise, with the first
 * element (*i,*j), from 0, that is not. A not square is SD_ESHAPE. */
int sd_check_triangular(int assume, const sd_mat *a, ptrdiff_t *i, ptrdiff_t *j);

/* X(n,p) with A X = B for A(n,n), B(n,p); *rcond <- an estimate of 1/(|A| |A^-1|) in the 1-norm (1
 * when n is 0). Positive k <= n: pivot k is exactly zero (POSDEF: the leading minor of order k is
 * not positive); n + 1: rcond is below the machine epsilon, A is singular to working precision. */
int sd_solve(int assume, const sd_mat *a, const sd_mat *b, sd_mat *x, double *rcond);

/* X(n,n) <- the inverse of A(n,n) by LU; *rcond and positive status as for sd_solve. */
int sd_inv(const sd_mat *a, sd_mat *x, double *rcond);

/* *logabs <- log|det A|, *sign <- -1, 0 or 1, for A(n,n), by LU; -inf and 0 when a pivot
 * is zero. */
int sd_logdet(const sd_mat *a, double *logabs, double *sign);

/* X(n,p): of the minimisers of |A x - b| for each column of B(m,p) the one of least norm, A(m,n);
 * s(r,1) A's singular values; those <= rcond s1 count as zero, *rank is how many do not. dgelsd. */
int sd_lstsq(double rcond, const sd_mat *a, const sd_mat *b, sd_mat *x, ptrdiff_t *rank, sd_mat *s);

/* ---- norms ------------------------------------------------------------------------------------*/

/* FRO: Frobenius. ONE, INF: the largest column, row sum of |A|. ROW: the largest Euclidean norm of
 * a row, which is the operator norm from 2 to infinity. TWO, NUC: the largest singular value, the
 * sum of them. */
enum { SD_NORM_FRO, SD_NORM_ONE, SD_NORM_INF, SD_NORM_ROW, SD_NORM_TWO, SD_NORM_NUC };

/* *value <- that norm of A(m,n), 0 when A is empty. FRO, ONE, INF and ROW follow IEEE at NaN and
 * infinity; TWO and NUC give SD_ENONFINITE. */
int sd_norm(int kind, const sd_mat *a, double *value);

#endif
