/* core.tracing.loop: what lua/saddle/loop.lua is made of (see saddle/loop.h). */
#include "saddle/loop.h"
#include "lw.h"
#include "saddle/status.h"
#include <stdio.h>

#define LW_LOOP "saddle.loop"

typedef struct lw_loop {
  const sd_op *op;
} lw_loop;

static void release(lw_loop *l) {
  if (l->op) l->op->hold(l->op, -1);
  l->op = NULL;
}

static int loop_gc(lua_State *L) {
  release(luaL_checkudata(L, 1, LW_LOOP));
  return 0;
}

/* The input of g that has number k. */
static sd_ref input_at(const sd_graph *g, int k) {
  sd_ref r = 1;
  while (sd_node_at(g, r)->op != &sd_op_input || sd_node_at(g, r)->attr.k[0] != k) r++;
  return r;
}

/* out[] <- the nodes of the list at `list`, of n entries; the first `states` of them must have the
 * types of the state's inputs, whose names are in the list at `names`. */
static void check_outs(lua_State *L, const sd_graph *g, int list, int names, int n, int states,
                       sd_ref *out) {
  char was[LW_SHAPE], is[LW_SHAPE];
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, list, k + 1);
    out[k] = lw_checkref(L, "loop", 1, lua_gettop(L));
    if (out[k] < 0) lw_fail(L, "loop", out[k]);
    lua_pop(L, 1);
    if (k >= states) continue;
    const sd_type *from = &sd_node_at(g, input_at(g, k + 1))->type;
    const sd_type *to = &sd_node_at(g, out[k])->type;
    lua_rawgeti(L, names, k + 1);
    if (!sd_type_same(from, to))
      lw_error(L, "loop: %s is %s, and the function makes it %s", luaL_checkstring(L, -1),
               lw_describetype(from, was), lw_describetype(to, is));
    lua_pop(L, 1);
  }
}

/* Pushes the op for the body at 1. */
static lw_loop *push_op(lua_State *L, const sd_graph *g, int states, int writes,
                        const sd_ref *out) {
  int inputs = sd_graph_inputs(g), status;
  sd_ref *in = lw_scratch(L, "loop", (size_t)inputs, sizeof *in);
  for (int k = 0; k < inputs; k++) in[k] = input_at(g, k);
  sd_body body = {g, states, inputs - 1 - states, 0, writes, in[0], in + 1, out};
  lw_loop *l = lua_newuserdatauv(L, sizeof *l, 1);
  l->op = NULL;
  lua_pushvalue(L, 1); /* ops of sd.op in the body live until the loop is freed */
  lua_setiuservalue(L, -2, 1);
  luaL_setmetatable(L, LW_LOOP);
  status = sd_loop_new(&body, &l->op);
  if (status != SD_OK) lw_fail(L, "loop", status);
  return l;
}

/* What the body keeps alive (ops of sd.op) the graph of the results keeps, too. */
static void keep(lua_State *L) {
  if (lw_pushcurrent(L) == NULL) return;
  lw_keepowners(L, 1, lua_gettop(L));
  lua_pop(L, 1);
}

/* Raises unless the body's inputs are what it says: t, the leaves, then the constants. */
static void check_body(lua_State *L, const lw_graph *body, int states, int nout) {
  if (body->g == NULL || body->open) lw_error(L, "loop: the body must be a closed graph");
  lua_getiuservalue(L, 1, LW_CONSTANTS);
  int constants = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : -1;
  lua_pop(L, 1);
  if (constants < 0 || nout < states || sd_graph_inputs(body->g) != 1 + states + constants)
    lw_error(L, "loop: the body does not have the inputs and results of a loop over %d leaves",
             states);
  const sd_type t = sd_type_number();
  if (!sd_type_same(&t, &sd_node_at(body->g, input_at(body->g, 0))->type))
    lw_error(L, "loop: the body's first input must be a number");
}

/* core.tracing.loop(body, n, leaves, names, outs) -> list of results
 *
 * body is a closed graph of core.tracing.body whose first inputs are the iteration and the leaves;
 * outs are its nodes for the state after an iteration, and then those to be written down. */
static int loop(lua_State *L) {
  lw_graph *body = luaL_checkudata(L, 1, LW_GRAPH);
  sd_attr attr = {.k = {luaL_checkinteger(L, 2), 0}};
  luaL_checktype(L, 3, LUA_TTABLE);
  luaL_checktype(L, 4, LUA_TTABLE);
  luaL_checktype(L, 5, LUA_TTABLE);
  lua_settop(L, 5);
  int states = (int)lua_rawlen(L, 3), nout = (int)lua_rawlen(L, 5);
  check_body(L, body, states, nout);
  sd_ref *out = lw_scratch(L, "loop", (size_t)nout, sizeof *out);
  lw_hostof(L);
  check_outs(L, body->g, 5, 4, nout, states, out);
  lw_loop *l = push_op(L, body->g, states, nout - states, out);
  lua_getiuservalue(L, 1, LW_CONSTANTS);
  int constants = lua_gettop(L), given = states + (int)lua_rawlen(L, constants);
  luaL_checkstack(L, given + nout + 8, "loop");
  for (int k = 0; k < given; k++)
    lua_rawgeti(L, k < states ? 3 : constants, k < states ? k + 1 : k + 1 - states);
  keep(L);
  int made = lw_apply(L, l->op, &attr, constants + 1, given);
  /* A graph that has recorded it holds it; else its memory is free before the collector comes. */
  release(l);
  lua_createtable(L, made, 0);
  lua_insert(L, -1 - made);
  for (int j = made; j >= 1; j--) lua_rawseti(L, -1 - j, j);
  return 1;
}

void lw_open_loop(lua_State *L) {
  lua_pushcfunction(L, loop);
  lua_setfield(L, -2, "loop");
  luaL_newmetatable(L, LW_LOOP);
  lua_pushcfunction(L, loop_gc);
  lua_setfield(L, -2, "__gc");
  lua_pushliteral(L, LW_LOOP);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
