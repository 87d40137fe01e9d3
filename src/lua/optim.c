/* core.tracing.optimisers, optim_step, optim_reshape: what lua/saddle/optim.lua and the files
 * beside it are made of (see saddle/optim.h). They record in the graph that is being traced. */
#include "saddle/optim.h"
#include "lw.h"
#include "saddle/status.h"
#include <string.h>

/* ---- the table --------------------------------------------------------------------------------*/

/* core.tracing.optimisers() -> list of {name=, hyper = as of lw_pushhypers, slots = list of
 * {name=, unless=, number=}}, as sd_optim has them */
static int optimisers(lua_State *L) {
  lua_newtable(L);
  for (int i = 0; i < sd_optim_count(); i++) {
    const sd_optim *row = sd_optim_at(i);
    lua_newtable(L);
    lua_pushstring(L, row->name);
    lua_setfield(L, -2, "name");
    lw_pushhypers(L, row->hyper, sd_optim_hypers(row));
    lua_setfield(L, -2, "hyper");
    lua_newtable(L);
    for (int j = 0; j < sd_optim_slots(row); j++) {
      lua_newtable(L);
      lua_pushstring(L, row->slot[j].name);
      lua_setfield(L, -2, "name");
      lua_pushstring(L, row->slot[j].unless); /* nil for NULL */
      lua_setfield(L, -2, "unless");
      lua_pushboolean(L, row->slot[j].number);
      lua_setfield(L, -2, "number");
      lua_rawseti(L, -2, j + 1);
    }
    lua_setfield(L, -2, "slots");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* ---- steps ------------------------------------------------------------------------------------*/

/* hyper[] <- the nodes or numbers of words at fields of the table at arg. */
static void read_hypers(lua_State *L, int graph, int arg, const sd_optim *row, sd_ref *hyper) {
  for (int k = 0; k < sd_optim_hypers(row); k++) {
    lua_getfield(L, arg, row->hyper[k].name);
    if (row->hyper[k].words)
      hyper[k] = (sd_ref)luaL_checkinteger(L, -1);
    else
      hyper[k] = lw_checkref(L, row->name, graph, lua_gettop(L));
    lua_pop(L, 1);
  }
}

/* How many values the slots of a row have in all, for n leaves. */
static int slot_values(const sd_optim *row, int n) {
  int count = 0;
  for (int j = 0; j < sd_optim_slots(row); j++) count += sd_slot_size(&row->slot[j], n);
  return count;
}

/* u's slots <- those of the list at arg, over refs, of 2 slot_values. */
static void read_slots(lua_State *L, int graph, int arg, const sd_optim *row, sd_update *u,
                       sd_ref *refs) {
  for (int j = 0; j < sd_optim_slots(row); j++) {
    int size = sd_slot_size(&row->slot[j], u->n);
    memset(refs, 0, (size_t)size * sizeof *refs);
    if (lua_rawgeti(L, arg, j + 1) == LUA_TTABLE)
      lw_checkrefs(L, "optim", graph, lua_gettop(L), size, refs);
    lua_pop(L, 1);
    u->slot[j] = refs;
    u->slot_out[j] = refs + size;
    refs += 2 * size;
  }
}

/* core.tracing.optim_step(name, hypers, t, grads, params, slots) -> steps, list of new slots
 *
 * hypers has a number or a symbol for each name, of a choice the number of the word, from 0; the
 * others are lists of leaves, slots a list of such lists with false for an idle one; one that is a
 * number is a list of one. */
static int step(lua_State *L) {
  const sd_optim *row = sd_optim_named(luaL_checkstring(L, 1));
  if (row == NULL) lw_error(L, "optim: no optimiser has the name '%s'", lua_tostring(L, 1));
  lua_settop(L, 6);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 6, LUA_TTABLE);
  int slots = sd_optim_slots(row), n = (int)lua_rawlen(L, 4), graph = 7;
  const lw_graph *of = lw_pushtrace(L, "optim");
  sd_ref hyper[SD_OPTIM_HYPERS];
  size_t size = 3 * (size_t)n + 2 * (size_t)slot_values(row, n);
  sd_ref *refs = lw_scratch(L, row->name, size, sizeof *refs);
  read_hypers(L, graph, 2, row, hyper);
  lw_checkrefs(L, "optim", graph, 4, n, refs);
  lw_checkrefs(L, "optim", graph, 5, n, refs + n);
  sd_update u = {.n = n, .grad = refs, .param = refs + n, .hyper = hyper, .step = refs + 2 * n};
  u.t = lw_checkref(L, row->name, graph, 3);
  read_slots(L, graph, 6, row, &u, refs + 3 * n);
  int status = sd_optim_step(of->g, row, &u);
  if (status != SD_OK) lw_refused(L, row->name, of->g, status);
  lw_pushrefs(L, "optim", graph, n, u.step);
  lua_createtable(L, slots, 0);
  for (int j = 0; j < slots; j++) {
    lw_pushrefs(L, "optim", graph, sd_slot_size(&row->slot[j], n), u.slot_out[j]);
    lua_rawseti(L, -2, j + 1);
  }
  return 2;
}

/* core.tracing.optim_reshape(how, scope, a, b, p, q) -> list of leaves: see sd_optim_reshape; what
 * does not serve is not looked at */
static int reshape(lua_State *L) {
  static const char *const hows[] = {
      [SD_GRAFT] = "graft",     [SD_SHORTEN] = "shorten", [SD_RESIZE] = "resize",
      [SD_COLUMNS] = "columns", [SD_CLAMP] = "clamp",     NULL};
  static const int numbers[] = {
      [SD_GRAFT] = 0, [SD_SHORTEN] = 1, [SD_RESIZE] = 1, [SD_COLUMNS] = 1, [SD_CLAMP] = 2};
  static const char *const scopes[] = {[SD_GLOBAL] = "global", [SD_LAYER] = "layer", NULL};
  int how = luaL_checkoption(L, 1, NULL, hows), scope = luaL_checkoption(L, 2, "global", scopes);
  lua_settop(L, 6);
  int n = (int)lua_rawlen(L, 3), graph = 7;
  const lw_graph *of = lw_pushtrace(L, "optim");
  sd_ref *refs = lw_scratch(L, "optim", 3 * (size_t)n, sizeof *refs), number[2] = {0, 0};
  lw_checkrefs(L, "optim", graph, 3, n, refs);
  if (how == SD_GRAFT) lw_checkrefs(L, "optim", graph, 4, n, refs + n);
  for (int k = 0; k < numbers[how]; k++) number[k] = lw_checkref(L, "optim", graph, 5 + k);
  sd_reshape r = {scope, n, refs, refs + n, number[0], number[1], refs + 2 * n};
  int status = sd_optim_reshape(of->g, how, &r);
  if (status != SD_OK) lw_refused(L, "optim", of->g, status);
  lw_pushrefs(L, "optim", graph, n, r.out);
  return 1;
}

static const luaL_Reg functions[] = {
    {"optimisers", optimisers}, {"optim_step", step}, {"optim_reshape", reshape}, {NULL, NULL}};

void lw_open_optim(lua_State *L) { luaL_setfuncs(L, functions, 0); }
