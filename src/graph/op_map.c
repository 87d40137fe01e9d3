/* Functions of one element. Each has one derivative rule, its slope at x with y = f(x) at hand:
 * reverse and forward are both a product with it. Conventions at kinks: relu'(0) = 1, abs'(0) = 0;
 * sign, floor and isfinite have slope 0. At an infinite argument a slope may be NaN (gelu: infinity
 * times an exponential that has underflowed). */
#include "build.h"
#include "saddle/status.h"
#include <math.h>

static int is_order(double n) { return n >= 0 && n <= SD_ORDER_MOST && n == floor(n); }

static int infer_map(sd_site *s) {
  if (s->op->code == SD_MAP_CLAMP && !(s->attr->p[0] <= s->attr->p[1]))
    return sd_refuse(s, SD_EARG, "the bounds must satisfy lo <= hi, got lo = %.14g, hi = %.14g",
                     s->attr->p[0], s->attr->p[1]);
  if (s->op->code == SD_MAP_POLYGAMMA && !is_order(s->attr->p[0]))
    return sd_refuse(s, SD_EARG, "the order must be a whole number in 0..%d, got %.14g",
                     SD_ORDER_MOST, s->attr->p[0]);
  return sd_infer_like(s);
}

static int run_map(const sd_call *c) {
  return sd_map(c->op->code, c->attr->p, &c->in[0], &c->out[0]);
}

static sd_ref slope_at(sd_graph *g, sd_ref self) {
  const sd_node *n = sd_node_at(g, self);
  return n->op->slope(g, n, n->args[0], self);
}

static int reverse_map(sd_graph *g, sd_ref self, const sd_ref *cot, sd_ref *bar) {
  bar[0] = cot[0] == 0 ? 0 : g_flow(g, g_mul(g, cot[0], slope_at(g, self)));
  return bar[0] < 0 ? bar[0] : SD_OK;
}

static int forward_map(sd_graph *g, sd_ref self, const sd_ref *dot, sd_ref *tan) {
  tan[0] = dot[0] == 0 ? 0 : g_flow(g, g_mul(g, dot[0], slope_at(g, self)));
  return tan[0] < 0 ? tan[0] : SD_OK;
}

/* ---- slopes -----------------------------------------------------------------------------------*/

#define SLOPE(name) static sd_ref d_##name(sd_graph *g, const sd_node *n, sd_ref x, sd_ref y)
#define UNUSED      (void)g, (void)n, (void)x, (void)y

static sd_ref square(sd_graph *g, sd_ref x) { return g_mul(g, x, x); }
static sd_ref one_minus(sd_graph *g, sd_ref x) { return g_sub(g, g_num(g, 1), x); }
static sd_ref inverse(sd_graph *g, sd_ref x) { return g_div(g, g_num(g, 1), x); }
/* exp(-x^2 s) v */
static sd_ref bell(sd_graph *g, sd_ref x, double s, double v) {
  return g_scale(g, v, g_map(g, SD_MAP_EXP, g_scale(g, -s, square(g, x))));
}
static sd_ref mask(sd_graph *g, int fn, sd_ref x, double v) { return g_zip(g, fn, x, g_num(g, v)); }

static const double root_pi = 1.7724538509055160273, root_two_pi = 2.5066282746310005024;

SLOPE(neg) {
  UNUSED;
  return g_num(g, -1);
}
SLOPE(zero) {
  UNUSED;
  return 0;
}
SLOPE(abs) {
  UNUSED;
  return g_map(g, SD_MAP_SIGN, x);
}
SLOPE(sqrt) {
  UNUSED;
  return g_div(g, g_num(g, 0.5), y);
}
SLOPE(exp) {
  UNUSED;
  return y;
}
SLOPE(expm1) { /* exp(x), not y + 1, which cancels where x is very negative */
  UNUSED;
  return g_map(g, SD_MAP_EXP, x);
}
SLOPE(log) {
  UNUSED;
  return inverse(g, x);
}
SLOPE(log1p) {
  UNUSED;
  return inverse(g, g_shift(g, x, 1));
}
SLOPE(sin) {
  UNUSED;
  return g_map(g, SD_MAP_COS, x);
}
SLOPE(cos) {
  UNUSED;
  return g_neg(g, g_map(g, SD_MAP_SIN, x));
}
SLOPE(tanh) {
  UNUSED;
  return one_minus(g, square(g, y));
}
SLOPE(sigmoid) { /* s(x) s(-x): no cancellation where s is near 1 */
  UNUSED;
  return g_mul(g, y, g_map(g, SD_MAP_SIGMOID, g_neg(g, x)));
}
SLOPE(log_sigmoid) {
  UNUSED;
  return g_map(g, SD_MAP_SIGMOID, g_neg(g, x));
}
SLOPE(relu) {
  UNUSED;
  return mask(g, SD_ZIP_GE, x, 0);
}
SLOPE(leaky_relu) {
  UNUSED;
  return g_where(g, mask(g, SD_ZIP_GE, x, 0), g_num(g, 1), g_num(g, n->attr.p[0]));
}
SLOPE(softplus) {
  UNUSED;
  return g_map(g, SD_MAP_SIGMOID, x);
}
SLOPE(gelu) { /* x Phi(x): Phi(x) + x phi(x) */
  UNUSED;
  return g_add(g, g_map(g, SD_MAP_NORMCDF, x), g_mul(g, x, bell(g, x, 0.5, 1 / root_two_pi)));
}
SLOPE(silu) { /* s(x) (1 + x s(-x)) */
  UNUSED;
  sd_ref s = g_map(g, SD_MAP_SIGMOID, x), t = g_map(g, SD_MAP_SIGMOID, g_neg(g, x));
  return g_mul(g, s, g_shift(g, g_mul(g, x, t), 1));
}
SLOPE(elu) { /* alpha exp(x) below 0 */
  UNUSED;
  sd_ref below = g_scale(g, n->attr.p[0], g_map(g, SD_MAP_EXP, x));
  return g_where(g, mask(g, SD_ZIP_GE, x, 0), g_num(g, 1), below);
}
SLOPE(erf) {
  UNUSED;
  return bell(g, x, 1, 2 / root_pi);
}
SLOPE(erfc) {
  UNUSED;
  return bell(g, x, 1, -2 / root_pi);
}
SLOPE(erfinv) {
  UNUSED;
  return g_scale(g, root_pi / 2, g_map(g, SD_MAP_EXP, square(g, y)));
}
SLOPE(normcdf) {
  UNUSED;
  return bell(g, x, 0.5, 1 / root_two_pi);
}
SLOPE(normppf) {
  UNUSED;
  return g_scale(g, root_two_pi, g_map(g, SD_MAP_EXP, g_scale(g, 0.5, square(g, y))));
}
SLOPE(clamp) { /* 1 between the bounds, both included */
  UNUSED;
  return g_mul(g, mask(g, SD_ZIP_GE, x, n->attr.p[0]), mask(g, SD_ZIP_LE, x, n->attr.p[1]));
}
SLOPE(lgamma) {
  UNUSED;
  return g_map(g, SD_MAP_DIGAMMA, x);
}
static sd_ref polygamma(sd_graph *g, double order, sd_ref x) {
  sd_attr attr = {.p = {order}};
  return g_op(g, &sd_map_ops[SD_MAP_POLYGAMMA], &attr, x, 0, 0);
}
SLOPE(digamma) {
  UNUSED;
  return polygamma(g, 1, x);
}
SLOPE(polygamma) {
  UNUSED;
  return polygamma(g, n->attr.p[0] + 1, x);
}

/* ---- where pieces meet ------------------------------------------------------------------------*/

static int kink_zero(sd_graph *g, sd_ref self, sd_ref *sw) {
  sw[0] = sd_node_at(g, self)->args[0];
  return sw[0] < 0 ? sw[0] : 1;
}
/* With slope 1 it is the identity. */
static int kink_leaky_relu(sd_graph *g, sd_ref self, sd_ref *sw) {
  return sd_node_at(g, self)->attr.p[0] == 1 ? 0 : kink_zero(g, self, sw);
}
/* sin(pi x) changes its sign at the whole numbers. */
static int kink_floor(sd_graph *g, sd_ref self, sd_ref *sw) {
  sw[0] = g_map(g, SD_MAP_SIN, g_scale(g, M_PI, sd_node_at(g, self)->args[0]));
  return sw[0] < 0 ? sw[0] : 1;
}
/* x - lo and x - hi, where these are finite. */
static int kink_clamp(sd_graph *g, sd_ref self, sd_ref *sw) {
  const sd_node *n = sd_node_at(g, self);
  int count = 0;
  for (int k = 0; k < 2; k++) {
    if (!isfinite(n->attr.p[k])) continue;
    sw[count] = g_shift(g, n->args[0], -n->attr.p[k]);
    if (sw[count++] < 0) return sw[count - 1];
  }
  return count;
}

/* ---- simpler equals ---------------------------------------------------------------------------*/

/* A map of a constant is a constant. */
static sd_ref simplify_map(sd_graph *g, const sd_site *s, const sd_ref *args) {
  return g_fold(g, s, args);
}

/* -(-x) is x. */
static sd_ref simplify_neg(sd_graph *g, const sd_site *s, const sd_ref *args) {
  const sd_node *n = sd_node_at(g, args[0]);
  return n->op == &sd_map_ops[SD_MAP_NEG] ? n->args[0] : g_fold(g, s, args);
}

/* ---- rows -------------------------------------------------------------------------------------*/

#define ROW(id, fn, derivative, simpler, lowered, where)                                           \
  [SD_MAP_##id] = {.name = #fn,                                                                    \
                   .code = SD_MAP_##id,                                                            \
                   .nargs = 1,                                                                     \
                   .infer = infer_map,                                                             \
                   .run = run_map,                                                                 \
                   .simplify = simpler,                                                            \
                   .lower = lowered,                                                               \
                   .slope = derivative,                                                            \
                   .reverse = reverse_map,                                                         \
                   .forward = forward_map,                                                         \
                   .kink = where,                                                                  \
                   .column = sd_column_aligned,                                                    \
                   .flops = sd_flops_one}
#define PIECES(id, fn, derivative, where) ROW(id, fn, derivative, simplify_map, NULL, where)
#define MAP(id, fn)                       PIECES(id, fn, d_##fn, NULL)

const sd_op sd_map_ops[SD_MAP_COUNT] = {
    ROW(NEG, neg, d_neg, simplify_neg, sd_lower_spike_neg, NULL),
    PIECES(ABS, abs, d_abs, kink_zero),
    PIECES(SIGN, sign, d_zero, kink_zero),
    MAP(SQRT, sqrt),
    PIECES(FLOOR, floor, d_zero, kink_floor),
    MAP(EXP, exp),
    MAP(EXPM1, expm1),
    MAP(LOG, log),
    MAP(LOG1P, log1p),
    MAP(SIN, sin),
    MAP(COS, cos),
    MAP(TANH, tanh),
    MAP(SIGMOID, sigmoid),
    MAP(LOG_SIGMOID, log_sigmoid),
    PIECES(RELU, relu, d_relu, kink_zero),
    PIECES(LEAKY_RELU, leaky_relu, d_leaky_relu, kink_leaky_relu),
    MAP(SOFTPLUS, softplus),
    MAP(GELU, gelu),
    MAP(SILU, silu),
    PIECES(ELU, elu, d_elu, kink_zero),
    MAP(ERF, erf),
    MAP(ERFC, erfc),
    MAP(ERFINV, erfinv),
    MAP(NORMCDF, normcdf),
    MAP(NORMPPF, normppf),
    MAP(LGAMMA, lgamma),
    MAP(DIGAMMA, digamma),
    MAP(POLYGAMMA, polygamma),
    PIECES(CLAMP, clamp, d_clamp, kink_clamp),
    PIECES(ISFINITE, isfinite, d_zero, NULL),
};

#define POINTER(id, name, n) &sd_map_ops[SD_MAP_##id],
const sd_op *const sd_family_map[] = {SD_MAPS(POINTER) NULL};
