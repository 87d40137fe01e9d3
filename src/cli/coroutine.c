/* coroutine.resume and coroutine.wrap as in Lua, except that they tell the host which thread runs:
 * Ctrl-C works by a hook, and a hook belongs to one thread. The rest of the library is Lua's
 * own. */
#include "host.h"
#include <lualib.h>

/* Resumes co with the n values at the top of L: the number of results, which it pushes, or -1 and
 * the message. */
static int resume(lua_State *L, lua_State *co, int n) {
  int results;
  if (!lua_checkstack(co, n)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, n);
  lua_State *from = cli_switch(co);
  int status = lua_resume(co, L, n, &results);
  cli_switch(from);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return -1;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(co, L, results);
  return results;
}

/* coroutine.resume(co, ...) -> true, results, or false, message */
static int protected_resume(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTHREAD);
  int n = resume(L, lua_tothread(L, 1), lua_gettop(L) - 1);
  lua_pushboolean(L, n >= 0);
  lua_insert(L, n >= 0 ? -n - 1 : -2);
  return (n >= 0 ? n : 1) + 1;
}

/* What wrap returns: resumes upvalue 1; an error closes the coroutine and goes on upwards, a text
 * with the position of the call in front. */
static int wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int n = resume(L, co, lua_gettop(L));
  if (n >= 0) return n;
  int status = lua_status(co), memory = status == LUA_ERRMEM;
  if (status != LUA_OK && status != LUA_YIELD) { /* it failed, and did not just refuse to start */
    memory = lua_resetthread(co) == LUA_ERRMEM;
    lua_xmove(co, L, 1); /* closing a variable may have failed in its turn */
  }
  if (!memory && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

/* coroutine.wrap(f) -> a function that resumes */
static int wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

void cli_open_coroutines(lua_State *L) {
  static const luaL_Reg functions[] = {{"resume", protected_resume}, {"wrap", wrap}, {NULL, NULL}};
  lua_getglobal(L, LUA_COLIBNAME);
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
