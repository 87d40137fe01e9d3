/* Linear maps: products that are counted and checked, forming, the adjoint identity, A'A. */
#include "saddle/blas.h"
#include "work.h"
#include <float.h>
#include <limits.h>
#include <math.h>

static int apply_matrix(void *ctx, int transposed, const sd_mat *x, sd_mat *y) {
  return sd_gemm(transposed ? SD_TRANS : SD_NOTRANS, SD_NOTRANS, 1, ctx, x, 0, y);
}

sd_linear sd_linear_of(const sd_mat *a) {
  return (sd_linear){a->rows, a->cols, apply_matrix, (void *)a, DBL_EPSILON, 0};
}

int sd_linear_apply(sd_linear *a, int transposed, const sd_mat *x, sd_mat *y) {
  ptrdiff_t from = transposed ? a->rows : a->cols, to = transposed ? a->cols : a->rows;
  if (x->rows != from || y->rows != to || x->cols != y->cols) return SD_ESHAPE;
  if (x->cols == 0) return SD_OK;
  if (sd_interrupted()) return SD_EINTR;
  a->applied += x->cols;
  int status = a->apply(a->ctx, transposed, x, y);
  return status == SD_OK && !sd_mat_finite(y) ? SD_ENONFINITE : status;
}

int sd_linear_form(sd_linear *a, int transposed, sd_mat *out) {
  ptrdiff_t n = transposed ? a->rows : a->cols, block = sp_min(n, SP_BLOCK);
  sd_mat e;
  if (out->cols != n || out->rows != (transposed ? a->cols : a->rows)) return SD_ESHAPE;
  int status = sp_room(&e, n, block);
  for (ptrdiff_t j = 0; status == SD_OK && j < n; j += block) {
    ptrdiff_t wide = sp_min(block, n - j);
    sd_mat x = sp_cols(&e, 0, wide), y = sp_cols(out, j, wide);
    sd_mat_fill(&e, 0);
    for (ptrdiff_t k = 0; k < wide; k++) sd_mat_set(&e, j + k, k, 1);
    status = sd_linear_apply(a, transposed, &x, &y);
  }
  sd_free(e.x);
  return status;
}

int sd_linear_adjoint(sd_linear *a, int self, sd_rng at, double *miss) {
  sd_mat u = {0}, v = {0}, av = {0}, bu = {0};
  sd_rng second = {at.key, at.ordinal + 1};
  int status = sp_check_side(a);
  *miss = 0;
  if (self && a->rows != a->cols) return SD_ESHAPE;
  if (status == SD_OK) status = sp_room(&u, a->rows, 1);
  if (status == SD_OK) status = sp_room(&v, a->cols, 1);
  if (status == SD_OK) status = sp_room(&av, a->rows, 1);
  if (status == SD_OK) status = sp_room(&bu, a->cols, 1);
  if (status == SD_OK) status = sd_rng_normal(at, &u);
  if (status == SD_OK) status = sd_rng_normal(second, &v);
  if (status == SD_OK) status = sd_linear_apply(a, 0, &v, &av);
  if (status == SD_OK) status = sd_linear_apply(a, !self, &u, &bu);
  if (status == SD_OK) {
    double scale = sp_norm(&av, 0) * sp_norm(&u, 0) + sp_norm(&v, 0) * sp_norm(&bu, 0);
    double differ = fabs(sp_dot(&av, 0, &u, 0) - sp_dot(&v, 0, &bu, 0));
    double terms = (double)a->rows + (double)a->cols + 100;
    if (differ > 0) *miss = differ / scale;
    if (!(*miss <= 64 * terms * a->eps)) status = SD_EARG;
  }
  sd_free(u.x);
  sd_free(v.x);
  sd_free(av.x);
  sd_free(bu.x);
  return status;
}

double sp_norm(const sd_mat *a, ptrdiff_t j) {
  const double *x = sp_col(a, j);
  double largest = 0, sum = 0;
  if (a->rows > 0) largest = fabs(x[cblas_idamax((int)a->rows, x, 1)]);
  if (largest == 0 || (largest > 0x1p-450 && largest < 0x1p450))
    return cblas_dnrm2((int)a->rows, x, 1);
  for (ptrdiff_t i = 0; i < a->rows; i++) sum += x[i] / largest * (x[i] / largest);
  return largest * sqrt(sum);
}

int sp_check_side(const sd_linear *a) {
  return a->rows > INT_MAX / 3 || a->cols > INT_MAX / 3 ? SD_ETOOBIG : SD_OK;
}

/* Scales the product in the middle, after choosing by how much. */
static void scale(sp_normal *k, const sd_mat *middle) {
  double largest = 0;
  for (ptrdiff_t j = 0; j < middle->cols && !k->known; j++)
    for (ptrdiff_t i = 0; i < middle->rows; i++)
      largest = fmax(largest, fabs(sp_col(middle, j)[i]));
  if (largest > 0) {
    frexp(largest, &k->exponent);
    k->exponent = k->exponent < -1000 ? -1000 : k->exponent / 2 * 2; /* its inverse is a number */
    k->known = 1;
  }
  for (ptrdiff_t j = 0; j < middle->cols && k->exponent != 0; j++)
    cblas_dscal((int)middle->rows, ldexp(1, -k->exponent), sp_col(middle, j), 1);
}

static int apply_normal(void *ctx, int transposed, const sd_mat *x, sd_mat *y) {
  sp_normal *k = ctx;
  sd_mat middle;
  (void)transposed; /* it is symmetric */
  int status = sp_room(&middle, k->wide ? k->of->cols : k->of->rows, x->cols);
  if (status == SD_OK) status = sd_linear_apply(k->of, k->wide, x, &middle);
  if (status == SD_OK) scale(k, &middle);
  if (status == SD_OK) status = sd_linear_apply(k->of, !k->wide, &middle, y);
  sd_free(middle.x);
  return status;
}

sd_linear sp_normal_of(sp_normal *ctx, sd_linear *a) {
  *ctx = (sp_normal){a, a->rows < a->cols, 0, 0};
  ptrdiff_t n = sp_min(a->rows, a->cols);
  return (sd_linear){n, n, apply_normal, ctx, a->eps, 0};
}
