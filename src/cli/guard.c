/* Guards that keep scripts from breaking the memory safety of the interpreter and the binding.
 *
 * Binary chunks: Lua does not verify bytecode, so all ways to load code accept text only.
 * The debug library: a matrix is recognised by its metatable, a view keeps its owner alive by its
 * user value, C functions rely on their upvalues and on the values of their own frame, and loops on
 * their hidden counters. What could change these is refused; the rest of the library is as ever.
 * C modules (require of a .so, package.loadlib) are native code and outside any guard. */
#include "host.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- text only --------------------------------------------------------------------------------*/

/* Calls the original (upvalue 1) with the mode, argument `at`, narrowed to text. */
static int load_text(lua_State *L, int at) {
  const char *mode = luaL_optstring(L, at, "t");
  const char *narrowed = strchr(mode, 't') ? "t" : "none";
  if (lua_gettop(L) < at) lua_settop(L, at);
  lua_pushstring(L, narrowed);
  lua_replace(L, at);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int load(lua_State *L) { return load_text(L, 3); }     /* load(chunk, name, mode, env) */
static int loadfile(lua_State *L) { return load_text(L, 2); } /* loadfile(path, mode, env) */

static int results(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return lua_gettop(L) - 1;
}

/* dofile([path]) -> what the chunk returns */
static int dofile(lua_State *L) {
  const char *path = luaL_optstring(L, 1, NULL);
  lua_settop(L, 1);
  if (luaL_loadfilex(L, path, "t") != LUA_OK) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, results);
  return results(L, 0, 0);
}

/* The searcher of Lua files for require; upvalue 1 is the package table. */
static int search_lua(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_getfield(L, lua_upvalueindex(1), "searchpath");
  lua_pushvalue(L, 1);
  if (lua_getfield(L, lua_upvalueindex(1), "path") != LUA_TSTRING)
    return luaL_error(L, "'package.path' must be a string");
  lua_call(L, 2, 2);
  const char *file = lua_tostring(L, -2);
  if (file == NULL) return 1; /* the list of files tried */
  if (luaL_loadfilex(L, file, "t") != LUA_OK)
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, file,
                      lua_tostring(L, -1));
  lua_pushstring(L, file);
  return 2;
}

/* ---- debug ------------------------------------------------------------------------------------*/

static int refuse(lua_State *L) {
  return luaL_error(L, "debug.%s is not available: it could break memory safety",
                    lua_tostring(L, lua_upvalueindex(1)));
}

/* Calls the original (upvalue 1) with the same arguments. */
static int pass_on(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* debug.setmetatable(value, metatable) -> value; not for userdata */
static int setmetatable(lua_State *L) {
  if (lua_isuserdata(L, 1))
    return luaL_error(L, "debug.setmetatable: the metatable of a userdata cannot be changed");
  return pass_on(L);
}

/* debug.setupvalue(f, k, value) -> name; not for C functions */
static int setupvalue(lua_State *L) {
  if (lua_iscfunction(L, 1))
    return luaL_error(L, "debug.setupvalue: upvalues of a C function cannot be changed");
  return pass_on(L);
}

/* debug.setlocal([thread,] level, k, value) -> name; for named variables of Lua functions. It asks
 * for the level itself, since a call in between would shift the levels. */
static int setlocal(lua_State *L) {
  int first = lua_isthread(L, 1), k = (int)luaL_checkinteger(L, first + 2);
  lua_State *of = first ? lua_tothread(L, 1) : L;
  lua_Integer level = luaL_checkinteger(L, first + 1);
  lua_Debug frame;
  luaL_checkany(L, first + 3);
  if (level < 0 || level > INT_MAX || !lua_getstack(of, (int)level, &frame))
    return luaL_argerror(L, first + 1, "level out of range");
  lua_getinfo(of, "S", &frame);
  if (*frame.what == 'C')
    return luaL_error(L, "debug.setlocal: values of a C function cannot be changed");
  luaL_checkstack(of, 1, "stack overflow");
  const char *name = lua_getlocal(of, &frame, k);
  if (name == NULL) {
    lua_pushnil(L);
    return 1;
  }
  lua_pop(of, 1);
  if (*name == '(')
    return luaL_error(L, "debug.setlocal: %s is internal and cannot be changed", name);
  lua_settop(L, first + 3);
  lua_xmove(L, of, 1);
  lua_pushstring(L, lua_setlocal(of, &frame, k));
  return 1;
}

/* ---- exit -------------------------------------------------------------------------------------*/

/* os.exit([code[, close]]): closes the state (files, finalisers) unless close is false */
static int leave(lua_State *L) {
  if (lua_gettop(L) < 2 || lua_isnil(L, 2)) {
    lua_settop(L, 1);
    lua_pushboolean(L, 1);
  }
  cli_release_interrupts();
  return pass_on(L);
}

/* ---- ------------------------------------------------------------------------------------------*/

/* table[name] <- guard, with the present value as upvalue 1; the table is at the top. */
static void cover(lua_State *L, const char *name, lua_CFunction guard) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, guard, 1);
  lua_setfield(L, -2, name);
}

void cli_guard(lua_State *L) {
  static const char *const refused[] = {"getregistry", "setuservalue"};
  lua_pushglobaltable(L);
  cover(L, "load", load);
  cover(L, "loadfile", loadfile);
  cover(L, "dofile", dofile);
  lua_getfield(L, -1, "package");
  lua_getfield(L, -1, "searchers");
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, search_lua, 1);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 2);
  lua_getfield(L, -1, "debug");
  cover(L, "setmetatable", setmetatable);
  cover(L, "setupvalue", setupvalue);
  cover(L, "setlocal", setlocal);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    lua_pushstring(L, refused[i]);
    lua_pushcclosure(L, refuse, 1);
    lua_setfield(L, -2, refused[i]);
  }
  lua_pop(L, 1);
  lua_getfield(L, -1, "os");
  cover(L, "exit", leave);
  lua_pop(L, 2);
}
