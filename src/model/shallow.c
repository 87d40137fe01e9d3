/* Models of one matrix: linear, glm, low_rank (formulas: saddle/model.h). */
#include "rows.h"
#include <math.h>

/* ---- linear -----------------------------------------------------------------------------------*/

enum { LINEAR_BIAS };

static void linear_params(const sd_model *m, sd_params *to) {
  ptrdiff_t d = m->size[0], out = m->size[1];
  sd_param_put(to,
               (sd_param){.name = "W", .rows = out, .cols = d, .weight = 1, .law = sd_lecun(d)});
  if (m->hyper[LINEAR_BIAS] != 0)
    sd_param_put(to, (sd_param){.name = "b", .rows = out, .cols = 1, .law = sd_constant(0)});
}

static sd_ref linear_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref y = g_matmul(g, 0, p[0], 0, x);
  return m->hyper[LINEAR_BIAS] != 0 ? g_add(g, y, p[1]) : y;
}

const sd_model_row sd_model_linear = {
    .name = "linear",
    .formula = "W x",
    .sizes = "d, m",
    .chain = 1,
    .least = 2,
    .most = 2,
    .weights = 1,
    .hyper = {SD_FLAG("bias")},
    .params = linear_params,
    .apply = linear_apply,
};

/* ---- glm --------------------------------------------------------------------------------------*/

static void glm_params(const sd_model *m, sd_params *to) {
  ptrdiff_t d = m->size[0];
  sd_param_put(
      to, (sd_param){
              .name = "theta", .rows = d, .cols = 1, .weight = 1, .turned = 1, .law = sd_lecun(d)});
}

static sd_ref glm_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  return sd_act_apply(g, &m->act, g_matmul(g, 1, p[0], 0, x));
}

const sd_model_row sd_model_glm = {
    .name = "glm",
    .formula = "act(theta' x)",
    .sizes = "d",
    .least = 1,
    .most = 1,
    .weights = 1,
    .act = "sigmoid",
    .params = glm_params,
    .apply = glm_apply,
};

/* ---- low_rank ---------------------------------------------------------------------------------
 * With M = Theta Theta', <X_i, M> = vec(M)' vec(X_i), so that a batch is one product. It starts as
 * theorem 4.2 asks: singular values in [vt, 2 vt], which for n labels y are to have vt =
 * sqrt(|y|)/(r n)^(1/4). */

enum { LOW_RANK_VT };

static void low_rank_params(const sd_model *m, sd_params *to) {
  double vt = m->hyper[LOW_RANK_VT];
  sd_param_put(to, (sd_param){.name = "Theta",
                              .rows = m->size[0],
                              .cols = m->size[1],
                              .weight = 1,
                              .turned = 1,
                              .law = {SD_LAW_SPECTRUM, 2 * vt, vt}});
}

static ptrdiff_t low_rank_inputs(const sd_model *m) { return m->size[0] * m->size[0]; }

static sd_ref low_rank_apply(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  sd_ref square = g_matmul(g, 0, p[0], 1, p[0]);
  return g_matmul(g, 1, g_reshape(g, square, low_rank_inputs(m), 1), 0, x);
}

const sd_model_row sd_model_low_rank = {
    .name = "low_rank",
    .formula = "<X, Theta Theta'>",
    .sizes = "d, r",
    .least = 2,
    .most = 2,
    .weights = 1,
    .hyper = {{"vt", 1, 0, INFINITY, 0, NULL}},
    .params = low_rank_params,
    .inputs = low_rank_inputs,
    .apply = low_rank_apply,
};
