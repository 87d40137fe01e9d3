/* core.tracing.graph: graphs that functions are traced into, and what is asked of symbols.
 * transform.c has what is made of a graph once it is there.
 *
 * A graph is open while its function is being traced; it is closed by its __close, so that an error
 * on the way closes it too. current.c knows which one is current. */
#include "lw.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <string.h>

/* Graphs that are open at once: more is a function that differentiates itself. */
enum { DEPTH = 100 };

lw_graph *lw_checkgraph(lua_State *L, int arg) {
  lw_graph *graph = luaL_checkudata(L, arg, LW_GRAPH);
  if (graph->g == NULL) lw_error(L, "graph: it has been collected");
  lw_hostof(L); /* rules and shapes of sd.op are called from here */
  return graph;
}

void lw_checkcapture(lua_State *L, const sd_capture *c) {
  if (c->version && *c->version != c->seen)
    lw_error(L,
             "trace: a %tdx%td matrix was written to after the function had used it; write before "
             "that, or to a copy",
             c->m.rows, c->m.cols);
}

void lw_checkcaptures(lua_State *L, const sd_graph *g) {
  for (int k = 0; k < sd_graph_captures(g); k++) lw_checkcapture(L, sd_graph_capture_at(g, k));
}

lw_graph *lw_pushgraphof(lua_State *L, sd_graph *g) {
  lw_graph *graph = lw_pushcurrent(L);
  if (graph && graph->g == g) return graph;
  if (graph == NULL) lw_error(L, "trace: no function is being traced");
  lw_graph *made = lua_newuserdatauv(L, sizeof *made, LW_GRAPH_VALUES);
  *made = (lw_graph){g, 1, 1, NULL, graph->depth + 1, 0, 0};
  luaL_setmetatable(L, LW_GRAPH);
  lua_getiuservalue(L, -2, LW_OWNERS);
  lua_setiuservalue(L, -2, LW_OWNERS);
  lua_remove(L, -2);
  lua_toclose(L, -1); /* g may be gone once the caller has returned */
  return made;
}

/* Pushes a new graph, open and current. */
static int open_graph(lua_State *L, int body, int staged) {
  const lw_graph *around = lw_pushcurrent(L);
  int depth = around ? around->depth + 1 : 0;
  if (depth >= DEPTH)
    lw_error(L, "trace: %d functions are being traced, one within the other", DEPTH);
  lw_graph *graph = lua_newuserdatauv(L, sizeof *graph, LW_GRAPH_VALUES);
  int at = lua_gettop(L);
  *graph = (lw_graph){NULL, 0, 0, NULL, depth, body, staged};
  luaL_setmetatable(L, LW_GRAPH);
  lua_newtable(L);
  lua_setiuservalue(L, at, LW_OWNERS);
  lua_newtable(L);
  lua_setiuservalue(L, at, LW_CONSTANTS);
  lw_check(L, "graph", sd_graph_new(&graph->g));
  lw_linkgraph(L, at);
  graph->open = 1;
  lw_hostof(L)->open++;
  lua_settop(L, at);
  return 1;
}

/* core.tracing.graph([staged]) -> graph */
static int graph_new(lua_State *L) { return open_graph(L, 0, lua_toboolean(L, 1)); }
/* core.tracing.body() -> graph of a loop's body: values of the graphs around it become inputs */
static int body_new(lua_State *L) { return open_graph(L, 1, 0); }

/* graph:close(): symbols of it are refused from now on; the graph around it is current again. */
static int graph_close(lua_State *L) {
  lw_graph *graph = luaL_checkudata(L, 1, LW_GRAPH);
  if (graph->borrowed) graph->g = NULL;
  if (!graph->open) return 0;
  graph->open = 0;
  if (!graph->borrowed) lw_hostof(L)->open--;
  lw_unlinkgraph(L);
  return 0;
}

static int graph_gc(lua_State *L) {
  lw_graph *graph = luaL_checkudata(L, 1, LW_GRAPH);
  if (!graph->borrowed) sd_graph_free(graph->g);
  graph->g = NULL;
  return graph_close(L);
}

/* graph:staged() -> whether it is of a compiled function, and records what matrices alone give */
static int staged(lua_State *L) {
  lua_pushboolean(L, lw_checkgraph(L, 1)->staged);
  return 1;
}

/* core.tracing.current() -> the graph that is being traced, or nil */
static int current(lua_State *L) { return lw_pushcurrent(L) != NULL; }

/* graph:input(leaf) -> a symbol of the leaf's type: of a matrix, a number or a symbol; of an rng a
 * traced rng */
static int input(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  sd_type type = sd_type_rng();
  if (!lw_testrng(L, 2) && !lw_typeof(L, 2, &type))
    lw_argerror(L, "trace", 2, "a matrix, a number or an rng");
  lw_place(L, graph);
  lw_pushsymbol(L, "trace", 1, sd_graph_input(graph->g, type));
  if (lw_isfrozen(L, 2)) lw_testsymbol(L, -1)->frozen = 1;
  return 1;
}

/* graph:alias(x) -> a symbol equal to x, a variable of its own */
static int alias(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  lw_place(L, graph);
  lw_pushsymbol(L, "trace", 1, sd_graph_alias(graph->g, lw_checkref(L, "trace", 1, 2)));
  return 1;
}

/* graph:varies(x) -> whether x depends on an input */
static int varies(lua_State *L) {
  lw_graph *graph = lw_checkgraph(L, 1);
  sd_ref r = lw_checkref(L, "trace", 1, 2);
  lua_pushboolean(L, r > 0 && sd_node_at(graph->g, r)->varies);
  return 1;
}

/* ---- lists of nodes ---------------------------------------------------------------------------*/

lw_graph *lw_pushtrace(lua_State *L, const char *fn) {
  lw_graph *graph = lw_pushcurrent(L);
  if (graph == NULL) lw_error(L, "%s: no function is being traced", fn);
  lw_hostof(L);
  lw_place(L, graph);
  return graph;
}

void lw_checkrefs(lua_State *L, const char *fn, int graph, int arg, int n, sd_ref *refs) {
  luaL_checktype(L, arg, LUA_TTABLE);
  for (int k = 0; k < n; k++) {
    lua_rawgeti(L, arg, k + 1);
    refs[k] = lw_checkref(L, fn, graph, lua_gettop(L));
    if (refs[k] < 0) lw_fail(L, fn, refs[k]);
    lua_pop(L, 1);
  }
}

void lw_pushrefs(lua_State *L, const char *fn, int graph, int n, const sd_ref *refs) {
  lua_createtable(L, n, 0);
  for (int k = 0; k < n; k++) {
    lw_pushsymbol(L, fn, graph, refs[k]);
    lua_rawseti(L, -2, k + 1);
  }
}

void lw_keepowners(lua_State *L, int from, int to) {
  from = lua_absindex(L, from);
  lua_getiuservalue(L, to, LW_OWNERS);
  lua_getiuservalue(L, from, LW_OWNERS);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 2);
}

/* ---- functions of core.tracing ----------------------------------------------------------------*/

/* core.tracing.issymbol(v) -> whether v is a symbol */
static int issymbol(lua_State *L) {
  lua_pushboolean(L, lw_testsymbol(L, 1) != NULL);
  return 1;
}

/* core.tracing.callable(v) -> whether v is a function, or acts as one (lw_iscallable) */
static int callable(lua_State *L) {
  lua_pushboolean(L, lw_iscallable(L, 1));
  return 1;
}

/* core.tracing.isrng(v) -> whether v is an rng, whether it is a traced one */
static int isrng(lua_State *L) {
  const lw_rng *rng = lw_testrng(L, 1);
  lua_pushboolean(L, rng != NULL);
  lua_pushboolean(L, rng != NULL && rng->of != NULL);
  return 2;
}

/* core.tracing.rng_state(traced rng) -> a traced rng that starts where this one is now */
static int rng_state(lua_State *L) {
  const lw_rng *rng = lw_testrng(L, 1);
  if (rng == NULL || rng->of == NULL) lw_argerror(L, "rng_state", 1, "a traced rng");
  lw_pushgraph(L, "rng_state", 1);
  int graph = lua_gettop(L);
  lw_pushsymbol(L, "rng_state", graph, lw_checkref(L, "rng_state", graph, 1));
  return 1;
}

/* core.tracing.rng_assign(rng, other): both draw the same from now on */
static int rng_assign(lua_State *L) {
  lw_rng *rng = lw_testrng(L, 1);
  const lw_rng *other = lw_testrng(L, 2);
  if (rng == NULL || rng->of) lw_argerror(L, "rng_assign", 1, "an rng");
  if (other == NULL || other->of) lw_argerror(L, "rng_assign", 2, "an rng");
  rng->at = other->at;
  return 0;
}

/* The op of this name and number of arguments: max and min are two each. */
static const sd_op *find_op(const char *name, int nargs) {
  for (int i = 0; i < sd_op_count(); i++)
    if (sd_op_at(i)->nargs == nargs && strcmp(sd_op_at(i)->name, name) == 0) return sd_op_at(i);
  return sd_op_named(name);
}

/* core.tracing.apply(name, attributes, ...) -> the results of the op of that name on matrices,
 * numbers or symbols; attributes is {p={..}, k={..}}, as the op's row documents them */
static int apply(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  const sd_op *op = find_op(name, lua_gettop(L) - 2);
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

/* core.tracing.mallocs() -> how many blocks the core has asked the system for so far */
static int mallocs(lua_State *L) {
  lua_pushinteger(L, sd_mem_mallocs());
  return 1;
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

static const luaL_Reg methods[] = {{"close", graph_close}, {"input", input},   {"alias", alias},
                                   {"varies", varies},     {"staged", staged}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", graph_gc}, {"__close", graph_close}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"graph", graph_new},
                                     {"body", body_new},
                                     {"current", current},
                                     {"issymbol", issymbol},
                                     {"isrng", isrng},
                                     {"callable", callable},
                                     {"rng_state", rng_state},
                                     {"rng_assign", rng_assign},
                                     {"apply", apply},
                                     {"mallocs", mallocs},
                                     {"ops", ops},
                                     {NULL, NULL}};

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
