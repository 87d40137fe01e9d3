/* Which graph is current: the inmost open one of a coroutine; a coroutine without one is in the
 * trace of those that wait for it. So a coroutine that is left in mid-trace troubles nobody else,
 * and goes on with its own trace when it is resumed. */
#include "lw.h"

#define SUSPENSION "saddle.suspension"

/* registry[&open_key]: coroutine -> its inmost open graph, or false while it is suspended; weak
 * both ways: what nobody can go on with is no trace any more. */
static const char open_key;

static void push_open_graphs(lua_State *L) { lw_pushweak(L, &open_key, "kv"); }

/* 1 when the coroutine has resumed another one, and waits for it. */
static int is_waiting(lua_State *co) {
  lua_Debug at;
  return lua_status(co) == LUA_OK && lua_getstack(co, 0, &at);
}

/* Replaces nil at the top of the stack by the inmost graph of the coroutines that wait for L, if
 * any has one; below it are the open graphs. */
static void inherit(lua_State *L) {
  const lw_graph *best = NULL;
  int top = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, top - 1)) {
    const lw_graph *graph = lua_touserdata(L, -1);
    if (graph && is_waiting(lua_tothread(L, -2)) && (best == NULL || graph->depth > best->depth)) {
      best = graph;
      lua_copy(L, -1, top);
    }
    lua_pop(L, 1);
  }
}

lw_graph *lw_pushcurrent(lua_State *L) {
  push_open_graphs(L);
  lua_pushthread(L);
  if (lua_rawget(L, -2) == LUA_TNIL) inherit(L);
  lua_remove(L, -2);
  lw_graph *graph = lua_touserdata(L, -1);
  if (graph == NULL || !graph->open) {
    lua_pop(L, 1);
    return NULL;
  }
  return graph;
}

lw_graph *lw_pushstaged(lua_State *L) {
  lw_graph *graph = lw_pushcurrent(L);
  while (graph && graph->body) {
    int type = lua_getiuservalue(L, -1, LW_BEFORE);
    lua_remove(L, -2);
    graph = type == LUA_TUSERDATA ? lua_touserdata(L, -1) : NULL;
    if (graph == NULL) lua_pop(L, 1);
  }
  if (graph == NULL || graph->staged) return graph;
  lua_pop(L, 1);
  return NULL;
}

void lw_linkgraph(lua_State *L, int at) {
  push_open_graphs(L);
  lua_pushthread(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, at, LW_THREAD);
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  lua_setiuservalue(L, at, LW_BEFORE);
  lua_pushvalue(L, at);
  lua_rawset(L, -3);
  lua_settop(L, at);
}

void lw_unlinkgraph(lua_State *L) {
  lua_settop(L, 1);
  push_open_graphs(L);
  lua_getiuservalue(L, 1, LW_THREAD);
  lua_getiuservalue(L, 1, LW_BEFORE);
  if (lua_isnil(L, 3)) return;
  lua_pushvalue(L, 3);
  lua_rawget(L, 2);
  if (lua_isnil(L, 5) || lua_rawequal(L, 5, 1)) {
    lua_settop(L, 4);
    lua_rawset(L, 2);
  } else {
    while (lua_isuserdata(L, 5) && lua_getiuservalue(L, 5, LW_BEFORE) == LUA_TUSERDATA &&
           !lua_rawequal(L, 6, 1))
      lua_replace(L, 5);
    lua_settop(L, 6);
    if (lua_rawequal(L, 6, 1)) {
      lua_pushvalue(L, 4);
      lua_setiuservalue(L, 5, LW_BEFORE);
    }
  }
  lua_settop(L, 1);
  for (int k = LW_BEFORE; k <= LW_THREAD; k++) {
    lua_pushnil(L);
    lua_setiuservalue(L, 1, k);
  }
}

/* core.tracing.suspend() -> to be closed: until then this coroutine traces nothing */
static int suspend(lua_State *L) {
  lua_createtable(L, 1, 0);
  push_open_graphs(L);
  lua_pushthread(L);
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  lua_rawseti(L, -4, 1); /* what it was */
  lua_pushboolean(L, 0);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  luaL_setmetatable(L, SUSPENSION);
  return 1;
}

static int resume(lua_State *L) {
  push_open_graphs(L);
  lua_pushthread(L);
  lua_rawgeti(L, 1, 1);
  lua_rawset(L, -3);
  return 0;
}

void lw_open_current(lua_State *L) {
  lua_pushcfunction(L, suspend);
  lua_setfield(L, -2, "suspend");
  luaL_newmetatable(L, SUSPENSION);
  lua_pushcfunction(L, resume);
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
}
