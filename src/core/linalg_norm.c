/* Norms of matrices (see linalg.h). Euclidean sums come from sd_reduce, which neither overflows nor
 * underflows on the way. */
#include "linalg_work.h"
#include "saddle/kernel.h"
#include "saddle/linalg.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <math.h>

/* The larger one; NaN when either is. */
static double larger(double a, double b) { return a >= b || isnan(a) ? a : b; }

/* dim 1: the largest column sum of |A|; dim 2: the largest row sum. sums: room for one number per
 * column or row, all zero. */
static double largest_sum(int dim, const sd_mat *a, double *sums) {
  double largest = 0;
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++) sums[dim == 1 ? j : i] += fabs(sd_lin_at(a, i, j));
  for (ptrdiff_t k = 0; k < (dim == 1 ? a->cols : a->rows); k++) largest = larger(largest, sums[k]);
  return largest;
}

static int sum_norm(int dim, const sd_mat *a, double *value) {
  sd_mat sums;
  int status = sd_mat_alloc(&sums, dim == 1 ? a->cols : a->rows, 1, SD_F64);
  if (status != SD_OK) return status;
  sd_mat_fill(&sums, 0);
  *value = largest_sum(dim, a, sums.x);
  sd_free(sums.x);
  return SD_OK;
}

static int row_norm(const sd_mat *a, double *value) {
  sd_mat rows;
  int status = sd_mat_alloc(&rows, a->rows, 1, SD_F64);
  if (status == SD_OK) status = sd_reduce(SD_REDUCE_NORM, 2, a, &rows);
  for (ptrdiff_t i = 0; status == SD_OK && i < a->rows; i++)
    *value = larger(*value, sd_lin_at(&rows, i, 0));
  sd_free(rows.x);
  return status;
}

static int spectral(int kind, const sd_mat *a, double *value) {
  sd_mat s;
  int status = sd_mat_alloc(&s, sd_lin_min(a->rows, a->cols), 1, SD_F64);
  if (status == SD_OK) status = sd_svd(SD_GESDD, a, NULL, &s, NULL);
  for (ptrdiff_t i = s.rows - 1; status == SD_OK && i >= 0; i--) /* small ones first */
    *value = (kind == SD_NORM_NUC ? *value : 0) + sd_lin_at(&s, i, 0);
  sd_free(s.x);
  return status;
}

int sd_norm(int kind, const sd_mat *a, double *value) {
  sd_mat cell = sd_mat_over(1, 1, SD_F64, value);
  *value = 0;
  if (a->rows == 0 || a->cols == 0) return SD_OK;
  switch (kind) {
  case SD_NORM_ONE: return sum_norm(1, a, value);
  case SD_NORM_INF: return sum_norm(2, a, value);
  case SD_NORM_ROW: return row_norm(a, value);
  case SD_NORM_TWO:
  case SD_NORM_NUC: return spectral(kind, a, value);
  default: return sd_reduce(SD_REDUCE_NORM, 0, a, &cell);
  }
}
