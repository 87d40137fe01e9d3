/* What lua/saddle/tree.lua needs of C besides flatten.c: frozen leaves, the order of keys; and how
 * operators and functions of one element reach the leaves of a tree. */
#include "lw.h"
#include <string.h>

static const char tree_key; /* registry[&tree_key]: the metatable of trees */
static const char hook_key; /* registry[&hook_key]: f(function, ...) -> applied leaf by leaf */
static const char load_key; /* registry[&load_key]: f(name) -> that function of trees */

/* ---- leaves -----------------------------------------------------------------------------------*/

int lw_isfrozen(lua_State *L, int arg) {
  int class = lw_class(L, arg);
  if (class == LW_IS_SYMBOL) return ((const lw_symbol *)lua_touserdata(L, arg))->frozen;
  if (class != LW_IS_MATRIX) return 0;
  int is_view = lua_getiuservalue(L, arg, 1) != LUA_TNONE; /* an owner has no user value */
  lua_pop(L, 1);
  return is_view && ((const lw_view *)lua_touserdata(L, arg))->frozen;
}

/* core.tracing.kind(v) -> "matrix", "number" or "rng", of values and symbols alike; nil: no leaf */
static int kind(lua_State *L) {
  sd_type t;
  if (lw_typeof(L, 1, &t))
    lua_pushstring(L, t.number ? "number" : "matrix");
  else if (lw_testrng(L, 1))
    lua_pushliteral(L, "rng");
  else
    lua_pushnil(L);
  return 1;
}

/* core.tracing.isfrozen(v) -> whether sd.frozen made it */
static int isfrozen(lua_State *L) {
  lua_pushboolean(L, lw_isfrozen(L, 1));
  return 1;
}

void lw_pushfrozen(lua_State *L) {
  int arg = lua_gettop(L);
  const lw_symbol *s = lw_testsymbol(L, arg);
  if (s) {
    lw_pushgraph(L, "frozen", arg);
    lw_pushsymbol(L, "frozen", -1, s->ref);
    ((lw_symbol *)lua_touserdata(L, -1))->frozen = 1;
    return;
  }
  if (lw_isnumber(L, arg)) {
    double v = lua_tonumber(L, arg);
    sd_mat_set(lw_newmat(L, "frozen", 1, 1, SD_F64), 0, 0, v);
    lua_replace(L, arg);
  }
  if (!lw_testmat(L, arg)) lw_argerror(L, "frozen", 1, "a matrix, a number or a tree");
  lw_newview(L, arg, *lw_testmat(L, arg))->frozen = 1;
}

/* core.tracing.freeze(A) -> A, constant for derivatives and optimisers; a number becomes 1x1 */
static int freeze(lua_State *L) {
  lua_settop(L, 1);
  lw_pushfrozen(L);
  return 1;
}

/* core.tracing.before(a, b) -> whether string a comes before b bytewise, whatever the locale */
static int before(lua_State *L) {
  size_t na, nb;
  const char *a = luaL_checklstring(L, 1, &na), *b = luaL_checklstring(L, 2, &nb);
  int order = memcmp(a, b, na < nb ? na : nb);
  lua_pushboolean(L, order < 0 || (order == 0 && na < nb));
  return 1;
}

/* ---- leaf by leaf -----------------------------------------------------------------------------*/

void lw_pushtreemeta(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &tree_key); }

int lw_istree(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TTABLE || !lua_getmetatable(L, arg)) return 0;
  lw_pushtreemeta(L);
  int same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

int lw_anytree(lua_State *L, int first, int n) {
  for (int k = 0; k < n; k++)
    if (lw_istree(L, first + k)) return 1;
  return 0;
}

int lw_leafwise(lua_State *L, int first, int n) {
  luaL_checkstack(L, n + 2, "too many arguments");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &hook_key);
  lua_insert(L, -2);
  for (int k = 0; k < n; k++) lua_pushvalue(L, first + k);
  lua_call(L, n + 1, 1);
  return 1;
}

/* core.tracing.trees(metatable, f): tables with this metatable are trees; f(g, ...) applies g to
 * each leaf */
static int trees(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &hook_key);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &tree_key);
  return 0;
}

int lw_treecall(lua_State *L, const char *name) {
  int n = lua_gettop(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &load_key);
  lua_pushstring(L, name);
  lua_call(L, 1, 1);
  lua_insert(L, 1);
  lua_call(L, n, 1);
  return 1;
}

/* core.tracing.treeloader(f): f(name) -> the function of trees that serves sd.name of a table */
static int treeloader(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &load_key);
  return 0;
}

static const luaL_Reg functions[] = {{"treeloader", treeloader},
                                     {"kind", kind},
                                     {"isfrozen", isfrozen},
                                     {"freeze", freeze},
                                     {"before", before},
                                     {"trees", trees},
                                     {NULL, NULL}};

void lw_open_tree(lua_State *L) { luaL_setfuncs(L, functions, 0); }
