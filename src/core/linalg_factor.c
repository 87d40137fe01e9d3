/* Cholesky and QR factorisations, and the test for symmetry (see linalg.h). */
#include "linalg_work.h"
#include "saddle/linalg.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <math.h>
#include <string.h>

/* In tiles, so that the transposed side stays in cache. */
int sd_check_symmetric(double tol, const sd_mat *a, ptrdiff_t *i, ptrdiff_t *j) {
  enum { TILE = 32 };
  ptrdiff_t n = a->rows;
  double worst = 0, largest = 0;
  if (a->cols != n) return SD_ESHAPE;
  if (!sd_mat_finite(a)) return SD_ENONFINITE;
  for (ptrdiff_t c0 = 0; c0 < n; c0 += TILE)
    for (ptrdiff_t r0 = 0; r0 <= c0; r0 += TILE)
      for (ptrdiff_t c = c0; c < sd_lin_min(c0 + TILE, n); c++)
        for (ptrdiff_t r = r0; r < sd_lin_min(r0 + TILE, c + 1); r++) {
          double upper = sd_lin_at(a, r, c), lower = sd_lin_at(a, c, r);
          if (fabs(upper) > largest) largest = fabs(upper);
          if (fabs(lower) > largest) largest = fabs(lower);
          if (fabs(upper - lower) > worst) worst = fabs(upper - lower), *i = r, *j = c;
        }
  return worst == 0 || worst <= tol * largest ? SD_OK : SD_EARG; /* of EARG i and j are set */
}

int sd_cholesky(const sd_mat *a, sd_mat *l) {
  ptrdiff_t n = a->rows;
  sd_mat w = {0};
  if (a->cols != n || !sd_mat_same_shape(a, l)) return SD_ESHAPE;
  if (n == 0) return SD_OK;
  int status = sd_lin_check(a);
  if (status == SD_OK) status = sd_lin_copy(a, &w);
  if (status == SD_OK) {
    sd_lin_symmetrise(&w);
    status = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, w.x, sd_lin_ld(&w));
  }
  if (status == SD_OK) {
    for (ptrdiff_t j = 1; j < n; j++)
      memset((double *)w.x + j * w.ld, 0, (size_t)j * sizeof(double));
    status = sd_lin_store(&w, l);
  }
  sd_free(w.x);
  return status;
}

/* ---- QR ---------------------------------------------------------------------------------------*/

typedef struct qr_state {
  sd_mat w;
  double *tau, *work;
  lapack_int *pivots, lwork; /* pivots NULL: none */
  int exponent;              /* W is 2^-exponent A: norms of columns must not overflow */
} qr_state;

/* W <- reflectors and R. The pivots start at 0: every column is free to move. */
static lapack_int reflect(qr_state *k, double *work, lapack_int lwork) {
  lapack_int m = (lapack_int)k->w.rows, n = (lapack_int)k->w.cols, ld = sd_lin_ld(&k->w);
  return k->pivots ? LAPACKE_dgeqp3_work(LAPACK_COL_MAJOR, m, n, k->w.x, ld, k->pivots, k->tau,
                                         work, lwork)
                   : LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, m, n, k->w.x, ld, k->tau, work, lwork);
}

/* The first r columns of W <- Q, from the reflectors. */
static lapack_int accumulate(qr_state *k, double *work, lapack_int lwork) {
  lapack_int m = (lapack_int)k->w.rows, r = (lapack_int)sd_lin_min(k->w.rows, k->w.cols);
  return LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, m, r, r, k->w.x, sd_lin_ld(&k->w), k->tau, work,
                             lwork);
}

static int allocate(qr_state *k, const sd_mat *a, int pivot) {
  double first = 0, second = 0;
  int status = sd_lin_copy(a, &k->w);
  if (status == SD_OK) k->exponent = sd_lin_scale(&k->w);
  if (status == SD_OK) status = sd_lin_doubles(&k->tau, sd_lin_min(a->rows, a->cols));
  if (status == SD_OK && pivot) status = sd_lin_ints(&k->pivots, a->cols);
  if (status != SD_OK) return status;
  if (pivot) memset(k->pivots, 0, (size_t)a->cols * sizeof *k->pivots);
  if (reflect(k, &first, -1) != 0 || accumulate(k, &second, -1) != 0) return SD_ETOOBIG;
  status = sd_lin_lwork(3.0 * (double)a->cols + 1, fmax(first, second), &k->lwork);
  return status == SD_OK ? sd_lin_doubles(&k->work, k->lwork) : status;
}

/* R(r,n) <- the upper trapezoid of W, times 2^exponent. */
static int store_upper(const sd_mat *w, int exponent, sd_mat *r) {
  for (ptrdiff_t j = 0; j < r->cols; j++)
    for (ptrdiff_t i = 0; i < r->rows; i++) {
      double v = i <= j ? sd_lin_at(w, i, j) : 0;
      sd_mat_set(r, i, j, exponent == 0 ? v : ldexp(v, exponent));
    }
  return sd_mat_finite(r) ? SD_OK : SD_EARG;
}

int sd_qr(const sd_mat *a, sd_mat *q, sd_mat *r, ptrdiff_t *p) {
  ptrdiff_t m = a->rows, n = a->cols, least = sd_lin_min(m, n);
  qr_state k = {0};
  if (q->rows != m || q->cols != least || r->rows != least || r->cols != n) return SD_ESHAPE;
  for (ptrdiff_t j = 0; p && j < n; j++) p[j] = j;
  if (least == 0) return SD_OK;
  int status = sd_lin_check(a);
  if (status == SD_OK) status = allocate(&k, a, p != NULL);
  if (status == SD_OK && reflect(&k, k.work, k.lwork) != 0) status = SD_ENOCONV;
  if (status == SD_OK) status = store_upper(&k.w, k.exponent, r);
  if (status == SD_OK && accumulate(&k, k.work, k.lwork) != 0) status = SD_ENOCONV;
  if (status == SD_OK) {
    sd_mat thin = sd_mat_block(&k.w, 0, 0, m, least);
    status = sd_lin_store(&thin, q);
  }
  for (ptrdiff_t j = 0; status == SD_OK && p && j < n; j++) p[j] = k.pivots[j] - 1;
  sd_free(k.w.x);
  sd_free(k.tau);
  sd_free(k.work);
  sd_free(k.pivots);
  return status;
}
