/* Discriminators of images of patches: gated_linear, threshold_pair, product_pair, patch_link
 * (formulas: saddle/model.h). */
#include "../graph/linalg.h"
#include "rows.h"
#include "saddle/memory.h"
#include <math.h>

#define THRESHOLD(v)                                                                               \
  { "threshold", v, 0, INFINITY, 0, NULL }
#define ZETA                                                                                       \
  { "zeta", 0.1, 0x1p-1022, INFINITY, 0, NULL }

/* W, or entry j of a list of this name: frozen columns. */
static sd_param frozen_columns(const char *name, int entry, ptrdiff_t d, ptrdiff_t m) {
  sd_param w = {.name = name, .entry = entry, .rows = d, .cols = m, .frozen = 1};
  w.law = sd_orthonormal(d);
  return w;
}

static sd_param frozen_threshold(double b) {
  return (sd_param){.name = "b", .rows = 1, .cols = 1, .frozen = 1, .law = sd_constant(b)};
}

/* a b' over the number of columns: the mean of products, a sample of each. */
static sd_ref mean_product(sd_graph *g, sd_ref a, sd_ref b) {
  if (a < 0 || b < 0) return a < 0 ? a : b;
  return g_scale(g, 1 / (double)g_type(g, b).cols, g_matmul(g, 0, a, 1, b));
}

/* W_j' x_j of n patches of d rows, the first of which begins at row `from`: one below the other.
 * w has the n nodes of the W_j. */
static sd_ref projections(sd_graph *g, int n, const sd_ref *w, ptrdiff_t d, sd_ref x,
                          ptrdiff_t from) {
  sd_ref *list = sd_alloc((size_t)n, sizeof *list);
  if (list == NULL) return SD_ENOMEM;
  for (int j = 0; j < n; j++)
    list[j] = g_matmul(g, 1, w[j], 0, sd_model_rows(g, x, from + j * d, d));
  sd_ref all = sd_model_stack(g, list, n);
  sd_free(list);
  return all;
}

static int check_patches(const sd_model *m, ptrdiff_t n, char why[SD_WHY]) {
  if (n <= SD_MODEL_PATCHES) return SD_OK;
  return sd_model_refuse(m, why, SD_ESHAPE, "%td channels or patches, %d at most", n,
                         SD_MODEL_PATCHES);
}

/* ---- gated_linear -----------------------------------------------------------------------------*/

enum { GATED_THRESHOLD };
enum { GATED_V, GATED_W, GATED_B };

static int one_patch_check(const sd_model *m, char why[SD_WHY]) {
  return sd_model_check_columns(m, m->size[0], m->size[1], why);
}

static void gated_params(const sd_model *m, sd_params *to) {
  ptrdiff_t d = m->size[0], k = m->size[1];
  sd_param_put(to, (sd_param){.name = "V", .rows = d, .cols = k, .law = sd_constant(0)});
  sd_param_put(to, frozen_columns("W", 0, d, k));
  sd_param_put(to, frozen_threshold(m->hyper[GATED_THRESHOLD]));
}

/* The indicators, through which no slope goes. */
static sd_ref gated_features(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  (void)m;
  return g_zip(g, SD_ZIP_GE, g_matmul(g, 1, p[GATED_W], 0, x), p[GATED_B]);
}

static sd_ref gated_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref gates = gated_features(g, m, p, x);
  return g_sum(g, 1, g_mul(g, gates, g_matmul(g, 1, p[GATED_V], 0, x)));
}

static sd_ref gated_moments(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  return mean_product(g, x, gated_features(g, m, p, x));
}

const sd_model_row sd_model_gated_linear = {
    .name = "gated_linear",
    .formula = "sum_r 1{<w_r, x> >= b} <x, v_r>",
    .sizes = "d, m",
    .least = 2,
    .most = 2,
    .weights = -1,
    .hyper = {{"threshold", 0, -INFINITY, INFINITY, 0, NULL}},
    .check = one_patch_check,
    .params = gated_params,
    .apply = gated_apply,
    .features = gated_features,
    .moments = gated_moments,
};

/* ---- threshold_pair ---------------------------------------------------------------------------*/

enum { PAIR_THRESHOLD, PAIR_K, PAIR_ZETA };
enum { PAIR_W, PAIR_B, PAIR_VALUE, PAIR_SLOPE };

static void pair_params(const sd_model *m, sd_params *to) {
  ptrdiff_t k = m->size[1];
  sd_param_put(to, frozen_columns("W", 0, m->size[0], k));
  sd_param_put(to, frozen_threshold(m->hyper[PAIR_THRESHOLD]));
  sd_param_put(to, (sd_param){.name = "v", .rows = k, .cols = 1, .law = sd_constant(0)});
  sd_param_put(to, (sd_param){.name = "w", .rows = k, .cols = 1, .law = sd_constant(0)});
}

typedef struct both {
  sd_ref value, slope;
} both;

static both ramps(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  double zeta = m->hyper[PAIR_ZETA];
  sd_ref s = g_matmul(g, 1, p[PAIR_W], 0, x), b = p[PAIR_B];
  sd_ref value = sd_ramp(g, zeta, g_sub(g, s, g_scale(g, 2, b)));
  return (both){value, sd_ramp_slope(g, zeta, g_sub(g, s, b))};
}

/* K v for v >= 0, v below. */
static sd_ref bent(sd_graph *g, double k, sd_ref v) {
  return g_where(g, g_zip(g, SD_ZIP_GE, v, g_num(g, 0)), g_scale(g, k, v), v);
}

static sd_ref pair_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  both r = ramps(g, m, p, x);
  double k = m->hyper[PAIR_K];
  sd_ref first = g_mul(g, r.value, bent(g, k, p[PAIR_VALUE]));
  return g_add(g, first, g_mul(g, r.slope, bent(g, k, p[PAIR_SLOPE])));
}

static sd_ref pair_features(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  both r = ramps(g, m, p, x);
  return g_op(g, &sd_op_vcat, NULL, r.value, r.slope, 0);
}

static sd_ref pair_moments(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  both r = ramps(g, m, p, x);
  sd_ref value = g_reduce(g, SD_REDUCE_MEAN, 2, r.value);
  return g_op(g, &sd_op_hcat, NULL, value, g_reduce(g, SD_REDUCE_MEAN, 2, r.slope), 0);
}

const sd_model_row sd_model_threshold_pair = {
    .name = "threshold_pair",
    .formula = "rt(s - 2b) o(v) + rt'(s - b) o(w)",
    .sizes = "d, m",
    .least = 2,
    .most = 2,
    .weights = -1,
    .hyper = {THRESHOLD(0.1), {"K", 2, 0x1p-1022, INFINITY, 0, NULL}, ZETA},
    .check = one_patch_check,
    .params = pair_params,
    .apply = pair_apply,
    .features = pair_features,
    .moments = pair_moments,
};

/* ---- product_pair -----------------------------------------------------------------------------
 * For each column a of channels the output is a'Ma, M strictly upper triangular with C_pq (u+ -
 * u-)_pq at (p,q). Pair (p,q) has number (q-1)(q-2)/2 + p, and M gathers by it. */

enum { PRODUCT_THRESHOLD, PRODUCT_ZETA, PRODUCT_WITHIN, PRODUCT_ACROSS };

static void product_settle(sd_model *m) {
  double k = (double)m->size[2];
  if (isnan(m->hyper[PRODUCT_WITHIN])) m->hyper[PRODUCT_WITHIN] = k * k;
}

static ptrdiff_t all_channels(const sd_model *m) { return m->size[0] * m->size[2]; }
static ptrdiff_t all_pairs(const sd_model *m) {
  return all_channels(m) * (all_channels(m) - 1) / 2;
}

static int product_check(const sd_model *m, char why[SD_WHY]) {
  if (all_channels(m) < 2)
    return sd_model_refuse(m, why, SD_ESHAPE, "has no pairs: one channel of one patch");
  int status = sd_model_check_columns(m, m->size[1], m->size[2], why);
  return status == SD_OK ? check_patches(m, all_channels(m), why) : status;
}

static void product_params(const sd_model *m, sd_params *to) {
  ptrdiff_t n = all_pairs(m);
  sd_law uniform = sd_constant(1 / (2 * (double)n));
  for (int j = 1; j <= m->size[0]; j++)
    sd_param_put(to, frozen_columns("W", j, m->size[1], m->size[2]));
  sd_param_put(to, frozen_threshold(m->hyper[PRODUCT_THRESHOLD]));
  sd_param_put(to, (sd_param){.name = "minus", .rows = n, .cols = 1, .law = uniform});
  sd_param_put(to, (sd_param){.name = "plus", .rows = n, .cols = 1, .law = uniform});
}

static ptrdiff_t product_inputs(const sd_model *m) { return m->size[0] * m->size[1]; }

static sd_ref product_features(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  int n = (int)m->size[0];
  return sd_ramp(g, m->hyper[PRODUCT_ZETA], g_sub(g, projections(g, n, p, m->size[1], x, 0), p[n]));
}

/* (n,n): the numbers of the pairs in the strict upper triangle, 1 elsewhere. */
static sd_ref pair_numbers(sd_graph *g, ptrdiff_t n) {
  sd_type t = sd_type_matrix(n, n, SD_F64);
  sd_attr down = {.k = {1}}, right = {.k = {2}};
  sd_ref ones = g_full(g, &t, 1);
  sd_ref p = g_op(g, &sd_op_cumsum, &down, ones, 0, 0);
  sd_ref q = g_op(g, &sd_op_cumsum, &right, ones, 0, 0);
  sd_ref before = g_scale(g, 0.5, g_mul(g, g_shift(g, q, -1), g_shift(g, q, -2)));
  return g_shift(g, g_triangle(g, 0, 0, 2, g_shift(g, g_add(g, before, p), -1)), 1);
}

/* C_pq in the strict upper triangle, 0 elsewhere. */
static sd_ref pair_weights(sd_graph *g, const sd_model *m, int dtype) {
  ptrdiff_t n = all_channels(m), k = m->size[2];
  sd_type patches = sd_type_matrix(m->size[0], 1, dtype), block = sd_type_matrix(k, k, dtype);
  sd_type all = sd_type_matrix(n, n, dtype);
  sd_ref eye = g_op(g, &sd_op_diag, NULL, g_full(g, &patches, 1), 0, 0);
  sd_ref same = g_op(g, &sd_op_kron, NULL, eye, g_full(g, &block, 1), 0);
  return g_triangle(g, 0, 0, 2,
                    g_where(g, same, g_full(g, &all, m->hyper[PRODUCT_WITHIN]),
                            g_full(g, &all, m->hyper[PRODUCT_ACROSS])));
}

static sd_ref product_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref a = product_features(g, m, p, x);
  const sd_ref *minus = p + m->size[0] + 1, *plus = minus + 1;
  if (a < 0) return a;
  sd_ref u =
      g_op(g, &sd_op_gather, NULL, g_sub(g, *plus, *minus), pair_numbers(g, all_channels(m)), 0);
  sd_ref weighted = g_mul(g, pair_weights(g, m, g_type(g, a).dtype), u);
  return g_sum(g, 1, g_mul(g, a, g_matmul(g, 0, weighted, 0, a)));
}

static sd_ref product_moments(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref a = product_features(g, m, p, x);
  if (a < 0) return a;
  sd_type pairs = sd_type_matrix(all_pairs(m), 1, g_type(g, a).dtype);
  sd_ref means = g_mul(g, pair_weights(g, m, pairs.dtype), mean_product(g, a, a));
  return g_op(g, &sd_op_scatter_add, NULL, g_zeros(g, &pairs), means,
              pair_numbers(g, all_channels(m)));
}

const sd_model_row sd_model_product_pair = {
    .name = "product_pair",
    .formula = "sum C_pq (u+ - u-)_pq a_p a_q",
    .sizes = "patches, d, m",
    .least = 3,
    .most = 3,
    .weights = -1,
    .hyper = {THRESHOLD(0.1),
              ZETA,
              {"within", NAN, -INFINITY, INFINITY, 0, NULL},
              {"across", 1, -INFINITY, INFINITY, 0, NULL}},
    .settle = product_settle,
    .check = product_check,
    .params = product_params,
    .inputs = product_inputs,
    .apply = product_apply,
    .features = product_features,
    .moments = product_moments,
};

/* ---- patch_link -------------------------------------------------------------------------------*/

enum { LINK_ZETA, LINK_WIDTH };
enum { LINK_V, LINK_W, LINK_B, LINK_FROM };
enum { N, D, BELOW, M }; /* sizes */

static int link_check(const sd_model *m, char why[SD_WHY]) {
  ptrdiff_t most = m->size[M] > m->size[BELOW] ? m->size[M] : m->size[BELOW];
  int status = sd_model_check_columns(m, m->size[D], most, why);
  return status == SD_OK ? check_patches(m, m->size[N], why) : status;
}

static void link_params(const sd_model *m, sd_params *to) {
  ptrdiff_t d = m->size[D], below = m->size[BELOW], k = m->size[M];
  sd_param v = {.name = "V", .rows = k, .cols = m->size[N] * below};
  v.law = sd_unit(1, 0, k < below ? k : below);
  sd_param_put(to, v);
  sd_param_put(to, frozen_columns("W", 0, d, k));
  sd_param_put(to, (sd_param){.name = "b", .rows = k, .cols = 1, .law = sd_constant(0)});
  for (int j = 1; j <= m->size[N]; j++) sd_param_put(to, frozen_columns("from", j, d, below));
}

static ptrdiff_t link_inputs(const sd_model *m) { return m->size[D] * (1 + m->size[N]); }

static sd_act link_act(const sd_model *m, const char *name) {
  sd_act act = *sd_act_named(name);
  act.p[0] = m->hyper[LINK_ZETA], act.p[1] = m->hyper[LINK_WIDTH];
  return act;
}

static sd_ref fine(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  return g_matmul(g, 1, p[LINK_W], 0, sd_model_rows(g, x, 0, m->size[D]));
}

static sd_ref coarse(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_act leaky = link_act(m, "smooth_leaky_relu");
  ptrdiff_t d = m->size[D];
  sd_ref below = projections(g, (int)m->size[N], p + LINK_FROM, d, x, d);
  sd_ref sum = g_matmul(g, 0, p[LINK_V], 0, sd_act_apply(g, &leaky, below));
  return sd_act_apply(g, &leaky, g_sub(g, sum, p[LINK_B]));
}

static sd_ref link_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_act zone = link_act(m, "dead_zone");
  sd_ref s = fine(g, m, p, x);
  return sd_act_apply(g, &zone, g_sub(g, s, coarse(g, m, p, x)));
}

static sd_ref link_features(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref s = fine(g, m, p, x);
  return g_op(g, &sd_op_vcat, NULL, s, coarse(g, m, p, x), 0);
}

const sd_model_row sd_model_patch_link = {
    .name = "patch_link",
    .formula = "z(W'x_0 - lk(V lk(F'x) - b))",
    .sizes = "patches, d, below, m",
    .least = 4,
    .most = 4,
    .weights = -1,
    .hyper = {ZETA, {"width", 0.1, 0, INFINITY, 0, NULL}},
    .check = link_check,
    .params = link_params,
    .inputs = link_inputs,
    .apply = link_apply,
    .features = link_features,
};
