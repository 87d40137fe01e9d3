/* Least squares of minimum norm by divide and conquer on the bidiagonal form (see linalg.h).
 *
 * The lengths of dgelsd's work arrays are evaluated here in double, from its documentation: its own
 * query adds them up in 32 bits. */
#include "linalg_work.h"
#include "saddle/linalg.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <math.h>
#include <string.h>

typedef struct lstsq_state {
  sd_mat w, y, s; /* y: B on entry, X on exit, max(m,n) rows */
  double rcond, *work;
  lapack_int *iwork, lwork, liwork, rank;
} lstsq_state;

static lapack_int run(lstsq_state *k, double *work, lapack_int lwork, lapack_int *iwork) {
  return LAPACKE_dgelsd_work(LAPACK_COL_MAJOR, (lapack_int)k->w.rows, (lapack_int)k->w.cols,
                             (lapack_int)k->y.cols, k->w.x, sd_lin_ld(&k->w), k->y.x,
                             sd_lin_ld(&k->y), k->s.x, k->rcond, &k->rank, work, lwork, iwork);
}

static int work_length(lstsq_state *k) {
  const double leaf = 25; /* SMLSIZ: the size at which the division stops */
  double r = (double)k->s.rows, p = (double)k->y.cols, query = 0;
  double levels = fmax(0, trunc(log2(r / (leaf + 1))) + 1);
  double need = 12 * r + 2 * r * leaf + 8 * r * levels + r * p + (leaf + 1) * (leaf + 1);
  lapack_int iquery = 0;
  int status = sd_lin_lwork(need, 0, &k->lwork);
  if (status == SD_OK) status = sd_lin_lwork(3 * r * levels + 11 * r, 0, &k->liwork);
  if (status != SD_OK || run(k, &query, -1, &iquery) != 0) return status;
  sd_lin_lwork(k->liwork, iquery, &k->liwork);
  return sd_lin_lwork(need, query, &k->lwork);
}

static int allocate(lstsq_state *k, const sd_mat *a, const sd_mat *b) {
  int status = sd_lin_copy(a, &k->w);
  if (status == SD_OK) status = sd_mat_alloc(&k->y, k->y.rows, k->y.cols, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&k->s, k->s.rows, 1, SD_F64);
  if (status == SD_OK) status = sd_lin_doubles(&k->work, k->lwork);
  if (status == SD_OK) status = sd_lin_ints(&k->iwork, k->liwork);
  if (status != SD_OK) return status;
  sd_mat top = sd_mat_block(&k->y, 0, 0, b->rows, b->cols);
  sd_mat_fill(&k->y, 0);
  return sd_mat_copy(b, &top);
}

int sd_lstsq(double rcond, const sd_mat *a, const sd_mat *b, sd_mat *x, ptrdiff_t *rank,
             sd_mat *s) {
  ptrdiff_t m = a->rows, n = a->cols, p = b->cols, r = sd_lin_min(m, n);
  lstsq_state k = {.rcond = rcond};
  if (b->rows != m || x->rows != n || x->cols != p || s->rows != r || s->cols != 1)
    return SD_ESHAPE;
  *rank = 0;
  sd_mat_fill(x, 0); /* the answer when there is no equation */
  int status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_check(b);
  if (status != SD_OK || r == 0) return status;
  k.w = sd_mat_over(m, n, SD_F64, NULL);
  k.y = sd_mat_over(sd_lin_max(m, n), sd_lin_max(p, 1), SD_F64, NULL); /* dgelsd wants p >= 1 */
  k.s = sd_mat_over(r, 1, SD_F64, NULL);
  status = work_length(&k);
  if (status == SD_OK) status = allocate(&k, a, b);
  if (status == SD_OK && run(&k, k.work, k.lwork, k.iwork) != 0) status = SD_ENOCONV;
  if (status == SD_OK) status = sd_lin_store(&k.s, s);
  if (status == SD_OK) {
    sd_mat top = sd_mat_block(&k.y, 0, 0, n, p);
    status = sd_lin_store(&top, x);
    *rank = k.rank;
  }
  sd_free(k.w.x);
  sd_free(k.y.x);
  sd_free(k.s.x);
  sd_free(k.work);
  sd_free(k.iwork);
  return status;
}
