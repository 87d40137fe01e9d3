/* The polar decomposition A = U P by the singular value decomposition.
 *
 * A = W S V' (thin, r = min(m,n)) gives U = W V' and P = V S V' = B B' with B = V S^(1/2), so that
 * P is symmetric and positive semi-definite by construction. A is scaled by a power of two first:
 * the largest singular value may pass the largest double where no element does.
 *
 * N. J. Higham, Functions of Matrices, SIAM 2008, chapter 8. */
#include "saddle/matfun.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>

typedef struct factors {
  ptrdiff_t m, n, r;
  int exponent;           /* A = 2^exponent W S V' */
  double *block;          /* holds the rest */
  double *a, *w, *vt, *s; /* (m,n) destroyed; (m,r); (r,n); r */
} factors;

static int load(factors *f, const sd_mat *a) {
  double largest = 0;
  size_t count = (size_t)(f->m * f->n + f->m * f->r + f->r * f->n + f->r);
  f->block = sd_alloc(count, sizeof *f->block);
  if (f->block == NULL) return SD_ENOMEM;
  f->a = f->block;
  f->w = f->a + f->m * f->n;
  f->vt = f->w + f->m * f->r;
  f->s = f->vt + f->r * f->n;
  sd_mat packed = sd_mat_over(f->m, f->n, SD_F64, f->a);
  sd_mat_copy(a, &packed);
  for (ptrdiff_t k = 0; k < f->m * f->n; k++) largest = fmax(largest, fabs(f->a[k]));
  frexp(largest, &f->exponent);
  for (ptrdiff_t k = 0; k < f->m * f->n; k++) f->a[k] = ldexp(f->a[k], -f->exponent);
  return SD_OK;
}

/* The workspace that dgesdd documents as enough, or what its query asks for where that is more.
 * The query counts in 32 bits and wraps silently, so it is only believed above the documented size;
 * 0 when that passes 32 bits. */
static lapack_int work_size(const factors *f) {
  const double r = (double)f->r, longer = (double)(f->m > f->n ? f->m : f->n);
  double enough = 4 * r * r + 7 * r + longer, optimal = 0;
  lapack_int m = (lapack_int)f->m, n = (lapack_int)f->n, k = (lapack_int)f->r, none;
  if (enough > INT_MAX) return 0;
  LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', m, n, f->a, m, f->s, f->w, m, f->vt, k, &optimal, -1,
                      &none);
  return (lapack_int)(optimal > enough && optimal <= INT_MAX ? optimal : enough);
}

static int decompose(factors *f) {
  lapack_int m = (lapack_int)f->m, n = (lapack_int)f->n, r = (lapack_int)f->r, info;
  lapack_int lwork = work_size(f);
  if (lwork == 0) return SD_ETOOBIG;
  double *work = sd_alloc((size_t)lwork, sizeof *work);
  lapack_int *iwork = sd_alloc(8 * (size_t)r, sizeof *iwork);
  if (work == NULL || iwork == NULL)
    info = SD_ENOMEM;
  else
    info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', m, n, f->a, m, f->s, f->w, m, f->vt, r, work,
                               lwork, iwork) == 0
               ? SD_OK
               : SD_ENOCONV;
  sd_free(work);
  sd_free(iwork);
  return info;
}

/* U <- W V' (through a, which the decomposition left free), then P <- B B' with B' in vt. */
static int assemble(factors *f, sd_mat *u, sd_mat *p) {
  int m = (int)f->m, n = (int)f->n, r = (int)f->r;
  double *square = sd_alloc((size_t)(f->n * f->n), sizeof *square);
  if (square == NULL) return SD_ENOMEM;
  sd_mat product = sd_mat_over(f->m, f->n, SD_F64, f->a);
  cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, r, 1, f->w, m, f->vt, r, 0, f->a, m);
  sd_mat_copy(&product, u);
  for (int i = 0; i < r; i++) cblas_dscal(n, sqrt(f->s[i]), f->vt + i, r);
  cblas_dsyrk(CblasColMajor, CblasUpper, CblasTrans, n, r, 1, f->vt, r, 0, square, n);
  for (ptrdiff_t j = 0; j < f->n; j++)
    for (ptrdiff_t i = 0; i <= j; i++) {
      double value = ldexp(square[i + j * f->n], f->exponent);
      sd_mat_set(p, i, j, value);
      sd_mat_set(p, j, i, value);
    }
  sd_free(square);
  return sd_mat_finite(p) ? SD_OK : SD_EARG;
}

int sd_polar(const sd_mat *a, sd_mat *u, sd_mat *p) {
  factors f = {.m = a->rows, .n = a->cols, .r = a->rows < a->cols ? a->rows : a->cols};
  int status;
  if (!sd_mat_same_shape(a, u) || p->rows != f.n || p->cols != f.n) return SD_ESHAPE;
  if (f.m > INT_MAX || f.n > INT_MAX) return SD_ETOOBIG;
  if (!sd_mat_finite(a)) return SD_ENONFINITE;
  if (f.r == 0) { /* U has no elements, and P of a matrix without rows is 0 */
    sd_mat_fill(p, 0);
    return SD_OK;
  }
  status = load(&f, a);
  if (status == SD_OK) status = decompose(&f);
  if (status == SD_OK) status = assemble(&f, u, p);
  sd_free(f.block);
  return status;
}
