/* The triangular factor of a long matrix, in one pass over blocks that stay in cache.
 *
 * Of a tall A(m,r), cut into blocks of rows A1, A2, ...,
 *
 *   R <- 0;   R <- the triangular factor of (R; Ak) for k = 1, 2, ...
 *
 * leaves R with R'R = A'A, hence A's singular values. Each step is a Householder factorisation
 * (dtpqrt: R is known to be triangular), so the whole is as backward stable as one of A, which
 * LAPACK takes through memory once a panel of columns. A wide A is factored as A', turned block by
 * block; no copy of A is made. Reference: Demmel, Grigori, Hoemmen and Langou,
 * Communication-optimal parallel and sequential QR and LU factorizations, SIAM J. Sci. Comput. 34
 * (2012), sequential TSQR. */
#include "linalg_work.h"
#include "saddle/memory.h"
#include "saddle/status.h"

/* Rows of a block, at least; measured, and level from a third of it to twice as much. */
enum { BLOCK = 768 };

typedef struct tall {
  const sd_mat *a;
  ptrdiff_t m, r, height; /* A or A' is m x r; rows of a block */
  int exponent;
  lapack_int panel; /* columns of a panel; measured */
  double *x, *turn, *t, *work;
} tall;

/* X(h,r) <- 2^-exponent times rows at.. of A or A'. */
static void take(const tall *s, ptrdiff_t at, const sd_mat *x) {
  if (s->a->rows < s->a->cols) {
    sd_mat rows = *x, block = sd_mat_block(s->a, 0, at, s->r, x->rows);
    if (block.dtype != SD_F64) {
      sd_mat wide = sd_mat_over(s->r, x->rows, SD_F64, s->turn);
      sd_mat_copy(&block, &wide);
      block = wide;
    }
    sd_mat_transpose(&block, &rows);
  } else {
    sd_mat rows = *x, block = sd_mat_block(s->a, at, 0, x->rows, s->r);
    sd_mat_copy(&block, &rows);
  }
  sd_lin_shift(x, -s->exponent);
}

static int factor(const tall *s, const sd_mat *r) {
  for (ptrdiff_t at = 0; at < s->m; at += s->height) {
    sd_mat x = sd_mat_over(sd_lin_min(s->height, s->m - at), s->r, SD_F64, s->x);
    take(s, at, &x);
    LAPACKE_dtpqrt_work(LAPACK_COL_MAJOR, (lapack_int)x.rows, (lapack_int)x.cols, 0, s->panel, r->x,
                        sd_lin_ld(r), x.x, sd_lin_ld(&x), s->t, s->panel, s->work);
    if (sd_interrupted()) return SD_EINTR;
  }
  return SD_OK;
}

int sd_lin_tall(const sd_mat *a, sd_mat *r, int *exponent) {
  ptrdiff_t n = sd_lin_min(a->rows, a->cols), m = sd_lin_max(a->rows, a->cols);
  lapack_int panel = n < 64 ? 8 : n < 256 ? 16 : 32;
  tall s = {a,
            m,
            n,
            sd_lin_min(m, sd_lin_max(BLOCK, 2 * n)),
            sd_lin_exponent(a),
            panel < n ? panel : (lapack_int)n,
            NULL,
            NULL,
            NULL,
            NULL};
  int status = sd_mat_alloc(r, n, n, SD_F64);
  if (status == SD_OK) status = sd_lin_doubles(&s.x, s.height * n);
  if (status == SD_OK && a->dtype != SD_F64) status = sd_lin_doubles(&s.turn, s.height * n);
  if (status == SD_OK) status = sd_lin_doubles(&s.t, s.panel * n);
  if (status == SD_OK) status = sd_lin_doubles(&s.work, s.panel * n);
  if (status == SD_OK) {
    sd_mat_fill(r, 0);
    status = factor(&s, r);
  }
  *exponent = s.exponent;
  sd_free(s.x);
  sd_free(s.turn);
  sd_free(s.t);
  sd_free(s.work);
  return status;
}
