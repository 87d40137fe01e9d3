/* What the files over LAPACK share: working copies, lengths of work arrays, storing of results.
 *
 * LAPACK overwrites its arguments and wants f64 here, so every function works on a packed copy W.
 * Routines are called through LAPACKE's _work layer: it allocates nothing and prints nothing. */
#ifndef SADDLE_CORE_LINALG_WORK_H
#define SADDLE_CORE_LINALG_WORK_H

#include "saddle/matrix.h"
#include <lapacke.h>

/* SD_ETOOBIG when a side passes lapack_int, SD_ENONFINITE. Sizes come first: no element is read of
 * a matrix that is too big. */
int sd_lin_check(const sd_mat *a);

/* W(m,n) <- A, a new f64 block (free with sd_free(w->x), also after an error); SD_ENOMEM. */
int sd_lin_copy(const sd_mat *a, sd_mat *w);

/* The lower triangle of W(n,n), f64, <- that of (W + W')/2. */
void sd_lin_symmetrise(const sd_mat *w);

/* W <- 2^e W, packed f64. */
void sd_lin_shift(const sd_mat *w, int e);

/* e such that in 2^-e A no sum of squares, pivot or condition estimate overflows or underflows; 0
 * while max|A| is in 2^-300..2^500. A is finite. */
int sd_lin_exponent(const sd_mat *a);

/* W <- 2^-e W, packed f64, and returns that e. */
int sd_lin_scale(const sd_mat *w);

/* R(r,r), a new f64 block (free with sd_free(r->x), also after an error) <- upper triangular, with
 * the singular values of 2^-e A, A(m,n) finite and r = min(m, n) > 0; *exponent <- that e.
 * SD_ENOMEM, SD_EINTR. */
int sd_lin_tall(const sd_mat *a, sd_mat *r, int *exponent);

/* W(n,m) <- A', a new f64 block (free with sd_free(w->x), also after an error); SD_ENOMEM. */
int sd_lin_turn(const sd_mat *a, sd_mat *w);

/* OUT <- W with rounding to OUT's dtype; SD_EARG when the result is not finite there. */
int sd_lin_store(const sd_mat *w, sd_mat *out);

/* OUT(n,n) <- 2^e times the symmetric matrix in the upper triangle of W(n,n), f64; SD_EARG as
 * sd_lin_store. */
int sd_lin_store_symmetric(const sd_mat *w, int e, sd_mat *out);

/* *lwork <- the length that a workspace query answered, or the documented minimum `need` where that
 * answer is below it: some queries add in 32 bits and overflow silently. SD_ETOOBIG when need
 * itself passes 32 bits. */
int sd_lin_lwork(double need, double query, lapack_int *lwork);

/* *p <- room for n numbers (free with sd_free); SD_ENOMEM. */
int sd_lin_doubles(double **p, ptrdiff_t n);
int sd_lin_ints(lapack_int **p, ptrdiff_t n);

/* The 1-norm of A times unit: a unit of 2^-40 keeps any sum of 32-bit many elements finite. */
double sd_lin_norm1(const sd_mat *a, double unit);

static inline double sd_lin_at(const sd_mat *a, ptrdiff_t i, ptrdiff_t j) {
  return a->dtype == SD_F32 ? (double)((const float *)a->x)[i + j * a->ld]
                            : ((const double *)a->x)[i + j * a->ld];
}

static inline ptrdiff_t sd_lin_min(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t sd_lin_max(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/* A packed f64 matrix's leading dimension, for LAPACK. */
static inline lapack_int sd_lin_ld(const sd_mat *w) { return (lapack_int)w->ld; }

#endif
