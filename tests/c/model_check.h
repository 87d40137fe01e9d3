/* Shared by the tests of models: small ones, values for their inputs, plain loops beside them. */
#ifndef SADDLE_TESTS_MODEL_CHECK_H
#define SADDLE_TESTS_MODEL_CHECK_H

#include "plan_check.h"
#include "saddle/model.h"

enum { BATCH = 3, MOST = 16, ROOM = 64 };

/* A model of the row with small sizes: 4, 3, 2, 2, and where it has lists those of two levels of
 * two patches, of which the second hang on patches 2 and 1, and on 1. */
static inline sd_model sized(const char *name) {
  static const ptrdiff_t patches[] = {2, 2}, channels[] = {3, 2}, from[] = {2, 2, 1, 1, 1};
  const sd_model_row *row = sd_model_named(name);
  assert_non_null(row);
  sd_model m = sd_model_new(row);
  m.sizes = row->least;
  for (int k = 0; k < m.sizes; k++) m.size[k] = k < 2 ? 4 - k : 2;
  if (row->lists[0] == NULL) return m;
  m.list[0] = (sd_whole){patches, 2};
  m.list[1] = (sd_whole){channels, 2};
  m.list[2] = (sd_whole){from, 5};
  return m;
}

/* The same, ready. */
static inline sd_model small(const char *name) {
  char why[SD_WHY];
  sd_model m = sized(name);
  assert_int_equal(sd_model_ready(&m, why), SD_OK);
  return m;
}

static inline int hyper_at(const sd_model *m, const char *name) {
  int k = 0;
  while (strcmp(m->row->hyper[k].name, name) != 0) k++;
  return k;
}

static inline sd_type type_of(const sd_param *p, int dtype) {
  return p->number ? sd_type_number() : sd_type_matrix(p->rows, p->cols, dtype);
}

/* Inputs for the parameters and x: the nodes go to p[], the last is x. Returns how many there are
 * of the former, or a status. */
static inline int add_inputs(sd_graph *g, const sd_model *m, sd_ref *p) {
  sd_param list[MOST];
  int n = sd_model_params(m, list);
  for (int k = 0; k < n; k++)
    if ((p[k] = sd_graph_input(g, type_of(&list[k], m->dtype))) < 0) return p[k];
  p[n] = sd_graph_input(g, sd_type_matrix(sd_model_inputs(m), BATCH, m->dtype));
  return p[n] < 0 ? p[n] : n;
}

/* Values for the inputs of add_inputs, distinct and below 1, in x[][]. */
static inline void fill(const sd_model *m, double x[][ROOM], sd_mat *in) {
  sd_param list[MOST];
  int n = sd_model_params(m, list);
  for (int k = 0; k <= n; k++) {
    ptrdiff_t rows = k < n ? list[k].rows : sd_model_inputs(m), cols = k < n ? list[k].cols : BATCH;
    in[k] = sd_mat_over(rows, cols, SD_F64, x[k]);
    assert_true(rows * cols <= ROOM);
    for (int i = 0; i < rows * cols; i++) x[k][i] = sin(1 + 7.0 * k + i);
  }
}

/* y <- the model's output, features or moments, by a plan. */
static inline void run_model(const sd_model *m, int what, const sd_mat *in, sd_mat *y) {
  sd_ref p[MOST + 1];
  sd_graph *g = new_graph();
  int n = add_inputs(g, m, p);
  sd_ref out = check_ref(sd_model_apply(g, m, what, p, p[n]));
  ready r = get_ready(g, 1, &out, SD_PLAN_POISON, in);
  assert_int_equal(sd_plan_run(r.p), SD_OK);
  sd_mat_copy(sd_plan_output(r.p, 0), y);
  let_go(r);
  sd_graph_free(g);
}

/* ---- plain loops ------------------------------------------------------------------------------*/

/* y[rows] <- W v (+ b), v[cols]. */
static inline void affine(const sd_mat *w, const sd_mat *b, const double *v, double *y) {
  for (ptrdiff_t i = 0; i < w->rows; i++) {
    y[i] = b ? sd_mat_get(b, i, 0) : 0;
    for (ptrdiff_t j = 0; j < w->cols; j++) y[i] += sd_mat_get(w, i, j) * v[j];
  }
}

/* The columns of the output, or of the features, are what a loop makes of those of x, to tol. */
typedef void a_loop(const sd_mat *in, const double *x, double *y);
static inline void check_columns(const sd_model *m, int what, ptrdiff_t rows, a_loop *loop,
                                 double tol) {
  double x[MOST + 1][ROOM], y[ROOM], want[ROOM];
  sd_mat in[MOST + 1];
  sd_param list[MOST];
  int n = sd_model_params(m, list);
  fill(m, x, in);
  ptrdiff_t d = sd_model_inputs(m);
  sd_mat out = sd_mat_over(rows, BATCH, SD_F64, y);
  run_model(m, what, in, &out);
  for (int j = 0; j < BATCH; j++) {
    loop(in, x[n] + d * j, want);
    for (ptrdiff_t i = 0; i < rows; i++) check_near(sd_mat_get(&out, i, j), want[i], tol);
  }
}

#endif
