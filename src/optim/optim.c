/* The table of optimisers, and what a step is checked for (see saddle/optim.h). */
#include "rules.h"
#include "saddle/status.h"
#include <math.h>
#include <string.h>

static const char *const flag[] = {"no", "yes", NULL};
static const char *const scope[] = {"global", "layer", NULL};

/* A step size may have either sign. */
#define LR(v)                                                                                      \
  { "lr", v, -INFINITY, INFINITY, 0, NULL }
#define BELOW_ONE(s, v)                                                                            \
  { s, v, 0, 1, 1, NULL }
#define FROM_ZERO(s, v)                                                                            \
  { s, v, 0, INFINITY, 0, NULL }

static const sd_optim rows[] = {
    {"sgd",
     {LR(1e-2),
      BELOW_ONE("momentum", 0),
      {"nesterov", 0, 0, 1, 0, flag},
      FROM_ZERO("weight_decay", 0)},
     {{"m", "momentum", 0}},
     sd_rule_sgd},
    {"momentum",
     {LR(1e-2),
      BELOW_ONE("momentum", 0.9),
      {"nesterov", 0, 0, 1, 0, flag},
      FROM_ZERO("weight_decay", 0)},
     {{"m", "momentum", 0}},
     sd_rule_sgd},
    {"rmsprop",
     {LR(1e-3), BELOW_ONE("b2", 0.9), FROM_ZERO("eps", 1e-8)},
     {{"v", NULL, 0}},
     sd_rule_rmsprop},
    {"adagrad", {LR(1e-2), FROM_ZERO("eps", 1e-8)}, {{"v", NULL, 0}}, sd_rule_adagrad},
    {"adam",
     {LR(1e-3), BELOW_ONE("b1", 0.9), BELOW_ONE("b2", 0.999), FROM_ZERO("eps", 1e-8),
      FROM_ZERO("weight_decay", 0)},
     {{"m", "b1", 0}, {"v", NULL, 0}, {"m_weight", "b1", 1}, {"v_weight", NULL, 1}},
     sd_rule_adam},
    {"adam_raw",
     {LR(1e-3), BELOW_ONE("b1", 0.5), {"b2", 0.9, 0, 1, 0, NULL}, FROM_ZERO("eps", 1e-8)},
     {{"m", "b1", 0}, {"v", NULL, 0}},
     sd_rule_adam_raw},
    {"normalized",
     {LR(1e-2), BELOW_ONE("momentum", 0), FROM_ZERO("eps", 0), {"scope", 0, 0, 1, 0, scope}},
     {{"m", "momentum", 0}},
     sd_rule_normalized},
};

int sd_optim_count(void) { return (int)(sizeof rows / sizeof *rows); }

const sd_optim *sd_optim_at(int i) { return &rows[i]; }

const sd_optim *sd_optim_named(const char *name) {
  for (int i = 0; i < sd_optim_count(); i++)
    if (strcmp(rows[i].name, name) == 0) return &rows[i];
  return NULL;
}

int sd_optim_hypers(const sd_optim *row) { return sd_hyper_count(row->hyper, SD_OPTIM_HYPERS); }

int sd_optim_slots(const sd_optim *row) {
  int n = 0;
  while (n < SD_OPTIM_SLOTS && row->slot[n].name) n++;
  return n;
}

int sd_slot_size(const sd_slot *slot, int n) { return slot->number ? 1 : n; }

/* ---- checks -----------------------------------------------------------------------------------*/

static int check_number(sd_graph *g, const sd_optim *row, const char *what, sd_ref r) {
  if (r > 0 && g_type(g, r).number) return SD_OK;
  return sd_graph_refuse(g, SD_ESHAPE, "%s: %s must be a number", row->name, what);
}

static int check_hyper(sd_graph *g, const sd_optim *row, const sd_hyper *h, sd_ref r) {
  double v = r;
  if (h->words == NULL) {
    int status = check_number(g, row, h->name, r);
    const sd_node *n = status == SD_OK ? sd_node_at(g, r) : NULL;
    if (n == NULL || n->op != &sd_op_full) return status;
    v = n->attr.p[0];
  }
  if (sd_hyper_allows(h, v)) return SD_OK;
  return sd_graph_refuse(g, SD_EARG, "%s: %s cannot be %g", row->name, h->name, v);
}

static int check_leaf(sd_graph *g, const sd_optim *row, const char *what, int k, sd_ref param,
                      sd_ref r) {
  char ps[SD_SHAPE], rs[SD_SHAPE];
  sd_type p = g_type(g, param), t = g_type(g, r);
  if (sd_type_same(&p, &t)) return SD_OK;
  return sd_graph_refuse(g, SD_ESHAPE, "%s: leaf %d: the parameter is %s %s, its %s is %s %s",
                         row->name, k + 1, sd_type_shape(&p, ps), sd_dtype_name(p.dtype), what,
                         sd_type_shape(&t, rs), sd_dtype_name(t.dtype));
}

/* Slot j, unless it is idle. */
static int check_slot(sd_graph *g, const sd_optim *row, const sd_update *u, int j) {
  const sd_slot *slot = &row->slot[j];
  int status = SD_OK;
  for (int k = 0; k < sd_slot_size(slot, u->n) && status == SD_OK; k++) {
    sd_ref r = u->slot[j][k];
    if (r == 0) continue;
    status = slot->number ? check_number(g, row, slot->name, r)
                          : check_leaf(g, row, "slot", k, u->param[k], r);
  }
  return status;
}

int sd_optim_step(sd_graph *g, const sd_optim *row, const sd_update *u) {
  int status = check_number(g, row, "t", u->t);
  for (int i = 0; i < sd_optim_hypers(row) && status == SD_OK; i++)
    status = check_hyper(g, row, &row->hyper[i], u->hyper[i]);
  for (int k = 0; k < u->n && status == SD_OK; k++)
    status = check_leaf(g, row, "gradient", k, u->param[k], u->grad[k]);
  for (int j = 0; j < sd_optim_slots(row) && status == SD_OK; j++)
    status = check_slot(g, row, u, j);
  return status == SD_OK ? row->rule(g, u) : status;
}
