/* core.folder: what is in a folder, for commands that look for scripts. */
#include "lw.h"
#include <dirent.h>
#include <string.h>

#define LW_FOLDER "saddle.folder"

static int folder_close(lua_State *L) {
  DIR **box = luaL_checkudata(L, 1, LW_FOLDER);
  if (*box != NULL) closedir(*box);
  *box = NULL;
  return 0;
}

/* folder(path) -> list of the names in it, in no order, without "." and ".."; nil when it is no
 * folder or may not be read */
static int folder(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  DIR **box = lua_newuserdatauv(L, sizeof(DIR *), 0);
  *box = NULL;
  luaL_setmetatable(L, LW_FOLDER);
  lua_toclose(L, -1);
  *box = opendir(path);
  if (*box == NULL) {
    lua_pushnil(L);
    return 1;
  }
  lua_newtable(L);
  lua_Integer n = 0;
  for (struct dirent *e; (e = readdir(*box)) != NULL;) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    lua_pushstring(L, e->d_name);
    lua_rawseti(L, -2, ++n);
  }
  return 1;
}

static const luaL_Reg meta[] = {{"__gc", folder_close}, {"__close", folder_close}, {NULL, NULL}};

void lw_open_folder(lua_State *L) {
  luaL_newmetatable(L, LW_FOLDER);
  luaL_setfuncs(L, meta, 0);
  lua_pop(L, 1);
  lua_pushcfunction(L, folder);
  lua_setfield(L, -2, "folder");
}
