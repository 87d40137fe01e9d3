/* Traces from products with random vectors: Hutchinson's estimate and Hutch++.
 *
 * E[z'Az] = tr A for E[zz'] = I. The variance is 2 (|A|_F^2 - sum of squares of the diagonal) for
 * Rademacher and 2 |A|_F^2 for Gaussian probes, of a symmetric A. Hutch++ takes the trace on the
 * range of a sketch exactly, and estimates only the rest, whose Frobenius norm is smaller.
 * Reference: Meyer, Musco, Musco and Woodruff, Hutch++: optimal stochastic trace estimation, SOSA
 * 2021. */
#include "saddle/blas.h"
#include "saddle/linalg.h"
#include "work.h"
#include <math.h>

/* A mean and the sum of squared differences from it, as samples come in (Welford 1962). */
typedef struct sample {
  double count, mean, squares;
} sample;

static void add(sample *s, double x) {
  double before = x - s->mean;
  s->count++;
  s->mean += before / s->count;
  s->squares += before * (x - s->mean);
}

static double standard_error(const sample *s) {
  return sqrt(s->squares / (s->count - 1) / s->count);
}

static int draw(int kind, sd_rng at, sd_mat *z) {
  return kind == SD_GAUSSIAN ? sd_rng_normal(at, z) : sd_rng_rademacher(at, z);
}

/* Z <- (I - QQ') Z; c(q,p) is work. */
static int project(const sd_mat *q, const sd_mat *c, sd_mat *z) {
  sd_mat part = sd_mat_over(q->cols, z->cols, SD_F64, c->x);
  int status = sd_gemm(SD_TRANS, SD_NOTRANS, 1, q, z, 0, &part);
  return status == SD_OK ? sd_gemm(SD_NOTRANS, SD_NOTRANS, -1, q, &part, 1, z) : status;
}

/* Adds z'Az for each probe, block by block; with Q, probes are projected on its complement. */
static int probe(sd_linear *a, int kind, ptrdiff_t probes, sd_rng at, const sd_mat *q, sample *s) {
  ptrdiff_t block = sp_min(probes, SP_BLOCK);
  sd_mat z = {0}, y = {0}, c = {0};
  int status = sp_room(&z, a->rows, block);
  if (status == SD_OK) status = sp_room(&y, a->rows, block);
  if (status == SD_OK) status = sp_room(&c, q ? q->cols : 0, block);
  for (ptrdiff_t j = 0; j < probes && status == SD_OK; j += block, at.ordinal++) {
    ptrdiff_t wide = sp_min(block, probes - j);
    sd_mat x = sp_cols(&z, 0, wide), ax = sp_cols(&y, 0, wide);
    status = draw(kind, at, &x);
    if (status == SD_OK && q) status = project(q, &c, &x);
    if (status == SD_OK) status = sd_linear_apply(a, 0, &x, &ax);
    for (ptrdiff_t k = 0; k < wide && status == SD_OK; k++) add(s, sp_dot(&x, k, &ax, k));
  }
  sd_free(z.x);
  sd_free(y.x);
  sd_free(c.x);
  return status;
}

int sd_hutchinson(sd_linear *a, int kind, ptrdiff_t probes, sd_rng at, double *value,
                  double *error) {
  sample s = {0, 0, 0};
  *value = *error = 0;
  if (a->cols != a->rows) return SD_ESHAPE;
  if (probes < 2) return SD_EARG;
  if (a->rows == 0) return SD_OK;
  int status = sp_check_side(a);
  if (status == SD_OK) status = probe(a, kind, probes, at, NULL, &s);
  *value = s.mean;
  if (status == SD_OK) *error = standard_error(&s);
  return status;
}

/* Q(n,sketch) <- an orthonormal basis of a space that holds the range of A on random probes, *trace
 * <- that of Q'AQ. Householder's QR is orthonormal also where the range is smaller. */
static int sketch_range(sd_linear *a, int kind, sd_rng at, sd_mat *q, double *trace) {
  sd_mat z = {0}, y = {0}, r = {0};
  int status = sp_room(&z, q->rows, q->cols);
  if (status == SD_OK) status = sp_room(&y, q->rows, q->cols);
  if (status == SD_OK) status = sp_room(&r, q->cols, q->cols);
  if (status == SD_OK) status = draw(kind, at, &z);
  if (status == SD_OK) status = sd_linear_apply(a, 0, &z, &y);
  if (status == SD_OK) status = sd_qr(&y, q, &r, NULL);
  if (status == SD_OK) status = sd_linear_apply(a, 0, q, &y);
  for (ptrdiff_t j = 0; j < q->cols && status == SD_OK; j++) *trace += sp_dot(q, j, &y, j);
  sd_free(z.x);
  sd_free(y.x);
  sd_free(r.x);
  return status;
}

int sd_hutchpp(sd_linear *a, int kind, ptrdiff_t sketch, ptrdiff_t probes, sd_rng at, double *value,
               double *error) {
  sample s = {0, 0, 0};
  sd_rng rest = {at.key, at.ordinal + 1};
  sd_mat q = {0};
  *value = *error = 0;
  if (a->cols != a->rows) return SD_ESHAPE;
  if (sketch < 1 || probes < 2) return SD_EARG;
  if (a->rows == 0) return SD_OK;
  int status = sp_check_side(a);
  if (status == SD_OK) status = sp_room(&q, a->rows, sp_min(sketch, a->rows));
  if (status == SD_OK) status = sketch_range(a, kind, at, &q, value);
  if (status == SD_OK && sketch < a->rows) {
    status = probe(a, kind, probes, rest, &q, &s);
    *value += s.mean;
    if (status == SD_OK) *error = standard_error(&s);
  }
  sd_free(q.x);
  return status;
}
