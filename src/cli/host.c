/* The Lua state of the executable: memory, libraries, paths, protected calls (see host.h). */
#include "host.h"
#include "saddle/memory.h"
#include "saddle/status.h"
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- memory -----------------------------------------------------------------------------------*/

void *cli_alloc(void *used, void *block, size_t old, size_t size) {
  size_t *held = used;
  if (block == NULL) old = 0; /* Lua passes a type there */
  if (size == 0) {
    free(block);
    *held -= old;
    return NULL;
  }
  if (size > old && sd_mem_allow(*held, size - old) != SD_OK) return NULL;
  void *moved = realloc(block, size);
  if (moved != NULL) *held = *held - old + size;
  return moved;
}

/* ---- warnings ---------------------------------------------------------------------------------*/

/* warn() comes in pieces; "@on" and "@off" alone are switches. */
static void warning(void *data, const char *message, int more) {
  static int on, inside;
  (void)data;
  if (!inside && !more && message[0] == '@') {
    if (strcmp(message, "@on") == 0) on = 1;
    if (strcmp(message, "@off") == 0) on = 0;
    return;
  }
  if (on) fprintf(stderr, "%s%s%s", inside ? "" : "saddle: warning: ", message, more ? "" : "\n");
  inside = more;
}

lua_State *cli_newstate(lua_Alloc alloc, void *data) {
  lua_State *L = lua_newstate(alloc, data);
  if (L != NULL) lua_setwarnf(L, warning, NULL);
  return L;
}

/* ---- paths ------------------------------------------------------------------------------------*/

void cli_prepend_path(lua_State *L, const char *directory) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "path");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", directory, directory, lua_tostring(L, -1));
  lua_setfield(L, -3, "path");
  lua_pop(L, 2);
}

/* Puts `directory`/?.so in front of package.cpath. */
static void prepend_cpath(lua_State *L, const char *directory) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "cpath");
  lua_pushfstring(L, "%s/?.so;%s", directory, lua_tostring(L, -1));
  lua_setfield(L, -3, "cpath");
  lua_pop(L, 2);
}

/* saddle's own files lie beside the executable: for PREFIX/bin/saddle Lua files in
 * PREFIX/share/lua/5.4 and the optional modules in C in PREFIX/lib/lua/5.4; for build/saddle in
 * lua/ of the source tree and in build/lib. None of this is written into the executable, so that
 * both trees can be moved. */
static void find_modules(lua_State *L) {
  static const char *const places[] = {"/../share/lua/5.4", "/../lua"};
  static const char *const libraries[] = {"/../lib/lua/5.4", "/lib"};
  char self[4000];
  ssize_t n = readlink("/proc/self/exe", self, sizeof self);
  if (n <= 0 || (size_t)n >= sizeof self) return;
  self[n] = 0;
  char *slash = strrchr(self, '/');
  if (slash != NULL) *slash = 0;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const char *init = lua_pushfstring(L, "%s%s/saddle/init.lua", self, places[i]);
    int there = access(init, R_OK) == 0;
    lua_pop(L, 1);
    if (!there) continue;
    cli_prepend_path(L, lua_pushfstring(L, "%s%s", self, places[i]));
    prepend_cpath(L, lua_pushfstring(L, "%s%s", self, libraries[i]));
    lua_pop(L, 2);
    return;
  }
}

int cli_open(lua_State *L) {
  if (lua_toboolean(L, 1)) { /* the libraries look for this when they read the environment */
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  }
  luaL_openlibs(L);
  cli_guard(L);
  cli_open_coroutines(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_saddle_core);
  lua_setfield(L, -2, "saddle.core");
  lua_pop(L, 1);
  find_modules(L);
  lua_gc(L, LUA_GCGEN, 0, 0);
  return 0;
}

/* ---- interrupts -------------------------------------------------------------------------------*/

#define ANYWHERE (LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT)

/* The thread (main or coroutine) that runs in a protected call, for the signal handler. */
static lua_State *volatile running;

/* The flag is down when the interrupt was heard elsewhere: in a core loop, or in another thread. */
static void stop(lua_State *L, lua_Debug *where) {
  (void)where;
  lua_sethook(L, NULL, 0, 0);
  if (!sd_interrupted()) return;
  sd_interrupt(0);
  luaL_error(L, "interrupted!");
}

static pthread_t main_thread; /* which runs Lua; the others are of BLAS */

/* Only what a handler may do: set a flag that loops of the core poll and, as Lua allows, a hook
 * that the interpreter calls at its next instruction. The system gives the signal to any thread
 * while the main one has it blocked, and that one would go on waiting at the prompt. */
static void on_interrupt(int signal_number) {
  if (!pthread_equal(pthread_self(), main_thread)) {
    pthread_kill(main_thread, signal_number);
    return;
  }
  if (running != NULL && sd_interrupted()) _exit(130);
  sd_interrupt(1);
  if (running != NULL) lua_sethook(running, stop, ANYWHERE, 1);
}

/* An interrupt that came before the switch has put its hook into the thread that is left. */
lua_State *cli_switch(lua_State *to) {
  lua_State *from = running;
  running = to;
  if (to != NULL && sd_interrupted()) lua_sethook(to, stop, ANYWHERE, 1);
  return from;
}

void cli_catch_interrupts(void) {
  struct sigaction action, old;
  memset(&action, 0, sizeof action);
  main_thread = pthread_self();
  action.sa_handler = on_interrupt; /* without SA_RESTART: a read at the prompt must return */
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler == SIG_IGN) return; /* as under nohup */
  sigaction(SIGINT, &action, NULL);
}

void cli_release_interrupts(void) {
  running = NULL;
  signal(SIGINT, SIG_DFL);
}

/* ---- protected calls --------------------------------------------------------------------------*/

/* Turns any error object into a message, with a traceback unless the object speaks for itself. */
static int explain(lua_State *L) {
  const char *text = lua_tostring(L, 1);
  if (text == NULL) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
    text = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  }
  luaL_traceback(L, L, text, 1);
  return 1;
}

int cli_call(lua_State *L, int args, int results) {
  int base = lua_gettop(L) - args;
  lua_pushcfunction(L, explain);
  lua_insert(L, base);
  cli_switch(L); /* a Ctrl-C that came before is heard now */
  int status = lua_pcall(L, args, results, base);
  cli_switch(NULL);
  if (sd_interrupted()) { /* a core loop heard it, or nothing ran any more */
    sd_interrupt(0);
    lua_sethook(L, NULL, 0, 0);
  }
  lua_remove(L, base);
  return status;
}

void cli_complain(const char *message) {
  fflush(stdout);
  fprintf(stderr, "saddle: %s\n", message ? message : "(error object is not a string)");
  fflush(stderr);
}

int cli_run(lua_State *L, int loaded, int args, int results) {
  int status = loaded == LUA_OK ? cli_call(L, args, results) : loaded;
  if (status == LUA_OK) return 1;
  cli_complain(lua_tostring(L, -1));
  lua_pop(L, 1);
  return 0;
}
