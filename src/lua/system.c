/* sd.version, sd.threads, sd.memory, and small services for the Lua modules. */
#include "lw.h"
#include "saddle/saddle.h"
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* sd.threads() -> the number of BLAS threads; sd.threads(n) sets it. Results are bit-identical for
 * one seed and one number of threads. */
static int threads(lua_State *L) {
  if (!lua_isnoneornil(L, 1))
    sd_blas_set_threads((int)lw_checkint(L, "threads", 1, "the number of threads", 1, 1024));
  lua_pushinteger(L, sd_blas_threads());
  return 1;
}

/* sd.isa() -> the instruction set of the kernels: "base", "avx2" or "avx512" */
static int isa(lua_State *L) {
  lua_pushstring(L, sd_isa_name());
  return 1;
}

/* sd.memory() -> bytes in use, ceiling in bytes; sd.memory{ceiling = bytes} sets the ceiling */
static int memory(lua_State *L) {
  static const char *const names[] = {"ceiling", NULL};
  lw_options(L, "memory", 1, names);
  if (lw_pushoption(L, 1, "ceiling")) {
    double ceiling = lw_optnumber(L, "memory", 1, "ceiling", 0);
    if (!(ceiling >= 1 && ceiling < 9e18))
      lw_error(L, "memory: the ceiling must be positive, a number of bytes below 9e18");
    sd_mem_set_ceiling((size_t)ceiling);
  }
  size_t used = lw_bytes(L) + sd_mem_held();
  lua_pushinteger(L, (lua_Integer)used);
  lua_pushinteger(L, (lua_Integer)sd_mem_ceiling());
  return 2;
}

/* Pushes the width in columns of the terminal behind fd, and whether there is one. */
static int terminal_at(lua_State *L, int fd) {
  struct winsize w;
  const char *columns = getenv("COLUMNS");
  int tty = isatty(fd), width = columns ? atoi(columns) : 0;
  if (width < 20 && tty && ioctl(fd, TIOCGWINSZ, &w) == 0) width = w.ws_col;
  lua_pushinteger(L, width < 20 ? 80 : width);
  lua_pushboolean(L, tty);
  return 2;
}

/* core.terminal() -> the width of the terminal in columns, whether output is one */
static int terminal(lua_State *L) { return terminal_at(L, STDOUT_FILENO); }

/* core.stderr_terminal() -> the same of standard error */
static int stderr_terminal(lua_State *L) { return terminal_at(L, STDERR_FILENO); }

/* core.now() -> seconds of a clock that never jumps, from an arbitrary start */
static int now(lua_State *L) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  lua_pushnumber(L, (double)t.tv_sec + (double)t.tv_nsec * 1e-9);
  return 1;
}

/* core.nearest(word, list) -> the string of the list most like word, or nil when none is */
static int nearest(lua_State *L) {
  const char *word = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t n = lua_rawlen(L, 2);
  const char **names = lw_scratch(L, "nearest", n + 1, sizeof *names);
  for (size_t i = 0; i < n; i++) { /* the list keeps the strings alive */
    if (lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TSTRING)
      lw_error(L, "nearest: entry %zu of the list is not a string", i + 1);
    names[i] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  names[n] = NULL;
  lua_pushstring(L, lw_nearest(word, names));
  return 1;
}

/* core.show(value) -> what the value is, as messages put it */
static int show(lua_State *L) {
  char buf[LW_SHAPE];
  lua_pushstring(L, lw_show(L, 1, buf));
  return 1;
}

static const luaL_Reg functions[] = {
    {"threads", threads},   {"isa", isa},         {"memory", memory},
    {"terminal", terminal}, {"nearest", nearest}, {"stderr_terminal", stderr_terminal},
    {"now", now},           {"show", show},       {NULL, NULL}};

void lw_open_system(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  lua_pushliteral(L, SD_VERSION);
  lua_setfield(L, -2, "version");
}
