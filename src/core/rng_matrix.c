/* Columns on the sphere and orthonormal frames, from a Gaussian matrix (see rng.h).
 *
 * Haar measure: F. Mezzadri, "How to generate random matrices from the classical compact groups",
 * Notices of the AMS 54 (2007). QR is unique once R's diagonal is positive; Q then inherits the
 * Gaussian matrix's invariance under rotations. LAPACK leaves the signs to its reflectors. */
#include "saddle/linalg.h"
#include "saddle/memory.h"
#include "saddle/rng.h"
#include "saddle/status.h"
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

/* Columns of Q change sign where R's diagonal is negative. */
static void orient(const sd_mat *r, sd_mat *q) {
  for (ptrdiff_t j = 0; j < q->cols; j++) {
    if (sd_mat_get(r, j, j) >= 0) continue;
    for (ptrdiff_t i = 0; i < q->rows; i++) sd_mat_set(q, i, j, -sd_mat_get(q, i, j));
  }
}

int sd_rng_orthogonal(sd_rng at, sd_mat *out) {
  sd_mat gaussian = {0}, r = {0};
  if (out->rows < out->cols) return SD_ESHAPE;
  int status = sd_mat_alloc(&gaussian, out->rows, out->cols, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&r, out->cols, out->cols, SD_F64);
  if (status == SD_OK) status = sd_rng_normal(at, &gaussian);
  if (status == SD_OK) status = sd_qr(&gaussian, out, &r, NULL);
  if (status == SD_OK) orient(&r, out);
  sd_free(gaussian.x);
  sd_free(r.x);
  return status;
}
