/* The models of learning modes: linear_discriminator, sparse_generator, cubic (formulas:
 * saddle/model.h). "polylog d" of the paper is a hyper-parameter, by default max(1, log d). */
#include "rows.h"
#include <math.h>

static double log_of(ptrdiff_t d) { return fmax(1, log((double)d)); }

/* ---- linear_discriminator ---------------------------------------------------------------------*/

static void discriminator_params(const sd_model *m, sd_params *to) {
  sd_param_put(to,
               (sd_param){.name = "d", .rows = m->size[0], .cols = 1, .weight = 1, .turned = 1});
}

static sd_ref discriminator_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  (void)m;
  return g_matmul(g, 1, p[0], 0, x);
}

const sd_model_row sd_model_linear_discriminator = {
    .name = "linear_discriminator",
    .formula = "d' x",
    .sizes = "m",
    .least = 1,
    .most = 1,
    .weights = 1,
    .params = discriminator_params,
    .apply = discriminator_apply,
};

/* ---- sparse_generator -------------------------------------------------------------------------
 * V starts at N(0, 1/d^2) (parametrisation 4.1). The law of z has one entry 1 or, with probability
 * q = (m-1)/(2 m polylog), a pair, both uniform: then P[z_i = 1] = (1 + q)/m and P[z_i = z_j = 1] =
 * 2 q/(m (m-1)) = 1/(m^2 polylog), as (8) has it. */

enum { SPARSE_POLYLOG };

static void sparse_settle(sd_model *m) {
  if (isnan(m->hyper[SPARSE_POLYLOG])) m->hyper[SPARSE_POLYLOG] = log_of(m->size[1]);
}

static void sparse_params(const sd_model *m, sd_params *to) {
  ptrdiff_t d = m->size[1];
  sd_param v = {.name = "V", .rows = d, .cols = m->size[0], .weight = 1};
  v.law = sd_normal(1 / (double)d);
  sd_param_put(to, v);
}

static sd_ref sparse_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  (void)m;
  return g_matmul(g, 0, p[0], 0, x);
}

static sd_ref one_hot(sd_graph *g, const sd_model *m, sd_ref indices) {
  sd_attr attr = {.k = {m->size[0], m->dtype}};
  return indices < 0 ? indices : g_op(g, &sd_op_one_hot, &attr, indices, 0, 0);
}

/* Draws: the first entry i; j of the others' m-1 numbers, those from i on being one higher; whether
 * there is a second. */
static sd_ref sparse_sample(sd_graph *g, const sd_model *m, sd_ref rng, int64_t at, ptrdiff_t n,
                            int *draws) {
  ptrdiff_t count = m->size[0];
  double q = fmin(1, (double)(count - 1) / (2 * (double)count * m->hyper[SPARSE_POLYLOG]));
  sd_type row = sd_type_matrix(1, n, SD_F64), drawn = sd_type_matrix(1, n, m->dtype);
  *draws = 3;
  sd_ref i = sd_model_draw(g, SD_DRAW_RANDINT, rng, at, &row, count, 0);
  sd_ref z = one_hot(g, m, i);
  if (count == 1 || z < 0) return z;
  sd_ref j = sd_model_draw(g, SD_DRAW_RANDINT, rng, at + 1, &row, count - 1, 0);
  sd_ref second = one_hot(g, m, g_add(g, j, g_zip(g, SD_ZIP_GE, j, i)));
  sd_ref pair = sd_model_draw(g, SD_DRAW_BERNOULLI, rng, at + 2, &drawn, 1, g_num(g, q));
  return g_add(g, z, g_mul(g, pair, second));
}

const sd_model_row sd_model_sparse_generator = {
    .name = "sparse_generator",
    .formula = "V z",
    .sizes = "m, d",
    .chain = 1,
    .least = 2,
    .most = 2,
    .weights = 1,
    .hyper = {{"polylog", NAN, 0x1p-1022, INFINITY, 0, NULL}},
    .settle = sparse_settle,
    .params = sparse_params,
    .apply = sparse_apply,
    .sample = sparse_sample,
};

/* ---- cubic ------------------------------------------------------------------------------------
 * Of parametrisation 4.1: a is N(0, 1/(m polylog)), W is N(0, 1/d), b = 0; cutoff = d^(1/5) and
 * tau = 1/sqrt(d polylog) unless given. */

enum { CUBIC_CUTOFF, CUBIC_TAU, CUBIC_POLYLOG };
enum { CUBIC_W, CUBIC_A, CUBIC_B };

static void cubic_settle(sd_model *m) {
  double d = (double)m->size[0], *h = m->hyper;
  if (isnan(h[CUBIC_POLYLOG])) h[CUBIC_POLYLOG] = log_of(m->size[0]);
  if (isnan(h[CUBIC_CUTOFF])) h[CUBIC_CUTOFF] = pow(d, 0.2);
  if (isnan(h[CUBIC_TAU])) h[CUBIC_TAU] = 1 / sqrt(d * h[CUBIC_POLYLOG]);
}

static void cubic_params(const sd_model *m, sd_params *to) {
  ptrdiff_t d = m->size[0], k = m->size[1];
  sd_param a = {.name = "a", .rows = 1, .cols = 1, .number = 1};
  a.law = sd_normal(1 / sqrt((double)k * m->hyper[CUBIC_POLYLOG]));
  sd_param_put(to, (sd_param){.name = "W", .rows = k, .cols = d, .weight = 1, .law = sd_lecun(d)});
  sd_param_put(to, a);
  sd_param_put(to, (sd_param){.name = "b", .rows = 1, .cols = 1, .number = 1});
}

/* With c = clamp(u, -L, L): s(u) = c^2 (c + 3 (u - c)), inside u^3 to the bit. In reverse mode the
 * slope is 2 c (c + 3 (u - c)) + c^2 inside, to some ulps of itself also where u is tiny: of c^3 +
 * 3 L^2 (u - c) it would be 3 c^2 - 3 L^2 + 3 L^2, noise for u below 1e-8 L. */
static sd_ref truncated_cube(sd_graph *g, sd_ref u, double cutoff) {
  sd_attr range = {.p = {-cutoff, cutoff}};
  if (u < 0) return u;
  sd_ref c = g_op(g, &sd_map_ops[SD_MAP_CLAMP], &range, u, 0, 0);
  sd_ref square = g_mul(g, c, c);
  return g_mul(g, square, g_add(g, c, g_scale(g, 3, g_sub(g, u, c))));
}

static sd_ref cubic_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref s = truncated_cube(g, g_matmul(g, 0, p[CUBIC_W], 0, x), m->hyper[CUBIC_CUTOFF]);
  sd_ref y = g_mul(g, p[CUBIC_A], g_sum(g, 1, s));
  return g_add(g, y, g_scale(g, m->hyper[CUBIC_TAU], p[CUBIC_B]));
}

const sd_model_row sd_model_cubic = {
    .name = "cubic",
    .formula = "a sum s(W x) + tau b",
    .sizes = "d, m",
    .least = 2,
    .most = 2,
    .weights = 1,
    .hyper = {{"cutoff", NAN, 0x1p-1022, INFINITY, 0, NULL},
              {"tau", NAN, -INFINITY, INFINITY, 0, NULL},
              {"polylog", NAN, 0x1p-1022, INFINITY, 0, NULL}},
    .settle = cubic_settle,
    .params = cubic_params,
    .apply = cubic_apply,
};
