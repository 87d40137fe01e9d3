/* The host: a Lua state that a script cannot bring down, and calls into it that Ctrl-C can end.
 *
 * Memory of the state is counted against the ceiling of memory.h, code is loaded from text only (a
 * forged binary chunk can crash the interpreter), and those functions of the debug library that
 * could turn one userdata into another are guarded. */
#ifndef SADDLE_CLI_HOST_H
#define SADDLE_CLI_HOST_H

#include <lauxlib.h>
#include <lua.h>

int luaopen_saddle_core(lua_State *L);

/* A new state over alloc, with warnings (off, as in lua); NULL when memory is short. */
lua_State *cli_newstate(lua_Alloc alloc, void *data);

/* A lua_Alloc over realloc; *(size_t *)used counts the bytes in use. Refuses to grow beyond the
 * ceiling, so that Lua collects and then raises "not enough memory". */
void *cli_alloc(void *used, void *block, size_t old, size_t size);

/* A lua_CFunction for lua_pcall, the state being new: opens the standard libraries, the guards and
 * saddle.core (through package.preload), and chooses the generational collector. With true as
 * argument LUA_PATH and the like are ignored. */
int cli_open(lua_State *L);

/* Puts guards over load, loadfile, dofile, require, debug and os.exit; part of cli_open. */
void cli_guard(lua_State *L);

/* Replaces coroutine.resume and coroutine.wrap by ones that Ctrl-C can end; part of cli_open. */
void cli_open_coroutines(lua_State *L);

/* Says which thread runs from now on; the one that did, or NULL. */
lua_State *cli_switch(lua_State *to);

/* lua_pcall with a traceback, ended by Ctrl-C with the error "interrupted!"; a second Ctrl-C that
 * comes before the first was heard exits with 130. */
int cli_call(lua_State *L, int args, int results);

/* The same for a chunk that was loaded with status `loaded`; an error is printed on stderr as
 * "saddle: message" and popped. 1 when all went well. */
int cli_run(lua_State *L, int loaded, int args, int results);
void cli_complain(const char *message);

void cli_catch_interrupts(void);
void cli_release_interrupts(void);

/* Puts `directory`/?.lua and `directory`/?/init.lua in front of package.path. Can raise. */
void cli_prepend_path(lua_State *L, const char *directory);

/* Reads statements and runs them until the end of input; see prompt.c. With `environment` 0 no
 * start-up file of the user's is run. Can raise. */
void cli_prompt(lua_State *L, int environment);

/* Pushes what lua/saddle/prompt.lua reads lines with, a history of so many entries included; see
 * edit.c. */
void cli_push_editor(lua_State *L, int entries);
int cli_editing(void); /* whether lines are edited, on a terminal */
void cli_close_editor(void);

#endif
