/* Functions of two elements and where, with broadcasting.
 *
 * With c = f(a, b): bar a = (cot % df/da) summed to a's type. Masks are constant almost everywhere:
 * nothing flows through them, and nothing through the mask of where.
 *
 * "A branch that where does not select contributes 0, even at infinity". A cotangent that has met a
 * mask is a node of its own, pass(mask, u): u where the mask is not 0, else 0. The builders of
 * build.h move it outwards: pass(m, u) times a slope is pass(m, u times the slope), so that what
 * happens where nothing is selected is cut off after it has happened, not multiplied by 0. Zeros of
 * any other origin get no such treatment: 0 times infinity is NaN, as it should be, since no rule
 * can know the limit (the derivative of exp(log x) at 0 is 1, that of sqrt(x)^2 too). The promise
 * is kept through functions of elements, sums, transposes and reshapes; a product of matrices keeps
 * it when the mask is one number. */
#include "build.h"
#include "saddle/status.h"
#include <math.h>

static int infer_zip(sd_site *s) {
  char sa[SD_SHAPE], sb[SD_SHAPE];
  const sd_type *a = &s->in[0], *b = &s->in[1];
  sd_mat ma = sd_type_header(a), mb = sd_type_header(b);
  ptrdiff_t m, n;
  if (sd_broadcast(&ma, &mb, &m, &n) != SD_OK) {
    int crossed = (a->cols == 1 && b->rows == 1) || (a->rows == 1 && b->cols == 1);
    return sd_refuse(s, SD_ESHAPE, "shapes do not fit: A is %s, B is %s%s", sd_type_shape(a, sa),
                     sd_type_shape(b, sb),
                     crossed ? " (a column does not broadcast with a row; transpose one with :t())"
                             : "");
  }
  s->out[0] = (sd_type){m, n, a->dtype, a->number && b->number};
  return SD_OK;
}

static int run_zip(const sd_call *c) {
  return sd_zip(c->op->code, &c->in[0], &c->in[1], &c->out[0]);
}

/* ---- derivatives ------------------------------------------------------------------------------*/

/* A rule for df/da or df/db, times u: u has the result's shape or broadcasts to it. */
typedef sd_ref partial(sd_graph *g, sd_ref u, sd_ref a, sd_ref b, sd_ref c);

static int reverse_by(sd_graph *g, sd_ref self, sd_ref u, partial *da, partial *db, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  sd_type ta = g_type(g, n->args[0]), tb = g_type(g, n->args[1]);
  bar[0] = g_sum_to(g, g_flow(g, da(g, u, n->args[0], n->args[1], self)), &ta);
  bar[1] = g_sum_to(g, g_flow(g, db(g, u, n->args[0], n->args[1], self)), &tb);
  return bar[0] < 0 ? bar[0] : bar[1] < 0 ? bar[1] : SD_OK;
}

static int forward_by(sd_graph *g, sd_ref self, const sd_ref *dot, partial *da, partial *db,
                      sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref x = dot[0] ? g_flow(g, da(g, dot[0], n->args[0], n->args[1], self)) : 0;
  sd_ref y = dot[1] ? g_flow(g, db(g, dot[1], n->args[0], n->args[1], self)) : 0;
  /* A tangent of one side alone may be smaller. */
  tan[0] = g_broadcast(g, g_add(g, x, y), &n->type);
  return tan[0] < 0 ? tan[0] : SD_OK;
}

#define RULES(name, da, db)                                                                        \
  static int reverse_##name(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {            \
    return reverse_by(g, self, cot[0], da, db, bar);                                               \
  }                                                                                                \
  static int forward_##name(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {            \
    return forward_by(g, self, dot, da, db, tan);                                                  \
  }

#define PARTIAL(name) static sd_ref name(sd_graph *g, sd_ref u, sd_ref a, sd_ref b, sd_ref c)
#define UNUSED        (void)g, (void)a, (void)b, (void)c

PARTIAL(one) {
  UNUSED;
  return u;
}
PARTIAL(minus_one) {
  UNUSED;
  return g_neg(g, u);
}
PARTIAL(times_b) {
  UNUSED;
  return g_mul(g, u, b);
}
PARTIAL(times_a) {
  UNUSED;
  return g_mul(g, u, a);
}
PARTIAL(over_b) {
  UNUSED;
  return g_div(g, u, b);
}
/* d(a/b)/db = -(a/b)/b */
PARTIAL(quotient_b) {
  UNUSED;
  return g_neg(g, g_div(g, g_mul(g, u, c), b));
}
/* b a^(b-1), and 0 at a = b = 0 */
PARTIAL(power_a) {
  UNUSED;
  sd_ref slope = g_mul(g, b, g_zip(g, SD_ZIP_POW, a, g_shift(g, b, -1)));
  if (slope < 0 || sd_node_at(g, b)->op == &sd_op_full) return g_mul(g, u, slope);
  sd_ref apart = g_zip(g, SD_ZIP_MAX, g_zip(g, SD_ZIP_NE, a, g_num(g, 0)),
                       g_zip(g, SD_ZIP_NE, b, g_num(g, 0)));
  return g_where(g, apart, g_mul(g, u, slope), 0);
}
/* a^b log a, and nothing where a^b is 0; -inf at 0^0, where 0^b jumps */
PARTIAL(power_b) {
  UNUSED;
  return g_where(g, c, g_mul(g, u, g_mul(g, c, g_map(g, SD_MAP_LOG, a))), 0);
}
PARTIAL(nothing) {
  UNUSED, (void)u;
  return 0;
}
PARTIAL(passed) {
  UNUSED;
  return g_where(g, a, u, 0);
}
/* Ties go to the first argument. */
PARTIAL(larger_a) {
  UNUSED;
  return g_where(g, g_zip(g, SD_ZIP_GE, a, b), u, 0);
}
PARTIAL(larger_b) {
  UNUSED;
  return g_where(g, g_zip(g, SD_ZIP_GE, a, b), 0, u);
}
PARTIAL(smaller_a) {
  UNUSED;
  return g_where(g, g_zip(g, SD_ZIP_LE, a, b), u, 0);
}
PARTIAL(smaller_b) {
  UNUSED;
  return g_where(g, g_zip(g, SD_ZIP_LE, a, b), 0, u);
}

RULES(add, one, one)
RULES(sub, one, minus_one)
RULES(mul, times_b, times_a)
RULES(div, over_b, quotient_b)
RULES(pass, nothing, passed)
RULES(pow, power_a, power_b)
RULES(max, larger_a, larger_b)
RULES(min, smaller_a, smaller_b)

/* ---- where pieces meet ------------------------------------------------------------------------*/

/* 1 where x is the constant 0. */
static int is_zero(const sd_graph *g, sd_ref x) {
  const sd_node *n = sd_node_at(g, x);
  return n->op == &sd_op_full && n->attr.p[0] == 0;
}

/* a - b; of the two sides of a comparison with 0 the other one. */
static int kink_difference(sd_graph *g, sd_ref self, sd_ref *sw) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref a = n->args[0], b = n->args[1];
  sw[0] = is_zero(g, b) ? a : is_zero(g, a) ? b : g_sub(g, a, b);
  return sw[0] < 0 ? sw[0] : 1;
}

/* ---- simpler equals ---------------------------------------------------------------------------*/

/* *v <- the value that x has everywhere; 0 unless x is such a constant. */
static int is_full(const sd_graph *g, sd_ref x, double *v) {
  const sd_node *n = sd_node_at(g, x);
  *v = n->type.dtype == SD_F32 ? (double)(float)n->attr.p[0] : n->attr.p[0];
  return n->op == &sd_op_full;
}

/* args[k] when it already has the result's type. */
static sd_ref keep(const sd_site *s, const sd_ref *args, int k) {
  return sd_type_same(&s->in[k], &s->out[0]) ? args[k] : 0;
}

/* The op applied to a number in place of a constant matrix, beside an argument of the result's
 * type: no memory is filled and read for it. */
static sd_ref by_number(sd_graph *g, const sd_site *s, const sd_ref *args) {
  double v;
  for (int k = 0; k < 2; k++) {
    if (!sd_is_one(&s->in[k]) && is_full(g, args[k], &v) && keep(s, args, 1 - k))
      return g_zip(g, s->op->code, k ? args[0] : g_num(g, v), k ? g_num(g, v) : args[1]);
  }
  return 0;
}

static sd_ref simplify_zip(sd_graph *g, const sd_site *s, const sd_ref *args) {
  sd_ref constant = g_fold(g, s, args);
  return constant ? constant : by_number(g, s, args);
}

/* x % 1 and 1 % x are x, x % -1 is -x. */
static sd_ref simplify_mul(sd_graph *g, const sd_site *s, const sd_ref *args) {
  double v;
  for (int k = 0; k < 2; k++)
    if (is_full(g, args[k], &v) && fabs(v) == 1 && keep(s, args, 1 - k))
      return v > 0 ? args[1 - k] : g_neg(g, args[1 - k]);
  return simplify_zip(g, s, args);
}

/* x / 1 is x. */
static sd_ref simplify_div(sd_graph *g, const sd_site *s, const sd_ref *args) {
  double v;
  if (is_full(g, args[1], &v) && v == 1 && keep(s, args, 0)) return args[0];
  return simplify_zip(g, s, args);
}

/* x^1 is x; x^0 is 1, for NaN too. */
static sd_ref simplify_pow(sd_graph *g, const sd_site *s, const sd_ref *args) {
  double v;
  if (is_full(g, args[1], &v) && v == 0) return g_full(g, &s->out[0], 1);
  if (is_full(g, args[1], &v) && v == 1 && keep(s, args, 0)) return args[0];
  return simplify_zip(g, s, args);
}

/* Of a mask that is constant everywhere all is left, or nothing. */
static sd_ref simplify_pass(sd_graph *g, const sd_site *s, const sd_ref *args) {
  double v;
  if (is_full(g, args[0], &v) && v == 0) return g_zeros(g, &s->out[0]);
  if (is_full(g, args[0], &v) && keep(s, args, 1)) return args[1];
  return simplify_zip(g, s, args);
}

/* ---- where ------------------------------------------------------------------------------------*/

/* The shape that all three broadcast to: each dimension is common but for ones, and one of the
 * three has both. */
static int infer_where(sd_site *s) {
  char s0[SD_SHAPE], s1[SD_SHAPE], s2[SD_SHAPE];
  const sd_type *v = s->in;
  int fits = 1, full = 0;
  ptrdiff_t m = 1, n = 1;
  for (int k = 0; k < 3; k++) {
    if (v[k].rows != 1) m = v[k].rows;
    if (v[k].cols != 1) n = v[k].cols;
  }
  for (int k = 0; k < 3; k++) {
    fits = fits && (v[k].rows == 1 || v[k].rows == m) && (v[k].cols == 1 || v[k].cols == n);
    full = full || (v[k].rows == m && v[k].cols == n);
  }
  if (!fits || !full)
    return sd_refuse(s, SD_ESHAPE, "shapes do not fit: the mask is %s, A is %s, B is %s",
                     sd_type_shape(&v[0], s0), sd_type_shape(&v[1], s1), sd_type_shape(&v[2], s2));
  s->out[0] = (sd_type){m, n, v[0].dtype, v[0].number && v[1].number && v[2].number};
  return SD_OK;
}

static int run_where(const sd_call *c) {
  return sd_where(&c->in[0], &c->in[1], &c->in[2], &c->out[0]);
}

/* Of a mask that is constant everywhere one side is left, if it has the result's type or is a
 * constant, too. */
static sd_ref simplify_where(sd_graph *g, const sd_site *s, const sd_ref *args) {
  double m, v;
  if (!is_full(g, args[0], &m)) return 0;
  int k = m != 0 ? 1 : 2;
  return is_full(g, args[k], &v) ? g_full(g, &s->out[0], v) : keep(s, args, k);
}

static int reverse_where(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  const sd_node *n = sd_node_at(g, self);
  for (int k = 1; k < 3; k++) {
    sd_type t = g_type(g, n->args[k]);
    sd_ref mine = g_where(g, n->args[0], k == 1 ? cot[0] : 0, k == 2 ? cot[0] : 0);
    bar[k] = g_sum_to(g, mine, &t);
    if (bar[k] < 0) return bar[k];
  }
  return SD_OK;
}

static int forward_where(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  const sd_node *n = sd_node_at(g, self);
  sd_ref a = g_broadcast(g, dot[1], &n->type), b = g_broadcast(g, dot[2], &n->type);
  tan[0] = g_where(g, n->args[0], a, b); /* without them a column might meet a row */
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- what plans run ---------------------------------------------------------------------------*/

/* What x is the negative of, or 0. */
static sd_ref negated(const sd_graph *g, sd_ref x) {
  const sd_node *n = sd_node_at(g, x);
  return n->op == &sd_map_ops[SD_MAP_NEG] ? n->args[0] : 0;
}

/* a + -b is a - b, and so on: with the same bits, and a pass less. */
static sd_ref lower_sum(sd_graph *g, const sd_node *n, const sd_ref *args) {
  int add = n->op->code == SD_ZIP_ADD;
  sd_ref spiked = sd_lower_spike_add(g, n, args), a = negated(g, args[0]), b = negated(g, args[1]);
  if (spiked) return spiked;
  if (b) return g_zip(g, add ? SD_ZIP_SUB : SD_ZIP_ADD, args[0], b);
  return add && a ? g_zip(g, SD_ZIP_SUB, args[1], a) : 0;
}

/* The sign of a matrix goes into the number that scales it; two signs cancel. */
static sd_ref lower_scale(sd_graph *g, const sd_node *n, const sd_ref *args) {
  sd_ref spiked = sd_lower_spike_scale(g, n, args), a = negated(g, args[0]),
         b = negated(g, args[1]);
  if (!spiked) spiked = sd_lower_spike_power(g, n, args);
  if (!spiked && a && b) return g_zip(g, n->op->code, a, b);
  for (int k = 0; k < 2 && !spiked; k++) {
    sd_ref x = negated(g, args[k]);
    sd_type c = g_type(g, args[!k]), t = g_type(g, args[k]);
    if (x == 0 || c.rows * c.cols != 1 || t.rows * t.cols == 1) continue;
    sd_ref sign = g_neg(g, args[!k]);
    return g_zip(g, n->op->code, k ? sign : x, k ? x : sign);
  }
  return spiked;
}

/* ---- rows -------------------------------------------------------------------------------------*/

#define ROW(id, fn, rev, fwd, simpler, lowered, where)                                             \
  [SD_ZIP_##id] = {.name = #fn,                                                                    \
                   .code = SD_ZIP_##id,                                                            \
                   .nargs = 2,                                                                     \
                   .joined = 3,                                                                    \
                   .infer = infer_zip,                                                             \
                   .run = run_zip,                                                                 \
                   .simplify = simpler,                                                            \
                   .lower = lowered,                                                               \
                   .reverse = rev,                                                                 \
                   .forward = fwd,                                                                 \
                   .kink = where,                                                                  \
                   .column = sd_column_broadcast,                                                  \
                   .flops = sd_flops_one}
#define RULED(id, fn, simpler, lowered, where)                                                     \
  ROW(id, fn, reverse_##fn, forward_##fn, simpler, lowered, where)
#define LOWERED(id, fn, simpler, lowered) RULED(id, fn, simpler, lowered, NULL)
#define SMOOTH(id, fn, simpler)           LOWERED(id, fn, simpler, NULL)
#define EXTREMUM(id, fn)                  RULED(id, fn, simplify_zip, NULL, kink_difference)
#define MASK(id, fn)                                                                               \
  ROW(id, fn, sd_reverse_zero, sd_forward_zero, simplify_zip, NULL, kink_difference)

const sd_op sd_zip_ops[SD_ZIP_COUNT] = {
    LOWERED(ADD, add, simplify_zip, lower_sum),
    LOWERED(SUB, sub, simplify_zip, lower_sum),
    LOWERED(MUL, mul, simplify_mul, lower_scale),
    LOWERED(DIV, div, simplify_div, lower_scale),
    LOWERED(POW, pow, simplify_pow, sd_lower_spike_power),
    EXTREMUM(MAX, max),
    EXTREMUM(MIN, min),
    SMOOTH(PASS, pass, simplify_pass),
    MASK(LT, lt),
    MASK(LE, le),
    MASK(GT, gt),
    MASK(GE, ge),
    MASK(EQ, eq),
    MASK(NE, ne),
};

const sd_op sd_op_where = {.name = "where",
                           .nargs = 3,
                           .joined = 7,
                           .infer = infer_where,
                           .run = run_where,
                           .simplify = simplify_where,
                           .reverse = reverse_where,
                           .forward = forward_where,
                           .column = sd_column_broadcast,
                           .flops = sd_flops_one};

#define POINTER(id, name) &sd_zip_ops[SD_ZIP_##id],
const sd_op *const sd_family_zip[] = {SD_ZIPS(POINTER) & sd_op_where, NULL};
