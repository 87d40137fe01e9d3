/* Networks of layers: one_hidden, mlp, deep, random_feature (formulas: saddle/model.h). */
#include "rows.h"
#include <math.h>

/* ---- one_hidden -------------------------------------------------------------------------------
 * Parameters V, W, b, c: that of the second layer comes first in a tree. */

enum { HIDDEN_TRAIN, HIDDEN_BIAS, HIDDEN_SCALE };
enum { BOTH, FIRST, LAST };
enum { V, W, B, C };
static const char *const trained[] = {"both", "first", "last", NULL};

static void one_hidden_params(const sd_model *m, sd_params *to) {
  ptrdiff_t d = m->size[0], k = m->size[1], out = m->size[2];
  int first = m->hyper[HIDDEN_TRAIN] == LAST, last = m->hyper[HIDDEN_TRAIN] == FIRST;
  sd_param v = {.name = "V", .rows = out, .cols = k, .frozen = last};
  sd_param w = {.name = "W", .rows = k, .cols = d, .frozen = first};
  v.weight = 2, v.pair = SD_PAIR_COLS, v.law = sd_lecun(k);
  w.weight = 1, w.pair = SD_PAIR_ROWS, w.law = sd_lecun(d);
  sd_param_put(to, v);
  sd_param_put(to, w);
  if (m->hyper[HIDDEN_BIAS] == 0) return;
  sd_param_put(to, (sd_param){.name = "b", .rows = k, .cols = 1, .frozen = first});
  sd_param_put(to, (sd_param){.name = "c", .rows = out, .cols = 1, .frozen = last});
}

static sd_ref one_hidden_features(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref u = g_matmul(g, 0, p[W], 0, x);
  return sd_act_apply(g, &m->act, m->hyper[HIDDEN_BIAS] != 0 ? g_add(g, u, p[B]) : u);
}

static sd_ref one_hidden_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref y = g_matmul(g, 0, p[V], 0, one_hidden_features(g, m, p, x));
  y = g_scale(g, m->hyper[HIDDEN_SCALE], y);
  return m->hyper[HIDDEN_BIAS] != 0 ? g_add(g, y, p[C]) : y;
}

const sd_model_row sd_model_one_hidden = {
    .name = "one_hidden",
    .formula = "V act(W x)",
    .sizes = "d, k, m",
    .chain = 1,
    .least = 3,
    .most = 3,
    .hyper = {{"train", BOTH, BOTH, LAST, 0, trained},
              SD_FLAG("bias"),
              {"scale", 1, -INFINITY, INFINITY, 0, NULL}},
    .act = "relu",
    .params = one_hidden_params,
    .apply = one_hidden_apply,
    .features = one_hidden_features,
};

/* ---- mlp; deep, the same with biases only where they are asked for ----------------------------*/

enum { MLP_BIAS };

static void mlp_params(const sd_model *m, sd_params *to) {
  int layers = m->sizes - 1;
  for (int l = 1; l <= layers; l++) {
    ptrdiff_t in = m->size[l - 1], out = m->size[l];
    int rows = l == layers - 1 ? SD_PAIR_ROWS : SD_PAIR_NONE;
    sd_param w = {.at = {l}, .name = "W", .rows = out, .cols = in, .weight = l};
    w.pair = l > 1 && l == layers ? SD_PAIR_COLS : rows, w.law = sd_lecun(in);
    sd_param_put(to, w);
    if (m->hyper[MLP_BIAS] != 0)
      sd_param_put(to, (sd_param){.at = {l}, .name = "b", .rows = out, .cols = 1});
  }
}

/* act(W_l h + b_l) for layers 1, ..., layers. */
static sd_ref mlp_hidden(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x, int layers) {
  int bias = m->hyper[MLP_BIAS] != 0;
  for (int l = 0; l < layers; l++) {
    x = g_matmul(g, 0, p[(1 + bias) * l], 0, x);
    if (bias) x = g_add(g, x, p[2 * l + 1]);
    x = sd_act_apply(g, l == m->sizes - 2 ? &m->last_act : &m->act, x);
  }
  return x;
}

static sd_ref mlp_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  return mlp_hidden(g, m, p, x, m->sizes - 1);
}

static sd_ref mlp_features(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  return mlp_hidden(g, m, p, x, m->sizes - 2);
}

#define LAYERS(title, text, bias)                                                                  \
  {                                                                                                \
    .name = title, .formula = text, .sizes = "d, k1, ..., m", .chain = 1, .least = 2,              \
    .most = SD_MODEL_SIZES, .hyper = {{"bias", bias, 0, 1, 0, sd_flag}}, .act = "relu",            \
    .last_act = "identity", .params = mlp_params, .apply = mlp_apply, .features = mlp_features     \
  }
const sd_model_row sd_model_mlp = LAYERS("mlp", "W_L act(... act(W_1 x + b_1)) + b_L", 1);
const sd_model_row sd_model_deep = LAYERS("deep", "W_L act(... act(W_1 x))", 0);

/* ---- random_feature ---------------------------------------------------------------------------
 * The layers are the list of its parameters, and d is a field beside them: it comes last. */

static void random_params(const sd_model *m, sd_params *to) {
  int layers = m->sizes - 1;
  for (int l = 1; l <= layers; l++) {
    ptrdiff_t in = m->size[l - 1];
    sd_param w = {.at = {l}, .name = "W", .rows = m->size[l], .cols = in, .frozen = 1};
    w.weight = l, w.law = sd_lecun(in);
    sd_param_put(to, w);
  }
  sd_param_put(to, (sd_param){.name = "d", .rows = m->size[layers], .cols = 1});
}

static sd_ref random_features(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  for (int l = 0; l < m->sizes - 1; l++) x = sd_act_apply(g, &m->act, g_matmul(g, 0, p[l], 0, x));
  return x;
}

static sd_ref random_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  return g_matmul(g, 1, p[m->sizes - 1], 0, random_features(g, m, p, x));
}

const sd_model_row sd_model_random_feature = {
    .name = "random_feature",
    .formula = "d' act(W_L ... act(W_1 x))",
    .sizes = "d, k1, ..., m",
    .chain = 1,
    .least = 2,
    .most = SD_MODEL_SIZES,
    .act = "relu",
    .params = random_params,
    .apply = random_apply,
    .features = random_features,
};
