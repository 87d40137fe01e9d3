/* Functions of matrices (exponential, square root, polar factors) and non-negative least squares.
 *
 * All of them compute in f64. Inputs and outputs may be f64 or f32, each converted on the way in or
 * out; outputs may overlap inputs. SD_ENONFINITE when an input has a NaN or an infinity, SD_ETOOBIG
 * when a workspace passes what 32-bit LAPACK counts, SD_ENOMEM. */
#ifndef SADDLE_MATFUN_H
#define SADDLE_MATFUN_H

#include "saddle/matrix.h"

/* E(n,n) <- exp(A(n,n)) by scaling and squaring with a diagonal Pade approximant of degree 3 to 13
 * (Higham, SIAM J. Matrix Anal. Appl. 26, 2005). Accurate normwise: elements that are tiny beside
 * |E| carry an absolute error of order eps |E|. SD_EARG when the result passes the largest number
 * of E's dtype; SD_ENOCONV when n > 1 and A is so large (50 squarings, |A| about 1/eps) that its
 * last digit moves exp(A) by its own size; SD_ESHAPE, SD_EINTR. */
int sd_expm(const sd_mat *a, sd_mat *e);

/* Why there is no square root: the fault of sd_sqrtm and the eigenvalue that it is about. */
enum {
  SD_SQRTM_NEGATIVE = 1, /* A is symmetric and has the negative eigenvalue */
  SD_SQRTM_NOTREAL,      /* the principal root is complex, because of the negative eigenvalue */
  SD_SQRTM_SINGULAR,     /* no root to working precision: A is singular and defective, or nearly */
};
typedef struct sd_sqrtm_fault {
  int why;
  double eigenvalue; /* of the first two */
} sd_sqrtm_fault;

/* X(n,n) <- the principal square root of A(n,n): X X = A, no eigenvalue of X left of the imaginary
 * axis. A exactly symmetric: by its eigenvalues, where those down to -10 n eps |A| count as zero; X
 * is symmetric positive semi-definite. Otherwise by the complex Schur form (Bjorck and Hammarling,
 * Linear Algebra Appl. 52/53, 1983), accepted when the real part of the root satisfies
 * |X X - A| <= 20 n eps |X|^2 < |A| (Frobenius norms). eps is that of A's dtype. SD_EARG with
 * *fault filled in when there is no such root; SD_ESHAPE, SD_ENOCONV, SD_EINTR. */
int sd_sqrtm(const sd_mat *a, sd_mat *x, sd_sqrtm_fault *fault);

/* A(m,n) = U(m,n) P(n,n) by the singular value decomposition A = W S V': U = W V', P = V S V'. P is
 * symmetric positive semi-definite, (A'A)^(1/2). U has orthonormal columns when m >= n, orthonormal
 * rows when m <= n (then P has rank at most m and U'U is the projector V V'). Where A has not full
 * rank U is one choice of many. SD_EARG when P passes the largest number of its dtype; SD_ESHAPE,
 * SD_ENOCONV, SD_EINTR. U and P do not overlap. */
int sd_polar(const sd_mat *a, sd_mat *u, sd_mat *p);

/* For each column b of B(m,p): column x of X(n,p) <- argmin |A(m,n) x - b| subject to x >= 0, and
 * r(1,p) <- the residual norms, by the active-set method of Lawson and Hanson (Solving Least
 * Squares Problems, 1974, chapter 23). A column a_j may enter while its dual a_j'(b - A x) passes
 * tol |a_j| (|b| + sum_i x_i |a_i|): free of the scales of b and of each column; not one
 * within 10 m eps |a_j| of the span of the columns that are in. At most maxit columns enter for one
 * b, else SD_ENOCONV. SD_EARG when x passes the largest number of X's dtype,
 * tol < 0 or maxit < 1; SD_ESHAPE, SD_EINTR. */
int sd_nnls(double tol, ptrdiff_t maxit, const sd_mat *a, const sd_mat *b, sd_mat *x, sd_mat *r);

#endif
