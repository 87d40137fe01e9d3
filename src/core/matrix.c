/* Matrix headers: blocks, copies, transposes, overlap (see matrix.h). */
#include "saddle/matrix.h"
#include "isa/table.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

const char *sd_dtype_name(int dtype) { return dtype == SD_F32 ? "f32" : "f64"; }

int sd_mat_alloc(sd_mat *a, ptrdiff_t rows, ptrdiff_t cols, int dtype) {
  size_t bytes;
  int status = sd_mem_size(rows, cols, sd_dtype_size(dtype), &bytes);
  *a = sd_mat_over(rows, cols, dtype, NULL);
  if (status != SD_OK) return status;
  a->x = sd_alloc(bytes, 1);
  return a->x ? SD_OK : SD_ENOMEM;
}

int sd_mat_same(const sd_mat *a, const sd_mat *b) {
  return a->x == b->x && a->dtype == b->dtype && sd_mat_same_shape(a, b) &&
         (a->ld == b->ld || a->cols <= 1);
}

/* Byte ranges that meet. Two interleaved views (rows 1 and 2 of one matrix) count as overlapping
 * though they share nothing: callers then copy, which is slower but never wrong. */
int sd_mat_overlap(const sd_mat *a, const sd_mat *b) {
  if (a->rows == 0 || a->cols == 0 || b->rows == 0 || b->cols == 0) return 0;
  uintptr_t a0 = (uintptr_t)a->x, b0 = (uintptr_t)b->x;
  uintptr_t a1 = (uintptr_t)sd_mat_at(a, a->rows, a->cols - 1),
            b1 = (uintptr_t)sd_mat_at(b, b->rows, b->cols - 1);
  return a0 < b1 && b0 < a1;
}

/* 0*x is 0 for finite x and NaN otherwise: one add per element, no branch. LANES sums side by side,
 * because each add waits for the one before it. */
#define ALL_FINITE(name, T)                                                                        \
  static int name(ptrdiff_t n, const T *x) {                                                       \
    enum { LANES = 16 };                                                                           \
    T t[LANES] = {0}, total = 0;                                                                   \
    ptrdiff_t i = 0;                                                                               \
    for (; i + LANES <= n; i += LANES)                                                             \
      for (int k = 0; k < LANES; k++) t[k] += 0 * x[i + k];                                        \
    for (; i < n; i++) total += 0 * x[i];                                                          \
    for (int k = 0; k < LANES; k++) total += t[k];                                                 \
    return !isnan(total);                                                                          \
  }
ALL_FINITE(all_finite_d, double)
ALL_FINITE(all_finite_f, float)
#undef ALL_FINITE

int sd_mat_finite(const sd_mat *a) {
  if (a->rows == 0) return 1; /* however many columns, here and below */
  int whole = sd_mat_packed(a);
  ptrdiff_t n = whole ? a->rows * a->cols : a->rows;
  for (ptrdiff_t j = 0; j < (whole ? 1 : a->cols); j++)
    if (!(a->dtype == SD_F32 ? all_finite_f(n, sd_mat_at(a, 0, j))
                             : all_finite_d(n, sd_mat_at(a, 0, j))))
      return 0;
  return 1;
}

int sd_mat_copy(const sd_mat *a, sd_mat *b) {
  if (!sd_mat_same_shape(a, b)) return SD_ESHAPE;
  if (sd_mat_same(a, b) || a->rows == 0 || a->cols == 0) return SD_OK;
  if (a->dtype == b->dtype && sd_mat_packed(a) && sd_mat_packed(b)) { /* columns may be short */
    memcpy(b->x, a->x, (size_t)a->rows * (size_t)a->cols * sd_dtype_size(a->dtype));
    return SD_OK;
  }
  for (ptrdiff_t j = 0; j < a->cols; j++) {
    void *to = sd_mat_at(b, 0, j);
    const void *from = sd_mat_at(a, 0, j);
    if (a->dtype == b->dtype)
      memcpy(to, from, (size_t)a->rows * sd_dtype_size(a->dtype));
    else if (a->dtype == SD_F32)
      for (ptrdiff_t i = 0; i < a->rows; i++) ((double *)to)[i] = (double)((const float *)from)[i];
    else
      for (ptrdiff_t i = 0; i < a->rows; i++) ((float *)to)[i] = (float)((const double *)from)[i];
  }
  return SD_OK;
}

int sd_mat_transpose(const sd_mat *a, sd_mat *b) {
  if (a->rows != b->cols || a->cols != b->rows) return SD_ESHAPE;
  if (a->dtype != b->dtype) return SD_EDTYPE;
  sd_kernels_now()->turns[a->dtype](a->rows, a->cols, a->x, a->ld, b->x, b->ld);
  return SD_OK;
}

void sd_mat_fill(sd_mat *a, double v) {
  if (a->rows == 0) return;
  for (ptrdiff_t j = 0; j < a->cols; j++)
    if (a->dtype == SD_F32)
      for (ptrdiff_t i = 0; i < a->rows; i++) ((float *)a->x)[i + j * a->ld] = (float)v;
    else
      for (ptrdiff_t i = 0; i < a->rows; i++) ((double *)a->x)[i + j * a->ld] = v;
}

int sd_mat_reshape(const sd_mat *a, sd_mat *b) {
  if (a->rows * a->cols != b->rows * b->cols) return SD_ESHAPE;
  if (a->dtype != b->dtype) return SD_EDTYPE;
  if (sd_mat_packed(a) && sd_mat_packed(b)) { /* both are one long column */
    sd_mat from = sd_mat_over(a->rows * a->cols, 1, a->dtype, a->x);
    sd_mat to = sd_mat_over(a->rows * a->cols, 1, a->dtype, b->x);
    return sd_mat_copy(&from, &to);
  }
  ptrdiff_t r = 0, c = 0; /* neither is empty: that would be packed */
  for (ptrdiff_t j = 0; j < a->cols; j++)
    for (ptrdiff_t i = 0; i < a->rows; i++) {
      memcpy(sd_mat_at(b, r, c), sd_mat_at(a, i, j), sd_dtype_size(a->dtype));
      if (++r == b->rows) r = 0, c++;
    }
  return SD_OK;
}
