/* Lua functions called from the core: the thread they run in, their errors, and the ops that are
 * made of them (see lw.h). */
#include "lw.h"
#include "saddle/memory.h"
#include "saddle/status.h"

static const char host_key, stash_key, ops_key; /* in the registry */

lw_host *lw_hostof(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &host_key) == LUA_TNIL) {
    lua_pop(L, 1);
    *(lw_host *)lua_newuserdatauv(L, sizeof(lw_host), 0) = (lw_host){L, 0, 0, 0};
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &host_key);
    lua_pushboolean(L, 0); /* the stash's place: from now on setting it needs no memory */
    lua_rawsetp(L, LUA_REGISTRYINDEX, &stash_key);
  }
  lw_host *host = lua_touserdata(L, -1);
  lua_pop(L, 1);
  host->L = L;
  return host;
}

int lw_iscallable(lua_State *L, int arg) {
  sd_type t;
  if (lua_isfunction(L, arg)) return 1;
  if (lw_typeof(L, arg, &t) || luaL_getmetafield(L, arg, "__call") == LUA_TNIL) return 0;
  lua_pop(L, 1);
  return 1;
}

static int with_traceback(lua_State *L) {
  if (lua_type(L, 1) == LUA_TSTRING) luaL_traceback(L, L, lua_tostring(L, 1), 1);
  return 1;
}

int lw_protect(lw_host *host, lua_CFunction f, void *job) {
  lua_State *L = host->L;
  int top = lua_gettop(L), status;
  if (!lua_checkstack(L, 16)) return SD_ENOMEM;
  sd_pool *pool = sd_pool_use(NULL); /* what a script allocates is no workspace of the plan's */
  lua_pushcfunction(L, with_traceback);
  lua_pushcfunction(L, f);
  lua_pushlightuserdata(L, job);
  status = lua_pcall(L, 1, 0, top + 1);
  sd_pool_use(pool);
  host->L = L; /* what ran may have entered the core from another thread */
  if (status != LUA_OK) lua_rawsetp(L, LUA_REGISTRYINDEX, &stash_key);
  lua_settop(L, top);
  return status == LUA_OK ? SD_OK : SD_EHOST;
}

void lw_pushstash(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &stash_key);
  lw_dropstash(L);
}

void lw_dropstash(lua_State *L) {
  lua_pushboolean(L, 0);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &stash_key);
}

/* ---- ops that are userdata: a weak table from the op to it ------------------------------------*/

static void push_ops(lua_State *L) { lw_pushweak(L, &ops_key, "v"); }

void lw_registerop(lua_State *L, const sd_op *op) {
  push_ops(L);
  lua_pushvalue(L, -2);
  lua_rawsetp(L, -2, op);
  lua_pop(L, 1);
}

/* Pushes the op's userdata, or nil. */
static void push_op(lua_State *L, const sd_op *op) {
  push_ops(L);
  lua_rawgetp(L, -1, op);
  lua_remove(L, -2);
}

void lw_pushliveop(lua_State *L, const sd_op *op) {
  push_op(L, op);
  if (lua_isnil(L, -1)) lw_error(L, "%s: the op has been collected", op->name);
}

void lw_keepop(lua_State *L, int owners, const sd_op *op) {
  owners = lua_absindex(L, owners);
  push_op(L, op);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  lua_pushboolean(L, 1);
  lua_rawset(L, owners);
}
