/* Guards that keep scripts from breaking the memory safety of the interpreter and the binding.
 *
 * Binary chunks: Lua does not verify bytecode, so all ways to load code accept text only.
 * The debug library: a matrix is recognised by its metatable, a view keeps its owner alive by its
 * user value, C functions rely on their upvalues and on the values of their own frame, and loops on
 * their hidden counters. What could change these is refused, and the insides of C functions are not
 * shown; the rest of the library is as ever.
 * C modules (require of a .so, package.loadlib) are native code and outside any guard. */
#include "host.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- text only --------------------------------------------------------------------------------*/

/* No guard calls what it replaces, nor holds it: a hook or a reader would find it on the stack. */

/* "t", or a mode under which Lua refuses text as well. */
static const char *narrowed(lua_State *L, int at) {
  return strchr(luaL_optstring(L, at, "t"), 't') ? "t" : "none";
}

/* What load and loadfile give: the function, argument `env` its first upvalue, or nil, message. */
static int loaded(lua_State *L, int status, int env) {
  if (status != LUA_OK) {
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
  }
  if (env != 0) {
    lua_pushvalue(L, env);
    if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  }
  return 1;
}

/* A lua_Reader: the pieces are what the function at index 1 returns, each kept at index 5 while it
 * is read. */
static const char *next_piece(lua_State *L, void *data, size_t *size) {
  (void)data;
  luaL_checkstack(L, 2, "too many nested functions");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  *size = 0;
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return NULL;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "reader function must return a string");
  lua_replace(L, 5);
  return lua_tolstring(L, 5, size);
}

/* load(chunk[, name[, mode[, env]]]) -> function, or nil, message */
static int load(lua_State *L) {
  size_t size;
  int env = lua_isnone(L, 4) ? 0 : 4;
  const char *mode = narrowed(L, 3), *text = lua_tolstring(L, 1, &size);
  if (text != NULL)
    return loaded(L, luaL_loadbufferx(L, text, size, luaL_optstring(L, 2, text), mode), env);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  const char *name = luaL_optstring(L, 2, "=(load)");
  lua_settop(L, 5);
  return loaded(L, lua_load(L, next_piece, NULL, name, mode), env);
}

/* loadfile([path[, mode[, env]]]) -> function, or nil, message */
static int loadfile(lua_State *L) {
  int env = lua_isnone(L, 3) ? 0 : 3;
  return loaded(L, luaL_loadfilex(L, luaL_optstring(L, 1, NULL), narrowed(L, 2)), env);
}

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

/* debug.setmetatable(value, metatable or nil) -> value; not for userdata */
static int setmetatable(lua_State *L) {
  if (lua_isuserdata(L, 1))
    return luaL_error(L, "debug.setmetatable: the metatable of a userdata cannot be changed");
  luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

/* debug.getupvalue(f, k) -> name, value; C functions show none: some hold what is guarded here */
static int getupvalue(lua_State *L) {
  int k = (int)luaL_checkinteger(L, 2);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  const char *name = lua_iscfunction(L, 1) ? NULL : lua_getupvalue(L, 1, k);
  if (name == NULL) return 0;
  lua_pushstring(L, name);
  lua_insert(L, -2);
  return 2;
}

/* debug.setupvalue(f, k, value) -> name; not for C functions */
static int setupvalue(lua_State *L) {
  int k = (int)luaL_checkinteger(L, 2);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  luaL_checkany(L, 3);
  if (lua_iscfunction(L, 1))
    return luaL_error(L, "debug.setupvalue: upvalues of a C function cannot be changed");
  lua_settop(L, 3);
  const char *name = lua_setupvalue(L, 1, k);
  if (name == NULL) return 0;
  lua_pushstring(L, name);
  return 1;
}

/* The state whose stack is asked about, and in *first how many arguments name it. */
static lua_State *asked(lua_State *L, int *first) {
  *first = lua_isthread(L, 1);
  return *first ? lua_tothread(L, 1) : L;
}

/* Fills the frame at the level that argument `at` gives; raises when there is none. */
static void check_level(lua_State *L, lua_State *of, int at, lua_Debug *frame) {
  lua_Integer level = luaL_checkinteger(L, at);
  if (level < 0 || level > INT_MAX || !lua_getstack(of, (int)level, frame))
    luaL_argerror(L, at, "level out of range");
  lua_getinfo(of, "S", frame);
}

/* debug.getlocal([thread,] level or f, k) -> name, value; a C function shows none: a finaliser that
 * runs inside one could reach what it works on. Like setlocal it asks for the level itself, since a
 * call in between would shift the levels. */
static int getlocal(lua_State *L) {
  int first;
  lua_State *of = asked(L, &first);
  int k = (int)luaL_checkinteger(L, first + 2);
  lua_Debug frame;
  if (lua_isfunction(L, first + 1)) { /* the names of parameters */
    lua_pushvalue(L, first + 1);
    lua_pushstring(L, lua_getlocal(L, NULL, k));
    return 1;
  }
  check_level(L, of, first + 1, &frame);
  luaL_checkstack(of, 1, "stack overflow");
  const char *name = *frame.what == 'C' ? NULL : lua_getlocal(of, &frame, k);
  if (name == NULL) {
    luaL_pushfail(L);
    return 1;
  }
  lua_xmove(of, L, 1);
  lua_pushstring(L, name);
  lua_insert(L, -2);
  return 2;
}

/* debug.setlocal([thread,] level, k, value) -> name; for named variables of Lua functions */
static int setlocal(lua_State *L) {
  int first;
  lua_State *of = asked(L, &first);
  int k = (int)luaL_checkinteger(L, first + 2);
  lua_Debug frame;
  luaL_checkany(L, first + 3);
  check_level(L, of, first + 1, &frame);
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

/* os.exit([code[, close]]), upvalue 1 the original: closes the state (files, finalisers) unless
 * close is false */
static int leave(lua_State *L) {
  if (lua_gettop(L) < 2 || lua_isnil(L, 2)) {
    lua_settop(L, 1);
    lua_pushboolean(L, 1);
  }
  cli_release_interrupts();
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 0);
  return 0;
}

/* ---- ------------------------------------------------------------------------------------------*/

/* The guards of the global table and of debug. */
static const luaL_Reg of_globals[] = {
    {"load", load}, {"loadfile", loadfile}, {"dofile", dofile}, {NULL, NULL}};
static const luaL_Reg of_debug[] = {{"setmetatable", setmetatable}, {"getupvalue", getupvalue},
                                    {"setupvalue", setupvalue},     {"getlocal", getlocal},
                                    {"setlocal", setlocal},         {NULL, NULL}};

void cli_guard(lua_State *L) {
  static const char *const refused[] = {"getregistry", "setuservalue"};
  lua_pushglobaltable(L);
  luaL_setfuncs(L, of_globals, 0);
  lua_getfield(L, -1, "package");
  lua_getfield(L, -1, "searchers");
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, search_lua, 1);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 2);
  lua_getfield(L, -1, "debug");
  luaL_setfuncs(L, of_debug, 0);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    lua_pushstring(L, refused[i]);
    lua_pushcclosure(L, refuse, 1);
    lua_setfield(L, -2, refused[i]);
  }
  lua_pop(L, 1);
  lua_getfield(L, -1, "os");
  lua_getfield(L, -1, "exit");
  lua_pushcclosure(L, leave, 1);
  lua_setfield(L, -2, "exit");
  lua_pop(L, 2);
}
