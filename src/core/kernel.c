/* Placeholder bodies: one element at a time. */
#include "saddle/kernel.h"
#include "saddle/status.h"
#include <math.h>

static const char *const zip_names[] = {
#define NAME(id, name) #name,
    SD_ZIPS(NAME)};
const char *sd_zip_name(int fn) { return zip_names[fn]; }

int sd_map(int fn, const double *p, const sd_mat *x, sd_mat *y) {
  (void)p;
  if (fn != SD_MAP_NEG) return SD_EARG;
  for (ptrdiff_t j = 0; j < x->cols; j++)
    for (ptrdiff_t i = 0; i < x->rows; i++) sd_mat_set(y, i, j, -sd_mat_get(x, i, j));
  return SD_OK;
}

static int side(ptrdiff_t a, ptrdiff_t b, ptrdiff_t *n) {
  *n = a == 1 ? b : a;
  return a == b || a == 1 || b == 1;
}

int sd_broadcast(const sd_mat *a, const sd_mat *b, ptrdiff_t *m, ptrdiff_t *n) {
  int one = (a->rows == 1 && a->cols == 1) || (b->rows == 1 && b->cols == 1);
  if (!side(a->rows, b->rows, m) || !side(a->cols, b->cols, n)) return SD_ESHAPE;
  int of_a = *m == a->rows && *n == a->cols, of_b = *m == b->rows && *n == b->cols;
  return one || of_a || of_b ? SD_OK : SD_ESHAPE;
}

static double apply(int fn, double a, double b) {
  switch (fn) {
  case SD_ZIP_ADD: return a + b;
  case SD_ZIP_SUB: return a - b;
  case SD_ZIP_MUL: return a * b;
  case SD_ZIP_DIV: return a / b;
  case SD_ZIP_POW: return pow(a, b);
  default: return 0;
  }
}

int sd_zip(int fn, const sd_mat *a, const sd_mat *b, sd_mat *c) {
  for (ptrdiff_t j = 0; j < c->cols; j++)
    for (ptrdiff_t i = 0; i < c->rows; i++)
      sd_mat_set(c, i, j,
                 apply(fn, sd_mat_get(a, a->rows == 1 ? 0 : i, a->cols == 1 ? 0 : j),
                       sd_mat_get(b, b->rows == 1 ? 0 : i, b->cols == 1 ? 0 : j)));
  return SD_OK;
}
