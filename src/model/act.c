/* The activations that have rows (see saddle/model.h): functions of the op table, by name. */
#include "rows.h"
#include <string.h>

static sd_ref map(sd_graph *g, const sd_act *self, sd_ref x) {
  sd_attr attr = {.p = {self->p[0], self->p[1]}};
  return x < 0 ? x : g_op(g, &sd_map_ops[self->fn], &attr, x, 0, 0);
}

static sd_ref identity(sd_graph *g, const sd_act *self, sd_ref x) {
  (void)g, (void)self;
  return x;
}

static const sd_act rows[] = {
    {"identity", identity, 0, {0}, NULL},
    {"relu", map, SD_MAP_RELU, {0}, NULL},
    {"leaky_relu", map, SD_MAP_LEAKY_RELU, {0.01}, NULL},
    {"softplus", map, SD_MAP_SOFTPLUS, {0}, NULL},
    {"tanh", map, SD_MAP_TANH, {0}, NULL},
    {"sigmoid", map, SD_MAP_SIGMOID, {0}, NULL},
    {"gelu", map, SD_MAP_GELU, {0}, NULL},
    {"silu", map, SD_MAP_SILU, {0}, NULL},
    {"elu", map, SD_MAP_ELU, {1}, NULL},
    {"sin", map, SD_MAP_SIN, {0}, NULL},
    {"cos", map, SD_MAP_COS, {0}, NULL},
    {"erf", map, SD_MAP_ERF, {0}, NULL},
};

int sd_act_count(void) { return (int)(sizeof rows / sizeof *rows); }

const sd_act *sd_act_at(int i) { return &rows[i]; }

const sd_act *sd_act_named(const char *name) {
  for (int i = 0; i < sd_act_count(); i++)
    if (strcmp(rows[i].name, name) == 0) return &rows[i];
  return NULL;
}

sd_ref sd_act_apply(sd_graph *g, const sd_act *a, sd_ref x) { return x < 0 ? x : a->f(g, a, x); }
