/* The rules of optimisers; their formulas and references open saddle/optim.h.
 *
 * A hyper-parameter that is the constant 0 becomes the reference 0, which the builders leave out:
 * without momentum or decay nothing is added or multiplied for them. */
#include "rules.h"
#include "saddle/memory.h"
#include "saddle/status.h"

/* Hyper-parameter k, or 0 when it is the constant 0. */
static sd_ref hyper(const sd_graph *g, const sd_update *u, int k) { return g_flow(g, u->hyper[k]); }

static sd_ref less_from_one(sd_graph *g, sd_ref a) { return g_sub(g, g_num(g, 1), a); }

static sd_ref square(sd_graph *g, sd_ref a) { return g_mul(g, a, a); }

/* 1 when eps is a constant that stays above 0 in every dtype, times sqrt(1 - b2), too. */
static int is_safe(const sd_graph *g, sd_ref eps) {
  const sd_node *n = eps > 0 ? sd_node_at(g, eps) : NULL;
  return n && n->op == &sd_op_full && n->attr.p[0] >= 1e-25;
}

/* a / b for b >= 0; where b is 0, 0. safe: b is known to be positive. */
static sd_ref ratio(sd_graph *g, sd_ref a, sd_ref b, int safe) {
  sd_ref q = g_div(g, a, b);
  return safe ? q : g_where(g, b, q, 0);
}

/* -lr a, for leaf k: its step, unless there was a failure before. */
static int finish(sd_graph *g, const sd_update *u, int k, sd_ref a) {
  u->step[k] = g_mul(g, g_neg(g, u->hyper[0]), a);
  return u->step[k] < 0 ? u->step[k] : SD_OK;
}

/* slot j of leaf k <- keep slot + a. */
static sd_ref accumulate(sd_graph *g, const sd_update *u, int j, int k, sd_ref keep, sd_ref a) {
  return u->slot_out[j][k] = g_add(g, g_mul(g, keep, u->slot[j][k]), a);
}

/* slot j of leaf k <- keep slot + (1 - keep) a. */
static sd_ref average(sd_graph *g, const sd_update *u, int j, int k, sd_ref keep, sd_ref a) {
  return accumulate(g, u, j, k, keep, g_mul(g, less_from_one(g, keep), a));
}

int sd_rule_sgd(sd_graph *g, const sd_update *u) {
  enum { MOMENTUM = 1, NESTEROV, WEIGHT_DECAY };
  sd_ref momentum = hyper(g, u, MOMENTUM), decay = hyper(g, u, WEIGHT_DECAY);
  for (int k = 0; k < u->n; k++) {
    sd_ref d = g_add(g, u->grad[k], g_mul(g, decay, u->param[k]));
    sd_ref m = accumulate(g, u, 0, k, momentum, d);
    int status = finish(g, u, k, u->hyper[NESTEROV] ? g_add(g, d, g_mul(g, momentum, m)) : m);
    if (status < 0) return status;
  }
  return SD_OK;
}

/* The gradients over the roots of their second moments; with `averaging` these decay. */
static int by_root(sd_graph *g, const sd_update *u, int averaging, sd_ref keep, sd_ref eps) {
  for (int k = 0; k < u->n; k++) {
    sd_ref s = square(g, u->grad[k]);
    sd_ref v = averaging ? average(g, u, 0, k, keep, s) : accumulate(g, u, 0, k, keep, s);
    sd_ref root = g_add(g, g_map(g, SD_MAP_SQRT, v), eps);
    int status = finish(g, u, k, ratio(g, u->grad[k], root, is_safe(g, eps)));
    if (status < 0) return status;
  }
  return SD_OK;
}

int sd_rule_rmsprop(sd_graph *g, const sd_update *u) {
  enum { B2 = 1, EPS };
  return by_root(g, u, 1, hyper(g, u, B2), hyper(g, u, EPS));
}

int sd_rule_adagrad(sd_graph *g, const sd_update *u) {
  enum { EPS = 1 };
  return by_root(g, u, 0, g_num(g, 1), hyper(g, u, EPS));
}

/* The corrections are numbers, put where there is one of them for a whole leaf (Kingma and Ba,
 * section 2): with the weights w of m and u of v,
 *   lr m' / (sqrt(v') + eps) = lr (sqrt(u) / w) m / (sqrt(v) + sqrt(u) eps)
 * They are averaged as the moments are, of ones. A count n would need powers, and 1 - b1^n is the
 * weight only while b1 stays the same. */
int sd_rule_adam(sd_graph *g, const sd_update *u) {
  enum { B1 = 1, B2, EPS, WEIGHT_DECAY };
  enum { M, V, M_WEIGHT, V_WEIGHT };
  sd_ref b1 = hyper(g, u, B1), b2 = hyper(g, u, B2), eps = hyper(g, u, EPS);
  sd_ref decay = hyper(g, u, WEIGHT_DECAY), one = g_num(g, 1);
  sd_ref weight = average(g, u, M_WEIGHT, 0, b1, one);
  sd_ref root = g_map(g, SD_MAP_SQRT, average(g, u, V_WEIGHT, 0, b2, one));
  sd_ref scale = g_mul(g, g_neg(g, u->hyper[0]), g_div(g, root, weight));
  sd_ref small = g_mul(g, root, eps);
  sd_ref shrink = g_mul(g, u->hyper[0], decay);
  for (int k = 0; k < u->n; k++) {
    sd_ref m = average(g, u, M, k, b1, u->grad[k]);
    sd_ref v = average(g, u, V, k, b2, square(g, u->grad[k]));
    sd_ref below = g_add(g, g_map(g, SD_MAP_SQRT, v), small);
    sd_ref step = g_mul(g, scale, ratio(g, m, below, is_safe(g, eps)));
    u->step[k] = g_sub(g, step, g_mul(g, shrink, u->param[k]));
    if (u->step[k] < 0) return u->step[k];
  }
  return SD_OK;
}

int sd_rule_adam_raw(sd_graph *g, const sd_update *u) {
  enum { B1 = 1, B2, EPS };
  sd_ref b1 = hyper(g, u, B1), b2 = hyper(g, u, B2), eps = hyper(g, u, EPS);
  for (int k = 0; k < u->n; k++) {
    sd_ref m = accumulate(g, u, 0, k, b1, u->grad[k]);
    sd_ref v = accumulate(g, u, 1, k, b2, square(g, u->grad[k]));
    sd_ref root = g_map(g, SD_MAP_SQRT, g_add(g, v, eps));
    int status = finish(g, u, k, ratio(g, m, root, is_safe(g, eps)));
    if (status < 0) return status;
  }
  return SD_OK;
}

int sd_rule_normalized(sd_graph *g, const sd_update *u) {
  enum { MOMENTUM = 1, EPS, SCOPE };
  sd_ref momentum = hyper(g, u, MOMENTUM), eps = hyper(g, u, EPS);
  for (int k = 0; k < u->n; k++) {
    sd_ref m = accumulate(g, u, 0, k, momentum, u->grad[k]);
    if (m < 0) return m;
  }
  sd_ref *norm = sd_alloc((size_t)u->n, sizeof *norm);
  if (norm == NULL) return SD_ENOMEM;
  int status = sd_norms(g, u->hyper[SCOPE], u->n, u->slot_out[0], norm);
  for (int k = 0; k < u->n && status == SD_OK; k++) {
    sd_ref length = g_neg(g, u->hyper[0]);
    u->step[k] = sd_resized(g, u->slot_out[0][k], g_add(g, norm[k], eps), length);
    if (u->step[k] < 0) status = u->step[k];
  }
  sd_free(norm);
  return status;
}
