/* core.tracing.models, activations, model and the functions of it: what lua/saddle/model.lua is
 * made of (see saddle/model.h). They record in the graph that is being traced.
 *
 * A model is a userdata. An activation that is a Lua function is one of its user values, and is
 * called, protected, when a builder comes to it; another holds the numbers of its lists. */
#include "saddle/model.h"
#include "lw.h"
#include "saddle/status.h"
#include <string.h>

#define LW_MODEL "saddle.model"

enum { ACT = 1, LAST_ACT, LISTS, MODEL_VALUES = LISTS };
static const char models_key; /* registry[&models_key]: from the address of a model to it, weak */

typedef struct lw_model {
  sd_model m;
  lw_host *host; /* of the Lua state, for activations that are functions */
} lw_model;

/* ---- the tables -------------------------------------------------------------------------------*/

static void set_string(lua_State *L, const char *key, const char *s) {
  lua_pushstring(L, s); /* nil for NULL */
  lua_setfield(L, -2, key);
}

static void set_flag(lua_State *L, const char *key, int v) {
  lua_pushboolean(L, v);
  lua_setfield(L, -2, key);
}

/* core.tracing.models() -> list of {name=, formula=, sizes=, chain=, hyper = as of lw_pushhypers,
 * act=, last_act=, features=, moments=, sample=, init=}, as sd_model_row has them; init: whether
 * there are weights that begin as one asks */
static int models(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; i < sd_model_count(); i++) {
    const sd_model_row *row = sd_model_at(i);
    lua_newtable(L);
    set_string(L, "name", row->name);
    set_string(L, "formula", row->formula);
    set_string(L, "sizes", row->sizes);
    set_string(L, "act", row->act);
    set_string(L, "last_act", row->last_act);
    set_flag(L, "chain", row->chain);
    set_flag(L, "features", row->features != NULL);
    set_flag(L, "moments", row->moments != NULL);
    set_flag(L, "sample", row->sample != NULL);
    set_flag(L, "init", row->weights >= 0);
    lw_pushhypers(L, row->hyper, sd_hyper_count(row->hyper, SD_MODEL_HYPERS));
    lua_setfield(L, -2, "hyper");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* core.tracing.activations() -> list of the names of those that have rows */
static int activations(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; i < sd_act_count(); i++) {
    lua_pushstring(L, sd_act_at(i)->name);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* ---- activations that are Lua functions -------------------------------------------------------*/

typedef struct job {
  const sd_act *act;
  sd_graph *g;
  sd_ref x, y;
} job;

static int protected_act(lua_State *L) {
  char got[SD_SHAPE], want[SD_SHAPE], shown[LW_SHAPE];
  job *j = lua_touserdata(L, 1);
  sd_type has, t = sd_node_at(j->g, j->x)->type;
  lw_pushgraphof(L, j->g);
  lw_pushweak(L, &models_key, "v");
  lua_rawgetp(L, -1, j->act->ctx);
  lua_getiuservalue(L, -1, (int)j->act->p[0]);
  lw_pushsymbol(L, j->act->name, 2, j->x);
  lua_call(L, 1, 1);
  if (!lw_typeof(L, -1, &has))
    lw_error(L, "act: an activation must give a matrix, got %s", lw_show(L, lua_gettop(L), shown));
  if (has.rows != t.rows || has.cols != t.cols)
    lw_error(L, "act: an activation gives as many elements as it takes: of %s it made %s",
             sd_type_shape(&t, want), sd_type_shape(&has, got));
  j->y = lw_checkref(L, "act", 2, lua_gettop(L));
  return 0;
}

static sd_ref call_act(sd_graph *g, const sd_act *self, sd_ref x) {
  const lw_model *model = self->ctx;
  job j = {self, g, x, 0};
  int status = lw_protect(model->host, protected_act, &j);
  return status == SD_OK ? j.y : status;
}

/* ---- models -----------------------------------------------------------------------------------*/

static lw_model *check_model(lua_State *L) {
  lw_model *model = luaL_checkudata(L, 1, LW_MODEL);
  lw_hostof(L);
  return model;
}

static void read_sizes(lua_State *L, int arg, sd_model *m) {
  luaL_checktype(L, arg, LUA_TTABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, arg);
  if (n > SD_MODEL_SIZES)
    lw_error(L, "%s: at most %d sizes, got %lld", m->row->name, SD_MODEL_SIZES, (long long)n);
  m->sizes = (int)n;
  for (int k = 0; k < m->sizes; k++) {
    lua_rawgeti(L, arg, k + 1);
    m->size[k] = (ptrdiff_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
}

/* The hyper-parameters that the table at arg has. */
static void read_hypers(lua_State *L, int arg, sd_model *m) {
  luaL_checktype(L, arg, LUA_TTABLE);
  for (int k = 0; k < sd_hyper_count(m->row->hyper, SD_MODEL_HYPERS); k++) {
    if (lua_getfield(L, arg, m->row->hyper[k].name) != LUA_TNIL)
      m->hyper[k] = luaL_checknumber(L, -1);
    lua_pop(L, 1);
  }
}

/* The lists that the table at arg has; their numbers go to memory of the model at `self`. */
static void read_lists(lua_State *L, int arg, sd_model *m, int self) {
  size_t count = 0;
  luaL_checktype(L, arg, LUA_TTABLE);
  for (int k = 0; k < SD_MODEL_LISTS && m->row->lists[k]; k++, lua_pop(L, 1))
    if (lua_getfield(L, arg, m->row->lists[k]) == LUA_TTABLE) count += lua_rawlen(L, -1);
  if (count > INT32_MAX) lw_fail(L, m->row->name, SD_ENOMEM);
  ptrdiff_t *v = lw_scratch(L, m->row->name, count, sizeof *v);
  lua_setiuservalue(L, self, LISTS);
  for (int k = 0; k < SD_MODEL_LISTS && m->row->lists[k]; k++, lua_pop(L, 1)) {
    int n = lua_getfield(L, arg, m->row->lists[k]) == LUA_TTABLE ? (int)lua_rawlen(L, -1) : 0;
    m->list[k] = (sd_whole){v, n};
    for (int i = 1; i <= n; i++, lua_pop(L, 1)) {
      lua_rawgeti(L, -1, i);
      *v++ = (ptrdiff_t)luaL_checkinteger(L, -1);
    }
  }
}

/* The activation at arg: nil leaves it, a string is the name of a row, else what to call. */
static void read_act(lua_State *L, int arg, lw_model *model, int self, int which) {
  sd_act *act = which == ACT ? &model->m.act : &model->m.last_act;
  if (lua_isnil(L, arg)) return;
  if (lua_type(L, arg) != LUA_TSTRING) {
    *act = (sd_act){"act", call_act, 0, {which}, model};
    lua_pushvalue(L, arg);
    lua_setiuservalue(L, self, which);
    return;
  }
  const sd_act *row = sd_act_named(lua_tostring(L, arg));
  if (row == NULL) lw_error(L, "%s: no activation '%s'", model->m.row->name, lua_tostring(L, arg));
  *act = *row;
}

/* The table {kind=, uniform=, pairs=, values = list} at arg. */
static void read_init(lua_State *L, int arg, sd_model *m) {
  static const char *const kinds[] = {[SD_INIT_OWN] = "own",
                                      [SD_INIT_LECUN] = "lecun",
                                      [SD_INIT_HE] = "he",
                                      [SD_INIT_GLOROT] = "glorot",
                                      [SD_INIT_GIVEN] = "sd",
                                      [SD_INIT_PRODUCT] = "product",
                                      [SD_INIT_SPECTRUM] = "spectrum",
                                      [SD_INIT_DISJOINT] = "disjoint",
                                      [SD_INIT_ALIGNED] = "aligned",
                                      NULL};
  luaL_checktype(L, arg, LUA_TTABLE);
  lua_getfield(L, arg, "kind");
  m->init.kind = luaL_checkoption(L, -1, "own", kinds);
  lua_getfield(L, arg, "uniform");
  m->init.uniform = lua_toboolean(L, -1);
  lua_getfield(L, arg, "pairs");
  m->init.pairs = lua_toboolean(L, -1);
  if (lua_getfield(L, arg, "values") == LUA_TTABLE) {
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
    m->init.n = (int)(n < SD_MODEL_SIZES ? n : SD_MODEL_SIZES);
    for (int k = 0; k < m->init.n; k++, lua_pop(L, 1)) {
      lua_rawgeti(L, -1, k + 1);
      m->init.v[k] = luaL_checknumber(L, -1);
    }
  }
  lua_pop(L, 4);
}

/* core.tracing.model(name, sizes, hypers, act, last_act, dtype, init, lists) -> model, inputs,
 * weights
 *
 * hypers: name = number, of a choice the number of its word from 0, of those that are not the
 * default; act, last_act: the name of a row, what to call, or nil; dtype: 0 for f64, 1 for f32;
 * lists: name = list of whole numbers */
static int model_new(lua_State *L) {
  char why[SD_WHY];
  const sd_model_row *row = sd_model_named(luaL_checkstring(L, 1));
  if (row == NULL) lw_error(L, "model: no model has the name '%s'", lua_tostring(L, 1));
  lua_settop(L, 8);
  lw_model *model = lua_newuserdatauv(L, sizeof *model, MODEL_VALUES);
  model->host = lw_hostof(L);
  model->m = sd_model_new(row);
  luaL_setmetatable(L, LW_MODEL);
  read_sizes(L, 2, &model->m);
  read_hypers(L, 3, &model->m);
  read_act(L, 4, model, 9, ACT);
  read_act(L, 5, model, 9, LAST_ACT);
  model->m.dtype = luaL_checkinteger(L, 6) == 0 ? SD_F64 : SD_F32;
  read_init(L, 7, &model->m);
  read_lists(L, 8, &model->m, 9);
  int status = sd_model_ready(&model->m, why);
  if (status != SD_OK && *why) lw_error(L, "%s", why);
  lw_check(L, row->name, status);
  lw_pushweak(L, &models_key, "v");
  lua_pushvalue(L, 9);
  lua_rawsetp(L, -2, model);
  lua_pop(L, 1);
  lua_pushinteger(L, sd_model_inputs(&model->m));
  lua_pushinteger(L, sd_model_weights(&model->m));
  return 3;
}

/* ---- parameters -------------------------------------------------------------------------------*/

static void push_law(lua_State *L, const sd_law *law) {
  double sd = sd_law_deviation(law);
  lua_newtable(L);
  set_string(L, "law", sd_law_name(law->kind));
  if (law->kind == SD_LAW_SPECTRUM) {
    if (law->a == law->a) { /* not given */
      lua_pushnumber(L, law->a);
      lua_setfield(L, -2, "largest");
      lua_pushnumber(L, law->b);
      lua_setfield(L, -2, "smallest");
    }
    return;
  }
  if (sd != sd) return; /* not the same of all elements */
  lua_pushnumber(L, sd);
  lua_setfield(L, -2, "sd");
  if (law->kind != SD_LAW_UNIFORM && law->kind != SD_LAW_CONSTANT) return;
  lua_pushnumber(L, law->a);
  lua_setfield(L, -2, law->kind == SD_LAW_UNIFORM ? "bound" : "value");
}

static void push_param(lua_State *L, const sd_param *p) {
  int n = 0;
  push_law(L, &p->law);
  lua_newtable(L);
  for (; n < SD_MODEL_DEPTH && p->at[n]; n++) {
    lua_pushinteger(L, p->at[n]);
    lua_rawseti(L, -2, n + 1);
  }
  lua_pushstring(L, p->name);
  lua_rawseti(L, -2, ++n);
  if (p->entry) {
    lua_pushinteger(L, p->entry);
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "path");
  lua_pushinteger(L, p->rows);
  lua_setfield(L, -2, "rows");
  lua_pushinteger(L, p->cols);
  lua_setfield(L, -2, "cols");
  lua_pushinteger(L, p->weight);
  lua_setfield(L, -2, "weight");
  set_flag(L, "number", p->number);
  set_flag(L, "frozen", p->frozen);
}

/* core.tracing.model_params(model) -> list of {path = keys, rows=, cols=, weight=, number=,
 * frozen=, law=, sd=, ...}, as sd_param and sd_law have them; a uniform law has bound, a constant
 * value, a spectrum that is not given largest and smallest */
static int params(lua_State *L) {
  const lw_model *model = check_model(L);
  int n = sd_model_params(&model->m, NULL);
  sd_param *list = lw_scratch(L, model->m.row->name, (size_t)n, sizeof *list);
  sd_model_params(&model->m, list);
  lua_createtable(L, n, 0);
  for (int k = 0; k < n; k++) {
    push_param(L, &list[k]);
    lua_rawseti(L, -2, k + 1);
  }
  return 1;
}

/* ---- builders ---------------------------------------------------------------------------------*/

/* core.tracing.model_apply(model, "output", "features" or "moments", list of parameters, x) -> y */
static int apply(lua_State *L) {
  static const char *const functions_of[] = {[SD_MODEL_OUTPUT] = "output",
                                             [SD_MODEL_FEATURES] = "features",
                                             [SD_MODEL_MOMENTS] = "moments",
                                             NULL};
  const lw_model *model = check_model(L);
  const char *name = model->m.row->name;
  int what = luaL_checkoption(L, 2, NULL, functions_of), graph = 5;
  lua_settop(L, 4);
  const lw_graph *of = lw_pushtrace(L, name);
  int n = sd_model_params(&model->m, NULL);
  sd_ref *refs = lw_scratch(L, name, (size_t)n, sizeof *refs);
  lw_checkrefs(L, name, graph, 3, n, refs);
  sd_ref y = sd_model_apply(of->g, &model->m, what, refs, lw_checkref(L, name, graph, 4));
  if (y < 0) lw_refused(L, name, of->g, y);
  lw_pushsymbol(L, name, graph, y);
  return 1;
}

/* The traced rng at arg. */
static lw_rng *check_traced(lua_State *L, const char *fn, int arg) {
  lw_rng *rng = lw_testrng(L, arg);
  if (rng == NULL) lw_argerror(L, fn, arg, "a traced rng");
  return rng;
}

/* core.tracing.model_init(model, traced rng, list of columns) -> list of parameters; the columns
 * are the singular values of the layers, and are read for such a law alone */
static int init(lua_State *L) {
  const lw_model *model = check_model(L);
  const char *name = model->m.row->name;
  lw_rng *rng = check_traced(L, name, 2);
  int graph = 4, n = sd_model_params(&model->m, NULL), weights = sd_model_weights(&model->m);
  lua_settop(L, 3);
  const lw_graph *of = lw_pushtrace(L, name);
  sd_ref *refs = lw_scratch(L, name, (size_t)n + (size_t)weights, sizeof *refs);
  if (model->m.init.kind == SD_INIT_SPECTRUM) lw_checkrefs(L, name, graph, 3, weights, refs + n);
  sd_ref from = lw_checkref(L, name, graph, 2);
  int draws = sd_model_init(of->g, &model->m, from, 0, refs + n, refs);
  if (draws < 0) lw_refused(L, name, of->g, draws);
  rng->at.ordinal += (uint64_t)draws;
  lw_pushrefs(L, name, graph, n, refs);
  return 1;
}

/* core.tracing.model_sample(model, traced rng, n) -> n samples of the inputs */
static int sample(lua_State *L) {
  const lw_model *model = check_model(L);
  const char *name = model->m.row->name;
  lw_rng *rng = check_traced(L, name, 2);
  ptrdiff_t n = lw_checkdim(L, name, 3, "the number of samples");
  int draws;
  const lw_graph *of = lw_pushtrace(L, name);
  sd_ref z = sd_model_sample(of->g, &model->m, lw_checkref(L, name, 4, 2), 0, n, &draws);
  if (z < 0) lw_refused(L, name, of->g, z);
  rng->at.ordinal += (uint64_t)draws;
  lw_pushsymbol(L, name, 4, z);
  return 1;
}

static const luaL_Reg functions[] = {{"models", models},       {"activations", activations},
                                     {"model", model_new},     {"model_params", params},
                                     {"model_apply", apply},   {"model_init", init},
                                     {"model_sample", sample}, {NULL, NULL}};

void lw_open_model(lua_State *L) {
  luaL_newmetatable(L, LW_MODEL);
  lua_pushliteral(L, LW_MODEL);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
