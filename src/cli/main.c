/* saddle: runs scripts, statements and the prompt, with the flags of the lua program, and commands
 * (`saddle sweep FILE ...`), which are Lua modules (lua/saddle/command.lua).
 *
 * Order, as there: the initialisation from the environment, -e and -l as they come, the script or
 * command, the prompt. The exit status is 0, or 1 after an error, or what a command says. */
#include "host.h"
#include "saddle/saddle.h"
#include <cblas.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
  int interactive, version, help, no_environment, statements; /* flags that were given */
  int script;      /* argv[script] is the script; argc when there is none */
  const char *bad; /* an argument that is no option, or an option without its argument */
} options;

static void usage(FILE *to) {
  fputs("usage: saddle [options] [script [args]]\n"
        "       saddle [options] command [words]       (saddle command --help says more)\n"
        "  run            one point of an experiment\n"
        "  sweep          many points, by workers, into a store; resumes where it was stopped\n"
        "  figure         a sweep and its picture\n"
        "  check          claims: does the theorem hold?\n"
        "  results        tables of what a store holds\n"
        "  report         one HTML page of it\n"
        "  merge          several stores into one\n"
        "  -e stat        execute the string 'stat' (sd is a global there)\n"
        "  -l mod         require 'mod' into the global 'mod'; -l g=mod into the global 'g'\n"
        "  -i             go to the prompt after the script, also one that failed or was stopped\n"
        "  -E             ignore environment variables\n"
        "  -W             turn warnings on\n"
        "  -v, --version  show version information\n"
        "  -h, --help     show this text\n"
        "  --             stop handling options\n"
        "  -              run standard input as the script, and stop handling options\n"
        "Without a script: the prompt, or standard input when that is no terminal.\n"
        "Environment: SADDLE_INIT (else LUA_INIT) is run first; SADDLE_MEMORY is the memory "
        "ceiling, as 8G.\n",
        to);
}

/* -e and -l take the rest of their word, or the next one. */
static int takes_argument(const char *word) { return word[1] == 'e' || word[1] == 'l'; }

static options parse(int argc, char **argv) {
  options o = {0};
  for (o.script = 1; o.script < argc && argv[o.script][0] == '-'; o.script++) {
    const char *word = argv[o.script];
    if (strcmp(word, "-") == 0) return o;
    if (strcmp(word, "--") == 0) {
      o.script++;
      return o;
    }
    if (strcmp(word, "-i") == 0)
      o.interactive = o.version = 1;
    else if (strcmp(word, "-v") == 0 || strcmp(word, "--version") == 0)
      o.version = 1;
    else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
      o.help = 1;
    else if (strcmp(word, "-E") == 0)
      o.no_environment = 1;
    else if (takes_argument(word)) {
      if (word[1] == 'e') o.statements = 1;
      if (word[2] == 0 && (++o.script >= argc || argv[o.script][0] == '-')) {
        o.bad = word;
        return o;
      }
    } else if (strcmp(word, "-W") != 0) {
      o.bad = word;
      return o;
    }
  }
  return o;
}

/* ---- steps, each 1 when it went well ----------------------------------------------------------*/

static void print_version(void) {
  char blas[64];
  snprintf(blas, sizeof blas, "%s", openblas_get_config()); /* "OpenBLAS 0.3.21 NO_LAPACK ..." */
  char *second = strchr(blas, ' ');
  char *end = second ? strchr(second + 1, ' ') : NULL;
  if (end != NULL) *end = 0;
  printf("saddle %s (%s, %s for %s, kernels for %s)\n", SD_VERSION, LUA_RELEASE, blas,
         openblas_get_corename(), sd_isa_name());
  fflush(stdout);
}

/* arg: the script at 0, its arguments from 1, the program and its options below 0 */
static void set_arg(lua_State *L, int argc, char **argv, int script) {
  int zero = script < argc ? script : 0;
  lua_createtable(L, argc, 4);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - zero);
  }
  lua_setglobal(L, "arg");
}

static int run_string(lua_State *L, const char *code, const char *name) {
  return cli_run(L, luaL_loadbufferx(L, code, strlen(code), name, "t"), 0, 0);
}

static int run_environment(lua_State *L) {
  static const char *const names[] = {"SADDLE_INIT", "LUA_INIT_5_4", "LUA_INIT"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *init = getenv(names[i]);
    if (init == NULL) continue;
    if (init[0] == '@') return cli_run(L, luaL_loadfilex(L, init + 1, "t"), 0, 0);
    int good = run_string(L, init, lua_pushfstring(L, "=%s", names[i]));
    lua_pop(L, 1);
    return good;
  }
  return 1;
}

/* global <- require(module), `what` being "module" or "global=module" */
static int run_require(lua_State *L, const char *what) {
  const char *equals = strchr(what, '=');
  lua_getglobal(L, "require");
  lua_pushstring(L, equals ? equals + 1 : what);
  if (!cli_run(L, LUA_OK, 1, 1)) return 0;
  lua_pushlstring(L, what, equals ? (size_t)(equals - what) : strlen(what));
  lua_insert(L, -2);
  lua_pushglobaltable(L);
  lua_insert(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  return 1;
}

/* The options that act, in order. */
static int run_options(lua_State *L, char **argv, int script) {
  for (int i = 1; i < script; i++) {
    const char *word = argv[i];
    if (strcmp(word, "-W") == 0) lua_warning(L, "@on", 0);
    if (word[0] != '-' || word[1] == '-' || !takes_argument(word)) continue;
    const char *value = word[2] ? word + 2 : argv[++i];
    int good = word[1] == 'e' ? run_string(L, value, "=(command line)") : run_require(L, value);
    if (!good) return 0;
  }
  return 1;
}

/* The script and its arguments, "-" being standard input; what it returns is dropped. */
static int run_script(lua_State *L, int argc, char **argv, int script) {
  const char *path =
      strcmp(argv[script], "-") == 0 && strcmp(argv[script - 1], "--") != 0 ? NULL : argv[script];
  const char *slash = path ? strrchr(path, '/') : NULL;
  if (path != NULL) {
    lua_pushlstring(L, slash ? path : ".", slash ? (size_t)(slash - path) : 1);
    cli_prepend_path(L, lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  int loaded = luaL_loadfilex(L, path, "t"), args = argc - script - 1;
  if (loaded == LUA_OK) {
    luaL_checkstack(L, args + 4, "too many arguments to the script");
    for (int i = script + 1; i < argc; i++) lua_pushstring(L, argv[i]);
  }
  return cli_run(L, loaded, args, 0);
}

/* Whether argv[script] names a command. Paths do not: ./run is a script. */
static int is_command(lua_State *L, const char *word) {
  if (strpbrk(word, "./-") != NULL) return 0;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "saddle.command");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "known");
  lua_pushstring(L, word);
  lua_call(L, 1, 1);
  int known = lua_toboolean(L, -1);
  lua_pop(L, 2);
  return known;
}

/* The command with its words: its exit status, 1 after an error. */
static int run_command(lua_State *L, int argc, char **argv, int script) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "saddle.command");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "main");
  lua_remove(L, -2);
  lua_createtable(L, argc - script, 0);
  for (int i = script; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script + 1);
  }
  if (!cli_run(L, LUA_OK, 1, 1)) return EXIT_FAILURE;
  int status = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return status;
}

static int run_prompt(lua_State *L, const options *o) {
  if (!run_require(L, "sd=saddle")) return 0;
  cli_prompt(L, !o->no_environment);
  return 1;
}

/* What the process is started for; its exit status in *status, if that is not of the others. */
static int run_all(lua_State *L, const options *o, int argc, char **argv, int *status) {
  int terminal = isatty(STDIN_FILENO), idle = !o->statements && !o->version;
  if (o->version) print_version();
  if (!o->no_environment && !run_environment(L)) return 0;
  if (o->statements && !run_require(L, "sd=saddle")) return 0;
  if (!run_options(L, argv, o->script)) return 0;
  if (o->script < argc && is_command(L, argv[o->script])) {
    *status = run_command(L, argc, argv, o->script);
    return *status == 0;
  }
  int good = o->script >= argc || run_script(L, argc, argv, o->script);
  if (o->interactive) return run_prompt(L, o) && good; /* also to look at what an error left */
  if (!good) return 0;
  if (o->script < argc || !idle) return 1;
  if (!terminal) return cli_run(L, luaL_loadfilex(L, NULL, "t"), 0, 0);
  print_version();
  return run_prompt(L, o);
}

/* For lua_pcall, so that a lack of memory anywhere is an error like others:
 * (options, argc, argv) -> the exit status */
static int protected_main(lua_State *L) {
  const options *o = lua_touserdata(L, 1);
  int argc = (int)lua_tointeger(L, 2);
  char **argv = lua_touserdata(L, 3);
  lua_settop(L, 0);
  lua_pushcfunction(L, cli_open);
  lua_pushboolean(L, o->no_environment);
  lua_call(L, 1, 0);
  set_arg(L, argc, argv, o->script);
  cli_catch_interrupts();
  int status = EXIT_FAILURE;
  lua_pushinteger(L, run_all(L, o, argc, argv, &status) ? EXIT_SUCCESS : status);
  return 1;
}

int main(int argc, char **argv) {
  options o = parse(argc, argv);
  size_t used = 0;
  if (o.bad != NULL) {
    fprintf(stderr, "saddle: %s '%s'\n",
            takes_argument(o.bad) ? "an argument must follow" : "there is no option", o.bad);
    usage(stderr);
    return EXIT_FAILURE;
  }
  if (o.help) {
    usage(stdout);
    return EXIT_SUCCESS;
  }
  signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files makes writes fail, like a full disk */
  lua_State *L = cli_newstate(cli_alloc, &used);
  if (L == NULL) {
    cli_complain("not enough memory to start");
    return EXIT_FAILURE;
  }
  lua_pushcfunction(L, protected_main);
  lua_pushlightuserdata(L, &o);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int called = lua_pcall(L, 3, 1, 0);
  if (called != LUA_OK) cli_complain(lua_tostring(L, -1));
  int status = called == LUA_OK ? (int)lua_tointeger(L, -1) : EXIT_FAILURE;
  cli_release_interrupts();
  lua_close(L);
  if (fflush(stdout) != 0 || ferror(stdout)) { /* a full disk must not pass for success */
    cli_complain("cannot write all of the standard output");
    status = EXIT_FAILURE;
  }
  return status;
}
