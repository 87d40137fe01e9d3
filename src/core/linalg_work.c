/* Working copies, work lengths and results of the files over LAPACK (see linalg_work.h). */
#include "linalg_work.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <cblas.h>
#include <limits.h>
#include <math.h>

int sd_lin_check(const sd_mat *a) {
  if (a->rows > INT_MAX || a->cols > INT_MAX) return SD_ETOOBIG;
  return sd_mat_finite(a) ? SD_OK : SD_ENONFINITE;
}

int sd_lin_copy(const sd_mat *a, sd_mat *w) {
  int status = sd_mat_alloc(w, a->rows, a->cols, SD_F64);
  return status == SD_OK ? sd_mat_copy(a, w) : status;
}

int sd_lin_turn(const sd_mat *a, sd_mat *w) {
  sd_mat copy = *a;
  int status = sd_mat_alloc(w, a->cols, a->rows, SD_F64);
  if (status == SD_OK && a->dtype != SD_F64) status = sd_lin_copy(a, &copy);
  if (status == SD_OK) status = sd_mat_transpose(&copy, w);
  if (copy.x != a->x) sd_free(copy.x);
  return status;
}

/* In tiles, so that the transposed side stays in cache. Halves are added: the sum cannot overflow.
 * Equal elements stay as they are: halving a subnormal would round. */
void sd_lin_symmetrise(const sd_mat *w) {
  enum { TILE = 32 };
  double *x = w->x;
  for (ptrdiff_t j0 = 0; j0 < w->cols; j0 += TILE)
    for (ptrdiff_t i0 = j0; i0 < w->rows; i0 += TILE)
      for (ptrdiff_t j = j0; j < sd_lin_min(j0 + TILE, w->cols); j++)
        for (ptrdiff_t i = sd_lin_max(i0, j + 1); i < sd_lin_min(i0 + TILE, w->rows); i++) {
          double lower = x[i + j * w->ld], upper = x[j + i * w->ld];
          if (lower != upper) x[i + j * w->ld] = 0.5 * lower + 0.5 * upper;
        }
}

void sd_lin_shift(const sd_mat *w, int e) {
  double *x = w->x;
  for (ptrdiff_t k = 0; e != 0 && k < w->rows * w->cols; k++) x[k] = ldexp(x[k], e);
}

static double largest(const sd_mat *a) {
  double most = 0;
  for (ptrdiff_t j = 0; j < a->cols && a->rows > 0; j++) {
    sd_mat x = sd_mat_block(a, 0, j, a->rows, 1);
    size_t i =
        x.dtype == SD_F32 ? cblas_isamax((int)x.rows, x.x, 1) : cblas_idamax((int)x.rows, x.x, 1);
    most = fmax(most, fabs(sd_lin_at(&x, (ptrdiff_t)i, 0)));
  }
  return most;
}

/* Large elements come down only as far as they must: small ones beside them keep their bits. */
int sd_lin_exponent(const sd_mat *a) {
  enum { LOW = -300, HIGH = 500 };
  double most = largest(a);
  int e;
  frexp(most, &e);
  if (most == 0 || (e >= LOW && e <= HIGH)) return 0;
  return e > HIGH ? e - HIGH : e;
}

int sd_lin_scale(const sd_mat *w) {
  int e = sd_lin_exponent(w);
  sd_lin_shift(w, -e);
  return e;
}

int sd_lin_store(const sd_mat *w, sd_mat *out) {
  int status = sd_mat_copy(w, out);
  if (status != SD_OK) return status;
  return sd_mat_finite(out) ? SD_OK : SD_EARG;
}

int sd_lin_store_symmetric(const sd_mat *w, int e, sd_mat *out) {
  for (ptrdiff_t j = 0; j < w->cols; j++)
    for (ptrdiff_t i = 0; i <= j; i++) {
      double v = ldexp(sd_lin_at(w, i, j), e);
      sd_mat_set(out, i, j, v);
      sd_mat_set(out, j, i, v);
    }
  return sd_mat_finite(out) ? SD_OK : SD_EARG;
}

int sd_lin_lwork(double need, double query, lapack_int *lwork) {
  if (need > INT_MAX) return SD_ETOOBIG;
  *lwork = (lapack_int)(query > need && query <= INT_MAX ? query : fmax(need, 1));
  return SD_OK;
}

int sd_lin_doubles(double **p, ptrdiff_t n) {
  *p = sd_alloc((size_t)n, sizeof **p);
  return *p ? SD_OK : SD_ENOMEM;
}

int sd_lin_ints(lapack_int **p, ptrdiff_t n) {
  *p = sd_alloc((size_t)n, sizeof **p);
  return *p ? SD_OK : SD_ENOMEM;
}

double sd_lin_norm1(const sd_mat *a, double unit) {
  double largest = 0;
  for (ptrdiff_t j = 0; j < a->cols; j++) {
    double sum = 0;
    for (ptrdiff_t i = 0; i < a->rows; i++) sum += fabs(sd_lin_at(a, i, j)) * unit;
    largest = fmax(largest, sum);
  }
  return largest;
}
