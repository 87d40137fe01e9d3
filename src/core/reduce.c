/* Reductions: sums, extrema, positions, spreads, norms, logsumexp (see kernel.h).
 *
 * Every reduction works on `lanes`: one for a whole matrix or a column, up to 64 for rows, which
 * are reduced side by side while the columns pass. Terms come from the loops of src/core/isa in
 * f64. Lines are cut into blocks of 512 elements in column-major order, whatever the leading
 * dimension, so that a view and its copy have the same sum; rows into 16 columns. Block sums are
 * joined pairwise: the error grows with the logarithm of the length (N. J. Higham, SIAM J. Sci.
 * Comput. 14, 1993). Sums that overflow on the way, and squares that leave the safe range, are
 * taken again after scaling by a power of two. */
#include "isa/table.h"
#include "saddle/kernel.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LINE = 512, ACROSS = 16, LEVELS = 48 };

typedef struct span {
  sd_mat x;
  int by_row; /* lanes are x's rows; else one lane, all of x */
  ptrdiff_t lanes, count;
} span;

/* ---- totals: one pass over the data -----------------------------------------------------------*/

/* Pairwise joining: part[l] is the sum of 2^l blocks when bit l of blocks is set. */
typedef struct pairs {
  ptrdiff_t lanes;
  uint64_t blocks;
  double part[LEVELS][SD_ROWS];
} pairs;

static void push(pairs *p, double *v) {
  int level = 0;
  for (; p->blocks >> level & 1; level++)
    for (ptrdiff_t i = 0; i < p->lanes; i++) v[i] = p->part[level][i] + v[i];
  memcpy(p->part[level], v, (size_t)p->lanes * sizeof *v);
  p->blocks++;
}

static void finish(const pairs *p, double *out) {
  int started = 0;
  for (int level = 0; level < LEVELS; level++)
    if (p->blocks >> level & 1) {
      for (ptrdiff_t i = 0; i < p->lanes; i++)
        out[i] = started ? p->part[level][i] + out[i] : p->part[level][i];
      started = 1;
    }
}

/* v joined into out for the extremal kinds, NaN winning. */
static void join(int kind, ptrdiff_t lanes, const double *v, double *out) {
  for (ptrdiff_t i = 0; i < lanes; i++) {
    int better = kind == SD_TERM_MIN ? v[i] < out[i] : v[i] > out[i];
    int zero = v[i] == 0 && out[i] == 0 && (kind == SD_TERM_MIN) == (signbit(v[i]) != 0);
    if (better || zero || isnan(v[i])) out[i] = v[i];
  }
}

/* n elements of x from the k-th on in column-major order: where they are, or copied to buffer. */
static const void *line_block(const sd_mat *x, ptrdiff_t k, ptrdiff_t n, void *buffer) {
  size_t size = sd_dtype_size(x->dtype);
  char *to = buffer;
  if (sd_mat_packed(x)) return (const char *)x->x + k * (ptrdiff_t)size;
  while (n > 0) {
    ptrdiff_t i = k % x->rows, j = k / x->rows, run = x->rows - i < n ? x->rows - i : n;
    size_t bytes = (size_t)run * size;
    memcpy(to, (const char *)x->x + (i + j * x->ld) * (ptrdiff_t)size, bytes);
    to += bytes;
    k += run;
    n -= run;
  }
  return buffer;
}

/* out[lane] <- the reduction of one kind of term (table.h) with c[lane] and s[lane]. Needs
 * count > 0. */
static void totals(const span *sp, int kind, const double *c, const double *s, double *out) {
  const sd_kernels *k = sd_kernels_now();
  const sd_mat *x = &sp->x;
  int sums = kind < SD_TERM_MAX;
  ptrdiff_t size = (ptrdiff_t)sd_dtype_size(x->dtype), step = sp->by_row ? ACROSS : LINE;
  double buffer[LINE], v[SD_ROWS] = {0};
  pairs p;
  p.lanes = sp->lanes, p.blocks = 0;
  for (ptrdiff_t at = 0; at < sp->count; at += step) {
    ptrdiff_t n = sp->count - at < step ? sp->count - at : step;
    double start = sums ? 0 : kind == SD_TERM_MIN ? INFINITY : -INFINITY;
    if (sp->by_row) {
      for (int i = 0; i < SD_ROWS; i++) v[i] = start;
      k->rows[x->dtype][kind](sp->lanes, n, (const char *)x->x + at * x->ld * size, x->ld, c, s, v);
    } else
      v[0] = k->lines[x->dtype][kind](n, line_block(x, at, n, buffer), c[0], s[0]);
    if (sums)
      push(&p, v);
    else if (at == 0)
      memcpy(out, v, (size_t)sp->lanes * sizeof *v);
    else
      join(kind, sp->lanes, v, out);
  }
  if (sums) finish(&p, out);
}

/* ---- the reductions ---------------------------------------------------------------------------*/

static void fill(double *v, double x) {
  for (int i = 0; i < SD_ROWS; i++) v[i] = x;
}

/* Sums are out[i] * 2^e[i]. Where a sum of finite numbers has overflowed on the way it is taken
 * again scaled by 2^-64, which no number of elements can undo. */
static void sums(const span *sp, double *out, int *e) {
  double c[SD_ROWS], s[SD_ROWS], most[SD_ROWS], again[SD_ROWS];
  int overflow = 0;
  fill(c, 0);
  fill(s, 1);
  totals(sp, SD_TERM_SUM, c, s, out);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) e[i] = 0, overflow |= !isfinite(out[i]);
  if (!overflow) return;
  totals(sp, SD_TERM_ABSMAX, c, s, most);
  fill(s, 0x1p-64);
  totals(sp, SD_TERM_SHIFT, c, s, again);
  for (ptrdiff_t i = 0; i < sp->lanes; i++)
    if (!isfinite(out[i]) && isfinite(most[i])) out[i] = again[i], e[i] = 64;
}

static void sum(const span *sp, double *out) {
  int e[SD_ROWS];
  sums(sp, out, e);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) out[i] = ldexp(out[i], e[i]);
}

static void mean(const span *sp, double *out) {
  int e[SD_ROWS];
  sums(sp, out, e);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) out[i] = ldexp(out[i] / (double)sp->count, e[i]);
}

/* ss[i] <- sum of ((x - c[i]) s[i])^2, and where `centred` less (sum of (x - c[i]) s[i])^2 / count,
 * which takes out the rounding of the mean c (Chan, Golub, LeVeque, Am. Statistician 37, 1983). */
static void squares(const span *sp, const double *c, const double *s, int centred, double *ss) {
  double shift[SD_ROWS], cs[SD_ROWS];
  for (int i = 0; i < SD_ROWS; i++) cs[i] = c[i] * s[i];
  totals(sp, SD_TERM_SQUARE, cs, s, ss);
  if (!centred) return;
  totals(sp, SD_TERM_SHIFT, cs, s, shift);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) {
    ss[i] -= shift[i] / (double)sp->count * shift[i];
    if (ss[i] < 0) ss[i] = 0; /* NaN stays */
  }
}

/* Whether a sum of squares needs no scale. */
static int is_fine(double ss) { return ss >= 0x1p-900 && ss <= DBL_MAX; }

/* As squares, with scales s of its own choice: 1 where the sum lies in 2^-900..DBL_MAX. Below,
 * terms under 2^-1022 would cost more than rounding does: 2^40 of them err by 2^-1035 together. */
static void safe_squares(const span *sp, const double *c, int centred, double *ss, double *s) {
  double most[SD_ROWS], cs[SD_ROWS], again[SD_ROWS];
  int redo = 0;
  fill(s, 1);
  squares(sp, c, s, centred, ss);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) redo |= !is_fine(ss[i]);
  if (!redo) return;
  for (int i = 0; i < SD_ROWS; i++) { /* |x - c| itself may overflow */
    s[i] = i < sp->lanes && !(ss[i] < 1) ? 0.5 : 1;
    cs[i] = c[i] * s[i];
  }
  totals(sp, SD_TERM_ABSMAX, cs, s, most);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) {
    int e = 0;
    if (!is_fine(ss[i]) && isfinite(most[i]) && most[i] > 0) frexp(most[i], &e);
    s[i] = ldexp(1, e > 1000 ? -1000 : e < -1000 ? 1000 : -e);
  }
  for (ptrdiff_t i = sp->lanes; i < SD_ROWS; i++) s[i] = 1;
  squares(sp, c, s, centred, again);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) /* an infinite |x - c| decides: its square is too */
    ss[i] = isfinite(most[i]) ? again[i] : most[i];
}

/* The norm of a single short line, where its squares need no scale, is safe_squares without its
 * tables: as many instructions as a few elements are worth. */
static int short_norm(const span *sp, double *out) {
  double buffer[LINE];
  if (sp->lanes != 1 || sp->by_row || sp->count == 0 || sp->count > LINE) return 0;
  const void *line = line_block(&sp->x, 0, sp->count, buffer);
  double ss = sd_kernels_now()->lines[sp->x.dtype][SD_TERM_SQUARE](sp->count, line, 0, 1);
  if (is_fine(ss)) *out = sqrt(ss);
  return is_fine(ss);
}

static void norm(const span *sp, double *out) {
  double c[SD_ROWS], s[SD_ROWS];
  if (short_norm(sp, out)) return;
  fill(c, 0);
  safe_squares(sp, c, 0, out, s);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) out[i] = sqrt(out[i]) / s[i];
}

static void spread(const span *sp, int root, int ddof, double *out) {
  double c[SD_ROWS], s[SD_ROWS], divisor = (double)sp->count - ddof;
  fill(c, 0);
  mean(sp, c);
  safe_squares(sp, c, 1, out, s);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) {
    double v = divisor > 0 ? out[i] / divisor : NAN;
    if (!isfinite(c[i])) v = NAN;
    out[i] = root ? sqrt(v) / s[i] : v / s[i] / s[i];
  }
}

/* m + log k + log(1 + r/k), with k elements equal to the maximum m and r the sum of exp(x - m) over
 * the others: keeps its accuracy where a single element is far above the rest. */
static void logsumexp(const span *sp, double *out) {
  double m[SD_ROWS], s[SD_ROWS], k[SD_ROWS], r[SD_ROWS];
  fill(m, 0);
  fill(s, 1);
  totals(sp, SD_TERM_MAX, m, s, r);
  memcpy(m, r, (size_t)sp->lanes * sizeof *m);
  totals(sp, SD_TERM_COUNT, m, s, k);
  totals(sp, SD_TERM_EXP, m, s, r);
  for (ptrdiff_t i = 0; i < sp->lanes; i++)
    out[i] = isfinite(m[i]) ? m[i] + (log(k[i]) + log1p(r[i] / k[i])) : m[i];
}

static void extremum(const span *sp, int kind, double *out) {
  double c[SD_ROWS], s[SD_ROWS];
  fill(c, 0);
  fill(s, 1);
  totals(sp, kind, c, s, out);
}

static inline double element(const sd_mat *x, ptrdiff_t i, ptrdiff_t j) {
  ptrdiff_t k = i + j * x->ld;
  return x->dtype == SD_F32 ? (double)((const float *)x->x)[k] : ((const double *)x->x)[k];
}

/* 1-based positions of the first element that is the extremum (or the first NaN). */
static void position(const span *sp, int kind, double *out) {
  const sd_mat *x = &sp->x;
  double best[SD_ROWS] = {0};
  ptrdiff_t missing = sp->lanes;
  extremum(sp, kind, best);
  fill(out, 0);
  for (ptrdiff_t j = 0; j < x->cols && missing > 0; j++)
    for (ptrdiff_t i = 0; i < x->rows && missing > 0; i++) {
      double v = element(x, i, j);
      ptrdiff_t lane = sp->by_row ? i : 0;
      if (out[lane] != 0 || !(v == best[lane] || isnan(v))) continue;
      out[lane] = (double)(sp->by_row ? j + 1 : i + j * x->rows + 1);
      missing--;
    }
}

static int is_position(int fn) { return fn == SD_REDUCE_ARGMAX || fn == SD_REDUCE_ARGMIN; }

/* Nothing can be said of no elements. */
static int needs_elements(int fn) {
  return fn == SD_REDUCE_MAX || fn == SD_REDUCE_MIN || is_position(fn);
}

/* out[lane] of an empty span. */
static void of_nothing(int fn, ptrdiff_t lanes, double *out) {
  double v = NAN; /* mean, var, std */
  if (fn == SD_REDUCE_SUM || fn == SD_REDUCE_NORM) v = 0;
  if (fn == SD_REDUCE_LOGSUMEXP) v = -INFINITY;
  for (ptrdiff_t i = 0; i < lanes; i++) out[i] = v;
}

static void reduce_span(int fn, int ddof, const span *sp, double *out) {
  if (sp->count == 0) {
    of_nothing(fn, sp->lanes, out);
    return;
  }
  switch (fn) {
  case SD_REDUCE_SUM: sum(sp, out); break;
  case SD_REDUCE_MEAN: mean(sp, out); break;
  case SD_REDUCE_VAR: spread(sp, 0, ddof, out); break;
  case SD_REDUCE_STD: spread(sp, 1, ddof, out); break;
  case SD_REDUCE_MAX: extremum(sp, SD_TERM_MAX, out); break;
  case SD_REDUCE_MIN: extremum(sp, SD_TERM_MIN, out); break;
  case SD_REDUCE_ARGMAX: position(sp, SD_TERM_MAX, out); break;
  case SD_REDUCE_ARGMIN: position(sp, SD_TERM_MIN, out); break;
  case SD_REDUCE_NORM: norm(sp, out); break;
  default: logsumexp(sp, out); break;
  }
}

/* The span of results `at` and following of Y. */
static span span_at(int dim, const sd_mat *x, ptrdiff_t at) {
  span sp = {*x, dim == 2, 1, x->rows * x->cols};
  if (dim == 1) {
    sp.x = sd_mat_block(x, 0, at, x->rows, 1);
    sp.count = x->rows;
  } else if (dim == 2) {
    sp.lanes = x->rows - at < SD_ROWS ? x->rows - at : SD_ROWS;
    sp.x = sd_mat_block(x, at, 0, sp.lanes, x->cols);
    sp.count = x->cols;
  }
  return sp;
}

static int reduce(int fn, int ddof, int dim, const sd_mat *x, sd_mat *y) {
  ptrdiff_t m = dim == 2 ? x->rows : 1, n = dim == 1 ? x->cols : 1;
  double out[SD_ROWS];
  if (y->rows != m || y->cols != n) return SD_ESHAPE;
  if (y->dtype != x->dtype && y->dtype != SD_F64) return SD_EDTYPE;
  for (ptrdiff_t at = 0; at < m * n;) {
    span sp = span_at(dim, x, at);
    reduce_span(fn, ddof, &sp, out);
    for (ptrdiff_t i = 0; i < sp.lanes; i++, at++)
      sd_mat_set(y, dim == 2 ? at : 0, dim == 2 ? 0 : at, out[i]);
  }
  return SD_OK;
}

int sd_reduce(int fn, int dim, const sd_mat *x, sd_mat *y) {
  if (fn < 0 || fn >= SD_REDUCE_COUNT || dim < 0 || dim > 2) return SD_EARG;
  ptrdiff_t length = dim == 2 ? x->cols : dim == 1 ? x->rows : x->rows * x->cols;
  if (needs_elements(fn) && length == 0) return SD_EARG; /* also when there is no line at all */
  if (is_position(fn) && y->dtype == SD_F32 && length > 1 << 24) return SD_ETOOBIG;
  return reduce(fn, 0, dim, x, y);
}

int sd_spread(int root, int ddof, int dim, const sd_mat *x, sd_mat *y) {
  if (dim < 0 || dim > 2 || ddof < 0) return SD_EARG;
  return reduce(root ? SD_REDUCE_STD : SD_REDUCE_VAR, ddof, dim, x, y);
}
