/* Numerical tools over plain numbers: Gauss rules, incomplete gamma and beta functions with their
 * inverses, assignment. */
#ifndef SADDLE_NUMERICS_H
#define SADDLE_NUMERICS_H

#include "saddle/matrix.h"

/* ---- Gauss rules ------------------------------------------------------------------------------*/

enum { SD_GAUSS_MOST = 2000 }; /* nodes of a rule */

/* X, W, both (n,1) f64, <- nodes, ascending, and weights of the n-point Gauss rule, rounded from
 * extended precision: sum w_i f(x_i) is exact for polynomials of degree 2n-1. Legendre: the
 * integral of f over (-1,1). Hermite: E f(g) for a standard normal g; weights below 5e-324 are 0.
 * 1 <= n <= SD_GAUSS_MOST, else SD_EARG; SD_ESHAPE, SD_ENOMEM, SD_ENOCONV, SD_EINTR.
 * Start from the eigenvalues of the Jacobi matrix (Golub and Welsch, Math. Comp. 23, 1969). */
int sd_gauss_legendre(sd_mat *x, sd_mat *w);
int sd_gauss_hermite(sd_mat *x, sd_mat *w);

/* ---- incomplete functions ---------------------------------------------------------------------
 * Both tails keep their own digits: the relative error of what is at most 1/2 is below
 * (20 + 4 |log value| + 2 sqrt(a + b)) 2^-52, the last by the terms of a continued fraction.
 * Parameters are > 0 and at most 1e10, else SD_EARG (NaN included); SD_ENOCONV should a fraction
 * not converge. */

/* *value <- P(a,x) = int_0^x t^(a-1) e^-t dt / Gamma(a), x >= 0; `upper`: 1 - P(a,x). */
int sd_gammainc(double a, double x, int upper, double *value);
/* *value <- I_x(a,b) = int_0^x t^(a-1) (1-t)^(b-1) dt / B(a,b), 0 <= x <= 1; `upper`: 1 - I_x. */
int sd_betainc(double a, double b, double x, int upper, double *value);
/* *x <- the smallest double at which the function above is >= p, or `upper`: <= p, as it is
 * computed; 0 <= p <= 1. */
int sd_gammaincinv(double a, double p, int upper, double *x);
int sd_betaincinv(double a, double b, double p, int upper, double *x);

/* ---- assignment -------------------------------------------------------------------------------*/

/* column[0..m) <- the columns (from 0, no two equal) given to the rows of C(m,n), min(m,n) of them,
 * the others -1, so that *cost, the sum of C over these pairs, is least. U(m,1), V(n,1), f64, <-
 * the dual that proves it: u_i + v_j <= c_ij, with equality at pairs; u, v <= 0 and 0 where there
 * is no partner, on the longer side. Rounding aside: all is exact for costs that are whole
 * numbers. O(min(m,n)^2 max(m,n)): shortest augmenting paths (Crouse, IEEE Trans. Aerospace and
 * Electronic Systems 52, 2016). SD_ENONFINITE, SD_ENOMEM, SD_ESHAPE, SD_EINTR; SD_EARG when the
 * cost overflows. */
int sd_hungarian(const sd_mat *c, ptrdiff_t *column, double *cost, sd_mat *u, sd_mat *v);

#endif
