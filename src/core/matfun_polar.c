/* The polar decomposition A = U P by the singular value decomposition.
 *
 * A = W S V' (thin, r = min(m,n)) gives U = W V' and P = V S V' = B B' with B = V S^(1/2), so that
 * P is symmetric and positive semi-definite by construction. A of extreme size is scaled by a power
 * of two first: the largest singular value may pass the largest double where no element does.
 *
 * N. J. Higham, Functions of Matrices, SIAM 2008, chapter 8. */
#include "linalg_work.h"
#include "saddle/blas.h"
#include "saddle/linalg.h"
#include "saddle/matfun.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <cblas.h>
#include <math.h>

typedef struct factors {
  sd_mat a, w, s, v; /* (m,n): 2^-exponent A = W S V', then W V'; (m,r); (r,1); (n,r) */
  sd_mat square;     /* (n,n) */
  int exponent;
} factors;

static int decompose(factors *f, const sd_mat *a) {
  ptrdiff_t m = a->rows, n = a->cols, r = sd_lin_min(m, n);
  int status = sd_lin_copy(a, &f->a);
  if (status == SD_OK) status = sd_mat_alloc(&f->w, m, r, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&f->s, r, 1, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&f->v, n, r, SD_F64);
  if (status == SD_OK) status = sd_mat_alloc(&f->square, n, n, SD_F64);
  if (status != SD_OK) return status;
  f->exponent = sd_lin_scale(&f->a);
  return sd_svd(SD_GESDD, &f->a, &f->w, &f->s, &f->v);
}

/* U <- W V', then P <- 2^exponent B B' with B in V's place. */
static int assemble(factors *f, sd_mat *u, sd_mat *p) {
  int n = (int)f->v.rows, r = (int)f->v.cols, ld = (int)f->v.ld;
  double *b = f->v.x;
  const double *s = f->s.x;
  int status = sd_gemm(SD_NOTRANS, SD_TRANS, 1, &f->w, &f->v, 0, &f->a);
  if (status == SD_OK) status = sd_lin_store(&f->a, u);
  if (status == SD_OK && sd_interrupted()) status = SD_EINTR;
  if (status != SD_OK) return status;
  for (ptrdiff_t j = 0; j < r; j++) cblas_dscal(n, sqrt(s[j]), b + j * ld, 1);
  cblas_dsyrk(CblasColMajor, CblasUpper, CblasNoTrans, n, r, 1, b, ld, 0, f->square.x,
              (int)f->square.ld);
  return sd_lin_store_symmetric(&f->square, f->exponent, p);
}

int sd_polar(const sd_mat *a, sd_mat *u, sd_mat *p) {
  factors f = {.exponent = 0};
  if (!sd_mat_same_shape(a, u) || p->rows != a->cols || p->cols != a->cols) return SD_ESHAPE;
  int status = sd_lin_check(a);
  if (status != SD_OK) return status;
  if (sd_lin_min(a->rows, a->cols) == 0) { /* U has no elements, and P of no rows is 0 */
    sd_mat_fill(p, 0);
    return SD_OK;
  }
  status = decompose(&f, a);
  if (status == SD_OK && sd_interrupted()) status = SD_EINTR;
  if (status == SD_OK) status = assemble(&f, u, p);
  sd_free(f.a.x);
  sd_free(f.w.x);
  sd_free(f.s.x);
  sd_free(f.v.x);
  sd_free(f.square.x);
  return status;
}
