/* Where in the script something happens: the first Lua function on the stack that is not of
 * saddle's own modules, which mark themselves; nowhere when all are, as in its commands. */
#include "lw.h"
#include <string.h>

/* registry[&modules_key]: the address of a chunk's name, which its functions share -> a function
 * of the chunk, which keeps that alive */
static const char modules_key;

static void push_modules(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &modules_key) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &modules_key);
}

/* at <- the function at the level; 0 when there is none. */
static int look(lua_State *L, int level, lua_Debug *at) {
  return lua_getstack(L, level, at) && lua_getinfo(L, "S", at);
}

/* 1 when it is of a module of saddle, whose table is at the top of the stack. */
static int is_ours(lua_State *L, const lua_Debug *at) {
  int marked = lua_rawgetp(L, -1, at->source) != LUA_TNIL;
  lua_pop(L, 1);
  return marked;
}

/* at <- the script's function, with its line; 0 when there is none. */
static int find(lua_State *L, lua_Debug *at) {
  int found = 0;
  luaL_checkstack(L, 2, "place");
  push_modules(L);
  for (int level = 0; !found && look(L, level, at); level++)
    found = *at->what != 'C' && !is_ours(L, at);
  lua_pop(L, 1);
  if (!found) return 0;
  lua_getinfo(L, "l", at);
  return at->currentline > 0;
}

static void push_place(lua_State *L) {
  lua_Debug at;
  if (find(L, &at))
    lua_pushfstring(L, "%s:%d: ", at.short_src, at.currentline);
  else
    lua_pushliteral(L, "");
}

void lw_where(lua_State *L) {
  lua_Debug at;
  luaL_checkstack(L, 2, "place");
  push_modules(L);
  int ours = look(L, 1, &at) && is_ours(L, &at);
  lua_pop(L, 1);
  if (ours)
    push_place(L);
  else
    luaL_where(L, 1);
}

void lw_place(lua_State *L, lw_graph *graph) {
  lua_Debug at;
  if (!find(L, &at)) return;
  if (graph->source == NULL || strcmp(graph->source, at.short_src) != 0)
    graph->source = sd_graph_string(graph->g, at.short_src);
  sd_graph_place(graph->g, graph->source, at.currentline);
}

/* core.tracing.module(): the chunk that calls is a part of saddle, not of the script */
static int module(lua_State *L) {
  lua_Debug at;
  if (!lua_getstack(L, 1, &at)) return 0;
  push_modules(L);
  lua_getinfo(L, "Sf", &at);
  lua_rawsetp(L, -2, at.source);
  return 0;
}

/* core.tracing.place() -> "file:line: ", or "" when no script is running */
static int place(lua_State *L) {
  push_place(L);
  return 1;
}

static const luaL_Reg functions[] = {{"module", module}, {"place", place}, {NULL, NULL}};

void lw_open_place(lua_State *L) { luaL_setfuncs(L, functions, 0); }
