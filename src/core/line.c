/* Lines of a matrix: centring, linear recurrences, shifts, elements picked by their positions (see
 * arrange.h). line.inc holds the loops, compiled for f64 and f32. Where lines are rows they go in
 * groups of 64, whose partial results need no memory. */
#include "saddle/arrange.h"
#include "saddle/kernel.h"
#include "saddle/status.h"
#include <math.h>

enum { ROWS = 64 };

#define T       double
#define NAME(f) f##_f64
#include "line.inc"
#undef T
#undef NAME

#define T       float
#define NAME(f) f##_f32
#include "line.inc"
#undef T
#undef NAME

/* The body for A's dtype. */
#define BODY(f, a) ((a)->dtype == SD_F32 ? f##_f32 : f##_f64)

static int is_empty(const sd_mat *a) { return a->rows == 0 || a->cols == 0; }

/* The next group of lines of A: everything, a column, or up to 64 rows. */
static ptrdiff_t groups(int dim, const sd_mat *a) {
  return dim == 0 ? 1 : dim == 1 ? a->cols : (a->rows + ROWS - 1) / ROWS;
}
static sd_mat group(int dim, const sd_mat *a, ptrdiff_t g) {
  ptrdiff_t from = g * ROWS, left = a->rows - from;
  return dim == 0   ? *a
         : dim == 1 ? sd_mat_block(a, 0, g, a->rows, 1)
                    : sd_mat_block(a, from, 0, left < ROWS ? left : ROWS, a->cols);
}

/* Once more on the result: the mean is rounded, the mean of what is left is tiny, and of a line of
 * equal elements, whose rest is one small multiple of their last place, it is exact. */
int sd_centre(int dim, const sd_mat *x, sd_mat *y) {
  double centre[ROWS];
  if (dim < 0 || dim > 2) return SD_EARG;
  if (!sd_mat_same_shape(x, y)) return SD_ESHAPE;
  if (x->dtype != y->dtype) return SD_EDTYPE;
  for (ptrdiff_t g = 0; !is_empty(x) && g < groups(dim, x); g++) {
    sd_mat from = group(dim, x, g), to = group(dim, y, g);
    sd_mat mean = sd_mat_over(dim == 2 ? to.rows : 1, 1, SD_F64, centre);
    for (int pass = 0; pass < 2; pass++) {
      const sd_mat *source = pass == 0 ? &from : &to;
      sd_reduce(SD_REDUCE_MEAN, dim, source, &mean);
      BODY(subtract, x)(dim, source, centre, &to);
    }
  }
  return SD_OK;
}

int sd_recur(int dim, int backwards, const sd_mat *a, const sd_mat *b, sd_mat *y) {
  if (dim != 1 && dim != 2) return SD_EARG;
  if (!sd_mat_same_shape(b, y) || (a && !sd_mat_same_shape(a, b))) return SD_ESHAPE;
  if (b->dtype != y->dtype || (a && a->dtype != b->dtype)) return SD_EDTYPE;
  for (ptrdiff_t g = 0; !is_empty(b) && g < groups(dim, b); g++) {
    sd_mat factor, term = group(dim, b, g), to = group(dim, y, g);
    if (a) factor = group(dim, a, g);
    BODY(recur, b)(dim, backwards, a ? &factor : NULL, &term, &to);
  }
  return SD_OK;
}

int sd_shift(int dim, int backwards, double fill, const sd_mat *x, sd_mat *y) {
  if (dim != 1 && dim != 2) return SD_EARG;
  if (!sd_mat_same_shape(x, y)) return SD_ESHAPE;
  if (x->dtype != y->dtype) return SD_EDTYPE;
  if (is_empty(x)) return SD_OK;
  if (x->dtype == SD_F32)
    shift_f32(dim, backwards, (float)fill, x, y);
  else
    shift_f64(dim, backwards, fill, x, y);
  return SD_OK;
}

int sd_undiff(int dim, const sd_mat *x, sd_mat *y) {
  ptrdiff_t m = y->rows, n = y->cols;
  if (dim != 1 && dim != 2) return SD_EARG;
  if (dim == 1) m = m > 0 ? m - 1 : 0;
  if (dim == 2) n = n > 0 ? n - 1 : 0;
  if (x->rows != m || x->cols != n) return SD_ESHAPE;
  if (x->dtype != y->dtype) return SD_EDTYPE;
  if (!is_empty(y)) BODY(undiff, x)(dim, x, y);
  return SD_OK;
}

/* ---- elements by position ---------------------------------------------------------------------*/

/* *i, *j <- the element of A that position (r,c) of at names; 0 when there is none. */
static int locate(int dim, const sd_mat *a, const sd_mat *at, ptrdiff_t r, ptrdiff_t c,
                  ptrdiff_t *i, ptrdiff_t *j) {
  double p = sd_mat_get(at, r, c);
  double limit = dim == 0   ? (double)a->rows * (double)a->cols
                 : dim == 1 ? (double)a->rows
                            : (double)a->cols;
  if (!(p >= 1 && p <= limit) || p != floor(p)) return 0;
  ptrdiff_t k = (ptrdiff_t)p - 1;
  *i = dim == 0 ? k % a->rows : dim == 1 ? k : r;
  *j = dim == 0 ? k / a->rows : dim == 1 ? c : k;
  return 1;
}

static int fits(int dim, const sd_mat *a, const sd_mat *at) {
  return (dim != 1 || at->cols == a->cols) && (dim != 2 || at->rows == a->rows);
}

int sd_pick(int dim, const sd_mat *a, const sd_mat *at, sd_mat *y) {
  ptrdiff_t i, j;
  if (dim < 0 || dim > 2) return SD_EARG;
  if (!sd_mat_same_shape(at, y) || !fits(dim, a, at)) return SD_ESHAPE;
  for (ptrdiff_t c = 0; !is_empty(at) && c < at->cols; c++)
    for (ptrdiff_t r = 0; r < at->rows; r++) {
      if (!locate(dim, a, at, r, c, &i, &j)) return SD_EARG;
      sd_mat_set(y, r, c, sd_mat_get(a, i, j));
    }
  return SD_OK;
}

int sd_put(int dim, const sd_mat *x, const sd_mat *at, sd_mat *y) {
  ptrdiff_t i, j;
  if (dim < 0 || dim > 2) return SD_EARG;
  if (!sd_mat_same_shape(at, x) || !fits(dim, y, at)) return SD_ESHAPE;
  sd_mat_fill(y, 0);
  for (ptrdiff_t c = 0; !is_empty(at) && c < at->cols; c++)
    for (ptrdiff_t r = 0; r < at->rows; r++) {
      if (!locate(dim, y, at, r, c, &i, &j)) return SD_EARG;
      sd_mat_set(y, i, j, sd_mat_get(y, i, j) + sd_mat_get(x, r, c));
    }
  return SD_OK;
}
