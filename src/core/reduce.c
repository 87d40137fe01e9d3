/* Reductions: sums, extrema, positions, spreads, norms, logsumexp (see kernel.h).
 *
 * Every reduction works on `lanes`: one for a whole matrix or a column, up to 64 for rows, which
 * are reduced side by side while the columns pass. Terms come from the loops of src/core/isa in
 * f64. Lines are cut into blocks of 512 elements in column-major order, whatever the leading
 * dimension, so that a view and its copy have the same sum; rows into 16 columns. Block sums are
 * joined pairwise: the error grows with the logarithm of the length (N. J. Higham, SIAM J. Sci.
 * Comput. 14, 1993). Sums that overflow on the way, and squares that leave the safe range, are
 * taken again after scaling by a power of two. */
#include "fold.h"
#include "saddle/kernel.h"
#include "saddle/status.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LINE = SD_FOLD_BLOCK, ACROSS = 16, LEVELS = SD_FOLD_LEVELS };

/* What a reduction knows of elements that are not there: a first total, and how to get others. */
typedef struct source {
  int kind;
  double first;
  sd_fold_total *total;
  void *of;
} source;

typedef struct span {
  sd_mat x;
  int by_row; /* lanes are x's rows; else one lane, all of x */
  ptrdiff_t lanes, count;
  const source *from; /* not NULL: one lane, and no x */
} span;

/* ---- totals: one pass over the data -----------------------------------------------------------*/

/* Pairwise joining: part[lanes*l ..] is the sum of 2^l blocks when bit l of blocks is set. */
static void push(double *part, uint64_t blocks, ptrdiff_t lanes, double *v) {
  for (; blocks & 1; blocks >>= 1, part += lanes)
    for (ptrdiff_t i = 0; i < lanes; i++) v[i] = part[i] + v[i];
  for (ptrdiff_t i = 0; i < lanes; i++) part[i] = v[i];
}

static void finish(const double *part, uint64_t blocks, ptrdiff_t lanes, double *out) {
  int started = 0;
  for (; blocks; blocks >>= 1, part += lanes) {
    if (!(blocks & 1)) continue;
    for (ptrdiff_t i = 0; i < lanes; i++) out[i] = started ? part[i] + out[i] : part[i];
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

/* Lanes that the loops may read: a whole number of vectors, at least one. */
static ptrdiff_t padded(const span *sp) { return (sp->lanes + 7) / 8 * 8; }

static void fill(const span *sp, double *v, double x) {
  for (ptrdiff_t i = 0; i == 0 || i < padded(sp); i++) v[i] = x;
}

void sd_fold_begin(sd_fold *f, int kind, double c, double s) {
  f->kind = kind, f->c = c, f->s = s, f->blocks = 0;
  f->part[0] = 0;
}

void sd_fold_block(sd_fold *f, int dtype, ptrdiff_t n, const void *x) {
  double v = sd_kernels_now()->lines[dtype][f->kind](n, x, f->c, f->s);
  if (f->kind < SD_TERM_MAX)
    push(f->part, f->blocks, 1, &v);
  else if (f->blocks == 0)
    f->part[0] = v;
  else
    join(f->kind, 1, &v, f->part);
  f->blocks++;
}

double sd_fold_end(const sd_fold *f) {
  double v = f->part[0];
  if (f->kind < SD_TERM_MAX) finish(f->part, f->blocks, 1, &v);
  return v;
}

/* One lane: a line's total, its elements side by side or copied so. */
static double line_total(const sd_mat *x, ptrdiff_t count, int kind, double c, double s) {
  double buffer[LINE];
  sd_fold f;
  if (count <= LINE) /* a single block is the total */
    return sd_kernels_now()->lines[x->dtype][kind](count, line_block(x, 0, count, buffer), c, s);
  sd_fold_begin(&f, kind, c, s);
  for (ptrdiff_t at = 0, n; at < count; at += n) {
    n = count - at < LINE ? count - at : LINE;
    sd_fold_block(&f, x->dtype, n, line_block(x, at, n, buffer));
  }
  return sd_fold_end(&f);
}

static void row_totals(const span *sp, int kind, const double *c, const double *s, double *out) {
  const sd_kernels *k = sd_kernels_now();
  const sd_mat *x = &sp->x;
  int sums = kind < SD_TERM_MAX;
  ptrdiff_t size = (ptrdiff_t)sd_dtype_size(x->dtype);
  double part[LEVELS * SD_ROWS], v[SD_ROWS];
  uint64_t blocks = 0;
  for (ptrdiff_t at = 0, n; at < sp->count; at += n) {
    n = sp->count - at < ACROSS ? sp->count - at : ACROSS;
    fill(sp, v, sums ? 0 : kind == SD_TERM_MIN ? INFINITY : -INFINITY);
    k->rows[x->dtype][kind](sp->lanes, n, (const char *)x->x + at * x->ld * size, x->ld, c, s, v);
    if (sums)
      push(part, blocks++, sp->lanes, v);
    else if (at == 0)
      memcpy(out, v, (size_t)sp->lanes * sizeof *v);
    else
      join(kind, sp->lanes, v, out);
  }
  if (sums) finish(part, blocks, sp->lanes, out);
}

/* out[lane] <- the reduction of one kind of term (table.h) with c[lane] and s[lane]. Needs
 * count > 0. */
static void totals(const span *sp, int kind, const double *c, const double *s, double *out) {
  const source *f = sp->from;
  if (f && kind == f->kind && c[0] == 0 && s[0] == 1)
    out[0] = f->first;
  else if (f)
    out[0] = f->total(f->of, kind, c[0], s[0]);
  else if (sp->by_row)
    row_totals(sp, kind, c, s, out);
  else
    out[0] = line_total(&sp->x, sp->count, kind, c[0], s[0]);
}

/* ---- the reductions ---------------------------------------------------------------------------*/

/* Where a sum of finite numbers has overflowed on the way it is taken again scaled by 2^-64, which
 * no number of elements can undo. */
static void sums_again(const span *sp, double *out, int *e) {
  double c[SD_ROWS] = {0}, s[SD_ROWS] = {0}, most[SD_ROWS] = {0}, again[SD_ROWS] = {0};
  fill(sp, s, 1);
  totals(sp, SD_TERM_ABSMAX, c, s, most);
  fill(sp, s, 0x1p-64);
  totals(sp, SD_TERM_SHIFT, c, s, again);
  for (ptrdiff_t i = 0; i < sp->lanes; i++)
    if (!isfinite(out[i]) && isfinite(most[i])) out[i] = again[i], e[i] = 64;
}

/* Sums are out[i] * 2^e[i]. */
static void sums(const span *sp, double *out, int *e) {
  double c[SD_ROWS], s[SD_ROWS];
  int overflow = 0;
  fill(sp, c, 0);
  fill(sp, s, 1);
  totals(sp, SD_TERM_SUM, c, s, out);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) e[i] = 0, overflow |= !isfinite(out[i]);
  if (overflow) sums_again(sp, out, e);
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
  double cs[SD_ROWS];
  for (ptrdiff_t i = 0; i == 0 || i < padded(sp); i++) cs[i] = c[i] * s[i];
  totals(sp, SD_TERM_SQUARE, cs, s, ss);
  if (!centred) return;
  double shift[SD_ROWS] = {0};
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
  fill(sp, s, 1);
  squares(sp, c, s, centred, ss);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) redo |= !is_fine(ss[i]);
  if (!redo) return;
  for (ptrdiff_t i = 0; i == 0 || i < padded(sp); i++) { /* |x - c| itself may overflow */
    s[i] = i < sp->lanes && !(ss[i] < 1) ? 0.5 : 1;
    cs[i] = c[i] * s[i];
  }
  totals(sp, SD_TERM_ABSMAX, cs, s, most);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) {
    int e = 0;
    if (!is_fine(ss[i]) && isfinite(most[i]) && most[i] > 0) frexp(most[i], &e);
    s[i] = ldexp(1, e > 1000 ? -1000 : e < -1000 ? 1000 : -e);
  }
  for (ptrdiff_t i = sp->lanes; i < padded(sp); i++) s[i] = 1;
  squares(sp, c, s, centred, again);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) /* an infinite |x - c| decides: its square is too */
    ss[i] = isfinite(most[i]) ? again[i] : most[i];
}

static void norm(const span *sp, double *out) {
  double c[SD_ROWS], s[SD_ROWS];
  fill(sp, c, 0);
  safe_squares(sp, c, 0, out, s);
  for (ptrdiff_t i = 0; i < sp->lanes; i++) out[i] = sqrt(out[i]) / s[i];
}

static void spread(const span *sp, int root, int ddof, double *out) {
  double c[SD_ROWS], s[SD_ROWS], divisor = (double)sp->count - ddof;
  fill(sp, c, 0);
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
  double m[SD_ROWS], s[SD_ROWS], k[SD_ROWS] = {0}, r[SD_ROWS] = {0};
  fill(sp, m, 0);
  fill(sp, s, 1);
  totals(sp, SD_TERM_MAX, m, s, r);
  memcpy(m, r, (size_t)sp->lanes * sizeof *m);
  totals(sp, SD_TERM_COUNT, m, s, k);
  totals(sp, SD_TERM_EXP, m, s, r);
  for (ptrdiff_t i = 0; i < sp->lanes; i++)
    out[i] = isfinite(m[i]) ? m[i] + (log(k[i]) + log1p(r[i] / k[i])) : m[i];
}

static void extremum(const span *sp, int kind, double *out) {
  double c[SD_ROWS], s[SD_ROWS];
  fill(sp, c, 0);
  fill(sp, s, 1);
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
  fill(sp, out, 0);
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

/* ---- elements that are not kept ---------------------------------------------------------------*/

int sd_fold_kind(int fn) {
  switch (fn) {
  case SD_REDUCE_SUM:
  case SD_REDUCE_MEAN: return SD_TERM_SUM;
  case SD_REDUCE_NORM: return SD_TERM_SQUARE;
  case SD_REDUCE_MAX: return SD_TERM_MAX;
  case SD_REDUCE_MIN: return SD_TERM_MIN;
  default: return -1;
  }
}

/* 1 when the first total needs no other, and *y is the result. */
static int is_enough(int fn, ptrdiff_t count, double first, double *y) {
  *y = fn == SD_REDUCE_NORM ? sqrt(first) : fn == SD_REDUCE_MEAN ? first / (double)count : first;
  return fn == SD_REDUCE_NORM ? is_fine(first) : isfinite(first);
}

double sd_fold_reduce(int fn, ptrdiff_t count, double first, sd_fold_total *total, void *of) {
  double y;
  if (is_enough(fn, count, first, &y)) return y;
  source from = {sd_fold_kind(fn), first, total, of};
  span sp = {{0}, 0, 1, count, &from};
  double out[8] = {0}; /* one lane, padded */
  reduce_span(fn, 0, &sp, out);
  return out[0];
}

/* ---- matrices ---------------------------------------------------------------------------------*/

/* The span of results `at` and following of Y. */
static span span_at(int dim, const sd_mat *x, ptrdiff_t at) {
  span sp = {*x, dim == 2, 1, x->rows * x->cols, NULL};
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

/* 1 when *y is the reduction of X as one line, from a single total. */
static int reduce_line(int fn, const sd_mat *x, double *y) {
  int kind = sd_fold_kind(fn);
  ptrdiff_t count = x->rows * x->cols;
  return kind >= 0 && count > 0 && is_enough(fn, count, line_total(x, count, kind, 0, 1), y);
}

/* Results `at` and following of Y; returns how many. */
static ptrdiff_t reduce_lanes(int fn, int ddof, int dim, const span *sp, ptrdiff_t at, sd_mat *y) {
  double out[SD_ROWS] = {0};
  reduce_span(fn, ddof, sp, out);
  for (ptrdiff_t i = 0; i < sp->lanes; i++)
    sd_mat_set(y, dim == 2 ? at + i : 0, dim == 2 ? 0 : at + i, out[i]);
  return sp->lanes;
}

static int reduce(int fn, int ddof, int dim, const sd_mat *x, sd_mat *y) {
  ptrdiff_t m = dim == 2 ? x->rows : 1, n = dim == 1 ? x->cols : 1;
  double whole;
  if (y->rows != m || y->cols != n) return SD_ESHAPE;
  if (y->dtype != x->dtype && y->dtype != SD_F64) return SD_EDTYPE;
  if (dim == 0 && reduce_line(fn, x, &whole)) return sd_mat_set(y, 0, 0, whole), SD_OK;
  for (ptrdiff_t at = 0; at < m * n;) {
    span sp = span_at(dim, x, at);
    double total;
    if (dim == 1 && reduce_line(fn, &sp.x, &total))
      sd_mat_set(y, 0, at++, total);
    else
      at += reduce_lanes(fn, ddof, dim, &sp, at, y);
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
