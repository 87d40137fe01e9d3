/* Columns on the sphere and orthonormal frames, from a Gaussian matrix (see rng.h).
 *
 * Haar measure: F. Mezzadri, "How to generate random matrices from the classical compact groups",
 * Notices of the AMS 54 (2007). QR is unique once R's diagonal is positive; Q then inherits the
 * Gaussian matrix's invariance under rotations. LAPACK leaves the signs to its reflectors. */
#include "saddle/memory.h"
#include "saddle/rng.h"
#include "saddle/status.h"
#include <lapacke.h>
#include <limits.h>
#include <math.h>

/* A normal number is at least 2^-53 in absolute value, so a column's norm is not 0. */
int sd_rng_sphere(sd_rng at, sd_mat *out) {
  int status = sd_rng_normal(at, out);
  for (ptrdiff_t j = 0; status == SD_OK && j < out->cols; j++) {
    double s = 0;
    for (ptrdiff_t i = 0; i < out->rows; i++) {
      double x = sd_mat_get(out, i, j);
      s += x * x;
    }
    s = sqrt(s);
    for (ptrdiff_t i = 0; i < out->rows; i++) sd_mat_set(out, i, j, sd_mat_get(out, i, j) / s);
  }
  return status;
}

/* A(m,n) <- Q of its QR factorisation with R's diagonal positive; f64, m >= n >= 1. */
static int orthonormalise(sd_mat *a) {
  lapack_int m = (lapack_int)a->rows, n = (lapack_int)a->cols, ld = (lapack_int)a->ld;
  double need_qr = 0, need_q = 0, *tau = NULL, *work = NULL, *x = a->x;
  int status = SD_ENOMEM;
  if (LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, m, n, x, ld, x, &need_qr, -1) != 0) return SD_EARG;
  if (LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, m, n, n, x, ld, x, &need_q, -1) != 0) return SD_EARG;
  double need = need_qr > need_q ? need_qr : need_q;
  if (!(need <= INT_MAX)) return SD_ETOOBIG;
  lapack_int lwork = (lapack_int)need > n ? (lapack_int)need : n;
  tau = sd_alloc((size_t)n * 2, sizeof *tau); /* and the signs of R's diagonal */
  work = sd_alloc((size_t)lwork, sizeof *work);
  if (tau == NULL || work == NULL) goto done;
  status = SD_EARG;
  if (LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, m, n, x, ld, tau, work, lwork) != 0) goto done;
  for (lapack_int j = 0; j < n; j++) tau[n + j] = sd_mat_get(a, j, j);
  if (LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, m, n, n, x, ld, tau, work, lwork) != 0) goto done;
  for (lapack_int j = 0; j < n; j++)
    if (tau[n + j] < 0)
      for (lapack_int i = 0; i < m; i++) x[i + j * a->ld] = -x[i + j * a->ld];
  status = SD_OK;
done:
  sd_free(work);
  sd_free(tau);
  return status;
}

int sd_rng_orthogonal(sd_rng at, sd_mat *out) {
  sd_mat q = *out;
  int status = SD_OK;
  if (out->rows < out->cols) return SD_ESHAPE;
  if (out->rows > INT_MAX || out->ld > INT_MAX) return SD_ETOOBIG;
  if (out->cols == 0) return SD_OK;
  if (out->dtype == SD_F32) status = sd_mat_alloc(&q, out->rows, out->cols, SD_F64);
  if (status == SD_OK) status = sd_rng_normal(at, &q);
  if (status == SD_OK) status = orthonormalise(&q);
  if (status == SD_OK && out->dtype == SD_F32) sd_mat_copy(&q, out);
  if (out->dtype == SD_F32) sd_free(q.x);
  return status;
}
