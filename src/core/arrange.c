/* Scans, indexing, products of columns and scaling (see arrange.h). arrange.inc holds the loops,
 * compiled for f64 and f32; here are the checks and the workspaces. */
#include "saddle/arrange.h"
#include "isa/table.h"
#include "saddle/kernel.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <math.h>
#include <string.h>

enum { LANES = 8 };

/* Where column-major position k of A lies in its memory. */
static ptrdiff_t offset(const sd_mat *a, ptrdiff_t k) {
  return a->ld == a->rows ? k : k % a->rows + k / a->rows * a->ld;
}

#define T       double
#define NAME(f) f##_f64
#include "arrange.inc"
#undef T
#undef NAME

#define T       float
#define NAME(f) f##_f32
#include "arrange.inc"
#undef T
#undef NAME

/* The body for A's dtype. */
#define BODY(f, a) ((a)->dtype == SD_F32 ? f##_f32 : f##_f64)

static int has_shape(const sd_mat *a, ptrdiff_t m, ptrdiff_t n) {
  return a->rows == m && a->cols == n;
}

/* Nothing to do, however many empty columns there are. */
static int is_empty(const sd_mat *a) { return a->rows == 0 || a->cols == 0; }

/* ---- scans ------------------------------------------------------------------------------------*/

static int scan(int dim, int product, const sd_mat *x, sd_mat *y) {
  double *acc = NULL;
  if (dim != 1 && dim != 2) return SD_EARG;
  if (!sd_mat_same_shape(x, y)) return SD_ESHAPE;
  if (x->dtype != y->dtype) return SD_EDTYPE;
  if (is_empty(x)) return SD_OK;
  if (dim == 2 && !(acc = sd_alloc((size_t)x->rows, sizeof *acc))) return SD_ENOMEM;
  BODY(scan, x)(dim, product, x, y, acc);
  sd_free(acc);
  return SD_OK;
}

int sd_cumsum(int dim, const sd_mat *x, sd_mat *y) { return scan(dim, 0, x, y); }
int sd_cumprod(int dim, const sd_mat *x, sd_mat *y) { return scan(dim, 1, x, y); }

int sd_diff(int dim, const sd_mat *x, sd_mat *y) {
  ptrdiff_t m = x->rows, n = x->cols;
  if (dim != 1 && dim != 2) return SD_EARG;
  if (dim == 1) m = m > 0 ? m - 1 : 0;
  if (dim == 2) n = n > 0 ? n - 1 : 0;
  if (!has_shape(y, m, n)) return SD_ESHAPE;
  if (x->dtype != y->dtype) return SD_EDTYPE;
  if (!is_empty(y)) BODY(diff, x)(dim, x, y);
  return SD_OK;
}

/* ---- indexing ---------------------------------------------------------------------------------*/

ptrdiff_t sd_position(double v, ptrdiff_t n) {
  if (!(fabs(v) <= (double)n)) return -1;
  ptrdiff_t k = (ptrdiff_t)v;
  if (k == 0 || (double)k != v) return -1;
  return k > 0 ? k - 1 : n + k;
}

static int all_below(const ptrdiff_t *idx, ptrdiff_t count, ptrdiff_t limit) {
  for (ptrdiff_t k = 0; k < count; k++)
    if (idx[k] < 0 || idx[k] >= limit) return 0;
  return 1;
}

/* How many positions dim has in A. */
static ptrdiff_t positions(int dim, const sd_mat *a) {
  return dim == 0 ? a->rows * a->cols : dim == 1 ? a->rows : a->cols;
}

int sd_one_hot(const ptrdiff_t *idx, sd_mat *y) {
  if (!all_below(idx, y->cols, y->rows)) return SD_EARG;
  sd_mat_fill(y, 0);
  for (ptrdiff_t j = 0; j < y->cols; j++) sd_mat_set(y, idx[j], j, 1);
  return SD_OK;
}

int sd_gather(int dim, const sd_mat *a, const ptrdiff_t *idx, sd_mat *y) {
  if (dim < 0 || dim > 2) return SD_EARG;
  if ((dim == 1 && y->cols != a->cols) || (dim == 2 && y->rows != a->rows)) return SD_ESHAPE;
  if (a->dtype != y->dtype) return SD_EDTYPE;
  if (!all_below(idx, positions(dim, y), positions(dim, a))) return SD_EARG;
  if (!is_empty(y)) BODY(gather, a)(dim, a, idx, y);
  return SD_OK;
}

static void scatter_columns(const ptrdiff_t *idx, ptrdiff_t count, const sd_mat *b, sd_mat *a) {
  sd_zip_loop *add = sd_kernels_now()->zips[a->dtype][SD_ZIP_ADD];
  int one = has_shape(b, 1, 1);
  for (ptrdiff_t k = 0; k < count; k++) {
    char *to = sd_mat_block(a, 0, idx[k], a->rows, 1).x;
    add(a->rows, to, 1, one ? b->x : sd_mat_block(b, 0, k, a->rows, 1).x, !one, to);
  }
}

int sd_scatter_add(int dim, const ptrdiff_t *idx, ptrdiff_t count, const sd_mat *b, sd_mat *a) {
  int fits;
  if (dim < 0 || dim > 2) return SD_EARG;
  fits = positions(dim, b) == count && (dim != 1 || b->cols == a->cols) &&
         (dim != 2 || b->rows == a->rows);
  if (!fits && !has_shape(b, 1, 1)) return SD_ESHAPE;
  if (a->dtype != b->dtype) return SD_EDTYPE;
  if (!all_below(idx, count, positions(dim, a))) return SD_EARG;
  if (dim == 2 && !is_empty(a))
    scatter_columns(idx, count, b, a);
  else if (!is_empty(a))
    BODY(scatter, a)(dim, idx, count, b, a);
  return SD_OK;
}

/* ---- products ---------------------------------------------------------------------------------*/

int sd_kron(const sd_mat *a, const sd_mat *b, sd_mat *c) {
  if (!has_shape(c, a->rows * b->rows, a->cols * b->cols)) return SD_ESHAPE;
  if (a->dtype != b->dtype || a->dtype != c->dtype) return SD_EDTYPE;
  for (ptrdiff_t j = 0; !is_empty(c) && j < a->cols; j++)
    for (ptrdiff_t l = 0; l < b->cols; l++) BODY(kron, a)(a, j, b, l, c, j * b->cols + l);
  return SD_OK;
}

int sd_khatri_rao(const sd_mat *a, const sd_mat *b, sd_mat *c) {
  if (a->cols != b->cols || !has_shape(c, a->rows * b->rows, a->cols)) return SD_ESHAPE;
  if (a->dtype != b->dtype || a->dtype != c->dtype) return SD_EDTYPE;
  for (ptrdiff_t j = 0; !is_empty(c) && j < a->cols; j++) BODY(kron, a)(a, j, b, j, c, j);
  return SD_OK;
}

int sd_khatri_rao_rows(const sd_mat *a, const sd_mat *b, sd_mat *c) {
  if (a->rows != b->rows || !has_shape(c, a->rows, a->cols * b->cols)) return SD_ESHAPE;
  if (a->dtype != b->dtype || a->dtype != c->dtype) return SD_EDTYPE;
  sd_zip_loop *times = sd_kernels_now()->zips[a->dtype][SD_ZIP_MUL];
  for (ptrdiff_t j = 0; !is_empty(c) && j < a->cols; j++)
    for (ptrdiff_t l = 0; l < b->cols; l++)
      times(a->rows, sd_mat_block(a, 0, j, a->rows, 1).x, 1, sd_mat_block(b, 0, l, a->rows, 1).x, 1,
            sd_mat_block(c, 0, j * b->cols + l, a->rows, 1).x);
  return SD_OK;
}

int sd_trace(const sd_mat *a, double *value) {
  *value = 0;
  if (a->rows != a->cols) return SD_ESHAPE;
  for (ptrdiff_t i = 0; i < a->rows; i++) *value += sd_mat_get(a, i, i);
  return SD_OK;
}

int sd_dot(const sd_mat *a, const sd_mat *b, double *value) {
  *value = 0;
  if (!sd_mat_same_shape(a, b)) return SD_ESHAPE;
  if (a->dtype != b->dtype) return SD_EDTYPE;
  for (ptrdiff_t j = 0; !is_empty(a) && j < a->cols; j++)
    *value += a->dtype == SD_F32 ? dot_f32(a->rows, col_f32(a, j), col_f32(b, j))
                                 : dot_f64(a->rows, col_f64(a, j), col_f64(b, j));
  return SD_OK;
}

/* ---- scale ------------------------------------------------------------------------------------*/

int sd_softmax(int dim, const sd_mat *x, sd_mat *y) {
  double *line = NULL;
  int status;
  if (dim != 1 && dim != 2) return SD_EARG;
  if (!sd_mat_same_shape(x, y)) return SD_ESHAPE;
  if (x->dtype != y->dtype) return SD_EDTYPE;
  if (is_empty(x)) return SD_OK;
  if (dim == 2 && !(line = sd_alloc((size_t)x->rows, sizeof *line))) return SD_ENOMEM;
  BODY(shift, x)(dim, x, y, line);
  status = sd_map(SD_MAP_EXP, NULL, y, y);
  if (status == SD_OK) BODY(share, x)(dim, y, line);
  sd_free(line);
  return status;
}

/* The power of two that brings a largest magnitude near 1, kept within 2^-1000..2^1000 so that it
 * is itself finite; scaling by it is exact but for elements too small to count. */
static double near_one(double largest) {
  int e;
  if (largest == 0 || !isfinite(largest)) return 1;
  frexp(largest, &e);
  return ldexp(1, e > 1000 ? -1000 : e < -1000 ? 1000 : -e);
}

int sd_normalize(int dim, const sd_mat *x, sd_mat *y) {
  ptrdiff_t lines = dim == 0 ? 1 : dim == 1 ? x->cols : x->rows;
  double *scale, *norm;
  if (dim < 0 || dim > 2) return SD_EARG;
  if (!sd_mat_same_shape(x, y)) return SD_ESHAPE;
  if (x->dtype != y->dtype) return SD_EDTYPE;
  if (is_empty(x)) return SD_OK;
  if (!(scale = sd_alloc(2 * (size_t)lines, sizeof *scale))) return SD_ENOMEM;
  norm = scale + lines;
  for (ptrdiff_t k = 0; k < lines; k++) scale[k] = norm[k] = 0;
  BODY(sizes, x)(dim, x, scale);
  for (ptrdiff_t k = 0; k < lines; k++) scale[k] = near_one(scale[k]);
  BODY(sum_squares, x)(dim, x, scale, norm);
  for (ptrdiff_t k = 0; k < lines; k++) norm[k] = norm[k] == 0 ? 1 : sqrt(norm[k]);
  BODY(divide, x)(dim, x, scale, norm, y);
  sd_free(scale);
  return SD_OK;
}
