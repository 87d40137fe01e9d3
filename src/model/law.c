/* Initial laws: which one a weight has, and draws of it (see saddle/model.h). */
#include "rows.h"
#include "saddle/memory.h"
#include <math.h>

sd_law sd_normal(double sd) { return (sd_law){.kind = SD_LAW_NORMAL, .a = sd}; }
sd_law sd_lecun(ptrdiff_t fan_in) { return sd_normal(1 / sqrt((double)fan_in)); }
sd_law sd_constant(double v) { return (sd_law){.kind = SD_LAW_CONSTANT, .a = v}; }
sd_law sd_orthonormal(ptrdiff_t rows) {
  return (sd_law){.kind = SD_LAW_ORTHONORMAL, .a = 1 / sqrt((double)rows)};
}
sd_law sd_unit(double a, ptrdiff_t at, ptrdiff_t n) {
  return (sd_law){.kind = SD_LAW_UNIT, .a = a, .at = at, .n = n};
}

const char *sd_law_name(int kind) {
  static const char *const names[] = {"constant",    "normal",   "uniform", "spectrum",
                                      "orthonormal", "disjoint", "shares",  "unit"};
  return names[kind];
}

double sd_law_deviation(const sd_law *law) {
  switch (law->kind) {
  case SD_LAW_CONSTANT: return 0;
  case SD_LAW_NORMAL:
  case SD_LAW_ORTHONORMAL: return law->a;
  case SD_LAW_UNIFORM: return law->a / sqrt(3);
  default: return NAN;
  }
}

/* ---- which law --------------------------------------------------------------------------------*/

/* The deviation that m->init asks for. */
static double deviation(const sd_init *init, const sd_param *p) {
  double in = (double)(p->turned ? p->rows : p->cols);
  double out = (double)(p->turned ? p->cols : p->rows);
  switch (init->kind) {
  case SD_INIT_LECUN: return 1 / sqrt(in);
  case SD_INIT_HE: return sqrt(2 / in);
  case SD_INIT_GLOROT: return sqrt(2 / (in + out));
  case SD_INIT_GIVEN: return init->v[p->weight - 1];
  default: return sqrt(p->weight == 1 ? init->v[0] / init->v[1] : init->v[0] * init->v[1]);
  }
}

static void choose(const sd_model *m, sd_param *p) {
  const sd_init *init = &m->init;
  if (!init->pairs) p->pair = SD_PAIR_NONE;
  if (p->weight == 0 || init->kind == SD_INIT_OWN) return;
  if (init->kind == SD_INIT_SPECTRUM) {
    p->law = (sd_law){.kind = SD_LAW_SPECTRUM, .a = NAN, .b = NAN};
    return;
  }
  double sd = deviation(init, p);
  p->law = init->uniform ? (sd_law){.kind = SD_LAW_UNIFORM, .a = sd * sqrt(3)} : sd_normal(sd);
}

int sd_model_params(const sd_model *m, sd_param *list) {
  sd_params to = {list, 0};
  m->row->params(m, &to);
  for (int k = 0; list && k < to.n; k++) choose(m, &list[k]);
  return to.n;
}

/* ---- draws ------------------------------------------------------------------------------------*/

sd_ref sd_model_draw(sd_graph *g, int law, sd_ref rng, int64_t at, const sd_type *t, int64_t whole,
                     sd_ref other) {
  sd_attr attr = {.k = {t->rows, t->cols, t->dtype, t->number, at, whole}};
  if (rng < 0 || other < 0) return rng < 0 ? rng : other;
  return g_op(g, &sd_draw_ops[law], &attr, rng, other, 0);
}

/* a, ..., b in n equal steps: a column. */
static sd_ref ramp(sd_graph *g, const sd_law *law, ptrdiff_t n, int dtype) {
  sd_type t = sd_type_matrix(n, 1, dtype);
  if (n == 1) return g_full(g, &t, law->a);
  sd_attr down = {.k = {1}};
  sd_ref count = g_op(g, &sd_op_cumsum, &down, g_full(g, &t, 1), 0, 0);
  double step = (law->b - law->a) / (double)(n - 1);
  return g_shift(g, g_scale(g, step, count), law->a - step);
}

/* U diag(s) V' by two draws. */
static sd_ref spectrum(sd_graph *g, const sd_law *law, sd_ref rng, int64_t at, const sd_type *t,
                       sd_ref s) {
  ptrdiff_t n = t->rows < t->cols ? t->rows : t->cols;
  sd_type left = sd_type_matrix(t->rows, n, t->dtype), right = sd_type_matrix(t->cols, n, t->dtype);
  sd_ref u = sd_model_draw(g, SD_DRAW_ORTHOGONAL, rng, at, &left, 0, 0);
  sd_ref v = sd_model_draw(g, SD_DRAW_ORTHOGONAL, rng, at + 1, &right, 0, 0);
  if (s == 0) s = ramp(g, law, n, t->dtype);
  return g_matmul(g, 0, g_mul(g, u, g_t(g, s)), 1, v);
}

/* (rows,cols) of zeros, but for ones on the diagonal that begins at column `at`, n of them. */
static sd_ref diagonal(sd_graph *g, const sd_type *t, ptrdiff_t at, ptrdiff_t n) {
  sd_type ones = sd_type_matrix(n, 1, t->dtype);
  sd_attr place = {.k = {0, at, t->rows, t->cols}};
  sd_ref d = g_op(g, &sd_op_diag, NULL, g_full(g, &ones, 1), 0, 0);
  return g_op(g, &sd_op_pad, &place, d, 0, 0);
}

/* Each row's share of the columns, one after the other, where it is 1. */
static sd_ref shares(sd_graph *g, const sd_type *t) {
  ptrdiff_t width = t->cols / t->rows;
  sd_type square = sd_type_matrix(t->rows, t->rows, t->dtype);
  sd_type ones = sd_type_matrix(1, width, t->dtype);
  sd_attr place = {.k = {0, 0, t->rows, t->cols}};
  sd_ref eye = diagonal(g, &square, 0, t->rows);
  sd_ref all = g_op(g, &sd_op_kron, NULL, eye, g_full(g, &ones, 1), 0);
  return g_op(g, &sd_op_pad, &place, all, 0, 0);
}

/* Rows with disjoint supports, by draws number at, at + 1, .... */
static sd_ref disjoint(sd_graph *g, const sd_law *law, sd_ref rng, int64_t at, const sd_type *t,
                       int *draws) {
  sd_type places = sd_type_matrix(1, t->cols, SD_F64);
  sd_attr columns = {.k = {2}};
  sd_ref rows = shares(g, t);
  if (law->kind == SD_LAW_DISJOINT) {
    sd_ref values = sd_model_draw(g, SD_DRAW_RANDN, rng, at + (*draws)++, t, 0, 0);
    rows = g_line(g, &sd_op_normalize, 2, g_mul(g, rows, values));
  }
  rows = g_scale(g, law->a, rows);
  sd_ref order = sd_model_draw(g, SD_DRAW_PERMUTATION, rng, at + (*draws)++, &places, t->cols, 0);
  return g_op(g, &sd_op_gather, &columns, rows, order, 0);
}

/* The type of what is drawn for a parameter: half of it where it comes in pairs. */
static sd_type drawn_type(const sd_param *p, int dtype) {
  sd_type t = p->number ? sd_type_number() : sd_type_matrix(p->rows, p->cols, dtype);
  if (p->pair == SD_PAIR_ROWS) t.rows /= 2;
  if (p->pair == SD_PAIR_COLS) t.cols /= 2;
  return t;
}

static sd_ref whole_of(sd_graph *g, const sd_param *p, sd_ref half) {
  if (half < 0 || p->pair == SD_PAIR_NONE) return half;
  int rows = p->pair == SD_PAIR_ROWS;
  return g_op(g, rows ? &sd_op_vcat : &sd_op_hcat, NULL, half, rows ? half : g_neg(g, half), 0);
}

/* A draw of p's law; *draws grows by how many of the rng's it took. */
static sd_ref draw_param(sd_graph *g, const sd_param *p, int dtype, sd_ref rng, int64_t at,
                         sd_ref s, int *draws) {
  sd_type t = drawn_type(p, dtype);
  int taken = 0;
  sd_ref r;
  switch (p->law.kind) {
  case SD_LAW_CONSTANT: return g_full(g, &t, p->law.a);
  case SD_LAW_UNIT: return g_scale(g, p->law.a, diagonal(g, &t, p->law.at, p->law.n));
  case SD_LAW_DISJOINT:
  case SD_LAW_SHARES:
    r = disjoint(g, &p->law, rng, at, &t, &taken);
    *draws += taken;
    return r;
  case SD_LAW_ORTHONORMAL: r = sd_model_draw(g, SD_DRAW_ORTHOGONAL, rng, at, &t, 0, 0); break;
  case SD_LAW_NORMAL:
    r = g_scale(g, p->law.a, sd_model_draw(g, SD_DRAW_RANDN, rng, at, &t, 0, 0));
    break;
  case SD_LAW_UNIFORM:
    r = g_shift(g, sd_model_draw(g, SD_DRAW_RAND, rng, at, &t, 0, 0), -0.5);
    r = g_scale(g, 2 * p->law.a, r);
    break;
  default: *draws += 2; return spectrum(g, &p->law, rng, at, &t, s);
  }
  ++*draws;
  return whole_of(g, p, r);
}

int sd_model_init(sd_graph *g, const sd_model *m, sd_ref rng, int64_t at, const sd_ref *s,
                  sd_ref *p) {
  int n = sd_model_params(m, NULL), draws = 0, given = m->init.kind == SD_INIT_SPECTRUM;
  sd_param *list = sd_alloc((size_t)n, sizeof *list);
  if (list == NULL) return SD_ENOMEM;
  sd_model_params(m, list);
  for (int k = 0; k < n && draws >= 0; k++) {
    sd_ref values = given && list[k].weight ? s[list[k].weight - 1] : 0;
    p[k] = draw_param(g, &list[k], m->dtype, rng, at + draws, values, &draws);
    if (p[k] < 0) draws = p[k];
  }
  sd_free(list);
  return draws;
}

sd_ref sd_model_sample(sd_graph *g, const sd_model *m, sd_ref rng, int64_t at, ptrdiff_t n,
                       int *draws) {
  *draws = 0;
  if (m->row->sample == NULL)
    return sd_graph_refuse(g, SD_EARG, "%s: has no law of its inputs", m->row->name);
  return m->row->sample(g, m, rng, at, n, draws);
}
