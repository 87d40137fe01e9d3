/* core.process: children, locks and the machine, for the modules (see saddle/process.h).
 *
 * Ctrl-C ends calls that wait with the error "interrupted!", as it ends a script that computes. */
#include "saddle/process.h"
#include "lw.h"
#include "saddle/status.h"
#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LW_CHILD "saddle.child"
#define LW_LOCKS "saddle.locks" /* a box for a descriptor, -1 when it has been closed */

typedef struct lw_child {
  sd_child *c; /* NULL when it has been closed */
} lw_child;

/* Returns unless the status is a failure, whose sentence is why. */
static void check(lua_State *L, int status, const char *why) {
  if (status == SD_EINTR) {
    sd_interrupt(0); /* heard */
    lw_error(L, "interrupted!");
  }
  if (status < 0) lw_error(L, "process: %s", why);
}

/* ---- children: starting -----------------------------------------------------------------------*/

/* The string at the top of the stack, which has no zero byte; `what` names it. */
static char *check_text(lua_State *L, const char *what) {
  char buf[LW_SHAPE];
  size_t n;
  if (lua_type(L, -1) != LUA_TSTRING)
    lw_error(L, "process.spawn: %s must be a string, got %s", what, lw_show(L, -1, buf));
  const char *text = lua_tolstring(L, -1, &n);
  if (strlen(text) != n) lw_error(L, "process.spawn: %s has a zero byte", what);
  return (char *)text; /* posix_spawn's type: it does not write to it */
}

/* The entries of the list at index 1, in memory that is pushed; nothing that could collect them
 * may run before they are used. */
static char **check_words(lua_State *L) {
  char what[32];
  if (!lua_istable(L, 1)) lw_argerror(L, "process.spawn", 1, "a list of words");
  size_t n = lua_rawlen(L, 1), entries = 0;
  char **words = lw_scratch(L, "process.spawn", n + 1, sizeof *words);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) entries++;
  if (n == 0 || entries != n)
    lw_error(L, "process.spawn: argument 1 must be a list of words, the program first");
  for (size_t i = 0; i < n; i++) {
    snprintf(what, sizeof what, "word %zu", i + 1);
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    words[i] = check_text(L, what);
    lua_pop(L, 1);
  }
  words[n] = NULL;
  return words;
}

/* "NAME=value" of each entry of the option env, in memory that is pushed and keeps them alive. */
static char **check_environment(lua_State *L) {
  size_t n = 0;
  lua_newtable(L);
  int list = lua_gettop(L);
  if (lw_pushoption(L, 2, "env")) {
    int env = lua_gettop(L);
    if (!lua_istable(L, env)) lw_error(L, "process.spawn: option 'env' must be a table");
    for (lua_pushnil(L); lua_next(L, env);) {
      check_text(L, "a value of the option 'env'");
      lua_pushvalue(L, -2);
      const char *name = check_text(L, "a name in the option 'env'");
      if (name[0] == '\0' || strchr(name, '='))
        lw_error(L, "process.spawn: the option 'env' has the name \"%s\"", name);
      lua_pushfstring(L, "%s=%s", name, lua_tostring(L, -2));
      lua_rawseti(L, list, (lua_Integer)++n);
      lua_pop(L, 2); /* the next key is looked for from this one */
    }
  }
  char **all = lw_scratch(L, "process.spawn", n + 1, sizeof *all);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    all[i] = (char *)lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  all[n] = NULL;
  return all;
}

/* process.spawn(words, {env={NAME="value"}, stdout="inherit"|"stderr"|"null"}) -> child */
static int spawn(lua_State *L) {
  static const char *const names[] = {"env", "stdout", NULL};
  static const char *const outs[] = {"inherit", "stderr", "null", NULL}; /* in the enum's order */
  char why[SD_WHY] = "";
  lw_options(L, "process.spawn", 2, names);
  int out = lw_optchoice(L, "process.spawn", 2, "stdout", outs, SD_OUT_INHERIT);
  lw_child *box = lua_newuserdatauv(L, sizeof *box, 0);
  int child = lua_gettop(L);
  box->c = NULL;
  luaL_setmetatable(L, LW_CHILD);
  char **env = check_environment(L);
  char **words = check_words(L);
  check(L, sd_child_start(words, env, out, &box->c, why), why);
  lua_pushvalue(L, child);
  return 1;
}

/* ---- children: methods ------------------------------------------------------------------------*/

static sd_child *check_child(lua_State *L, const char *method) {
  lw_child *box = luaL_testudata(L, 1, LW_CHILD);
  if (box == NULL) lw_error(L, "process: call it as child:%s(...)", method);
  if (box->c == NULL) lw_error(L, "process: %s: the handle of this child has been closed", method);
  return box->c;
}

/* The string at arg, with *n bytes. */
static const char *check_bytes(lua_State *L, const char *fn, int arg, size_t *n) {
  if (lua_type(L, arg) != LUA_TSTRING) lw_argerror(L, fn, arg, "a string");
  return lua_tolstring(L, arg, n);
}

/* child:write(text): the whole text, or an error */
static int child_write(lua_State *L) {
  char why[SD_WHY] = "";
  size_t n;
  sd_child *c = check_child(L, "write");
  const char *text = check_bytes(L, "child:write", 2, &n);
  check(L, sd_child_write(c, text, n, why), why);
  return 0;
}

/* child:close(): its input ends */
static int child_close(lua_State *L) {
  sd_child_close(check_child(L, "close"));
  return 0;
}

/* child:read() -> what it has reported since the last call, "" when nothing; nil at the end */
static int child_read(lua_State *L) {
  char text[1 << 16], why[SD_WHY] = ""; /* as much as a pipe of Linux holds */
  size_t n;
  int status = sd_child_read(check_child(L, "read"), text, sizeof text, &n, why);
  check(L, status, why);
  if (status == SD_OK)
    lua_pushlstring(L, text, n);
  else
    lua_pushnil(L);
  return 1;
}

/* child:signal(name), "INT", "TERM", "KILL", "STOP" or "CONT" */
static int child_signal(lua_State *L) {
  static const char *const names[] = {"INT", "TERM", "KILL", "STOP", "CONT", NULL};
  static const int numbers[] = {SIGINT, SIGTERM, SIGKILL, SIGSTOP, SIGCONT};
  char why[SD_WHY] = "";
  sd_child *c = check_child(L, "signal");
  for (int i = 0; names[i]; i++) {
    if (!lw_isword(L, 2, names[i])) continue;
    check(L, sd_child_signal(c, numbers[i], why), why);
    return 0;
  }
  lw_argerror(L, "child:signal", 2, "one of \"INT\", \"TERM\", \"KILL\", \"STOP\", \"CONT\"");
}

/* child:status() -> nil while it runs, else "exit" and its code or "signal" and its number */
static int child_status(lua_State *L) {
  char why[SD_WHY] = "";
  int how, number;
  check(L, sd_child_status(check_child(L, "status"), &how, &number, why), why);
  if (how == SD_RUNS) return lua_pushnil(L), 1;
  lua_pushstring(L, how == SD_EXITED ? "exit" : "signal");
  lua_pushinteger(L, number);
  return 2;
}

/* Both __gc and __close: a child that still runs goes on, with its input ended. */
static int child_release(lua_State *L) {
  lw_child *box = luaL_checkudata(L, 1, LW_CHILD);
  sd_child *c = box->c;
  box->c = NULL;
  sd_child_free(c);
  return 0;
}

/* child.pid, or a method from the table in the upvalue */
static int child_index(lua_State *L) {
  if (lw_isword(L, 2, "pid"))
    lua_pushinteger(L, sd_child_pid(check_child(L, "pid")));
  else {
    lua_settop(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

static int child_text(lua_State *L) {
  lw_child *box = luaL_checkudata(L, 1, LW_CHILD);
  if (box->c == NULL)
    lua_pushliteral(L, "child (closed)");
  else
    lua_pushfstring(L, "child %I", (LUAI_UACINT)sd_child_pid(box->c));
  return 1;
}

/* process.wait(children, seconds) -> true when one has something to read or has ended, false after
 * that many seconds (math.huge: no limit) */
static int wait(lua_State *L) {
  char buf[LW_SHAPE], why[SD_WHY] = "";
  int ready;
  if (!lua_istable(L, 1)) lw_argerror(L, "process.wait", 1, "a list of children");
  double seconds = lw_checknumber(L, "process.wait", 2, "the number of seconds");
  size_t n = lua_rawlen(L, 1);
  if (!(seconds >= 0))
    lw_error(L, "process.wait: the number of seconds must not be negative, got %s",
             lw_number(seconds, buf));
  if (n == 0 && isinf(seconds)) lw_error(L, "process.wait: without children there must be a limit");
  sd_child **list = lw_scratch(L, "process.wait", n, sizeof(void *));
  for (size_t i = 0; i < n; i++) { /* the table keeps them alive */
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    lw_child *box = luaL_testudata(L, -1, LW_CHILD);
    if (box == NULL || box->c == NULL)
      lw_error(L, "process.wait: entry %zu of the list must be a child, got %s", i + 1,
               box ? "one whose handle has been closed" : lw_show(L, -1, buf));
    list[i] = box->c;
    lua_pop(L, 1);
  }
  check(L, sd_child_wait(list, n, seconds, &ready, why), why);
  lua_pushboolean(L, ready);
  return 1;
}

/* ---- in a child -------------------------------------------------------------------------------*/

/* process.report(text): the whole text to the process that started this one, or an error */
static int report(lua_State *L) {
  char why[SD_WHY] = "";
  size_t n;
  const char *text = check_bytes(L, "process.report", 1, &n);
  check(L, sd_report(text, n, why), why);
  return 0;
}

/* process.orphaned() -> whether standard input is at its end: who started this process is gone */
static int orphaned(lua_State *L) {
  lua_pushboolean(L, sd_orphaned());
  return 1;
}

/* ---- locks ------------------------------------------------------------------------------------*/

/* process.locks(path) -> locks of that file, which is created if need be */
static int locks(lua_State *L) {
  char why[SD_WHY] = "";
  size_t n;
  const char *path = check_bytes(L, "process.locks", 1, &n);
  if (strlen(path) != n) lw_error(L, "process.locks: the path has a zero byte");
  int *box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = -1;
  luaL_setmetatable(L, LW_LOCKS);
  if (sd_lock_open(path, box, why) != SD_OK) lw_error(L, "process: locks %s: %s", path, why);
  return 1;
}

/* The descriptor of the locks at argument 1; *byte <- argument 2. */
static int check_locks(lua_State *L, const char *method, int64_t *byte) {
  int *box = luaL_testudata(L, 1, LW_LOCKS);
  if (box == NULL) lw_error(L, "process: call it as locks:%s(...)", method);
  if (*box < 0) lw_error(L, "process: %s: these locks have been closed", method);
  *byte = lw_checkint(L, method, 2, "the number of a lock", 0, SD_LOCK_LAST);
  return *box;
}

/* locks:take(k) -> whether lock k is ours now */
static int locks_take(lua_State *L) {
  char why[SD_WHY] = "";
  int64_t byte;
  int taken, fd = check_locks(L, "take", &byte);
  check(L, sd_lock_take(fd, byte, &taken, why), why);
  lua_pushboolean(L, taken);
  return 1;
}

/* locks:taken(k) -> whether somebody else holds lock k */
static int locks_taken(lua_State *L) {
  char why[SD_WHY] = "";
  int64_t byte;
  int taken, fd = check_locks(L, "taken", &byte);
  check(L, sd_lock_taken(fd, byte, &taken, why), why);
  lua_pushboolean(L, taken);
  return 1;
}

/* locks:release(k), ours or not */
static int locks_release(lua_State *L) {
  char why[SD_WHY] = "";
  int64_t byte;
  int fd = check_locks(L, "release", &byte);
  check(L, sd_lock_release(fd, byte, why), why);
  return 0;
}

/* locks:close(), any number of times: all locks are released */
static int locks_close(lua_State *L) {
  int *box = luaL_testudata(L, 1, LW_LOCKS);
  if (box == NULL) lw_error(L, "process: call it as locks:close()");
  if (*box >= 0) close(*box);
  *box = -1;
  return 0;
}

/* ---- this process and its machine -------------------------------------------------------------*/

/* process.executable() -> path of the running program */
static int executable(lua_State *L) {
  char path[PATH_MAX], why[SD_WHY] = "";
  check(L, sd_executable(path, why), why);
  lua_pushstring(L, path);
  return 1;
}

/* process.realpath(path) -> the path from the root, without links, of a file that is there */
static int full_path(lua_State *L) {
  char full[PATH_MAX], why[SD_WHY] = "";
  check(L, sd_realpath(luaL_checkstring(L, 1), full, why), why);
  lua_pushstring(L, full);
  return 1;
}

static int pid(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

/* process.cores() -> on how many cores this process may run */
static int cores(lua_State *L) {
  lua_pushinteger(L, sd_cores());
  return 1;
}

/* process.machine() -> {host=, cpu=, cores=, memory= (bytes), system=} */
static int machine(lua_State *L) {
  sd_machine m;
  sd_machine_look(&m);
  lua_createtable(L, 0, 5);
  lua_pushstring(L, m.host);
  lua_setfield(L, -2, "host");
  lua_pushstring(L, m.cpu);
  lua_setfield(L, -2, "cpu");
  lua_pushstring(L, m.system);
  lua_setfield(L, -2, "system");
  lua_pushinteger(L, m.cores);
  lua_setfield(L, -2, "cores");
  lua_pushinteger(L, (lua_Integer)m.memory);
  lua_setfield(L, -2, "memory");
  return 1;
}

/* process.time() -> seconds since 1970 */
static int time_now(lua_State *L) {
  lua_pushnumber(L, sd_time());
  return 1;
}

/* process.interrupts() -> how many times Ctrl-C has reached this process so far; 0 under an
 * interpreter that handles it itself */
static int interrupts(lua_State *L) {
  lua_pushinteger(L, sd_interrupts());
  return 1;
}

/* ---- registration -----------------------------------------------------------------------------*/

static const luaL_Reg functions[] = {{"spawn", spawn},
                                     {"wait", wait},
                                     {"report", report},
                                     {"orphaned", orphaned},
                                     {"locks", locks},
                                     {"executable", executable},
                                     {"realpath", full_path},
                                     {"pid", pid},
                                     {"cores", cores},
                                     {"machine", machine},
                                     {"time", time_now},
                                     {"interrupts", interrupts},
                                     {NULL, NULL}};
static const luaL_Reg child_methods[] = {{"write", child_write},   {"close", child_close},
                                         {"read", child_read},     {"signal", child_signal},
                                         {"status", child_status}, {NULL, NULL}};
static const luaL_Reg child_meta[] = {
    {"__gc", child_release}, {"__close", child_release}, {"__tostring", child_text}, {NULL, NULL}};
static const luaL_Reg locks_methods[] = {{"take", locks_take},
                                         {"taken", locks_taken},
                                         {"release", locks_release},
                                         {"close", locks_close},
                                         {NULL, NULL}};
static const luaL_Reg locks_meta[] = {
    {"__gc", locks_close}, {"__close", locks_close}, {NULL, NULL}};

void lw_open_process(lua_State *L) {
  luaL_newmetatable(L, LW_CHILD);
  luaL_setfuncs(L, child_meta, 0);
  luaL_newlib(L, child_methods);
  lua_pushcclosure(L, child_index, 1);
  lua_setfield(L, -2, "__index");
  luaL_newmetatable(L, LW_LOCKS);
  luaL_setfuncs(L, locks_meta, 0);
  luaL_newlib(L, locks_methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 2);
  luaL_newlib(L, functions);
  lua_setfield(L, -2, "process");
}
