/* The activations that have rows (see saddle/model.h), by name: functions of the op table, and what
 * is made of them. */
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

/* ---- of pieces that join smoothly -------------------------------------------------------------
 * Statements fix the order of what uses the same value twice: derivatives are added up in it. */

/* z/zeta within [0, 1]: t^3 alone would overflow. */
static sd_ref place(sd_graph *g, double zeta, sd_ref z) {
  sd_attr unit = {.p = {0, 1}};
  return g_op(g, &sd_map_ops[SD_MAP_CLAMP], &unit, g_div(g, z, g_num(g, zeta)), 0, 0);
}

sd_ref sd_ramp(sd_graph *g, double zeta, sd_ref z) {
  sd_ref t = place(g, zeta, z);
  sd_ref cube = g_mul(g, g_mul(g, t, t), t);
  sd_ref low = g_scale(g, zeta, g_mul(g, cube, g_sub(g, g_num(g, 1), g_scale(g, 0.5, t))));
  sd_ref below = g_zip(g, SD_ZIP_LT, z, g_num(g, zeta));
  return g_where(g, below, low, g_sub(g, z, g_num(g, 0.5 * zeta)));
}

sd_ref sd_ramp_slope(sd_graph *g, double zeta, sd_ref z) {
  sd_ref t = place(g, zeta, z);
  sd_ref square = g_mul(g, t, t);
  return g_mul(g, square, g_sub(g, g_num(g, 3), g_scale(g, 2, t)));
}

static sd_ref smooth_relu(sd_graph *g, const sd_act *self, sd_ref x) {
  return sd_ramp(g, self->p[0], x);
}

static sd_ref smooth_leaky_relu(sd_graph *g, const sd_act *self, sd_ref x) {
  double zeta = self->p[0];
  sd_ref line = g_scale(g, zeta, x);
  return g_add(g, line, g_scale(g, 1 - zeta, sd_ramp(g, zeta, x)));
}

static sd_ref dead_zone(sd_graph *g, const sd_act *self, sd_ref x) {
  return sd_ramp(g, self->p[0], g_sub(g, g_map(g, SD_MAP_ABS, x), g_num(g, self->p[1])));
}

/* ---- the table --------------------------------------------------------------------------------*/

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
    {"smooth_relu", smooth_relu, 0, {0.1}, NULL},
    {"smooth_leaky_relu", smooth_leaky_relu, 0, {0.1}, NULL},
    {"dead_zone", dead_zone, 0, {0.1, 0.5}, NULL},
};

int sd_act_count(void) { return (int)(sizeof rows / sizeof *rows); }

const sd_act *sd_act_at(int i) { return &rows[i]; }

const sd_act *sd_act_named(const char *name) {
  for (int i = 0; i < sd_act_count(); i++)
    if (strcmp(rows[i].name, name) == 0) return &rows[i];
  return NULL;
}

sd_ref sd_act_apply(sd_graph *g, const sd_act *a, sd_ref x) { return x < 0 ? x : a->f(g, a, x); }
