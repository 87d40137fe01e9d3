/* What the files over linear maps share: matrices for work, columns, derived maps.
 *
 * All work matrices are f64 and packed; sides are checked against BLAS's 32 bits at the entry
 * points (sp_check_side), so that the casts below lose nothing. */
#ifndef SADDLE_SPECTRAL_WORK_H
#define SADDLE_SPECTRAL_WORK_H

#include "saddle/memory.h"
#include "saddle/spectral.h"
#include "saddle/status.h"
#include <cblas.h>

enum { SP_BLOCK = 64 }; /* columns that go through a map at once */

/* A(m,n) <- new, f64 (free with sd_free(a->x)). */
static inline int sp_room(sd_mat *a, ptrdiff_t m, ptrdiff_t n) {
  return sd_mat_alloc(a, m, n, SD_F64);
}

static inline sd_mat sp_cols(const sd_mat *a, ptrdiff_t j, ptrdiff_t n) {
  return sd_mat_block(a, 0, j, a->rows, n);
}
static inline double *sp_col(const sd_mat *a, ptrdiff_t j) { return (double *)a->x + j * a->ld; }
static inline ptrdiff_t sp_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/* The 2-norm of column j, also where squares leave the range (not every BLAS sees to it). */
double sp_norm(const sd_mat *a, ptrdiff_t j);
static inline double sp_dot(const sd_mat *a, ptrdiff_t j, const sd_mat *b, ptrdiff_t k) {
  return cblas_ddot((int)a->rows, sp_col(a, j), 1, sp_col(b, k), 1);
}
/* Column k of B <- that + c times column j of A. */
static inline void sp_axpy(double c, const sd_mat *a, ptrdiff_t j, const sd_mat *b, ptrdiff_t k) {
  cblas_daxpy((int)a->rows, c, sp_col(a, j), 1, sp_col(b, k), 1);
}

/* SD_ETOOBIG when a side passes what ARPACK's 32-bit offsets into three vectors can count. */
int sp_check_side(const sd_linear *a);

/* 2^-exponent A'A, or AA' when A is wide: the smaller one. The exponent, even, is that of the first
 * product that is not 0, so that the squares of tiny and huge singular values stay in range. */
typedef struct sp_normal {
  sd_linear *of;
  int wide, exponent, known;
} sp_normal;
sd_linear sp_normal_of(sp_normal *ctx, sd_linear *a);

/* theta(m,1) ascending, Z(m,m): the eigenvalues and vectors of the tridiagonal matrix with the
 * first m elements of alpha and m-1 of beta. */
int sp_tridiagonal(ptrdiff_t m, const sd_mat *alpha, const sd_mat *beta, sd_mat *theta, sd_mat *z);

/* Runs of ARPACK (arpack.c). which is its two letters; A stands for A + shift I. found, iterations
 * are set as in sd_extremes. v(n,k) and w(k,1); wr, wi (k+1,1), vr, vi (n,k+1): in ARPACK's order,
 * vectors not normalised. */
int sp_arpack_symmetric(sd_linear *a, const char *which, double shift, sd_extremes *e, sd_mat *w,
                        sd_mat *v);
int sp_arpack_general(sd_linear *a, const char *which, sd_extremes *e, sd_mat *wr, sd_mat *wi,
                      sd_mat *vr, sd_mat *vi);

#endif
