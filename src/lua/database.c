/* core.database: SQLite for the modules that keep runs (see saddle/database.h for what it promises
 * of values, locks and reading).
 *
 *   local db <close> = database.open("runs.db", {mode = "create"})
 *   db:run("INSERT INTO runs (name, loss) VALUES (?, ?)", "first", 0.5)
 *   for _, row in ipairs(db:all "SELECT * FROM runs") do print(row.name, row.loss) end
 *
 * Parameters are nil (NULL), integers, floats, booleans (1 and 0), strings (TEXT) and matrices
 * (BLOB). A BLOB comes back as a string, which core.frombytes turns into a matrix again.
 *
 * Ownership: the connection lies in its userdata and frees all statements when that is collected
 * or closed. A statement is prepared once for each text and kept in a table of the connection;
 * while it runs it is a variable to be closed of the calling function, so that an error, too, gives
 * its locks back. A finaliser may run SQL in the middle of a statement: it gets one of its own. */
#include "saddle/database.h"
#include "lw.h"
#include <stdio.h>
#include <string.h>

#define LW_DATABASE    "saddle.database"
#define LW_STATEMENT   "saddle.statement"
#define LW_TRANSACTION "saddle.transaction"

enum { KEPT = 256 }; /* statements; past that all are forgotten, and prepared again when needed */

typedef struct lw_database {
  sd_db db;
  int running, kept; /* statements */
  char name[200];    /* the start of each message: "store runs.db" */
} lw_database;
enum { PATH = 1, STATEMENTS }; /* its user values: the path, statements by their text */

typedef struct lw_statement {
  sd_query q;
  lw_database *of; /* alive: an argument of the function that runs the statement */
  int running, once;
  int checked; /* columns whose names are known to differ */
} lw_statement;

/* ---- the connection ---------------------------------------------------------------------------*/

static void check_status(lua_State *L, lw_database *d, int status) {
  if (status == SD_EINTR || status == SD_ENOMEM) lw_fail(L, d->name, status);
  if (status < 0) lw_error(L, "%s: %s", d->name, d->db.why);
}

/* The connection at argument 1 of a method, open or not. */
static lw_database *check_self(lua_State *L) {
  lw_database *d = luaL_testudata(L, 1, LW_DATABASE);
  if (d == NULL) lw_argerror(L, "database", 1, "a database (methods are called db:run(sql))");
  return d;
}

/* The same, open. A finaliser may close it whenever memory is taken, but not in a transaction nor
 * while a statement runs: so it is checked again between the two. */
static lw_database *check_open(lua_State *L) {
  lw_database *d = check_self(L);
  if (d->db.handle == NULL) lw_error(L, "%s: has been closed", d->name);
  return d;
}

/* The string at argument `arg`, which has no zero byte. */
static const char *check_text(lua_State *L, const char *fn, int arg, const char *what) {
  if (lua_type(L, arg) != LUA_TSTRING) lw_argerror(L, fn, arg, what);
  const char *text = lua_tostring(L, arg);
  if (strlen(text) != lua_rawlen(L, arg)) lw_error(L, "%s: %s has a zero byte", fn, what);
  return text;
}

/* database.open(path, {mode = "read", "write" or "create", full = false, wait = 30}) -> db.
 * "read" (the default) and "write" want a database that exists; full: a commit survives the loss of
 * power; wait: seconds for locks of other processes. */
static int open_database(lua_State *L) {
  static const char *const names[] = {"mode", "full", "wait", NULL};
  static const char *const modes[] = {"read", "write", "create", NULL}; /* as the enum */
  const char *fn = "database.open", *path = check_text(L, fn, 1, "a path");
  lw_options(L, fn, 2, names);
  int mode = lw_optchoice(L, fn, 2, "mode", modes, SD_DB_READ);
  int full = lw_optbool(L, fn, 2, "full", 0);
  double wait = lw_optnumber(L, fn, 2, "wait", 30);
  if (!(wait >= 0)) lw_error(L, "%s: option 'wait' must be seconds from 0", fn);
  lw_database *d = lua_newuserdatauv(L, sizeof *d, STATEMENTS);
  d->db.handle = NULL, d->running = d->kept = 0;
  size_t n = strlen(path), most = sizeof d->name - 16; /* a long path by its end */
  snprintf(d->name, sizeof d->name, "store %s%s", n > most ? "..." : "",
           n > most ? path + n - most : path);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, PATH);
  lua_newtable(L);
  lua_setiuservalue(L, -2, STATEMENTS);
  luaL_setmetatable(L, LW_DATABASE);
  check_status(L, d, sd_db_open(&d->db, path, mode, full, wait));
  return 1;
}

/* db:close(), any number of times; not in a transaction, nor while a statement runs */
static int close_database(lua_State *L) {
  lw_database *d = check_self(L);
  if (d->db.inside || d->running)
    lw_error(L, "%s: cannot be closed in the middle of a transaction or a statement", d->name);
  sd_db_close(&d->db);
  return 0;
}

static int collect_database(lua_State *L) {
  sd_db_close(&check_self(L)->db);
  return 0;
}

/* ---- statements -------------------------------------------------------------------------------*/

/* Forgets the statements that are kept. */
static void forget(lua_State *L, lw_database *d) {
  lua_newtable(L);
  lua_getiuservalue(L, 1, STATEMENTS);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lw_statement *s = lua_touserdata(L, -1);
    if (!s->running) sd_query_close(&s->q);
    s->once = 1;
  }
  lua_pop(L, 1);
  lua_setiuservalue(L, 1, STATEMENTS);
  d->kept = 0;
}

/* Pushes the statement that is kept for the SQL at argument 2, or nil: NULL. */
static lw_statement *push_kept(lua_State *L) {
  lua_getiuservalue(L, 1, STATEMENTS);
  lua_pushvalue(L, 2);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return lua_touserdata(L, -1);
}

/* Pushes a statement for the SQL at argument 2, ready for values. */
static lw_statement *push_statement(lua_State *L, lw_database *d, const char *sql) {
  lw_statement *s = push_kept(L);
  if (s != NULL && !s->running) return s;
  lua_pop(L, 1);
  if (d->kept >= KEPT) forget(L, d);
  s = lua_newuserdatauv(L, sizeof *s, 0);
  luaL_setmetatable(L, LW_STATEMENT);
  *s = (lw_statement){.of = d, .once = push_kept(L) != NULL};
  lua_pop(L, 1);
  check_open(L);
  check_status(L, d, sd_query_open(&s->q, &d->db, sql));
  if (s->once) return s;
  lua_getiuservalue(L, 1, STATEMENTS);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  d->kept++;
  return s;
}

static int end_statement(lua_State *L) {
  lw_statement *s = luaL_checkudata(L, 1, LW_STATEMENT);
  sd_query_reset(&s->q);
  if (s->once) sd_query_close(&s->q);
  s->running = 0;
  s->of->running--;
  return 0;
}

/* v <- the matrix at stack index `at`; one whose columns are apart is copied to scratch memory. */
static void cell_of_matrix(lua_State *L, lw_database *d, int at, sd_cell *v) {
  sd_mat *a = lw_testmat(L, at);
  if (a->dtype != SD_F64)
    lw_error(L, "%s: parameter %d is f32, and a BLOB holds f64: A:to(\"f64\")", d->name, at - 2);
  if (!sd_mat_packed(a)) {
    sd_mat packed = sd_mat_over(a->rows, a->cols, SD_F64, NULL);
    packed.x = lw_scratch(L, d->name, (size_t)a->rows * (size_t)a->cols, sizeof(double));
    sd_mat_copy(a, &packed);
    v->bytes = packed.x;
  } else
    v->bytes = a->x;
  v->kind = SD_CELL_BLOB;
  v->size = (size_t)a->rows * (size_t)a->cols * sizeof(double);
}

/* Binds the value at stack index `at` to parameter at - 3. */
static void bind(lua_State *L, lw_database *d, lw_statement *s, int at) {
  char shown[LW_SHAPE];
  sd_cell v = {.kind = SD_CELL_NULL};
  switch (lua_type(L, at)) {
  case LUA_TNIL: break;
  case LUA_TBOOLEAN:
    v.kind = SD_CELL_INTEGER;
    v.integer = lua_toboolean(L, at);
    break;
  case LUA_TNUMBER:
    v.kind = lua_isinteger(L, at) ? SD_CELL_INTEGER : SD_CELL_REAL;
    v.integer = v.kind == SD_CELL_INTEGER ? lua_tointeger(L, at) : 0;
    v.real = lua_tonumber(L, at);
    break;
  case LUA_TSTRING:
    v.kind = SD_CELL_TEXT;
    v.bytes = lua_tolstring(L, at, &v.size);
    break;
  default:
    if (!lw_testmat(L, at))
      lw_error(L, "%s: parameter %d must be nil, a number, a boolean, a string or a matrix, got %s",
               d->name, at - 2, lw_show(L, at, shown));
    cell_of_matrix(L, d, at, &v);
  }
  check_status(L, d, sd_query_bind(&s->q, at - 3, &v));
}

/* The statement for the SQL at argument 2 with the values behind it; it is pushed, and ends when
 * the calling function does. */
static lw_statement *start(lua_State *L, lw_database *d) {
  int top = lua_gettop(L);
  const char *sql = check_text(L, d->name, 2, "SQL");
  luaL_checkstack(L, top + 16, d->name); /* scratch memory of matrices */
  lw_statement *s = push_statement(L, d, sql);
  lua_toclose(L, -1);
  s->running = 1;
  d->running++;
  if (sd_query_parameters(&s->q) != top - 2)
    lw_error(L, "%s: the SQL has %d parameters, %d values were given: %.80s", d->name,
             sd_query_parameters(&s->q), top - 2, sql);
  for (int at = 3; at <= top; at++) bind(L, d, s, at);
  return s;
}

/* 1 when there is a row, 0 after the last. */
static int step(lua_State *L, lw_statement *s) {
  int status = sd_query_step(&s->q);
  check_status(L, s->of, status);
  return status == SD_OK;
}

/* ---- rows -------------------------------------------------------------------------------------*/

static void push_cell(lua_State *L, lw_statement *s, int j) {
  sd_cell v;
  check_status(L, s->of, sd_query_cell(&s->q, j, &v));
  if (v.kind == SD_CELL_NULL)
    lua_pushnil(L);
  else if (v.kind == SD_CELL_INTEGER)
    lua_pushinteger(L, v.integer);
  else if (v.kind == SD_CELL_REAL)
    lua_pushnumber(L, v.real);
  else
    lua_pushlstring(L, v.bytes, v.size);
}

/* Pushes the names of the columns, and returns how many there are. */
static int push_names(lua_State *L, lw_statement *s) {
  int n = sd_query_columns(&s->q);
  luaL_checkstack(L, n + 8, s->of->name);
  for (int j = 0; j < n; j++) lua_pushstring(L, sd_query_name(&s->q, j));
  if (s->checked == n) return n;
  lua_createtable(L, 0, n);
  for (int j = 0; j < n; j++) {
    lua_pushvalue(L, j - n - 1);
    if (lua_rawget(L, -2) != LUA_TNIL)
      lw_error(L, "%s: two columns have the name '%s': name one with AS", s->of->name,
               sd_query_name(&s->q, j));
    lua_pop(L, 1);
    lua_pushvalue(L, j - n - 1);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
  s->checked = n;
  return n;
}

/* Pushes the row as a table by the n names from stack index `names` on; NULL leaves no entry. */
static void push_row(lua_State *L, lw_statement *s, int names, int n) {
  lua_createtable(L, 0, n);
  for (int j = 0; j < n; j++) {
    lua_pushvalue(L, names + j);
    push_cell(L, s, j);
    lua_rawset(L, -3);
  }
}

/* db:exec(sql): runs all statements of a text without parameters */
static int exec(lua_State *L) {
  lw_database *d = check_open(L);
  const char *sql = check_text(L, d->name, 2, "SQL");
  if (lua_gettop(L) > 2) lw_error(L, "%s: exec takes no values: use db:run", d->name);
  check_status(L, d, sd_db_exec(&d->db, sql));
  return 0;
}

/* db:run(sql, ...) -> rows that were changed (0 when it changes none), the last row number that was
 * inserted */
static int run(lua_State *L) {
  lw_database *d = check_open(L);
  int64_t before = sd_db_total_changes(&d->db); /* the last count stays when nothing changes */
  lw_statement *s = start(L, d);
  while (step(L, s)) {}
  lua_pushinteger(L, sd_db_total_changes(&d->db) > before ? sd_db_changes(&d->db) : 0);
  lua_pushinteger(L, sd_db_last_id(&d->db));
  return 2;
}

/* db:all(sql, ...) -> a list of rows, tables by the names of columns */
static int all(lua_State *L) {
  lw_database *d = check_open(L);
  lw_statement *s = start(L, d);
  lua_newtable(L);
  int list = lua_gettop(L), n = 0;
  for (lua_Integer k = 1; step(L, s); k++) {
    if (k == 1) n = push_names(L, s);
    push_row(L, s, list + 1, n);
    lua_rawseti(L, list, k);
  }
  lua_settop(L, list);
  return 1;
}

/* After the first row: a statement that writes runs to its end, where it is committed. */
static int finish(lua_State *L, lw_statement *s) {
  while (!sd_query_reads(&s->q) && step(L, s)) {}
  return 1;
}

/* db:first(sql, ...) -> the first row, or nil when there is none */
static int first(lua_State *L) {
  lw_statement *s = start(L, check_open(L));
  if (!step(L, s)) return 0;
  int names = lua_gettop(L) + 1;
  push_row(L, s, names, push_names(L, s));
  return finish(L, s);
}

/* db:value(sql, ...) -> the first column of the first row, or nil when there is none */
static int value(lua_State *L) {
  lw_statement *s = start(L, check_open(L));
  if (!step(L, s)) return 0;
  if (sd_query_columns(&s->q) == 0) return 0;
  push_cell(L, s, 0);
  return finish(L, s);
}

/* ---- transactions -----------------------------------------------------------------------------*/

typedef struct lw_transaction {
  lw_database *of; /* alive: argument 1 of db:transaction */
} lw_transaction;

static int end_transaction(lua_State *L) {
  lw_transaction *t = luaL_checkudata(L, 1, LW_TRANSACTION);
  sd_db_rollback(&t->of->db); /* nothing, after a commit */
  return 0;
}

/* db:transaction(f) -> f's results: what f does with db is committed when it returns, and undone
 * when it raises an error, which goes on to the caller */
static int transaction(lua_State *L) {
  lw_database *d = check_open(L);
  lua_settop(L, 2);
  if (!lw_iscallable(L, 2)) lw_argerror(L, d->name, 2, "a function");
  lw_transaction *t = lua_newuserdatauv(L, sizeof *t, 0);
  t->of = d;
  luaL_setmetatable(L, LW_TRANSACTION);
  check_open(L);
  check_status(L, d, sd_db_begin(&d->db));
  lua_toclose(L, 3);
  lua_pushvalue(L, 2);
  lua_call(L, 0, LUA_MULTRET);
  check_status(L, d, sd_db_commit(&d->db));
  return lua_gettop(L) - 3;
}

/* ---- the rest ---------------------------------------------------------------------------------*/

static const luaL_Reg methods[] = {{"exec", exec},
                                   {"run", run},
                                   {"all", all},
                                   {"first", first},
                                   {"value", value},
                                   {"transaction", transaction},
                                   {"close", close_database},
                                   {NULL, NULL}};

/* db.path; db.name: a method (upvalue 1 holds them), or an error with the nearest name. */
static int index_field(lua_State *L) {
  const char *names[sizeof methods / sizeof *methods];
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  check_self(L);
  if (lw_isword(L, 2, "path")) {
    lua_getiuservalue(L, 1, PATH);
    return 1;
  }
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) names[i] = methods[i].name;
  if (lua_type(L, 2) != LUA_TSTRING) lw_error(L, "database: methods are called db:run(sql)");
  const char *near = lw_nearest(lua_tostring(L, 2), names);
  lw_error(L, "database: no method '%s'%s%s%s", lua_tostring(L, 2), near ? " (did you mean '" : "",
           near ? near : "", near ? "'?)" : "");
}

static const luaL_Reg functions[] = {{"open", open_database}, {NULL, NULL}};

/* A class of userdata that ends by `close`. */
static void new_class(lua_State *L, const char *name, lua_CFunction close) {
  luaL_newmetatable(L, name);
  lua_pushcfunction(L, close);
  lua_setfield(L, -2, "__close");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable");
}

void lw_open_database(lua_State *L) {
  luaL_newlib(L, functions);
  lua_setfield(L, -2, "database");
  new_class(L, LW_STATEMENT, end_statement);
  new_class(L, LW_TRANSACTION, end_transaction);
  new_class(L, LW_DATABASE, close_database);
  lua_pushcfunction(L, collect_database);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, methods);
  lua_pushcclosure(L, index_field, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 3);
}
