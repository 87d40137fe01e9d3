/* Loops of the reductions, for one instruction set (see reduce.inc and table.h). */
#include "table.h"
#include "vector.h"

enum { PARTIAL = 32 }; /* partial results of a line: enough to hide an addition's latency */

/* k, k+1, ... */
static inline md lanes_from(int k) {
  md v = {0};
  for (int l = 0; l < WD; l++) v[l] = k + l;
  return v;
}

/* Lane l is lane l + h of v, counted round. */
static inline vd turned(vd v, int h) {
  vd w = v;
  for (int l = 0; l < WD; l++) w[l] = v[(l + h) % WD];
  return w;
}

static inline vd term_sum(vd x, vd c, vd s) { return (void)c, (void)s, x; }
static inline vd term_shift(vd x, vd c, vd s) { return x * s - c; }
static inline vd term_square(vd x, vd c, vd s) { return (x * s - c) * (x * s - c); }
static inline vd term_plain_square(vd x, vd c, vd s) { return (void)c, (void)s, x * x; }
static inline vd term_exp(vd x, vd c, vd s) {
  (void)s;
  return select_d(x == c, (vd){0}, sleef_exp_d(x - c));
}
static inline vd term_count(vd x, vd c, vd s) {
  (void)s;
  return select_d(x == c, splat_d(1), (vd){0});
}
static inline vd term_absmax(vd x, vd c, vd s) { return abs_d(x * s - c); }

/* As max and min of zip.inc: NaN wins, and -0 < 0. */
static inline vd join_add(vd a, vd b) { return a + b; }
static inline vd join_max(vd a, vd b) {
  return select_d(a == b, (vd)((md)a & (md)b), select_d((a > b) | (a != a), a, b));
}
static inline vd join_min(vd a, vd b) {
  return select_d(a == b, (vd)((md)a | (md)b), select_d((a < b) | (a != a), a, b));
}

#define T          double
#define FN(name)   name##_d
#define WIDEN(p)   load_d(p)
#define PART(p, r) load_part_d(p, r)
#include "reduce.inc"

static inline vd widen_f(const float *p) {
  vhalf h;
  memcpy(&h, p, sizeof h);
  return __builtin_convertvector(h, vd);
}
static inline vd widen_part_f(const float *p, ptrdiff_t r) {
  vf v = load_part_f(p, r);
  vhalf h;
  memcpy(&h, &v, sizeof h);
  return __builtin_convertvector(h, vd);
}
#define T          float
#define FN(name)   name##_f
#define WIDEN(p)   widen_f(p)
#define PART(p, r) widen_part_f(p, r)
#include "reduce.inc"

/* Squares that are neither moved nor scaled, the ordinary case, with half the operations. */
static double squares_d(ptrdiff_t n, const void *x, double c, double s) {
  return c == 0 && s == 1 ? line_plain_square_d(n, x, c, s) : line_square_d(n, x, c, s);
}
static double squares_f(ptrdiff_t n, const void *x, double c, double s) {
  return c == 0 && s == 1 ? line_plain_square_f(n, x, c, s) : line_square_f(n, x, c, s);
}

/* In the order of the enum in table.h. */
#define TABLE(kind, squares, s)                                                                    \
  {                                                                                                \
    kind##_sum_##s, kind##_shift_##s, squares, kind##_exp_##s, kind##_count_##s, kind##_max_##s,   \
        kind##_min_##s, kind##_absmax_##s                                                          \
  }
sd_line_loop *const SD_ISA_NAME(sd_lines_)[2][SD_TERM_KINDS] = {TABLE(line, squares_d, d),
                                                                TABLE(line, squares_f, f)};
sd_rows_loop *const SD_ISA_NAME(sd_rows_)[2][SD_TERM_KINDS] = {TABLE(rows, rows_square_d, d),
                                                               TABLE(rows, rows_square_f, f)};
