/* Linear systems, inverse, log-determinant (see linalg.h).
 *
 * A is factored, its condition estimated in the 1-norm from the factors (Higham, Accuracy and
 * Stability of Numerical Algorithms, 2nd ed., ch. 15), and only then used: an answer from a matrix
 * that is singular to working precision would be noise. Very large or small A is scaled by a power
 * of two first (sd_lin_scale), so that neither norms nor pivots overflow or underflow. */
#include "linalg_work.h"
#include "saddle/linalg.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>

typedef struct factored {
  sd_mat w;     /* the factors of 2^-exponent A */
  int exponent; /* 0 unless A was scaled */
  lapack_int *pivots, *iwork, lwork;
  double *work;
} factored;

static void release(factored *f) {
  sd_free(f->w.x);
  sd_free(f->pivots);
  sd_free(f->iwork);
  sd_free(f->work);
}

/* Copies A(n,n), n > 0, and takes the work arrays: 4n numbers for the condition estimate, and what
 * dsytrf and dgetri like best. */
static int prepare(factored *f, const sd_mat *a) {
  lapack_int n = (lapack_int)a->rows;
  double query = 0, other = 0;
  int status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_copy(a, &f->w);
  if (status == SD_OK) status = sd_lin_ints(&f->pivots, n);
  if (status == SD_OK) status = sd_lin_ints(&f->iwork, n);
  if (status != SD_OK) return status;
  LAPACKE_dsytrf_work(LAPACK_COL_MAJOR, 'L', n, f->w.x, sd_lin_ld(&f->w), f->pivots, &query, -1);
  LAPACKE_dgetri_work(LAPACK_COL_MAJOR, n, f->w.x, sd_lin_ld(&f->w), f->pivots, &other, -1);
  status = sd_lin_lwork(4.0 * n, fmax(query, other), &f->lwork);
  return status == SD_OK ? sd_lin_doubles(&f->work, f->lwork) : status;
}

/* The element of the symmetric or triangular matrix that `assume` reads in W. */
static double read_element(int assume, const sd_mat *w, ptrdiff_t i, ptrdiff_t j) {
  if (assume == SD_SYMMETRIC || assume == SD_POSDEF)
    return i >= j ? sd_lin_at(w, i, j) : sd_lin_at(w, j, i);
  if ((assume == SD_LOWER && i < j) || (assume == SD_UPPER && i > j)) return 0;
  return sd_lin_at(w, i, j);
}

/* W <- exactly what is solved with: the unread triangle filled in (or cleared), then scaled. */
static void complete(factored *f, int assume) {
  double *x = f->w.x;
  if (assume == SD_SYMMETRIC || assume == SD_POSDEF) sd_lin_symmetrise(&f->w);
  for (ptrdiff_t j = 0; assume != SD_GENERAL && j < f->w.cols; j++)
    for (ptrdiff_t i = 0; i < f->w.rows; i++)
      x[i + j * f->w.ld] = read_element(assume, &f->w, i, j);
  f->exponent = sd_lin_scale(&f->w);
}

/* 1-based position of the first zero on W's diagonal, or 0. */
static lapack_int zero_on_diagonal(const sd_mat *w) {
  for (ptrdiff_t k = 0; k < w->rows; k++)
    if (sd_lin_at(w, k, k) == 0) return (lapack_int)k + 1;
  return 0;
}

static lapack_int factor(factored *f, int assume) {
  lapack_int n = (lapack_int)f->w.rows, ld = sd_lin_ld(&f->w);
  double *x = f->w.x;
  switch (assume) {
  case SD_SYMMETRIC:
    return LAPACKE_dsytrf_work(LAPACK_COL_MAJOR, 'L', n, x, ld, f->pivots, f->work, f->lwork);
  case SD_POSDEF: return LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', n, x, ld);
  case SD_LOWER:
  case SD_UPPER: return zero_on_diagonal(&f->w);
  default: return LAPACKE_dgetrf_work(LAPACK_COL_MAJOR, n, n, x, ld, f->pivots);
  }
}

/* The reciprocal condition, 0 when the estimator gives up (which means: it overflowed). */
static double estimate(factored *f, int assume, double norm) {
  lapack_int n = (lapack_int)f->w.rows, ld = sd_lin_ld(&f->w), info;
  double rcond = 0, *x = f->w.x, *work = f->work;
  switch (assume) {
  case SD_SYMMETRIC:
    info = LAPACKE_dsycon_work(LAPACK_COL_MAJOR, 'L', n, x, ld, f->pivots, norm, &rcond, work,
                               f->iwork);
    break;
  case SD_POSDEF:
    info = LAPACKE_dpocon_work(LAPACK_COL_MAJOR, 'L', n, x, ld, norm, &rcond, work, f->iwork);
    break;
  case SD_LOWER:
  case SD_UPPER:
    info = LAPACKE_dtrcon_work(LAPACK_COL_MAJOR, '1', assume == SD_LOWER ? 'L' : 'U', 'N', n, x, ld,
                               &rcond, work, f->iwork);
    break;
  default:
    info = LAPACKE_dgecon_work(LAPACK_COL_MAJOR, '1', n, x, ld, norm, &rcond, work, f->iwork);
  }
  return info == 0 ? rcond : 0;
}

/* X <- W^-1 X, from the factors. */
static lapack_int substitute(factored *f, int assume, sd_mat *x) {
  lapack_int n = (lapack_int)x->rows, p = (lapack_int)x->cols, ldx = sd_lin_ld(x);
  lapack_int ld = sd_lin_ld(&f->w);
  switch (assume) {
  case SD_SYMMETRIC:
    return LAPACKE_dsytrs_work(LAPACK_COL_MAJOR, 'L', n, p, f->w.x, ld, f->pivots, x->x, ldx);
  case SD_POSDEF: return LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'L', n, p, f->w.x, ld, x->x, ldx);
  case SD_LOWER:
  case SD_UPPER:
    return LAPACKE_dtrtrs_work(LAPACK_COL_MAJOR, assume == SD_LOWER ? 'L' : 'U', 'N', 'N', n, p,
                               f->w.x, ld, x->x, ldx);
  default:
    return LAPACKE_dgetrs_work(LAPACK_COL_MAJOR, 'N', n, p, f->w.x, ld, f->pivots, x->x, ldx);
  }
}

/* Copies, factors and judges A; status and *rcond as sd_solve documents. */
static int open_system(factored *f, int assume, const sd_mat *a, double *rcond) {
  int status = prepare(f, a);
  *rcond = 0;
  if (status != SD_OK) return status;
  complete(f, assume);
  double norm = sd_lin_norm1(&f->w, 1);
  status = factor(f, assume);
  if (status != 0) return status;
  *rcond = estimate(f, assume, norm);
  return *rcond >= DBL_EPSILON ? SD_OK : (int)a->rows + 1;
}

int sd_check_triangular(int assume, const sd_mat *a, ptrdiff_t *i, ptrdiff_t *j) {
  if (a->rows != a->cols) return SD_ESHAPE;
  for (*j = 0; *j < a->cols; ++*j) {
    ptrdiff_t end = assume == SD_LOWER ? *j : a->rows;
    for (*i = assume == SD_LOWER ? 0 : *j + 1; *i < end; ++*i)
      if (sd_lin_at(a, *i, *j) != 0) return SD_EARG;
  }
  return SD_OK;
}

int sd_solve(int assume, const sd_mat *a, const sd_mat *b, sd_mat *x, double *rcond) {
  ptrdiff_t n = a->rows;
  factored f = {0};
  sd_mat y = {0};
  *rcond = 1;
  if (a->cols != n || b->rows != n || !sd_mat_same_shape(b, x)) return SD_ESHAPE;
  if (n == 0) return SD_OK;
  int status = sd_lin_check(b);
  if (status == SD_OK) status = open_system(&f, assume, a, rcond);
  if (status == SD_OK) status = sd_lin_copy(b, &y);
  if (status == SD_OK && b->cols > 0) {
    status = substitute(&f, assume, &y);
    sd_lin_shift(&y, -f.exponent); /* X of 2^-e A is 2^e X */
    if (status == SD_OK) status = sd_lin_store(&y, x);
  }
  release(&f);
  sd_free(y.x);
  return status;
}

int sd_inv(const sd_mat *a, sd_mat *x, double *rcond) {
  ptrdiff_t n = a->rows;
  factored f = {0};
  *rcond = 1;
  if (a->cols != n || !sd_mat_same_shape(a, x)) return SD_ESHAPE;
  if (n == 0) return SD_OK;
  int status = open_system(&f, SD_GENERAL, a, rcond);
  if (status == SD_OK)
    status = LAPACKE_dgetri_work(LAPACK_COL_MAJOR, (lapack_int)n, f.w.x, sd_lin_ld(&f.w), f.pivots,
                                 f.work, f.lwork);
  if (status == SD_OK) {
    sd_lin_shift(&f.w, -f.exponent);
    status = sd_lin_store(&f.w, x);
  }
  release(&f);
  return status;
}

int sd_logdet(const sd_mat *a, double *logabs, double *sign) {
  ptrdiff_t n = a->rows;
  factored f = {0};
  *logabs = 0, *sign = 1; /* of the 0x0 matrix */
  if (a->cols != n) return SD_ESHAPE;
  if (n == 0) return SD_OK;
  int status = prepare(&f, a);
  if (status == SD_OK) {
    f.exponent = sd_lin_scale(&f.w);
    if (factor(&f, SD_GENERAL) > 0) *logabs = -(double)INFINITY, *sign = 0;
    for (ptrdiff_t k = 0; *sign != 0 && k < n; k++) {
      double pivot = sd_lin_at(&f.w, k, k);
      *logabs += log(fabs(pivot));
      if ((pivot < 0) != (f.pivots[k] != k + 1)) *sign = -*sign; /* a row exchange flips the sign */
    }
    if (*sign != 0) *logabs += (double)n * f.exponent * 0.6931471805599453; /* log 2 */
    if (*sign != 0 && !isfinite(*logabs)) status = SD_EARG; /* elimination overflowed */
  }
  release(&f);
  return status;
}
