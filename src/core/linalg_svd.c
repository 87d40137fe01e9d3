/* Singular values and what follows from them: condition, rank, pseudo-inverse (see linalg.h).
 *
 * A wide A is factored as A' = V diag(s) U': LAPACK reduces a long matrix by QR, a wide one by LQ,
 * and with OpenBLAS the latter takes two to three times as long.
 *
 * Where values alone are asked for, a long A is first reduced to its triangular factor, block by
 * block (linalg_tall.c): half the time of LAPACK's own reduction from some hundred columns on. The
 * other driver, dgesvd, remains a route of LAPACK's alone.
 *
 * dgesdd's work array is 4 r^2 + 7 r numbers. Its workspace query adds that up in 32 bits and
 * overflows silently near r = 23000, so the documented formula is evaluated here in double. */
#include "linalg_work.h"
#include "saddle/blas.h"
#include "saddle/linalg.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <math.h>

/* The side from which on reducing by blocks is faster; measured. */
enum { LONG = 256 };

typedef struct svd_state {
  char job;   /* 'S': thin factors; 'N': values only */
  int reduce; /* W is the triangular factor of 2^-exponent A or A' */
  int exponent;
  sd_mat w, s, u, vt; /* of A, or of A' if that is longer: W = U diag(s) VT */
  double *work;
  lapack_int *iwork, lwork;
} svd_state;

static lapack_int run(int driver, svd_state *k, double *work, lapack_int lwork) {
  lapack_int m = (lapack_int)k->w.rows, n = (lapack_int)k->w.cols;
  if (driver == SD_GESVD)
    return LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, k->job, k->job, m, n, k->w.x, sd_lin_ld(&k->w),
                               k->s.x, k->u.x, sd_lin_ld(&k->u), k->vt.x, sd_lin_ld(&k->vt), work,
                               lwork);
  return LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, k->job, m, n, k->w.x, sd_lin_ld(&k->w), k->s.x,
                             k->u.x, sd_lin_ld(&k->u), k->vt.x, sd_lin_ld(&k->vt), work, lwork,
                             k->iwork);
}

static int work_length(int driver, svd_state *k) {
  double r = (double)k->s.rows, longer = fmax((double)k->w.rows, (double)k->w.cols), need, query;
  if (driver == SD_GESVD)
    need = fmax(3 * r + longer, 5 * r);
  else
    need = k->job == 'S' ? 4 * r * r + 7 * r : 3 * r + fmax(longer, 7 * r);
  int status = sd_lin_lwork(need, 0, &k->lwork);
  if (status != SD_OK || run(driver, k, &query, -1) != 0) return status;
  return sd_lin_lwork(need, query, &k->lwork);
}

static int allocate(svd_state *k, const sd_mat *a) {
  int status;
  if (k->reduce)
    status = sd_lin_tall(a, &k->w, &k->exponent);
  else
    status = a->rows < a->cols ? sd_lin_turn(a, &k->w) : sd_lin_copy(a, &k->w);
  if (status == SD_OK) status = sd_mat_alloc(&k->s, k->s.rows, 1, SD_F64);
  if (status == SD_OK && k->job == 'S') status = sd_mat_alloc(&k->u, k->u.rows, k->u.cols, SD_F64);
  if (status == SD_OK && k->job == 'S')
    status = sd_mat_alloc(&k->vt, k->vt.rows, k->vt.cols, SD_F64);
  if (status == SD_OK) status = sd_lin_doubles(&k->work, k->lwork);
  if (status == SD_OK) status = sd_lin_ints(&k->iwork, 8 * k->s.rows);
  return status;
}

/* V(n,r) <- VT(r,n)', through V's dtype. */
static int store_transposed(const sd_mat *vt, sd_mat *v) {
  const double *x = vt->x;
  for (ptrdiff_t j = 0; j < v->cols; j++)
    for (ptrdiff_t i = 0; i < v->rows; i++) sd_mat_set(v, i, j, x[j + i * vt->ld]);
  return sd_mat_finite(v) ? SD_OK : SD_EARG;
}

int sd_svd(int driver, const sd_mat *a, sd_mat *u, sd_mat *s, sd_mat *v) {
  ptrdiff_t m = a->rows, n = a->cols, r = sd_lin_min(m, n), longer = sd_lin_max(m, n);
  sd_mat *longer_factor = m < n ? v : u, *other_factor = m < n ? u : v;
  svd_state k = {.job = u ? 'S' : 'N'};
  int status;
  if (s->rows != r || s->cols != 1 || (u == NULL) != (v == NULL)) return SD_ESHAPE;
  if (u && (u->rows != m || u->cols != r || v->rows != n || v->cols != r)) return SD_ESHAPE;
  if (r == 0) return SD_OK;
  k.reduce = u == NULL && driver == SD_GESDD && longer >= LONG && longer >= 4 * r;
  k.w = sd_mat_over(k.reduce ? r : longer, r, SD_F64, NULL);
  k.s = sd_mat_over(r, 1, SD_F64, NULL);
  k.u = sd_mat_over(longer, r, SD_F64, NULL);
  k.vt = sd_mat_over(r, r, SD_F64, NULL);
  status = work_length(driver, &k);
  if (status == SD_OK) status = sd_lin_check(a);
  if (status == SD_OK) status = allocate(&k, a);
  if (status == SD_OK && run(driver, &k, k.work, k.lwork) != 0) status = SD_ENOCONV;
  if (status == SD_OK) sd_lin_shift(&k.s, k.exponent);
  if (status == SD_OK) status = sd_lin_store(&k.s, s);
  if (status == SD_OK && u) status = sd_lin_store(&k.u, longer_factor);
  if (status == SD_OK && u) status = store_transposed(&k.vt, other_factor);
  sd_free(k.w.x);
  sd_free(k.s.x);
  sd_free(k.u.x);
  sd_free(k.vt.x);
  sd_free(k.work);
  sd_free(k.iwork);
  return status;
}

/* ---- what the values tell ---------------------------------------------------------------------*/

/* s(r,1), new (free with sd_free, also after an error) <- the singular values of A times a power of
 * two: what is asked of them are ratios, which exist where s1 itself would overflow. */
static int values(const sd_mat *a, sd_mat *s) {
  sd_mat w = {0};
  int status = sd_mat_alloc(s, sd_lin_min(a->rows, a->cols), 1, SD_F64);
  if (status == SD_OK) status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_copy(a, &w);
  if (status == SD_OK) {
    sd_lin_scale(&w);
    status = sd_svd(SD_GESDD, &w, NULL, s, NULL);
  }
  sd_free(w.x);
  return status;
}

/* How many of the descending s are > rcond s1. */
static ptrdiff_t count_above(double rcond, const sd_mat *s) {
  const double *x = s->x;
  ptrdiff_t k = 0;
  while (k < s->rows && x[k] > rcond * x[0]) k++;
  return k;
}

int sd_cond(const sd_mat *a, double *cond) {
  sd_mat s;
  if (a->rows == 0 || a->cols == 0) return SD_ESHAPE;
  int status = values(a, &s);
  if (status == SD_OK) {
    const double *x = s.x, least = x[s.rows - 1];
    *cond = least > 0 ? x[0] / least : (double)INFINITY;
  }
  sd_free(s.x);
  return status;
}

int sd_rank(double rcond, const sd_mat *a, ptrdiff_t *rank) {
  sd_mat s;
  int status = values(a, &s);
  if (status == SD_OK) *rank = count_above(rcond, &s);
  sd_free(s.x);
  return status;
}

/* X <- V(:,1:k) diag(1/s) U(:,1:k)', k the numerical rank; of A times a power of two, since X may
 * be representable where s1 is not. */
int sd_pinv(double rcond, const sd_mat *a, sd_mat *x) {
  ptrdiff_t m = a->rows, n = a->cols, r = sd_lin_min(m, n);
  sd_mat c = {0}, u = {0}, s = {0}, v = {0}, w = {0};
  int exponent = 0;
  if (x->rows != n || x->cols != m) return SD_ESHAPE;
  int status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_copy(a, &c);
  if (status == SD_OK) exponent = sd_lin_scale(&c);
  if (status == SD_OK) status = sd_mat_alloc(&u, m, r, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&s, r, 1, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&v, n, r, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&w, n, m, SD_F64);
  if (status == SD_OK) status = sd_svd(SD_GESDD, &c, &u, &s, &v);
  if (status == SD_OK) {
    ptrdiff_t k = count_above(rcond, &s);
    sd_mat uk = sd_mat_block(&u, 0, 0, m, k), vk = sd_mat_block(&v, 0, 0, n, k);
    for (ptrdiff_t j = 0; j < k; j++)
      for (ptrdiff_t i = 0; i < n; i++) ((double *)v.x)[i + j * v.ld] /= ((double *)s.x)[j];
    status = sd_gemm(SD_NOTRANS, SD_TRANS, 1, &vk, &uk, 0, &w);
  }
  if (status == SD_OK) sd_lin_shift(&w, -exponent);
  if (status == SD_OK) status = sd_lin_store(&w, x);
  sd_free(c.x);
  sd_free(u.x);
  sd_free(s.x);
  sd_free(v.x);
  sd_free(w.x);
  return status;
}
