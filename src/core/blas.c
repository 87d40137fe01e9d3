/* Matrix products over CBLAS: dimensions narrowed with a check, vectors sent to gemv, small sides
 * to product.c. A column times a row is no sum at all: its elements are products, rounded once, as
 * a chain computes them. */
#include "saddle/blas.h"
#include "product.h"
#include "saddle/kernel.h"
#include "saddle/status.h"
#include <cblas.h>
#include <limits.h>

int sd_blas_threads(void) { return openblas_get_num_threads(); }
void sd_blas_set_threads(int n) { openblas_set_num_threads(n); }

static int fits(const sd_mat *a) {
  return a->rows <= INT_MAX && a->cols <= INT_MAX && a->ld <= INT_MAX;
}

static CBLAS_TRANSPOSE op(int trans) { return trans == SD_TRANS ? CblasTrans : CblasNoTrans; }

/* c(m,1) <- alpha op(A) b + beta c, b and c with strides: gemm is slow on vectors. */
static void gemv(int trans, double alpha, const sd_mat *a, const void *b, ptrdiff_t incb,
                 double beta, const sd_mat *c, ptrdiff_t incc) {
  int m = (int)a->rows, n = (int)a->cols, ld = (int)a->ld, ib = (int)incb, ic = (int)incc;
  if (a->dtype == SD_F32)
    cblas_sgemv(CblasColMajor, op(trans), m, n, (float)alpha, a->x, ld, b, ib, (float)beta, c->x,
                ic);
  else
    cblas_dgemv(CblasColMajor, op(trans), m, n, alpha, a->x, ld, b, ib, beta, c->x, ic);
}

static void gemm(int transa, int transb, double alpha, const sd_mat *a, const sd_mat *b,
                 double beta, sd_mat *c) {
  int m = (int)c->rows, n = (int)c->cols, k = (int)(transa == SD_TRANS ? a->rows : a->cols);
  int lda = (int)a->ld, ldb = (int)b->ld, ldc = (int)c->ld;
  if (a->dtype == SD_F32)
    cblas_sgemm(CblasColMajor, op(transa), op(transb), m, n, k, (float)alpha, a->x, lda, b->x, ldb,
                (float)beta, c->x, ldc);
  else
    cblas_dgemm(CblasColMajor, op(transa), op(transb), m, n, k, alpha, a->x, lda, b->x, ldb, beta,
                c->x, ldc);
}

int sd_gemm_check(int transa, int transb, const sd_mat *a, const sd_mat *b, const sd_mat *c) {
  ptrdiff_t m = transa == SD_TRANS ? a->cols : a->rows, k = transa == SD_TRANS ? a->rows : a->cols;
  ptrdiff_t kb = transb == SD_TRANS ? b->cols : b->rows, n = transb == SD_TRANS ? b->rows : b->cols;
  if (k != kb || c->rows != m || c->cols != n) return SD_ESHAPE;
  if (a->dtype != b->dtype || a->dtype != c->dtype) return SD_EDTYPE;
  return fits(a) && fits(b) && fits(c) ? SD_OK : SD_ETOOBIG;
}

static int is_outer(ptrdiff_t k, double alpha, double beta) {
  return k == 1 && alpha == 1 && beta == 0;
}

int sd_gemm_decide(int transa, int transb, double alpha, const sd_mat *a, const sd_mat *b,
                   double beta, const sd_mat *c, sd_gemm_way *w) {
  ptrdiff_t k = transa == SD_TRANS ? a->rows : a->cols;
  return sd_gemm_check(transa, transb, a, b, c) == SD_OK && c->rows > 0 && c->cols > 0 && k > 0 &&
         !is_outer(k, alpha, beta) && sd_product_way(transa, transb, alpha, a, b, beta, c, w);
}

int sd_gemm(int transa, int transb, double alpha, const sd_mat *a, const sd_mat *b, double beta,
            sd_mat *c) {
  ptrdiff_t m = c->rows, n = c->cols, k = transa == SD_TRANS ? a->rows : a->cols;
  int status = sd_gemm_check(transa, transb, a, b, c);
  sd_gemm_way w;
  if (status != SD_OK) return status;
  if (m == 0 || n == 0) return SD_OK;
  if (k == 0 && beta == 0)
    sd_mat_fill(c, 0); /* an empty sum */
  else if (k == 0)
    return SD_EARG; /* nobody scales C by an empty product */
  else if (is_outer(k, alpha, beta))
    sd_outer(a->x, transa == SD_TRANS ? a->ld : 1, b->x, transb == SD_TRANS ? 1 : b->ld, c);
  else if (sd_product_way(transa, transb, alpha, a, b, beta, c, &w))
    sd_gemm_decided(&w, a->x, b->x, c->x);
  else if (n == 1)
    gemv(transa, alpha, a, b->x, transb == SD_TRANS ? b->ld : 1, beta, c, 1);
  else if (m == 1)
    gemv(!transb, alpha, b, a->x, transa == SD_TRANS ? 1 : a->ld, beta, c, c->ld);
  else
    gemm(transa, transb, alpha, a, b, beta, c);
  return SD_OK;
}
