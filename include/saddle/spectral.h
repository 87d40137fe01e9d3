/* Spectra without, or with little, dense linear algebra: extremes, Lanczos, norms, densities,
 * traces; singular values of flat matrices.
 *
 * Shared by all declarations below:
 *  - A linear map is a function and its context (sd_linear). Matrices that go through it, and all
 *    outputs, are f64. n is the number of rows of a square map.
 *  - Nothing is taken on trust: each eigenvalue or singular value comes with a residual that was
 *    computed from the map itself, after the iteration.
 *  - Statuses: SD_ESHAPE, SD_ENOMEM, SD_EINTR; SD_ETOOBIG when a side passes what ARPACK can count;
 *    SD_ENONFINITE when the map gave NaN or infinity; what the map's function returns, passed on.
 *    That an iteration has not converged is no failure but a result that says so.
 *  - Random vectors are of `at` and the draws after it: same seed, same numbers. */
#ifndef SADDLE_SPECTRAL_H
#define SADDLE_SPECTRAL_H

#include "saddle/matrix.h"
#include "saddle/rng.h"

/* ---- linear maps ------------------------------------------------------------------------------*/

/* Y(rows,p) <- A X(cols,p), transposed: Y(cols,p) <- A' X(rows,p). X and Y are f64 and do not
 * overlap. Returns a status. */
typedef int sd_linear_fn(void *ctx, int transposed, const sd_mat *x, sd_mat *y);

typedef struct sd_linear {
  ptrdiff_t rows, cols;
  sd_linear_fn *apply;
  void *ctx;
  double eps;   /* relative rounding of what apply gives; the function may raise it to f32's */
  long applied; /* columns that have been multiplied so far */
} sd_linear;

/* The map of the f64 matrix A, which must outlive it. */
sd_linear sd_linear_of(const sd_mat *a);

/* Y <- A X or A' X, as above, counted; SD_ENONFINITE when Y is not finite. */
int sd_linear_apply(sd_linear *a, int transposed, const sd_mat *x, sd_mat *y);

/* OUT(rows,cols) <- A, or OUT(cols,rows) <- A', by products with columns of the identity. */
int sd_linear_form(sd_linear *a, int transposed, sd_mat *out);

/* SD_OK when <A v, u> = <v, B u> for two random vectors, with B = A' or, for `self`, B = A (square
 * maps), up to 64 (m + n + 100) eps (|A v| |u| + |v| |B u|): what sums of that many terms may
 * round by. Else SD_EARG and *miss, the difference over that sum of products. A B that is wrong
 * passes with a probability of the order of that tolerance. */
int sd_linear_adjoint(sd_linear *a, int self, sd_rng at, double *miss);

/* ---- extremes ---------------------------------------------------------------------------------*/

/* Which eigenvalues. LARGEST, SMALLEST, BOTH (ends, one more of the upper when k is odd) are of
 * symmetric maps; REAL (largest real part) of general ones; MAGNITUDE of both. */
enum { SD_LARGEST, SD_SMALLEST, SD_BOTH, SD_MAGNITUDE, SD_REAL };

typedef struct sd_extremes {
  int which;
  ptrdiff_t k;     /* how many are wanted, 1 .. n */
  double tol;      /* see below; at least the map's eps counts */
  long maxiter;    /* restarts at most */
  sd_rng at;       /* of the start vector */
  ptrdiff_t found; /* out: how many converged and were stored */
  long iterations; /* out: restarts; 0 by the dense route */
  int dense;       /* out: the map was formed and given to LAPACK */
} sd_extremes;

/* 1 while a solve by ARPACK is under way. Its state is static, so that a second one inside, which a
 * map's function might ask for, is refused by SD_EARG. */
int sd_extremes_busy(void);

/* The k extreme eigenvalues of a symmetric map: w(k,1), the most extreme first (BOTH: descending),
 * V(n,k) orthonormal, residuals(k,1) = |A v - w v|: some eigenvalue of A is within that of w. The
 * first `found` are set. Implicitly restarted Lanczos (Lehoucq, Sorensen, Yang, ARPACK Users'
 * Guide, SIAM 1998) stops at a residual of tol |w| (LARGEST, MAGNITUDE) or of about 3 tol |A|
 * (SMALLEST, BOTH, which may be 0); up to n = 64 or with 2k >= n the map is formed. Symmetry is the
 * caller's word (sd_linear_adjoint). Of an eigenvalue that occurs several times a Krylov space sees
 * one vector at first, the others through rounding: copies may be missing. */
int sd_eigs_symmetric(sd_linear *a, sd_extremes *e, sd_mat *w, sd_mat *v, sd_mat *residuals);

/* The same for a general map by implicitly restarted Arnoldi: wr + i wi (k+1,1), the columns of
 * vr + i vi (n,k+1) of 2-norm 1, residuals(k+1,1). A conjugate pair is not split: found may be
 * k + 1. A small residual of a non-normal map does not say that the eigenvalue is near. */
int sd_eigs_general(sd_linear *a, sd_extremes *e, sd_mat *wr, sd_mat *wi, sd_mat *vr, sd_mat *vi,
                    sd_mat *residuals);

/* The k largest or smallest singular values of A(m,n), k <= min(m,n): s(k,1), the most extreme
 * first, U(m,k), V(n,k), residuals(k,1) = sqrt((|A v - s u|^2 + |A'u - s v|^2) / 2): some singular
 * value of A is within that of s. By ARPACK on A'A or AA', the smaller one (formed up to a side of
 * 64); the values are those of A on the space it finds, so that they do not suffer from the
 * squaring. It stops at a residual of A'A of tol s^2 (LARGEST) or 3 tol |A|^2 (SMALLEST). */
int sd_svds(sd_linear *a, sd_extremes *e, sd_mat *u, sd_mat *s, sd_mat *v, sd_mat *residuals);

/* ---- Lanczos ----------------------------------------------------------------------------------*/

/* `steps` steps, steps <= n, from start(n,1), not zero: A Q = Q T + beta_last q e' with Q =
 * basis(n,steps) orthonormal (reorthogonalised in full, twice) and T tridiagonal: alpha(steps,1) on
 * its diagonal, beta(steps,1) beside it; its last element is the norm of what is left. When the
 * space closes (beta_j is rounding, or steps = n) that beta is 0, and *done, the number of valid
 * steps, may be less. A is symmetric; a zero start is SD_EARG. */
int sd_lanczos(sd_linear *a, const sd_mat *start, sd_mat *alpha, sd_mat *beta, sd_mat *basis,
               ptrdiff_t *done);

typedef struct sd_norm_estimate {
  double value;    /* a lower bound of |A|_2, up to rounding */
  double residual; /* some singular value is within that of value */
  long iterations; /* Lanczos steps */
  int converged;   /* residual <= tol value; below n eps no tol can be met */
} sd_norm_estimate;

/* The spectral norm of A(m,n) by restarted Lanczos on A'A or AA', at most maxiter steps. Why value
 * is the largest and not another singular value: the start is random, and the largest one is missed
 * by a factor 1 - e after j steps with a probability of at most 1.65 sqrt(n) exp(-(2j-1) sqrt(e))
 * (Kuczynski and Wozniakowski, SIAM J. Matrix Anal. Appl. 13, 1992; for one cycle). */
int sd_spectral_norm(sd_linear *a, double tol, long maxiter, sd_rng at, sd_norm_estimate *out);

/* ---- flat matrices ----------------------------------------------------------------------------*/

/* G(r,r) <- A A' (m <= n) or A'A, r = min(m,n), from A of either dtype, in f64. SD_EARG when an
 * element is so large or all are so small (outside 2^-480 .. 2^480) that squares leave the range;
 * SD_ENONFINITE. */
int sd_gram(const sd_mat *a, sd_mat *g);

/* s(r,1) <- the singular values of A, descending, by checked Cholesky-QR: with G = A'A = R1'R1 and
 * Q = A R1^-1, which is never stored, Q'Q = R2'R2, and A has the singular values of R2 R1 (Fukaya
 * et al., CholeskyQR2, ScalA 2014). *defect <- |Q'Q - I| in the Frobenius norm, as computed: below
 * 5/64 the second factor is orthonormal to working precision (Yamamoto et al., ETNA 44, 2015), and
 * the values are as good as those of sd_svd; above it, or when a Cholesky factor does not exist
 * (*defect infinite), the answer is SD_ENOCONV. That is so from a condition number of about 1e8 on.
 * Other statuses as sd_gram. */
int sd_svdvals_qr(const sd_mat *a, sd_mat *s, double *defect);

/* ---- densities and traces ---------------------------------------------------------------------*/

/* What a random probe is made of; both have E[z z'] = I. */
enum { SD_RADEMACHER, SD_GAUSSIAN };

/* Stochastic Lanczos quadrature (Ubaru, Chen and Saad, SIAM J. Matrix Anal. Appl. 38, 2017) of a
 * symmetric A(n,n), n > 0: nodes x and weights w, both (steps * probes, 1), w >= 0 of sum 1. The
 * sum of w f(x) estimates trace f(A) / n: for each probe it is z'f(A)z / z'z for f a polynomial of
 * degree below 2 steps. Sorted by x; unused places (the space closed) are not counted in *used. */
int sd_spectral_density(sd_linear *a, int kind, ptrdiff_t steps, ptrdiff_t probes, sd_rng at,
                        sd_mat *nodes, sd_mat *weights, ptrdiff_t *used);

/* density(g,1) <- sum_k w_k N(x; x_k, width^2) at the points x = grid(g,1), cumulative(g,1) <- its
 * integral up to x; nodes and weights (p,1); width > 0. */
int sd_density_smooth(const sd_mat *nodes, const sd_mat *weights, double width, const sd_mat *grid,
                      sd_mat *density, sd_mat *cumulative);

/* *value <- an unbiased estimate of the trace of A(n,n): the mean of z'Az over the probes
 * (Hutchinson 1990); *error <- its standard error, from the spread of probes >= 2. */
int sd_hutchinson(sd_linear *a, int kind, ptrdiff_t probes, sd_rng at, double *value,
                  double *error);

/* The same by Hutch++ (Meyer, Musco, Musco and Woodruff, SOSA 2021): the trace of Q'AQ, with Q an
 * orthonormal basis of the range of A on `sketch` probes, and the mean over `probes` >= 2 others of
 * z'(I-QQ')A(I-QQ')z. Costs 2 sketch + probes products; for positive A the error falls as 1/cost,
 * and *error, of the second part, is all of it. With sketch = n it is exact. */
int sd_hutchpp(sd_linear *a, int kind, ptrdiff_t sketch, ptrdiff_t probes, sd_rng at, double *value,
               double *error);

#endif
