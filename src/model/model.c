/* The table of models, and what a model and its arguments are checked for (see saddle/model.h). */
#include "rows.h"
#include "saddle/memory.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const sd_flag[] = {"no", "yes", NULL};

static const sd_model_row *const rows[] = {
    &sd_model_linear,
    &sd_model_glm,
    &sd_model_low_rank,
    &sd_model_one_hidden,
    &sd_model_mlp,
    &sd_model_deep,
    &sd_model_random_feature,
    &sd_model_linear_discriminator,
    &sd_model_sparse_generator,
    &sd_model_cubic,
    &sd_model_patch_generator,
    &sd_model_gated_linear,
    &sd_model_threshold_pair,
    &sd_model_product_pair,
    &sd_model_patch_link,
};

int sd_model_count(void) { return (int)(sizeof rows / sizeof rows[0]); }

const sd_model_row *sd_model_at(int i) { return rows[i]; }

const sd_model_row *sd_model_named(const char *name) {
  for (int i = 0; i < sd_model_count(); i++)
    if (strcmp(rows[i]->name, name) == 0) return rows[i];
  return NULL;
}

sd_model sd_model_new(const sd_model_row *row) {
  sd_model m = {.row = row, .dtype = SD_F64};
  for (int k = 0; k < SD_MODEL_HYPERS && row->hyper[k].name; k++) m.hyper[k] = row->hyper[k].value;
  if (row->act) m.act = *sd_act_named(row->act);
  if (row->last_act) m.last_act = *sd_act_named(row->last_act);
  return m;
}

ptrdiff_t sd_model_inputs(const sd_model *m) {
  return m->row->inputs ? m->row->inputs(m) : m->size[0];
}

int sd_model_weights(const sd_model *m) {
  int weights = m->row->weights;
  return weights < 0 ? 0 : weights ? weights : m->sizes - 1;
}

void sd_param_put(sd_params *to, sd_param p) {
  if (to->list) to->list[to->n] = p;
  to->n++;
}

/* ---- is it a model? ---------------------------------------------------------------------------*/

int sd_model_refuse(const sd_model *m, char why[SD_WHY], int status, const char *fmt, ...) {
  va_list args;
  int n = snprintf(why, SD_WHY, "%s: ", m->row->name);
  va_start(args, fmt);
  vsnprintf(why + n, SD_WHY - (size_t)n, fmt, args);
  va_end(args);
  return status;
}

int sd_model_check_columns(const sd_model *m, ptrdiff_t d, ptrdiff_t columns, char why[SD_WHY]) {
  if (columns <= d) return SD_OK;
  return sd_model_refuse(m, why, SD_ESHAPE,
                         "%td channels: orthonormal columns of %td elements are %td at most",
                         columns, d, d);
}

static int check_sizes(const sd_model *m, char why[SD_WHY]) {
  const sd_model_row *row = m->row;
  if (m->sizes < row->least || m->sizes > row->most)
    return sd_model_refuse(m, why, SD_ESHAPE, "needs sizes {%s}, got %d", row->sizes, m->sizes);
  for (int k = 0; k < m->sizes; k++)
    if (m->size[k] < 1 || m->size[k] > INT32_MAX)
      return sd_model_refuse(m, why, SD_ESHAPE, "a size is in 1..2147483647, got %td", m->size[k]);
  return SD_OK;
}

static int check_lists(const sd_model *m, char why[SD_WHY]) {
  for (int k = 0; k < SD_MODEL_LISTS && m->row->lists[k]; k++)
    for (int i = 0; i < m->list[k].n; i++)
      if (m->list[k].v[i] < 1 || m->list[k].v[i] > INT32_MAX)
        return sd_model_refuse(m, why, SD_ESHAPE, "%s[%d] must be a whole number from 1, got %td",
                               m->row->lists[k], i + 1, m->list[k].v[i]);
  return SD_OK;
}

static int check_hypers(const sd_model *m, char why[SD_WHY]) {
  for (int k = 0; k < sd_hyper_count(m->row->hyper, SD_MODEL_HYPERS); k++)
    if (!sd_hyper_allows(&m->row->hyper[k], m->hyper[k]))
      return sd_model_refuse(m, why, SD_EARG, "%s cannot be %g", m->row->hyper[k].name,
                             m->hyper[k]);
  return SD_OK;
}

static int check_pairs(const sd_model *m, const sd_param *list, int n, char why[SD_WHY]) {
  int some = 0;
  if (m->init.kind == SD_INIT_SPECTRUM)
    return sd_model_refuse(m, why, SD_EARG, "antisymmetric pairs have no prescribed spectrum");
  for (int k = 0; k < n; k++) {
    ptrdiff_t size = list[k].pair == SD_PAIR_ROWS ? list[k].rows : list[k].cols;
    some |= list[k].pair != SD_PAIR_NONE;
    if (list[k].pair != SD_PAIR_NONE && size % 2)
      return sd_model_refuse(m, why, SD_ESHAPE, "antisymmetric pairs need an even width, got %td",
                             size);
  }
  return some ? SD_OK
              : sd_model_refuse(m, why, SD_EARG, "has no hidden layer that could come in pairs");
}

static int check_init(const sd_model *m, const sd_param *list, int n, char why[SD_WHY]) {
  const sd_init *init = &m->init;
  int weights = sd_model_weights(m);
  if (init->kind >= SD_INIT_DISJOINT ? m->row != &sd_model_patch_generator
                                     : init->kind != SD_INIT_OWN && weights == 0)
    return sd_model_refuse(m, why, SD_EARG, "its parameters do not begin in this way");
  if (init->kind >= SD_INIT_DISJOINT) return SD_OK;
  if (init->kind == SD_INIT_GIVEN && init->n != weights)
    return sd_model_refuse(m, why, SD_ESHAPE, "init.sd needs %d deviations, one a layer, got %d",
                           weights, init->n);
  if (init->kind == SD_INIT_PRODUCT && weights != 2)
    return sd_model_refuse(m, why, SD_EARG, "init.product is of two layers of weights, this has %d",
                           weights);
  for (int k = 0; k < init->n; k++) {
    int allowed = init->kind == SD_INIT_PRODUCT ? init->v[k] > 0 : init->v[k] >= 0;
    if (!allowed || !isfinite(init->v[k]))
      return sd_model_refuse(m, why, SD_EARG, "a deviation cannot be %g", init->v[k]);
  }
  for (int k = 0; k < n; k++)
    if (list[k].law.kind != SD_LAW_SPECTRUM && !isfinite(list[k].law.a))
      return sd_model_refuse(m, why, SD_EARG, "a deviation cannot be %g", list[k].law.a);
  return init->pairs ? check_pairs(m, list, n, why) : SD_OK;
}

int sd_model_ready(sd_model *m, char why[SD_WHY]) {
  *why = 0;
  int status = check_sizes(m, why);
  if (status == SD_OK && m->row->settle) m->row->settle(m);
  if (status == SD_OK) status = check_hypers(m, why);
  if (status == SD_OK) status = check_lists(m, why);
  if (status == SD_OK && m->row->check) status = m->row->check(m, why);
  if (status != SD_OK) return status;
  int n = sd_model_params(m, NULL);
  sd_param *list = sd_alloc((size_t)n, sizeof *list);
  if (list == NULL) return SD_ENOMEM;
  sd_model_params(m, list);
  status = check_init(m, list, n, why);
  sd_free(list);
  return status;
}

/* ---- is this an argument of it? ---------------------------------------------------------------*/

/* "[1].W", "[1].V[2]" in buf. */
static const char *path_of(const sd_param *p, char buf[SD_SHAPE]) {
  int n = 0;
  for (int k = 0; k < SD_MODEL_DEPTH && p->at[k]; k++)
    n += snprintf(buf + n, SD_SHAPE - (size_t)n, "[%d]", p->at[k]);
  n += snprintf(buf + n, SD_SHAPE - (size_t)n, ".%s", p->name);
  if (p->entry) snprintf(buf + n, SD_SHAPE - (size_t)n, "[%d]", p->entry);
  return buf;
}

static int check_param(sd_graph *g, const sd_model *m, const sd_param *p, sd_ref r, int dtype) {
  char path[SD_SHAPE], want[SD_SHAPE], got[SD_SHAPE];
  sd_type like = sd_type_matrix(p->rows, p->cols, dtype), t = g_type(g, r);
  if (t.rows != p->rows || t.cols != p->cols)
    return sd_graph_refuse(g, SD_ESHAPE, "%s: p%s must be %s, got %s", m->row->name,
                           path_of(p, path), sd_type_shape(&like, want), sd_type_shape(&t, got));
  if (t.dtype == dtype || t.number) return SD_OK;
  return sd_graph_refuse(g, SD_EDTYPE, "%s: dtypes differ: p%s is %s, x is %s", m->row->name,
                         path_of(p, path), sd_dtype_name(t.dtype), sd_dtype_name(dtype));
}

/* The dtype of x or, where that is a number, of the first matrix among the n parameters. */
static int dtype_of(const sd_graph *g, int n, const sd_ref *p, sd_ref x) {
  sd_type t = g_type(g, x);
  for (int k = 0; k < n && t.number; k++) t = g_type(g, p[k]);
  return t.dtype;
}

static int check_params(sd_graph *g, const sd_model *m, const sd_ref *p, sd_ref x) {
  int n = sd_model_params(m, NULL), status = SD_OK;
  for (int k = 0; k < n; k++)
    if (p[k] < 0) return p[k];
  sd_param *list = sd_alloc((size_t)n, sizeof *list);
  if (list == NULL) return SD_ENOMEM;
  sd_model_params(m, list);
  int dtype = dtype_of(g, n, p, x);
  for (int k = 0; k < n && status == SD_OK; k++) status = check_param(g, m, &list[k], p[k], dtype);
  sd_free(list);
  return status;
}

sd_ref sd_model_apply(sd_graph *g, const sd_model *m, int what, const sd_ref *p, sd_ref x) {
  char got[SD_SHAPE];
  if (x < 0) return x;
  sd_type t = g_type(g, x);
  if (t.rows != sd_model_inputs(m))
    return sd_graph_refuse(g, SD_ESHAPE,
                           "%s: x must have %td rows (its columns are samples), got %s",
                           m->row->name, sd_model_inputs(m), sd_type_shape(&t, got));
  int status = check_params(g, m, p, x);
  if (status != SD_OK) return status;
  if (what == SD_MODEL_OUTPUT) return m->row->apply(g, m, p, x);
  int features = what == SD_MODEL_FEATURES;
  sd_ref (*build)(sd_graph *, const sd_model *, const sd_ref *, sd_ref) =
      features ? m->row->features : m->row->moments;
  if (build) return build(g, m, p, x);
  return sd_graph_refuse(g, SD_EARG, "%s: has no %s", m->row->name,
                         features ? "features" : "moments");
}

/* ---- for the rows -----------------------------------------------------------------------------*/

sd_ref sd_model_rows(sd_graph *g, sd_ref x, ptrdiff_t from, ptrdiff_t n) {
  if (x < 0) return x;
  sd_type t = g_type(g, x);
  sd_attr attr = {.k = {from, 0, n, t.cols, 0, SD_SAYS_ROW}};
  return n == t.rows ? x : g_op(g, &sd_op_slice, &attr, x, 0, 0);
}

sd_ref sd_model_stack(sd_graph *g, const sd_ref *list, int n) {
  return n == 1 ? list[0] : sd_emit(g, &sd_op_vcat, NULL, n, list, 1);
}
