/* core.tracing.graph and the transforms of graphs: what lua/saddle/derive.lua is made of.
 *
 * A graph is open while its function is being traced; it is closed by its __close, so that an error
 * on the way closes it too. At most one is current; those around it wait. */
#include "lw.h"
#include "saddle/status.h"
#include <string.h>

static const char current_key; /* registry[&current_key]: the graph in force, or nil */

enum { OWNERS = 1, BEFORE = 2 }; /* user values: what the graph keeps alive; the graph around it */

static lw_graph *check_graph(lua_State *L, int arg) { return luaL_checkudata(L, arg, LW_GRAPH); }

lw_graph *lw_pushcurrent(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &current_key) != LUA_TNIL) return lua_touserdata(L, -1);
  lua_pop(L, 1);
  return NULL;
}

lw_graph *lw_pushgraphof(lua_State *L, sd_graph *g) {
  lw_graph *graph = lw_pushcurrent(L);
  if (graph && graph->g == g) return graph;
  if (graph == NULL) lw_error(L, "trace: no function is being traced");
  lw_graph *made = lua_newuserdatauv(L, sizeof *made, 2);
  *made = (lw_graph){g, 1, 1, NULL};
  luaL_setmetatable(L, LW_GRAPH);
  lua_getiuservalue(L, -2, OWNERS);
  lua_setiuservalue(L, -2, OWNERS);
  lua_remove(L, -2);
  return made;
}

/* core.tracing.graph() -> graph, open and current */
static int graph_new(lua_State *L) {
  lw_graph *graph = lua_newuserdatauv(L, sizeof *graph, 2);
  *graph = (lw_graph){NULL, 0, 0, NULL};
  luaL_setmetatable(L, LW_GRAPH);
  lua_newtable(L);
  lua_setiuservalue(L, -2, OWNERS);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &current_key);
  lua_setiuservalue(L, -2, BEFORE);
  lw_check(L, "graph", sd_graph_new(&graph->g));
  graph->open = 1;
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &current_key);
  return 1;
}

/* graph:close(): symbols of it are refused from now on; the graph around it is current again. */
static int graph_close(lua_State *L) {
  lw_graph *graph = check_graph(L, 1);
  if (!graph->open) return 0;
  graph->open = 0;
  lua_getiuservalue(L, 1, BEFORE);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &current_key);
  lua_pushnil(L);
  lua_setiuservalue(L, 1, BEFORE);
  return 0;
}

static int graph_gc(lua_State *L) {
  lw_graph *graph = check_graph(L, 1);
  if (!graph->borrowed) sd_graph_free(graph->g);
  graph->g = NULL;
  return 0;
}

/* core.tracing.current() -> the graph that is being traced, or nil */
static int current(lua_State *L) { return lw_pushcurrent(L) != NULL; }

/* graph:input(leaf) -> a symbol of the leaf's type: a matrix or a number */
static int input(lua_State *L) {
  lw_graph *graph = check_graph(L, 1);
  sd_type type;
  if (!lw_typeof(L, 2, &type)) lw_argerror(L, "trace", 2, "a matrix or a number");
  lw_place(L, graph);
  lw_pushsymbol(L, "trace", 1, sd_graph_input(graph->g, type));
  ((lw_symbol *)lua_touserdata(L, -1))->frozen = lw_isfrozen(L, 2);
  return 1;
}

/* graph:alias(x) -> a symbol equal to x, a variable of its own */
static int alias(lua_State *L) {
  lw_graph *graph = check_graph(L, 1);
  lw_place(L, graph);
  lw_pushsymbol(L, "trace", 1, sd_graph_alias(graph->g, lw_checkref(L, "trace", 1, 2)));
  return 1;
}

/* graph:varies(x) -> whether x depends on an input */
static int varies(lua_State *L) {
  lw_graph *graph = check_graph(L, 1);
  sd_ref r = lw_checkref(L, "trace", 1, 2);
  lua_pushboolean(L, r > 0 && sd_node_at(graph->g, r)->varies);
  return 1;
}

/* ---- transforms -------------------------------------------------------------------------------*/

/* The nodes of the list at arg, of n entries, in scratch memory that is pushed; false is 0. */
static sd_ref *check_refs(lua_State *L, const char *fn, int arg, int n) {
  sd_ref *refs = lw_scratch(L, fn, (size_t)n, sizeof *refs);
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, arg, k + 1);
    refs[k] = lua_toboolean(L, -1) ? lw_checkref(L, fn, 1, lua_gettop(L)) : 0;
    if (refs[k] < 0) lw_fail(L, fn, refs[k]);
    lua_pop(L, 1);
  }
  return refs;
}

/* Pushes a list of symbols, false where there is none. */
static void push_refs(lua_State *L, const char *fn, const sd_ref *refs, int n) {
  lua_createtable(L, n, 0);
  for (int k = 0; k < n; k++) {
    if (refs[k] == 0)
      lua_pushboolean(L, 0);
    else
      lw_pushsymbol(L, fn, 1, refs[k]);
    lua_rawseti(L, -2, k + 1);
  }
}

static int length(lua_State *L, int arg) {
  luaL_checktype(L, arg, LUA_TTABLE);
  return (int)lua_rawlen(L, arg);
}

static void check_status(lua_State *L, const char *fn, const lw_graph *graph, int status) {
  if (status == SD_OK) return;
  if (status == SD_ENOMEM || status == SD_EHOST || *sd_graph_why(graph->g) == 0)
    lw_fail(L, fn, status);
  lw_error(L, "%s", sd_graph_why(graph->g));
}

/* graph:reverse(outs, cotangents, wrt) -> list of cotangents of wrt; false stands for zero */
static int reverse(lua_State *L) {
  lw_graph *graph = check_graph(L, 1);
  int nout = length(L, 2), nwrt = length(L, 4);
  sd_ref *out = check_refs(L, "reverse", 2, nout), *cot = check_refs(L, "reverse", 3, nout);
  sd_ref *wrt = check_refs(L, "reverse", 4, nwrt);
  lw_hostof(L);
  sd_ref *bar = lw_scratch(L, "reverse", (size_t)nwrt, sizeof *bar);
  check_status(L, "reverse", graph, sd_reverse(graph->g, nout, out, cot, nwrt, wrt, bar));
  push_refs(L, "reverse", bar, nwrt);
  return 1;
}

/* graph:forward(wrt, tangents, outs) -> list of tangents of outs; false stands for zero */
static int forward(lua_State *L) {
  lw_graph *graph = check_graph(L, 1);
  int nwrt = length(L, 2), nout = length(L, 4);
  sd_ref *wrt = check_refs(L, "forward", 2, nwrt), *dot = check_refs(L, "forward", 3, nwrt);
  sd_ref *out = check_refs(L, "forward", 4, nout);
  lw_hostof(L);
  sd_ref *tan = lw_scratch(L, "forward", (size_t)nout, sizeof *tan);
  check_status(L, "forward", graph, sd_forward(graph->g, nwrt, wrt, dot, nout, out, tan));
  push_refs(L, "forward", tan, nout);
  return 1;
}

/* core.tracing.issymbol(v) -> whether v is a symbol */
static int issymbol(lua_State *L) {
  lua_pushboolean(L, lw_testsymbol(L, 1) != NULL);
  return 1;
}

/* core.tracing.apply(name, attributes, ...) -> the results of the op of that name on matrices, numbers
 * or symbols; attributes is {p={..}, k={..}}, as the op's row documents them */
static int apply(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const sd_op *op = sd_op_named(name);
  sd_attr attr = {{0}, {0}};
  if (op == NULL || op->run == NULL) lw_error(L, "apply: no op has the name '%s'", name);
  luaL_checktype(L, 2, LUA_TTABLE);
  for (int list = 0; list < 2; list++) {
    if (lua_getfield(L, 2, list ? "k" : "p") == LUA_TTABLE)
      for (int i = 0; i < (list ? 6 : 2); i++) {
        lua_rawgeti(L, -1, i + 1);
        if (list)
          attr.k[i] = lua_tointeger(L, -1);
        else
          attr.p[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
      }
    lua_pop(L, 1);
  }
  return lw_apply(L, op, &attr, 3, lua_gettop(L) - 2);
}

/* core.tracing.ops() -> list of the names of all ops that run */
static int ops(lua_State *L) {
  lua_newtable(L);
  for (int i = 0, k = 0; i < sd_op_count(); i++)
    if (sd_op_at(i)->run) {
      lua_pushstring(L, sd_op_at(i)->name);
      lua_rawseti(L, -2, ++k);
    }
  return 1;
}

static const luaL_Reg methods[] = {
    {"close", graph_close}, {"input", input},     {"alias", alias}, {"varies", varies},
    {"reverse", reverse},   {"forward", forward}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", graph_gc}, {"__close", graph_close}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"graph", graph_new},   {"current", current},
                                     {"issymbol", issymbol}, {"apply", apply},
                                     {"ops", ops},           {NULL, NULL}};

void lw_open_graph(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  luaL_newmetatable(L, LW_GRAPH);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, LW_GRAPH);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
