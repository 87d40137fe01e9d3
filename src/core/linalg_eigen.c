/* Eigenvalues: symmetric, symmetric definite pairs, general (see linalg.h).
 *
 * A pair (A, B) becomes C = L^-1 A L^-T with B = L L'; if C Y = Y diag(w) then V = L^-T Y has
 * A V = B V diag(w) and V'BV = I (Golub and Van Loan, Matrix Computations, 4th ed., 8.7). */
#include "linalg_work.h"
#include "saddle/linalg.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <cblas.h>
#include <float.h>

/* w(n,1), z(n,n) <- values and, unless z->x is NULL, vectors of the symmetric matrix in the lower
 * triangle of A(n,n), n > 0; all f64; A is overwritten. */
static int syevr(const sd_mat *a, const sd_mat *w, const sd_mat *z) {
  lapack_int n = (lapack_int)a->rows, found = 0, lwork, liwork, iquery;
  lapack_int *iwork = NULL, *support = NULL;
  double query, *work = NULL;
  char job = z->x ? 'V' : 'N';
  int status = SD_ENOCONV;
  /* the smallest normal number as tolerance asks for the most accurate eigenvalues */
  if (LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, job, 'A', 'L', n, a->x, sd_lin_ld(a), 0, 0, 0, 0,
                          DBL_MIN, &found, w->x, z->x, sd_lin_ld(z), NULL, &query, -1, &iquery,
                          -1) == 0)
    status = sd_lin_lwork(26.0 * n, query, &lwork);
  if (status == SD_OK) status = sd_lin_lwork(10.0 * n, iquery, &liwork);
  if (status == SD_OK) status = sd_lin_doubles(&work, lwork);
  if (status == SD_OK) status = sd_lin_ints(&iwork, liwork);
  if (status == SD_OK) status = sd_lin_ints(&support, 2 * (ptrdiff_t)n);
  if (status == SD_OK &&
      (LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, job, 'A', 'L', n, a->x, sd_lin_ld(a), 0, 0, 0, 0,
                           DBL_MIN, &found, w->x, z->x, sd_lin_ld(z), support, work, lwork, iwork,
                           liwork) != 0 ||
       found != n))
    status = SD_ENOCONV;
  sd_free(work);
  sd_free(iwork);
  sd_free(support);
  return status;
}

static int check_outputs(ptrdiff_t n, const sd_mat *w, const sd_mat *v) {
  if (w->rows != n || w->cols != 1) return SD_ESHAPE;
  return v == NULL || (v->rows == n && v->cols == n) ? SD_OK : SD_ESHAPE;
}

int sd_eigh(const sd_mat *a, sd_mat *w, sd_mat *v) {
  ptrdiff_t n = a->rows;
  sd_mat c = {0}, values = {0}, z = sd_mat_over(n, n, SD_F64, NULL);
  if (a->cols != n || check_outputs(n, w, v) != SD_OK) return SD_ESHAPE;
  if (n == 0) return SD_OK;
  int status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_copy(a, &c);
  if (status == SD_OK) status = sd_mat_alloc(&values, n, 1, SD_F64);
  if (status == SD_OK && v) status = sd_mat_alloc(&z, n, n, SD_F64);
  if (status == SD_OK) {
    sd_lin_symmetrise(&c);
    status = syevr(&c, &values, &z);
  }
  if (status == SD_OK) status = sd_lin_store(&values, w);
  if (status == SD_OK && v) status = sd_lin_store(&z, v);
  sd_free(c.x);
  sd_free(values.x);
  sd_free(z.x);
  return status;
}

/* C <- L^-1 C L^-T, L <- the Cholesky factor of L; lower triangles. Positive as for dpotrf. */
static int reduce_pair(const sd_mat *c, const sd_mat *l) {
  lapack_int n = (lapack_int)c->rows;
  lapack_int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', n, l->x, sd_lin_ld(l));
  if (info != 0) return info;
  LAPACKE_dsygst_work(LAPACK_COL_MAJOR, 1, 'L', n, c->x, sd_lin_ld(c), l->x, sd_lin_ld(l));
  return sd_mat_finite(c) ? SD_OK : SD_EARG;
}

int sd_eigh_pair(const sd_mat *a, const sd_mat *b, sd_mat *w, sd_mat *v) {
  ptrdiff_t n = a->rows;
  sd_mat c = {0}, l = {0}, values = {0}, z = sd_mat_over(n, n, SD_F64, NULL);
  if (a->cols != n || !sd_mat_same_shape(a, b) || check_outputs(n, w, v) != SD_OK) return SD_ESHAPE;
  if (n == 0) return SD_OK;
  int status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_check(b);
  if (status == SD_OK) status = sd_lin_copy(a, &c);
  if (status == SD_OK) status = sd_lin_copy(b, &l);
  if (status == SD_OK) status = sd_mat_alloc(&values, n, 1, SD_F64);
  if (status == SD_OK && v) status = sd_mat_alloc(&z, n, n, SD_F64);
  if (status == SD_OK) {
    sd_lin_symmetrise(&c);
    sd_lin_symmetrise(&l);
    status = reduce_pair(&c, &l);
  }
  if (status == SD_OK) status = syevr(&c, &values, &z);
  if (status == SD_OK) status = sd_lin_store(&values, w);
  if (status == SD_OK && v) {
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, (int)n, (int)n, 1,
                l.x, (int)l.ld, z.x, (int)z.ld);
    status = sd_lin_store(&z, v);
  }
  sd_free(c.x);
  sd_free(l.x);
  sd_free(values.x);
  sd_free(z.x);
  return status;
}

/* ---- general ----------------------------------------------------------------------------------*/

/* vr + i vi <- dgeev's packed vectors: a real one is a column; a conjugate pair shares two columns,
 * real part and imaginary part of the first of the pair. */
static int unpack(const sd_mat *packed, const double *wi, sd_mat *vr, sd_mat *vi) {
  ptrdiff_t n = packed->rows;
  sd_mat_fill(vi, 0);
  for (ptrdiff_t j = 0; j < n; j++) {
    const double *re = (const double *)packed->x + j * packed->ld, *im = re + packed->ld;
    int pair = wi[j] != 0 && j + 1 < n;
    for (ptrdiff_t i = 0; i < n; i++) {
      sd_mat_set(vr, i, j, re[i]);
      if (!pair) continue;
      sd_mat_set(vi, i, j, im[i]);
      sd_mat_set(vr, i, j + 1, re[i]);
      sd_mat_set(vi, i, j + 1, -im[i]);
    }
    j += pair;
  }
  return sd_mat_finite(vr) && sd_mat_finite(vi) ? SD_OK : SD_EARG;
}

/* re(n,1), im(n,1), z(n,n) <- dgeev of C(n,n), n > 0; all f64; z->x NULL: values only. */
static int geev(const sd_mat *c, const sd_mat *re, const sd_mat *im, const sd_mat *z) {
  lapack_int n = (lapack_int)c->rows, lwork;
  double query, *work = NULL;
  char job = z->x ? 'V' : 'N';
  int status = SD_ENOCONV;
  if (LAPACKE_dgeev_work(LAPACK_COL_MAJOR, 'N', job, n, c->x, sd_lin_ld(c), re->x, im->x, NULL, 1,
                         z->x, sd_lin_ld(z), &query, -1) == 0)
    status = sd_lin_lwork(4.0 * n, query, &lwork);
  if (status == SD_OK) status = sd_lin_doubles(&work, lwork);
  if (status == SD_OK &&
      LAPACKE_dgeev_work(LAPACK_COL_MAJOR, 'N', job, n, c->x, sd_lin_ld(c), re->x, im->x, NULL, 1,
                         z->x, sd_lin_ld(z), work, lwork) != 0)
    status = SD_ENOCONV;
  sd_free(work);
  return status;
}

int sd_eig(const sd_mat *a, sd_mat *wr, sd_mat *wi, sd_mat *vr, sd_mat *vi) {
  ptrdiff_t n = a->rows;
  sd_mat c = {0}, re = {0}, im = {0}, z = sd_mat_over(n, n, SD_F64, NULL);
  int exponent = 0;
  if (a->cols != n || (vr == NULL) != (vi == NULL)) return SD_ESHAPE;
  if (check_outputs(n, wr, vr) != SD_OK || check_outputs(n, wi, vi) != SD_OK) return SD_ESHAPE;
  if (n == 0) return SD_OK;
  int status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_copy(a, &c);
  if (status == SD_OK) status = sd_mat_alloc(&re, n, 1, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&im, n, 1, SD_F64);
  if (status == SD_OK && vr) status = sd_mat_alloc(&z, n, n, SD_F64);
  if (status == SD_OK) exponent = sd_lin_scale(&c);
  if (status == SD_OK) status = geev(&c, &re, &im, &z);
  if (status == SD_OK && vr) status = unpack(&z, im.x, vr, vi);
  if (status == SD_OK) {
    sd_lin_shift(&re, exponent); /* after unpack: an imaginary part may vanish here */
    sd_lin_shift(&im, exponent);
    status = sd_lin_store(&re, wr);
  }
  if (status == SD_OK) status = sd_lin_store(&im, wi);
  sd_free(c.x);
  sd_free(re.x);
  sd_free(im.x);
  sd_free(z.x);
  return status;
}
