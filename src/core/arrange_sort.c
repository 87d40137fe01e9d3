/* Sorting and quantiles (see arrange.h), on the bit patterns of the elements.
 *
 * An IEEE double maps to an unsigned integer of the same order: flip all bits of a negative one,
 * the sign bit of any other. A descending order complements the result; NaN gets the largest key
 * either way. Sorting is then a least-significant-digit radix sort, which is stable and takes
 * O(n), with insertion for short lines; a quantile is found digit by digit from the top, each time
 * keeping only the elements that share the digits so far. f32 widens to f64 exactly. */
#include "saddle/arrange.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS = 8, RADIX = 256, SHORT = 64 };

typedef struct item {
  uint64_t key;
  ptrdiff_t at; /* its position in the line */
} item;

static uint64_t key_of(double v, int descending) {
  uint64_t bits;
  if (isnan(v)) return UINT64_MAX;
  v += 0.0; /* -0 becomes 0: they are equal */
  memcpy(&bits, &v, sizeof bits);
  bits ^= bits >> 63 ? UINT64_MAX : (uint64_t)1 << 63;
  return descending ? ~bits : bits;
}

static double value_of(uint64_t key) {
  double v;
  key ^= key >> 63 ? (uint64_t)1 << 63 : UINT64_MAX;
  memcpy(&v, &key, sizeof v);
  return v;
}

static int digit(uint64_t key, int d) { return (int)(key >> 8 * d & (RADIX - 1)); }

static void insertion_sort(item *x, ptrdiff_t n) {
  for (ptrdiff_t i = 1; i < n; i++) {
    item moved = x[i];
    ptrdiff_t k = i;
    for (; k > 0 && x[k - 1].key > moved.key; k--) x[k] = x[k - 1];
    x[k] = moved;
  }
}

/* Sorts x[0..n) with y[0..n) as the other buffer; returns the one that holds the result, or NULL
 * when interrupted. A digit that all keys share costs nothing but its count. */
static item *radix_sort(item *x, item *y, ptrdiff_t n) {
  ptrdiff_t count[DIGITS][RADIX] = {{0}};
  for (ptrdiff_t i = 0; i < n; i++)
    for (int d = 0; d < DIGITS; d++) count[d][digit(x[i].key, d)]++;
  for (int d = 0; d < DIGITS; d++) {
    ptrdiff_t start = 0;
    if (sd_interrupted()) return NULL;
    if (count[d][digit(x[0].key, d)] == n) continue;
    for (int b = 0; b < RADIX; b++) {
      ptrdiff_t c = count[d][b];
      count[d][b] = start;
      start += c;
    }
    for (ptrdiff_t i = 0; i < n; i++) y[count[d][digit(x[i].key, d)]++] = x[i];
    item *full = y;
    y = x;
    x = full;
  }
  return x;
}

/* Column j of A, in order, or NULL when interrupted; work has room for twice its length. */
static item *sorted_column(int descending, const sd_mat *a, ptrdiff_t j, item *work) {
  ptrdiff_t m = a->rows;
  for (ptrdiff_t i = 0; i < m; i++) {
    work[i].key = key_of(sd_mat_get(a, i, j), descending);
    work[i].at = i;
  }
  if (m > SHORT) return radix_sort(work, work + m, m);
  insertion_sort(work, m);
  return sd_interrupted() ? NULL : work;
}

static int sort_columns(int descending, const sd_mat *a, sd_mat *s, sd_mat *index) {
  ptrdiff_t m = a->rows;
  int status = SD_OK;
  item *work = sd_alloc((size_t)m, 2 * sizeof *work);
  if (work == NULL) return SD_ENOMEM;
  for (ptrdiff_t j = 0; j < a->cols && status == SD_OK; j++) {
    const item *sorted = sorted_column(descending, a, j, work);
    if (sorted == NULL) status = SD_EINTR;
    for (ptrdiff_t i = 0; i < m && sorted != NULL; i++) {
      sd_mat_set(s, i, j, sd_mat_get(a, sorted[i].at, j)); /* not the key: -0 and NaN stay */
      sd_mat_set(index, i, j, (double)(sorted[i].at + 1));
    }
  }
  sd_free(work);
  return status;
}

int sd_sort(int dim, int descending, const sd_mat *a, sd_mat *s, sd_mat *i) {
  sd_mat at = {0}, st = {0}, it = {0}; /* rows are sorted as columns of the transpose */
  int status;
  if (dim != 1 && dim != 2) return SD_EARG;
  if (!sd_mat_same_shape(a, s) || !sd_mat_same_shape(a, i)) return SD_ESHAPE;
  if (a->dtype != s->dtype || i->dtype != SD_F64) return SD_EDTYPE;
  if (a->rows == 0 || a->cols == 0) return SD_OK;
  if (dim == 1) return sort_columns(descending, a, s, i);
  if ((status = sd_mat_alloc(&at, a->cols, a->rows, a->dtype)) != SD_OK) goto done;
  if ((status = sd_mat_alloc(&st, a->cols, a->rows, a->dtype)) != SD_OK) goto done;
  if ((status = sd_mat_alloc(&it, a->cols, a->rows, SD_F64)) != SD_OK) goto done;
  sd_mat_transpose(a, &at);
  if ((status = sort_columns(descending, &at, &st, &it)) != SD_OK) goto done;
  sd_mat_transpose(&st, s);
  sd_mat_transpose(&it, i);
done:
  sd_free(at.x);
  sd_free(st.x);
  sd_free(it.x);
  return status;
}

/* The k-th smallest of n > k keys, from 0, and in *next the one after it (itself if it is the
 * last). Reorders the keys. */
static uint64_t select_key(uint64_t *key, ptrdiff_t n, ptrdiff_t k, uint64_t *next) {
  uint64_t above = UINT64_MAX; /* the smallest key dropped for being larger */
  int last = k == n - 1;
  for (int d = DIGITS - 1; d >= 0; d--) {
    ptrdiff_t count[RADIX] = {0}, kept = 0;
    int b = 0;
    for (ptrdiff_t i = 0; i < n; i++) count[digit(key[i], d)]++;
    while (k >= count[b]) k -= count[b++];
    for (ptrdiff_t i = 0; i < n; i++) {
      int of = digit(key[i], d);
      if (of == b)
        key[kept++] = key[i];
      else if (of > b && key[i] < above)
        above = key[i];
    }
    n = kept;
  }
  *next = last || k + 1 < n ? key[0] : above; /* all keys left are equal */
  return key[0];
}

double sd_quantile_place(double q, ptrdiff_t n, ptrdiff_t *k) {
  double place = q * (double)(n - 1);
  *k = (ptrdiff_t)place;
  if (*k > n - 1) *k = n - 1;
  return place > (double)*k ? place - (double)*k : 0;
}

/* The quantile of n > 0 keys; the interpolation is monotone in q and never overflows. */
static double quantile(uint64_t *key, ptrdiff_t n, double q) {
  ptrdiff_t k;
  double t = sd_quantile_place(q, n, &k), a, b;
  uint64_t next;
  for (ptrdiff_t i = 0; i < n; i++)
    if (key[i] == UINT64_MAX) return NAN;
  a = value_of(select_key(key, n, k, &next));
  b = value_of(next);
  if (t <= 0 || a == b) return a;
  if (!isfinite(b - a)) return a * (1 - t) + b * t;
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

static ptrdiff_t lines_of(int dim, const sd_mat *a) {
  return dim == 0 ? 1 : dim == 1 ? a->cols : a->rows;
}
static ptrdiff_t length_of(int dim, const sd_mat *a) {
  return dim == 0 ? a->rows * a->cols : dim == 1 ? a->rows : a->cols;
}

static int check_quantile(int dim, double q, const sd_mat *a, const sd_mat *y) {
  if (dim < 0 || dim > 2 || !(q >= 0 && q <= 1) || length_of(dim, a) == 0) return SD_EARG;
  if (y->rows != (dim == 2 ? a->rows : 1) || y->cols != (dim == 1 ? a->cols : 1)) return SD_ESHAPE;
  return y->dtype != a->dtype && y->dtype != SD_F64 ? SD_EDTYPE : SD_OK;
}

/* Row `line` of LO and HI, or column for dim 1, from the sorted line of n elements. */
static void set_places(int dim, double q, const item *sorted, ptrdiff_t n, ptrdiff_t line,
                       sd_mat *lo, sd_mat *hi) {
  ptrdiff_t k, next, i = dim == 2 ? line : 0, j = dim == 1 ? line : 0;
  sd_quantile_place(q, n, &k);
  next = k + 1 < n ? k + 1 : k;
  if (sorted[n - 1].key == UINT64_MAX) { /* NaN */
    for (k = n - 1; k > 0 && sorted[k - 1].key == UINT64_MAX;) k--;
    next = k;
  }
  sd_mat_set(lo, i, j, (double)(sorted[k].at + 1));
  sd_mat_set(hi, i, j, (double)(sorted[next].at + 1));
}

int sd_quantile_at(int dim, double q, const sd_mat *a, sd_mat *lo, sd_mat *hi) {
  ptrdiff_t n = length_of(dim, a), lines = lines_of(dim, a);
  sd_mat at = {0};
  item *work = NULL;
  int status = check_quantile(dim, q, a, lo);
  if (status == SD_OK) status = check_quantile(dim, q, a, hi);
  if (status != SD_OK) return status;
  if (dim != 1) {
    if ((status = sd_mat_alloc(&at, n, lines, a->dtype)) != SD_OK) goto done;
    if (dim == 0)
      sd_mat_reshape(a, &at);
    else
      sd_mat_transpose(a, &at);
    a = &at;
  }
  if (!(work = sd_alloc((size_t)n, 2 * sizeof *work))) {
    status = SD_ENOMEM;
    goto done;
  }
  for (ptrdiff_t l = 0; l < lines && status == SD_OK; l++) {
    const item *sorted = sorted_column(0, a, l, work);
    if (sorted != NULL)
      set_places(dim, q, sorted, n, l, lo, hi);
    else
      status = SD_EINTR;
  }
done:
  sd_free(work);
  sd_free(at.x);
  return status;
}

int sd_quantile(int dim, double q, const sd_mat *a, sd_mat *y) {
  ptrdiff_t lines = lines_of(dim, a), n = length_of(dim, a);
  sd_mat at = {0};
  uint64_t *key = NULL;
  int status = check_quantile(dim, q, a, y);
  if (status != SD_OK) return status;
  if (dim == 2) {
    if ((status = sd_mat_alloc(&at, a->cols, a->rows, a->dtype)) != SD_OK) goto done;
    sd_mat_transpose(a, &at);
    a = &at;
  }
  if (!(key = sd_alloc((size_t)n, sizeof *key))) {
    status = SD_ENOMEM;
    goto done;
  }
  for (ptrdiff_t l = 0, j = 0; l < lines && status == SD_OK;
       l++) { /* line l starts with column j */
    for (ptrdiff_t k = 0; k < n; j++)
      for (ptrdiff_t i = 0; i < a->rows; i++) key[k++] = key_of(sd_mat_get(a, i, j), 0);
    double v = quantile(key, n, q);
    sd_mat_set(y, dim == 2 ? l : 0, dim == 1 ? l : 0, v);
    if (sd_interrupted()) status = SD_EINTR;
  }
done:
  sd_free(key);
  sd_free(at.x);
  return status;
}
