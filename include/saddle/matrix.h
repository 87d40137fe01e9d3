/* The matrix header: rank 2, column-major, with a leading dimension.
 *
 * A header says where elements are, not who owns them: the same struct describes a whole matrix, a
 * block of one, or a workspace. Element (i,j), counted from 0, is x[i + j*ld] in units of the
 * dtype, with ld >= max(rows, 1). A batch is a matrix whose columns are samples. */
#ifndef SADDLE_MATRIX_H
#define SADDLE_MATRIX_H

#include <stddef.h>

enum { SD_F64, SD_F32 }; /* dtype: IEEE double (default), IEEE single */

typedef struct sd_mat {
  ptrdiff_t rows, cols, ld;
  int dtype;
  void *x;
} sd_mat;

/* Bytes per element. Here and below, what steps of a few hundred elements do often is inline. */
static inline size_t sd_dtype_size(int dtype) {
  return dtype == SD_F32 ? sizeof(float) : sizeof(double);
}
const char *sd_dtype_name(int dtype); /* "f64" or "f32" */

/* A header over x: rows x cols, packed (ld = max(rows, 1)). */
static inline sd_mat sd_mat_over(ptrdiff_t rows, ptrdiff_t cols, int dtype, void *x) {
  sd_mat a = {rows, cols, rows > 1 ? rows : 1, dtype, x};
  return a;
}

/* A f64 or f32 matrix from sd_alloc (free with sd_free(a->x)); SD_ETOOBIG or SD_ENOMEM. */
int sd_mat_alloc(sd_mat *a, ptrdiff_t rows, ptrdiff_t cols, int dtype);

/* Where element (i,j) is. */
static inline void *sd_mat_at(const sd_mat *a, ptrdiff_t i, ptrdiff_t j) {
  return (char *)a->x + (i + j * a->ld) * (ptrdiff_t)sd_dtype_size(a->dtype);
}

/* The m x n block of A whose first element is (i,j), counted from 0; the caller has checked that it
 * lies inside A. Shares A's elements. */
static inline sd_mat sd_mat_block(const sd_mat *a, ptrdiff_t i, ptrdiff_t j, ptrdiff_t m,
                                  ptrdiff_t n) {
  sd_mat b = {m, n, a->ld, a->dtype, m > 0 && n > 0 ? sd_mat_at(a, i, j) : a->x};
  return b;
}

/* Element (i,j) as a double; the same, stored (rounded to the dtype). No range checks. */
static inline double sd_mat_get(const sd_mat *a, ptrdiff_t i, ptrdiff_t j) {
  const void *x = sd_mat_at(a, i, j);
  return a->dtype == SD_F32 ? (double)*(const float *)x : *(const double *)x;
}
static inline void sd_mat_set(const sd_mat *a, ptrdiff_t i, ptrdiff_t j, double v) {
  void *x = sd_mat_at(a, i, j);
  if (a->dtype == SD_F32)
    *(float *)x = (float)v;
  else
    *(double *)x = v;
}

/* 1 when the elements are contiguous. */
static inline int sd_mat_packed(const sd_mat *a) {
  return a->cols <= 1 || a->rows == 0 || a->ld == a->rows;
}
static inline int sd_mat_same_shape(const sd_mat *a, const sd_mat *b) {
  return a->rows == b->rows && a->cols == b->cols;
}
int sd_mat_same(const sd_mat *a, const sd_mat *b); /* 1 when the headers name the same elements */
int sd_mat_overlap(const sd_mat *a, const sd_mat *b); /* 1 when some element may be shared */
int sd_mat_finite(const sd_mat *a);                   /* 1 when no element is NaN or infinite */

/* B(m,n) <- A(m,n), converting between dtypes (to f32: round to nearest, overflow to infinity).
 * A == B is allowed; other overlaps are not. SD_ESHAPE. */
int sd_mat_copy(const sd_mat *a, sd_mat *b);

/* B(n,m) <- A(m,n)'; same dtype; B does not overlap A. SD_ESHAPE, SD_EDTYPE. */
int sd_mat_transpose(const sd_mat *a, sd_mat *b);

/* A(m,n) <- v everywhere. */
void sd_mat_fill(sd_mat *a, double v);

/* B(m,n) <- the elements of A(p,q) in column-major order, pq == mn; same dtype; B does not overlap
 * A. SD_ESHAPE, SD_EDTYPE. */
int sd_mat_reshape(const sd_mat *a, sd_mat *b);

#endif
