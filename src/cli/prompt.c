/* The prompt: reads a line, or as many as make a complete statement, runs it, prints what it
 * returns. An expression needs no `=` or `return`. Ctrl-C drops the line, the end of input
 * leaves. */
#include "host.h"
#include "saddle/status.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE, END, DROPPED };

static char *line; /* getline's, kept from call to call since pushing it can raise */
static size_t room;

/* Pushes the next line, without its newline. A line that Ctrl-C cut off is DROPPED. */
static int read_line(lua_State *L, const char *prompt) {
  fputs(prompt, stdout);
  fflush(stdout);
  clearerr(stdin); /* a read of the script's may have met the end, or Ctrl-C */
  errno = 0;
  ssize_t n = getline(&line, &room, stdin);
  if (n < 0) {
    int dropped = errno == EINTR;
    sd_interrupt(0);
    fputs("\n", stdout);
    return dropped ? DROPPED : END;
  }
  if (n > 0 && line[n - 1] == '\n') line[n - 1] = 0;
  lua_pushstring(L, line);
  return LINE;
}

static int load(lua_State *L, const char *text) {
  return luaL_loadbufferx(L, text, strlen(text), "=prompt", "t");
}

/* Whether the error at the top says that the statement wants more lines. */
static int incomplete(lua_State *L, int status) {
  static const char mark[] = "<eof>";
  size_t n, m = sizeof mark - 1;
  const char *text = lua_tolstring(L, -1, &n);
  return status == LUA_ERRSYNTAX && text && n >= m && strcmp(text + n - m, mark) == 0;
}

/* Loads a whole statement, reading on while it is incomplete: a status of lua_load in *status with
 * the chunk or the message pushed. */
static int load_statement(lua_State *L, int *status) {
  int got = read_line(L, "> ");
  if (got != LINE) return got;
  lua_pushfstring(L, "return %s", lua_tostring(L, -1));
  *status = load(L, lua_tostring(L, -1));
  lua_remove(L, -2);
  if (*status == LUA_OK) {
    lua_remove(L, -2);
    return LINE;
  }
  lua_pop(L, 1);
  for (;;) { /* the text so far is at the top */
    *status = load(L, lua_tostring(L, -1));
    if (!incomplete(L, *status)) {
      lua_remove(L, -2);
      return LINE;
    }
    got = read_line(L, ">> ");
    if (got == DROPPED) return got;
    if (got == END) { /* the statement stays incomplete, and the message says so */
      lua_remove(L, -2);
      return LINE;
    }
    lua_pushfstring(L, "%s\n%s", lua_tostring(L, -3), lua_tostring(L, -1));
    lua_replace(L, -4);
    lua_pop(L, 2);
  }
}

static void print_results(lua_State *L) {
  int n = lua_gettop(L);
  if (n == 0) return;
  luaL_checkstack(L, LUA_MINSTACK, "too many results to print");
  lua_getglobal(L, "print");
  lua_insert(L, 1);
  cli_run(L, LUA_OK, n, 0);
}

/* One turn for lua_pcall: true when there will be another. */
static int turn(lua_State *L) {
  int status, got;
  lua_settop(L, 0);
  got = load_statement(L, &status);
  if (got == LINE && cli_run(L, status, 0, LUA_MULTRET)) print_results(L);
  lua_settop(L, 0);
  lua_pushboolean(L, got != END);
  return 1;
}

void cli_prompt(lua_State *L) {
  int more = 1;
  while (more) {
    lua_settop(L, 0);
    lua_pushcfunction(L, turn);
    int status = lua_pcall(L, 0, 1, 0);
    if (status != LUA_OK) cli_complain(lua_tostring(L, -1));
    more = status != LUA_OK || lua_toboolean(L, -1);
  }
  lua_settop(L, 0);
  free(line);
  line = NULL;
}
