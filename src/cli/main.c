/* The executable: for now, runs a script with its arguments. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

int luaopen_saddle_core(lua_State *L);

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (L == NULL || argc < 2) return 1;
  luaL_openlibs(L);
  lua_gc(L, LUA_GCGEN, 0, 0);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_saddle_core);
  lua_setfield(L, -2, "saddle.core");
  lua_settop(L, 0);
  luaL_dostring(L, "package.path = './lua/?.lua;./lua/?/init.lua;' .. package.path");
  int bad = luaL_dofile(L, argv[1]);
  if (bad) fprintf(stderr, "saddle: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return bad;
}
