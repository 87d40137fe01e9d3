/* Singular values of flat matrices from products with themselves: Gram matrix, checked Cholesky-QR.
 *
 * The long side is walked in blocks of 512: what is added up is then a sum of sums, so that its
 * rounding grows with 512 + (long side) / 512 terms at most, and f32 is widened block by block.
 *
 * Cholesky-QR. G = A'A, G = L1 L1', Q = A L1'^-1 (block by block, forgotten at once), H = Q'Q =
 * L2 L2'. Then Q L2'^-1 has orthonormal columns up to the rounding of H and A =
 * (Q L2'^-1) (L1 L2)', so that the small triangular matrix L1 L2 has A's singular values. That Q is
 * near enough to orthonormal for it is not assumed from a condition number but seen from H. */
#include "saddle/linalg.h"
#include "work.h"
#include <limits.h>
#include <math.h>

enum { LONG = 512, RANGE = 480 };

/* |Q'Q - I| up to which the second factor is orthonormal to working precision (Yamamoto et al.). */
static const double enough = 5.0 / 64;

/* The largest |element| of column j. */
static double largest_of(const sd_mat *a, ptrdiff_t j) {
  sd_mat column = sp_cols(a, j, 1);
  size_t k = a->dtype == SD_F64 ? cblas_idamax((int)a->rows, column.x, 1)
                                : cblas_isamax((int)a->rows, column.x, 1);
  return fabs(sd_mat_get(&column, (ptrdiff_t)k, 0));
}

static int check(const sd_mat *a) {
  double largest = 0;
  int e;
  if (a->rows > INT_MAX || a->cols > INT_MAX) return SD_ETOOBIG;
  if (!sd_mat_finite(a)) return SD_ENONFINITE;
  for (ptrdiff_t j = 0; j < a->cols; j++) largest = fmax(largest, largest_of(a, j));
  frexp(largest, &e);
  return largest != 0 && (e < -RANGE || e > RANGE) ? SD_EARG : SD_OK;
}

/* Block b of the long side: rows of a tall A, columns of a wide one. */
static sd_mat block_of(const sd_mat *a, ptrdiff_t b) {
  if (a->rows < a->cols) return sp_cols(a, b, sp_min(LONG, a->cols - b));
  return sd_mat_block(a, b, 0, sp_min(LONG, a->rows - b), a->cols);
}

/* X <- X L'^-1 for a tall block, L^-1 X for a wide one. */
static void divide(int wide, const sd_mat *l, const sd_mat *x) {
  cblas_dtrsm(CblasColMajor, wide ? CblasLeft : CblasRight, CblasLower,
              wide ? CblasNoTrans : CblasTrans, CblasNonUnit, (int)x->rows, (int)x->cols, 1, l->x,
              (int)l->ld, x->x, (int)x->ld);
}

/* The lower triangle of G <- Q'Q or, when A is wide, QQ', with Q = A (L NULL), or A divided by L;
 * work holds a block. */
static void accumulate(const sd_mat *a, const sd_mat *l, const sd_mat *work, const sd_mat *g) {
  int wide = a->rows < a->cols;
  ptrdiff_t length = wide ? a->cols : a->rows;
  for (ptrdiff_t b = 0; b < length; b += LONG) {
    sd_mat x = block_of(a, b);
    if (l || a->dtype != SD_F64) {
      sd_mat copy = sd_mat_over(x.rows, x.cols, SD_F64, work->x);
      sd_mat_copy(&x, &copy);
      x = copy;
    }
    if (l) divide(wide, l, &x);
    cblas_dsyrk(CblasColMajor, CblasLower, wide ? CblasNoTrans : CblasTrans, (int)g->rows,
                (int)(wide ? x.cols : x.rows), 1, x.x, (int)x.ld, b > 0, g->x, (int)g->ld);
  }
}

static void mirror(const sd_mat *g) {
  for (ptrdiff_t j = 0; j < g->cols; j++)
    for (ptrdiff_t i = 0; i < j; i++) sp_col(g, j)[i] = sp_col(g, i)[j];
}

int sd_gram(const sd_mat *a, sd_mat *g) {
  ptrdiff_t r = sp_min(a->rows, a->cols);
  sd_mat work = {0};
  if (g->rows != r || g->cols != r) return SD_ESHAPE;
  if (r == 0) return SD_OK;
  int status = check(a);
  if (status == SD_OK && a->dtype != SD_F64) status = sp_room(&work, r, LONG);
  if (status == SD_OK) {
    accumulate(a, NULL, &work, g);
    mirror(g);
  }
  sd_free(work.x);
  return status;
}

/* |H - I| in the Frobenius norm, of the lower triangle. */
static double distance_from_identity(const sd_mat *h) {
  double sum = 0;
  for (ptrdiff_t j = 0; j < h->cols; j++)
    for (ptrdiff_t i = j; i < h->rows; i++) {
      double d = sp_col(h, j)[i] - (i == j);
      sum += (i == j ? 1 : 2) * d * d;
    }
  return sqrt(sum);
}

/* L1 <- a lower triangular matrix with A's singular values; G and L2 are work. */
static int small_factor(const sd_mat *a, sd_mat *g, sd_mat *l1, sd_mat *l2, double *defect) {
  sd_mat work = {0};
  int status = sd_gram(a, g);
  if (status == SD_OK) status = sd_cholesky(g, l1);
  if (status == SD_OK) status = sp_room(&work, g->rows, LONG);
  if (status == SD_OK) {
    accumulate(a, l1, &work, g);
    *defect = distance_from_identity(g);
    if (!(*defect <= enough)) status = SD_ENOCONV;
  }
  if (status == SD_OK) {
    mirror(g);
    status = sd_cholesky(g, l2);
  }
  if (status == SD_OK)
    cblas_dtrmm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, (int)g->rows,
                (int)g->rows, 1, l2->x, (int)l2->ld, l1->x, (int)l1->ld);
  sd_free(work.x);
  return status > 0 ? SD_ENOCONV : status; /* no Cholesky factor */
}

int sd_svdvals_qr(const sd_mat *a, sd_mat *s, double *defect) {
  ptrdiff_t r = sp_min(a->rows, a->cols);
  sd_mat g = {0}, l1 = {0}, l2 = {0};
  *defect = (double)INFINITY;
  if (s->rows != r || s->cols != 1) return SD_ESHAPE;
  if (r == 0) {
    *defect = 0;
    return SD_OK;
  }
  int status = sp_room(&g, r, r);
  if (status == SD_OK) status = sp_room(&l1, r, r);
  if (status == SD_OK) status = sp_room(&l2, r, r);
  if (status == SD_OK) status = small_factor(a, &g, &l1, &l2, defect);
  if (status == SD_OK) status = sd_svd(SD_GESDD, &l1, NULL, s, NULL);
  sd_free(g.x);
  sd_free(l1.x);
  sd_free(l2.x);
  return status;
}
