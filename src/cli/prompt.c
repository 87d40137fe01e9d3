/* The prompt's loop: lua/saddle/prompt.lua reads a statement while nothing runs (Ctrl-C drops the
 * line), and what it made of it runs as a script does (Ctrl-C is an error there). */
#include "host.h"
#include <stdio.h>
#include <string.h>

/* Pushes prompt.start(editor, environment), a function that reads; 0 when that failed. */
static int start(lua_State *L, int environment) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "saddle.prompt");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "HISTORY");
  int entries = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  lua_getfield(L, -1, "start");
  lua_remove(L, -2);
  cli_push_editor(L, entries);
  lua_pushboolean(L, environment);
  return cli_run(L, LUA_OK, 2, 1);
}

/* Runs what was read. Its errors are reported by prompt.lua; those that come here are of the lines
 * there, which a Ctrl-C finds that is a moment too early or too late for the statement. */
static void run(lua_State *L) {
  if (cli_call(L, 0, 0) == LUA_OK) return;
  const char *message = lua_tostring(L, -1);
  if (message != NULL && strstr(message, "interrupted!") != NULL) {
    if (cli_editing()) putchar('\n'); /* after its ^C */
    message = "interrupted!";
  }
  cli_complain(message);
}

void cli_prompt(lua_State *L, int environment) {
  int failures = 0; /* in a row: of memory, or of a script that broke what reading needs */
  if (!start(L, environment)) return;
  int read = lua_gettop(L);
  while (failures < 3) {
    lua_settop(L, read);
    lua_sethook(L, NULL, 0, 0); /* a hook of the user's lasts as long as its statement */
    lua_pushvalue(L, read);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
      cli_complain(lua_tostring(L, -1));
      failures++;
      continue;
    }
    failures = 0;
    if (!lua_toboolean(L, -1)) break;
    run(L);
  }
  lua_settop(L, read - 1);
  cli_close_editor();
}
